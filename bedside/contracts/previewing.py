"""What a month would give each party, step by step, for a calculator: nothing is kept. Pure."""

from decimal import Decimal

from bedside.contracts.sentences import Names, amount_words, percent_text, scope_words
from bedside.contracts.shares import Earned, Party, RuleShare, share_revenue
from bedside.contracts.terms import Terms
from bedside.contracts.views import AmountsGiven, PartyTotal, Preview, PreviewStep
from bedside.kit.money import amount_text, minor_units


def earned_of(amounts: list[AmountsGiven], *, currency: str) -> list[Earned]:
    """The amounts as revenue of a month. Raises AmountRefused (422) with a pointer to the first that is none."""
    return [
        Earned(
            department_id=one.department_id,
            service_line=one.service_line.strip(),
            amount_minor=minor_units(one.amount, currency, pointer=f"/amounts/{n}/amount", negative=True, zero=True),
            entries=1,
        )
        for n, one in enumerate(amounts)
    ]


def preview(terms: Terms, earned: list[Earned], names: Names, *, currency: str) -> Preview:
    """What each party would get of a whole month's revenue, and how it comes about."""
    shares = share_revenue(terms, earned, currency=currency, fixed_deductions=True)
    total = sum(one.amount_minor for one in earned)
    covered = sum(one.gross_minor for one in shares)
    parties: dict[Party, int] = dict.fromkeys([*terms.owner_ids, None], 0)
    for share in shares:
        for party, part in share.parts:
            parties[party] += part
    return Preview(
        currency=currency,
        total=amount_text(total, currency),
        deducted=amount_text(sum(amount for one in shares for _, amount in one.deducted), currency),
        uncovered=amount_text(total - covered, currency),
        parties=[_total(party, part, total, names, currency) for party, part in parties.items()],
        steps=[_step(terms, share, names, currency) for share in shares],
        guarantees=_guarantees(terms, parties, names, currency),
    )


def _total(party: Party, part: int, whole: int, names: Names, currency: str) -> PartyTotal:
    percent = Decimal(part * 100) / Decimal(whole) if whole else Decimal(0)
    return PartyTotal(
        owner_id=party,
        name=names.of(party),
        amount=amount_text(part, currency),
        percent=f"{percent.quantize(Decimal('0.01')).normalize():f}",
    )


def _step(terms: Terms, share: RuleShare, names: Names, currency: str) -> PreviewStep:
    rule = terms.rules[share.rule]
    lines = [f"{amount_words(share.gross_minor, currency)} came in."]
    for name, amount in share.deducted:
        lines.append(f"{amount_words(amount, currency)} for {name} is taken off first.")
    if share.deducted:
        lines.append(f"{amount_words(share.base_minor, currency)} is left to be shared.")
    for step in share.steps:
        if rule.method == "fixed" and len(share.steps) == 1:
            said = f"{amount_words(step['amountMinor'], currency)} is shared: "
        elif rule.method == "slab":
            said = f"{amount_words(step['amountMinor'], currency)} reaches the tier {_span(step, currency)}: "
        else:
            said = f"{amount_words(step['amountMinor'], currency)} of it lies in the tier {_span(step, currency)}: "
        parts = [f"{names.of(each['ownerId'])} {percent_text(each['millionths'])}" for each in step["shares"]]
        lines.append(said + ", ".join(parts) + ".")
    return PreviewStep(
        rule=share.rule + 1,
        scope=scope_words(terms, rule, names),
        gross=amount_text(share.gross_minor, currency),
        base=amount_text(share.base_minor, currency),
        lines=lines,
        parts=[_total(party, part, share.base_minor, names, currency) for party, part in share.parts],
    )


def _span(step: dict[str, str | None], currency: str) -> str:
    begins = amount_words(str(step["from"]), currency)
    return f"from {begins} on" if step["to"] is None else f"{begins} to {amount_words(str(step['to']), currency)}"


def _guarantees(terms: Terms, parties: dict[Party, int], names: Names, currency: str) -> list[str]:
    said = []
    for one in terms.guarantees:
        least, got = minor_units(one.amount, currency), parties[one.owner_id]
        promised = f"{names.of(one.owner_id)} is promised {amount_words(least, currency)} a {one.period}"
        if one.period != "month":
            said.append(f"{promised}; what is missing is added when the {one.period} is over.")
        elif got < least:
            said.append(f"{promised}: {amount_words(least - got, currency)} is added.")
        else:
            said.append(f"{promised}, which this month exceeds.")
    return said
