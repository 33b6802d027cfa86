"""SQL of what the clock does to points: expiry, warnings, tiers that lapse, birthdays."""

from datetime import date, datetime

import msgspec

from bedside.kit.database import Tx


async def with_expired(tx: Tx, *, limit: int) -> list[int]:
    """Whose accounts hold lots that have expired and were not swept, locked, in the order in which all lock them."""
    rows = await tx.rows(
        """select patient_id from loyalty.patient_points
           where patient_id in (select distinct patient_id from loyalty.point_lots
                                where left_over > 0 and expires_at <= %(now)s limit %(limit)s)
           order by patient_id for update""",
        limit=limit,
    )
    return [row[0] for row in rows]


class Swept(msgspec.Struct, kw_only=True):
    """What expired of somebody's points."""

    patient_id: int
    points: int


async def sweep(tx: Tx, patient_ids: list[int]) -> list[Swept]:
    """Empties the expired lots of locked accounts, each with its entry; gives what expired."""
    return await tx.all(
        Swept,
        """with gone as (select id, patient_id, left_over from loyalty.point_lots
                         where patient_id = any(%(ids)s) and left_over > 0 and expires_at <= %(now)s for update),
                emptied as (update loyalty.point_lots l set left_over = 0 from gone where l.id = gone.id),
                written as (insert into loyalty.point_entries
                                (patient_id, kind, points, lot_id, happened_at, created_by_name)
                            select patient_id, 'expired', -left_over, id, %(now)s, 'Bedside' from gone)
           select patient_id, sum(left_over)::int as points from gone group by patient_id order by patient_id""",
        ids=patient_ids,
    )


class Expiring(msgspec.Struct, kw_only=True):
    """Points of somebody that expire together."""

    patient_id: int
    hospital_id: int | None
    points: int
    expires_at: datetime


async def to_warn(tx: Tx, *, until: datetime, limit: int) -> list[Expiring]:
    """Takes lots that expire by a moment and whose patients were not told, notes that they are, and gives them added up
    by patient and moment of expiry."""
    return await tx.all(
        Expiring,
        """with whose as (select distinct l.patient_id from loyalty.point_lots l
                          where l.left_over > 0 and l.expires_at > %(now)s and l.expires_at <= %(until)s
                            and l.warned_at is null limit %(limit)s),
                told as (update loyalty.point_lots l set warned_at = %(now)s
                         from whose where l.patient_id = whose.patient_id and l.left_over > 0
                           and l.expires_at > %(now)s and l.expires_at <= %(until)s and l.warned_at is null
                         returning l.patient_id, l.left_over, l.expires_at)
           select told.patient_id, p.hospital_id, sum(told.left_over)::int as points, told.expires_at
           from told join crm.patients p on p.id = told.patient_id
           group by told.patient_id, p.hospital_id, told.expires_at order by told.patient_id, told.expires_at""",
        until=until,
        limit=limit,
    )


async def to_rank(
    tx: Tx, *, codes: list[str], thresholds: list[int], since: datetime, after: int, limit: int
) -> list[int]:
    """Whose tier asks to be looked at again: too little was earned for it in the window, with no grace begun, or with
    one that is over. `codes` are the tiers above the lowest."""
    rows = await tx.rows(
        """select a.patient_id
           from loyalty.patient_points a
           join unnest(%(codes)s::text[], %(thresholds)s::int[]) as t (code, threshold) on t.code = a.tier_code
           where a.patient_id > %(after)s and (a.tier_until is null or a.tier_until <= %(now)s)
             and t.threshold > (select coalesce(sum(l.points), 0) from loyalty.point_lots l
                                where l.patient_id = a.patient_id and l.earned_at >= %(since)s
                                  and l.counts_for_tier and l.reversed_at is null)
           order by a.patient_id limit %(limit)s""",
        codes=codes,
        thresholds=thresholds,
        since=since,
        after=after,
        limit=limit,
    )
    return [row[0] for row in rows]


class Birthday(msgspec.Struct, kw_only=True):
    """A member whose birthday it is."""

    patient_id: int
    hospital_id: int | None


async def birthdays(tx: Tx, *, day: date, leap: bool, after: int, limit: int) -> list[Birthday]:
    """Members who were born on this day of the year, beginning after one of them; `leap`: those of 29 February too."""
    return await tx.all(
        Birthday,
        """select a.patient_id, p.hospital_id
           from loyalty.patient_points a join crm.patients p on p.id = a.patient_id
           where a.patient_id > %(after)s and p.archived_at is null
             and (to_char(p.date_of_birth, 'MMDD') = to_char(%(day)s::date, 'MMDD')
                  or (%(leap)s and to_char(p.date_of_birth, 'MMDD') = '0229'))
             and not exists (select from loyalty.point_lots l
                             where l.rule = 'birthday' and l.reversed_at is null
                               and l.source = 'patient:' || a.patient_id || ':' || to_char(%(day)s::date, 'YYYY'))
           order by a.patient_id limit %(limit)s""",
        day=day,
        leap=leap,
        after=after,
        limit=limit,
    )
