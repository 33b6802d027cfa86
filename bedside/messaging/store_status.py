"""SQL of a message's way forward."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

import msgspec

from bedside.kit.database import Tx
from bedside.messaging.model import MessageStatus


class Standing(msgspec.Struct, kw_only=True):
    """Where a message stands, as its next report finds it."""

    id: int
    status: MessageStatus
    priority: int
    channel: str
    sender_id: int | None
    hospital_id: int | None
    person_kind: str | None
    person_id: int | None
    to_address: str
    about: str | None
    about_id: int | None
    provider_id: str | None
    sensitive: bool
    sending_at: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    ended_at: datetime | None
    error_code: str | None
    error: str | None
    segments: int | None
    price_category: str | None
    billable: bool | None


async def standing(tx: Tx, *, message_ids: list[int], provider_ids: list[str]) -> list[Standing]:
    """Locks the messages that reports are about, always in the same order, so that receipts never block each other."""
    return await tx.all(
        Standing,
        """select id, status, priority, channel, sender_id, hospital_id, person_kind, person_id, to_address, about,
                  about_id, provider_id, sensitive, sending_at, sent_at, delivered_at, read_at, ended_at, error_code,
                  error, segments, price_category, billable
           from communications.message_queue
           where id in (select unnest(%(ids)s::bigint[])
                        union select id from communications.message_queue where provider_id = any(%(provider_ids)s))
           order by id for update""",
        ids=message_ids,
        provider_ids=provider_ids,
    )


# the columns that a report may move, in the order in which the statement below takes them
_MOVED = (
    "id", "status", "provider_id", "sent_at", "delivered_at", "read_at", "ended_at", "error_code", "error", "segments",
    "price_category", "billable",
)  # fmt: skip


async def write(tx: Tx, messages: Sequence[Standing]) -> None:
    """Writes down where messages stand now, in one statement however many they are. A code in the body is blanked once
    it has left, or never will; what has become unknown is asked about at once."""
    values = [attrgetter(*_MOVED)(message) for message in messages]
    await tx.execute(
        """update communications.message_queue q
           set status = m.status, lease_until = null, provider_id = m.provider_id, sent_at = m.sent_at,
               delivered_at = m.delivered_at, read_at = m.read_at, ended_at = m.ended_at, error_code = m.error_code,
               error = m.error, segments = m.segments, price_category = m.price_category, billable = m.billable,
               body = case when sensitive and m.status <> 'unknown' then '' else body end,
               variables = case when sensitive and m.status <> 'unknown' then '{}' else variables end,
               not_before = case when m.status = 'unknown' and q.status <> 'unknown' then %(now)s else not_before end
           from unnest(%(id)s::bigint[], %(status)s::text[], %(provider_id)s::text[], %(sent_at)s::timestamptz[],
                       %(delivered_at)s::timestamptz[], %(read_at)s::timestamptz[], %(ended_at)s::timestamptz[],
                       %(error_code)s::text[], %(error)s::text[], %(segments)s::smallint[],
                       %(price_category)s::text[], %(billable)s::boolean[])
               as m (id, status, provider_id, sent_at, delivered_at, read_at, ended_at, error_code, error, segments,
                     price_category, billable)
           where q.id = m.id""",
        **{name: list(column) for name, column in zip(_MOVED, zip(*values, strict=True), strict=True)},
    )


async def write_events(tx: Tx, rows: list[tuple[int, str, datetime, str]]) -> None:
    """Keeps what happened to single messages: message, status, when, detail."""
    await tx.write(
        """insert into communications.message_events (message_id, status, at, detail)
           select * from unnest(%(ids)s::bigint[], %(statuses)s::text[], %(times)s::timestamptz[],
                                %(details)s::text[])""",
        ids=[row[0] for row in rows],
        statuses=[row[1] for row in rows],
        times=[row[2] for row in rows],
        details=[row[3] for row in rows],
    )


async def template_version(tx: Tx, *, message_id: int) -> int | None:
    """The version of a template that a message was made from; None where it is of none."""
    found: int | None = await tx.value(
        "select template_version_id from communications.message_queue where id = %(id)s", id=message_id
    )
    return found
