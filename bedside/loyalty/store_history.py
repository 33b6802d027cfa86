"""SQL that writes a past of points in bulk: for the demonstration."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bedside.kit.database import Tx


async def open_accounts(
    tx: Tx, *, patient_ids: Sequence[int], codes: Sequence[str], joined: Sequence[datetime]
) -> None:
    """Opens accounts, each since the first award."""
    await tx.execute(
        """insert into loyalty.patient_points (patient_id, referral_code, joined_at)
           select * from unnest(%(ids)s::bigint[], %(codes)s::text[], %(joined)s::timestamptz[])
           on conflict do nothing""",
        ids=list(patient_ids),
        codes=list(codes),
        joined=list(joined),
    )


async def insert_lots(
    tx: Tx, awards: Sequence[dict[str, Any]], *, program_id: int, months: int | None, zone: str
) -> None:
    """Writes lots, each with its entry, in the order given."""
    names = ("patient_id", "points", "rule", "source", "hospital_id", "at")
    await tx.execute(
        """with given as (
               select * from unnest(%(patient_id)s::bigint[], %(points)s::int[], %(rule)s::text[], %(source)s::text[],
                                    %(hospital_id)s::bigint[], %(at)s::timestamptz[])
                   with ordinality as t (patient_id, points, rule, source, hospital_id, at, place)),
                lots as (
               insert into loyalty.point_lots (patient_id, points, left_over, rule, source, program_id, hospital_id,
                   earned_at, expires_at, created_by_name)
               select patient_id, points, points, rule, source, %(program)s, hospital_id, at,
                      ((at at time zone %(zone)s)::date + make_interval(months => %(months)s) + interval '1 day')
                          at time zone %(zone)s,
                      'Bedside'
               from given order by place returning id, patient_id, points, earned_at),
                earned as (
               update loyalty.patient_points a set last_earned_at = newest.at
               from (select patient_id, max(earned_at) as at from lots group by patient_id) newest
               where a.patient_id = newest.patient_id)
           insert into loyalty.point_entries (patient_id, kind, points, lot_id, happened_at, created_by_name)
           select patient_id, 'earned', points, id, earned_at, 'Bedside' from lots order by earned_at, id""",
        **{name: [one[name] for one in awards] for name in names},
        program=program_id,
        months=months,
        zone=zone,
    )


async def reach_tiers(tx: Tx, *, since: datetime, codes: list[str], thresholds: list[int], months: int) -> None:
    """Gives every account the tier that its lots reach, each step since the award that reached it."""
    await tx.execute(
        """with tiers as (select code, threshold, place from unnest(%(codes)s::text[], %(thresholds)s::int[])
                            with ordinality as t (code, threshold, place)),
                running as (
               select patient_id, earned_at, sum(points) over (partition by patient_id order by earned_at, id) as earned
               from loyalty.point_lots where earned_at >= %(since)s and counts_for_tier and reversed_at is null),
                reached as (
               select r.patient_id, t.code, t.place, min(r.earned_at) as at, min(r.earned) as earned
               from running r join tiers t on t.threshold <= r.earned group by r.patient_id, t.code, t.place),
                steps as (
               select *, lag(code) over (partition by patient_id order by place) as from_code,
                      earned || ' points earned in ' || %(months)s::text || ' months' as why
               from reached),
                written as (
               insert into loyalty.tier_changes (patient_id, from_code, to_code, changed_at, why)
               select patient_id, from_code, code, at, why from steps order by at, place)
           update loyalty.patient_points a set tier_code = s.code, tier_since = s.at, tier_why = s.why
           from (select distinct on (patient_id) * from steps order by patient_id, place desc) s
           where a.patient_id = s.patient_id""",
        since=since,
        codes=codes,
        thresholds=thresholds,
        months=months,
    )
