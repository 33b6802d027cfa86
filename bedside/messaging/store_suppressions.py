"""SQL of suppressions: which addresses get nothing, or no news, and since when."""

from datetime import datetime
from typing import LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.kit.wire import Wire
from bedside.message_templates import Channel

# why an address is stopped, as people read it
REASONS = {
    "opt_out": "They asked for it",
    "bounce": "Nothing arrives there",
    "complaint": "Reported as unwanted",
    "provider": "The provider refuses it",
    "staff": "Stopped by staff",
}


class Stopped(msgspec.Struct, kw_only=True):
    """How the last messages to an address ended."""

    status: str
    error_code: str | None


class Suppression(Wire, kw_only=True):
    """An address that gets nothing on a channel, or (`purpose` marketing) no news; from one sender, or (null) from any.
    `source` says what it comes from."""

    id: int
    channel: Channel
    address: str
    sender_id: int | None
    purpose: str | None
    reason: str
    source: str
    at: datetime
    created_by: str
    lifted_at: datetime | None
    lifted_because: str | None
    lifted_by: str | None


_SUPPRESSION: LiteralString = """
select s.id, s.channel, s.address, s.sender_id, s.purpose, s.reason, s.source, s.at, s.created_by_name as created_by,
       s.lifted_at, s.lifted_because, s.lifted_by_name as lifted_by
from communications.suppressions s
"""

SUPPRESSIONS: Listing[Suppression] = Listing(
    into=Suppression,
    select=_SUPPRESSION,
    sorts={
        "id": (Key("s.id", "bigint", "id"),),
        "address": (Key("s.address", "text", "address"), Key("s.id", "bigint", "id")),
    },
    default_sort="-id",
    filters={
        "channel": "s.channel = %(channel)s",
        "reason": "s.reason = %(reason)s",
        "in_force": "(s.lifted_at is null) = %(in_force)s",
        "news_alone": "(s.purpose is not null) = %(news_alone)s",
        "since": "s.at >= %(since)s",
        "until": "s.at < %(until)s",
        "address": "s.address = %(address)s",
        "search": "strpos(lower(s.address), %(search)s) > 0",
        # owners' addresses are for who may read what is said to owners
        "owners": """(%(owners)s or not exists (
            select from crm.hospital_owners o where o.phone = s.address or lower(o.email) = s.address))""",
    },
)


async def find(tx: Tx, *, suppression_id: int, owners: bool) -> Suppression | None:
    """One suppression; without `owners`, none of an owner's address."""
    return await tx.maybe(
        Suppression,
        _SUPPRESSION
        + """where s.id = %(id)s and (%(owners)s or not exists (
               select from crm.hospital_owners o where o.phone = s.address or lower(o.email) = s.address))""",
        id=suppression_id,
        owners=owners,
    )


async def lift(tx: Tx, *, suppression_id: int, because: str, by: str) -> bool:
    """Ends a suppression; False where it has ended."""
    changed = await tx.execute(
        """update communications.suppressions
           set lifted_at = %(now)s, lifted_because = %(because)s, lifted_by_name = %(by)s
           where id = %(id)s and lifted_at is null""",
        id=suppression_id,
        because=because,
        by=by,
    )
    return changed == 1


async def suppress(
    tx: Tx,
    *,
    channel: str,
    address: str,
    sender_id: int | None,
    reason: str,
    source: str,
    purpose: str | None = None,
    by: str = "",
    at: datetime | None = None,
) -> int | None:
    """Stops messages to an address (`purpose` marketing: news alone), from one sender or (None) from every one of the
    channel; once. `at`: when it was asked for, where that is not now. Gives its id, None where it was stopped so
    already."""
    made: int | None = await tx.value(
        """insert into communications.suppressions
               (channel, address, sender_id, purpose, reason, source, at, created_by_name)
           values (%(channel)s, %(address)s, %(sender_id)s, %(purpose)s, %(reason)s, %(source)s,
                   coalesce(%(at)s, %(now)s), %(by)s)
           on conflict (channel, address, coalesce(sender_id, 0), coalesce(purpose, '')) where lifted_at is null
               do nothing returning id""",
        channel=channel,
        address=address,
        sender_id=sender_id,
        purpose=purpose,
        reason=reason,
        source=source,
        by=by,
        at=at,
    )
    return made


async def in_force(tx: Tx, *, addresses: list[str]) -> set[tuple[str, str, str]]:
    """What stops some addresses from every sender: channel, address, and `marketing` or nothing."""
    rows = await tx.rows(
        """select channel, address, coalesce(purpose, '') from communications.suppressions
           where lifted_at is null and sender_id is null and address = any(%(addresses)s)""",
        addresses=addresses,
    )
    return {(row[0], row[1], row[2]) for row in rows}


async def suppress_many(
    tx: Tx,
    *,
    channels: list[str],
    addresses: list[str],
    purposes: list[str | None],
    reasons: list[str],
    sources: list[str],
    by: str,
) -> list[int]:
    """Stops many addresses, from every sender of their channel, once each; gives the ids of those that were not."""
    rows = await tx.rows(
        """insert into communications.suppressions (channel, address, purpose, reason, source, at, created_by_name)
           select channel, address, purpose, reason, source, %(now)s, %(by)s
           from unnest(%(channels)s::text[], %(addresses)s::text[], %(purposes)s::text[], %(reasons)s::text[],
                       %(sources)s::text[]) as given (channel, address, purpose, reason, source)
           on conflict (channel, address, coalesce(sender_id, 0), coalesce(purpose, '')) where lifted_at is null
               do nothing returning id""",
        channels=channels,
        addresses=addresses,
        purposes=purposes,
        reasons=reasons,
        sources=sources,
        by=by,
    )
    return [row[0] for row in rows]


async def last_endings(tx: Tx, *, channel: str, address: str, limit: int) -> list[Stopped]:
    """How the newest messages to an address that left, or tried to, stand; newest first."""
    return await tx.all(
        Stopped,
        """select status, error_code from communications.message_queue
           where to_address = %(address)s and channel = %(channel)s
             and status in ('sent', 'delivered', 'read', 'undelivered', 'failed')
           order by id desc limit %(limit)s""",
        channel=channel,
        address=address,
        limit=limit,
    )
