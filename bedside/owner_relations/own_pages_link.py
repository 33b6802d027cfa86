"""An owner's own pages by a signed link, without a password. GET changes nothing; a button opens them for half an hour.

Why this is safe: docs/decisions/0012-a-link-opens-an-owners-pages.md.
"""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from bedside.accounts import Gate, SignedIn, audit, link_cookies, public
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.transaction import Transaction
from bedside.owner_relations.model import OwnerLinkOver, OwnerLinkUnknown
from bedside.owner_relations.own_link_words import words
from bedside.owner_relations.own_links import open_owner_link, read_owner_link
from bedside.owner_relations.pages_survey import PRIVATE, language_of, look_of_page
from bedside.owner_relations.store_notices import UsedLink
from bedside.owners import owner

Asked = Request[Any, Any, Any]

_LINKED = "the link is the permission: 128 random bits, sent to the owner"


@get("/o/{token:str}", guards=[public(_LINKED)], include_in_schema=False)
async def link_page(request: Asked, tx: Transaction, token: FromPath[str]) -> Response[Any]:
    """Says whose pages these are, with a button that opens them. Who has opened them goes straight there."""
    try:
        link = await read_owner_link(tx, token)
    except (OwnerLinkUnknown, OwnerLinkOver) as problem:
        return await _nowhere(request, tx, problem)
    user: SignedIn | None = request.user
    if user is not None and user.owner_id == link.owner_id:
        return Redirect("/my", status_code=303, headers=PRIVATE)
    whose = await owner(tx, link.owner_id)
    language = language_of(request, whose)
    context = await look_of_page(request, tx, language, whose) | {
        "t": words(language),
        "name": link.contact_name or whose.name,
        "action": f"/o/{token}",
        "link": link,
        "instead_of": user.name if user is not None else "",
    }
    return Template("owner_relations/own_link.html", context=context, headers=PRIVATE)


@post("/o/{token:str}", guards=[public(_LINKED)], include_in_schema=False)
async def open_pages(request: Asked, tx: Transaction, token: FromPath[str]) -> Response[Any]:
    """Opens the owner's pages in this browser; whoever was signed in here before is signed out."""
    try:
        link = await open_owner_link(tx, token)
    except (OwnerLinkUnknown, OwnerLinkOver) as problem:
        return await _nowhere(request, tx, problem)
    gate: Gate = request.app.state.gate
    user: SignedIn | None = request.user
    if user is not None and user.session_id is not None and user.id is not None:
        await gate.sign_out(session_id=user.session_id, staff_id=user.id, actor=user)
    name = await _name(tx, link)
    opened, _ = gate.let_in_by_link(
        owner_id=link.owner_id, link_id=link.id, name=name, language=link.language, until=link.expires_at
    )
    await audit(
        tx, actor=Actor(kind="owner", id=link.owner_id, name=name), action="owner.link_opened", subject="owner",
        subject_id=link.owner_id, after={"linkId": link.id, "contactId": link.contact_id},
    )  # fmt: skip
    secure = str(request.app.state.settings.public_url).startswith("https://")
    return Redirect("/my", status_code=303, cookies=link_cookies(opened, secure=secure), headers=PRIVATE)


async def _name(tx: Tx, link: UsedLink) -> str:
    return link.contact_name or (await owner(tx, link.owner_id)).name


async def _nowhere(request: Asked, tx: Tx, problem: OwnerLinkUnknown | OwnerLinkOver) -> Template:
    language = language_of(request, None)
    over = isinstance(problem, OwnerLinkOver)
    context = await look_of_page(request, tx, language, None) | {
        "t": words(language),
        "what": "over" if over else "unknown",
        "icon_name": "hourglass" if over else "link",
    }
    return Template("owner_relations/survey_said.html", context=context, status_code=problem.status, headers=PRIVATE)


PAGES: list[Any] = [link_page, open_pages]
