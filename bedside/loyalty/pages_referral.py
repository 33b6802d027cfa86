"""The page that a friend's link leads to. Looking at it changes nothing; its button carries the code into booking."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect, Template

from bedside.accounts import public
from bedside.directory import Hospital, hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of
from bedside.kit.http.problems import NotFound
from bedside.kit.http.transaction import Transaction
from bedside.kit.qr import qr_svg
from bedside.loyalty.links import referral_link
from bedside.loyalty.program import program_in_force
from bedside.loyalty.referral_words import WORDS
from bedside.loyalty.referrals import whose_code
from bedside.loyalty.vouchers import read_code
from bedside.patient_access import LANGUAGE_COOKIE, REFERRAL_COOKIE, language_of
from bedside.patients import patient

Asked = Request[Any, Any, Any]

_SHARED = "the link is there to be shared; it says neither whose it is nor anything about them"
# who thinks it over, or asks at home first, still comes by the invitation
_REMEMBERED = 30 * 24 * 3600  # seconds
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


@get("/r/{code:str}", guards=[public(_SHARED)], include_in_schema=False)
async def invitation(request: Asked, tx: Transaction, code: FromPath[str]) -> Template:
    """What a friend's link shows: where one may book, and what it earns. Changes nothing."""
    referrer_id = await whose_code(tx, code)
    places = [one for one in await hospitals(tx) if one.online_booking]
    if referrer_id is None:
        return _page(request, "referral_unknown", place=None, status_code=404)
    home = (await patient(tx, referrer_id)).hospital_id
    places.sort(key=lambda one: one.id != home)  # stable: the rest stay in their order
    points = (await program_in_force(tx)).points_for
    return _page(
        request,
        "referral",
        place=await _look(tx, home, places),
        code=read_code(code),
        places=places,
        friend_earns=points("referral"),
        you_earn=points("referred"),
    )


@post("/r/{code:str}", guards=[public(_SHARED)], include_in_schema=False)
async def accept(request: Asked, tx: Transaction, code: FromPath[str]) -> Redirect:
    """On to booking, with the code in a cookie of this browser, for a month."""
    slug = (await fields_of(request)).get("hospital", "")
    known = {one.slug for one in await hospitals(tx) if one.online_booking}
    keep = []
    if await whose_code(tx, code) is not None:
        keep = [
            Cookie(
                key=REFERRAL_COOKIE,
                value=read_code(code),
                path="/book",
                max_age=_REMEMBERED,
                samesite="lax",
                httponly=True,
            )
        ]
    return Redirect(f"/book/{slug}" if slug in known else "/book", status_code=303, headers=_HEADERS, cookies=keep)


@get("/r/{code:str}/qr.svg", guards=[public(_SHARED)], include_in_schema=False, sync_to_thread=False)
def draw_invitation(code: FromPath[str]) -> Response[bytes]:
    """The link as QR, for who shows it on a phone. It does not say whether there is such a code."""
    read = read_code(code)
    if read is None:
        raise NotFound("This is no invitation.", next_step="A code has eight letters and digits.")
    kept = {"Cache-Control": "public, max-age=86400", "X-Robots-Tag": "noindex"}
    return Response(qr_svg(referral_link(read)), media_type="image/svg+xml", headers=kept)


async def _look(tx: Tx, home: int | None, places: list[Hospital]) -> Hospital | None:
    """The hospital whose name stands above the page: the friend's own, or the only one."""
    there = await hospitals(tx)
    return next((one for one in there if one.id == home), there[0] if len(there) == 1 else None)


def _page(request: Asked, name: str, *, place: Hospital | None, status_code: int = 200, **context: Any) -> Template:
    language = language_of(request, place.language if place and "accept-language" not in request.headers else None)
    speaks = place is not None and place.locale.replace("_", "-").split("-")[0] == language
    keep = [Cookie(key=LANGUAGE_COOKIE, value=language, max_age=31_536_000, samesite="lax", httponly=True)]
    return Template(
        f"loyalty/{name}.html",
        context={
            "t": _words(language),
            "language": language,
            "languages": [(tag, there["language"]) for tag, there in WORDS.items()],
            "hospital": place,
            "locale": place.locale if place is not None and speaks else language,
            "zone": place.time_zone if place is not None else "UTC",
            "here": request.url.path,
            "query": request.url.query,
            **context,
        },
        status_code=status_code,
        headers=_HEADERS,
        cookies=keep if "lang" in request.query_params else [],
    )


def _words(language: str) -> Callable[..., str]:
    there = WORDS[language]

    def t(key: str, **values: object) -> str:
        return there[key].format(**values) if values else there[key]

    return t


REFERRAL_PAGES: list[Any] = [invitation, accept, draw_invitation]
