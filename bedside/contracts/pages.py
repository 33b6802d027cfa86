"""Pages of contracts: the list, one contract, what is done to it, and the panels on other rooms' pages."""

from functools import partial
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.contracts import comparing, documents, previewing, reading, store, store_work
from bedside.contracts.drawing import rules_drawn, term_in_window, versions_on_line
from bedside.contracts.model import Contract
from bedside.contracts.own_reading import own_contracts
from bedside.contracts.pages_acts import ACT_PAGES
from bedside.contracts.pages_form import FORM_PAGES
from bedside.contracts.pages_signing import SIGNING_PAGES
from bedside.contracts.routes import day_of, filters_of
from bedside.contracts.sentences import term_sentences
from bedside.contracts.terms import Id
from bedside.contracts.views import AmountsGiven
from bedside.directory import hospital, hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of, number_in
from bedside.kit.http.problems import Invalid
from bedside.kit.http.transaction import Transaction
from bedside.kit.money import minor_units
from bedside.owners import seen_owner

Person = Request[SignedIn, Any, Any]
STATUSES = [("pending", "Pending"), ("active", "Active"), ("expired", "Expired"), ("terminated", "Terminated")]
AMOUNTS = 3  # rows of the calculator at first


@get("/contracts", guards=[requires(Permission.CONTRACTS_READ)], include_in_schema=False)
async def contracts_page(
    request: Person,
    tx: Transaction,
    q: FromQuery[str] = "",
    hospital: FromQuery[str] = "",
    status: FromQuery[str] = "",
    ends: FromQuery[str] = "",
    archived: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """Every contract of one's hospitals, with its term drawn against today."""
    try:
        ends_before = day_of(ends or None, "/ends")
    except Invalid:
        ends_before = None
    filters = filters_of(
        hospital_id=number_in(hospital),
        status=status if status in dict(STATUSES) else None,
        ends_before=ends_before,
        archived=archived == "yes",
        q=q[:200],
    )
    page = await reading.page(tx, user=request.user, filters=filters, sort=sort or None, cursor=cursor)
    today = tx.now.date()
    context = {
        "contracts": page.items, "next": page.next, "q": q, "hospital": hospital, "status": status, "ends": ends,
        "archived": archived, "sort": sort or "-number", "query": request.url.query, "statuses": STATUSES,
        "lines": {one.id: term_in_window(one, today) for one in page.items},
        "places": [(one.id, one.name) for one in await hospitals(tx, ids=request.user.hospitals)],
        "may_edit": request.user.may(Permission.CONTRACTS_EDIT),
        "filtered": bool(q or hospital or status or ends or archived),
    }  # fmt: skip
    return Template("contracts/list.html", context=context)


@get("/contracts/{contract_id:int}", guards=[requires(Permission.CONTRACTS_READ)], include_in_schema=False)
async def contract_page(
    contract_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    version: FromQuery[int | None] = None,
    against: FromQuery[int | None] = None,
) -> Template:
    """Everything about a contract. `version` and `against`: which two versions are compared."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user)
    return Template(
        "contracts/contract.html", context=await _contract(tx, one, request.user, version=version, against=against)
    )


async def _contract(
    tx: Tx, one: Contract, user: SignedIn, *, version: int | None, against: int | None
) -> dict[str, Any]:
    place = await hospital(tx, one.hospital_id)
    today = tx.now.astimezone(place.zone).date()
    found = await reading.details(tx, contract=one, today=today)
    shown = reading.version_shown(one, found.versions, today)
    numbers = [each.number for each in found.versions]
    after = reading.version_numbered(found.versions, version if version in numbers else None)
    wanted = against if against in numbers and against != after.number else max(after.number - 1, 1)
    before = reading.version_numbered(found.versions, wanted)
    names = await reading.names_in(tx, contract=one, terms=[each.terms for each in found.versions])
    latest = found.versions[-1]
    signed = {each.owner_id for each in found.signatures if each.version_number == latest.number}
    waiting = [owner_id for owner_id in latest.owner_ids if owner_id not in signed]
    return {
        "contract": found, "shown": shown, "latest": latest, "names": names, "place": place, "today": today,
        "line": versions_on_line(one, found.versions, today),
        "rules": rules_drawn(shown.terms, names, currency=one.currency),
        "sentences": term_sentences(shown.terms, names, currency=one.currency),
        "difference": comparing.difference(before, after, names, currency=one.currency),
        "before": before, "after": after, "waiting": waiting,
        "documents": await documents.documents_of(tx, contract=one, user=user),
        "events": await store_work.events(tx, contract_id=one.id, owner_ids=one.owner_ids),
        "departments": await store.department_names(tx, hospital_id=one.hospital_id),
        "service_lines": await store_work.service_lines(tx, hospital_id=one.hospital_id),
        "rows": range(AMOUNTS), "result": None, "errors": {},
        "may_edit": user.may(Permission.CONTRACTS_EDIT), "sees_owner": user.may(Permission.OWNERS_READ),
        "sees_follow_ups": user.may(Permission.FOLLOW_UPS_READ),
        "open": one.status in ("pending", "active") and one.archived_at is None, "zone": place.time_zone,
    }  # fmt: skip


@get("/contracts/{contract_id:int}/signatures", guards=[requires(Permission.CONTRACTS_READ)], include_in_schema=False)
async def signatures_region(contract_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Who has signed, for the page to look again when somebody does."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user)
    place = await hospital(tx, one.hospital_id)
    found = await reading.details(tx, contract=one, today=tx.now.astimezone(place.zone).date())
    return Template("contracts/signatures.html", context={"contract": found, "zone": place.time_zone})


@post(
    "/contracts/{contract_id:int}/calculate",
    guards=[requires(Permission.CONTRACTS_READ)],
    status_code=200,
    include_in_schema=False,
)
async def calculate(contract_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """What a month with these amounts would give, as one types. Keeps nothing."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user)
    fields = await fields_of(request)
    given, places, errors = [], [], {}
    for n in range(20):
        amount = fields.get(f"amount-{n}", "").replace(",", "")
        if amount:
            places.append(n)
            department = number_in(fields.get(f"department-{n}", ""))
            line = fields.get(f"line-{n}", "")[:100]
            given.append(AmountsGiven(amount=amount, department_id=department, service_line=line))
    result, terms = None, None
    try:
        earned = previewing.earned_of(given, currency=one.currency)
    except Invalid as refused:
        row = int(refused.errors[0]["pointer"].split("/")[2])
        errors = {f"amount-{places[row]}": refused.detail}
    else:
        versions = await reading.versions_of(tx, contract=one)
        terms = reading.version_numbered(versions, number_in(fields.get("version", "")))
        names = await reading.names_in(tx, contract=one, terms=[terms.terms])
        result = previewing.preview(terms.terms, earned, names, currency=one.currency) if given else None
    units = partial(minor_units, currency=one.currency, negative=True, zero=True)
    context = {"result": result, "units": units, "errors": errors, "contract": one, "of_version": terms}
    return Template("contracts/calculated.html", context=context)


@get("/owners/{owner_id:int}/contracts-panel", guards=[requires(Permission.CONTRACTS_READ)], include_in_schema=False)
async def owner_panel(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """An owner's contracts, for the owner's page."""
    owner = await seen_owner(tx, owner_id=owner_id, user=request.user)
    filters = filters_of(owner_id=owner_id)
    found = await reading.page(tx, user=request.user, filters=filters, sort="-startsOn", limit=50)
    today = tx.now.date()
    context = {
        "contracts": found.items, "owner": owner, "lines": {one.id: term_in_window(one, today) for one in found.items},
        "may_edit": request.user.may(Permission.CONTRACTS_EDIT), "more": found.next is not None,
    }  # fmt: skip
    return Template("contracts/owner_panel.html", context=context)


@get("/my/contracts-panel", guards=[requires(Permission.OWN_RECORD_READ)], include_in_schema=False)
async def my_panel(request: Person, tx: Transaction) -> Template:
    """The signed-in owner's contracts that were sent to them or signed; none for staff, who are no owners."""
    found = await own_contracts(tx, request.user.owner_id) if request.user.owner_id is not None else []
    return Template("contracts/my_panel.html", context={"contracts": found})


PAGES: list[Any] = [
    contracts_page, contract_page, signatures_region, calculate, owner_panel, my_panel, *FORM_PAGES,
    *ACT_PAGES, *SIGNING_PAGES,
]  # fmt: skip
