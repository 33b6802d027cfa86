"""The forms for a new contract and for an amendment: rows come and go by buttons, and what they say is said at once."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.contracts import drafting, reading, store, store_work
from bedside.contracts.about import sha256
from bedside.contracts.drawing import rules_drawn
from bedside.contracts.form_state import FormState, changed, field_of, state_of, state_of_terms, terms_of
from bedside.contracts.model import Contract, NewContract, NewVersion
from bedside.contracts.pages_acts import RENEWALS, whole_number
from bedside.contracts.sentences import Names, proposed_words, term_sentences
from bedside.contracts.terms import Id, Terms, check_terms
from bedside.directory import Hospital, hospital, hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]
METHODS = [
    ("fixed", "One share, whatever the month"),
    ("slab", "Tiers: the whole month at the tier that it reaches"),
    ("marginal", "Tiers: each part of the month at its own tier"),
]
PERIODS = [("month", "a month"), ("quarter", "a quarter"), ("year", "a year")]
PLAIN = (
    "hospital_id", "title", "currency", "starts_on", "ends_on", "renewal", "renewal_months", "notice_days", "words",
    "proposed", "effective_from", "reason", "number",
)  # fmt: skip
_WORDS = {
    "hospital_id": "Choose a hospital.", "title": "Give it a title.", "starts_on": "On which day does it begin?",
    "ends_on": "Give a day, or none.", "currency": "Use an ISO 4217 code: USD.", "notice_days": "Whole days, 0 to 730.",
    "renewal_months": "Give whole months.", "effective_from": "From which day on?",
    "reason": "Say why, for whoever reads this later.",
}  # fmt: skip


class Draft(msgspec.Struct, kw_only=True):
    """A form as it stands: what was typed, the rows of the terms, and what is wrong."""

    values: dict[str, str]
    state: FormState
    errors: dict[str, str]
    contract: Contract | None = None
    place: Hospital | None = None
    terms: Terms | None = None
    names: Names | None = None


@get("/contracts/new", guards=[requires(Permission.CONTRACTS_EDIT)], include_in_schema=False)
async def new_contract_page(
    request: Person, tx: Transaction, owner: FromQuery[str] = "", copy: FromQuery[str] = ""
) -> Template:
    """The form for a new contract; with an owner it is theirs, and as a copy it begins from another's terms."""
    visitor = request.app.state.visitors.visitor_of(request)
    places = await hospitals(tx, ids=request.user.hospitals)
    here = visitor.hospital.id if visitor and visitor.hospital else places[0].id if places else ""
    values = dict.fromkeys(PLAIN, "") | {
        "title": "Revenue share", "hospital_id": str(here), "renewal": "none", "renewal_months": "12",
        "notice_days": "90", "starts_on": _next_month(tx.now.date()).isoformat(),
    }  # fmt: skip
    state = state_of({"p0": owner, "r0_t0_s0": "70"})
    if (copied := number_in(copy)) is not None:
        one = await reading.seen_contract(tx, contract_id=copied, user=request.user)
        versions = await reading.versions_of(tx, contract=one)
        state = state_of_terms(versions[-1].terms)
        values |= {"title": one.title, "hospital_id": str(one.hospital_id), "currency": one.currency}
    draft = await _draft(request, tx, values, state, check=False)  # nobody is told what they have not done yet
    return await _page(request, tx, draft)


