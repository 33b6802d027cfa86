"""What stands in the form for terms: read from its fields, from terms that there are, changed row by row. Pure."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import field

from bedside.contracts.shares import tier_shares
from bedside.contracts.terms import Terms, TermsRefused
from bedside.kit.http.request import pointer_of

_MOST = 20  # of anything that has rows


class TierRow(msgspec.Struct, kw_only=True):
    """Up to which amount, and what each party gets there, as typed."""

    to: str = ""
    shares: list[str] = field(default_factory=list)


class DeductionRow(msgspec.Struct, kw_only=True):
    """What comes off first, as typed. `what` is percent or amount."""

    name: str = ""
    what: str = "percent"
    value: str = ""


class RuleRows(msgspec.Struct, kw_only=True):
    """Which revenue, shared how, as typed."""

    department: str = ""
    line: str = ""
    method: str = "fixed"
    tiers: list[TierRow] = field(default_factory=lambda: [TierRow()])
    deductions: list[DeductionRow] = field(default_factory=list)


class GuaranteeRow(msgspec.Struct, kw_only=True):
    """Who gets at least how much, as typed."""

    owner: str = ""
    amount: str = ""
    period: str = "month"


class FormState(msgspec.Struct, kw_only=True):
    """Everything in the form that makes the terms. The hospital always keeps what the parties do not get."""

    parties: list[str] = field(default_factory=lambda: [""])
    rules: list[RuleRows] = field(default_factory=lambda: [RuleRows()])
    guarantees: list[GuaranteeRow] = field(default_factory=list)


def state_of(fields: Mapping[str, str]) -> FormState:
    """The state that the form's fields say. Rows are numbered from 0; what is missing is blank."""
    many = _count(fields, r"p(\d+)")
    parties = [fields.get(f"p{n}", "") for n in range(many or 1)]
    rules = []
    for r in range(_count(fields, r"r(\d+)_method") or 1):
        tiers = [
            TierRow(
                to=fields.get(f"r{r}_t{t}_to", ""),
                shares=[fields.get(f"r{r}_t{t}_s{s}", "") for s in range(len(parties))],
            )
            for t in range(_count(fields, rf"r{r}_t(\d+)_\w+") or 1)
        ]
        deductions = [
            DeductionRow(
                name=fields.get(f"r{r}_d{d}_name", ""),
                what=fields.get(f"r{r}_d{d}_what", "percent"),
                value=fields.get(f"r{r}_d{d}_value", ""),
            )
            for d in range(_count(fields, rf"r{r}_d(\d+)_\w+"))
        ]
        method = fields.get(f"r{r}_method", "fixed")
        rules.append(
            RuleRows(
                department=fields.get(f"r{r}_department", ""),
                line=fields.get(f"r{r}_line", ""),
                method=method if method in ("fixed", "slab", "marginal") else "fixed",
                tiers=tiers,
                deductions=deductions,
            )
        )
    guarantees = [
        GuaranteeRow(
            owner=fields.get(f"g{g}_owner", ""),
            amount=fields.get(f"g{g}_amount", ""),
            period=fields.get(f"g{g}_period", "month"),
        )
        for g in range(_count(fields, r"g(\d+)_\w+"))
    ]
    return settled(FormState(parties=parties, rules=rules, guarantees=guarantees))


def state_of_terms(terms: Terms) -> FormState:
    """The state that says what some terms say: for an amendment, which begins from what holds."""
    owners = terms.owner_ids
    rules = []
    for rule in terms.rules:
        tiers = []
        for tier, shares in tier_shares(rule):
            got = dict(shares)
            tiers.append(
                TierRow(to=tier.to_amount or "", shares=[_percent(got.get(owner_id, 0)) for owner_id in owners])
            )
        deductions = [
            DeductionRow(
                name=one.name, what="percent" if one.percent else "amount", value=one.percent or one.amount or ""
            )
            for one in rule.deductions
        ]
        rules.append(
            RuleRows(
                department=str(rule.department_id or ""),
                line=rule.service_line or "",
                method=rule.method,
                tiers=tiers,
                deductions=deductions,
            )
        )
    guarantees = [
        GuaranteeRow(owner=str(one.owner_id), amount=one.amount, period=one.period) for one in terms.guarantees
    ]
    return FormState(parties=[str(owner_id) for owner_id in owners], rules=rules, guarantees=guarantees)


def changed(state: FormState, do: str) -> FormState:
    """The state after a button was pressed: `add_tier:0`, `remove_party:1`; any other changes nothing."""
    verb, _, where = do.partition(":")
    at = [int(part) for part in where.split(":") if part.isdecimal() and len(part) < 3]
    rule = state.rules[at[0]] if at and verb.endswith(("tier", "deduction")) and at[0] < len(state.rules) else None
    rows: list[Any]
    blank: Any
    match verb.partition("_")[2]:
        case "party":
            rows, blank = state.parties, ""
        case "rule":
            rows, blank = state.rules, RuleRows()
        case "guarantee":
            rows, blank = state.guarantees, GuaranteeRow()
        case "tier" if rule is not None:
            rows, blank = rule.tiers, TierRow()
        case "deduction" if rule is not None:
            rows, blank = rule.deductions, DeductionRow()
        case _:
            return state
    if verb.startswith("add_") and len(rows) < _MOST:
        rows.append(blank)
    elif verb.startswith("remove_") and at and at[-1] < len(rows):
        del rows[at[-1]]
        if rows is state.parties:
            for each in state.rules:
                for tier in each.tiers:
                    del tier.shares[at[-1] : at[-1] + 1]
    return settled(state)


