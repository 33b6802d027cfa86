"""SQL that reads conversations, for lists and pages."""

from datetime import datetime
from typing import LiteralString

from bedside.accounts import SignedIn
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.messaging.conversation_model import AnswerTimes, ConversationView, Line, Way
from bedside.messaging.store_reading import within

_STATUS: LiteralString = "case when c.status = 'open' and c.snoozed_until > %(now)s then 'snoozed' else c.status end"
_CONVERSATION: LiteralString = (
    """
select c.id, c.channel, c.address,
       array(select distinct a.channel from communications.conversation_addresses a
             where a.conversation_id = c.id order by 1) as channels,
       p.id as patient_id, p.first_name || ' ' || p.last_name as patient_name,
       o.id as owner_id, o.name as owner_name, c.needs_answer, c.last_inbound_at, c.last_message_at,
       (select began_at from communications.conversation_waits w
        where w.conversation_id = c.id and w.ended_at is null) as waiting_since,
       c.snoozed_until, c.assigned_to, s.name as assigned_name, c.merged_into, c.version,
       (select max(a.last_inbound_at) from communications.conversation_addresses a
        where a.conversation_id = c.id and a.channel = 'whatsapp') as last_whatsapp_at,
       coalesce((select coalesce(m.button, nullif(m.body, ''),
                                 (select a.name from communications.attachments a
                                  where a.inbound_message_id = m.id order by a.position limit 1))
                 from communications.inbound_messages m
                 where m.conversation_id = c.id order by m.id desc limit 1), '') as last_words, """
    + _STATUS
    + """ as status
from communications.conversations c
left join crm.patients p on c.person_kind = 'patient' and p.id = c.person_id
left join crm.hospital_owners o on c.person_kind = 'owner' and o.id = c.person_id
left join crm.staff s on s.id = c.assigned_to
"""
)
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
        "status": _STATUS + " = %(status)s",
        "channel": "exists (select from communications.conversation_addresses a"
        " where a.conversation_id = c.id and a.channel = %(channel)s)",
        "needs_answer": "c.needs_answer = %(needs_answer)s",
        "assigned_to": "c.assigned_to = %(assigned_to)s",
        "unassigned": "(c.assigned_to is null) = %(unassigned)s",
        "search": "(crm.searchable(coalesce(p.first_name || ' ' || p.last_name, o.name, ''))"
        " like '%%' || crm.searchable(%(search)s) || '%%'"
        " or exists (select from communications.conversation_addresses a where a.conversation_id = c.id"
        " and strpos(lower(a.address), lower(%(search)s)) > 0)"
        " or exists (select from communications.inbound_messages m where m.conversation_id = c.id"
        " and strpos(lower(concat_ws(' ', m.button, m.body)), lower(%(search)s)) > 0)"
        " or exists (select from communications.inbound_messages m"
        " join communications.attachments f on f.inbound_message_id = m.id"
        " where m.conversation_id = c.id and strpos(lower(f.name), lower(%(search)s)) > 0))",
    },
    always="c.merged_into is null",
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
    """The newest messages of a conversation, both ways and by every channel, oldest first.

    Ours are those to the person, and those to an address of theirs that were to nobody in particular.
    """
    return await tx.all(
        Line,
        """with ours as (
               (select q.* from communications.message_queue q
                where q.person_kind = %(kind)s and q.person_id = %(person)s order by q.id desc limit %(limit)s)
               union all
               (select q.* from communications.conversation_addresses a
                join communications.message_queue q on q.to_address = a.address and q.channel = a.channel
                where a.conversation_id = %(id)s and q.person_id is null order by q.id desc limit %(limit)s))
           select * from (
               (select id, 'message' as kind, false as ours, channel, from_address as address, subject, body,
                       'received' as status, received_at as at, '' as "by", acted, automatic, button
                from communications.inbound_messages where conversation_id = %(id)s order by id desc limit %(limit)s)
               union all
               (select id, 'message', true, channel, to_address, subject,
                       case when sensitive then '' else regexp_replace(
                           coalesce(body, ''), '/(m|o|u|sign|survey|preferences)/[A-Za-z0-9_-]{20,}', '/\\1/…', 'g')
                       end, status,
                       coalesce(sent_at, created_at), created_by_name, '', false, null
                from ours)
               order by at desc, ours desc, id desc limit %(limit)s) as newest
           order by at, ours, id""",
        id=conversation.id,
        kind="patient" if conversation.patient_id else "owner",
        person=conversation.patient_id or conversation.owner_id,
        limit=limit,
    )


