"""SQL that reads messages and conversations for lists and pages."""

from typing import Any, LiteralString

from bedside.accounts import Permission, SignedIn
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.messaging.views import ConversationView, Line, MessageStep, MessageView

_MESSAGE: LiteralString = """
select q.id, q.channel, q.status, q.to_address as "to", p.id as patient_id,
       p.first_name || ' ' || p.last_name as patient_name, o.id as owner_id, o.name as owner_name, q.hospital_id,
       q.purpose, q.priority, q.template_key, q.language, q.about, q.about_id, q.subject,
       case when q.sensitive then null
       else regexp_replace(q.body, '/(m|o|sign|survey)/[A-Za-z0-9_-]{20,}', '/\\1/…', 'g') end as body,
       q.sensitive, q.provider_id, q.error_code, q.error, q.attempts, q.segments, q.repeats,
       q.created_by_name as created_by,
       q.not_before, q.created_at, q.sending_at, q.sent_at, q.delivered_at, q.read_at, q.ended_at
from communications.message_queue q
left join crm.patients p on q.person_kind = 'patient' and p.id = q.person_id
left join crm.hospital_owners o on q.person_kind = 'owner' and o.id = q.person_id
"""

MESSAGES: Listing[MessageView] = Listing(
    into=MessageView,
    select=_MESSAGE,
    sorts={"id": (Key("q.id", "bigint", "id"),)},
    default_sort="-id",
    filters={
        "hospital_ids": "(q.hospital_id is null or q.hospital_id = any(%(hospital_ids)s))",
        "hospital_id": "q.hospital_id = %(hospital_id)s",
        "patient_id": "q.person_kind = 'patient' and q.person_id = %(patient_id)s",
        "owner_id": "q.person_kind = 'owner' and q.person_id = %(owner_id)s",
        "owners": "(%(owners)s or q.person_kind is distinct from 'owner')",
        "status": "q.status = any(%(status)s)",
        "channel": "q.channel = %(channel)s",
        "about": "q.about = %(about)s",
        "about_id": "q.about_id = %(about_id)s",
        "template_key": "q.template_key = %(template_key)s",
        "from": "q.created_at >= %(from)s",
        "to": "q.created_at < %(to)s",
        "search": "(q.to_address = %(search)s or crm.searchable(coalesce(p.first_name || ' ' || p.last_name, o.name))"
        " like '%%' || crm.searchable(%(search)s) || '%%')",
    },
)

_CONVERSATION: LiteralString = """
select c.id, c.channel, c.address, p.id as patient_id, p.first_name || ' ' || p.last_name as patient_name,
       o.id as owner_id, o.name as owner_name, c.status, c.needs_answer, c.last_inbound_at, c.last_message_at,
       c.version,
       coalesce((select body from communications.inbound_messages m
                 where m.conversation_id = c.id order by m.id desc limit 1), '') as last_words
from communications.conversations c
left join crm.patients p on c.person_kind = 'patient' and p.id = c.person_id
left join crm.hospital_owners o on c.person_kind = 'owner' and o.id = c.person_id
"""
# Whose conversations staff of some hospitals see: their patients', their owners', and those of nobody they could know.
_THEIRS: LiteralString = """(
    (p.hospital_id is null or p.hospital_id = any(%(hospital_ids)s))
    and (o.id is null
         or exists (select from crm.owner_hospitals h where h.owner_id = o.id and h.hospital_id = any(%(hospital_ids)s))
         or not exists (select from crm.owner_hospitals h where h.owner_id = o.id)))"""

CONVERSATIONS: Listing[ConversationView] = Listing(
    into=ConversationView,
    select=_CONVERSATION,
    sorts={
        "lastMessageAt": (Key("c.last_message_at", "timestamptz", "last_message_at"), Key("c.id", "bigint", "id")),
    },
    default_sort="-lastMessageAt",
    filters={
        "hospital_ids": _THEIRS,
        "patient_id": "c.person_kind = 'patient' and c.person_id = %(patient_id)s",
        "owner_id": "c.person_kind = 'owner' and c.person_id = %(owner_id)s",
        "owners": "(%(owners)s or c.person_kind is distinct from 'owner')",
        "status": "c.status = %(status)s",
        "channel": "c.channel = %(channel)s",
        "needs_answer": "c.needs_answer = %(needs_answer)s",
    },
)


def within(user: SignedIn) -> dict[str, Any]:
    """What somebody may see at all, as both lists and every question below take it: their hospitals' messages, and
    owners' only where they may read what is said to owners."""
    return {"hospital_ids": user.hospitals, "owners": user.may(Permission.OWNER_COMMUNICATIONS_READ)}


async def message(tx: Tx, *, message_id: int, user: SignedIn) -> MessageView | None:
    """One message, if they may see it."""
    return await tx.maybe(
        MessageView,
        _MESSAGE
        + """where q.id = %(id)s and (%(owners)s or q.person_kind is distinct from 'owner')
               and (%(hospital_ids)s::bigint[] is null or q.hospital_id is null
                    or q.hospital_id = any(%(hospital_ids)s))""",
        id=message_id,
        **within(user),
    )


