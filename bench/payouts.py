"""A month of 100,000 revenue entries is worked out for 500 contracts: how long, and how much memory it takes.

Each contract has its own terms: fixed, slab or marginal, by department and service line, half of them with deductions,
some changed in the middle of the month. Another month was paid before, and a thousand entries of it come late.
"""

import json
import resource
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import psycopg

from bedside.accounts import Role, SignedIn
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.payouts import runs
from bedside.payouts.running import work_through
from bench._hospital import database, main

ENTRIES, LATE, CONTRACTS, DEPARTMENTS, LINES = 100_000, 1_000, 500, 20, 6
MONTH, NEXT = date(2026, 9, 1), date(2026, 10, 1)
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


def terms(n: int, percent: int) -> dict[str, Any]:
    """The terms of one contract: which, its number decides."""
    shares = [{"ownerId": n, "percent": str(percent)}]
    higher = [{"ownerId": n, "percent": str(percent + 5)}]
    if n % 3 == 0:
        rule: dict[str, Any] = {"method": "fixed", "tiers": [{"fromAmount": "0", "shares": shares}]}
    else:
        tiers = [
            {"fromAmount": "0", "toAmount": "200000", "shares": shares},
            {"fromAmount": "200000", "shares": higher},
        ]
        rule = {"method": "slab" if n % 3 == 1 else "marginal", "tiers": tiers}
    if n % 2:
        rule["deductions"] = [{"name": "Supplies", "percent": "4"}, {"name": "Rent", "amount": "250"}]
    rule["departmentId"] = n % DEPARTMENTS + 1
    other = {"serviceLine": f"line {n % LINES}", "method": "fixed", "tiers": [{"fromAmount": "0", "shares": shares}]}
    return {"rules": [rule, other]}


def fill(url: str) -> None:
    """The hospital, its owners and contracts, and what it earned in two months."""
    with psycopg.connect(url, autocommit=True) as connection:
        run = connection.execute
        run("""insert into crm.hospitals (name, slug, time_zone, currency, created_at, updated_at)
               values ('Bellevue General', 'bellevue', 'UTC', 'USD', now(), now())""")
        run(
            """insert into crm.departments (hospital_id, name, created_at, updated_at)
               select 1, 'Department ' || n, now(), now() from generate_series(1, %s) n""",
            (DEPARTMENTS,),
        )
        run(
            """insert into crm.hospital_owners (kind, name, created_at, updated_at)
               select 'person', 'Owner ' || n, now(), now() from generate_series(1, %s) n""",
            (CONTRACTS,),
        )
        run("""insert into crm.owner_contracts (number, hospital_id, owner_id, title, currency, starts_on, signed_at,
                   created_by_name, created_at, updated_at)
               select 'C-' || nextval('crm.contract_numbers'), 1, id, 'Share', 'USD', '2026-01-01', now(), 'Bench',
                   now(), now() from crm.hospital_owners order by id""")
        run("""insert into crm.contract_parties (contract_id, owner_id)
               select id, owner_id from crm.owner_contracts""")
        with connection.cursor() as cursor:
            for number, since, every in ((1, date(2026, 1, 1), 1), (2, date(2026, 10, 12), 5)):
                cursor.executemany(
                    """insert into crm.contract_versions (contract_id, number, effective_from, terms, owner_ids, words,
                           words_sha256, created_by_name, created_at)
                       values (%s, %s, %s, %s, array[%s::bigint], 'Agreed.', sha256('Agreed.'), 'Bench', now())""",
                    [
                        (n, number, since, json.dumps(terms(n, 10 + n % 20 + number)), n)
                        for n in range(1, CONTRACTS + 1)
                        if n % every == 0
                    ],
                )
        run("""insert into crm.contract_signatures (contract_id, version_id, owner_id, signer_name, how, words_sha256,
                   recorded_by_name, signed_at)
               select contract_id, id, owner_ids[1], 'Olive', 'paper', words_sha256, 'Bench', now()
               from crm.contract_versions""")
        run(_EARNED, {"first": MONTH, "entries": ENTRIES // 10})
        run(_EARNED, {"first": NEXT, "entries": ENTRIES})


_EARNED = f"""
insert into crm.revenue_entries (hospital_id, department_id, service_line, revenue_on, period, kind, amount_minor,
    currency, created_by_name, created_at)
select 1, n %% {DEPARTMENTS} + 1, 'line ' || n %% {LINES}, %(first)s::date + n %% 30, %(first)s, 'charge',
    1000 + n * 7919 %% 90000, 'USD', 'Bench', now()
from generate_series(1, %(entries)s) n
"""
_LATE = f"""
insert into crm.revenue_entries (hospital_id, department_id, service_line, revenue_on, period, kind, amount_minor,
    currency, created_by_name, created_at)
select 1, n %% {DEPARTMENTS} + 1, 'line ' || n %% {LINES}, '2026-09-01'::date + n %% 30, '2026-10-01', 'refund',
    -100 - n, 'USD', 'Bench', now()
from generate_series(1, %(entries)s) n
"""


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    """How many seconds something takes."""
    began = time.perf_counter()
    await work()
    return round(time.perf_counter() - began, 2)


async def measure(url: str) -> None:
    """Works both months through and prints what the second took."""
    pool = Database(url, clock=SetClock(NOW), pool_size=4)
    await pool.open()
    felix = SignedIn(kind="system", name="Bench", role=Role.ADMIN)

    async def month(period: str) -> None:
        async with pool.transaction() as tx:
            run = await runs.start_run(tx, period=period, hospital_id=1, actor=felix)
        await work_through(pool, run_id=run.id)

    try:
        await month("2026-09")
        async with pool.transaction() as tx:
            await tx.execute(_LATE, entries=LATE)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = await timed(lambda: month("2026-10"))
        async with pool.transaction() as tx:
            made = await tx.value("select count(*) from crm.owner_payouts where period = %(it)s", it=NEXT)
            adjusted = await tx.value("select count(*) from crm.payout_lines where kind = 'adjustment'")
            ended = await tx.value("select string_agg(distinct status, ' ') from crm.payout_runs")
    finally:
        await pool.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "entries": ENTRIES + LATE, "contracts": CONTRACTS, "payouts": made, "adjusted": adjusted,
                "seconds": seconds, "peak_mb": round(peak / 1024, 1), "grown_mb": round((peak - before) / 1024, 1),
                "runs": ended,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    with database() as address:
        fill(address)
        main(measure(address))
