"""Bookings a second over HTTP, and what share they are of the same statements run by pgbench.

One run, one embedded database, one machine: first pgbench runs every statement of a booking, reads included, as they
were written down from a real one; then wrk posts bookings, signed in and each with an Idempotency-Key. Both take a slot
of their own each time. The confirmation is queued and the reminders are planned in both.
"""

import argparse
import json
import re
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bedside.app import create_app
from bedside.kit.database import Database, Tx
from bedside.settings import Settings
from bench._hospital import SECRET_KEY, database, fill, free_port, main, monday, program, serving, token

PRACTITIONERS = 400
ROUNDS = 3
# numbers that stand for themselves nowhere else in the statements
APPOINTMENT, PERSON = 987_654_321, 400


async def statements(url: str) -> list[str]:
    """Every statement of one booking over HTTP, with its values, as psycopg would send it."""
    db = Database(url)
    app = create_app(Settings(data=Path(tempfile.mkdtemp()), secret_key=SECRET_KEY), db)
    seen: dict[int, list[str]] = {}
    run, many = Tx._run, Tx.execute_many

    def keep(tx: Tx, query: Any, parameters: dict[str, Any]) -> None:
        cursor = psycopg.ClientCursor(plain)
        values = {"now": tx.now, **parameters}
        seen.setdefault(id(tx), []).append(cursor.mogrify(query, values))

    async def watched(tx: Tx, query: Any, parameters: dict[str, Any], rows: Any) -> Any:
        keep(tx, query, parameters)
        return await run(tx, query, parameters, rows)

    async def watched_many(tx: Tx, query: Any, each: Any) -> None:
        each = list(each)
        for parameters in each:
            keep(tx, query, parameters)
        await many(tx, query, each)

    with psycopg.connect(url) as plain:
        plain.execute("select setval(pg_get_serial_sequence('crm.appointments', 'id'), %s)", (APPOINTMENT - 1,))
        plain.commit()
        async with app.lifespan(), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            Tx._run, Tx.execute_many = watched, watched_many  # type: ignore[method-assign,assignment]
            answer = await client.post(
                "/api/appointments",
                json={
                    "patientId": PERSON, "practitionerId": PERSON,
                    "startsAt": (monday() + timedelta(hours=9)).isoformat(), "reason": "Follow-up consultation",
                },
                headers={"authorization": f"Bearer {token()}", "idempotency-key": "the-first-key"},
            )  # fmt: skip
            Tx._run, Tx.execute_many = run, many  # type: ignore[method-assign]
        plain.execute("select setval(pg_get_serial_sequence('crm.appointments', 'id'), 1)")
        plain.commit()
    forget_bookings(url)
    if answer.status_code != 201:
        raise SystemExit(f"The booking that is measured failed: {answer.status_code} {answer.text}")
    [booking] = [one for one in seen.values() if any("into crm.appointments" in text for text in one)]
    return booking


def forget_bookings(url: str) -> None:
    """Empties what bookings fill, so that each round begins alike."""
    with psycopg.connect(url, autocommit=True) as plain:
        plain.execute("truncate crm.appointments, crm.idempotency_keys, communications.message_queue cascade")
        plain.execute("vacuum analyze")


def script(booked: list[str]) -> str:
    """The statements as a pgbench script: each round takes the next slot of a practitioner, and a key of its own."""
    lines = [
        "\\set n :n + 1",
        f"\\set who 1 + (:client_id * 50 + :n % 50) % {PRACTITIONERS}",
        "\\set slot :n / 50",
        "\\set minutes (:slot / 80) * 10080 + (:slot % 80) / 16 * 1440 + (:slot % 16) * 30",
        "begin;",
    ]
    for text in booked:
        statement = " ".join(text.split())
        # instants move with the slot; what is said of the present stays as it was
        statement = re.sub(
            r"('[0-9-]{10} [0-9:]{8}\+00:00'::timestamptz)",
            lambda found: f"({found[1]} + :minutes * interval '1 minute')" if _moves(found[1]) else found[1],
            statement,
        )
        statement = statement.replace("'the-first-key'", "('k' || :client_id::text || '-' || :n::text)")
        statement = statement.replace(
            f"'appointment:{APPOINTMENT}:booked'", "('appointment:' || :id::text || ':booked')"
        )
        statement = _bare(statement)
        taking = "insert into crm.appointments" in statement
        lines.append(statement + (" \\gset" if taking else ";"))
    lines.append("commit;")
    return "\n".join(lines) + "\n"


def _moves(literal: str) -> bool:
    return literal[1:11] >= (monday() - timedelta(days=3)).date().isoformat()


