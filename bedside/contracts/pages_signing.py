"""Reading and signing a contract: by a link that was sent, or signed in as its owner. GET changes nothing at all."""

from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, public, requires
from bedside.contracts import reading, signing, store_versions
from bedside.contracts.languages import COOKIE, LANGUAGES, spoken, words
from bedside.contracts.model import (
    AlreadySigned,
    Contract,
    ContractOver,
    ContractVersion,
    SignatureWay,
    SigningLinkOver,
    SigningLinkUnknown,
    WordsChanged,
)
from bedside.contracts.own_reading import own_contract
from bedside.contracts.sentences import term_sentences
from bedside.contracts.terms import Id
from bedside.directory import Hospital, hospital
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of
from bedside.kit.http.problems import Conflict, Forbidden, Invalid
from bedside.kit.http.transaction import Transaction
from bedside.kit.text import one_line

Asked = Request[Any, Any, Any]
Person = Request[SignedIn, Any, Any]

# A page behind a token is nobody else's: no cache keeps it, no search engine lists it, no link tells its address.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow"}
_LINKED = "the link is the permission: 128 random bits, sent to who is to sign"


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What lies before somebody to be read and signed, and by which way they came to it."""

    contract: Contract
    version: ContractVersion
    owner_id: int
    way: SignatureWay
    action: str


@get("/sign/{token:str}", guards=[public(_LINKED)], include_in_schema=False)
async def signing_page(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """The words and the terms, and a form to sign them. Changes nothing."""
    try:
        opened = await signing.open_link(tx, token)
    except (SigningLinkUnknown, SigningLinkOver) as problem:
        return _nowhere(request, problem)
    return await _sheet(request, tx, _by_link(opened, token), language=_language(request, opened.language))


@post("/sign/{token:str}", guards=[public(_LINKED)], status_code=200, include_in_schema=False)
async def sign_by_link(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """Signs once: with name, time, address, browser and the fingerprint of the words that were read."""
    try:
        opened = await signing.open_link(tx, token)
    except (SigningLinkUnknown, SigningLinkOver) as problem:
        return _nowhere(request, problem)
    language = _language(request, opened.language)
    try:
        return await _sign(request, tx, _by_link(opened, token), language=language, actor=None)
    except (AlreadySigned, ContractOver) as problem:
        because = "signed" if isinstance(problem, AlreadySigned) else "ended"
        return _nowhere(request, SigningLinkOver(problem.detail, because=because, language=opened.language))


@get("/my/contracts/{contract_id:int}", guards=[requires(Permission.OWN_RECORD_READ)], include_in_schema=False)
async def my_contract_page(contract_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """A contract of the signed-in owner's: what it says, and a form where it waits for their signature."""
    one, version, waiting = await own_contract(tx, contract_id=contract_id, user=request.user)
    sheet = _in_portal(one, version, request.user)
    by_link = request.user.link_id is not None
    language = spoken(request.user.language)
    return await _sheet(
        request, tx, sheet, language=language, waiting=waiting and not by_link, elsewhere=waiting and by_link
    )


