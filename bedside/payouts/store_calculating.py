"""SQL of what a payout is computed from: revenue added up, the payout before, payments already made. Nothing is written
but the note of the last entry that counts."""

from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString

import msgspec

from bedside.contracts import Terms
from bedside.kit.database import Tx
from bedside.payouts.calculating import Before, Group, Recorded


async def note_last_entry(tx: Tx) -> int:
    """The last revenue entry that counts from now on: no entry with a lower id can still be written.

    Writers hold this lock shared from before their ids are drawn (migrations/0015.payouts.sql), so this waits for those
    under way, and lets go of it when the transaction ends: end it soon.
    """
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('crm.revenue_entries', 0))")
    return int(await tx.value("select coalesce(max(id), 0) from crm.revenue_entries"))


async def last_entry(tx: Tx) -> int:
    """The last revenue entry that is seen now: for a preview, which need not be exact while others write."""
    return int(await tx.value("select coalesce(max(id), 0) from crm.revenue_entries"))


async def groups_of_period(tx: Tx, *, hospital_id: int, currency: str, period: date, through: int) -> list[Group]:
    """Revenue earned in a month and booked in it, by day, department and service line: one query a hospital."""
    return await tx.all(
        Group,
        """select e.revenue_on, e.department_id, e.service_line, sum(e.amount_minor)::bigint as amount_minor,
                  count(*) as entries
           from crm.revenue_entries e
           where e.hospital_id = %(hospital_id)s and e.currency = %(currency)s and e.period = %(period)s
             and e.revenue_on >= %(period)s and e.id <= %(through)s
           group by e.revenue_on, e.department_id, e.service_line
           order by e.revenue_on, e.department_id nulls first, e.service_line""",
        hospital_id=hospital_id,
        currency=currency,
        period=period,
        through=through,
    )


# Late is what the payout before had not counted, of its own month and those before it; of months after it, for which
# nothing was due or nothing drafted, what is booked in the month at hand.
LATE: LiteralString = """
case when e.revenue_on >= %(period)s then false
     when e.revenue_on < (%(counted_in)s::date + interval '1 month')::date
         then e.id > %(counted)s or e.period > %(counted_in)s
     else e.period = %(period)s end
"""
NEVER = date(1990, 1, 1)


async def late_months(
    tx: Tx, *, hospital_id: int, currency: str, before: Before | None, period: date, through: int
) -> list[date]:
    """Earlier months with late entries."""
    rows = await tx.rows(
        """select distinct date_trunc('month', e.revenue_on)::date
           from crm.revenue_entries e
           where e.hospital_id = %(hospital_id)s and e.currency = %(currency)s
             and e.revenue_on < %(period)s and e.period <= %(period)s and e.id <= %(through)s
             and (e.id > %(counted)s or e.period > %(counted_in)s) and """
        + LATE
        + """order by 1""",
        hospital_id=hospital_id,
        currency=currency,
        period=period,
        counted=before.through if before else 0,
        counted_in=before.period if before else NEVER,
        through=through,
    )
    return [row[0] for row in rows]


async def groups_of_months(
    tx: Tx,
    *,
    hospital_id: int,
    currency: str,
    months: Sequence[date],
    period: date,
    through: int,
    before: Before | None,
) -> list[Group]:
    """The same for several months, whenever they were booked; `late` is what the payout before had not counted."""
    return await tx.all(
        Group,
        """select e.revenue_on, e.department_id, e.service_line, sum(e.amount_minor)::bigint as amount_minor,
                  count(*) as entries, """
        + LATE
        + """ as late
           from crm.revenue_entries e
           where e.hospital_id = %(hospital_id)s and e.currency = %(currency)s
             and date_trunc('month', e.revenue_on)::date = any(%(months)s::date[])
             and e.revenue_on between %(first)s and %(last)s
             and e.period <= %(period)s and e.id <= %(through)s
           group by e.revenue_on, e.department_id, e.service_line, late
           order by e.revenue_on, e.department_id nulls first, e.service_line, late""",
        hospital_id=hospital_id,
        currency=currency,
        months=list(months),
        first=min(months),
        last=date(max(months).year + 1, 1, 31),
        period=period,
        through=through,
        counted=before.through if before else 0,
        counted_in=before.period if before else NEVER,
    )