async def ways(tx: Tx, *, conversation: ConversationView) -> list[Way]:
    """The addresses that they can be answered at: those that they wrote from, the last first; then those we know."""
    return await tx.all(
        Way,
        """select channel, address from (
               select channel, address, 0 as known, last_inbound_at, 0::bigint as place
               from communications.conversation_addresses
               where conversation_id = %(id)s and address not like 'user:%%'
               union all
               select way.channel, c.value, 1, null, c.position
               from crm.contact_points c
               cross join lateral (values ('sms', c.kind = 'phone' and c.takes_sms),
                                          ('whatsapp', c.kind = 'phone' and c.takes_whatsapp),
                                          ('email', c.kind = 'email')) as way (channel, takes)
               where c.patient_id = %(patient)s and way.takes
               union all
               select way.channel, way.address, 1, null, 0
               from crm.hospital_owners o
               cross join lateral (values ('sms', o.phone), ('whatsapp', o.phone), ('email', o.email))
                   as way (channel, address)
               where o.id = %(owner)s and way.address is not null) as w
           order by known, last_inbound_at desc nulls last, place""",
        id=conversation.id,
        patient=conversation.patient_id,
        owner=conversation.owner_id,
    )


async def hospital_of_conversation(tx: Tx, *, conversation_id: int) -> int | None:
    """The hospital that a conversation is with: the one that wrote last, else the patient's or the owner's."""
    found: int | None = await tx.value(
        """select coalesce(
               (select q.hospital_id from communications.conversation_addresses a
                join communications.message_queue q on q.to_address = a.address and q.channel = a.channel
                where a.conversation_id = c.id and q.hospital_id is not null
                  and (q.person_id is null or (q.person_kind = c.person_kind and q.person_id = c.person_id))
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


async def last_subject(tx: Tx, *, conversation_id: int) -> str | None:
    """The subject of the last mail that they wrote."""
    found: str | None = await tx.value(
        """select subject from communications.inbound_messages
           where conversation_id = %(id)s and subject is not null order by id desc limit 1""",
        id=conversation_id,
    )
    return found


async def counts(tx: Tx, *, user: SignedIn) -> dict[str, int]:
    """How many open conversations there are of each kind that the inbox lists: `waiting`, `mine`, `snoozed`."""
    rows = await tx.rows(
        """select count(*) filter (where c.needs_answer),
                  count(*) filter (where c.assigned_to = %(me)s and c.status = 'open'
                                   and coalesce(c.snoozed_until <= %(now)s, true)),
                  count(*) filter (where c.status = 'open' and c.snoozed_until > %(now)s)
           from communications.conversations c
           left join crm.patients p on c.person_kind = 'patient' and p.id = c.person_id
           left join crm.hospital_owners o on c.person_kind = 'owner' and o.id = c.person_id
           where c.merged_into is null and (c.needs_answer or c.status = 'open')
             and (%(owners)s or o.id is null) and (%(hospital_ids)s::bigint[] is null or """
        + _THEIRS
        + ")",
        me=user.id,
        **within(user),
    )
    return dict(zip(("waiting", "mine", "snoozed"), rows[0], strict=True))


async def answer_times(tx: Tx, *, since: datetime, user: SignedIn, hospitals: list[int] | None = None) -> AnswerTimes:
    """How long those waited whom a person answered since then, and who waits now; of `hospitals` alone, if given."""
    return await tx.one(
        AnswerTimes,
        """select count(*) filter (where w.ended_at is null) as waiting,
                  min(w.began_at) filter (where w.ended_at is null) as waiting_since,
                  count(*) filter (where w.how = 'answered') as answered,
                  (percentile_cont(0.5) within group (order by extract(epoch from w.ended_at - w.began_at))
                   filter (where w.how = 'answered'))::bigint as median_seconds
           from communications.conversation_waits w
           join communications.conversations c on c.id = w.conversation_id
           left join crm.patients p on c.person_kind = 'patient' and p.id = c.person_id
           left join crm.hospital_owners o on c.person_kind = 'owner' and o.id = c.person_id
           where (w.ended_at is null or w.ended_at >= %(since)s)
             and (%(owners)s or o.id is null) and (%(hospital_ids)s::bigint[] is null or """
        + _THEIRS
        + ")",
        since=since,
        **within(user) | ({"hospital_ids": hospitals} if hospitals is not None else {}),
    )


async def merged(tx: Tx, *, conversation_id: int) -> list[int]:
    """The conversations whose lines were brought into this one."""
    rows = await tx.rows(
        "select id from communications.conversations where merged_into = %(id)s order by id", id=conversation_id
    )
    return [row[0] for row in rows]


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
