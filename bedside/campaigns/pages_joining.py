"""The page behind a list's link: a phone or mailbox, a code that proves it, joined or left. GET changes nothing; no
scripts are needed."""

from typing import Any

from litestar import Request, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import public
from bedside.campaigns import joining
from bedside.campaigns.join_words import WORDS
from bedside.campaigns.link_model import JoinLinkUnknown, OpenList
from bedside.directory import Hospital, hospital
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of
from bedside.kit.http.problems import Invalid
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import COOKIE, locale_of
from bedside.patient_access import PRIVATE, TooOften, address_of, language_of

Asked = Request[Any, Any, Any]
_OPEN = "whoever has a list's link may ask for a code; the code is the permission"


@get("/join/{token:str}", guards=[public(_OPEN)], include_in_schema=False)
async def join_page(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """The list, and a field for one's phone or mailbox. Changes nothing."""
    try:
        link = await joining.open_link(tx, token)
    except JoinLinkUnknown:
        return await _page(request, tx, None, "unknown", 404)
    return await _page(request, tx, link, "begin")


@post("/join/{token:str}", guards=[public(_OPEN)], status_code=200, include_in_schema=False)
async def ask_for_code(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """Sends a code; the page says the same whether or not anybody is known there."""
    try:
        link = await joining.open_link(tx, token)
    except JoinLinkUnknown:
        return await _page(request, tx, None, "unknown", 404)
    contact = (await fields_of(request)).get("contact", "").strip()[:254]
    language = language_of(request)
    place = await hospital(tx, link.hospital_id) if link.hospital_id else None
    try:
        ticket, address = await joining.send_code(
            tx,
            link=link,
            contact=contact,
            country=place.country if place else None,
            words=WORDS[language]["agree"].format(list=link.name),
            language=language,
            asked_from=address_of(request),
        )
    except Invalid:
        return await _page(request, tx, link, "begin", 422, error="contact_wrong", contact=contact)
    except TooOften:
        return await _page(request, tx, link, "begin", 429, error="too_often", contact=contact)
    return await _page(request, tx, link, "code", ticket=ticket, address=address)


@post("/join/{token:str}/code", guards=[public(_OPEN)], status_code=200, include_in_schema=False)
async def type_in_code(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """Joins or leaves where the code is right; a wrong one is counted."""
    try:
        link = await joining.open_link(tx, token)
    except JoinLinkUnknown:
        return await _page(request, tx, None, "unknown", 404)
    fields = await fields_of(request)
    ticket = fields.get("ticket", "")[:64]
    done = await joining.try_code(
        tx, link=link, ticket=ticket, code=fields.get("code", ""), join=fields.get("do") != "leave"
    )
    if done.did == "wrong":
        asking = await joining.asked_by(tx, link=link, ticket=ticket)
        address = asking.address if asking else ""
        return await _page(
            request, tx, link, "code", 422, ticket=ticket, address=address, error="wrong", left=done.left
        )
    if done.did in ("expired", "used_up"):
        return await _page(request, tx, link, "begin", 422, error=done.did)
    return await _page(request, tx, link, done.did)


async def _page(
    request: Asked,
    tx: Tx,
    link: OpenList | None,
    what: str,
    status_code: int = 200,
    *,
    error: str = "",
    left: int = 0,
    contact: str = "",
    ticket: str = "",
    address: str = "",
) -> Template:
    language = language_of(request)
    there = WORDS[language]
    place: Hospital | None = await hospital(tx, link.hospital_id) if link and link.hospital_id else None

    def t(key: str, **values: object) -> str:
        return there[key].format(**values) if values else there[key]

    context = {
        "t": t,
        "what": what,
        "list": link,
        "language": language,
        "languages": [(code, words["language"]) for code, words in WORDS.items()],
        "hospital": place,
        "locale": locale_of(language, place.locale) if place else language,
        "zone": place.time_zone if place else "UTC",
        # a form's own path is asked for again in another language by GET, so it leads to the beginning
        "here": request.url.path.removesuffix("/code"),
        "query": request.url.query,
        "error": error,
        "left": left,
        "contact": contact,
        "ticket": ticket,
        "address": address,
    }
    keep = [Cookie(key=COOKIE, value=language, max_age=31_536_000, samesite="lax", httponly=True)]
    return Template(
        "campaigns/join.html",
        context=context,
        status_code=status_code,
        headers=PRIVATE,
        cookies=keep if "lang" in request.query_params else [],
    )


JOIN_PAGES: list[Any] = [join_page, ask_for_code, type_in_code]
