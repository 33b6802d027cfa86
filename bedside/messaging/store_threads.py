"""SQL that keeps conversations: whose they are, which addresses are theirs, who waits, who has them, until when."""

from datetime import datetime
from typing import LiteralString

from bedside.kit.database import Tx

# of what was known of an address and what is told: the later
_LATER: LiteralString = """
    last_inbound_at = greatest(known.last_inbound_at, excluded.last_inbound_at),
    last_inbound_to = case when known.last_inbound_at > excluded.last_inbound_at then known.last_inbound_to
                           else excluded.last_inbound_to end"""


async def keep(
    tx: Tx,
    *,
    channel: str,
    address: str,
    written_to: str,
    person_kind: str | None,
    person_id: int | None,
    at: datetime,
) -> int:
    """The conversation that a message belongs to, opened, or opened again and woken by it; gives its id. `written_to`:
    which number or address of ours it came to.

    A person has one, whatever they write by. What an address wrote while it was nobody's becomes the person's.
    """
    if person_id is None or person_kind is None:
        kept: int = await tx.value(
            """insert into communications.conversations
                   (channel, address, needs_answer, last_inbound_at, last_message_at, created_at)
               values (%(channel)s, %(address)s, false, %(at)s, %(at)s, %(now)s)
               on conflict (channel, address) where person_id is null and merged_into is null do update
                   set status = 'open', snoozed_until = null, version = conversations.version + 1,
                       last_inbound_at = greatest(conversations.last_inbound_at, excluded.last_inbound_at),
                       last_message_at = greatest(conversations.last_message_at, excluded.last_message_at)
               returning id""",
            channel=channel,
            address=address,
            at=at,
        )
    else:
        nobodys = await of_nobody(tx, channel=channel, address=address)
        if nobodys is not None:
            await give_to(tx, conversation_id=nobodys, person_kind=person_kind, person_id=person_id)
        kept = await tx.value(
            """insert into communications.conversations
                   (channel, address, person_kind, person_id, needs_answer, last_inbound_at, last_message_at,
                    created_at)
               values (%(channel)s, %(address)s, %(kind)s, %(person)s, false, %(at)s, %(at)s, %(now)s)
               on conflict (person_kind, person_id) where person_id is not null and merged_into is null do update
                   set status = 'open', snoozed_until = null, version = conversations.version + 1,
                       channel = excluded.channel, address = excluded.address,
                       last_inbound_at = greatest(conversations.last_inbound_at, excluded.last_inbound_at),
                       last_message_at = greatest(conversations.last_message_at, excluded.last_message_at)
               returning id""",
            channel=channel,
            address=address,
            kind=person_kind,
            person=person_id,
            at=at,
        )
    await tx.execute(
        """insert into communications.conversation_addresses as known
               (conversation_id, channel, address, last_inbound_at, last_inbound_to)
           values (%(id)s, %(channel)s, %(address)s, %(at)s, %(written_to)s)
           on conflict (conversation_id, channel, address) do update set """
        + _LATER,
        id=kept,
        channel=channel,
        address=address,
        written_to=written_to,
        at=at,
    )
    return kept


async def of_nobody(tx: Tx, *, channel: str, address: str) -> int | None:
    """The conversation with an address that is nobody's; nobody else changes it before the transaction ends."""
    found: int | None = await tx.value(
        """select id from communications.conversations
           where channel = %(channel)s and address = %(address)s and person_id is null and merged_into is null
           for update""",
        channel=channel,
        address=address,
    )
    return found


async def give_to(tx: Tx, *, conversation_id: int, person_kind: str, person_id: int) -> int:
    """Makes a conversation somebody's. Where they have one already, what it holds is brought there, and it points at
    it from then on. Gives the id of the one that holds it all."""
    theirs: int | None = await tx.value(
        """select id from communications.conversations
           where person_kind = %(kind)s and person_id = %(person)s and merged_into is null for update""",
        kind=person_kind,
        person=person_id,
    )
    if theirs is None or theirs == conversation_id:
        await tx.execute(
            """update communications.conversations
               set person_kind = %(kind)s, person_id = %(person)s, version = version + 1 where id = %(id)s""",
            id=conversation_id,
            kind=person_kind,
            person=person_id,
        )
        return conversation_id
    pair = {"old": conversation_id, "into": theirs}
    await tx.execute(
        """with moved as (
               delete from communications.conversation_addresses where conversation_id = %(old)s returning *)
           insert into communications.conversation_addresses as known
               (conversation_id, channel, address, last_inbound_at, last_inbound_to)
           select %(into)s, channel, address, last_inbound_at, last_inbound_to from moved
           on conflict (conversation_id, channel, address) do update set """
        + _LATER,
        **pair,
    )
    await tx.execute(
        "update communications.inbound_messages set conversation_id = %(into)s where conversation_id = %(old)s", **pair
    )
    await tx.execute(
        """update communications.conversation_waits w
           set began_at = least(w.began_at, o.began_at) from communications.conversation_waits o
           where w.conversation_id = %(into)s and w.ended_at is null
             and o.conversation_id = %(old)s and o.ended_at is null""",
        **pair,
    )
    await tx.execute(
        """delete from communications.conversation_waits o where conversation_id = %(old)s and ended_at is null
             and exists (select from communications.conversation_waits w
                         where w.conversation_id = %(into)s and w.ended_at is null)""",
        **pair,
    )
    await tx.execute(
        "update communications.conversation_waits set conversation_id = %(into)s where conversation_id = %(old)s",
        **pair,
    )
    await tx.execute(
        """update communications.conversations c
           set needs_answer = c.needs_answer or o.needs_answer, version = c.version + 1,
               status = case when o.status = 'open' then 'open' else c.status end,
               assigned_to = coalesce(c.assigned_to, o.assigned_to),
               channel = case when o.last_inbound_at > c.last_inbound_at then o.channel else c.channel end,
               address = case when o.last_inbound_at > c.last_inbound_at then o.address else c.address end,
               last_inbound_at = greatest(c.last_inbound_at, o.last_inbound_at),
               last_message_at = greatest(c.last_message_at, o.last_message_at)
           from communications.conversations o where c.id = %(into)s and o.id = %(old)s""",
        **pair,
    )
    await tx.execute(
        """update communications.conversations
           set merged_into = %(into)s, needs_answer = false, status = 'closed', snoozed_until = null,
               version = version + 1
           where id = %(old)s""",
        **pair,
    )
    return theirs