async def steps(tx: Tx, *, message_id: int) -> list[MessageStep]:
    """What happened to a message, oldest first; that it was queued stands on the row itself."""
    return await tx.all(
        MessageStep,
        "select status, at, detail from communications.message_events where message_id = %(id)s order by id",
        id=message_id,
    )


async def conversation(tx: Tx, *, conversation_id: int, user: SignedIn) -> ConversationView | None:
    """One conversation, if they may see it."""
    return await tx.maybe(
        ConversationView,
        _CONVERSATION
        + "where c.id = %(id)s and (%(owners)s or o.id is null) and (%(hospital_ids)s::bigint[] is null or "
        + _THEIRS
        + ")",
        id=conversation_id,
        **within(user),
    )


async def lines(tx: Tx, *, conversation: ConversationView, limit: int) -> list[Line]:
    """The newest lines of a conversation, both ways, oldest first."""
    return await tx.all(
        Line,
        """select * from (
               (select id, false as ours, body, 'received' as status, received_at as at, '' as "by", acted
                from communications.inbound_messages where conversation_id = %(id)s order by id desc limit %(limit)s)
               union all
               (select id, true, case when sensitive then '' else regexp_replace(
                           coalesce(body, ''), '/(m|o|sign|survey)/[A-Za-z0-9_-]{20,}', '/\\1/…', 'g') end, status,
                       coalesce(sent_at, created_at), created_by_name, ''
                from communications.message_queue
                where to_address = %(address)s and channel = %(channel)s order by id desc limit %(limit)s)
               order by at desc, ours desc, id desc limit %(limit)s) as newest
           order by at, ours, id""",
        id=conversation.id,
        address=conversation.address,
        channel=conversation.channel,
        limit=limit,
    )


async def hospital_of_conversation(tx: Tx, *, conversation_id: int) -> int | None:
    """The hospital that a conversation is with: the one that wrote last, else the patient's or the owner's."""
    found: int | None = await tx.value(
        """select coalesce(
               (select q.hospital_id from communications.message_queue q
                where q.to_address = c.address and q.channel = c.channel and q.hospital_id is not null
                order by q.id desc limit 1),
               p.hospital_id,
               (select min(h.hospital_id) from crm.owner_hospitals h
                where c.person_kind = 'owner' and h.owner_id = c.person_id))
           from communications.conversations c
           left join crm.patients p on c.person_kind = 'patient' and p.id = c.person_id
           where c.id = %(id)s""",
        id=conversation_id,
    )
    return found


async def answered(tx: Tx, *, conversation_id: int) -> None:
    """Says that a person has answered."""
    await tx.execute(
        """update communications.conversations
           set needs_answer = false, status = 'open', last_message_at = %(now)s, version = version + 1
           where id = %(id)s""",
        id=conversation_id,
    )


async def answered_at(tx: Tx, *, channel: str, address: str) -> None:
    """Says that whoever wrote from an address has been answered, from somewhere else than the inbox."""
    await tx.write(
        """update communications.conversations set needs_answer = false, version = version + 1
           where channel = %(channel)s and address = %(address)s and needs_answer""",
        channel=channel,
        address=address,
    )


async def close(tx: Tx, *, conversation_id: int) -> None:
    """Closes a conversation; it opens again by itself when the person writes."""
    await tx.execute(
        """update communications.conversations set needs_answer = false, status = 'closed', version = version + 1
           where id = %(id)s""",
        id=conversation_id,
    )


async def counts(tx: Tx, *, user: SignedIn) -> dict[str, int]:
    """How many messages of the last day there are by status, and how many conversations wait (`waiting`)."""
    rows = await tx.rows(
        """select status, count(*) from communications.message_queue
           where created_at > %(now)s - interval '1 day'
             and (%(owners)s or person_kind is distinct from 'owner')
             and (%(hospital_ids)s::bigint[] is null or hospital_id is null or hospital_id = any(%(hospital_ids)s))
           group by status
           union all
           select 'waiting', count(*) from communications.conversations c
           left join crm.patients p on c.person_kind = 'patient' and p.id = c.person_id
           left join crm.hospital_owners o on c.person_kind = 'owner' and o.id = c.person_id
           where c.needs_answer and (%(owners)s or o.id is null) and (%(hospital_ids)s::bigint[] is null or """
        + _THEIRS
        + ")",
        **within(user),
    )
    return {row[0]: row[1] for row in rows}


async def names(tx: Tx, ids: list[int]) -> dict[int, str]:
    """What messages are called elsewhere."""
    rows = await tx.rows(
        "select id, channel, to_address from communications.message_queue where id = any(%(ids)s)", ids=ids
    )
    return {row[0]: f"{row[1]} to {row[2]}" for row in rows}


async def conversation_names(tx: Tx, ids: list[int]) -> dict[int, str]:
    """What conversations are called elsewhere."""
    rows = await tx.rows(
        """select c.id, coalesce(p.first_name || ' ' || p.last_name, o.name, c.address)
           from communications.conversations c
           left join crm.patients p on c.person_kind = 'patient' and p.id = c.person_id
           left join crm.hospital_owners o on c.person_kind = 'owner' and o.id = c.person_id
           where c.id = any(%(ids)s)""",
        ids=ids,
    )
    return dict(rows)
