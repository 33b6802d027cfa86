"""How a contract shares revenue: the terms of one version, and what they may not say. Pure.

Amounts are decimals as text in the contract's currency, percents decimals as text with up to four places: what was
agreed is kept as it was written, and computed with whole numbers (shares.py).
"""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from bedside.kit.http.problems import Invalid
from bedside.kit.money import minor_units
from bedside.kit.text import one_line
from bedside.kit.wire import Wire

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
PercentText = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,3}(\.[0-9]{1,4})?$",
        examples=["30", "33.3333"],
        description="0 to 100, four places at most.",
    ),
]
AmountText = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,4})?$", examples=["10000.00"])]

Method = Literal["fixed", "slab", "marginal"]
GuaranteePeriod = Literal["month", "quarter", "year"]

# percents are kept as millionths of the whole: 33.3333 is 333333
WHOLE = 1_000_000


class TermsRefused(Invalid):
    """422: these terms cannot be: shares above 100, tiers with gaps or overlaps, two rules for the same revenue."""

    type = "terms-refused"


class PartyShare(Wire, kw_only=True):
    """What one party gets. `ownerId` null: the hospital. `percent` null: the remainder, which one party may be."""

    owner_id: Id | None = None
    percent: PercentText | None = None


class Tier(Wire, kw_only=True):
    """From an amount of a month's revenue (inclusive) to another (exclusive; null: no end), and how it is shared."""

    from_amount: AmountText = "0"
    to_amount: AmountText | None = None
    shares: Annotated[list[PartyShare], Meta(min_length=1, max_length=20)]


