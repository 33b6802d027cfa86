"""What the measurements stand on: an embedded database with a large hospital, and web processes that serve it."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from bedside.accounts import Role
from bedside.accounts.tokens import access_token
from bedside.kit import migrating
from bedside.kit.embedded import EmbeddedDatabase

SECRET_KEY = "a key for measuring, which signs nothing else"  # noqa: S105
HOSPITAL, DEPARTMENT = 1, 1


def monday() -> datetime:
    """Midnight, UTC, of a Monday some two weeks ahead: the hospital of the measurements is in UTC."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=14 - today.weekday())


@contextmanager
def database() -> Iterator[str]:
    """The address of a fresh embedded database with every table; gone afterwards. Durability as in production."""
    folder = Path(tempfile.mkdtemp(prefix="bedside-bench-"))
    try:
        with EmbeddedDatabase(folder) as server:
            migrating.migrate(server.url)
            yield server.url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fill(url: str, *, practitioners: int, patients: int, lanes: int = 1) -> None:
    """Practitioners who see patients on weekdays from 09:00 to 17:00 in slots of 30 minutes, and patients with phone
    and email. Ids count from 1."""
    with psycopg.connect(url, autocommit=True) as connection:
        run = connection.execute
        run("""insert into crm.hospitals (name, slug, time_zone, currency, created_at, updated_at)
               values ('Bellevue General', 'bellevue', 'UTC', 'USD', now(), now())""")
        run("""insert into crm.departments (hospital_id, name, created_at, updated_at)
               values (1, 'Cardiology', now(), now())""")
        run(
            """insert into crm.practitioners (first_name, last_name, created_at, updated_at)
               select 'Amelia', 'Smith ' || n, now(), now() from generate_series(1, %s) n""",
            (practitioners,),
        )
        run("insert into crm.practitioner_roles (practitioner_id, department_id) select id, 1 from crm.practitioners")
        run(
            """insert into crm.schedules (practitioner_id, hospital_id, department_id, weekday, starts, ends,
                 slot_minutes, lanes, valid_from, created_at, updated_at)
               select p.id, 1, 1, d, '09:00', '17:00', 30, %s, '2020-01-01', now(), now()
               from crm.practitioners p, generate_series(1, 5) d""",
            (lanes,),
        )
        run(
            """insert into crm.patients (record_number, first_name, last_name, hospital_id, created_at, updated_at)
               select 'BG-' || n, 'Pat', 'Number ' || n, 1, now(), now() from generate_series(1, %s) n""",
            (patients,),
        )
        run(
            """insert into crm.contact_points (patient_id, kind, value, created_at)
               select id, 'phone', '+1212555' || lpad((id %% 100)::text, 4, '01'), now() from crm.patients
               union all select id, 'email', 'pat' || id || '@example.org', now() from crm.patients""".replace(
                "%%", "%"
            )
        )
        run("insert into crm.reminder_policies (name, created_at, updated_at) values ('The day before', now(), now())")
        run("""insert into crm.reminder_policy_steps (policy_id, lead_minutes, channels, template_key)
               select id, 1440, '{sms,whatsapp}', 'appointment_reminder' from crm.reminder_policies""")
        run("vacuum analyze")


def token(role: Role = Role.FRONT_DESK) -> str:
    """A bearer token, good for 15 minutes."""
    return access_token(secret_key=SECRET_KEY, now=datetime.now(UTC), role=role, name="Bench")


@contextmanager
def serving(url: str, *, port: int, processes: int = 1) -> Iterator[list[str]]:
    """The addresses of web processes on one port and the next ones, ended afterwards."""
    ports = range(port, port + processes)
    environment = {
        **os.environ,
        "BEDSIDE_DATABASE_URL": url,
        "BEDSIDE_SECRET_KEY": SECRET_KEY,
        "BEDSIDE_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    data = tempfile.mkdtemp(prefix="bedside-bench-data-")
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "bedside", "serve", "--port", str(one), "--data", data], env=environment
        )
        for one in ports
    ]
    try:
        for one in ports:
            _wait_for(f"http://127.0.0.1:{one}/healthz")
        yield [f"http://127.0.0.1:{one}" for one in ports]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()
        shutil.rmtree(data, ignore_errors=True)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"The web did not answer at {address} within 30 s.")


def free_port(wanted: int = 7160) -> int:
    """The first port from the one wanted on that is free together with the next."""
    for port in range(wanted, wanted + 400, 2):
        try:
            for one in (port, port + 1):
                with socket.socket() as tried:
                    tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    tried.bind(("127.0.0.1", one))
        except OSError:
            continue
        return port
    raise SystemExit("No port is free.")


def program(name: str, package: str) -> str:
    """The path of a program; says how to install it where it is missing."""
    places = [
        *os.environ["PATH"].split(":"),
        *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)),
    ]
    found = shutil.which(name, path=":".join(places))
    if found is None:
        raise SystemExit(f"{name} is not installed. On Debian: apt-get install {package}")
    return found


def percentile(times: list[float], share: float) -> float:
    """A percentile of times in seconds, as milliseconds with two decimals."""
    ordered = sorted(times)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)


def main(work: object) -> None:
    """Runs an async measurement under uvloop, as the web does."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)  # type: ignore[arg-type]
