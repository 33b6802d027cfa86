"""Tiers: raised at once by what was earned, lowered only after the program's grace, and why (RULES, Points 6)."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from bedside.event_log import SYSTEM, record
from bedside.kit.database import Tx
from bedside.loyalty import store_points as store
from bedside.loyalty.events import TierChanged
from bedside.loyalty.model import Account
from bedside.loyalty.points import window_start
from bedside.loyalty.program_model import Program


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What follows for a tier: another one, a grace that begins (`until`) or that is over with, or nothing."""

    what: Literal["raise", "lower", "begin_grace", "end_grace", "nothing"]
    code: str = ""
    until: datetime | None = None


def step(*, program: Program, code: str | None, until: datetime | None, earned: int, now: datetime) -> Step:
    """What follows from so many points earned in the window, for who is in a tier and may keep it `until`. Pure."""
    target = program.tier_for(earned)
    at, to = program.place_of(code), program.place_of(target.code)
    if to > at:
        return Step(what="raise", code=target.code)
    if to == at:
        return Step(what="end_grace") if until is not None else Step(what="nothing")
    if until is None:
        return Step(what="begin_grace", until=now + timedelta(days=program.grace_days))
    return Step(what="lower", code=target.code) if until <= now else Step(what="nothing")


async def rank(tx: Tx, *, account: Account, program: Program) -> None:
    """Looks again at the tier of a locked account, and changes what follows."""
    since = window_start(tx.now, months=program.qualification_months, zone=program.zone)
    earned = await store.earned_since(tx, patient_id=account.patient_id, since=since)
    next_step = step(program=program, code=account.tier_code, until=account.tier_until, earned=earned, now=tx.now)
    if next_step.what in ("begin_grace", "end_grace"):
        await store.set_tier_until(tx, patient_id=account.patient_id, until=next_step.until)
    if next_step.what not in ("raise", "lower"):
        return
    months = program.qualification_months
    why = f"{earned} points earned in {months} {'month' if months == 1 else 'months'}"
    first = account.tier_code is None
    await store.set_tier(
        tx, patient_id=account.patient_id, from_code=account.tier_code, to_code=next_step.code, why=why
    )
    if first and program.place_of(next_step.code) == 0:
        return  # everybody begins there: nothing to tell
    await record(
        tx,
        TierChanged(
            loyalty_id=account.patient_id,
            patient_id=account.patient_id,
            from_code=account.tier_code,
            to_code=next_step.code,
            raised=next_step.what == "raise",
            why=why,
        ),
        actor=SYSTEM,
    )
