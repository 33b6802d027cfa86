"""SQL of accounts, lots and entries. Whoever changes an account's lots has locked the account before."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.loyalty.model import Account, Award, Entry
from bedside.loyalty.points import Left, Taken

_ACCOUNT: LiteralString = """
select patient_id, owed, tier_code, tier_since, tier_until, tier_why, referral_code, joined_at
from loyalty.patient_points
"""


async def account(tx: Tx, patient_id: int, *, lock: bool = False) -> Account | None:
    """Somebody's account; `lock` holds it until the transaction ends."""
    query = _ACCOUNT + "where patient_id = %(id)s"
    return await tx.maybe(Account, query + " for update" if lock else query, id=patient_id)


async def open_account(tx: Tx, patient_id: int, *, referral_code: str) -> bool:
    """Opens an account; False where there is one, or the code is taken."""
    return bool(
        await tx.execute(
            """insert into loyalty.patient_points (patient_id, referral_code, joined_at)
               values (%(id)s, %(code)s, %(now)s) on conflict do nothing""",
            id=patient_id,
            code=referral_code,
        )
    )


_LOT: LiteralString = """
select l.id as lot_id, l.patient_id, l.points,
       (select coalesce(-sum(e.points), 0) from loyalty.point_entries e
        where e.lot_id = l.id and e.kind = 'settled') as settled,
       l.rule, l.source, l.reason, l.earned_at, l.expires_at, l.created_by_name, l.reversed_at
from loyalty.point_lots l
"""


async def lot_of(tx: Tx, *, rule: str, source: str) -> Award | None:
    """The award in force for a rule and a source."""
    query = _LOT + "where l.rule = %(rule)s and l.source = %(source)s and l.reversed_at is null"
    return await tx.maybe(Award, query, rule=rule, source=source)


async def lot(tx: Tx, lot_id: int) -> Award | None:
    """One award."""
    return await tx.maybe(Award, _LOT + "where l.id = %(id)s", id=lot_id)


async def insert_lot(
    tx: Tx,
    *,
    patient_id: int,
    points: int,
    left_over: int,
    rule: str,
    source: str,
    program_id: int,
    hospital_id: int | None,
    counts_for_tier: bool,
    expires_at: datetime | None,
    reason: str,
    by: str,
) -> int | None:
    """Makes a lot and gives its id; None where this rule and source have one in force."""
    made: int | None = await tx.value(
        """insert into loyalty.point_lots (patient_id, points, left_over, rule, source, program_id, hospital_id,
               counts_for_tier, earned_at, expires_at, reason, created_by_name)
           values (%(patient_id)s, %(points)s, %(left_over)s, %(rule)s, %(source)s, %(program_id)s, %(hospital_id)s,
                   %(counts_for_tier)s, %(now)s, %(expires_at)s, %(reason)s, %(by)s)
           on conflict (rule, source) where reversed_at is null do nothing returning id""",
        patient_id=patient_id,
        points=points,
        left_over=left_over,
        rule=rule,
        source=source,
        program_id=program_id,
        hospital_id=hospital_id,
        counts_for_tier=counts_for_tier,
        expires_at=expires_at,
        reason=reason,
        by=by,
    )
    return made


class NewEntry(msgspec.Struct, kw_only=True):
    """A line of the ledger on its way in."""

    patient_id: int
    kind: str
    points: int
    lot_id: int | None
    redemption_id: int | None = None
    reason: str = ""
    by: str


async def insert_entries(tx: Tx, entries: Sequence[NewEntry]) -> None:
    """Writes lines of the ledger."""
    await tx.execute_many(
        """insert into loyalty.point_entries
               (patient_id, kind, points, lot_id, redemption_id, happened_at, reason, created_by_name)
           values (%(patient_id)s, %(kind)s, %(points)s, %(lot_id)s, %(redemption_id)s, %(now)s, %(reason)s, %(by)s)""",
        [msgspec.structs.asdict(one) | {"now": tx.now} for one in entries],
    )


async def note_earned(tx: Tx, patient_id: int) -> None:
    """Notes when somebody earned last."""
    await tx.execute(
        "update loyalty.patient_points set last_earned_at = %(now)s where patient_id = %(id)s", id=patient_id
    )


async def owe(tx: Tx, patient_id: int, *, by: int) -> None:
    """Raises what is owed, or lowers it (`by` below 0); the check constraint keeps it from falling below 0."""
    await tx.execute(
        "update loyalty.patient_points set owed = owed + %(by)s where patient_id = %(id)s", id=patient_id, by=by
    )


async def left(tx: Tx, patient_id: int) -> list[Left]:
    """What is left of somebody's lots, of those that have not expired."""
    return await tx.all(
        Left,
        """select id as lot_id, left_over, expires_at from loyalty.point_lots
           where patient_id = %(id)s and left_over > 0 and (expires_at is null or expires_at > %(now)s)""",
        id=patient_id,
    )


