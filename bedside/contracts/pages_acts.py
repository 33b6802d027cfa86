"""What is done to a contract in dialogs: edit, sign on paper, send to sign, renew, terminate, put away, documents."""

from datetime import date
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.contracts import changing, documents, reading, signing, store, store_versions
from bedside.contracts.model import Contract, ContractChanges, NewTerm, NoticeTooShort, PaperSignature, Termination
from bedside.contracts.routes_documents import LARGEST_BODY, files_of, kind_of, upload_of
from bedside.contracts.terms import Id
from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import NotFound, Problem
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]
RENEWALS = [("none", "It ends"), ("ask", "We are asked"), ("automatic", "It goes on by itself")]
KINDS = [("signed_copy", "Signed copy"), ("annex", "Annex"), ("notice", "Letter of notice"), ("other", "Other")]
_EDIT = ("title", "starts_on", "ends_on", "renewal", "renewal_months", "notice_days")
_WORDS = {
    "title": "Give it a title.", "starts_on": "Give a day.", "ends_on": "Give a day, or none.",
    "signed_on": "On which day was it signed?", "signer_name": "Who signed?", "renewal_months": "Give whole months.",
    "notice_days": "Give whole days, 0 to 730.", "terminated_on": "Choose its last day.",
    "reason": "Say why, for whoever reads this later.", "months": "Give whole months.",
}  # fmt: skip
FORMS = ("edit", "sign", "send", "renew", "terminate", "document")


def day(text: str) -> date | str | None:
    """A day as a form sends it; what is none goes on as it is, to be refused."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


async def _one(tx: Tx, contract_id: int, user: SignedIn) -> Contract:
    return await reading.seen_contract(tx, contract_id=contract_id, user=user)


async def _form(
    tx: Tx, one: Contract, what: str, values: dict[str, Any], errors: dict[str, str] | None = None, **more: Any
) -> Template:
    versions = await store_versions.versions(tx, [one.id])
    latest = versions[-1]
    names = await store.owner_names(tx, latest.owner_ids)
    parties = [(owner_id, names.get(owner_id, "")) for owner_id in latest.owner_ids]
    context = {
        "contract": one, "what": what, "values": values, "errors": errors or {}, "renewals": RENEWALS, "kinds": KINDS,
        "parties": [*parties, ("hospital", one.hospital_name)], "latest": latest, "signed": one.signed_at is not None,
        "versions": [(version.number, f"Version {version.number}") for version in reversed(versions)],
        "too_short": None, **more,
    }  # fmt: skip
    return Template(f"contracts/form_{what}.html", context=context, status_code=422 if errors else 200)


@get(
    "/contracts/{contract_id:int}/do/{what:str}", guards=[requires(Permission.CONTRACTS_EDIT)], include_in_schema=False
)
async def act_dialog(
    contract_id: FromPath[Id], what: FromPath[str], request: Person, tx: Transaction, party: FromQuery[str] = ""
) -> Template:
    """The form for one of: edit, sign, send, renew, terminate, document."""
    one = await _one(tx, contract_id, request.user)
    if what not in FORMS:
        raise NotFound("A contract does not know that.", next_step="Reload the page.")
    place = await hospital(tx, one.hospital_id)
    today = tx.now.astimezone(place.zone).date()
    months = one.renewal_months or 12
    values: dict[str, Any] = {
        "title": one.title, "starts_on": one.starts_on, "ends_on": one.ends_on or "", "renewal": one.renewal,
        "renewal_months": one.renewal_months or "", "notice_days": one.notice_days, "version": one.version,
        "signer_name": "", "signer_position": "", "signed_on": today, "party": party or one.owner_id,
        "kind": "signed_copy", "reason": "", "terminated_on": "", "confirmed": "", "months": "",
        "document_version": "",
    }  # fmt: skip
    if what == "renew" and one.ends_on is not None:
        values["ends_on"] = changing.months_later(one.ends_on, months)
    if what == "document":
        values["title"] = ""
    return await _form(tx, one, what, values)


@post(
    "/contracts/{contract_id:int}/do/{what:str}",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    request_max_body_size=LARGEST_BODY,
    status_code=200,
    include_in_schema=False,
)
async def act(contract_id: FromPath[Id], what: FromPath[str], request: Person, tx: Transaction) -> Template:
    """Does it, and opens the contract's page anew; draws the form again where something in it cannot be."""
    one = await _one(tx, contract_id, request.user)
    if what not in ACTS:
        raise NotFound("A contract does not know that.", next_step="Reload the page.")
    if what == "document":
        return await _document(request, tx, one)
    fields = await fields_of(request)
    try:
        async with tx.savepoint():
            made = await ACTS[what](tx, one, fields, request.user)
    except NoticeTooShort as problem:
        values = _kept(one, fields)
        return await _form(tx, one, what, values, told(problem, ("terminated_on",)), too_short=problem)
    except Wrong as wrong:
        return await _form(tx, one, what, _kept(one, fields), wrong.errors)
    except Problem as problem:
        if what not in FORMS:
            raise
        known = (*_EDIT, "signer_name", "signer_position", "signed_on", "terminated_on", "reason", "months")
        return await _form(tx, one, what, _kept(one, fields), told(problem, known))
    if what == "send":
        context = {"links": made, "contract": one}
        return Template("contracts/sent.html", context=context, headers={"HX-Trigger": "contract"})
    title = {
        "edit": "Saved", "sign": "Signature recorded", "renew": "Renewed", "terminate": "Terminated",
        "put-away": "Put away", "bring-back": "Brought back",
    }[what]  # fmt: skip
    return _said(title, one)


