"""Fifty people (`--racers N`) after one slot at the same moment: exactly one may have it, the others are told so with
free times instead, and how long the slowest waited."""

import argparse
import asyncio
import json
import time
from datetime import timedelta

import aiohttp
import psycopg

from bench._hospital import database, fill, free_port, main, monday, serving, token

ROUNDS = 5


async def measure(options: argparse.Namespace) -> None:
    """Prints the line: the worst of five rounds, each after another slot."""
    slowest, won, offered, others = 0.0, [], 0, 0
    with database() as url:
        fill(url, practitioners=20, patients=options.racers)
        with serving(url, port=free_port(), processes=options.processes) as addresses:
            connector = aiohttp.TCPConnector(limit=0)
            headers = {"authorization": f"Bearer {token()}"}
            async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

                async def ask(patient: int, starts_at: str) -> tuple[int, float, bool]:
                    body = {"patientId": patient, "practitionerId": 1, "startsAt": starts_at}
                    began = time.perf_counter()
                    address = addresses[patient % len(addresses)]
                    async with session.post(f"{address}/api/appointments", json=body) as answer:
                        told = await answer.json(content_type=None)
                        lasted = time.perf_counter() - began
                        return answer.status, lasted, bool(told.get("alternatives"))

                for n in range(-1, ROUNDS):  # the first warms connections and prepared statements, and does not count
                    starts = (monday() + timedelta(hours=10, days=n + 1 if n < 4 else 7)).isoformat()
                    answers = await asyncio.gather(*(ask(1 + n, starts) for n in range(options.racers)))
                    if n < 0:
                        continue
                    slowest = max(slowest, *(lasted for _, lasted, _ in answers))
                    won.append(sum(status == 201 for status, _, _ in answers))
                    offered += sum(status == 409 and alternatives for status, _, alternatives in answers)
                    others += sum(status not in (201, 409) for status, _, _ in answers)
        with psycopg.connect(url) as plain:
            [booked] = plain.execute("select count(*) from crm.appointments").fetchone() or [0]
    print(
        json.dumps(
            {
                "bench": "race",
                "racers": options.racers,
                "rounds": ROUNDS,
                "won_each_round": won,
                "told_with_alternatives": offered,
                "other_answers": others,
                "rows": booked - 1,
                "slowest_seconds": round(slowest, 3),
            }
        )
    )
    if won != [1] * ROUNDS or offered != ROUNDS * (options.racers - 1):
        raise SystemExit("Not exactly one had it, or not everybody else was told so with alternatives.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--racers", type=int, default=50)
    parser.add_argument("--processes", type=int, default=2)
    main(measure(parser.parse_args()))
