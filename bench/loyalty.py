"""Points for 100,000 completed visits of 60,000 patients, awarded at once: how long, and none lost or doubled."""

import json
import resource
import time
from datetime import UTC, date, datetime

import psycopg

from bedside.accounts import Role, SignedIn
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.loyalty.bulk import award_many, work_through
from bedside.loyalty.bulk_model import NewBulkAward
from bedside.loyalty.rebuilding import prove
from bench._hospital import database, main

VISITS, PATIENTS, PRACTITIONERS = 100_000, 60_000, 100
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


def fill(url: str) -> None:
    """The hospital, its patients, and their completed visits of October."""
    with psycopg.connect(url, autocommit=True) as connection:
        run = connection.execute
        run("""insert into crm.hospitals (name, slug, time_zone, currency, created_at, updated_at)
               values ('Bellevue General', 'bellevue', 'UTC', 'USD', now(), now())""")
        run("""insert into crm.departments (hospital_id, name, created_at, updated_at)
               values (1, 'Cardiology', now(), now())""")
        run(
            """insert into crm.practitioners (first_name, last_name, created_at, updated_at)
               select 'Amelia', 'Smith ' || n, now(), now() from generate_series(1, %s) n""",
            (PRACTITIONERS,),
        )
        run(
            """insert into crm.patients (record_number, first_name, last_name, hospital_id, created_at, updated_at)
               select 'P' || n, 'Pat', 'Number' || n, 1, now(), now() from generate_series(1, %s) n""",
            (PATIENTS,),
        )
        run(
            """insert into crm.appointments (hospital_id, department_id, practitioner_id, patient_id, during, occupied,
                   status, source, booked_by_name, completed_at, created_at, updated_at)
               select 1, 1, n %% %(practitioners)s + 1, n %% %(patients)s + 1,
                      tstzrange(at, at + interval '15 minutes'),
                      tstzrange(at, at + interval '15 minutes'), 'completed', 'desk', 'Bench',
                      at + interval '15 minutes', at, at
               from (select n, '2026-10-02T00:00:00Z'::timestamptz + (n / 400) * interval '20 minutes' as at
                     from generate_series(0, %(visits)s - 1) n) as visits""",
            {"visits": VISITS, "patients": PATIENTS, "practitioners": PRACTITIONERS},
        )


async def measure(url: str) -> None:
    """Awards them all, then asks again, and prints what came of it."""
    pool = Database(url, clock=SetClock(NOW), pool_size=4)
    await pool.open()
    ada = SignedIn(kind="system", name="Bench", role=Role.ADMIN)
    asked = NewBulkAward(from_day=date(2026, 10, 1), until_day=date(2026, 10, 31))

    async def award() -> tuple[float, int, int]:
        async with pool.transaction() as tx:
            made = await award_many(tx, new=asked, actor=ada)
        began = time.perf_counter()
        await work_through(pool, made.id)
        seconds = round(time.perf_counter() - began, 2)
        async with pool.transaction() as tx:
            rows = await tx.rows("select awarded, skipped from loyalty.bulk_awards where id = %(id)s", id=made.id)
        return seconds, rows[0][0], rows[0][1]

    try:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds, awarded, skipped = await award()
        again, awarded_again, skipped_again = await award()
        async with pool.transaction() as tx:
            points = await tx.value("select sum(left_over) from loyalty.point_lots")
            holds = (await prove(tx)).holds
    finally:
        await pool.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "visits": VISITS, "seconds": seconds, "awarded": awarded, "skipped": skipped, "points": int(points),
                "again": {"seconds": again, "awarded": awarded_again, "skipped": skipped_again},
                "ledger_holds": holds, "peak_mb": round(peak / 1024, 1), "grown_mb": round((peak - before) / 1024, 1),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    with database() as address:
        fill(address)
        main(measure(address))
