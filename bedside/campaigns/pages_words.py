"""The part of a list's page that says how people join it themselves: its words, its link, who left lately."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import joining, lists, store_links, words
from bedside.campaigns.audience_model import Audience, Id
from bedside.campaigns.link_model import ListLink, NoListLink
from bedside.campaigns.store_links import Departure
from bedside.campaigns.word_model import ListWords, how_to_leave
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, read_as, told
from bedside.kit.http.problems import NotFound, Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.qr import qr_svg

Asked = Request[SignedIn, Any, Any]
EDIT = [requires(Permission.CAMPAIGNS_EDIT)]
CAME_BY = {"hand": "Hand", "file": "File", "word": "Their word", "link": "The link"}
_PRIVATE = {"Cache-Control": "private, no-store"}
_LONG = "40 letters at most a word, ten words at most."


class Ways(msgspec.Struct, kw_only=True):
    """How people join a list, and who left it lately."""

    joins: str
    leaves: str
    leaving: str
    link: ListLink | None
    departures: list[Departure]


async def ways(tx: Tx, user: SignedIn, one: Audience) -> Ways:
    """How people join and leave a list themselves."""
    chosen = await words.words_of(tx, list_id=one.id, user=user)
    try:
        link: ListLink | None = await joining.link_of(tx, list_id=one.id, user=user)
    except NoListLink:
        link = None
    return Ways(
        joins=", ".join(word.word for word in chosen.joins),
        leaves=", ".join(word.word for word in chosen.leaves),
        leaving=how_to_leave(await words.kept_of(tx, list_id=one.id), language="en"),
        link=link,
        departures=await store_links.departures(tx, list_id=one.id, whose=one.whose, within=user.hospitals),
    )


@post("/audiences/{audience_id:int}/words", guards=EDIT, include_in_schema=False, status_code=200)
async def choose_words_by_form(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Template:
    """Keeps the words, comma by comma; the language that one had by REST stays its own."""
    fields = await fields_of(request)
    before = await words.words_of(tx, list_id=audience_id, user=request.user)
    spoken = {word.word: word.language for word in [*before.joins, *before.leaves]}
    given = {
        name: [{"word": word, "language": spoken.get(word)} for word in _parts(fields.get(name, ""))]
        for name in ("joins", "leaves")
    }
    try:
        chosen = read_as(ListWords, given, {"joins": _LONG, "leaves": _LONG})
        async with tx.savepoint():
            await words.choose(tx, list_id=audience_id, words=chosen, user=request.user)
    except (Wrong, Problem) as fault:
        errors = fault.errors if isinstance(fault, Wrong) else told(fault, ("joins", "leaves"))
        return Template("campaigns/audience_refused.html", context={"errors": errors}, status_code=422)
    return _back(audience_id, "Kept")


def _parts(text: str) -> list[str]:
    return [word for part in text.replace("،", ",").split(",") if (word := part.strip())]


@post("/audiences/{audience_id:int}/link", guards=EDIT, include_in_schema=False, status_code=200)
async def make_link_by_form(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Template:
    """Makes the link, or another in its place."""
    await joining.make_link(tx, list_id=audience_id, user=request.user)
    return _back(audience_id, "The link is made")


@post("/audiences/{audience_id:int}/link/withdraw", guards=EDIT, include_in_schema=False, status_code=200)
async def withdraw_link_by_form(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Template:
    """Takes it back, once that was confirmed."""
    await joining.withdraw_link(tx, list_id=audience_id, user=request.user)
    return _back(audience_id, "The link leads nowhere now")


def _back(list_id: int, title: str) -> Template:
    context = {"title": title, "text": ""}
    return Template("campaigns/said.html", context=context, headers={"HX-Redirect": f"/audiences/{list_id}/people"})


@get("/audiences/{audience_id:int}/link/qr.svg", guards=EDIT, include_in_schema=False)
async def draw_link(request: Asked, tx: Transaction, audience_id: FromPath[Id]) -> Response[bytes]:
    """The link as QR, for posters and waiting rooms."""
    await lists.the_list(tx, list_id=audience_id, user=request.user)
    link = await joining.link_of(tx, list_id=audience_id, user=request.user)
    if link.url is None:
        raise NotFound("This link cannot be shown again.", next_step="Make it anew.")
    return Response(qr_svg(link.url), media_type="image/svg+xml", headers=_PRIVATE)


WORD_PAGES: list[Any] = [choose_words_by_form, make_link_by_form, withdraw_link_by_form, draw_link]
