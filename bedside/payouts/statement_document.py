"""What stands on a statement, line by line, in words: from rows to a document that the template only has to draw. Pure.

Every text in it is data. The template (statement.typ) reads it as JSON and never as markup.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from textwrap import shorten
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from bedside.contracts import ShareRule
from bedside.kit.money import minor_units
from bedside.kit.phone import show_phone
from bedside.payouts.months import last_day_of
from bedside.payouts.statement_words import RIGHT_TO_LEFT, Writing, paper_of
from bedside.payouts.store_statements import StatementLine, StatementPayout

# what earns, above the sub-total; what was, and still is, between us, below it
_EARNS = ("share", "guarantee", "adjustment", "stated")

Document = dict[str, Any]


def document(
    payout: StatementPayout, lines: Sequence[StatementLine], departments: Mapping[int, str], writing: Writing
) -> Document:
    """The whole statement, every word and figure as it is to be read."""
    say = writing.say
    issued, month = _issued(payout), writing.month(payout.period)
    phone = show_phone(payout.hospital_phone) if payout.hospital_phone else None
    return {
        "paper": paper_of(payout.hospital_country),
        "language": writing.language,
        "rightToLeft": writing.language in RIGHT_TO_LEFT,
        "date": [issued.year, issued.month, issued.day],
        "title": say("title_recorded" if payout.kind == "recorded" else "title"),
        "period": _capital(month),
        "reference": writing.left_to_right(payout.reference_number),
        "status": payout.status,
        "statusWord": say(f"status_{payout.status}"),
        "mark": say(f"status_{payout.status}") if payout.status in ("draft", "reversed", "discarded") else "",
        "notes": _notes(payout, writing),
        "hospital": {
            "name": writing.apart(payout.hospital_name),
            "shortName": writing.apart(shorten(payout.hospital_name, 60, placeholder="…")),
            "address": _lines_of(payout.hospital_address, writing),
            "contact": [writing.left_to_right(each) for each in (phone, payout.hospital_email) if each],
        },
        "toLabel": say("to"),
        "owner": _owner(payout, writing),
        "facts": _facts(payout, issued, writing),
        "hero": {
            "label": _total_words(payout, writing),
            "amount": writing.money(payout.amount_minor),
            # many currencies are written with one sign
            "currency": "" if payout.currency in writing.money(0) else payout.currency,
            "below": _how_paid(payout, writing),
        },
        "table": _table(payout, lines, departments, writing),
        "how": _how(payout, lines, departments, writing),
        "questions": say("questions"),
        "page": say("page", page="{page}", pages="{pages}"),
        "continued": say("continued"),
    }


def _issued(payout: StatementPayout) -> date:
    """The statement's own date: when what it says last changed, at the hospital. Never the day it is printed."""
    moment: datetime = payout.reversed_at or payout.discarded_at or payout.approved_at or payout.created_at
    day = moment.astimezone(ZoneInfo(payout.hospital_zone)).date()
    if payout.status == "paid" and payout.paid_on is not None:
        return payout.paid_on if payout.paid_before else max(day, payout.paid_on)
    return day


def _lines_of(text: str, writing: Writing) -> list[str]:
    return [writing.apart(line.strip()) for line in text.splitlines() if line.strip()][:8]


def _owner(payout: StatementPayout, writing: Writing) -> dict[str, Any]:
    name = payout.owner_legal_name or payout.owner_name
    more = [writing.apart(payout.owner_name)] if name != payout.owner_name else []
    return {"name": writing.apart(name), "lines": [*more, *_lines_of(payout.owner_address, writing)]}


def _facts(payout: StatementPayout, issued: date, writing: Writing) -> list[dict[str, str]]:
    say, plain = writing.say, writing.left_to_right
    facts = [(say("reference"), plain(payout.reference_number)), (say("date"), writing.day(issued))]
    if payout.contract_number:
        facts.append((say("contract"), plain(payout.contract_number)))
        facts.append(("", writing.apart(payout.contract_title or "")))
    if payout.revision > 1:
        facts.append((say("revision"), writing.count(payout.revision)))
    if payout.approved_at is not None:
        approved = payout.approved_at.astimezone(ZoneInfo(payout.hospital_zone)).date()
        if approved != issued:
            facts.append((say("approved_on"), writing.day(approved)))
    if payout.status == "paid" and payout.payment_reference:
        facts.append((say("payment_reference"), plain(payout.payment_reference)))
    return [{"label": label, "value": value} for label, value in facts]


