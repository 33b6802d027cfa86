"""Background work: there with its transaction or not at all, run once, tried again, by the clock once."""

import asyncio

import pytest

from bedside.kit.database import Database
from bedside.kit.jobs import Task, application, defer, forever, run_jobs, run_waiting_jobs


class Diary:
    """Writes down what was run, and fails as often as it is told."""

    def __init__(self, *, failures: int = 0) -> None:
        self.lines: list[object] = []
        self.failures = failures
        self.written = asyncio.Event()

    async def write(self, database: Database, line: object = "by the clock") -> None:
        """The work."""
        self.lines.append(line)
        self.written.set()
        if len(self.lines) <= self.failures:
            raise ConnectionError("dialled in")


async def test_a_job_is_there_if_and_only_if_its_transaction_is(database: Database) -> None:
    diary = Diary()
    task = Task(name="diary", work=diary.write)

    async def fail_after_deferring() -> None:
        async with database.transaction() as tx:
            await defer(tx, task, line="never")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_deferring()
    async with database.transaction() as tx:
        await defer(tx, task, line={"appointment": 12})
    await run_waiting_jobs(database, [task])
    await run_waiting_jobs(database, [task])
    assert diary.lines == [{"appointment": 12}]


async def test_a_job_that_fails_is_tried_again_later_and_one_without_retries_is_not(database: Database) -> None:
    stubborn, fragile = Diary(failures=9), Diary(failures=9)
    tasks = [Task(name="stubborn", work=stubborn.write), Task(name="fragile", work=fragile.write, retries=0)]
    async with database.transaction() as tx:
        for task in tasks:
            await defer(tx, task)
    await run_waiting_jobs(database, tasks)
    async with database.transaction() as tx:
        left = dict(await tx.rows("select task_name, status::text from procrastinate_jobs"))
    assert (stubborn.lines, fragile.lines) == (["by the clock"], ["by the clock"])
    assert left == {"stubborn": "todo", "fragile": "failed"}


async def test_a_worker_takes_a_new_job_at_once_and_stops_when_asked(database: Database) -> None:
    diary = Diary()
    task = Task(name="diary", work=diary.write)
    worker = asyncio.create_task(run_jobs(database, [task]))
    async with database.transaction() as tx:
        await defer(tx, task, line="soon")
    await asyncio.wait_for(diary.written.wait(), 10)
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(worker, 3)


async def test_two_workers_run_timed_work_once(database: Database) -> None:
    diary = Diary()
    task = Task(name="hourly", work=diary.write, cron="0 * * * *")
    for _ in range(2):  # each worker's timer defers the same tick; the second finds it taken
        app = application(database, [task])
        async with app.open_async():
            [timed] = app.periodic_registry.periodic_tasks.values()
            await app.job_manager.defer_periodic_job(
                job=timed.task.configure(task_kwargs={"timestamp": 1_800_000_000}).job,
                periodic_id=timed.periodic_id,
                defer_timestamp=1_800_000_000,
            )
    await run_waiting_jobs(database, [task])
    assert diary.lines == ["by the clock"]


async def test_a_loop_goes_on_after_a_stumble() -> None:
    steps: list[str] = []
    done = asyncio.Event()

    async def step() -> bool:
        steps.append("step")
        if len(steps) == 1:
            raise ConnectionError("the database is away")
        done.set()
        return False

    loop = asyncio.create_task(forever("test", step, idle=0.001))
    await asyncio.wait_for(done.wait(), 5)
    loop.cancel()
    assert len(steps) == 2
