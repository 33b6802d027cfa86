"""The form of a version of the program: its fields as text, and what they say. Works without a script. Pure."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from bedside.accounts import Role
from bedside.kit.http.forms import number_in
from bedside.kit.http.problems import Problem
from bedside.kit.money import amount_text, minor_units
from bedside.loyalty.program_model import NewProgram, Program, Tier

# what earns, in the order of the form
EARNS = [
    ("visit_completed", "A completed visit", "Given as soon as the visit is marked completed."),
    (
        "feedback",
        "Feedback, stars alone",
        "Once a visit. Anonymous feedback earns nothing: points would tell who it was.",
    ),
    ("feedback_with_words", "Feedback with words", "Instead of the stars alone."),
    ("referral", "Bringing a friend", "After the friend's first completed visit."),
    ("referred", "Coming by a friend", "For the friend, after the same visit."),
    ("birthday", "A birthday", "Once a year, for members."),
]
AWARDING = [Role.ADMIN, Role.FRONT_DESK, Role.INTEGRATION]
MOST_TIERS = 12
_NUMBERS = {
    "points_last_months": ("From 1 to 120 months; empty: for ever.", 1, 120),
    "qualification_months": ("From 1 to 60 months.", 1, 60),
    "grace_days": ("From 0 to 730 days.", 0, 730),
    "warn_days": ("From 0 to 180 days; 0: nobody is told.", 0, 180),
    "voucher_days": ("From 1 to 730 days.", 1, 730),
}


class TierFields(msgspec.Struct, kw_only=True):
    """A tier as the form has it. The code is the program's own; a tier that is new gets one from its name."""

    code: str = ""
    name: str = ""
    threshold: str = ""
    benefits: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was written: such a row is left out."""
        return not (self.name or self.threshold or self.benefits)


class ProgramFields(msgspec.Struct, kw_only=True):
    """What the form has in its fields."""

    values: dict[str, str]
    tiers: list[TierFields]


def fields_of_program(one: Program, *, starts_on: date) -> ProgramFields:
    """The form as it opens: the version that holds, from another day on."""
    values = {
        "name": one.name, "time_zone": one.time_zone, "starts_on": starts_on.isoformat(),
        "value": "" if one.currency is None else amount_text(one.hundred_points_minor or 0, one.currency),
        "currency": one.currency or "",
    }  # fmt: skip
    for name in _NUMBERS:
        number = getattr(one, name)
        values[name] = "" if number is None else str(number)
    for kind, _, _ in EARNS:
        points = one.points_for(kind)
        values[f"rule_{kind}"] = "" if points is None else str(points)
    for role in AWARDING:
        values[f"limit_{role}"] = str(one.award_limits.get(role, ""))
    tiers = [
        TierFields(code=tier.code, name=tier.name, threshold=str(tier.threshold), benefits="\n".join(tier.benefits))
        for tier in one.tiers
    ]
    return ProgramFields(values=values, tiers=tiers)


def read_fields(form: Any) -> ProgramFields:
    """What was sent, as text."""
    values = {name: value.strip()[:200] for name, value in form.items() if isinstance(value, str)}
    columns = [[str(value).strip()[:4000] for value in form.getall(f"tier_{name}", [])[:MOST_TIERS]] for name in
               ("code", "name", "threshold", "benefits")]  # fmt: skip
    long = max(map(len, columns), default=0)
    filled = [column + [""] * (long - len(column)) for column in columns]
    tiers = [TierFields(code=a, name=b, threshold=c, benefits=d) for a, b, c, d in zip(*filled, strict=True)]
    return ProgramFields(values=values, tiers=tiers)


def program_said(fields: ProgramFields) -> tuple[NewProgram | None, dict[str, str]]:
    """The version that the fields say; None and what is wrong, by field, where they say none."""
    values, errors = fields.values, dict[str, str]()

    def number(name: str, words: str, low: int, high: int, *, may_be_none: bool = False) -> int | None:
        text = values.get(name, "").replace(",", "")
        found = number_in(text)
        if (not text and may_be_none) or (found is not None and low <= found <= high):
            return found if text else None
        errors[name] = words
        return None

    numbers = {
        name: number(name, words, low, high, may_be_none=name == "points_last_months")
        for name, (words, low, high) in _NUMBERS.items()
    }
    points = "A whole number from 1 to 1,000,000; empty: nothing."
    rules = {kind: number(f"rule_{kind}", points, 1, 1_000_000, may_be_none=True) for kind, _, _ in EARNS}
    limits = {str(role): number(f"limit_{role}", points, 1, 1_000_000, may_be_none=True) for role in AWARDING}
    tiers = _tiers(fields.tiers, errors)
    name = values.get("name", "")
    if not 1 <= len(name) <= 80:
        errors["name"] = "Give the program a name of 80 letters at most."
    try:
        starts_on = date.fromisoformat(values.get("starts_on", ""))
    except ValueError:
        starts_on = date.min
        errors["starts_on"] = "Give a day."
    value, currency = _value(values, errors)
    if errors:
        return None, errors
    return (
        NewProgram(
            name=name,
            time_zone=values.get("time_zone", ""),
            points_last_months=numbers["points_last_months"],
            qualification_months=numbers["qualification_months"] or 1,
            grace_days=numbers["grace_days"] or 0,
            warn_days=numbers["warn_days"] or 0,
            voucher_days=numbers["voucher_days"] or 1,
            award_limits={role: limit for role, limit in limits.items() if limit},
            rules={kind: each for kind, each in rules.items() if each},  # type: ignore[misc]
            tiers=tiers,
            hundred_points_minor=value,
            currency=currency,
            starts_on=starts_on,
        ),
        {},
    )


def _tiers(rows: Sequence[TierFields], errors: dict[str, str]) -> list[Tier]:
    made: list[Tier] = []
    taken = {row.code for row in rows if row.code}
    for place, row in enumerate(rows):
        if row.empty:
            continue
        threshold = number_in(row.threshold.replace(",", ""))
        if not 1 <= len(row.name) <= 60:
            errors[f"tier_name_{place}"] = "Give the tier a name."
        if threshold is None or threshold > 10_000_000:
            errors[f"tier_threshold_{place}"] = "A whole number, such as 500."
        benefits = [line.strip()[:200] for line in row.benefits.splitlines() if line.strip()][:20]
        code = row.code if re.fullmatch("[a-z][a-z0-9_]{0,39}", row.code) else _code(row.name, taken)
        taken.add(code)
        made.append(Tier(code=code, name=row.name[:60] or "?", threshold=threshold or 0, benefits=benefits))
    if not made:
        errors["tier_name_0"] = "A program has one tier at least."
    return made


def _code(name: str, taken: set[str]) -> str:
    plain = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")[:30]
    base = plain if plain[:1].isalpha() else f"tier_{plain}".strip("_")
    code, number = base, 2
    while code in taken:
        code, number = f"{base}_{number}", number + 1
    return code


def _value(values: dict[str, str], errors: dict[str, str]) -> tuple[int | None, str | None]:
    text, currency = values.get("value", ""), values.get("currency", "")
    if not text:
        return None, None
    if not currency:
        errors["value"] = "Choose a currency too."
        return None, None
    try:
        return minor_units(text, currency, pointer="/value"), currency
    except Problem as problem:
        errors["value"] = problem.detail
        return None, None


def errors_of(problem: Problem, rows: Sequence[TierFields]) -> dict[str, str]:
    """A problem of adding a version, by the field that it is about; under `""` where it is about none."""
    words = f"{problem.detail} {problem.next_step or ''}".strip()
    kept = [place for place, row in enumerate(rows) if not row.empty]
    for error in problem.errors:
        parts = error["pointer"].strip("/").split("/")
        if parts[0] == "tiers" and len(parts) == 3 and parts[2] in ("threshold", "code"):
            field = "tier_threshold" if parts[2] == "threshold" else "tier_name"
            return {f"{field}_{kept[int(parts[1])]}": words}
        if parts[0] in ("startsOn", "timeZone", "currency"):
            return {{"startsOn": "starts_on", "timeZone": "time_zone", "currency": "value"}[parts[0]]: words}
    return {"": words}