def settled(state: FormState) -> FormState:
    """A fixed share has one tier, others two at least; every row has a cell for every party, and nothing is empty."""
    state.parties = state.parties or [""]
    state.rules = state.rules or [RuleRows()]
    for rule in state.rules:
        rule.tiers = rule.tiers or [TierRow()]
        if rule.method == "fixed":
            rule.tiers = rule.tiers[:1]
        elif len(rule.tiers) == 1:
            rule.tiers.append(TierRow())
        rule.tiers[-1].to = ""  # the last has no end
        for tier in rule.tiers:
            tier.shares = (tier.shares + [""] * len(state.parties))[: len(state.parties)]
    return state


def terms_of(state: FormState) -> Terms:
    """The terms that the form says. Raises TermsRefused (422) with a pointer where something cannot be read."""
    rules = []
    for rule in state.rules:
        tiers, begins = [], "0"
        for n, tier in enumerate(rule.tiers):
            last = n == len(rule.tiers) - 1
            ends = None if last and not tier.to else _number(tier.to)
            shares: list[dict[str, Any]] = [
                {
                    "ownerId": int(party) if party.isdecimal() and len(party) < 19 else 0,
                    "percent": _number(share) or "0",
                }
                for party, share in zip(state.parties, tier.shares, strict=True)
            ]
            tiers.append(
                {"fromAmount": begins, "toAmount": ends, "shares": [*shares, {"ownerId": None, "percent": None}]}
            )
            begins = ends or ""
        rules.append(
            {
                "departmentId": int(rule.department) if rule.department.isdecimal() else None,
                "serviceLine": rule.line or None,
                "method": rule.method,
                "tiers": tiers,
                "deductions": [
                    {"name": one.name, ("amount" if one.what == "amount" else "percent"): _number(one.value)}
                    for one in rule.deductions
                ],
            }
        )
    guarantees = [
        {"ownerId": int(one.owner) if one.owner.isdecimal() else 0, "amount": _number(one.amount), "period": one.period}
        for one in state.guarantees
    ]
    try:
        return msgspec.convert({"rules": rules, "guarantees": guarantees}, Terms)
    except msgspec.ValidationError as error:
        text, pointer = pointer_of(str(error))
        where = "/terms" + pointer
        raise TermsRefused(_in_words(text, where), pointer=where) from None


def field_of(pointer: str) -> str:
    """The form's field that a pointer into the terms is about; empty for none. Pure."""
    parts = pointer.removeprefix("/terms").strip("/").split("/")
    match parts:
        case ["rules", r, "departmentId"]:
            return f"r{r}_department"
        case ["rules", r, "serviceLine"]:
            return f"r{r}_line"
        case ["rules", _, "tiers", _, "shares", s, "ownerId"]:
            return f"p{s}"
        case ["rules", r, "tiers", t, "shares", s, *_]:
            return f"r{r}_t{t}_s{s}"
        case ["rules", r, "tiers", t, "shares"]:
            return f"r{r}_t{t}_s0"
        case ["rules", r, "tiers", t, "fromAmount"] if t.isdecimal() and int(t) > 0:
            return f"r{r}_t{int(t) - 1}_to"
        case ["rules", r, "tiers", t, "toAmount"]:
            return f"r{r}_t{t}_to"
        case ["rules", r, "tiers", *_]:
            return f"r{r}_method"
        case ["rules", r, "deductions", d, "name"]:
            return f"r{r}_d{d}_name"
        case ["rules", r, "deductions", d, *_]:
            return f"r{r}_d{d}_value"
        case ["rules", r, "deductions"]:
            return f"r{r}_d0_value"
        case ["rules", r]:
            return f"r{r}_department"
        case ["guarantees", g, "ownerId"]:
            return f"g{g}_owner"
        case ["guarantees", g, *_]:
            return f"g{g}_amount"
    return ""


def _in_words(text: str, pointer: str) -> str:
    if pointer.endswith("/ownerId"):
        return "Choose a party."
    if pointer.endswith("/percent"):
        return "Give a percent, 0 to 100."
    if pointer.endswith(("/fromAmount", "/toAmount", "/amount")):
        return "Give an amount, such as 10000.00."
    if pointer.endswith("/name"):
        return "Say what is taken off."
    return text


def _number(text: str) -> str:
    """A number as people type it: without its percent sign, thousands and blanks."""
    return re.sub(r"[\s,%]", "", text)


def _percent(millionths: int) -> str:
    whole, part = divmod(millionths, 10_000)
    return f"{whole}.{part:04d}".rstrip("0").rstrip(".")


def _count(fields: Mapping[str, str], pattern: str) -> int:
    """How many rows the names of the fields say there are."""
    found = [int(match[1]) for name in fields if (match := re.fullmatch(pattern, name))]
    return min(max(found) + 1, _MOST) if found else 0
