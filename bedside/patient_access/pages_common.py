"""What the pages for patients have in common: the language, the look's context, and who asks."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name
from litestar import Request
from litestar.datastructures import Cookie
from litestar.response import Redirect, Template

from bedside.directory import Hospital
from bedside.kit.http.request import network_of
from bedside.patient_access.languages import COOKIE, LANGUAGES, locale_of, spoken, words

Asked = Request[Any, Any, Any]

# What an invitation's button leaves in the browser, for who books some days later.
REFERRAL_COOKIE = "bedside_referral"
REFERRAL_CODE = re.compile("^[A-Z0-9-]{4,20}$")

# A page behind a token is nobody else's: no cache keeps it, no search engine lists it, no link tells its address.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow"}


def language_of(request: Asked, *wishes: str | None) -> str:
    """The language to answer in: `?lang=`, else the one chosen before, else the wishes, else the browser's."""
    return spoken(
        request.query_params.get("lang"),
        request.cookies.get(COOKIE),
        *wishes,
        accepted=request.headers.get("accept-language", ""),
    )


def address_of(request: Asked) -> str | None:
    """The address that a request comes from, for the limits; None where there is none (a test, a socket)."""
    return network_of(request.client.host if request.client else None)


def referral_of(request: Asked) -> str | None:
    """The code of the friend who sent them, where they came by an invitation; whether it is one is not judged here."""
    given = request.cookies.get(REFERRAL_COOKIE, "")
    return given if REFERRAL_CODE.match(given) else None


def zone_words(zone: ZoneInfo, locale: str) -> str:
    """The zone as people call it: Eastern Time."""
    return str(get_timezone_name(zone, width="long", zone_variant="generic", locale=locale.replace("-", "_")))


def page(
    request: Asked,
    template: str,
    /,
    *,
    language: str,
    hospital: Hospital | None,
    status_code: int = 200,
    private: bool = False,
    **context: Any,
) -> Template:
    """A page in a language, with the switch to the others; `lang` in the address is remembered."""
    locale = locale_of(language, hospital.locale if hospital else "en-US")
    t: Callable[..., str] = words(language)
    keep = [Cookie(key=COOKIE, value=language, max_age=31_536_000, samesite="lax", httponly=True)]
    return Template(
        f"patient_access/{template}.html",
        context={
            "t": t,
            "language": language,
            "languages": [(code, there["language"]) for code, there in LANGUAGES.items()],
            "hospital": hospital,
            "locale": locale,
            "zone": hospital.time_zone if hospital else "UTC",
            "zone_words": zone_words(hospital.zone, locale) if hospital else "",
            "here": request.url.path,
            "query": request.url.query,
            **context,
        },
        status_code=status_code,
        headers=PRIVATE if private else {},
        cookies=keep if "lang" in request.query_params else [],
    )


def go(path: str, **query: str) -> Redirect:
    """On to another page after a form was taken (303), so that reloading sends nothing again."""
    return Redirect(path, status_code=303, query_params=query or None, headers=PRIVATE)


def moment(text: object) -> datetime | None:
    """An instant as our own forms send it, with its offset; None for anything else."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo is not None and 2000 < at.year < 2200 else None


def number(text: object) -> int | None:
    """An id as our own forms send it; None for anything else."""
    words_ = str(text)
    return int(words_) if words_.isascii() and words_.isdigit() and len(words_) < 19 else None
