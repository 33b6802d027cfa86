"""Members of the program: the list, the report, and what another version would do to them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.loyalty import store_members as store
from bedside.loyalty.member_model import (
    LoyaltyReport,
    Move,
    ProgramPreview,
    RuleChange,
    TierMembers,
)
from bedside.loyalty.points import window_start
from bedside.loyalty.program import check_terms, program_in_force
from bedside.loyalty.program_model import NewProgram, Program, Terms

LAPSE_DAYS = 30
LONGEST = timedelta(days=3660)
_NAMED = 20


async def list_parameters(tx: Tx) -> dict[str, Any]:
    """What the list of members needs beside its filters."""
    program = await program_in_force(tx)
    return {"lowest": program.tiers[0].code, "window_start": _window(program, tx.now)}


def liability(outstanding: int, program: Terms) -> int | None:
    """What points outstanding cost by the program's value, in minor units, rounded half up; None without one. Pure."""
    if program.hundred_points_minor is None:
        return None
    return (outstanding * program.hundred_points_minor * 2 + 100) // 200


async def report(tx: Tx, *, since: date, until: date) -> LoyaltyReport:
    """The program in numbers between two days, the last included. Raises Invalid (422) for days that are none."""
    if until < since:
        raise Invalid("The last day is not before the first.", pointer="/to")
    if until - since > LONGEST:
        raise Invalid("A report covers ten years at most.", pointer="/from")
    program = await program_in_force(tx)
    begins, ends = _moment(since, program), _moment(until + timedelta(days=1), program)
    moved = await store.moved(tx, since=begins, until=ends)
    now = await store.outstanding(tx, lapse_until=tx.now + timedelta(days=LAPSE_DAYS))
    tiers = _tiers(await store.by_tier(tx), program)
    return LoyaltyReport(
        since=since,
        until=until,
        tiers=tiers,
        members=sum(one.members for one in tiers),
        earned=moved.earned,
        spent=moved.spent,
        expired=moved.expired,
        reversed=moved.reversed,
        outstanding=now.outstanding,
        owed=now.owed,
        liability_minor=liability(now.outstanding, program),
        currency=program.currency,
        about_to_lapse=now.about_to_lapse,
        members_about_to_lapse=now.members_about_to_lapse,
        lapse_days=LAPSE_DAYS,
        by_rule=await store.by_rule(tx, since=begins, until=ends),
        months=await store.by_month(tx, since=since, until=until, zone=program.time_zone),
    )


async def preview(tx: Tx, *, new: NewProgram, names: bool) -> ProgramPreview:
    """What a version would do to today's members if it held now; `names` of some who would move. Changes nothing.

    Raises ProgramRefused (422) as adding it would, but for its day.
    """
    check_terms(new)
    today = await program_in_force(tx)
    since = _window(new, tx.now)
    thresholds = [tier.threshold for tier in new.tiers]
    codes = [tier.code for tier in new.tiers]
    groups = await store.reached(tx, since=since, thresholds=thresholds)
    moves = [move for group in groups if (move := _move(group, new)) is not None]
    members = sum(group.members for group in groups)
    raised = sum(move.members for move in moves if move.when == "at_once")
    lowered = sum(move.members for move in moves if move.when == "after_grace")
    a_year_ago = tx.now - timedelta(days=365)
    sample = (
        await store.who_would_move(tx, since=since, thresholds=thresholds, codes=codes, limit=_NAMED) if names else []
    )
    return ProgramPreview(
        members=members,
        raised=raised,
        lowered=lowered,
        unchanged=members - raised - lowered,
        moves=moves,
        rules=rule_changes(await store.awards(tx, since=a_year_ago), today, new),
        sample=sample,
    )


def rule_changes(awards: Sequence[store.Awards], today: Terms, new: Terms) -> list[RuleChange]:
    """What each rule earned, and what the same would have earned by other terms; what was given by hand stays. Pure."""
    found: dict[str, RuleChange] = {}
    for one in awards:
        rule = one.rule
        if rule == "feedback" and one.each == today.points_for("feedback_with_words"):
            rule = "feedback_with_words"
        would_each = one.each if rule in ("manual", "campaign") else new.points_for(rule) or 0
        was = found.get(rule) or RuleChange(rule=rule, awards=0, points=0, would_be=0)
        found[rule] = RuleChange(
            rule=rule,
            awards=was.awards + one.awards,
            points=was.points + one.awards * one.each,
            would_be=was.would_be + one.awards * would_each,
        )
    return sorted(found.values(), key=lambda one: (-one.points, one.rule))


def _move(group: store.Group, new: NewProgram) -> Move | None:
    to = new.tiers[max(group.reached, 0)].code
    at = new.place_of(group.from_code)
    if to == group.from_code or (at < 0 and group.reached <= 0 and group.from_code is None):
        return None
    when = "after_grace" if at > new.place_of(to) else "at_once"
    return Move(from_code=group.from_code, to_code=to, members=group.members, when=when)  # type: ignore[arg-type]


def _tiers(counts: Sequence[store.TierCount], program: Program) -> list[TierMembers]:
    """Every tier of the program from the lowest; who is in none, or in one it no longer has, is in the lowest."""
    made = {tier.code: TierMembers(code=tier.code, name=tier.name, members=0, in_grace=0) for tier in program.tiers}
    lowest = program.tiers[0].code
    for one in counts:
        tier = made.get(one.code or lowest, made[lowest])
        tier.members += one.members
        tier.in_grace += one.in_grace
    return list(made.values())


def _window(program: Terms, now: datetime) -> datetime:
    return window_start(now, months=program.qualification_months, zone=program.zone)


def _moment(day: date, program: Terms) -> datetime:
    return datetime.combine(day, time(), program.zone).astimezone(UTC)


def filters(
    *,
    tier: str | None,
    min_balance: int | None,
    in_grace: bool | None,
    expires_by: datetime | None,
    hospital_id: int | None,
    q: str | None,
) -> Mapping[str, Any]:
    """The filters of the list, as it takes them."""
    return {
        "tier": tier, "min_balance": min_balance, "in_grace": in_grace, "expires_by": expires_by,
        "hospital_id": hospital_id, "name": q.strip()[:80] or None if q else None,
    }  # fmt: skip