async def lower_lots(tx: Tx, taken: Sequence[Taken]) -> None:
    """Takes points from lots."""
    await tx.execute(
        """update loyalty.point_lots l set left_over = l.left_over - t.points
           from unnest(%(lots)s::bigint[], %(points)s::int[]) as t (lot_id, points) where l.id = t.lot_id""",
        lots=[one.lot_id for one in taken],
        points=[one.points for one in taken],
    )


async def insert_uses(tx: Tx, *, redemption_id: int, taken: Sequence[Taken]) -> None:
    """Notes which lots a redemption was paid from."""
    await tx.execute(
        """insert into loyalty.redemption_uses (redemption_id, lot_id, points)
           select %(redemption)s, * from unnest(%(lots)s::bigint[], %(points)s::int[])""",
        redemption=redemption_id,
        lots=[one.lot_id for one in taken],
        points=[one.points for one in taken],
    )


class Use(msgspec.Struct, kw_only=True):
    """What a redemption took from a lot, and whether the lot still takes it back."""

    patient_id: int
    lot_id: int
    points: int
    expires_at: datetime | None
    reversed_at: datetime | None
    hospital_id: int | None


async def uses(tx: Tx, redemption_id: int) -> list[Use]:
    """What a redemption was paid from."""
    return await tx.all(
        Use,
        """select l.patient_id, u.lot_id, u.points, l.expires_at, l.reversed_at, l.hospital_id
           from loyalty.redemption_uses u join loyalty.point_lots l on l.id = u.lot_id
           where u.redemption_id = %(id)s order by u.lot_id""",
        id=redemption_id,
    )


async def raise_lot(tx: Tx, *, lot_id: int, points: int) -> None:
    """Gives points back to a lot."""
    await tx.execute(
        "update loyalty.point_lots set left_over = left_over + %(points)s where id = %(id)s", id=lot_id, points=points
    )


class Reversed(msgspec.Struct, kw_only=True):
    """What there was of a lot when it was taken back: what was left, and what had expired before."""

    left_over: int
    expired: int


async def reverse_lot(tx: Tx, lot_id: int) -> Reversed | None:
    """Marks a lot as taken back and empties it; None where it was before."""
    return await tx.maybe(
        Reversed,
        """with before as (select id, left_over from loyalty.point_lots
                           where id = %(id)s and reversed_at is null for update),
                now as (update loyalty.point_lots l set reversed_at = %(now)s, left_over = 0
                        from before where l.id = before.id returning l.id)
           select before.left_over,
                  (select coalesce(-sum(points), 0) from loyalty.point_entries
                   where lot_id = before.id and kind = 'expired') as expired
           from before join now on now.id = before.id""",
        id=lot_id,
    )


async def earned_since(tx: Tx, *, patient_id: int, since: datetime) -> int:
    """What somebody earned since a moment, taken back awards and refills apart."""
    return int(
        await tx.value(
            """select coalesce(sum(points), 0) from loyalty.point_lots
               where patient_id = %(id)s and earned_at >= %(since)s and counts_for_tier and reversed_at is null""",
            id=patient_id,
            since=since,
        )
    )


async def set_tier(tx: Tx, *, patient_id: int, from_code: str | None, to_code: str, why: str) -> None:
    """Puts somebody into a tier and writes that down."""
    await tx.execute(
        """with changed as (
               update loyalty.patient_points
               set tier_code = %(to_code)s, tier_since = %(now)s, tier_until = null, tier_why = %(why)s
               where patient_id = %(id)s)
           insert into loyalty.tier_changes (patient_id, from_code, to_code, changed_at, why)
           values (%(id)s, %(from_code)s, %(to_code)s, %(now)s, %(why)s)""",
        id=patient_id,
        from_code=from_code,
        to_code=to_code,
        why=why,
    )


async def set_tier_until(tx: Tx, *, patient_id: int, until: datetime | None) -> None:
    """Begins the grace of a tier, or ends it."""
    await tx.execute(
        "update loyalty.patient_points set tier_until = %(until)s where patient_id = %(id)s",
        id=patient_id,
        until=until,
    )


_ENTRY: LiteralString = """
select e.id, e.kind, e.points, l.rule, l.source, e.lot_id, e.redemption_id, r.reward_name,
       coalesce(nullif(e.reason, ''), l.reason, '') as reason, e.happened_at, e.created_by_name
from loyalty.point_entries e
left join loyalty.point_lots l on l.id = e.lot_id
left join loyalty.redemptions r on r.id = e.redemption_id
"""


async def entries(tx: Tx, *, patient_id: int, before: int | None = None, limit: int = 20) -> list[Entry]:
    """The newest movements of somebody's points, before one of them."""
    return await tx.all(
        Entry,
        _ENTRY
        + """where e.patient_id = %(id)s and e.id < coalesce(%(before)s::bigint, 9223372036854775807)
             order by e.id desc limit %(limit)s""",
        id=patient_id,
        before=before,
        limit=limit,
    )
