"""SQL of webhooks' receipts: kept raw, claimed by whoever applies them, settled or set aside."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.kit.wire import Wire


class Receipt(msgspec.Struct, kw_only=True):
    """A webhook as it came."""

    id: int
    provider: str
    kind: str
    received_at: datetime
    body: bytes
    attempts: int


class Arrived(msgspec.Struct, kw_only=True):
    """A webhook that has just come. `urgent`: it carries somebody's words."""

    provider: str
    kind: str
    body: bytes
    fingerprint: bytes
    urgent: bool


class Settled(msgspec.Struct, kw_only=True):
    """What became of one. `again_at`: it is tried again then; else it is set aside where something was at fault."""

    id: int
    fault: str | None = None
    again_at: datetime | None = None


class SetAside(Wire, kw_only=True):
    """A webhook that could not be applied, as a person finds it: what was at fault, and what it says."""

    id: int
    provider: str
    kind: str
    received_at: datetime
    set_aside_at: datetime
    attempts: int
    fault: str
    body: str


class Standing(msgspec.Struct, kw_only=True):
    """How the receipts stand: how many wait, the oldest of them, how many were set aside."""

    waiting: int
    oldest: datetime | None
    set_aside: int


SET_ASIDE: Listing[SetAside] = Listing(
    into=SetAside,
    # as text a person can read, whatever the bytes are: what is not ASCII stands there as an escape
    select="""select r.id, r.provider, r.kind, r.received_at, r.set_aside_at, r.attempts,
                     coalesce(r.error, '') as fault, encode(substr(r.body, 1, 2000), 'escape') as body
              from communications.webhook_receipts r""",
    sorts={"id": (Key("r.id", "bigint", "id"),)},
    default_sort="-id",
    filters={"provider": "r.provider = %(provider)s"},
    always="r.set_aside_at is not null",
)


async def keep(tx: Tx, arrived: Sequence[Arrived]) -> set[bytes]:
    """Keeps webhooks in their order; gives the fingerprints of those that had not come before."""
    rows = await tx.rows(
        """insert into communications.webhook_receipts (provider, kind, received_at, due_at, body, fingerprint, urgent)
           select a.provider, a.kind, %(now)s, %(now)s, a.body, a.fingerprint, a.urgent
           from unnest(%(providers)s::text[], %(kinds)s::text[], %(bodies)s::bytea[], %(fingerprints)s::bytea[],
                       %(urgent)s::boolean[]) with ordinality as a (provider, kind, body, fingerprint, urgent, place)
           order by a.place
           on conflict (fingerprint) do nothing returning fingerprint""",
        providers=[one.provider for one in arrived],
        kinds=[one.kind for one in arrived],
        bodies=[one.body for one in arrived],
        fingerprints=[one.fingerprint for one in arrived],
        urgent=[one.urgent for one in arrived],
    )
    return {bytes(row[0]) for row in rows}


async def alone(tx: Tx) -> bool:
    """Whether this transaction is the one that applies people's words now: a stop and the start after it are never in
    two hands at once. Ends with the transaction, and with the process."""
    return bool(await tx.value("select pg_try_advisory_xact_lock(hashtext('communications.webhook_receipts'))"))


async def claim(tx: Tx, *, urgent: bool, limit: int) -> list[Receipt]:
    """Takes what waits, the oldest first, until the transaction ends; passes over what another worker has in hand."""
    return await tx.all(
        Receipt,
        """select id, provider, kind, received_at, body, attempts from communications.webhook_receipts
           where applied_at is null and set_aside_at is null and urgent = %(urgent)s and due_at <= %(now)s
           order by due_at, id limit %(limit)s for update skip locked""",
        urgent=urgent,
        limit=limit,
    )


async def settle(tx: Tx, settled: Sequence[Settled]) -> None:
    """Says what became of receipts: applied, put off, or set aside."""
    await tx.execute(
        """update communications.webhook_receipts r
           set error = s.fault, attempts = r.attempts + 1,
               applied_at = case when s.fault is null then %(now)s end,
               set_aside_at = case when s.fault is not null and s.again_at is null then %(now)s end,
               due_at = s.again_at
           from unnest(%(ids)s::bigint[], %(faults)s::text[], %(agains)s::timestamptz[]) as s (id, fault, again_at)
           where r.id = s.id""",
        ids=[one.id for one in settled],
        faults=[one.fault for one in settled],
        agains=[one.again_at for one in settled],
    )


async def set_aside(tx: Tx, *, receipt_id: int) -> SetAside | None:
    """One that was set aside, locked; None where it is not, or not any more."""
    return await tx.maybe(
        SetAside,
        SET_ASIDE.select + " where r.set_aside_at is not null and r.id = %(id)s for update",
        id=receipt_id,
    )


async def wait_again(tx: Tx, *, receipt_id: int) -> None:
    """Takes one back from where it was set aside, to be applied like a new one."""
    await tx.execute(
        """update communications.webhook_receipts set set_aside_at = null, due_at = %(now)s, attempts = 0
           where id = %(id)s and set_aside_at is not null""",
        id=receipt_id,
    )


async def drop(tx: Tx, *, receipt_id: int) -> None:
    """Ends one that was set aside, for good: it stays kept with its fault, and is not shown any more."""
    await tx.execute(
        """update communications.webhook_receipts set set_aside_at = null, applied_at = %(now)s
           where id = %(id)s and set_aside_at is not null""",
        id=receipt_id,
    )


async def standing(tx: Tx) -> Standing:
    """How the receipts stand now."""
    return await tx.one(
        Standing,
        """select count(*) filter (where set_aside_at is null) as waiting,
                  min(received_at) filter (where set_aside_at is null) as oldest,
                  count(*) filter (where set_aside_at is not null) as set_aside
           from communications.webhook_receipts
           where applied_at is null and set_aside_at is null or set_aside_at is not null""",
    )


async def forget(tx: Tx, *, days: int, limit: int) -> int:
    """Forgets receipts older than that, the oldest first; gives how many. Their ids grow with their times, so the
    primary key finds them."""
    return await tx.execute(
        """delete from communications.webhook_receipts
           where id in (select id from communications.webhook_receipts order by id limit %(limit)s)
             and received_at < %(now)s - make_interval(days => %(days)s)""",
        limit=limit,
        days=days,
    )
