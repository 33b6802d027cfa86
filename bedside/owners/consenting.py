"""What owners agreed to and refused: an append-only history, of which the newest word is in force."""

from collections.abc import Iterable

import msgspec

from bedside.accounts import audit
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.text import many_lines, one_line
from bedside.owners import store_consents
from bedside.owners.events import OwnerConsentRecorded
from bedside.owners.model import OwnerConsent, OwnerConsentGiven
from bedside.owners.registering import one_hospital, owner


async def record_owner_consent(tx: Tx, *, owner_id: int, given: OwnerConsentGiven, actor: Actor) -> OwnerConsent:
    """Keeps what an owner said, when, how and in which words (RULES.md, messages 6). Whether somebody may see the owner
    is asked before. Raises NoSuchOwner (404), Invalid (422)."""
    whose = await owner(tx, owner_id)
    kept = msgspec.structs.replace(
        given,
        how=one_line(given.how, pointer="/how"),
        words=many_lines(given.words, pointer="/words", longest=2000),
    )
    made = await store_consents.insert(tx, owner_id=whose.id, given=kept, recorded_by=actor.name or actor.kind)
    await audit(tx, actor=actor, action="owner.consent_recorded", subject="owner", subject_id=whose.id, after=kept)
    event = OwnerConsentRecorded(
        owner_id=whose.id,
        hospital_id=one_hospital(whose.hospital_ids),
        channel=kept.channel,
        purpose=kept.purpose,
        granted=kept.granted,
    )
    await record(tx, event, actor=actor)
    return made


async def owner_consents(tx: Tx, *, owner_id: int) -> list[OwnerConsent]:
    """The whole history, newest first."""
    return await store_consents.history(tx, owner_id=owner_id)


def in_force(history: Iterable[OwnerConsent]) -> dict[str, OwnerConsent]:
    """Of a history, newest first, what holds: by `sms:marketing` and the like. Pure."""
    newest: dict[str, OwnerConsent] = {}
    for one in history:
        newest.setdefault(f"{one.channel}:{one.purpose}", one)
    return newest
