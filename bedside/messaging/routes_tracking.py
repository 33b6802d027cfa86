"""REST of tracking: what is known of a message, and which templates are tracked."""

from typing import Any

from litestar import Request, get, put
from litestar.params import FromPath, JSONBody

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.transaction import Transaction
from bedside.messaging import tracking
from bedside.messaging.tracking_model import MessageTracking, TemplateTracking, TrackingWish
from bedside.messaging.views import RecordId

Asked = Request[SignedIn, Any, Any]


@get(
    "/api/messages/{message_id:int}/tracking",
    guards=[requires(Permission.MESSAGES_READ)],
    tags=["Messages"],
    summary="Opens and clicks of a message",
)
async def get_tracking(request: Asked, tx: Transaction, message_id: FromPath[RecordId]) -> MessageTracking:
    """People's apart from those of machines: filters and proxies that look into mail before anybody does. Neither
    addresses nor browsers are kept. Only mail is tracked: news, and templates where it was switched on."""
    return await tracking.message_tracking(tx, message_id=message_id, user=request.user)


@get(
    "/api/templates/{template_id:int}/tracking",
    guards=[requires(Permission.TEMPLATES_READ)],
    tags=["Templates"],
    summary="Whether mail of a template is tracked",
)
async def get_template_tracking(tx: Transaction, template_id: FromPath[RecordId]) -> TemplateTracking:
    """As it was set, and what comes of it."""
    return await tracking.template_tracking(tx, template_id=template_id)


@put(
    "/api/templates/{template_id:int}/tracking",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    tags=["Templates"],
    summary="Track mail of a template, or not",
)
async def put_template_tracking(
    request: Asked, tx: Transaction, template_id: FromPath[RecordId], data: JSONBody[TrackingWish]
) -> TemplateTracking:
    """`{"tracks": true}`; null goes back to what its purpose says: news is tracked, everything else is not. 422 for a
    template that may carry clinical detail, which is never tracked."""
    return await tracking.set_template_tracking(tx, template_id=template_id, tracks=data.tracks, user=request.user)


TRACKING_ROUTES = [get_tracking, get_template_tracking, put_template_tracking]
