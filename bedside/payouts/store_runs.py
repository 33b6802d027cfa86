"""SQL of runs: a month that is worked through, contract by contract."""

from datetime import date, datetime
from typing import LiteralString

from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.payouts.model import PayoutRun

_RUN: LiteralString = """
select r.id, r.hospital_id, r.period, r.status, r.contracts, r.contracts_done, r.payouts_made, r.skipped,
       r.entries_through, r.error, r.created_by_name, r.created_at, r.finished_at
from crm.payout_runs r
"""
RUNS = Listing(
    into=PayoutRun,
    select=_RUN,
    sorts={"id": (Key("r.id", "bigint", "id"),)},
    default_sort="-id",
    filters={
        "hospitals": "r.hospital_id = any(%(hospitals)s::bigint[])",
        "hospital_id": "r.hospital_id = %(hospital_id)s",
        "period": "r.period = %(period)s",
        "status": "r.status = %(status)s",
    },
)


async def run(tx: Tx, run_id: int) -> PayoutRun | None:
    """One run."""
    return await tx.maybe(PayoutRun, _RUN + "where r.id = %(id)s", id=run_id)


async def under_way(tx: Tx, *, hospital_id: int | None, period: date) -> PayoutRun | None:
    """The run of a month and hospital (None: of all) that is not over."""
    return await tx.maybe(
        PayoutRun,
        _RUN
        + """where r.status = 'calculating' and r.period = %(period)s
               and coalesce(r.hospital_id, 0) = coalesce(%(hospital_id)s::bigint, 0)""",
        period=period,
        hospital_id=hospital_id,
    )


async def insert_run(tx: Tx, *, hospital_id: int | None, period: date, through: int, by: Actor) -> int | None:
    """Begins a run and gives its id; None where one of the same month and hospital is under way."""
    made: int | None = await tx.value(
        """insert into crm.payout_runs (hospital_id, period, entries_through, created_by_kind, created_by_id,
               created_by_name, created_at, updated_at)
           values (%(hospital_id)s, %(period)s, %(through)s, %(kind)s, %(by_id)s, %(by_name)s, %(now)s, %(now)s)
           on conflict do nothing returning id""",
        hospital_id=hospital_id,
        period=period,
        through=through,
        kind=by.kind,
        by_id=by.id,
        by_name=by.name,
    )
    return made


async def begin(tx: Tx, run_id: int, *, contracts: int) -> None:
    """Notes how many contracts a run is about."""
    await tx.execute(
        "update crm.payout_runs set contracts = %(contracts)s, updated_at = %(now)s where id = %(id)s",
        id=run_id,
        contracts=contracts,
    )


async def lock_run(tx: Tx, run_id: int) -> tuple[str, int, str, int | None, str] | None:
    """A run's status, the contract after which it goes on, and who began it (kind, id, name): until the transaction
    ends nobody else takes the next step of it."""
    found = await tx.rows(
        """select status, after_contract, created_by_kind, created_by_id, created_by_name
           from crm.payout_runs where id = %(id)s for no key update""",
        id=run_id,
    )
    return (found[0][0], found[0][1], found[0][2], found[0][3], found[0][4]) if found else None


async def advance(tx: Tx, run_id: int, *, after_contract: int, done: int, made: int, skipped: int) -> PayoutRun:
    """Notes that a run has come further."""
    await tx.execute(
        """update crm.payout_runs set after_contract = %(after)s, contracts_done = contracts_done + %(done)s,
                  payouts_made = payouts_made + %(made)s, skipped = skipped + %(skipped)s, updated_at = %(now)s
           where id = %(id)s""",
        id=run_id,
        after=after_contract,
        done=done,
        made=made,
        skipped=skipped,
    )
    return await tx.one(PayoutRun, _RUN + "where r.id = %(id)s", id=run_id)


async def finish(tx: Tx, run_id: int, *, status: str, error: str = "") -> PayoutRun | None:
    """Ends a run that is under way; None where it had ended."""
    ended = await tx.execute(
        """update crm.payout_runs set status = %(status)s, error = %(error)s, finished_at = %(now)s,
                  updated_at = %(now)s
           where id = %(id)s and status = 'calculating'""",
        id=run_id,
        status=status,
        error=error[:500],
    )
    return await run(tx, run_id) if ended else None


