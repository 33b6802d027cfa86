"""SQL of what owners agreed to and refused."""

from bedside.kit.database import Tx
from bedside.owners.model import OwnerConsent, OwnerConsentGiven


async def insert(tx: Tx, *, owner_id: int, given: OwnerConsentGiven, recorded_by: str) -> OwnerConsent:
    """Adds a line to the history of consent."""
    return await tx.one(
        OwnerConsent,
        """insert into crm.owner_consents (owner_id, channel, purpose, granted, how, words, recorded_by, at)
           values (%(id)s, %(channel)s, %(purpose)s, %(granted)s, %(how)s, %(words)s, %(by)s, %(now)s)
           returning id, channel, purpose, granted, how, words, recorded_by, at""",
        id=owner_id,
        channel=given.channel,
        purpose=given.purpose,
        granted=given.granted,
        how=given.how,
        words=given.words,
        by=recorded_by,
    )


async def history(tx: Tx, *, owner_id: int) -> list[OwnerConsent]:
    """Every word of theirs, newest first."""
    return await tx.all(
        OwnerConsent,
        """select id, channel, purpose, granted, how, words, recorded_by, at from crm.owner_consents
           where owner_id = %(id)s order by id desc""",
        id=owner_id,
    )
