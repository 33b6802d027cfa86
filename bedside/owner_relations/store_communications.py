"""SQL of the log of what is said to owners and by them."""

from datetime import datetime
from typing import Any, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.owner_relations.model import Communication

# Whoever has a link may act by it, so no page of staff shows one (as bedside/messaging/store_reading.py).
_COMMUNICATION: LiteralString = r"""
select c.id, c.owner_id, c.hospital_id, c.kind, c.direction,
       coalesce(nullif(c.subject, ''), people.subject, '') as subject,
       coalesce(nullif(c.body, ''), people.body, '') as body,
       c.template_key, c.notice, c.about, c.about_id, c.happened_at, c.duration_minutes,
       (select jsonb_build_object('taskId', t.id, 'title', t.title, 'status', t.status, 'dueAt', t.due_at)
        from crm.tasks t where t.id = c.task_id) as follow_up,
       c.created_by_name as created_by, c.created_at, c.archived_at, c.version, people.recipients
from crm.owner_communications c
cross join lateral (
    select coalesce(jsonb_agg(jsonb_build_object(
               'contactId', r.contact_id, 'name', r.name, 'address', r.address, 'channel', r.channel,
               'messageId', r.message_id, 'status', m.status,
               'error', case when m.status in ('failed', 'undelivered', 'unknown', 'cancelled') then m.error end,
               'refusedBecause', r.refused_because, 'sentAt', m.sent_at, 'deliveredAt', m.delivered_at,
               'readAt', m.read_at, 'subject', m.subject, 'body', m.body) order by r.id), '[]') as recipients,
           (array_agg(m.subject order by r.id) filter (where m.subject is not null))[1] as subject,
           (array_agg(m.body order by r.id) filter (where m.body is not null))[1] as body
    from crm.owner_communication_recipients r
    left join lateral (
        select q.status, q.error, q.sent_at, q.delivered_at, q.read_at, q.subject,
               case when q.sensitive then null
                    else regexp_replace(q.body, '/(m|o|sign|survey)/[A-Za-z0-9_-]{20,}', '/\1/…', 'g') end as body
        from communications.message_queue q where q.id = r.message_id) as m on true
    where r.communication_id = c.id) as people
"""

# An owner sees what was sent to them or by them, letters, and that there was a meeting; calls are notes of staff.
_OWN: LiteralString = """(not %(own)s or (
    c.archived_at is null and (
        c.kind in ('letter', 'meeting')
        or (c.kind <> 'call' and c.direction = 'inbound')
        or (c.kind <> 'call' and exists (
            select from crm.owner_communication_recipients k join communications.message_queue m on m.id = k.message_id
            where k.communication_id = c.id and m.sent_at is not null)))))"""
# What an owner may not read they cannot search either: what staff wrote down about a meeting.
_SEARCH: LiteralString = """(
    crm.searchable(c.subject || ' ' || case when %(own)s and c.kind = 'meeting' then '' else c.body end)
        like '%%' || crm.searchable(%(search)s) || '%%'
    or exists (
        select from crm.owner_communication_recipients k left join communications.message_queue m on m.id = k.message_id
        where k.communication_id = c.id and crm.searchable(
            concat_ws(' ', k.name, k.address, m.subject, case when m.sensitive then '' else m.body end))
            like '%%' || crm.searchable(%(search)s) || '%%'))"""

