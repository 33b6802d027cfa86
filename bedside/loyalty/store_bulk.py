"""SQL of awards to many: some thousands a statement, each as a single award would have made it.

What it takes is measured by `bin/bench loyalty` (docs/guide/measurements.md).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.loyalty.bulk_model import BulkAward, NewBulkAward

_BULK: LiteralString = """
select id, kind, status, from_day, until_day, hospital_id, points, reason, total, awarded, skipped, because,
       created_by_name, created_at, finished_at
from loyalty.bulk_awards
"""


async def insert(tx: Tx, new: NewBulkAward, *, kind: str, total: int, by: str) -> int:
    """Notes what is to be awarded and gives its id."""
    made: int = await tx.value(
        """insert into loyalty.bulk_awards (kind, status, from_day, until_day, hospital_id, patient_ids, points, reason,
               total, created_by_name, created_at)
           values (%(kind)s, 'running', %(from_day)s, %(until_day)s, %(hospital_id)s, %(patient_ids)s, %(points)s,
                   %(reason)s, %(total)s, %(by)s, %(now)s) returning id""",
        kind=kind,
        from_day=new.from_day,
        until_day=new.until_day,
        hospital_id=new.hospital_id,
        patient_ids=sorted(set(new.patient_ids)) if new.patient_ids is not None else None,
        points=new.points,
        reason=new.reason,
        total=total,
        by=by,
    )
    return made


async def bulk_award(tx: Tx, bulk_id: int) -> BulkAward | None:
    """One award to many."""
    return await tx.maybe(BulkAward, _BULK + "where id = %(id)s", id=bulk_id)


async def bulk_awards(tx: Tx, *, limit: int) -> list[BulkAward]:
    """The newest awards to many."""
    return await tx.all(BulkAward, _BULK + "order by id desc limit %(limit)s", limit=limit)


class Work(msgspec.Struct, kw_only=True):
    """An award to many as its work goes on: through which id it has come."""

    id: int
    kind: str
    status: str
    through_id: int
    hospital_id: int | None
    patient_ids: list[int] | None
    points: int | None
    reason: str
    created_by_name: str
    begins: datetime | None
    ends: datetime | None


async def locked(tx: Tx, bulk_id: int, *, zone: str) -> Work | None:
    """An award to many, held until the transaction ends: two workers take its pieces one after the other."""
    return await tx.maybe(
        Work,
        """select id, kind, status, through_id, hospital_id, patient_ids, points, reason, created_by_name,
                  from_day::timestamp at time zone %(zone)s as begins,
                  (until_day + 1)::timestamp at time zone %(zone)s as ends
           from loyalty.bulk_awards where id = %(id)s for update""",
        id=bulk_id,
        zone=zone,
    )


async def moved_on(tx: Tx, bulk_id: int, *, through_id: int, awarded: int, skipped: int, done: bool) -> None:
    """Notes how far it has come."""
    await tx.execute(
        """update loyalty.bulk_awards
           set through_id = %(through)s, awarded = awarded + %(awarded)s, skipped = skipped + %(skipped)s,
               status = case when %(done)s then 'done' else status end,
               finished_at = case when %(done)s then %(now)s end
           where id = %(id)s""",
        id=bulk_id,
        through=through_id,
        awarded=awarded,
        skipped=skipped,
        done=done,
    )


async def failed(tx: Tx, bulk_id: int, *, because: str) -> None:
    """Notes that it cannot go on."""
    await tx.execute(
        """update loyalty.bulk_awards set status = 'failed', because = %(because)s, finished_at = %(now)s
           where id = %(id)s""",
        id=bulk_id,
        because=because,
    )


class Due(msgspec.Struct, kw_only=True):
    """Somebody who is to get points, and by what."""

    id: int
    patient_id: int
    source: str
    hospital_id: int | None


async def completed_visits(
    tx: Tx, *, begins: datetime, ends: datetime, hospital_id: int | None, after: int, limit: int
) -> list[Due]:
    """Visits completed in a stretch of time, by id, beginning after one of them."""
    return await tx.all(
        Due,
        """select id, patient_id, 'appointment:' || id as source, hospital_id
           from crm.appointments
           where status = 'completed' and completed_at >= %(begins)s and completed_at < %(ends)s and id > %(after)s
             and patient_id is not null and (%(hospital)s::bigint is null or hospital_id = %(hospital)s)
           order by id limit %(limit)s""",
        begins=begins,
        ends=ends,
        hospital=hospital_id,
        after=after,
        limit=limit,
    )


async def still_completed(tx: Tx, due: Sequence[Due]) -> list[Due]:
    """Those of these visits that are still completed, read once their accounts are held: whoever takes a visit back
    waits for the account and finds the award, or was first and is seen here."""
    rows = await tx.rows(
        "select id from crm.appointments where id = any(%(ids)s) and status = 'completed'", ids=[one.id for one in due]
    )
    there = {row[0] for row in rows}
    return [one for one in due if one.id in there]


async def count_visits(tx: Tx, *, new: NewBulkAward, zone: str) -> int:
    """How many visits were completed on these days."""
    return int(
        await tx.value(
            """select count(*) from crm.appointments
               where status = 'completed' and patient_id is not null
                 and completed_at >= %(from_day)s::timestamp at time zone %(zone)s
                 and completed_at < (%(until_day)s::date + 1)::timestamp at time zone %(zone)s
                 and (%(hospital)s::bigint is null or hospital_id = %(hospital)s)""",
            from_day=new.from_day,
            until_day=new.until_day,
            zone=zone,
            hospital=new.hospital_id,
        )
    )


async def people(tx: Tx, *, patient_ids: list[int], bulk_id: int, after: int, limit: int) -> list[Due]:
    """Those of a list who are there and not put away, by id, beginning after one of them."""
    return await tx.all(
        Due,
        """select id, id as patient_id, 'bulk:' || %(bulk)s::text || ':' || id as source, hospital_id
           from crm.patients where id = any(%(ids)s) and id > %(after)s and archived_at is null
           order by id limit %(limit)s""",
        ids=patient_ids,
        bulk=bulk_id,
        after=after,
        limit=limit,
    )


async def count_people(tx: Tx, patient_ids: list[int]) -> int:
    """How many of these there are."""
    return int(
        await tx.value(
            "select count(*) from crm.patients where id = any(%(ids)s) and archived_at is null", ids=patient_ids
        )
    )


async def open_accounts(tx: Tx, *, patient_ids: Sequence[int], codes: Sequence[str]) -> None:
    """Opens accounts for those who have none, each with a code of its own; a code that is taken leaves one unopened."""
    await tx.execute(
        """insert into loyalty.patient_points (patient_id, referral_code, joined_at)
           select patient_id, code, %(now)s from unnest(%(ids)s::bigint[], %(codes)s::text[]) as t (patient_id, code)
           on conflict do nothing""",
        ids=list(patient_ids),
        codes=list(codes),
    )


async def lock_accounts(tx: Tx, patient_ids: Sequence[int]) -> set[int]:
    """Holds accounts until the transaction ends, in the order in which all lock them; gives those there are."""
    rows = await tx.rows(
        """select patient_id from loyalty.patient_points where patient_id = any(%(ids)s)
           order by patient_id for update""",
        ids=list(patient_ids),
    )
    return {row[0] for row in rows}


async def award_all(
    tx: Tx,
    due: Sequence[Due],
    *,
    points: int,
    rule: str,
    program_id: int,
    expires_at: datetime | None,
    reason: str,
    by: str,
) -> list[int]:
    """Makes the lots and their entries, for those whose rule and source have none, and pays what is owed from them.
    Gives whose accounts changed, once for each lot. The accounts are locked."""
    rows = await tx.rows(
        """with due as (select * from unnest(%(patients)s::bigint[], %(sources)s::text[], %(hospitals)s::bigint[])
                          with ordinality as t (patient_id, source, hospital_id, place)),
                lots as (
               insert into loyalty.point_lots (patient_id, points, left_over, rule, source, program_id, hospital_id,
                   earned_at, expires_at, reason, created_by_name)
               select patient_id, %(points)s, %(points)s, %(rule)s, source, %(program)s, hospital_id, %(now)s,
                      %(expires)s, %(reason)s, %(by)s
               from due order by place
               on conflict (rule, source) where reversed_at is null do nothing
               returning id, patient_id),
                earned as (
               insert into loyalty.point_entries (patient_id, kind, points, lot_id, happened_at, created_by_name)
               select patient_id, 'earned', %(points)s, id, %(now)s, %(by)s from lots order by id)
           select id, patient_id from lots order by id""",
        patients=[one.patient_id for one in due],
        sources=[one.source for one in due],
        hospitals=[one.hospital_id for one in due],
        points=points,
        rule=rule,
        program=program_id,
        expires=expires_at,
        reason=reason,
        by=by,
    )
    await _settle(tx, [row[0] for row in rows], points=points, by=by)
    await tx.execute(
        "update loyalty.patient_points set last_earned_at = %(now)s where patient_id = any(%(ids)s)",
        ids=list({row[1] for row in rows}),
    )
    return [row[1] for row in rows]


async def _settle(tx: Tx, lot_ids: list[int], *, points: int, by: str) -> None:
    """Pays what accounts owe from fresh lots, the older first: few owe anything."""
    await tx.execute(
        """with fresh as (
               select l.id, l.patient_id, a.owed,
                      (row_number() over (partition by l.patient_id order by l.id) - 1) * %(points)s as before
               from loyalty.point_lots l join loyalty.patient_points a on a.patient_id = l.patient_id
               where l.id = any(%(lots)s) and a.owed > 0),
                paid as (
               select id, patient_id, least(%(points)s, owed - before)::int as paid from fresh where owed > before),
                lowered as (
               update loyalty.point_lots l set left_over = l.left_over - paid.paid from paid where l.id = paid.id),
                written as (
               insert into loyalty.point_entries (patient_id, kind, points, lot_id, happened_at, created_by_name)
               select patient_id, 'settled', -paid, id, %(now)s, %(by)s from paid)
           update loyalty.patient_points a set owed = a.owed - sums.paid
           from (select patient_id, sum(paid) as paid from paid group by patient_id) sums
           where a.patient_id = sums.patient_id""",
        lots=lot_ids,
        points=points,
        by=by,
    )


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose tier rose, and the hospital that is theirs."""

    patient_id: int
    from_code: str | None
    to_code: str
    hospital_id: int | None