@post("/contracts/new", guards=[requires(Permission.CONTRACTS_EDIT)], status_code=200, include_in_schema=False)
async def add_by_form(request: Person, tx: Transaction) -> Response[Any]:
    """Adds or takes a row, says what the terms say, or (`save`) adds the contract and opens its page."""
    fields = await fields_of(request)
    do = fields.get("do", "said")
    draft = await _draft(request, tx, _plain(fields), changed(state_of(fields), do), check=do in ("save", "said"))
    if do != "save" or draft.errors:
        return await _page(request, tx, draft, do=do)
    given: dict[str, Any] = {
        "hospital_id": number_in(draft.values["hospital_id"]), "title": draft.values["title"],
        "starts_on": draft.values["starts_on"], "ends_on": draft.values["ends_on"] or None,
        "currency": draft.values["currency"] or None, "renewal": draft.values["renewal"] or "none",
        "renewal_months": whole_number(draft.values["renewal_months"]),
        "notice_days": whole_number(draft.values["notice_days"] or "90"), "words": draft.values["words"],
    }  # fmt: skip
    if given["renewal"] != "automatic":
        given["renewal_months"] = None
    try:
        new = read_as(NewContract, given, _WORDS)
        new.terms = draft.terms
        async with tx.savepoint():
            made = await drafting.add_contract(
                tx, owner_id=number_in(draft.state.parties[0]) or 0, new=new, actor=request.user
            )
    except Wrong as wrong:
        draft.errors = wrong.errors
    except Problem as problem:
        draft.errors = _errors_of(problem)
    else:
        return _go(request, f"/contracts/{made.id}")
    return await _page(request, tx, draft, do=do)


