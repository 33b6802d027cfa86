"""Where tracked links lead by, the picture of opened mail, and what staff see of both."""

import base64
from typing import Any
from urllib.parse import quote

import psycopg
import structlog
from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, public, requires
from bedside.kit.http.forms import fields_of
from bedside.kit.http.transaction import Transaction
from bedside.messaging import tracking
from bedside.messaging.links import LinkUnknown
from bedside.messaging.tracking_model import TemplateTracking
from bedside.messaging.views import RecordId

log = structlog.get_logger()

PRIVATE = {"Cache-Control": "no-store, private", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
_SIGNED = "the address is signed by us and says nothing but where it leads"
# what an address is made of; letters of other alphabets travel percent-encoded in a header
_KEPT = "%/:=&?~#+!$,;'@()*[]"
_DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@get("/t/{token:str}", guards=[public(_SIGNED)], include_in_schema=False, status_code=302)
async def follow_link(request: Request[Any, Any, Any], state: State, token: FromPath[str]) -> Response[None]:
    """Counts the click and leads on. Where nothing can be counted, it leads on all the same."""
    target = tracking.read_link(token)
    if target is None:
        raise LinkUnknown("This link leads nowhere.", next_step="Open it from the message once more.")
    try:
        async with state.database.transaction() as tx:
            await tracking.note_click(tx, target, method=_asked(request), headers=request.headers)
    except (psycopg.Error, TimeoutError) as error:
        log.warning("click_not_counted", error=str(error))
    return Response(None, status_code=302, headers={**PRIVATE, "Location": quote(target.url, safe=_KEPT)})


@get("/t/{token:str}/open.gif", guards=[public(_SIGNED)], include_in_schema=False, status_code=200)
async def opened(request: Request[Any, Any, Any], state: State, token: FromPath[str]) -> Response[bytes]:
    """A picture of one dot. Whoever makes addresses up gets the same dot, and nothing is counted."""
    message_id = tracking.read_pixel(token)
    if message_id is not None:
        try:
            async with state.database.transaction() as tx:
                await tracking.note_open(tx, message_id, method=_asked(request), headers=request.headers)
        except (psycopg.Error, TimeoutError) as error:
            log.warning("open_not_counted", error=str(error))
    return Response(_DOT, media_type="image/gif", headers=PRIVATE)


def _asked(request: Request[Any, Any, Any]) -> str:
    """GET or HEAD, which is answered as GET."""
    return str(request.scope.get("state", {}).get("method") or request.method)


@get("/messages/{message_id:int}/tracking", guards=[requires(Permission.MESSAGES_READ)], include_in_schema=False)
async def tracking_panel(
    request: Request[SignedIn, Any, Any], tx: Transaction, message_id: FromPath[RecordId]
) -> Template:
    """Whether a message was opened and which of its links were followed: a part of its page."""
    found = await tracking.message_tracking(tx, message_id=message_id, user=request.user)
    return Template("messaging/tracking.html", context={"tracking": found})


@get("/templates/{template_id:int}/tracking", guards=[requires(Permission.TEMPLATES_READ)], include_in_schema=False)
async def template_switch(
    request: Request[SignedIn, Any, Any], tx: Transaction, template_id: FromPath[RecordId]
) -> Template:
    """Whether mail of a template is tracked: a part of its page."""
    found = await tracking.template_tracking(tx, template_id=template_id)
    return _switch(request, template_id, found, saved=False)


@post("/templates/{template_id:int}/tracking", guards=[requires(Permission.TEMPLATES_EDIT)], include_in_schema=False,
      status_code=200)  # fmt: skip
async def switch_template(
    request: Request[SignedIn, Any, Any], tx: Transaction, template_id: FromPath[RecordId]
) -> Template:
    """Switches it."""
    wanted = {"true": True, "false": False}.get((await fields_of(request)).get("tracks", ""))
    found = await tracking.set_template_tracking(tx, template_id=template_id, tracks=wanted, user=request.user)
    return _switch(request, template_id, found, saved=True)


def _switch(
    request: Request[SignedIn, Any, Any], template_id: int, found: TemplateTracking, *, saved: bool
) -> Template:
    context = {
        "template_id": template_id,
        "tracking": found,
        "may_edit": request.user.may(Permission.TEMPLATES_EDIT),
        "saved": saved,
    }
    return Template("messaging/template_tracking.html", context=context)


TRACKING_PAGES = [follow_link, opened, tracking_panel, template_switch, switch_template]