async def end_forgotten(tx: Tx, run_id: int, *, since: datetime) -> bool:
    """Ends a run that has not moved since; whether it did."""
    ended = await tx.execute(
        """update crm.payout_runs set status = 'failed', error = 'It was interrupted and never went on.',
                  finished_at = %(now)s, updated_at = %(now)s
           where id = %(id)s and status = 'calculating' and updated_at < %(since)s""",
        id=run_id,
        since=since,
    )
    return ended > 0


async def count_contracts(tx: Tx, *, hospital_ids: list[int] | None, begins: date, ends: date) -> int:
    """How many signed contracts have a day in a span: about as many as a run has to look at."""
    return int(
        await tx.value(
            """select count(*) from crm.owner_contracts c
               where (%(hospitals)s::bigint[] is null or c.hospital_id = any(%(hospitals)s))
                 and c.signed_at is not null and c.starts_on <= %(ends)s
                 and coalesce(least(c.ends_on, c.terminated_on), %(begins)s) >= %(begins)s""",
            hospitals=hospital_ids,
            begins=begins,
            ends=ends,
        )
    )


async def earliest_late(tx: Tx, *, hospital_ids: list[int] | None, period: date, through: int) -> date | None:
    """The earliest day of what is booked in a month for one before it: contracts of then may have ended since."""
    found: date | None = await tx.value(
        """select min(revenue_on) from crm.revenue_entries
           where (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))
             and period = %(period)s and revenue_on < %(period)s and id <= %(through)s""",
        hospitals=hospital_ids,
        period=period,
        through=through,
    )
    return found


async def closed_hospitals(tx: Tx, *, period: date) -> set[int]:
    """The hospitals whose books of a month are closed."""
    rows = await tx.rows(
        "select hospital_id from crm.accounting_periods where period = %(period)s and status = 'closed'", period=period
    )
    return {row[0] for row in rows}


async def unsigned_contracts(tx: Tx, *, hospital_ids: list[int] | None, begins: date, ends: date) -> list[str]:
    """Contracts with days in a month that nobody has signed to the end."""
    rows = await tx.rows(
        """select c.number || ' ' || c.title from crm.owner_contracts c
           where (%(hospitals)s::bigint[] is null or c.hospital_id = any(%(hospitals)s))
             and c.signed_at is null and c.archived_at is null and c.starts_on <= %(ends)s
             and coalesce(least(c.ends_on, c.terminated_on), %(begins)s) >= %(begins)s
           order by c.id limit 200""",
        hospitals=hospital_ids,
        begins=begins,
        ends=ends,
    )
    return [row[0] for row in rows]


async def open_drafts(tx: Tx, *, hospital_ids: list[int] | None, before: date) -> int:
    """How many payouts of earlier months are drafts still."""
    return int(
        await tx.value(
            """select count(*) from crm.owner_payouts
               where (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))
                 and status = 'draft' and period < %(before)s""",
            hospitals=hospital_ids,
            before=before,
        )
    )


async def stale_payouts(tx: Tx, *, hospital_ids: list[int] | None, period: date) -> int:
    """How many payouts of a month were worked out before the last of its revenue was booked."""
    return int(
        await tx.value(
            """with last as (
                   select hospital_id, currency, max(id) as id from crm.revenue_entries
                   where (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s)) and period = %(period)s
                   group by hospital_id, currency)
               select count(*) from crm.owner_payouts p join last using (hospital_id, currency)
               where p.period = %(period)s and p.kind = 'share' and p.status in ('draft', 'approved', 'paid')
                 and p.entries_through < last.id""",
            hospitals=hospital_ids,
            period=period,
        )
    )


async def owners_with_details(tx: Tx, *, owner_ids: list[int]) -> set[tuple[int, int | None]]:
    """For whom it is known where to pay: owner and hospital, None for those that hold at every one."""
    rows = await tx.rows(
        """select owner_id, hospital_id from crm.owner_payment_details
           where owner_id = any(%(ids)s) and retired_at is null""",
        ids=owner_ids,
    )
    return {(row[0], row[1]) for row in rows}
