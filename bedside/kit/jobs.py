"""Background work that survives: procrastinate on our own PostgreSQL.

A room declares its tasks in tasks.py, `TASKS = [Task(...)]`; the worker runs them. A job is deferred on the
connection of the transaction at hand, so it is there if and only if what it is about is. Jobs notify on insert, which
serialises commits: nothing on a hot path defers one (DESIGN.md section 3), it writes a row that a loop polls.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import procrastinate
import structlog
from procrastinate.retry import RetryStrategy

from bedside.kit import jobs_store
from bedside.kit.database import Database, Tx

log = structlog.get_logger()

# how long a job may go on after the worker was told to stop; what is not done by then runs again at the next start
GRACE_SECONDS = 2
# a dozen loops that look ten times a second take a tenth of a processor, though nobody does anything
UNHURRIED_SECONDS = 0.5


@dataclass(frozen=True)
class Task:
    """Work of a kind. `name` is stored with the jobs, so it never changes; the function may move.

    `work` takes the database and the job's arguments, and begins its own transactions. `cron` (in UTC) runs it by the
    clock, without arguments, once however many workers there are: PostgreSQL elects. `retries` is how often it is
    tried again when it raises, after 5, 25, 125 ... seconds. It may run twice (a worker died): it must not mind.
    """

    name: str
    work: Callable[..., Awaitable[None]]
    cron: str | None = None
    retries: int = 3


async def defer(tx: Tx, task: Task, *, at: datetime | None = None, lock: str | None = None, **arguments: Any) -> int:
    """Defers a job within this transaction and gives its id. `arguments` are what JSON can carry.

    `at`: not before this instant. `lock`: jobs with the same lock run one after the other, in order.
    """
    return await jobs_store.defer(tx, task=task.name, arguments=arguments, at=at, lock=lock)


def application(database: Database, tasks: Iterable[Task]) -> procrastinate.App:
    """The procrastinate application that knows these tasks."""
    connector = procrastinate.PsycopgConnector(conninfo=database.url, min_size=1, max_size=4)
    app = procrastinate.App(connector=connector)
    for task in tasks:
        retry = RetryStrategy(max_attempts=task.retries, exponential_wait=5) if task.retries else False
        register = app.task(name=task.name, retry=retry)
        if task.cron is None:
            register(_runner(task, database))
        else:
            app.periodic(cron=task.cron, queueing_lock=task.name)(register(_timed_runner(task, database)))
    return app


async def run_jobs(database: Database, tasks: Iterable[Task], *, concurrency: int = 4) -> None:
    """Runs jobs until cancelled; those under way then have two seconds to end."""
    app = application(database, tasks)
    async with app.open_async():
        await app.run_worker_async(
            concurrency=concurrency,
            install_signal_handlers=False,
            shutdown_graceful_timeout=GRACE_SECONDS,
            delete_jobs="successful",
        )


async def run_waiting_jobs(database: Database, tasks: Iterable[Task]) -> None:
    """Runs the jobs that wait now, and ends: for tests, which do not wait for a worker."""
    app = application(database, tasks)
    app.periodic_registry.periodic_tasks.clear()
    async with app.open_async():
        await app.run_worker_async(
            wait=False, install_signal_handlers=False, listen_notify=False, delete_jobs="successful"
        )


async def forever(name: str, step: Callable[[], Awaitable[bool]], *, idle: float = 0.1) -> None:
    """Calls `step` until cancelled: at once again while it says that it did something, else after `idle` seconds. One
    that looks more often than twice a second does so the less the longer there was nothing to do, down to that.

    What it raises is logged and does not end the loop; the pauses then grow to ten seconds, so that a database that
    is away is not hammered.
    """
    pause = idle
    while True:
        try:
            busy = await step()
            pause = idle if busy else max(idle, min(pause * 1.2, UNHURRIED_SECONDS))
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("loop_stumbled", loop=name)
            busy, pause = False, min(max(pause * 2, 0.5), 10.0)
        if not busy:
            await asyncio.sleep(pause)


def _runner(task: Task, database: Database) -> Callable[..., Awaitable[None]]:
    async def run(**arguments: Any) -> None:
        await task.work(database, **arguments)

    return run


def _timed_runner(task: Task, database: Database) -> Callable[..., Awaitable[None]]:
    async def run(timestamp: int) -> None:
        await task.work(database)

    return run
