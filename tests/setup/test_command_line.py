"""`bin/run` from outside: it serves, stops, survives being killed, and its commands work beside it."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import psycopg
import pytest

Wait = Callable[[Callable[[], bool]], None]
ROOT = Path(__file__).parents[2]


def free_ports() -> int:
    """A port such that it and the two after it are free."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
        try:
            for following in (port, port + 1, port + 2):
                with socket.socket() as one:
                    one.bind(("127.0.0.1", following))
        except (OSError, OverflowError):
            continue
        return port


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bedside", *map(str, arguments)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
    )


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("BEDSIDE_")}


class Running:
    """One `bedside run`, in a session of its own as a terminal gives it."""

    def __init__(self, data: Path, port: int, log: Path) -> None:
        self.port = port
        self.log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bedside", "run", "--empty", "--data", str(data), "--port", str(port)],
                cwd=ROOT,
                env=environment(),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def children(self) -> list[int]:
        """The processes that belong to it."""
        shown = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return [int(pid) for pid in shown.stdout.split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def start(tmp_path: Path, wait_until: Wait) -> Iterator[Callable[[], Running]]:
    """Starts Bedside and waits until it serves; ends whatever is still there after the test."""
    started: list[Running] = []
    port = free_ports()

    def start() -> Running:
        running = Running(tmp_path / "the data", port, tmp_path / f"log {len(started)}")
        started.append(running)
        wait_until(lambda: answers(port) or running.process.poll() is not None)
        assert running.process.poll() is None, running.log.read_text()
        return running

    yield start
    for running in started:
        if running.process.poll() is None:
            running.process.terminate()
            running.process.wait(timeout=20)


def test_it_serves_stops_on_ctrl_c_and_leaves_nothing(start: Callable[[], Running], wait_until: Wait) -> None:
    running = start()
    wait_until(lambda: "Bedside is ready" in running.log.read_text())
    assert "admin@example.org" in running.log.read_text()
    children = running.children()
    assert len(children) == 4  # database, web, worker, sandbox
    os.killpg(running.process.pid, signal.SIGINT)  # as a terminal does: to everybody at once
    assert running.process.wait(timeout=20) == 0
    assert not [pid for pid in children if is_alive(pid)]
    assert "Traceback" not in running.log.read_text()


def test_it_starts_again_after_it_was_killed_and_nothing_outlives_it(
    start: Callable[[], Running], wait_until: Wait
) -> None:
    running = start()
    children = running.children()
    running.process.kill()
    running.process.wait()
    wait_until(lambda: not any(is_alive(pid) for pid in children))
    again = start()
    assert "interrupted" not in again.log.read_text()  # the first start had come to its end


def test_a_process_that_dies_is_started_again(start: Callable[[], Running], wait_until: Wait) -> None:
    running = start()
    wait_until(lambda: len(running.children()) == 4)
    before = set(running.children())
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(set(running.children()) - before) == 4 and answers(running.port))
    assert not any(is_alive(pid) for pid in before)
    assert running.process.poll() is None


def test_commands_work_beside_it_and_without_it(start: Callable[[], Running], tmp_path: Path) -> None:
    running = start()
    data = tmp_path / "the data"
    beside = command("token", "--role", "front_desk", "--data", data)
    assert beside.returncode == 0, beside.stderr
    asking = urllib.request.Request(
        f"http://127.0.0.1:{running.port}/api/auth/me", headers={"Authorization": f"Bearer {beside.stdout.strip()}"}
    )
    with urllib.request.urlopen(asking) as answer:
        assert json.load(answer)["role"] == "front_desk"
    running.process.terminate()
    assert running.process.wait(timeout=20) == 0

    alone = command("token", "--data", data)
    assert jwt.decode(alone.stdout.strip(), options={"verify_signature": False})["role"] == "admin"
    refused = command("token", "--role", "surgeon", "--data", data)
    assert refused.returncode == 1
    assert "There is no role 'surgeon'" in refused.stderr
    reset = command("reset-password", "admin@example.org", "--data", data)
    assert reset.returncode == 0, reset.stderr
    assert not (data / "first-sign-in").exists()
    nobody = command("reset-password", "nobody@example.org", "--data", data)
    assert nobody.returncode == 1
    assert "Traceback" not in nobody.stderr


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command("run", "--empty", "--data", tmp_path / "data", "--port", port)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupted_first_start_is_begun_again(fresh_database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(fresh_database_url) as connection:
        connection.execute("insert into crm.installation (demonstration, began_at) values (true, '2027-03-01Z')")
        connection.execute(
            "insert into crm.staff (email, name, role, created_at, updated_at) "
            "values ('half@example.org', 'Half', 'admin', '2027-03-01Z', '2027-03-01Z')"
        )
    done = subprocess.run(
        [sys.executable, "-m", "bedside", "seed", "--empty", "--data", tmp_path],
        cwd=ROOT,
        env={**environment(), "BEDSIDE_DATABASE_URL": fresh_database_url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "interrupted" in done.stdout
    with psycopg.connect(fresh_database_url) as connection:
        assert connection.execute("select email from crm.staff").fetchall() == [("admin@example.org",)]