class Deduction(Wire, kw_only=True):
    """Taken off a rule's revenue before it is shared: a percent of it, or an amount a month."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    percent: PercentText | None = None
    amount: AmountText | None = None


class ShareRule(Wire, kw_only=True):
    """How some of the revenue is shared: all of it, or that of a department, a service line, or both.

    `fixed`: one tier without end. `slab`: all of it by the tier that it reaches. `marginal`: each part by its own tier.
    """

    department_id: Id | None = None
    service_line: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    method: Method = "fixed"
    tiers: Annotated[list[Tier], Meta(min_length=1, max_length=20)]
    deductions: Annotated[list[Deduction], Meta(max_length=20)] = field(default_factory=list)


class Guarantee(Wire, kw_only=True):
    """The least that an owner gets in a whole month, quarter or year, as the calendar has them."""

    owner_id: Id
    amount: AmountText
    period: GuaranteePeriod


class Terms(Wire, kw_only=True):
    """The terms of one version. Revenue that no rule covers stays with the hospital."""

    rules: Annotated[list[ShareRule], Meta(min_length=1, max_length=50)]
    guarantees: Annotated[list[Guarantee], Meta(max_length=20)] = field(default_factory=list)

    @property
    def owner_ids(self) -> list[int]:
        """Every owner who is party to them, in the order in which they are named."""
        named = [share.owner_id for rule in self.rules for tier in rule.tiers for share in tier.shares]
        named += [guarantee.owner_id for guarantee in self.guarantees]
        return list(dict.fromkeys(owner_id for owner_id in named if owner_id is not None))


def millionths(percent: str) -> int:
    """A percent as millionths of the whole: `"33.3333"` is 333333."""
    return int(Decimal(percent) * 10_000)


def tidied(terms: Terms, *, pointer: str = "/terms") -> Terms:
    """The terms as they are kept: names in one trimmed line, as a revenue entry's service line is, and bare numbers.

    Raises Invalid (422) for a name that is blank or no text that can be kept. Pure.
    """
    return msgspec.structs.replace(
        terms,
        rules=[_tidied_rule(rule, f"{pointer}/rules/{n}") for n, rule in enumerate(terms.rules)],
        guarantees=[msgspec.structs.replace(one, amount=one.amount.strip()) for one in terms.guarantees],
    )


def _tidied_rule(rule: ShareRule, at: str) -> ShareRule:
    line = rule.service_line
    return msgspec.structs.replace(
        rule,
        service_line=None if line is None else one_line(line, pointer=f"{at}/serviceLine", longest=100),
        tiers=[
            msgspec.structs.replace(
                tier,
                from_amount=tier.from_amount.strip(),
                to_amount=_bare(tier.to_amount),
                shares=[msgspec.structs.replace(share, percent=_bare(share.percent)) for share in tier.shares],
            )
            for tier in rule.tiers
        ],
        deductions=[
            msgspec.structs.replace(
                one,
                name=one_line(one.name, pointer=f"{at}/deductions/{n}/name", longest=100),
                percent=_bare(one.percent),
                amount=_bare(one.amount),
            )
            for n, one in enumerate(rule.deductions)
        ],
    )


def _bare(number: str | None) -> str | None:
    """A number without the line end that `$` of a pattern lets through."""
    return None if number is None else number.strip()


def check_terms(terms: Terms, *, currency: str, pointer: str = "/terms") -> None:
    """Raises TermsRefused (422) with a pointer to the first thing that cannot be."""
    seen: dict[tuple[int | None, str | None], int] = {}
    for r, rule in enumerate(terms.rules):
        at = f"{pointer}/rules/{r}"
        scope = (rule.department_id, rule.service_line.casefold() if rule.service_line else None)
        if scope in seen:
            raise TermsRefused(
                f"Rule {seen[scope] + 1} is about the same revenue.", pointer=at, next_step="Make one rule of the two."
            )
        seen[scope] = r
        if rule.method == "fixed" and len(rule.tiers) != 1:
            raise TermsRefused(
                "A fixed share has one tier.", pointer=f"{at}/tiers", next_step="Say slab or marginal for several."
            )
        _check_tiers(rule, at, currency)
        for n, deduction in enumerate(rule.deductions):
            _check_deduction(deduction, f"{at}/deductions/{n}", currency)
        off = sum(millionths(one.percent) for one in rule.deductions if one.percent is not None)
        if off > WHOLE:
            raise TermsRefused("More than 100 percent would be deducted.", pointer=f"{at}/deductions")
    parties = set(terms.owner_ids)
    shared = {share.owner_id for rule in terms.rules for tier in rule.tiers for share in tier.shares}
    guaranteed: set[tuple[int, str]] = set()
    for n, guarantee in enumerate(terms.guarantees):
        at = f"{pointer}/guarantees/{n}"
        if guarantee.owner_id not in shared:
            raise TermsRefused("A guarantee is for somebody who has a share.", pointer=f"{at}/ownerId")
        if (guarantee.owner_id, guarantee.period) in guaranteed:
            raise TermsRefused("This owner has such a guarantee already.", pointer=at)
        guaranteed.add((guarantee.owner_id, guarantee.period))
        minor_units(guarantee.amount, currency, pointer=f"{at}/amount")
    if not parties:
        raise TermsRefused(
            "No owner has a share.", pointer=f"{pointer}/rules/0/tiers/0/shares", next_step="Name an owner in it."
        )


def _check_tiers(rule: ShareRule, at: str, currency: str) -> None:
    reached = 0
    for t, tier in enumerate(rule.tiers):
        here = f"{at}/tiers/{t}"
        begins = minor_units(tier.from_amount, currency, pointer=f"{here}/fromAmount", zero=True)
        if begins != reached:
            what = "begin at 0" if t == 0 else "begin where the one before ends"
            raise TermsRefused(
                f"Tier {t + 1} must {what}: there is a gap or an overlap.",
                pointer=f"{here}/fromAmount",
                next_step="Tiers follow each other without a gap: 0 to 1000, 1000 to 2000, 2000 on.",
            )
        last = t == len(rule.tiers) - 1
        if (tier.to_amount is None) is not last:
            words = "The last tier has no end." if last else "Only the last tier has no end."
            raise TermsRefused(words, pointer=f"{here}/toAmount")
        if tier.to_amount is not None:
            reached = minor_units(tier.to_amount, currency, pointer=f"{here}/toAmount")
            if reached <= begins:
                raise TermsRefused("A tier ends above where it begins.", pointer=f"{here}/toAmount")
        _check_shares(tier, here)


def _check_shares(tier: Tier, at: str) -> None:
    given: set[int | None] = set()
    total, remainders = 0, 0
    for n, share in enumerate(tier.shares):
        if share.owner_id in given:
            raise TermsRefused("This party stands there twice.", pointer=f"{at}/shares/{n}/ownerId")
        given.add(share.owner_id)
        if share.percent is None:
            remainders += 1
            continue
        try:
            total += millionths(share.percent)
        except InvalidOperation:
            raise TermsRefused("This is no percent.", pointer=f"{at}/shares/{n}/percent") from None
    if total > WHOLE:
        raise TermsRefused(
            f"The shares come to {Decimal(total).scaleb(-4).normalize():f} percent.",
            pointer=f"{at}/shares",
            next_step="Together they are 100 at most; what is left stays with the hospital.",
        )
    if remainders > 1:
        raise TermsRefused("Only one party can have the remainder.", pointer=f"{at}/shares")
    if remainders == 0 and total < WHOLE and None in given:
        raise TermsRefused(
            "The shares do not come to 100 percent.", pointer=f"{at}/shares", next_step="Give one party the remainder."
        )


def _check_deduction(deduction: Deduction, at: str, currency: str) -> None:
    if (deduction.percent is None) == (deduction.amount is None):
        raise TermsRefused("A deduction is a percent or an amount, one of the two.", pointer=at)
    if deduction.percent is not None and millionths(deduction.percent) > WHOLE:
        raise TermsRefused("More than 100 percent would be deducted.", pointer=f"{at}/percent")
    if deduction.amount is not None:
        minor_units(deduction.amount, currency, pointer=f"{at}/amount")