LOG: Listing[Communication] = Listing(
    into=Communication,
    select=_COMMUNICATION,
    sorts={"happenedAt": (Key("c.happened_at", "timestamptz", "happened_at"), Key("c.id", "bigint", "id"))},
    default_sort="-happenedAt",
    filters={
        "id": "c.id = %(id)s",
        "owner_id": "c.owner_id = %(owner_id)s",
        "hospital_ids": "(c.hospital_id is null or c.hospital_id = any(%(hospital_ids)s))",
        # a notice may have gone out by several channels at once
        "kind": "(c.kind = any(%(kind)s) or exists (select from crm.owner_communication_recipients k"
        " where k.communication_id = c.id and k.channel = any(%(kind)s)))",
        "direction": "c.direction = %(direction)s",
        "from": "c.happened_at >= %(from)s",
        "to": "c.happened_at < %(to)s",
        "contact_id": "exists (select from crm.owner_communication_recipients k where k.communication_id = c.id"
        " and coalesce(k.contact_id, 0) = %(contact_id)s)",
        "notice": "c.notice = %(notice)s",
        "about": "c.about = %(about)s",
        "about_id": "c.about_id = %(about_id)s",
        "archived": "(c.archived_at is not null) = %(archived)s",
        "own": _OWN,
        "search": _SEARCH,
    },
)


async def said(tx: Tx, communication_id: int) -> Communication | None:
    """One entry of the log, whosever it is."""
    return await tx.maybe(Communication, _COMMUNICATION + "where c.id = %(id)s", id=communication_id)


async def lock(tx: Tx, *, communication_id: int) -> None:
    """Nobody else changes this entry until the transaction ends."""
    await tx.rows("select id from crm.owner_communications where id = %(id)s for update", id=communication_id)


class Source(msgspec.Struct, kw_only=True):
    """What the messages of an entry are made of."""

    subject: str
    body: str
    template_key: str | None
    variables: dict[str, Any]


async def source(tx: Tx, *, communication_id: int) -> Source:
    """What the messages of an entry are made of, to make them again."""
    return await tx.one(
        Source,
        "select subject, body, template_key, variables from crm.owner_communications where id = %(id)s",
        id=communication_id,
    )


async def insert(
    tx: Tx,
    *,
    owner_id: int,
    hospital_id: int | None,
    kind: str,
    direction: str,
    by: str,
    happened_at: datetime,
    subject: str = "",
    body: str = "",
    template_key: str | None = None,
    variables: dict[str, Any] | None = None,
    notice: str | None = None,
    about: str | None = None,
    about_id: int | None = None,
    key: str | None = None,
    inbound_message_id: int | None = None,
    duration_minutes: int | None = None,
) -> int | None:
    """Writes an entry and gives its id; None where its key, or the message that came in, has one already."""
    made: int | None = await tx.value(
        """insert into crm.owner_communications (owner_id, hospital_id, kind, direction, subject, body, template_key,
               variables, notice, about, about_id, key, inbound_message_id, happened_at, duration_minutes,
               created_by_name, created_at)
           values (%(owner_id)s, %(hospital_id)s, %(kind)s, %(direction)s, %(subject)s, %(body)s, %(template_key)s,
                   %(variables)s, %(notice)s, %(about)s, %(about_id)s, %(key)s, %(inbound_message_id)s, %(happened_at)s,
                   %(duration_minutes)s, %(by)s, %(now)s)
           on conflict do nothing returning id""",
        owner_id=owner_id,
        hospital_id=hospital_id,
        kind=kind,
        direction=direction,
        subject=subject,
        body=body,
        template_key=template_key,
        variables=Jsonb(variables or {}),
        notice=notice,
        about=about,
        about_id=about_id,
        key=key,
        inbound_message_id=inbound_message_id,
        happened_at=happened_at,
        duration_minutes=duration_minutes,
        by=by,
    )
    return made


async def insert_recipient(
    tx: Tx,
    *,
    communication_id: int,
    contact_id: int | None,
    name: str,
    address: str = "",
    channel: str | None = None,
    message_id: int | None = None,
    refused_because: str = "",
) -> None:
    """Writes down whom it was for, or who wrote or took part."""
    await tx.write(
        """insert into crm.owner_communication_recipients (communication_id, contact_id, name, address, channel,
                                                           message_id, refused_because)
           values (%(communication_id)s, %(contact_id)s, %(name)s, %(address)s, %(channel)s, %(message_id)s,
                   %(refused_because)s)""",
        communication_id=communication_id,
        contact_id=contact_id,
        name=name,
        address=address,
        channel=channel,
        message_id=message_id,
        refused_because=refused_because,
    )


