"""SQL of a message's way forward."""

from datetime import datetime

import msgspec
from psycopg import sql

from bedside.kit.database import Tx
from bedside.messaging.model import ENDED, MessageStatus
from bedside.messaging.reports import Report


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


async def standing(tx: Tx, *, message_ids: list[int], provider_ids: list[str]) -> list[Standing]:
    """Locks the messages that reports are about, always in the same order, so that receipts never block each other."""
    return await tx.all(
        Standing,
        """select id, status, priority, channel, sender_id, hospital_id, person_kind, person_id, to_address, about,
                  about_id, provider_id, sensitive
           from communications.message_queue
           where id = any(%(ids)s) or provider_id = any(%(provider_ids)s)
           order by id for update""",
        ids=message_ids,
        provider_ids=provider_ids,
    )


_TIMES = {"sent": "sent_at", "delivered": "delivered_at", "read": "read_at"}


async def move(tx: Tx, *, message_id: int, to: MessageStatus, report: Report, at: datetime) -> None:
    """Writes a message's new status with its time; a code in the body is blanked once it has left, or never will.

    `to` may be the status it has: what a report brings besides (the provider's id) is kept all the same.
    """
    reached = _TIMES.get(report.status)
    await tx.execute(
        sql.SQL(
            """update communications.message_queue
               set status = %(status)s, lease_until = null,
                   provider_id = coalesce(provider_id, %(provider_id)s),
                   segments = coalesce(%(segments)s, segments),
                   error_code = case when %(bad)s then %(code)s when %(good)s then null else error_code end,
                   error = case when %(bad)s then %(words)s when %(good)s then null else error end,
                   body = case when sensitive and %(leaves)s then '' else body end,
                   variables = case when sensitive and %(leaves)s then '{{}}' else variables end,
                   not_before = case when %(unknown)s then %(now)s else not_before end,
                   ended_at = case when %(ended)s then coalesce(ended_at, %(at)s) else ended_at end {}
               where id = %(id)s"""
        ).format(sql.SQL(f", {reached} = coalesce({reached}, %(at)s)" if reached else "")),
        id=message_id,
        status=to,
        provider_id=report.provider_id,
        segments=report.segments,
        code=report.code,
        words=report.words or None,
        bad=to == report.status
        and to in (MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.UNKNOWN, MessageStatus.CANCELLED),
        good=to in (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ),
        leaves=to is not MessageStatus.UNKNOWN,
        unknown=to is MessageStatus.UNKNOWN,
        ended=to in ENDED,
        at=at,
    )


async def write_events(tx: Tx, rows: list[tuple[int, str, datetime, str]]) -> None:
    """Keeps what happened to single messages: message, status, when, detail."""
    await tx.execute(
        """insert into communications.message_events (message_id, status, at, detail)
           select * from unnest(%(ids)s::bigint[], %(statuses)s::text[], %(times)s::timestamptz[],
                                %(details)s::text[])""",
        ids=[row[0] for row in rows],
        statuses=[row[1] for row in rows],
        times=[row[2] for row in rows],
        details=[row[3] for row in rows],
    )