async def lock(tx: Tx, *, conversation_id: int) -> None:
    """Holds a conversation: nobody else changes it before the transaction ends."""
    await tx.value(
        "select id from communications.conversations where id = %(id)s for no key update", id=conversation_id
    )


async def begin_to_wait(tx: Tx, *, conversation_id: int, at: datetime) -> None:
    """They wait for a person's answer from then on; who waits already goes on waiting since before."""
    await tx.execute(
        """update communications.conversations set needs_answer = true, version = version + 1
           where id = %(id)s and not needs_answer""",
        id=conversation_id,
    )
    await tx.execute(
        """insert into communications.conversation_waits (conversation_id, began_at) values (%(id)s, %(at)s)
           on conflict (conversation_id) where ended_at is null do nothing""",
        id=conversation_id,
        at=at,
    )


async def end_waiting(tx: Tx, *, conversation_id: int, how: str, by: int | None, by_name: str) -> None:
    """They wait no longer: `answered`, `closed`, or `no_answer_needed`, by whom."""
    await tx.execute(
        """update communications.conversation_waits
           set ended_at = greatest(%(now)s, began_at), how = %(how)s, ended_by = %(by)s, ended_by_name = %(by_name)s
           where conversation_id = %(id)s and ended_at is null""",
        id=conversation_id,
        how=how,
        by=by,
        by_name=by_name,
    )
    await tx.execute(
        """update communications.conversations set needs_answer = false, version = version + 1
           where id = %(id)s and needs_answer""",
        id=conversation_id,
    )


async def answered(tx: Tx, *, conversation_id: int, by: int | None, by_name: str) -> None:
    """A person has answered: it is open, seen, and the newest."""
    await end_waiting(tx, conversation_id=conversation_id, how="answered", by=by, by_name=by_name)
    await tx.execute(
        """update communications.conversations
           set status = 'open', snoozed_until = null, last_message_at = %(now)s, version = version + 1
           where id = %(id)s""",
        id=conversation_id,
    )


async def answered_at(tx: Tx, *, channel: str, address: str) -> None:
    """Says that whoever wrote from an address has been answered, from somewhere else than the inbox."""
    waiting = await tx.rows(
        """select c.id from communications.conversations c
           join communications.conversation_addresses a on a.conversation_id = c.id
           where a.channel = %(channel)s and a.address = %(address)s and c.needs_answer for no key update of c""",
        channel=channel,
        address=address,
    )
    for (conversation_id,) in waiting:
        await end_waiting(tx, conversation_id=conversation_id, how="answered", by=None, by_name="")


async def set_status(tx: Tx, *, conversation_id: int, status: str) -> None:
    """Opens or closes a conversation; either way it is snoozed no longer."""
    await tx.execute(
        """update communications.conversations set status = %(status)s, snoozed_until = null, version = version + 1
           where id = %(id)s""",
        id=conversation_id,
        status=status,
    )


async def snooze(tx: Tx, *, conversation_id: int, until: datetime | None) -> None:
    """Puts a conversation out of sight until then; None brings it back now."""
    await tx.execute(
        """update communications.conversations set status = 'open', snoozed_until = %(until)s, version = version + 1
           where id = %(id)s""",
        id=conversation_id,
        until=until,
    )


async def wake(tx: Tx) -> list[tuple[int, str | None, int | None]]:
    """Brings back what was snoozed until now; gives each one's id and whose it is."""
    rows = await tx.rows(
        """update communications.conversations set snoozed_until = null, version = version + 1
           where id in (select id from communications.conversations
                        where snoozed_until <= %(now)s order by id for update skip locked)
           returning id, person_kind, person_id"""
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def assign(tx: Tx, *, conversation_id: int, staff_id: int | None) -> None:
    """Gives a conversation to somebody of the staff, or back to everybody."""
    await tx.execute(
        """update communications.conversations set assigned_to = %(staff)s, version = version + 1
           where id = %(id)s and assigned_to is distinct from %(staff)s""",
        id=conversation_id,
        staff=staff_id,
    )
