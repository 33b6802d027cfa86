"""Pages behind the links in messages: unsubscribing by one click (RFC 8058), and preferences. GET changes nothing; no
scripts are needed."""

from collections.abc import Callable
from typing import Any

from litestar import Request, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import public
from bedside.directory import Hospital, hospital
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of, number_in
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import COOKIE, languages, locale_of, spoken
from bedside.message_templates import Purpose
from bedside.messaging import preferring
from bedside.messaging.links import PREFERENCES, UNSUBSCRIBE, LinkOver, LinkUnknown, Written, link_token, open_link
from bedside.messaging.lists_joined import leave_list, lists_joined
from bedside.messaging.preference_words import WORDS
from bedside.messaging.preferring import Choice

Asked = Request[Any, Any, Any]

# A page behind a token is nobody else's: no cache keeps it, no search engine lists it, no link tells its address.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow"}
_SIGNED = "the link is the permission: signed by us, sent to who opens it"


@get("/u/{token:str}", guards=[public(_SIGNED)], include_in_schema=False)
async def unsubscribe_page(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """Asks first, with a button: programs that look into mail follow links. Changes nothing."""
    return await _asked(request, tx, UNSUBSCRIBE, token, "unsubscribe")


@post("/u/{token:str}", guards=[public(_SIGNED)], status_code=200, include_in_schema=False)
async def unsubscribe(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """Stops news at once; called by mail programs (RFC 8058), which have no cookies, and by the page's button."""
    try:
        message = await open_link(tx, UNSUBSCRIBE, token)
    except LinkUnknown as problem:
        return await _answer(request, tx, _why(problem), None, 404)
    await preferring.unsubscribe(tx, message=message, how="one-click unsubscribe")
    return await _answer(request, tx, "unsubscribed", message)


@get("/preferences/{token:str}", guards=[public(_SIGNED)], include_in_schema=False)
async def preferences_page(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """Channels by purpose, language, and what was said before. Changes nothing."""
    return await _asked(request, tx, PREFERENCES, token, "preferences")


@post("/preferences/{token:str}", guards=[public(_SIGNED)], status_code=200, include_in_schema=False)
async def save_preferences(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """Keeps what was chosen, in the words that were read."""
    try:
        message = await open_link(tx, PREFERENCES, token)
    except LinkUnknown as problem:
        return await _answer(request, tx, _why(problem), None, 404)
    fields = await fields_of(request)
    t = _words(_language(request, message))
    offered = await preferring.choices(tx, message=message)
    spoken_there = fields.get("language", "")
    await preferring.prefer(
        tx,
        message=message,
        wanted={one.name: fields.get(one.name) == "yes" for one in offered},
        words={one.name: t(_purpose_key(one, message), channel=t(one.channel.value)) for one in offered},
        language=spoken_there if spoken_there in dict(languages()) else None,
    )
    return await _answer(request, tx, "preferences", message, saved=True)


@post("/preferences/{token:str}/leave", guards=[public(_SIGNED)], status_code=200, include_in_schema=False)
async def leave_a_list(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """Takes whoever opened the link off one list; other messages go on."""
    try:
        message = await open_link(tx, PREFERENCES, token)
    except LinkUnknown as problem:
        return await _answer(request, tx, _why(problem), None, 404)
    list_id = number_in((await fields_of(request)).get("list", ""))
    if list_id is not None and 0 < list_id < 2**63:
        await leave_list(tx, message, list_id)
    return await _answer(request, tx, "preferences", message, saved=True)


async def _asked(request: Asked, tx: Tx, link: str, token: str, what: str) -> Template:
    try:
        message = await open_link(tx, link, token)
    except LinkUnknown as problem:
        return await _answer(request, tx, _why(problem), None, 404)
    return await _answer(request, tx, what, message)


def _why(problem: LinkUnknown) -> str:
    return "over" if isinstance(problem, LinkOver) else "unknown"


async def _answer(
    request: Asked, tx: Tx, what: str, message: Written | None, status_code: int = 200, *, saved: bool = False
) -> Template:
    language = _language(request, message)
    place: Hospital | None = None
    if message is not None and message.hospital_id is not None:
        place = await hospital(tx, message.hospital_id)
    context: dict[str, Any] = {
        "t": _words(language),
        "what": what,
        "language": language,
        "languages": [(code, there["language"]) for code, there in WORDS.items()],
        "hospital": place,
        "locale": locale_of(language, place.locale) if place else language,
        "zone": place.time_zone if place else "UTC",
        "here": request.url.path,
        "query": request.url.query,
        "saved": saved,
    }
    if message is not None:
        context["address"] = _masked(message.to_address)
        context["owners"] = "_owner" if message.person_kind == "owner" else ""
        context["preferences_path"] = f"/preferences/{link_token(PREFERENCES, message.id)}"
        context["lists"] = await lists_joined(tx, message)
    if message is not None and what == "preferences":
        context["choices"] = [(one, _masked(one.address)) for one in await preferring.choices(tx, message=message)]
        known = await preferring.reader(tx, message=message)
        context["spoken"] = known.language if known else None
        context["offered_languages"] = languages()
        context["history"] = await preferring.history(tx, whose=known) if known else []
    chosen = "lang" in request.query_params
    keep = [Cookie(key=COOKIE, value=language, max_age=31_536_000, samesite="lax", httponly=True)] if chosen else []
    name = "preferences" if what == "preferences" else "unsubscribe"
    return Template(f"messaging/{name}.html", context=context, status_code=status_code, headers=PRIVATE, cookies=keep)


def _purpose_key(choice: Choice, message: Written) -> str:
    """What is not news is a patient's visits, and an owner's hospital."""
    of_owner = message.person_kind == "owner" and choice.purpose is Purpose.TRANSACTIONAL
    return f"{choice.purpose}_owner" if of_owner else choice.purpose.value


def _language(request: Asked, message: Written | None) -> str:
    return spoken(
        request.query_params.get("lang"),
        request.cookies.get(COOKIE),
        message.language if message else None,
        accepted=request.headers.get("accept-language", ""),
    )


def _words(language: str) -> Callable[..., str]:
    there = WORDS[language]

    def t(key: str, **values: object) -> str:
        return there[key].format(**values) if values else there[key]

    return t


def _masked(address: str) -> str:
    """As much as tells somebody that it is theirs."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}" if at else f"••• {address[-2:]}"


PREFERENCE_PAGES: list[Any] = [unsubscribe_page, unsubscribe, preferences_page, save_preferences, leave_a_list]