async def set_kind(tx: Tx, *, communication_id: int, kind: str) -> None:
    """Says by which channel it went first, once that is known."""
    await tx.write(
        "update crm.owner_communications set kind = %(kind)s where id = %(id)s", id=communication_id, kind=kind
    )


async def messages_of_key(tx: Tx, *, key: str) -> list[int]:
    """The messages of what was said under a key."""
    rows = await tx.rows(
        """select r.message_id from crm.owner_communications c
           join crm.owner_communication_recipients r on r.communication_id = c.id
           where c.key = %(key)s and r.message_id is not null order by r.id""",
        key=key,
    )
    return [row[0] for row in rows]


class OfMessage(msgspec.Struct, kw_only=True):
    """The entry that a message belongs to, and whom it was for."""

    communication_id: int
    owner_id: int
    hospital_id: int | None
    notice: str | None
    name: str
    channel: str
    address: str


async def of_message(tx: Tx, *, message_id: int) -> OfMessage | None:
    """The entry that a message belongs to."""
    return await tx.maybe(
        OfMessage,
        """select c.id as communication_id, c.owner_id, c.hospital_id, c.notice, r.name, r.channel, r.address
           from crm.owner_communication_recipients r
           join crm.owner_communications c on c.id = r.communication_id where r.message_id = %(message_id)s""",
        message_id=message_id,
    )


async def replace_message(tx: Tx, *, old: int, new: int) -> bool:
    """Puts the message that was sent again in the place of the one that failed; False where that is none of ours."""
    changed = await tx.execute(
        "update crm.owner_communication_recipients set message_id = %(new)s where message_id = %(old)s",
        old=old,
        new=new,
    )
    return changed == 1


async def put_message(
    tx: Tx, *, communication_id: int, contact_id: int | None, channel: str, address: str, message_id: int
) -> None:
    """Puts the message that was sent again in the place of the one that failed or was refused."""
    await tx.write(
        """update crm.owner_communication_recipients set message_id = %(message_id)s, address = %(address)s,
                  refused_because = ''
           where communication_id = %(communication_id)s and contact_id is not distinct from %(contact_id)s::bigint
             and channel = %(channel)s""",
        communication_id=communication_id,
        contact_id=contact_id,
        channel=channel,
        address=address,
        message_id=message_id,
    )


async def next_version(tx: Tx, *, communication_id: int) -> None:
    """Counts a change of what is not on the row itself."""
    await tx.write("update crm.owner_communications set version = version + 1 where id = %(id)s", id=communication_id)


async def set_task(tx: Tx, *, communication_id: int, task_id: int) -> None:
    """Says which task came of an entry."""
    await tx.write(
        "update crm.owner_communications set task_id = %(task_id)s where id = %(id)s",
        id=communication_id,
        task_id=task_id,
    )


class Written(msgspec.Struct, kw_only=True):
    """A message to an owner that was written elsewhere than in this room."""

    channel: str
    to_address: str
    template_key: str | None
    created_by_name: str


async def written(tx: Tx, *, message_id: int) -> Written:
    """A message as it stands in the queue."""
    return await tx.one(
        Written,
        """select channel, to_address, template_key, created_by_name from communications.message_queue
           where id = %(id)s""",
        id=message_id,
    )


async def update(tx: Tx, one: Communication) -> None:
    """Writes what was changed of an entry, as its next version."""
    await tx.execute(
        """update crm.owner_communications
           set happened_at = %(happened_at)s, duration_minutes = %(duration_minutes)s, direction = %(direction)s,
               subject = %(subject)s, body = %(body)s, archived_at = %(archived_at)s, version = version + 1
           where id = %(id)s""",
        id=one.id,
        happened_at=one.happened_at,
        duration_minutes=one.duration_minutes,
        direction=one.direction,
        subject=one.subject,
        body=one.body,
        archived_at=one.archived_at,
    )
