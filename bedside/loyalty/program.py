"""The program's versions: which one holds, adding one, taking one back before it begins."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from bedside.accounts import Role, SignedIn, audit
from bedside.directory import check_time_zone
from bedside.event_log import record
from bedside.kit.database import Tx
from bedside.loyalty import store_program as store
from bedside.loyalty.events import ProgramChanged
from bedside.loyalty.program_model import (
    NewProgram,
    NoSuchProgram,
    Program,
    ProgramDateTaken,
    ProgramRefused,
    ProgramStarted,
    check_tiers,
)


async def program_in_force(tx: Tx, at: datetime | None = None) -> Program:
    """The version that holds now, or at a moment."""
    return await store.in_force(tx, at or tx.now)


async def programs(tx: Tx) -> list[Program]:
    """Every version, the newest first; those that were withdrawn too."""
    return await store.programs(tx)


async def program(tx: Tx, program_id: int) -> Program:
    """One version. Raises NoSuchProgram (404)."""
    found = await store.program(tx, program_id)
    if found is None:
        raise NoSuchProgram("There is no such version of the program.", next_step="Look in /api/loyalty/programs.")
    return found


def check_terms(new: NewProgram) -> None:
    """Raises ProgramRefused (422) with a pointer for what no version can say."""
    check_time_zone(new.time_zone, pointer="/timeZone")
    check_tiers(new.tiers)
    for role in new.award_limits:
        if role not in set(Role):
            raise ProgramRefused(f"There is no role “{role}”.", pointer=f"/awardLimits/{role}")
    if (new.hundred_points_minor is None) != (new.currency is None):
        raise ProgramRefused("A value of points has an amount and a currency, or neither.", pointer="/currency")


def starts_at(new: NewProgram, *, now: datetime) -> datetime:
    """When a version begins: with its day, or now where that is today. Raises ProgramRefused (422) for one gone by."""
    zone = ZoneInfo(new.time_zone)
    if new.starts_on < now.astimezone(zone).date():
        raise ProgramRefused(
            "A version cannot begin in the past: points were earned by the one that held then.",
            pointer="/startsOn",
            next_step="Let it begin today, or on a later day.",
        )
    return max(now, datetime.combine(new.starts_on, time(), zone).astimezone(UTC))


async def add_program(tx: Tx, *, new: NewProgram, actor: SignedIn) -> Program:
    """Adds a version. Raises ProgramRefused (422), ProgramDateTaken (409)."""
    check_terms(new)
    begins = starts_at(new, now=tx.now)
    made = await store.insert(tx, new, starts_at=begins, by=actor.name)
    if made is None:
        raise ProgramDateTaken(
            "Another version begins at that very moment.", next_step="Take that one back first, or choose another day."
        )
    found = await program(tx, made)
    await audit(
        tx, actor=actor, action="loyalty_program.added", subject="loyalty_program", subject_id=made, after=found
    )
    await record(tx, ProgramChanged(loyalty_program_id=made, what="added"), actor=actor)
    return found


async def withdraw_program(tx: Tx, *, program_id: int, actor: SignedIn) -> Program:
    """Takes a version back that has not begun. Raises NoSuchProgram (404), ProgramStarted (409)."""
    before = await program(tx, program_id)
    if not await store.withdraw(tx, program_id):
        raise ProgramStarted(
            "This version has begun, or was taken back before.",
            next_step="Add another version: it holds from its day on.",
        )
    await audit(
        tx, actor=actor, action="loyalty_program.withdrawn", subject="loyalty_program", subject_id=program_id,
        before=before,
    )  # fmt: skip
    await record(tx, ProgramChanged(loyalty_program_id=program_id, what="withdrawn"), actor=actor)
    return await program(tx, program_id)