@get("/contracts/{contract_id:int}/amend", guards=[requires(Permission.CONTRACTS_EDIT)], include_in_schema=False)
async def amendment_page(contract_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for an amendment, which begins from the latest terms."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user)
    latest = (await reading.versions_of(tx, contract=one))[-1]
    begins = max(_next_month(tx.now.date()), _next_month(latest.effective_from))
    values = dict.fromkeys(PLAIN, "") | {"effective_from": begins.isoformat(), "number": str(latest.number)}
    draft = await _draft(request, tx, values, state_of_terms(latest.terms), contract=one)
    return await _page(request, tx, draft)


@post(
    "/contracts/{contract_id:int}/amend",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def amend_by_form(contract_id: FromPath[Id], request: Person, tx: Transaction) -> Response[Any]:
    """Adds or takes a row, says what the terms say, or (`save`) writes the amendment and opens the contract."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user)
    fields = await fields_of(request)
    do = fields.get("do", "said")
    draft = await _draft(
        request, tx, _plain(fields), changed(state_of(fields), do), contract=one, check=do in ("save", "said")
    )
    if do != "save" or draft.errors:
        return await _page(request, tx, draft, do=do)
    given = {name: draft.values[name] for name in ("effective_from", "reason", "words")}
    try:
        new = read_as(NewVersion, given, _WORDS)
        new.terms = draft.terms
        async with tx.savepoint():
            await drafting.amend(
                tx,
                contract_id=one.id,
                new=new,
                actor=request.user,
                expected_number=number_in(draft.values["number"]),
            )
    except Wrong as wrong:
        draft.errors = wrong.errors
    except Problem as problem:
        draft.errors = _errors_of(problem)
    else:
        return _go(request, f"/contracts/{one.id}")
    return await _page(request, tx, draft, do=do)


async def _draft(
    request: Person,
    tx: Tx,
    values: dict[str, str],
    state: FormState,
    *,
    contract: Contract | None = None,
    check: bool = True,
) -> Draft:
    """The form with what its terms say, where they can be; else with what is wrong with them."""
    draft = Draft(values=values, state=state, errors={}, contract=contract)
    place_id = contract.hospital_id if contract else number_in(values["hospital_id"])
    if place_id is not None and request.user.works_at(place_id):
        try:
            draft.place = await hospital(tx, place_id)
        except Problem:
            draft.errors = {"hospital_id": "Choose a hospital."}
    if draft.place is None:
        return draft
    currency = contract.currency if contract else values["currency"] or draft.place.currency
    owner_id = contract.owner_id if contract else number_in(state.parties[0]) or 0
    try:
        terms = terms_of(state)
        check_terms(terms, currency=currency)
        draft.terms, draft.names = await drafting.check_agreed(
            tx, percent=None, terms=terms, owner_id=owner_id, place=draft.place, currency=currency, actor=request.user
        )
    except Problem as problem:
        draft.errors = _errors_of(problem) if check else {}
    if draft.terms is not None and draft.names is not None:
        _propose(draft, currency)
    return draft


def _propose(draft: Draft, currency: str) -> None:
    """Writes the words from the terms, unless somebody has changed what was proposed before."""
    values = draft.values
    untouched = not values["words"] or sha256(_lines(values["words"])).hex() == values["proposed"]
    if not untouched or draft.terms is None or draft.names is None:
        return
    one = draft.contract
    begins = _day(values["effective_from" if one else "starts_on"]) or date(2000, 1, 1)
    months = number_in(values["renewal_months"])
    values["words"] = proposed_words(
        draft.terms,
        draft.names,
        title=one.title if one else values["title"] or "Contract",
        currency=currency,
        effective_from=begins,
        ends_on=one.ends_on if one else _day(values["ends_on"]),
        renewal=one.renewal if one else values["renewal"],
        renewal_months=one.renewal_months if one else months or 12,
        notice_days=one.notice_days if one else number_in(values["notice_days"]) or 0,
        amends=one.number if one else None,
    )
    values["proposed"] = sha256(_lines(values["words"])).hex()


async def _page(request: Person, tx: Tx, draft: Draft, *, do: str = "") -> Template:
    place = draft.place
    owners = await store.owner_options(tx, within=request.user.hospitals)
    currency = (
        draft.contract.currency if draft.contract else draft.values["currency"] or (place.currency if place else "")
    )
    context = {
        "draft": draft, "values": draft.values, "state": draft.state, "errors": draft.errors,
        "contract": draft.contract, "place": place, "owners": owners, "owner_names": dict(owners), "currency": currency,
        "hospitals": [(one.id, one.name) for one in await hospitals(tx, ids=request.user.hospitals)],
        "departments": list((await store.department_names(tx, hospital_id=place.id)).items()) if place else [],
        "service_lines": await store_work.service_lines(tx, hospital_id=place.id) if place else [],
        "party_options": [(one, dict(owners).get(int(one), "")) for one in draft.state.parties if one.isdecimal()],
        "methods": METHODS, "periods": PERIODS, "renewals": RENEWALS,
        "sentences": term_sentences(draft.terms, draft.names, currency=currency)
        if draft.terms and draft.names else [],
        "rules": rules_drawn(draft.terms, draft.names, currency=currency) if draft.terms and draft.names else [],
        "action": f"/contracts/{draft.contract.id}/amend" if draft.contract else "/contracts/new",
        "focus": do,
    }  # fmt: skip
    htmx = "HX-Request" in request.headers
    template = "page" if not htmx else "said" if do == "said" else "body"
    # what a row lacks while it is being typed is said, but is no refusal yet
    refused = bool(draft.errors) and do == "save"
    return Template(f"contracts/terms_form_{template}.html", context=context, status_code=422 if refused else 200)


def _errors_of(problem: Problem) -> dict[str, str]:
    """A problem as errors of the form's fields, those of the terms among them. Pure."""
    words = f"{problem.detail} {problem.next_step or ''}".strip()
    for error in problem.errors:
        if name := field_of(error["pointer"]):
            return {name: words}
    return told(problem, PLAIN)


def _plain(fields: dict[str, str]) -> dict[str, str]:
    return {name: fields.get(name, "") for name in PLAIN}


def _lines(text: str) -> str:
    """Text as a form sends it back: with other line ends, trimmed."""
    return text.replace("\r\n", "\n").strip()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _go(request: Person, path: str) -> Response[Any]:
    if "HX-Request" in request.headers:
        return Response(None, status_code=200, headers={"HX-Redirect": path})
    return Redirect(path, status_code=303)


FORM_PAGES: list[Any] = [new_contract_page, add_by_form, amendment_page, amend_by_form]