async def payout_before(tx: Tx, *, contract_id: int, owner_id: int, currency: str, period: date) -> Before | None:
    """The latest payout in force of the same contract and owner for an earlier month, with what it carried forward."""
    return await tx.maybe(
        Before,
        """select p.id as payout_id, p.period, coalesce(p.entries_through, 0) as through,
                  coalesce((select sum(l.amount_minor) from crm.payout_lines l
                            where l.payout_id = p.id and l.kind = 'carried_forward'), 0)::bigint as carried_minor
           from crm.owner_payouts p
           where p.contract_id = %(contract_id)s and p.owner_id = %(owner_id)s and p.currency = %(currency)s
             and p.kind = 'share' and p.status in ('draft', 'approved', 'paid') and p.period < %(period)s
           order by p.period desc limit 1""",
        contract_id=contract_id,
        owner_id=owner_id,
        currency=currency,
        period=period,
    )


async def counted_by_next(tx: Tx, *, contract_id: int, owner_id: int, currency: str, period: date) -> int | None:
    """What the next later payout in force took as counted before it: an earlier month drafted anew counts no more, or
    the same late entry would be paid twice. None where there is no later one."""
    found: int | None = await tx.value(
        """select coalesce((p.inputs -> 'before' ->> 'through')::bigint, p.entries_through)
           from crm.owner_payouts p
           where p.contract_id = %(contract_id)s and p.owner_id = %(owner_id)s and p.currency = %(currency)s
             and p.kind = 'share' and p.status in ('draft', 'approved', 'paid') and p.period > %(period)s
           order by p.period limit 1""",
        contract_id=contract_id,
        owner_id=owner_id,
        currency=currency,
        period=period,
    )
    return found


async def lock_recorded(tx: Tx, *, owner_id: int, hospital_id: int, currency: str, period: date) -> list[Recorded]:
    """Payments made under no contract that no payout has deducted, held until the transaction ends."""
    return await tx.all(
        Recorded,
        """select id as payout_id, reference_number, amount_minor from crm.owner_payouts
           where owner_id = %(owner_id)s and hospital_id = %(hospital_id)s and currency = %(currency)s
             and kind = 'recorded' and status = 'paid' and deducted_in is null and period <= %(period)s
           order by id for update skip locked""",
        owner_id=owner_id,
        hospital_id=hospital_id,
        currency=currency,
        period=period,
    )


async def recorded_by_owner(
    tx: Tx, *, hospital_ids: list[int] | None, period: date
) -> dict[tuple[int, int, str], list[Recorded]]:
    """The same for a preview, by owner, hospital and currency, without holding them."""
    rows = await tx.rows(
        """select owner_id, hospital_id, currency, id, reference_number, amount_minor from crm.owner_payouts
           where (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))
             and kind = 'recorded' and status = 'paid' and deducted_in is null and period <= %(period)s
           order by id""",
        hospitals=hospital_ids,
        period=period,
    )
    found: dict[tuple[int, int, str], list[Recorded]] = {}
    for owner_id, hospital_id, currency, id, reference, amount in rows:
        found.setdefault((owner_id, hospital_id, currency), []).append(
            Recorded(payout_id=id, reference_number=reference, amount_minor=amount)
        )
    return found


async def department_names(tx: Tx, hospital_id: int) -> dict[int, str]:
    """Names of a hospital's departments by id, archived ones too."""
    rows = await tx.rows("select id, name from crm.departments where hospital_id = %(id)s", id=hospital_id)
    return {row[0]: row[1] for row in rows}


class PinnedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of terms as a payout pinned it."""

    id: int
    number: int
    effective_from: date
    terms: Terms


async def versions(tx: Tx, ids: Sequence[int]) -> list[PinnedVersion]:
    """Versions of terms by id, in the order in which they begin."""
    return await tx.all(
        PinnedVersion,
        """select id, number, effective_from, terms from crm.contract_versions where id = any(%(ids)s)
           order by effective_from""",
        ids=list(ids),
    )


async def booked(tx: Tx, *, hospital_ids: list[int] | None, period: date) -> list[tuple[int, str, int, int]]:
    """What was earned and booked in a month: hospital, currency, minor units, entries."""
    rows: list[tuple[Any, ...]] = await tx.rows(
        """select hospital_id, currency, sum(amount_minor)::bigint, count(*) from crm.revenue_entries
           where (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s)) and period = %(period)s
             and revenue_on >= %(period)s
           group by hospital_id, currency order by hospital_id, currency""",
        hospitals=hospital_ids,
        period=period,
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