async def raise_tiers(
    tx: Tx, patient_ids: Sequence[int], *, since: datetime, codes: list[str], thresholds: list[int], months: int
) -> list[Raised]:
    """Raises the tiers of locked accounts that earned enough, and ends the grace of those who reach theirs again; gives
    those who were raised."""
    return await tx.all(
        Raised,
        """with tiers as (select code, threshold, place from unnest(%(codes)s::text[], %(thresholds)s::int[])
                                with ordinality as t (code, threshold, place)),
                    earned as (
                   -- for each account by its index: a join is planned by what the tables held a minute ago
                   select a.patient_id, a.tier_code,
                          coalesce((select sum(l.points) from loyalty.point_lots l
                                    where l.patient_id = a.patient_id and l.earned_at >= %(since)s
                                      and l.counts_for_tier and l.reversed_at is null), 0)::bigint as earned
                   from loyalty.patient_points a where a.patient_id = any(%(ids)s)),
                    placed as (
                   select e.patient_id, e.tier_code, e.earned, reached.code, reached.place,
                          coalesce((select place from tiers where code = e.tier_code), 0) as now_at
                   from earned e cross join lateral (
                       select code, place from tiers where threshold <= e.earned order by place desc limit 1) reached),
                    ended as (
                   update loyalty.patient_points a set tier_until = null
                   from placed where a.patient_id = placed.patient_id and placed.place = placed.now_at
                     and a.tier_until is not null),
                    raised as (
                   update loyalty.patient_points a
                   set tier_code = placed.code, tier_since = %(now)s, tier_until = null,
                       tier_why = placed.earned || ' points earned in ' || %(months)s::text || ' months'
                   from placed where a.patient_id = placed.patient_id and placed.place > placed.now_at
                   returning a.patient_id, placed.tier_code as from_code, a.tier_code, a.tier_why),
                    written as (
                   insert into loyalty.tier_changes (patient_id, from_code, to_code, changed_at, why)
                   select patient_id, from_code, tier_code, %(now)s, tier_why from raised)
               select r.patient_id, r.from_code, r.tier_code as to_code, p.hospital_id
               from raised r join crm.patients p on p.id = r.patient_id order by r.patient_id""",
        ids=list(set(patient_ids)),
        since=since,
        codes=codes,
        thresholds=thresholds,
        months=months,
    )
