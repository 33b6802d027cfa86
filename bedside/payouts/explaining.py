"""How each line of a payout came about, for its page: what was earned, what came off, which tiers. Pure.

The statement says the same to owners in their language (statement_document.py); staff read tables beside it.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from bedside.contracts import ShareRule
from bedside.kit.money import minor_units
from bedside.payouts.store_calculating import PinnedVersion
from bedside.payouts.store_payouts import LineRow, PayoutRow

WHOLE = 1_000_000
_SPANS = {"month": "a month", "quarter": "a quarter", "year": "a year"}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A tier, how much of the base lies in it, and the owner's part of that. `until_minor` None: it has no end."""

    from_minor: int
    until_minor: int | None
    slice_minor: int
    percent: str
    part_minor: int


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """A line, and how it came about."""

    line: LineRow
    sentences: list[str]
    share: str = ""
    gross_minor: int | None = None
    deducted: list[tuple[str, int]] = []
    steps: list[Step] = []
    version: PinnedVersion | None = None
    days: tuple[date, date] | None = None
    # a comparison: what one thing is called and what it came to
    compared: list[tuple[str, int]] = []
    about_payout: int | None = None


def explained(payout: PayoutRow, lines: Iterable[LineRow], versions: Mapping[int, PinnedVersion]) -> list[Explained]:
    """Every line of a payout with its explanation, in order."""
    return [_one(payout, line, versions.get(line.contract_version_id or 0)) for line in lines]


def _one(payout: PayoutRow, line: LineRow, version: PinnedVersion | None) -> Explained:
    match line.kind:
        case "share":
            return _share(payout, line, version)
        case "guarantee":
            return _guarantee(payout, line, version)
        case "adjustment":
            return _adjustment(line, version)
        case "recorded":
            words = "This was paid before, so it is not paid again."
            return Explained(line=line, sentences=[words], about_payout=line.recorded_payout_id)
        case "brought_forward":
            words = "The payout before came to less than nothing; what was missing is taken off here."
            return Explained(line=line, sentences=[words], about_payout=line.inputs.get("payoutId"))
        case "carried_forward":
            words = "What is below zero is never paid: it is carried to the next payout, so this one comes to nothing."
            return Explained(line=line, sentences=[words])
        case _ if payout.paid_before:
            return Explained(line=line, sentences=["The payment had been made before it was written down here."])
        case _:
            return Explained(line=line, sentences=[f"{payout.created_by_name} set this amount by hand."])


def _share(payout: PayoutRow, line: LineRow, version: PinnedVersion | None) -> Explained:
    rule = _rule(line, version)
    method = rule.method if rule is not None else "fixed"
    steps = _steps(payout, line)
    shares = {step.percent for step in steps}
    sentences = []
    if len(steps) > 1:
        sentences.append("Each part of the base is shared at the rate of the tier that it lies in.")
    elif steps and method == "slab":
        sentences.append(f"The base reached this tier, so all of it is shared at its rate: {steps[0].percent}.")
    elif steps:
        sentences.append(f"{payout.owner_name} gets {steps[0].percent} of it.")
    days = None
    if isinstance(line.inputs.get("from"), str) and isinstance(line.inputs.get("to"), str):
        days = date.fromisoformat(line.inputs["from"]), date.fromisoformat(line.inputs["to"])
    return Explained(
        line=line,
        sentences=sentences,
        share=shares.pop() if len(shares) == 1 else "By tier" if shares else "",
        gross_minor=line.inputs.get("grossMinor"),
        deducted=[(str(name), int(amount)) for name, amount in line.inputs.get("deducted") or ()],
        steps=steps if len(steps) > 1 or (steps and method == "slab") else [],
        version=version,
        days=days,
    )


def _steps(payout: PayoutRow, line: LineRow) -> list[Step]:
    made = []
    for step in line.inputs.get("steps") or ():
        share = next((each["millionths"] for each in step["shares"] if each["ownerId"] == payout.owner_id), 0)
        of = int(step["amountMinor"])
        until = step.get("to")
        made.append(
            Step(
                from_minor=minor_units(step.get("from") or "0", payout.currency, zero=True),
                until_minor=None if until is None else minor_units(until, payout.currency, zero=True),
                slice_minor=of,
                percent=percent_text(share),
                part_minor=abs(of) * share // WHOLE * (-1 if of < 0 else 1),
            )
        )
    return made


def _guarantee(payout: PayoutRow, line: LineRow, version: PinnedVersion | None) -> Explained:
    facts = line.inputs
    compared: list[tuple[str, int]] = []
    span = _SPANS.get(str(facts.get("period")), "")
    sentences = []
    if isinstance(facts.get("amount"), str):
        compared.append((f"Guaranteed {span}".strip(), minor_units(facts["amount"], payout.currency, zero=True)))
    if isinstance(facts.get("gotMinor"), int):
        compared.append(("The shares came to", facts["gotMinor"]))
    if isinstance(facts.get("thenMinor"), int):
        compared.append(("Topped up before", facts["thenMinor"]))
        sentences.append("Late entries changed what was missing to the guarantee, so it was worked out again.")
    else:
        sentences.append("What was missing to the guarantee is topped up.")
    return Explained(line=line, sentences=sentences, version=version, compared=compared)


def _adjustment(line: LineRow, version: PinnedVersion | None) -> Explained:
    facts = line.inputs
    compared: list[tuple[str, int]] = []
    if isinstance(facts.get("nowMinor"), int):
        compared = [("The month with everything known now", facts["nowMinor"]),
                    ("The month as it was counted then", facts["thenMinor"])]  # fmt: skip
    return Explained(
        line=line,
        sentences=[
            "Entries came in after that month had been worked out. It was worked out again; the difference is due."
        ],
        version=version,
        compared=compared,
        about_payout=facts.get("payoutId"),
    )


def _rule(line: LineRow, version: PinnedVersion | None) -> ShareRule | None:
    n = line.inputs.get("rule")
    if version is None or not isinstance(n, int) or not 0 <= n < len(version.terms.rules):
        return None
    return version.terms.rules[n]


def percent_text(millionths: int) -> str:
    """Millionths as people read them: `333333` is 33.3333%. Pure."""
    number = Decimal(millionths).scaleb(-4)
    return f"{number.normalize():f}%"


def journal_words(account: str) -> str:
    """What an account of the journal is called. Pure."""
    known: dict[str, Any] = {
        "revenue_share_expense": "Revenue share (cost)",
        "owner_payable": "Owed to owners",
        "owner_advances": "Paid to owners in advance",
        "cash_and_bank": "Cash and bank",
    }
    return str(known.get(account, account))