def _kept(one: Contract, fields: dict[str, str]) -> dict[str, Any]:
    """What was typed, beside what the form needs anyway."""
    blank = dict.fromkeys(
        (*_EDIT, "signer_name", "signer_position", "signed_on", "party", "reason", "terminated_on", "confirmed",
         "months", "kind", "document_version"), "",
    )  # fmt: skip
    return blank | {"version": one.version, "title": one.title} | fields


async def _edit(tx: Tx, one: Contract, fields: dict[str, str], user: SignedIn) -> Contract:
    given: dict[str, Any] = {
        "title": fields.get("title", ""), "renewal": fields.get("renewal") or "none",
        "renewal_months": whole_number(fields.get("renewal_months", "")),
        "notice_days": whole_number(fields.get("notice_days", "")),
    }  # fmt: skip
    if one.signed_at is None:
        given |= {"starts_on": day(fields.get("starts_on", "")), "ends_on": day(fields.get("ends_on", ""))}
    changes = read_as(ContractChanges, _days_as_text(given), _WORDS)
    return await changing.change_contract(
        tx, contract_id=one.id, changes=changes, actor=user, expected_version=number_in(fields.get("version"))
    )


async def _sign(tx: Tx, one: Contract, fields: dict[str, str], user: SignedIn) -> Any:
    party = fields.get("party", "")
    given = {
        "signer_name": fields.get("signer_name", ""), "signer_position": fields.get("signer_position", ""),
        "signed_on": fields.get("signed_on", ""), "party": "hospital" if party == "hospital" else "owner",
        "owner_id": number_in(party),
    }  # fmt: skip
    signature = read_as(PaperSignature, given, _WORDS)
    return await signing.sign_on_paper(tx, contract_id=one.id, signature=signature, actor=user)


async def _send(tx: Tx, one: Contract, fields: dict[str, str], user: SignedIn) -> Any:
    return await signing.send_to_sign(tx, contract_id=one.id, actor=user)


async def _renew(tx: Tx, one: Contract, fields: dict[str, str], user: SignedIn) -> Contract:
    term = read_as(NewTerm, {"ends_on": fields.get("ends_on") or None}, _WORDS)
    return await changing.renew(tx, contract_id=one.id, term=term, actor=user)


async def _terminate(tx: Tx, one: Contract, fields: dict[str, str], user: SignedIn) -> Contract:
    given = {
        "terminated_on": fields.get("terminated_on", ""), "reason": fields.get("reason", ""),
        "confirmed": fields.get("confirmed") == "yes",
    }  # fmt: skip
    return await changing.terminate(tx, contract_id=one.id, termination=read_as(Termination, given, _WORDS), actor=user)


async def _put_away(tx: Tx, one: Contract, fields: dict[str, str], user: SignedIn) -> Contract:
    return await changing.change_contract(tx, contract_id=one.id, changes=ContractChanges(archived=True), actor=user)


async def _bring_back(tx: Tx, one: Contract, fields: dict[str, str], user: SignedIn) -> Contract:
    return await changing.change_contract(tx, contract_id=one.id, changes=ContractChanges(archived=False), actor=user)


async def _document(request: Person, tx: Tx, one: Contract) -> Template:
    words: dict[str, str] = {}
    try:
        name, content, words = await upload_of(request, {})
        async with tx.savepoint():
            await documents.add_document(
                tx,
                files=files_of(request),
                contract=one,
                name=name,
                content=content,
                title=words.get("title", ""),
                kind=kind_of(words),
                version=number_in(words.get("document_version", "")),
                actor=request.user,
            )
    except Problem as problem:
        values = _kept(one, {"title": "", "kind": "signed_copy"} | words)
        return await _form(tx, one, "document", values, told(problem, ("file", "title", "kind")))
    return _said("Document added", one)


@post(
    "/contracts/{contract_id:int}/documents/{document_id:int}/{what:str}",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def act_on_document(
    contract_id: FromPath[Id], document_id: FromPath[Id], what: FromPath[str], request: Person, tx: Transaction
) -> Template:
    """`put-away` or `bring-back`."""
    one = await _one(tx, contract_id, request.user)
    if what not in ("put-away", "bring-back"):
        raise NotFound("A document does not know that.", next_step="Reload the page.")
    away = what == "put-away"
    await documents.put_away(tx, contract=one, document_id=document_id, actor=request.user, archived=away)
    return _said("Document put away" if away else "Document brought back", one)


def whole_number(text: str) -> int | str | None:
    """A whole number as a form sends it; what is none goes on as it is, to be refused."""
    if not text:
        return None
    found = number_in(text)
    return text if found is None else found


def _days_as_text(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}


def _said(title: str, one: Contract) -> Template:
    return Template("contracts/said.html", context={"title": title}, headers={"HX-Redirect": f"/contracts/{one.id}"})


ACTS: dict[str, Any] = {
    "edit": _edit, "sign": _sign, "send": _send, "renew": _renew, "terminate": _terminate, "put-away": _put_away,
    "bring-back": _bring_back, "document": None,
}  # fmt: skip
ACT_PAGES: list[Any] = [act_dialog, act, act_on_document]