def _notes(payout: StatementPayout, writing: Writing) -> list[str]:
    zone = ZoneInfo(payout.hospital_zone)
    if payout.status == "draft":
        return [writing.say("note_draft")]
    if payout.status == "discarded" and payout.discarded_at is not None:
        return [writing.say("note_discarded", day=writing.day(payout.discarded_at.astimezone(zone).date()))]
    if payout.status == "reversed" and payout.reversed_at is not None:
        notes = [writing.say("note_reversed", day=writing.day(payout.reversed_at.astimezone(zone).date()))]
        if payout.replaced_by:
            notes.append(writing.say("note_replaced", reference=writing.left_to_right(payout.replaced_by)))
        return notes
    return []


def _total_words(payout: StatementPayout, writing: Writing) -> str:
    if payout.status == "paid":
        return writing.say("total_paid")
    return writing.say("total_was" if payout.status in ("reversed", "discarded") else "total_due")


def _how_paid(payout: StatementPayout, writing: Writing) -> str:
    if payout.status == "discarded" or (payout.status == "reversed" and payout.paid_on is None):
        return ""
    if payout.amount_minor == 0:
        return writing.say("nothing_due")
    if payout.method is None:
        return ""
    key = "was_paid" if payout.status in ("paid", "reversed") else "will_be_paid"
    day = writing.day(payout.paid_on) if payout.paid_on is not None else ""
    return writing.say(
        f"{key}_to" if payout.account else key,
        method=writing.say(f"method_{payout.method}"),
        account=writing.left_to_right(payout.account.replace("• ", "•\u00a0")),
        day=day,
    )


def _table(
    payout: StatementPayout, lines: Sequence[StatementLine], departments: Mapping[int, str], writing: Writing
) -> dict[str, Any]:
    say = writing.say
    earned = [line for line in lines if line.kind in _EARNS]
    between = [line for line in lines if line.kind not in _EARNS]
    groups: list[dict[str, Any]] = [{"rows": [_row(line, payout, departments, writing) for line in earned]}]
    if between:
        groups[0]["total"] = {
            "label": say("earned"),
            "amount": writing.figure(sum(line.amount_minor for line in earned)),
        }
        groups.append({"rows": [_row(line, payout, departments, writing) for line in between]})
    # a column that nobody needs is left out: an amount set by hand was shared of nothing
    shared = any(line.base_minor is not None for line in lines)
    carried = sum(line.amount_minor for line in lines if line.kind == "carried_forward")
    return {
        "shared": shared,
        "columns": {
            "description": say("description"),
            "base": say("base"),
            "share": say("share"),
            "amount": say("amount", currency=payout.currency),
        },
        "groups": [group for group in groups if group["rows"]],
        "total": {"label": _total_words(payout, writing), "amount": writing.money(payout.amount_minor)},
        "balance": {"label": say("balance_carried"), "amount": writing.money(-carried)} if carried else None,
    }


def _row(
    line: StatementLine, payout: StatementPayout, departments: Mapping[int, str], writing: Writing
) -> dict[str, Any]:
    title, detail = words_of(line, payout, departments, writing)
    return {
        "title": title,
        "detail": detail,
        "base": "" if line.base_minor is None else writing.figure(line.base_minor),
        "share": _share(line, payout, writing) if line.kind == "share" else "",
        "amount": writing.figure(line.amount_minor),
    }


