"""The parts of campaigns' pages that are about how one goes out: how fast, at which hour, and with whose approval."""

from datetime import timedelta
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from bedside.accounts import Permission, Role, SignedIn, requires
from bedside.campaigns import approving, store_approval, store_pacing
from bedside.campaigns.approval import goes_to, is_own, lacks, needs_for_resuming, words_of
from bedside.campaigns.approval_model import ApprovalLimits, Declined, Seen
from bedside.campaigns.model import Campaign, CampaignStatus, Id
from bedside.campaigns.pacing import time_left
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Invalid, Problem
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
Number = Annotated[int, QueryParameter(ge=0, le=2**63 - 1)]
APPROVE = [requires(Permission.CAMPAIGNS_APPROVE)]
SENDING_FIELDS = ("local_time", "per_minute")
LIMITED = (Role.MARKETING, Role.ADMIN)
_S = CampaignStatus


def sending_fields(values: dict[str, str]) -> dict[str, Any]:
    """The fields of a new campaign's form that say how fast it goes, and at which hour."""
    read: dict[str, Any] = {}
    if at := values.get("local_time", "").strip():
        read["local_time"] = at[:5]
    if pace := values.get("per_minute", "").strip():
        number = number_in(pace)
        read["per_minute"] = pace if number is None else number
    return read


async def left_of(tx: Tx, found: Campaign, *, gone: int, all_: int) -> timedelta | None:
    """How long it will still take; None where nothing tells."""
    if found.status is not _S.SENDING or not found.frozen_at:
        return None
    last = await store_pacing.last_due(tx, found.id)
    return time_left(
        now=tx.now, frozen_at=found.frozen_at, gone=gone, left=all_ - gone, per_minute=found.per_minute, last_due=last
    )


async def approval_shown(tx: Tx, found: Campaign, *, user: SignedIn) -> dict[str, Any]:
    """What of it lacks approval for this person (`needs`), or will when its time comes (`will_need`); whether they may
    give it, and what they look at then (`seen`); of a paused one which `words` are new."""
    needs = will_need = None
    if found.status in (_S.DRAFT, _S.SCHEDULED, _S.OVERDUE) and user.may(Permission.CAMPAIGNS_SEND):
        needs = await lacks(tx, found, role=user.role)
    if found.status is _S.SCHEDULED:
        role = (await store_approval.standing(tx, found.id)).changed_by_role
        will_need = needs if role == user.role else await lacks(tx, found, role=role)
    own = is_own(await store_approval.standing(tx, found.id), user)
    may, seen = user.may(Permission.CAMPAIGNS_APPROVE) and not own, None
    if may and found.status is _S.AWAITING_APPROVAL:
        seen = Seen(
            version=found.version, people=await goes_to(tx, found), words=max(await words_of(tx, found), default=0)
        )
    words = await needs_for_resuming(tx, found) if found.status is _S.PAUSED else ""
    return {"needs": needs, "will_need": will_need, "words": words, "own": own, "may": may, "seen": seen}


@post("/campaigns/{campaign_id:int}/approve", guards=APPROVE, include_in_schema=False, status_code=200)
async def approve_from_page(
    request: Asked, tx: Transaction, campaign_id: FromPath[Id], version: Number, people: Number, words: Number
) -> Template:
    """Approves of it, as they saw it."""
    seen = Seen(version=version, people=people, words=words)
    found = await approving.approve(tx, campaign_id=campaign_id, user=request.user, seen=seen)
    return _said(
        "Approved: it goes out at its time" if found.status is _S.SCHEDULED else "Approved: it sends now", found
    )


@post("/campaigns/{campaign_id:int}/decline", guards=APPROVE, include_in_schema=False, status_code=200)
async def decline_from_page(request: Asked, tx: Transaction, campaign_id: FromPath[Id]) -> Template:
    """Does not approve of it, and says why."""
    values = await fields_of(request)
    try:
        given = read_as(Declined, {"because": values.get("because", "")})
    except Wrong:
        raise Invalid("Say why, in 500 characters at most.", pointer="/because") from None
    found = await approving.decline(tx, campaign_id=campaign_id, because=given.because, user=request.user)
    return _said("Declined: it is a draft again", found)


def _said(words: str, found: Campaign) -> Template:
    context = {"title": words, "text": found.name}
    return Template("campaigns/said.html", context=context, headers={"HX-Trigger": "campaign"})


@get("/settings/campaign-approval", guards=APPROVE, include_in_schema=False)
async def limits_page(tx: Transaction) -> Template:
    """To how many people each role may write without approval."""
    limits = await store_approval.limits(tx)
    return _limits({role: str(limits.get(role, "")) for role in LIMITED}, {})


@post("/settings/campaign-approval", guards=APPROVE, include_in_schema=False, status_code=200)
async def keep_limits(request: Asked, tx: Transaction) -> Template | Redirect:
    """Sets it."""
    values = await fields_of(request)
    written = {role: values.get(role, "") for role in LIMITED}
    numbers = {role: number_in(text) for role, text in written.items() if text}
    errors = {str(role): "A whole number, or nothing." for role, number in numbers.items() if number is None}
    if errors:
        return _limits(written, errors)
    try:
        given = read_as(ApprovalLimits, {"limits": {str(role): number for role, number in numbers.items()}})
        async with tx.savepoint():
            await approving.set_limits(tx, given=given, user=request.user)
    except Wrong:
        return _limits(written, {"": "Write 2,000,000,000 at most."})
    except Problem as problem:
        return _limits(written, told(problem, LIMITED))
    return Redirect("/settings/campaign-approval", status_code=303)


def _limits(values: dict[Role, str], errors: dict[str, str]) -> Template:
    roles = [(str(role), role.replace("_", " ").capitalize(), values.get(role, "")) for role in LIMITED]
    context = {"roles": roles, "errors": errors}
    return Template("campaigns/approval_limits.html", context=context, status_code=422 if errors else 200)


APPROVAL_PAGES = [approve_from_page, decline_from_page, limits_page, keep_limits]
