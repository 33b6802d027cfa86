"""REST of WhatsApp's approval of a version's words."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.database import Tx
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import Approval, NotForApproval, approvals
from bedside.messaging.approving import business_account
from bedside.messaging.views import RecordId
from bedside.messaging.webhooks import accounts_of

Asked = Request[SignedIn, Any, Any]
TAGS = ["Templates"]


async def submit(tx: Tx, state: State, *, template_id: int, version_id: int, user: SignedIn) -> Approval:
    """Has a version handed in. Raises NotForApproval (409) where the settings name no business account at WhatsApp, and
    what `approvals.submit` raises."""
    if business_account(accounts_of(state)) is None:
        raise NotForApproval(
            "No WhatsApp business account is set up, so nobody could approve these words.",
            next_step="Set BEDSIDE_WHATSAPP_BUSINESS_ACCOUNT_ID beside the account's token.",
        )
    made = await approvals.submit(tx, template_id=template_id, version_id=version_id, actor=user)
    await audit(
        tx, actor=user, action="submit", subject="template", subject_id=template_id,
        after={"version": version_id, "name": made.name},
    )  # fmt: skip
    return made


@get(
    "/api/templates/{template_id:int}/versions/{version_id:int}/approval",
    guards=[requires(Permission.TEMPLATES_READ)],
    tags=TAGS,
    summary="Where a version stands at WhatsApp",
)
async def read_approval(tx: Transaction, template_id: FromPath[RecordId], version_id: FromPath[RecordId]) -> Approval:
    """`draft` (not handed in), `submitted`, `approved`, `rejected` with the reason, or `paused`."""
    return await approvals.approval(tx, template_id=template_id, version_id=version_id)


@post(
    "/api/templates/{template_id:int}/versions/{version_id:int}/approval",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    tags=TAGS,
    summary="Have WhatsApp approve a version",
    status_code=201,
)
async def submit_version(
    request: Asked, tx: Transaction, template_id: FromPath[RecordId], version_id: FromPath[RecordId]
) -> Response[Any]:
    """Hands its words in within a second or two, under a name of their own (`follow_up_v3`), with its variables as
    numbered places. One whose `whatsappName` says that it was approved elsewhere is looked up there. Until it is
    approved, people outside the 24-hour window get the newest version that is, or its words in a notice.

    409 `not-for-approval` where it was handed in already; 422 for words that WhatsApp takes in no template: with
    conditions, over 1024 characters, or with a variable first, last or beside another.
    """
    work = submit(tx, request.app.state, template_id=template_id, version_id=version_id, user=request.user)
    return await once(request, tx, work)


@post(
    "/api/templates/{template_id:int}/versions/{version_id:int}/approval/refresh",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    tags=TAGS,
    summary="Ask WhatsApp about a version again",
    status_code=202,
)
async def refresh_approval(
    tx: Transaction, template_id: FromPath[RecordId], version_id: FromPath[RecordId]
) -> Approval:
    """WhatsApp is asked within a second or two; the answer is what is known now. It is asked by itself too: soon after
    submitting, then ever less often, and once an hour what is approved. 409 for a draft."""
    return await approvals.ask_again(tx, template_id=template_id, version_id=version_id)


APPROVAL_ROUTES = [read_approval, submit_version, refresh_approval]
