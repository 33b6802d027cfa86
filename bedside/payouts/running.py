"""Working a month through, in the background: contracts by id, some of them a transaction, each payout once.

It may be stopped anywhere and goes on from the last contract that it did; run twice at once, unique keys let each
payout be made by one of them (migrations/0015.payouts.sql, owner_payouts_in_force).
"""

from datetime import date, datetime, timedelta

import structlog
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from bedside.contracts import ContractInForce, contracts_in_force
from bedside.directory import hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Database, Tx
from bedside.kit.http.problems import Problem
from bedside.payouts import store_payouts, store_runs
from bedside.payouts.drafting import Books, agreed_of, books, draft, every_party
from bedside.payouts.events import PayoutRunEnded, PayoutRunProgressed
from bedside.payouts.model import PayoutRun, PeriodClosed
from bedside.payouts.months import last_day_of, month_after, month_of

log = structlog.get_logger()

AT_ONCE = 25  # contracts a transaction: some 0.2 s
TRIES = 3


class _Reading:
    """What a run has read and keeps from chunk to chunk: the books, by hospital and currency."""

    def __init__(self, run: PayoutRun) -> None:
        self.run = run
        self.begins = run.period
        self.books: dict[tuple[int, str], Books] = {}
        self.told_at: datetime | None = None

    async def books_of(self, tx: Tx, one: ContractInForce) -> Books:
        """The books that a contract shares from."""
        key = (one.contract.hospital_id, one.contract.currency)
        if key not in self.books:
            self.books[key] = await books(
                tx,
                place=await hospital(tx, key[0]),
                currency=key[1],
                period=self.run.period,
                through=self.run.entries_through,
            )
        return self.books[key]


async def work_through(database: Database, *, run_id: int) -> None:
    """Works a run through to its end. What goes wrong in it is told on the run; what may pass is tried again."""
    async with database.transaction() as tx:
        run = await store_runs.run(tx, run_id)
        if run is None or run.status != "calculating":
            return
        reading = _Reading(run)
        reading.begins = await begins_with(
            tx, hospital_ids=hospitals_of(run), period=run.period, through=run.entries_through
        )
        contracts = await store_runs.count_contracts(
            tx, hospital_ids=hospitals_of(run), begins=reading.begins, ends=last_day_of(run.period)
        )
        await store_runs.begin(tx, run_id, contracts=contracts)
    try:
        while await _step(database, reading):
            pass
    except Problem as problem:
        log.warning("payout_run_failed", run=run_id, error=problem.detail)
        async with database.transaction() as tx:
            await end(tx, run_id, status="failed", error=problem.detail)


async def begins_with(tx: Tx, *, hospital_ids: list[int] | None, period: date, through: int) -> date:
    """From when on a contract must have been in force to get anything in a month: what is booked late may be of a time
    before it ended, and what it left below zero is of the month before."""
    late = await store_runs.earliest_late(tx, hospital_ids=hospital_ids, period=period, through=through)
    return min(month_after(period, -1), month_of(late) if late else period)


def hospitals_of(run: PayoutRun) -> list[int] | None:
    """The hospitals that a run is about, as a query takes them."""
    return None if run.hospital_id is None else [run.hospital_id]


async def end(tx: Tx, run_id: int, *, status: str, error: str = "") -> None:
    """Ends a run and tells of it, once."""
    ended = await store_runs.finish(tx, run_id, status=status, error=error)
    if ended is not None:
        event = PayoutRunEnded(payout_run_id=run_id, how=status, made=ended.payouts_made, hospital_id=ended.hospital_id)
        await record(tx, event)


async def _step(database: Database, reading: _Reading) -> bool:
    """The next contracts; whether there may be more."""
    for left in range(TRIES - 1, -1, -1):
        try:
            async with database.transaction() as tx:
                return await _chunk(tx, reading)
        except (DeadlockDetected, LockNotAvailable, SerializationFailure):
            if left == 0:
                raise
    return False


async def _chunk(tx: Tx, reading: _Reading) -> bool:
    run = reading.run
    locked = await store_runs.lock_run(tx, run.id)
    if locked is None or locked[0] != "calculating":
        return False  # somebody ended it meanwhile
    actor = Actor(kind=locked[2], id=locked[3], name=locked[4])
    found = await contracts_in_force(
        tx,
        hospital_ids=hospitals_of(run),
        begins=reading.begins,
        ends=last_day_of(run.period),
        after_id=locked[1],
        limit=AT_ONCE,
    )
    if not found:
        await end(tx, run.id, status="done")
        return False
    closed = await store_runs.closed_hospitals(tx, period=run.period)
    ids = [one.contract.id for one in found]
    there = await store_payouts.every_in_force(tx, period=run.period, contract_ids=ids)
    made = skipped = 0
    for one in found:
        agreed = agreed_of(one)
        for owner_id in every_party(agreed, run.period):
            if (agreed.contract_id, owner_id) in there or one.contract.hospital_id in closed:
                skipped += 1
                continue
            of = await reading.books_of(tx, one)
            try:
                drafted = await draft(tx, of, agreed, owner_id=owner_id, actor=actor, run_id=run.id)
            except PeriodClosed:  # a moment ago
                skipped += 1
            else:
                made += drafted is not None
    now = await store_runs.advance(tx, run.id, after_contract=ids[-1], done=len(ids), made=made, skipped=skipped)
    await _tell(tx, reading, now)
    return True


async def _tell(tx: Tx, reading: _Reading, now: PayoutRun) -> None:
    """Tells how far it has come, once a second at most."""
    if reading.told_at is not None and tx.now - reading.told_at < timedelta(seconds=1):
        return
    reading.told_at = tx.now
    event = PayoutRunProgressed(
        payout_run_id=now.id,
        done=now.contracts_done,
        contracts=now.contracts,
        hospital_id=now.hospital_id,
    )
    await record(tx, event)