def words_of(
    line: StatementLine, payout: StatementPayout, departments: Mapping[int, str], writing: Writing
) -> tuple[str, str]:
    """What a line is about, and a smaller sentence beside it."""
    say = writing.say
    if line.kind == "share":
        rule = rule_of(line)
        title = writing.apart(line.description) if rule is None else _scope(rule, line, departments, writing)
        words = say("entries_one") if line.entries == 1 else say("entries", count=writing.count(line.entries))
        if deducted_of(line):
            words += f", {say('after_deductions')}"
        days = _days_of(line, payout, writing)
        return title, " · ".join(part for part in (days, words if line.entries else "") if part)
    if line.kind == "guarantee":
        amount, span = line.inputs.get("amount"), line.inputs.get("period")
        if isinstance(amount, str) and isinstance(span, str) and writing.has(f"guarantee_{span}"):
            units = minor_units(amount, payout.currency, zero=True)
            words = say(f"guarantee_{span}", amount=writing.money(units))
            return say("guarantee_again" if "thenMinor" in line.inputs else "guarantee"), words
        return say("guarantee"), _unless_said(line.description, say("guarantee"), writing)
    if line.kind == "adjustment":
        month = day_in(line.inputs.get("month") or line.inputs.get("period"))
        if month is not None:
            return say("adjustment_of", month=writing.month(month)), say("adjustment_detail")
        return say("adjustment"), _unless_said(line.description, say("adjustment"), writing)
    if line.kind == "recorded":
        if line.recorded_reference is None or line.recorded_on is None:
            return say("recorded"), writing.apart(line.description)
        return say("recorded"), say(
            "recorded_detail",
            reference=writing.left_to_right(line.recorded_reference),
            day=writing.day(line.recorded_on),
        )
    if line.kind in ("brought_forward", "carried_forward"):
        return say(line.kind), say(f"{line.kind}_detail")
    if payout.paid_before and payout.paid_on is not None:
        return say("stated_paid", day=writing.day(payout.paid_on)), ""
    return writing.apart(line.description) or say("stated"), ""


def _days_of(line: StatementLine, payout: StatementPayout, writing: Writing) -> str:
    """The days that a line is about, where they are not the whole month: its terms began or ended within it."""
    first, last = day_in(line.inputs.get("from")), day_in(line.inputs.get("to"))
    if first is None or last is None or (first <= payout.period and last >= last_day_of(payout.period)):
        return ""
    return writing.days(first, last)


def _unless_said(description: str, title: str, writing: Writing) -> str:
    """What the calculation wrote, which is English, where the statement is in English and it says more."""
    return description if writing.language == "en" and description.casefold() != title.casefold() else ""