@post(
    "/my/contracts/{contract_id:int}/sign",
    guards=[requires(Permission.OWN_RECORD_READ)],
    status_code=200,
    include_in_schema=False,
)
async def sign_in_portal(contract_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Signs what was sent to the signed-in owner. Raises AlreadySigned (409) where nothing waits for them, Forbidden
    (403) for who came by a link to the owner's pages, which the owner's people have too."""
    if request.user.link_id is not None:
        raise Forbidden(
            "A link to your pages is for reading.",
            next_step="Sign by the link in the message that asked you to, or sign in with your password.",
        )
    one, version, waiting = await own_contract(tx, contract_id=contract_id, user=request.user)
    if not waiting:
        raise AlreadySigned("Nothing here waits for your signature.", next_step="Open the page again.")
    sheet = _in_portal(one, version, request.user)
    return await _sign(request, tx, sheet, language=spoken(request.user.language), actor=request.user)


def _by_link(opened: signing.Opened, token: str) -> Sheet:
    return Sheet(
        contract=opened.contract,
        version=opened.version,
        owner_id=opened.owner_id,
        way="link",
        action=f"/sign/{token}",
    )


def _in_portal(one: Contract, version: ContractVersion, user: SignedIn) -> Sheet:
    action = f"/my/contracts/{one.id}/sign"
    return Sheet(contract=one, version=version, owner_id=user.owner_id or 0, way="portal", action=action)


async def _sign(request: Asked, tx: Tx, sheet: Sheet, *, language: str, actor: Actor | None) -> Template:
    fields = await fields_of(request)
    errors = {}
    try:
        name = one_line(fields.get("signer_name", ""), pointer="/signerName")
        position = one_line(fields.get("signer_position", ""), pointer="/signerPosition", needed=False)
    except Invalid:
        name, position = "", ""
    if len(name) < 2:
        errors["signer_name"] = "wrong_name"
    if fields.get("agree") != "yes":
        errors["agree"] = "wrong_agree"
    if errors:
        return await _sheet(request, tx, sheet, language=language, values=fields, errors=errors, status_code=422)
    try:
        async with tx.savepoint():
            version = await signing.sign_here(
                tx,
                contract_id=sheet.contract.id,
                version_id=sheet.version.id,
                owner_id=sheet.owner_id,
                name=name,
                position=position,
                read_sha256=fields.get("read_sha256", ""),
                how=sheet.way,
                address=request.client.host if request.client else None,
                user_agent=request.headers.get("user-agent", ""),
                actor=actor or Actor(kind="owner", id=sheet.owner_id, name=name),
            )
    except (AlreadySigned, ContractOver):
        raise
    except Conflict as problem:  # the words, or what other rooms know: a month's books that are closed
        because = "words_changed" if isinstance(problem, WordsChanged) else "refused"
        return await _sheet(request, tx, sheet, language=language, values=fields, errors={"": because}, status_code=409)
    signed = msgspec.structs.replace(sheet, version=version)
    return await _sheet(request, tx, signed, language=language, done=name, waiting=False)


async def _sheet(
    request: Asked,
    tx: Tx,
    sheet: Sheet,
    *,
    language: str,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    done: str = "",
    waiting: bool = True,
    elsewhere: bool = False,
    status_code: int = 200,
) -> Template:
    place = await hospital(tx, sheet.contract.hospital_id)
    names = await reading.names_in(tx, contract=sheet.contract, terms=[sheet.version.terms])
    context = _look(request, language, place) | {
        "contract": sheet.contract,
        "version": sheet.version,
        "party": names.of(sheet.owner_id),
        "sentences": term_sentences(sheet.version.terms, names, currency=sheet.contract.currency, language=language),
        "action": sheet.action,
        "values": {"signer_name": "", "signer_position": "", "agree": ""} | (values or {}),
        "errors": errors or {},
        "done": done,
        "waiting": waiting,
        "elsewhere": elsewhere,
        "signed_now": tx.now,
        "signatures": [
            one
            for one in await store_versions.signatures(tx, sheet.contract.id)
            if one.version_number == sheet.version.number
        ],
    }
    template = "contracts/sign.html" if sheet.way == "link" else "contracts/my_contract.html"
    return Template(
        template, context=context, status_code=status_code, headers=PRIVATE, cookies=_kept(request, language)
    )


def _nowhere(request: Asked, problem: SigningLinkUnknown | SigningLinkOver) -> Template:
    over = isinstance(problem, SigningLinkOver)
    because = str(problem.members.get("because", "expired")) if over else "unknown"
    language = _language(request, problem.members.get("language"))
    context = _look(request, language, None) | {
        "because": because,
        "icon_name": {"signed": "circle-check", "unknown": "link"}.get(because, "hourglass"),
    }
    return Template(
        "contracts/sign_nowhere.html",
        context=context,
        status_code=problem.status,
        headers=PRIVATE,
        cookies=_kept(request, language),
    )


def _language(request: Asked, wish: str | None) -> str:
    return spoken(
        request.query_params.get("lang"),
        request.cookies.get(COOKIE),
        wish,
        accepted=request.headers.get("accept-language", ""),
    )


def _look(request: Asked, language: str, place: Hospital | None) -> dict[str, Any]:
    own = place is not None and place.locale.replace("_", "-").split("-")[0] == language
    return {
        "t": words(language),
        "language": language,
        "languages": [(code, there["language"]) for code, there in LANGUAGES.items()],
        "hospital": place,
        "locale": place.locale if place is not None and own else language,
        "zone": place.time_zone if place else "UTC",
        "here": request.url.path,
        "query": request.url.query,
    }


def _kept(request: Asked, language: str) -> list[Cookie]:
    """The language chosen by `?lang=`, remembered."""
    if "lang" not in request.query_params:
        return []
    return [Cookie(key=COOKIE, value=language, max_age=31_536_000, samesite="lax", httponly=True)]


SIGNING_PAGES: list[Any] = [signing_page, sign_by_link, my_contract_page, sign_in_portal]
