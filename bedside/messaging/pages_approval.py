"""The part of a template's page that shows where its words for WhatsApp stand, and hands them in."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.database import Tx
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import approvals
from bedside.messaging.routes_approval import submit
from bedside.messaging.views import RecordId

Person = Request[SignedIn, Any, Any]
READ, EDIT = [requires(Permission.TEMPLATES_READ)], [requires(Permission.TEMPLATES_EDIT)]
PATH = "/templates/{template_id:int}/versions/{version_id:int}/approval"


@get(PATH, guards=READ, include_in_schema=False)
async def approval_region(
    request: Person, tx: Transaction, template_id: FromPath[RecordId], version_id: FromPath[RecordId]
) -> Template:
    """Where the version stands."""
    return await _shown(request, tx, template_id, version_id)


@post(PATH, guards=EDIT, status_code=200, include_in_schema=False)
async def submit_from_page(
    request: Person, tx: Transaction, template_id: FromPath[RecordId], version_id: FromPath[RecordId]
) -> Template:
    """Hands it in, or says why it cannot be."""
    try:
        async with tx.savepoint():
            await submit(tx, request.app.state, template_id=template_id, version_id=version_id, user=request.user)
    except Problem as problem:
        return await _shown(request, tx, template_id, version_id, problem)
    return await _shown(request, tx, template_id, version_id)


@post(f"{PATH}/refresh", guards=EDIT, status_code=200, include_in_schema=False)
async def refresh_from_page(
    request: Person, tx: Transaction, template_id: FromPath[RecordId], version_id: FromPath[RecordId]
) -> Template:
    """Has WhatsApp asked at once; the page hears what it says."""
    await approvals.ask_again(tx, template_id=template_id, version_id=version_id)
    return await _shown(request, tx, template_id, version_id, asked=True)


async def _shown(
    request: Person, tx: Tx, template_id: int, version_id: int, problem: Problem | None = None, *, asked: bool = False
) -> Template:
    context = {
        "approval": await approvals.approval(tx, template_id=template_id, version_id=version_id),
        "path": f"/templates/{template_id}/versions/{version_id}/approval",
        "may_edit": request.user.may(Permission.TEMPLATES_EDIT),
        "problem": problem,
        "asked": asked,
    }
    return Template("messaging/template_approval.html", context=context)


APPROVAL_PAGES = [approval_region, submit_from_page, refresh_from_page]
