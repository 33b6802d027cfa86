"""Terms and shares as bars: places in hundredths of a width, for SVG attributes. Pure."""

from datetime import date, timedelta

import msgspec

from bedside.contracts.model import Contract, ContractVersion
from bedside.contracts.sentences import Names, amount_words, percent_text, scope_words
from bedside.contracts.shares import tier_shares
from bedside.contracts.terms import Terms

# the list shows a year behind and two ahead, so that today is a third from the left in every row
BEHIND, AHEAD = timedelta(days=365), timedelta(days=730)
TONES = ("teal", "blue", "violet", "amber", "green", "red")


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a bar, from `x` on, `width` wide, of 100."""

    x: float
    width: float
    label: str = ""
    tone: str = "teal"
    solid: bool = True


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A time line: its stretches, where today is (None: outside), and the days at its ends."""

    bars: list[Bar]
    today: float | None
    begins: date
    ends: date


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """What one party gets, for a stacked bar."""

    x: float
    width: float
    name: str
    percent: str
    tone: str


class TierRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table of tiers: what of a month's total it is about, and how that is shared."""

    span: str
    slices: list[Slice]


class RuleDrawn(msgspec.Struct, frozen=True, kw_only=True):
    """A rule: which revenue it is about, its tiers, and what comes off first."""

    scope: str
    method: str
    tiers: list[TierRow]
    deductions: list[str]


def term_in_window(one: Contract, today: date) -> Line:
    """A contract's term in the window that all rows of the list share."""
    begins, ends = today - BEHIND, today + AHEAD
    last = one.last_day or ends
    first = max(one.starts_on, begins)
    bars = []
    if first <= ends and last >= begins:
        x = _place(first, begins, ends)
        width = max(_place(min(last, ends), begins, ends) - x, 1.0)
        bars = [Bar(x=x, width=round(width, 2), solid=one.status == "active", tone=_STATUS_TONES[one.status])]
    return Line(bars=bars, today=_place(today, begins, ends), begins=begins, ends=ends)


def versions_on_line(one: Contract, versions: list[ContractVersion], today: date) -> Line:
    """A contract's versions from its first day to its last (without an end: two years from today or from its start)."""
    begins = one.starts_on
    ends = one.last_day or max(today, one.starts_on, versions[-1].effective_from) + AHEAD
    bars: list[Bar] = []
    signed = [v for v in versions if v.signed_at is not None]
    for n, version in enumerate(versions):
        later = [v for v in (signed if version.signed_at else versions[n + 1 :]) if v.number > version.number]
        until = later[0].effective_from if later else ends
        x = _place(max(version.effective_from, begins), begins, ends)
        width = max(_place(min(until, ends), begins, ends) - x, 0.0)
        tone = TONES[(version.number - 1) % 4]
        label = f"Version {version.number}"
        bars.append(Bar(x=x, width=round(width, 2), label=label, tone=tone, solid=version.signed_at is not None))
    here = _place(today, begins, ends) if begins <= today <= ends else None
    return Line(bars=bars, today=here, begins=begins, ends=ends)


def rules_drawn(terms: Terms, names: Names, *, currency: str) -> list[RuleDrawn]:
    """How the terms share, for bars and tables. A party has the same tone everywhere."""
    owners = terms.owner_ids
    tones = {owner_id: TONES[n % len(TONES)] for n, owner_id in enumerate(owners)}
    drawn = []
    for rule in terms.rules:
        rows = []
        for tier, shares in tier_shares(rule):
            slices, x = [], 0.0
            for party, share in shares:
                if not share:
                    continue
                width = share / 10_000
                tone = "neutral" if party is None else tones[party]
                slices.append(
                    Slice(
                        x=round(x, 4),
                        width=round(width, 4),
                        name=names.of(party),
                        percent=percent_text(share),
                        tone=tone,
                    )
                )
                x += width
            begins = amount_words(tier.from_amount, currency)
            span = (
                f"From {begins}" if tier.to_amount is None else f"{begins} – {amount_words(tier.to_amount, currency)}"
            )
            rows.append(TierRow(span=span, slices=slices))
        deductions = [
            f"{one.name}: {one.percent}%"
            if one.percent
            else f"{one.name}: {amount_words(one.amount or '0', currency)} a month"
            for one in rule.deductions
        ]
        drawn.append(
            RuleDrawn(scope=scope_words(terms, rule, names), method=rule.method, tiers=rows, deductions=deductions)
        )
    return drawn


_STATUS_TONES = {"pending": "amber", "active": "teal", "expired": "neutral", "terminated": "red"}


def _place(day: date, begins: date, ends: date) -> float:
    """Where a day lies between two, in hundredths."""
    days = (ends - begins).days or 1
    return round(min(max((day - begins).days / days, 0), 1) * 100, 2)