def day_in(value: Any) -> date | None:
    """A day as a line's inputs hold it; None for anything else."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def rule_of(line: StatementLine) -> ShareRule | None:
    """The rule that a share follows, from the version of the terms that it pins; None where it names none."""
    n, rules = line.inputs.get("rule"), (line.terms or {}).get("rules")
    if not isinstance(n, int) or not isinstance(rules, list) or not 0 <= n < len(rules):
        return None
    return _read_rule(rules[n])


def _read_rule(raw: Any) -> ShareRule | None:
    try:
        return msgspec.convert(raw, ShareRule)
    except msgspec.ValidationError:
        return None


def _scope(rule: ShareRule, line: StatementLine, departments: Mapping[int, str], writing: Writing) -> str:
    parts = [
        departments.get(rule.department_id, "") if rule.department_id is not None else "",
        _capital(rule.service_line or ""),
    ]
    named = " · ".join(part for part in parts if part)
    if named:
        return writing.apart(named)
    others = len((line.terms or {}).get("rules", []))
    return writing.say("other_revenue" if others > 1 else "all_revenue")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def deducted_of(line: StatementLine) -> list[tuple[str, int]]:
    """What was taken off first, by name."""
    return [(str(name), int(amount)) for name, amount in line.inputs.get("deducted") or ()]


def _steps(line: StatementLine, owner_id: int) -> list[tuple[dict[str, Any], int]]:
    """The slices of the base with the millionths that the owner has of each."""
    return [
        (step, next((each["millionths"] for each in step["shares"] if each["ownerId"] == owner_id), 0))
        for step in line.inputs.get("steps") or ()
    ]


def _share(line: StatementLine, payout: StatementPayout, writing: Writing) -> str:
    steps = _steps(line, payout.owner_id)
    if not steps:
        return ""
    return writing.percent(steps[0][1]) if len({share for _, share in steps}) == 1 else writing.say("by_tier")


def _how(
    payout: StatementPayout, lines: Sequence[StatementLine], departments: Mapping[int, str], writing: Writing
) -> dict[str, Any]:
    say = writing.say
    paragraphs: list[str] = []
    if payout.kind == "recorded":
        paragraphs.append(say("how_recorded"))
    elif payout.paid_before:
        paragraphs.append(say("how_paid_before"))
    elif payout.kind == "manual":
        paragraphs.append(say("how_manual"))
    versions = {(line.version_number, line.effective_from) for line in lines if line.version_id is not None}
    for number, since in sorted(
        (number, since) for number, since in versions if number is not None and since is not None
    ):
        of_contract = writing.left_to_right(payout.contract_number or "")
        paragraphs.append(say("how_terms", number=of_contract, version=number, day=writing.day(since)))
    items = [
        {"title": words_of(line, payout, departments, writing)[0], "steps": steps}
        for line in lines
        if line.kind == "share" and (steps := _explained(line, payout, writing))
    ]
    fine = [say("how_rounding")] if items else []
    if payout.inputs_sha256 is not None:
        fine.append(say("how_fingerprint", sha=payout.inputs_sha256.hex()[:16]))
    return {"title": say("how_title"), "paragraphs": paragraphs, "items": items, "fine": fine}


def _explained(line: StatementLine, payout: StatementPayout, writing: Writing) -> list[dict[str, Any]]:
    """How a share came about: the revenue, what came off, each tier, and what it comes to. Nothing where the line in
    the table says it all: one percent of one amount."""
    say = writing.say
    steps = _steps(line, payout.owner_id)
    deducted = deducted_of(line)
    if not steps or line.base_minor is None or (len(steps) == 1 and not deducted and _endless(steps[0][0])):
        return []
    gross = line.base_minor + sum(amount for _, amount in deducted)
    many = say("how_gross") if line.entries == 1 else say("how_gross_many", count=writing.count(line.entries))
    told = [{"words": many, "amount": writing.figure(gross), "strong": False}]
    for name, amount in deducted:
        told.append(
            {"words": say("how_deducted", name=writing.apart(name)), "amount": writing.figure(-amount), "strong": False}
        )
    if deducted:
        told.append({"words": say("how_base"), "amount": writing.figure(line.base_minor), "strong": False})
    rule = rule_of(line)
    method = rule.method if rule is not None else "fixed"
    words = ""
    for step, share in steps:
        of = int(step["amountMinor"])
        exact = abs(of) * share // 1_000_000 * (-1 if of < 0 else 1)
        words = _tier_words(step, share, of, method, payout.currency, writing)
        if len(steps) > 1:
            told.append({"words": words, "amount": writing.figure(exact), "strong": False})
    mine = say("how_share") if len(steps) > 1 else say("how_share_of", words=words)
    told.append({"words": mine, "amount": writing.figure(line.amount_minor), "strong": True})
    return told


def _endless(step: Mapping[str, Any]) -> bool:
    return step.get("to") is None and Decimal(step.get("from") or "0") == 0


def _tier_words(step: Mapping[str, Any], share: int, of: int, method: str, currency: str, writing: Writing) -> str:
    begins = minor_units(step.get("from") or "0", currency, zero=True)
    ends = step.get("to")
    until = None if ends is None else minor_units(ends, currency, zero=True)
    if begins == 0 and until is None:
        key = "how_tier_all"
    elif method == "slab":
        key = "how_slab_to" if begins == 0 else "how_slab_between"
    elif begins == 0:
        key = "how_tier_to"
    else:
        key = "how_tier_above" if until is None else "how_tier_between"
    return writing.say(
        key,
        percent=writing.percent(share),
        amount=writing.money(of),
        from_=writing.money(begins),
        to="" if until is None else writing.money(until),
    )
