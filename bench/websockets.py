"""2,000 pages that are open (`--sockets N`), and how long after an event's commit its frame is at each one's socket.

First one event at a time, then a burst of 100 within a second. The sockets are held by a second process, which only
notes when bytes arrive: what a browser does with them is no matter of ours. Milliseconds at p50, p99 and the slowest.
"""

import argparse
import asyncio
import json
import re
import resource
import subprocess
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bench._hospital import database, fill, free_port, main, percentile, serving, token

SINGLE, BURST = 20, 100
_ID = re.compile(rb'"id":(\d+)')
_HANDSHAKE = (
    "GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
)


class Page(asyncio.Protocol):
    """A socket that notes when it was told of which event. Frames of ours are short and in clear text."""

    def __init__(self, host: str, bearer: str, told: dict[int, list[float]], opened: asyncio.Semaphore) -> None:
        self._hello = _HANDSHAKE.format(host=host, token=bearer).encode()
        self._told = told
        self._opened = opened

    def connection_made(self, transport: Any) -> None:
        """Says hello."""
        transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        """Notes the time."""
        now = time.time()
        if b'"cursor"' in data and b'"events":[]' in data:  # the first frame: it is live from here on
            self._opened.release()
        for id in _ID.findall(data):
            self._told.setdefault(int(id), []).append(now)


async def hold(address: str, sockets: int) -> None:
    """The second process: opens the sockets, says so, and at the end of its input prints when they heard of what."""
    place = urlsplit(address)
    host, port = place.hostname or "", place.port or 80
    told: dict[int, list[float]] = {}
    opened = asyncio.Semaphore(0)
    loop, bearer, held = asyncio.get_running_loop(), token(), []
    for _ in range(sockets):
        made = await loop.create_connection(lambda: Page(place.netloc, bearer, told, opened), host, port)
        held.append(made)
        await opened.acquire()
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps(told))


def happen(url: str, *, first: int, number: int, pause: float) -> dict[int, float]:
    """So many events, a pause after each; gives when each was committed."""
    committed = {}
    with psycopg.connect(url, autocommit=True) as connection:
        for id in range(first, first + number):
            connection.execute(
                """insert into crm.event_log (kind, occurred_at, hospital_id, subject, subject_id, actor_kind,
                     actor_name, seen_with, data)
                   values ('appointment.booked', now(), 1, 'appointment', %s, 'staff', 'Bench',
                           'appointments:read', '{}')""",
                (id,),
            )
            committed[id] = time.time()
            time.sleep(pause)
    return committed


def delays(committed: dict[int, float], told: dict[str, list[float]], sockets: int) -> dict[str, float]:
    """How long after the commit each socket was told of each event. Every one must have been."""
    for id in committed:
        if len(told.get(str(id), [])) != sockets:
            raise SystemExit(f"Event {id} reached {len(told.get(str(id), []))} of {sockets} sockets.")
    times = [max(0.0, at - when) for id, when in committed.items() for at in told[str(id)]]
    return {"p50_ms": percentile(times, 0.5), "p99_ms": percentile(times, 0.99), "slowest_ms": percentile(times, 1.0)}


def measure(options: argparse.Namespace) -> None:
    """Prints the line."""
    with database() as url:
        fill(url, practitioners=1, patients=1)
        with serving(url, port=free_port()) as [address]:
            command = [sys.executable, "-m", "bench.websockets", "--sockets", str(options.sockets), "--hold", address]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
                if holder.stdout is None or holder.stdout.readline() != "open\n":
                    raise SystemExit("The sockets could not be opened.")
                single = happen(url, first=1000, number=SINGLE, pause=0.5)
                burst = happen(url, first=2000, number=BURST, pause=0.9 / BURST)
                time.sleep(2)
                told = json.loads(holder.communicate()[0])
    print(
        json.dumps(
            {
                "bench": "websockets",
                "sockets": options.sockets,
                "single": delays(single, told, options.sockets),
                "burst": delays(burst, told, options.sockets),
            }
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--hold", metavar="ADDRESS", help=argparse.SUPPRESS)
    given = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if given.hold:
        main(hold(given.hold, given.sockets))
    else:
        measure(given)
