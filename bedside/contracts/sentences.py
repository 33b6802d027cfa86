"""The terms of a contract as people say them, in their language; and the words that are proposed for signing. Pure."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from bedside.contracts.languages import words
from bedside.contracts.shares import Party, tier_shares
from bedside.contracts.terms import ShareRule, Terms
from bedside.kit.money import exponent


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What the parties and the departments in some terms are called."""

    hospital: str
    owners: Mapping[int, str]
    departments: Mapping[int, str]

    def of(self, party: Party) -> str:
        """A party's name; the hospital's for None."""
        return self.hospital if party is None else self.owners.get(party, f"owner {party}")


def percent_text(millionths: int, language: str = "en") -> str:
    """`333333` as people read it: 33.3333%."""
    number = format_decimal(Decimal(millionths).scaleb(-4), format="#,##0.####", locale=language)
    return words(language)("percent", number=number)


def amount_words(amount: str | int, currency: str, language: str = "en") -> str:
    """An amount (as the terms write it, or in minor units) as people read it: $1,000.00."""
    value = Decimal(amount) if isinstance(amount, str) else Decimal(amount).scaleb(-exponent(currency))
    return format_currency(value, currency, locale=language)


def scope_words(terms: Terms, rule: ShareRule, names: Names, language: str = "en") -> str:
    """Which revenue a rule is about: “Of the revenue of Cardiology”."""
    t = words(language)
    department = None if rule.department_id is None else names.departments.get(rule.department_id, "?")
    if department is not None and rule.service_line is not None:
        return t("department_line_revenue", department=department, line=rule.service_line)
    if department is not None:
        return t("department_revenue", department=department)
    if rule.service_line is not None:
        return t("line_revenue", line=rule.service_line)
    return t("all_revenue" if len(terms.rules) == 1 else "all_other_revenue")


def term_sentences(terms: Terms, names: Names, *, currency: str, language: str = "en") -> list[str]:
    """Everything that the terms say, a sentence each, in the order in which it is applied."""
    t = words(language)
    said: list[str] = []
    for rule in terms.rules:
        scope = scope_words(terms, rule, names, language)
        tiers = tier_shares(rule)
        if rule.method == "fixed":
            said.append(t("fixed", scope=scope, parts=_parts(tiers[0][1], names, language)))
        else:
            said.append(t(rule.method, scope=scope))
            for tier, shares in tiers:
                begins = amount_words(tier.from_amount, currency, language)
                parts = _parts(shares, names, language)
                if tier.to_amount is None:
                    said.append(t("from_on", begins=begins, parts=parts))
                else:
                    ends = amount_words(tier.to_amount, currency, language)
                    said.append(t("from_to", begins=begins, ends=ends, parts=parts))
        for one in rule.deductions:
            if one.percent is not None:
                percent = percent_text(int(Decimal(one.percent) * 10_000), language)
                said.append(t("deduct_percent", percent=percent, name=one.name))
            else:
                amount = amount_words(one.amount or "0", currency, language)
                said.append(t("deduct_amount", amount=amount, name=one.name))
    for guarantee in terms.guarantees:
        amount = amount_words(guarantee.amount, currency, language)
        said.append(t(f"guarantee_{guarantee.period}", party=names.of(guarantee.owner_id), amount=amount))
    if all(rule.department_id is not None or rule.service_line is not None for rule in terms.rules):
        said.append(t("uncovered", hospital=names.hospital))
    return said


def _parts(shares: list[tuple[Party, int]], names: Names, language: str) -> str:
    """“Harbor Health gets 70% and Bellevue keeps 30%”."""
    t = words(language)
    said = [
        t("keeps" if party is None else "gets", party=names.of(party), percent=percent_text(share, language))
        for party, share in shares
        if share
    ]
    return said[0] if len(said) == 1 else t("list_comma").join(said[:-1]) + t("list_and") + said[-1]


def proposed_words(
    terms: Terms,
    names: Names,
    *,
    title: str,
    currency: str,
    effective_from: date,
    ends_on: date | None,
    renewal: str,
    renewal_months: int | None,
    notice_days: int,
    amends: str | None = None,
) -> str:
    """A contract in plain English, to be signed as it is or edited first. `amends`: the number of what it changes."""
    begins = format_date(effective_from, "long", locale="en")
    parties = [names.of(owner_id) for owner_id in terms.owner_ids]
    owners = parties[0] if len(parties) == 1 else ", ".join(parties[:-1]) + " and " + parties[-1]
    if amends:
        opening = f"This amendment to contract {amends} is between {names.hospital} (the hospital) and {owners}."
        term = f"It holds from {begins} on. Whatever it does not mention stays as it was agreed."
    else:
        opening = f"This contract is between {names.hospital} (the hospital) and {owners}."
        term = f"It begins on {begins} and has no fixed end."
        if ends_on is not None:
            last = format_date(ends_on, "long", locale="en")
            term = f"It begins on {begins} and runs until {last}, that day included."
        if renewal == "automatic":
            term += f" At its end it goes on for another {renewal_months} months each time, unless notice was given."
        elif renewal == "ask":
            term += " Before its end the parties decide whether it goes on."
    shares = "\n".join(f"- {sentence}" for sentence in term_sentences(terms, names, currency=currency))
    articles = [
        ("Parties", opening),
        ("Term", term),
        ("How revenue is shared", f"A month's revenue is shared as follows, in {currency}:\n{shares}"),
        (
            "Settlement",
            "After the end of each calendar month the hospital works out what each party gets, and gives each owner a "
            "statement that shows how the amount came about. Refunds count against the month in whose books they "
            "stand. A balance below zero is carried forward.",
        ),
        ("Changes", "Changes are agreed in writing, are signed by every owner, and hold from the day that they name."),
    ]
    if not amends:
        articles.append(("Notice", f"Each party may end this contract in writing, with {notice_days} days' notice."))
    body = "\n\n".join(f"{n}. {heading}\n{text}" for n, (heading, text) in enumerate(articles, start=1))
    return f"{title}\n\n{body}"
