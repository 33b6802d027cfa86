"""What each party gets of a month's revenue under one version of the terms. Pure, and in whole numbers only.

Split (RULES, Money 2): floor all, then hand the remainder out one unit at a time by largest fraction, ties in the
contract's order. The parts always add up to the base; a negative base mirrors the positive one.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from bedside.contracts.terms import WHOLE, ShareRule, Terms, Tier, millionths
from bedside.kit.money import minor_units

Party = int | None  # an owner's id; None is the hospital


class Earned(msgspec.Struct, frozen=True, kw_only=True):
    """Revenue of one department and service line: the sum of some entries, in minor units, and how many they are."""

    department_id: int | None
    service_line: str
    amount_minor: int
    entries: int


class RuleShare(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule came to. `base_minor` is what was shared: `gross_minor` less `deducted`. `parts` adds up to it.

    `steps` says how, for an explanation: each slice of the base with its tier, as JSON can carry it.
    """

    rule: int
    gross_minor: int
    deducted: list[tuple[str, int]]
    base_minor: int
    entries: int
    parts: list[tuple[Party, int]]
    steps: list[dict[str, Any]]

    def part_of(self, party: Party) -> int:
        """What a party gets of it, 0 where it has no part."""
        return dict(self.parts).get(party, 0)


def rule_for(terms: Terms, department_id: int | None, service_line: str) -> int | None:
    """Which rule is about this revenue: the most particular that fits, a department before a service line."""
    line = service_line.casefold()
    best: tuple[int, int] | None = None
    for n, rule in enumerate(terms.rules):
        if rule.department_id is not None and rule.department_id != department_id:
            continue
        if rule.service_line is not None and rule.service_line.casefold() != line:
            continue
        weight = 2 * (rule.department_id is not None) + (rule.service_line is not None)
        if best is None or weight > best[0]:
            best = (weight, n)
    return None if best is None else best[1]


def share_revenue(terms: Terms, earned: Sequence[Earned], *, currency: str, fixed_deductions: bool) -> list[RuleShare]:
    """What each rule with revenue comes to, in the order of the rules. Revenue that no rule covers is left out.

    `fixed_deductions`: whether amounts a month are taken off here; where terms change within a month, they are taken
    once, by the version that holds on its last day.
    """
    gross = [0] * len(terms.rules)
    entries = [0] * len(terms.rules)
    for one in earned:
        n = rule_for(terms, one.department_id, one.service_line)
        if n is not None:
            gross[n] += one.amount_minor
            entries[n] += one.entries
    return [
        _share(n, rule, gross[n], entries[n], currency, fixed_deductions)
        for n, rule in enumerate(terms.rules)
        if entries[n]
    ]


def tier_shares(rule: ShareRule) -> list[tuple[Tier, list[tuple[Party, int]]]]:
    """Each tier with every party's millionths of it, in the contract's order: the remainder worked out, for showing."""
    parties = _parties(rule)
    return [(tier, list(zip(parties, _weights(tier, parties), strict=True))) for tier in rule.tiers]


def split(base: int, weights: Sequence[int], whole: int) -> list[int]:
    """`base` in parts of `weight / whole` each, where the weights add up to the whole: parts that add up to `base`."""
    return _round([abs(base) * weight for weight in weights], whole, abs(base), -1 if base < 0 else 1)


def _round(exact: list[int], whole: int, total: int, sign: int) -> list[int]:
    """Numerators over `whole`, floored, and what is left of the total handed out by the largest fraction."""
    parts = [numerator // whole for numerator in exact]
    by_fraction = sorted(range(len(exact)), key=lambda n: (-(exact[n] % whole), n))
    for n in by_fraction[: total - sum(parts)]:
        parts[n] += 1
    return [sign * part for part in parts]


def _share(n: int, rule: ShareRule, gross: int, entries: int, currency: str, fixed_deductions: bool) -> RuleShare:
    deducted = _deducted(rule, gross, currency, fixed_deductions)
    base = gross - sum(amount for _, amount in deducted)
    sign, size = (-1 if base < 0 else 1), abs(base)
    parties = _parties(rule)
    exact = [0] * len(parties)
    steps: list[dict[str, Any]] = []
    for tier, slice_ in _slices(rule, size, currency):
        weights = _weights(tier, parties)
        for place, weight in enumerate(weights):
            exact[place] += slice_ * weight
        steps.append(
            {
                "from": tier.from_amount,
                "to": tier.to_amount,
                "amountMinor": sign * slice_,
                "shares": [
                    {"ownerId": party, "millionths": weight}
                    for party, weight in zip(parties, weights, strict=True)
                    if weight
                ],
            }
        )
    parts = _round(exact, WHOLE, size, sign)
    return RuleShare(
        rule=n,
        gross_minor=gross,
        deducted=deducted,
        base_minor=base,
        entries=entries,
        parts=list(zip(parties, parts, strict=True)),
        steps=steps,
    )


def _deducted(rule: ShareRule, gross: int, currency: str, fixed_deductions: bool) -> list[tuple[str, int]]:
    """What comes off first. Never more than there is; of a negative month only percents, mirrored."""
    sign, left = (-1 if gross < 0 else 1), abs(gross)
    taken: list[tuple[str, int]] = []
    for one in rule.deductions:
        if one.percent is not None:
            amount = abs(gross) * millionths(one.percent) // WHOLE
        elif fixed_deductions and gross > 0:
            amount = minor_units(one.amount or "0", currency)
        else:
            continue
        amount = min(amount, left)
        left -= amount
        taken.append((one.name, sign * amount))
    return taken


def _parties(rule: ShareRule) -> list[Party]:
    """The rule's parties in the contract's order; the hospital last where it is not named."""
    named: list[Party] = list(dict.fromkeys(share.owner_id for tier in rule.tiers for share in tier.shares))
    return named if None in named else [*named, None]


def _weights(tier: Tier, parties: list[Party]) -> list[int]:
    """Millionths for each party; the remainder for who has it, else for the hospital."""
    given = {share.owner_id: share.percent for share in tier.shares}
    rest_goes_to = next((share.owner_id for share in tier.shares if share.percent is None), None)
    fixed = {party: millionths(percent) for party, percent in given.items() if percent is not None}
    rest = WHOLE - sum(fixed.values())
    return [fixed.get(party, 0) + (rest if party == rest_goes_to else 0) for party in parties]


def _slices(rule: ShareRule, size: int, currency: str) -> list[tuple[Tier, int]]:
    """Which tier shares how much of the base (its size, without its sign): half-open tiers, [from, to)."""
    bounds = [
        (
            tier,
            minor_units(tier.from_amount, currency, zero=True),
            None if tier.to_amount is None else minor_units(tier.to_amount, currency),
        )
        for tier in rule.tiers
    ]
    if rule.method != "marginal":
        reached = next(tier for tier, _, to in bounds if to is None or size < to)
        return [(reached, size)]
    return [
        (tier, (size if to is None else min(size, to)) - begins)
        for tier, begins, to in bounds
        if size > begins or (begins == 0 and size == 0)
    ]
