"""Accounting periods: closing a month's books, opening them again with a reason, and refusing what comes too late."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date

from psycopg.errors import CheckViolation

from bedside.accounts import SignedIn, audit
from bedside.directory import hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.text import one_line
from bedside.payouts import events, store_periods
from bedside.payouts.model import AccountingPeriod, NotAllowedNow, PeriodClosed, PeriodNotReady
from bedside.payouts.months import month_of, month_words


@asynccontextmanager
async def refused_if_closed(tx: Tx, *, pointer: str = "/period") -> AsyncGenerator[None]:
    """What writes into a month stands inside: where it is closed, the database refuses it, and PeriodClosed (409)
    says so. Nothing of it is written then."""
    try:
        async with tx.savepoint():
            yield
    except CheckViolation as error:
        if not store_periods.is_about_a_closed_period(error):
            raise
        raise PeriodClosed(
            "The books of that month are closed.",
            pointer=pointer,
            next_step="Date it in an open month: revenue takes a later `period`, and is shared then as a late entry.",
        ) from None


async def check_open(tx: Tx, *, hospital_id: int, period: date, pointer: str = "/period") -> None:
    """Raises PeriodClosed (409) where a month is closed: a kind word before the database would say no."""
    if await store_periods.is_closed(tx, hospital_id=hospital_id, period=period):
        raise PeriodClosed(
            f"The books of {month_words(period)} are closed.",
            pointer=pointer,
            next_step="Choose an open month, or ask somebody who may to open it again.",
        )


async def close_period(tx: Tx, *, hospital_id: int, period: date, actor: SignedIn) -> AccountingPeriod:
    """Closes a month: no revenue is booked and nothing accrued in it from now on. Closing it again is harmless.

    Raises PeriodNotReady (409) for one that is not over, or where drafts or a run of it are open.
    """
    place = await hospital(tx, hospital_id)
    actor.check_works_at(place.id)
    if period >= month_of(tx.now.astimezone(place.zone).date()):
        raise PeriodNotReady("The month is not over.", pointer="/period", next_step="Close it once it is.")
    locked = await store_periods.lock_period(tx, hospital_id=hospital_id, period=period)
    if locked.status == "closed":
        return locked
    left = await store_periods.still_open(tx, hospital_id=hospital_id, period=period)
    if left.drafts or left.runs:
        raise PeriodNotReady(
            f"{left.drafts} drafts and {left.runs} runs of {month_words(period)} are open.",
            pointer="/period",
            next_step="Approve or discard the drafts first.",
            open={"drafts": left.drafts, "runs": left.runs},
        )
    closed = await store_periods.close(tx, hospital_id=hospital_id, period=period, by=actor.name)
    await audit(
        tx, actor=actor, action="period.closed", subject="hospital", subject_id=hospital_id, after={"period": period}
    )
    await record(tx, events.PeriodClosed(hospital_id=hospital_id, period=period), actor=actor)
    return closed


async def reopen_period(tx: Tx, *, hospital_id: int, period: date, reason: str, actor: SignedIn) -> AccountingPeriod:
    """Opens a closed month again, for a reason that is kept. Raises NotAllowedNow (409) for one that is open."""
    place = await hospital(tx, hospital_id)
    actor.check_works_at(place.id)
    because = one_line(reason, pointer="/reason", longest=1000)
    locked = await store_periods.lock_period(tx, hospital_id=hospital_id, period=period)
    if locked.status == "open":
        raise NotAllowedNow("The month is open.", next_step="There is nothing to open again.")
    opened = await store_periods.reopen(tx, hospital_id=hospital_id, period=period, by=actor.name, because=because)
    await audit(
        tx, actor=actor, action="period.reopened", subject="hospital", subject_id=hospital_id,
        after={"period": period, "reason": because},
    )  # fmt: skip
    await record(tx, events.PeriodReopened(hospital_id=hospital_id, period=period, reason=because), actor=actor)
    return opened


async def periods(
    tx: Tx, *, user: SignedIn, hospital_id: int | None = None, status: str | None = None
) -> list[AccountingPeriod]:
    """Months that were written into or closed, of the user's hospitals, the newest first."""
    return await store_periods.periods(tx, hospitals=user.hospitals, hospital_id=hospital_id, status=status)


async def refuse_terms_in_closed_period(tx: Tx, event: object, *, actor: Actor) -> None:
    """A reaction: terms that would begin in a month whose books are closed, or change one, are refused: its shares were
    worked out. A contract's first terms change none of the months after they began.

    `event` has `hospital_id` and `effective_from`. Raises PeriodClosed (409): nothing of what was done happened then.
    """
    hospital_id, since = getattr(event, "hospital_id", None), getattr(event, "effective_from", None)
    if hospital_id is None or since is None:
        return
    month = month_of(since)
    first = getattr(event, "version_number", 1) == 1
    latest = await store_periods.last_closed(tx, hospital_id=hospital_id, since=month, until=month if first else None)
    if latest is not None:
        raise PeriodClosed(
            f"These terms would hold from {since:%Y-%m-%d}, but the books of {month_words(latest)} are closed.",
            pointer="/effectiveFrom",
            next_step="Let them begin in an open month.",
        )
