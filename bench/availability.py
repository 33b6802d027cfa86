"""Free times: one practitioner's week; 50 practitioners over 30 days, every free time and the first of each.

Half of all slots are booked. Each is asked of the verb and over HTTP; milliseconds at p50 and p95.
"""

import argparse
import json
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import psycopg

from bedside.kit.database import Database
from bedside.scheduling import availability, first_free
from bench._hospital import database, fill, free_port, main, monday, percentile, serving, token

PRACTITIONERS = 50


def book_half(url: str) -> None:
    """Books every other slot of six weeks, each practitioner's with a patient of their own."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """insert into crm.appointments (hospital_id, department_id, practitioner_id, patient_id, during, occupied,
                 status, source, booked_by_name, created_at, updated_at)
               select 1, 1, p.id, p.id, tstzrange(at, at + interval '30 minutes'),
                      tstzrange(at, at + interval '30 minutes'), 'scheduled', 'desk', 'Bench', now(), now()
               from crm.practitioners p,
                    lateral (select %s::timestamptz + d * interval '1 day' + (540 + s * 30) * interval '1 minute'
                             from generate_series(0, 41) d, generate_series(0, 15) s
                             where d %% 7 < 5 and (s + d + p.id) %% 2 = 0) slots (at)""",
            (monday(),),
        )
        connection.execute("vacuum analyze")


async def timed(ask: Callable[[], Awaitable[Any]], rounds: int) -> dict[str, float]:
    """p50 and p95 of so many rounds, after three that do not count."""
    times = []
    for n in range(-3, rounds):
        began = time.perf_counter()
        await ask()
        if n >= 0:
            times.append(time.perf_counter() - began)
    return {"p50_ms": percentile(times, 0.5), "p95_ms": percentile(times, 0.95)}


async def measure(options: argparse.Namespace) -> None:
    """Prints the line."""
    since = monday().date()
    week, month = since + timedelta(days=6), since + timedelta(days=29)
    found: dict[str, Any] = {}
    with database() as url:
        fill(url, practitioners=PRACTITIONERS, patients=PRACTITIONERS)
        book_half(url)
        db = Database(url)
        await db.open()

        async def of_week() -> Any:
            async with db.transaction() as tx:
                return await availability(tx, practitioner_id=7, since=since, until=week)

        async def of_month() -> Any:
            async with db.transaction() as tx:
                return await availability(tx, department_id=1, since=since, until=month)

        async def of_first() -> Any:
            async with db.transaction() as tx:
                return await first_free(tx, department_id=1, since=since, until=month)

        found["free_times"] = sum(len(day.starts) for one in await of_month() for day in one.days)
        found["week"] = await timed(of_week, options.rounds)
        found["month"] = await timed(of_month, options.rounds)
        found["first"] = await timed(of_first, options.rounds)
        await db.close()
        with serving(url, port=free_port()) as [address]:
            async with aiohttp.ClientSession(headers={"authorization": f"Bearer {token()}"}) as session:

                def over_http(query: str) -> Callable[[], Awaitable[Any]]:
                    async def ask() -> None:
                        async with session.get(f"{address}/api/appointments/availability?{query}") as answer:
                            answer.raise_for_status()
                            await answer.read()

                    return ask

                of_days = f"departmentId=1&from={since}&to={month}"
                found["week_http"] = await timed(over_http(f"practitionerId=7&from={since}&to={week}"), options.rounds)
                found["month_http"] = await timed(over_http(of_days), options.rounds)
                found["first_http"] = await timed(over_http(of_days + "&first=true"), options.rounds)
    print(json.dumps({"bench": "availability", "practitioners": PRACTITIONERS, "days": 30, **found}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    main(measure(parser.parse_args()))
