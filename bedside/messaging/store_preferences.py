"""SQL of what somebody says by a link in a message: what it was, what stops them, what waits for them."""

from typing import TypeVar

from bedside.kit.database import Tx

T = TypeVar("T")


async def written(tx: Tx, into: type[T], *, message_id: int) -> T | None:
    """The message that carried a link."""
    return await tx.maybe(
        into,
        """select id, channel, sender_id, to_address, person_kind, person_id, hospital_id, language,
                  created_at
           from communications.message_queue where id = %(id)s""",
        id=message_id,
    )


async def own_stops(tx: Tx, *, addresses: list[str]) -> set[tuple[str, str]]:
    """What their own stops hold back: channel, and `all` or `marketing`."""
    rows = await tx.rows(
        """select distinct channel, coalesce(purpose, 'all') from communications.suppressions
           where address = any(%(addresses)s) and lifted_at is null and reason = 'opt_out'""",
        addresses=addresses,
    )
    return {(row[0], row[1]) for row in rows}


async def lift_own(tx: Tx, *, channel: str, addresses: list[str], news_alone: bool, because: str) -> int:
    """Lifts somebody's own stops on a channel, of news alone or of everything; gives how many there were."""
    return await tx.execute(
        """update communications.suppressions set lifted_at = %(now)s, lifted_because = %(because)s
           where channel = %(channel)s and address = any(%(addresses)s) and lifted_at is null and reason = 'opt_out'
             and (purpose is not null or not %(news_alone)s)""",
        channel=channel,
        addresses=addresses,
        news_alone=news_alone,
        because=because,
    )


async def waiting_for(
    tx: Tx, *, channel: str, purpose: str, address: str | None, person_kind: str | None, person_id: int | None
) -> list[int]:
    """Messages on a channel that wait to go to an address or a person, in order; of a purpose, or all of them where
    what is transactional is refused. Of an owner: what goes to their own phone and email, not to who is with them."""
    rows = await tx.rows(
        """select id from communications.message_queue
           where status = 'queued' and channel = %(channel)s
             and (purpose = %(purpose)s or %(purpose)s = 'transactional')
             and (to_address = %(address)s
                  or (person_kind = %(person_kind)s and person_id = %(person_id)s
                      and (person_kind = 'patient'
                           or exists (select from crm.hospital_owners o
                                      where o.id = person_id and to_address in (o.phone, o.email)))))
           order by id""",
        channel=channel,
        purpose=purpose,
        address=address,
        person_kind=person_kind,
        person_id=person_id,
    )
    return [row[0] for row in rows]
