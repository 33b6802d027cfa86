"""What the pages of the directory share: forms that are saved or say what is wrong, and the lists to choose from."""

from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from typing import Any

import babel
import babel.localedata
from babel import Locale
from babel.numbers import get_currency_name, get_territory_currencies
from litestar import Request
from litestar.response import Template

from bedside.accounts import Permission, SignedIn
from bedside.directory.in_view import COOKIE, hospital_chosen
from bedside.directory.model import Hospital
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, told
from bedside.kit.http.problems import NotFound, Problem

Person = Request[SignedIn, Any, Any]
MOST = 200
"""The most that a page of settings lists of one kind; the API pages through more."""
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_LANGUAGES = (
    "en", "es", "ar", "zh", "fr", "hi", "pt", "ru", "de", "it", "vi", "ko", "ja", "pl", "uk", "tr", "fa", "ur", "sv",
)  # fmt: skip


async def place_of(tx: Tx, request: Person) -> Hospital:
    """The hospital in view. Raises NoSuchHospital (404) for somebody who works at none."""
    return await hospital_chosen(tx, user=request.user, cookie=request.cookies.get(COOKIE))


def drawn(request: Person, *, page: str, region: str, context: dict[str, Any]) -> Template:
    """The whole page, or its live region alone where that fetches itself again."""
    may_edit = request.user.may(Permission.DIRECTORY_EDIT)
    name = region if "x-quiet" in request.headers else page
    return Template(f"directory/{name}.html", context={"may_edit": may_edit} | context)


def form(name: str, context: dict[str, Any], errors: dict[str, str]) -> Template:
    """A form in the dialog; 422 where something is wrong, so that it is drawn again with the words beside the field."""
    return Template(f"directory/{name}.html", context=context | {"errors": errors}, status_code=422 if errors else 200)


def saved(title: str, text: str = "", *, undo: str = "") -> Template:
    """Closes the dialog, says what happened, and has the lists fetch themselves; `undo` is what takes it back."""
    return Template(
        "directory/saved.html",
        context={"title": title, "text": text, "undo": undo},
        headers={"HX-Trigger": '{"dialog:close": {}, "settings": {}}'},
    )


async def wrongs(tx: Tx, save: Callable[[], Awaitable[Any]], fields: Iterable[str]) -> dict[str, str]:
    """Saves, and gives what is wrong by field of the form; nothing where all is well, and then it is saved."""
    try:
        async with tx.savepoint():
            await save()
    except Wrong as wrong:
        return wrong.errors
    except Problem as problem:
        return told(problem, tuple(fields))
    return {}


def is_archiving(what: str) -> bool:
    """Whether an address says `archive` (else `restore`). Raises NotFound (404) for another word."""
    if what not in ("archive", "restore"):
        raise NotFound("The directory does not know that.", next_step="Reload the page.")
    return what == "archive"


def languages(*also: str) -> list[tuple[str, str]]:
    """The languages to choose among, and those that somebody has already."""
    tags = [*_LANGUAGES, *(tag for tag in dict.fromkeys(also) if tag and tag not in _LANGUAGES)]
    return [(tag, language_name(tag)) for tag in tags]


@cache
def language_name(tag: str) -> str:
    """A language in English words, which is what the portal is written in."""
    try:
        return Locale.parse(tag, sep="-").get_display_name("en") or tag
    except (ValueError, babel.UnknownLocaleError):
        return tag


@cache
def countries() -> list[tuple[str, str]]:
    """Countries with their two letters, by name."""
    names = Locale("en").territories
    known = ((code, name) for code, name in names.items() if len(code) == 2 and get_territory_currencies(code))
    return sorted(known, key=lambda one: one[1])


@cache
def currencies() -> list[tuple[str, str]]:
    """Currencies that a country pays with today, by their codes."""
    codes = {currency for code, _ in countries() for currency in get_territory_currencies(code)}
    return [(code, f"{code}, {get_currency_name(code, locale='en')}") for code in sorted(codes)]


@cache
def locales() -> list[tuple[str, str]]:
    """A language and a country, which numbers, money and dates are written after."""
    found = [name for name in babel.localedata.locale_identifiers() if len(name) == 5 and name[2] == "_"]
    named = [(name.replace("_", "-"), Locale.parse(name).get_display_name("en") or name) for name in found]
    return sorted(named, key=lambda one: one[1])
