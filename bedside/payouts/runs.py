"""Runs: a month is worked through for every contract of a hospital, or of all. Begun here, done by running.py."""

from datetime import date, timedelta
from typing import Any

from bedside.accounts import SignedIn, audit
from bedside.directory import Hospital, hospital, hospitals
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Forbidden
from bedside.kit.jobs import defer
from bedside.payouts import store_calculating, store_runs
from bedside.payouts.model import NoSuchEntry, PayoutRun, PeriodClosed, PeriodUnreadable, RunUnderWay
from bedside.payouts.months import month_of, month_words, read_month
from bedside.payouts.tasks import RUN

# one that has not moved for so long has nobody who works on it
FORGOTTEN = timedelta(minutes=15)


async def start_run(tx: Tx, *, period: str, hospital_id: int | None, actor: Actor) -> PayoutRun:
    """Begins to work a month through; the work itself is done in the background, and the run says how far it is.

    Raises NoSuchHospital (404), Forbidden (403), PeriodUnreadable (422), PeriodClosed (409), RunUnderWay (409).
    """
    month, places = await asked_for(tx, period=period, hospital_id=hospital_id, actor=actor)
    closed = await store_runs.closed_hospitals(tx, period=month)
    if all(place.id in closed for place in places):
        raise PeriodClosed(
            f"The books of {month_words(month)} are closed.",
            pointer="/period",
            next_step="Choose an open month, or ask somebody who may to open it again.",
        )
    there = await store_runs.under_way(tx, hospital_id=hospital_id, period=month)
    if there is not None and not await _forgotten(tx, there):
        raise _under_way(there.id, month)
    through = await store_calculating.note_last_entry(tx)
    run_id = await store_runs.insert_run(tx, hospital_id=hospital_id, period=month, through=through, by=actor)
    if run_id is None:
        quicker = await store_runs.under_way(tx, hospital_id=hospital_id, period=month)
        raise _under_way(quicker.id if quicker else 0, month)
    await defer(tx, RUN, run_id=run_id)
    await audit(
        tx, actor=actor, action="payout_run.started", subject="payout_run", subject_id=run_id,
        after={"period": month, "hospital": hospital_id, "entriesThrough": through},
    )  # fmt: skip
    return await _run(tx, run_id)


async def asked_for(tx: Tx, *, period: str, hospital_id: int | None, actor: Actor) -> tuple[date, list[Hospital]]:
    """The month and the hospitals that somebody asks for. Raises NoSuchHospital (404), Forbidden (403) where one is
    not theirs, PeriodUnreadable (422) for what is no month, or one to come."""
    if hospital_id is not None:
        places = [await hospital(tx, hospital_id)]
        if isinstance(actor, SignedIn):
            actor.check_works_at(hospital_id)
    elif isinstance(actor, SignedIn) and actor.hospitals is not None:
        raise Forbidden(
            "You work at some hospitals, so you cannot do this for all.",
            next_step="Name one of yours as hospitalId.",
        )
    else:
        places = await hospitals(tx)
    locale = places[0].locale if places else "en"
    month = read_month(period, locale=locale)
    if all(month > month_of(tx.now.astimezone(place.zone).date()) for place in places):
        raise PeriodUnreadable(
            f"{month_words(month)} has not begun.", pointer="/period", next_step="Name a month that has been."
        )
    return month, places


async def seen_run(tx: Tx, *, run_id: int, user: SignedIn) -> PayoutRun:
    """A run that somebody may see: of their hospital; of all, who works at all. Raises NoSuchEntry (404)."""
    found = await store_runs.run(tx, run_id)
    theirs = found is not None and (
        user.hospitals is None or (found.hospital_id is not None and user.works_at(found.hospital_id))
    )
    if found is None or not theirs:
        raise _nothing()
    return found


async def runs(
    tx: Tx, *, user: SignedIn, filters: dict[str, Any], cursor: str | None = None, limit: int = 50
) -> Page[PayoutRun]:
    """Runs of the user's hospitals, the newest first."""
    return await store_runs.RUNS.page(tx, filters=filters | {"hospitals": user.hospitals}, cursor=cursor, limit=limit)


async def _forgotten(tx: Tx, run: PayoutRun) -> bool:
    """Ends a run that nobody works on any more; whether it was one."""
    return await store_runs.end_forgotten(tx, run.id, since=tx.now - FORGOTTEN)


async def _run(tx: Tx, run_id: int) -> PayoutRun:
    found = await store_runs.run(tx, run_id)
    if found is None:
        raise _nothing()
    return found


def _under_way(run_id: int, month: date) -> RunUnderWay:
    return RunUnderWay(
        f"{month_words(month)} is being worked through just now.",
        pointer="/period",
        next_step="Wait until that run has ended.",
        runId=run_id,
    )


def _nothing() -> NoSuchEntry:
    return NoSuchEntry("There is no such run.", next_step="Look it up in /api/payout-runs.")