def _bare(statement: str) -> str:
    """Ids outside quotation marks become variables."""
    parts = re.split(r"('(?:[^']|'')*')", statement)
    for n in range(0, len(parts), 2):
        parts[n] = re.sub(rf"(?<![\w.:]){APPOINTMENT}\b", ":id", parts[n])
        parts[n] = re.sub(rf"(?<![\w.:]){PERSON}\b", ":who", parts[n])
    for n in range(1, len(parts), 2):
        if re.search(":[A-Za-z_]", parts[n]):  # pgbench would take it for a variable, quoted or not
            parts[n] = ("" if parts[n - 1].endswith("E") else "E") + parts[n].replace(":", "\\x3a")
    return "".join(parts)


def limit(url: str, booked: list[str], *, seconds: int, clients: int) -> float:
    """Transactions a second by pgbench, statements prepared."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script(booked))
        file.flush()
        done = subprocess.run(
            [
                program("pgbench", "postgresql-contrib"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T",
                str(seconds), "-D", "n=-1", "-f", file.name, url,
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        said = re.search(r"tps = ([0-9.]+)", done.stdout)
        if said is None or "failed" in done.stderr or done.returncode:
            raise SystemExit(f"pgbench did not run the statements (--show prints them):\n{done.stderr[-1500:]}")
        return float(said[1])


LUA = """
local n = -1
function request()
  n = n + 1
  local who = 1 + n % {practitioners}
  local slot = math.floor(n / {practitioners})
  local minutes = math.floor(slot / 80) * 10080 + math.floor(slot % 80 / 16) * 1440 + slot % 16 * 30
  local at = os.date("!%Y-%m-%dT%H:%M:%SZ", {start} + minutes * 60)
  wrk.headers["Idempotency-Key"] = "w" .. {seed} .. "-" .. n
  local shape = '{{"patientId":%d,"practitionerId":%d,"startsAt":"%s","reason":"Follow-up consultation"}}'
  local body = string.format(shape, who, who, at)
  return wrk.format("POST", "/api/appointments", nil, body)
end
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {token}"
"""


def one_answer(address: str) -> str:
    """What a booking is told, to say why others were refused."""
    starts_at = (monday() + timedelta(days=365 * 2, hours=9)).isoformat()
    body = {"patientId": 1, "practitionerId": 1, "startsAt": starts_at}
    return httpx.post(f"{address}/api/appointments", json=body, headers={"authorization": f"Bearer {token()}"}).text


def over_http(url: str, addresses: list[str], *, seconds: int, connections: int, week: int) -> float:
    """Bookings a second that the database has afterwards."""

    def count() -> int:
        with psycopg.connect(url) as plain:
            [number] = plain.execute("select count(*) from crm.appointments where status = 'scheduled'").fetchone() or [
                0
            ]
            return int(number)

    before = count()
    running = []
    share = PRACTITIONERS // len(addresses)
    for part, address in enumerate(addresses):
        start = int((monday() + timedelta(hours=9, weeks=week + part * 20)).timestamp())
        with tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False) as file:
            file.write(LUA.format(practitioners=share, start=start, token=token(), seed=f'"{week}.{part}"'))
        running.append(
            subprocess.Popen(
                [
                    program("wrk", "wrk"), "-t1", f"-c{connections // len(addresses)}", f"-d{seconds}s", "-s",
                    file.name, address,
                ],
                stdout=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
    said = [process.communicate()[0] for process in running]
    for text in said:
        if "Non-2xx" in text:
            raise SystemExit(f"Some bookings were refused, such as:\n{one_answer(addresses[0])}\n{text}")
    lasted = max(float((re.search(r"requests in ([0-9.]+)s", text) or [0, seconds])[1]) for text in said)
    return (count() - before) / lasted


async def measure(options: argparse.Namespace) -> None:
    """Prints the line."""
    program("wrk", "wrk"), program("pgbench", "postgresql-contrib")  # said at once where one is missing
    with database() as url:
        fill(url, practitioners=PRACTITIONERS, patients=PRACTITIONERS)
        booked = await statements(url)
        if options.show:
            print(script(booked))
        with serving(url, port=free_port(), processes=options.processes) as addresses:
            over_http(url, addresses, seconds=3, connections=options.connections, week=100)  # warm
            limits, rates = [], []
            for n in range(ROUNDS):
                forget_bookings(url)
                limits.append(limit(url, booked, seconds=options.seconds, clients=8))
                forget_bookings(url)
                rates.append(
                    over_http(url, addresses, seconds=options.seconds, connections=options.connections, week=n)
                )
    most, rate = sorted(limits)[ROUNDS // 2], sorted(rates)[ROUNDS // 2]
    print(
        json.dumps(
            {
                "bench": "booking",
                "per_second": round(rate),
                "limit_per_second": round(most),
                "ratio": round(rate / most, 3),
                "statements": len(booked),
                "processes": options.processes,
                "connections": options.connections,
            }
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="print the script that pgbench runs")
    main(measure(parser.parse_args()))
