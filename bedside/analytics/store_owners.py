"""SQL of the dashboard's owners: one statement, however many parts of it somebody may see."""

from datetime import date, timedelta

import msgspec

from bedside.analytics.model_owners import SHOWN, SOON_DAYS, ContractsEnding, OwnerSatisfaction
from bedside.kit.database import Tx

YEAR = timedelta(days=365)


class SumRow(msgspec.Struct, kw_only=True):
    """So many payouts of a state, and what they come to in one currency."""

    state: str
    currency: str
    payouts: int
    amount_minor: int


class OwnersRow(msgspec.Struct, kw_only=True):
    """All of it; null what was not asked for."""

    sums: list[SumRow] | None
    contracts: ContractsEnding | None
    satisfaction: OwnerSatisfaction | None


async def owners(
    tx: Tx,
    *,
    hospitals: list[int] | None,
    today: date,
    month: tuple[date, date],
    payouts: bool,
    contracts: bool,
    satisfaction: bool,
) -> OwnersRow:
    """Payouts by state and currency, contracts that end soon, and owners' answers of this year and the one before.

    `month`: the days of the last whole month, for what was paid. What is not asked for is not looked up.

    An answer is its overall rating, else the mean of the categories that were rated. Every rating is in half steps, and
    60 is divisible by one to five categories: as sixtieths the sums are exact, and only the result is rounded.
    """
    return await tx.one(
        OwnersRow,
        """select
             case when %(payouts)s then (
               select coalesce(jsonb_agg(to_jsonb(sums) order by currency), '[]')
               from (select states.state, p.currency, count(*) as payouts, sum(p.amount_minor) as amount_minor
                     from crm.owner_payouts p
                     cross join lateral (
                       select 'owed' as state where p.status = 'approved'
                       union all select 'to_approve' where p.status = 'draft'
                       union all select 'to_review'
                         where p.status = 'paid' and p.paid_before and p.reviewed_at is null
                       union all select 'paid_last_month'
                         where p.status = 'paid' and p.paid_on between %(month_begins)s and %(month_ends)s) as states
                     where (p.status in ('draft', 'approved') or (p.paid_before and p.reviewed_at is null)
                            or p.paid_on between %(month_begins)s and %(month_ends)s)
                       and (%(hospitals)s::bigint[] is null or p.hospital_id = any(%(hospitals)s))
                     group by states.state, p.currency) as sums)
             end as sums,
             case when %(contracts)s then (
               select jsonb_build_object(
                 'total', count(*),
                 'first', coalesce(
                   jsonb_agg(to_jsonb(ending) - 'place' order by place) filter (where place <= %(shown)s), '[]'))
               from (select c.id, c.number, c.title, c.owner_id as "ownerId", o.name as "ownerName",
                            h.name as "hospitalName", least(c.ends_on, c.terminated_on) as "endsOn",
                            least(c.ends_on, c.terminated_on) - %(today)s::date as "daysLeft",
                            c.renewal = 'automatic' and c.terminated_on is null as renews,
                            row_number() over (order by least(c.ends_on, c.terminated_on), c.id) as place
                     from crm.owner_contracts c
                     join crm.hospital_owners o on o.id = c.owner_id
                     join crm.hospitals h on h.id = c.hospital_id
                     where c.signed_at is not null and c.archived_at is null and c.starts_on <= %(today)s
                       and least(c.ends_on, c.terminated_on) between %(today)s and %(soon)s
                       and (c.terminated_on is null or c.terminated_on > %(today)s)
                       and (%(hospitals)s::bigint[] is null or c.hospital_id = any(%(hospitals)s))) as ending)
             end as contracts,
             case when %(satisfaction)s then (
               select jsonb_build_object(
                 'mean', round(sixtieths / (60 * nullif(answers, 0)), 2)::text,
                 'answers', answers, 'owners', owners,
                 'meanBefore', round(sixtieths_before / (60 * nullif(answers_before, 0)), 2)::text,
                 'answersBefore', answers_before,
                 'change', round((sixtieths * answers_before - sixtieths_before * answers)
                                 / (60 * nullif(answers * answers_before, 0)), 2)::text)
               from (select count(*) filter (where this_year) as answers,
                            count(*) filter (where not this_year) as answers_before,
                            count(distinct owner_id) filter (where this_year) as owners,
                            coalesce(sum(score) filter (where this_year), 0) as sixtieths,
                            coalesce(sum(score) filter (where not this_year), 0) as sixtieths_before
                     from (select s.owner_id, s.surveyed_on > %(today)s::date - %(year)s::int as this_year,
                                  coalesce(60 * s.overall,
                                           (coalesce(s.payments, 0) + coalesce(s.communication, 0)
                                            + coalesce(s.transparency, 0) + coalesce(s.support, 0)
                                            + coalesce(s.growth, 0))
                                           * (60 / nullif(num_nonnulls(s.payments, s.communication, s.transparency,
                                                                       s.support, s.growth), 0))) as score
                           from crm.owner_satisfaction s
                           where s.surveyed_on > %(today)s::date - 2 * %(year)s::int and s.surveyed_on <= %(today)s
                             and (%(hospitals)s::bigint[] is null
                                  or exists (select from crm.owner_hospitals h
                                             where h.owner_id = s.owner_id and h.hospital_id = any(%(hospitals)s)))
                          ) as answered) as counted)
             end as satisfaction""",
        hospitals=hospitals,
        today=today,
        soon=today + timedelta(days=SOON_DAYS),
        month_begins=month[0],
        month_ends=month[1],
        year=YEAR.days,
        shown=SHOWN,
        payouts=payouts,
        contracts=contracts,
        satisfaction=satisfaction,
    )
