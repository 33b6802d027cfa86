"""REST of messages and senders."""

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.openapi.spec import Example
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, audit_reading, requires
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Invalid
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import Channel
from bedside.messaging import by_hand, store_attachments, store_reading
from bedside.messaging.circuits import standing
from bedside.messaging.model import MessageStatus, SendingAddress
from bedside.messaging.routes_price_list import PRICE_LIST_ROUTES
from bedside.messaging.views import (
    MessageStep,
    MessageView,
    MessageWithSteps,
    NewMessageByHand,
    RecordId,
    SenderChanges,
    SenderView,
)

Asked = Request[SignedIn, Any, Any]
TAGS = ["Messages"]


@get(
    "/api/messages",
    guards=[requires(Permission.MESSAGES_READ)],
    tags=TAGS,
    summary="Messages sent and to be sent",
)
async def list_messages(
    request: Asked,
    tx: Transaction,
    patient_id: Annotated[RecordId | None, QueryParameter(name="patientId")] = None,
    owner_id: Annotated[RecordId | None, QueryParameter(name="ownerId")] = None,
    hospital_id: Annotated[RecordId | None, QueryParameter(name="hospitalId")] = None,
    status: Annotated[list[MessageStatus] | None, QueryParameter(name="status")] = None,
    channel: Annotated[Channel | None, QueryParameter(name="channel")] = None,
    about: Annotated[str | None, QueryParameter(name="about", max_length=40)] = None,
    about_id: Annotated[RecordId | None, QueryParameter(name="aboutId")] = None,
    campaign_id: Annotated[
        RecordId | None,
        QueryParameter(
            name="campaignId",
            description="The messages of one campaign, as `about=campaign&aboutId=` gives them.",
            examples=[Example(summary="The messages of campaign 12", value=12)],
        ),
    ] = None,
    since: Annotated[datetime | None, QueryParameter(name="from")] = None,
    until: Annotated[datetime | None, QueryParameter(name="to")] = None,
    q: Annotated[str | None, QueryParameter(max_length=200, description="An address, or part of a name.")] = None,
    sort: Annotated[str | None, QueryParameter(name="sort")] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[MessageView]:
    """The messages of your hospitals, newest first (`sort`: `id` or `-id`); `status` may be given several times.

    `from` and `to` are instants with their offset, of queueing, `to` not included. Messages to owners are there for
    those who may read what is said to owners.
    """
    return await store_reading.MESSAGES.page(
        tx,
        filters={
            **store_reading.within(request.user),
            "hospital_id": hospital_id,
            "patient_id": patient_id,
            "owner_id": owner_id,
            "status": [str(one) for one in status] if status else None,
            "channel": channel,
            "about": about,
            "about_id": about_id,
            "campaign_id": campaign_id,
            "from": _instant(since, "/from"),
            "to": _instant(until, "/to"),
            "search": q.strip() if q and q.strip() else None,
        },
        sort=sort,
        cursor=cursor,
        limit=limit,
    )


@post(
    "/api/messages",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Send a message by hand",
    status_code=201,
)
async def send_message(data: JSONBody[NewMessageByHand], request: Asked, tx: Transaction) -> Response[Any]:
    """Queues a message to a patient (`patientId`), an owner (`ownerId`), or a number or mail address (`to` with
    `channel`).

    Without `channel` the patient's preferred one is taken. Words go out as they are (`body`); a template is named by
    `templateKey` with its `variables`. Where the patient has not agreed to it, or has stopped us, the answer is a 422
    `message-refused`. On WhatsApp words outside the 24-hour window travel in an approved template.
    """
    work = by_hand.send(tx, new=data, user=request.user)
    return await once(request, tx, work, headers=lambda made: {"Location": f"/api/messages/{made.id}"})


@get(
    "/api/messages/{message_id:int}",
    guards=[requires(Permission.MESSAGES_READ)],
    tags=TAGS,
    summary="One message, with what happened to it",
)
async def read_message(request: Asked, tx: Transaction, message_id: FromPath[int]) -> MessageWithSteps:
    """The message and its steps, oldest first. 404 for one of another hospital."""
    found = await by_hand.message(tx, message_id=message_id, user=request.user)
    if found.patient_id:
        await audit_reading(tx, actor=request.user, patient_id=found.patient_id)
    first = MessageStep(status=MessageStatus.QUEUED, at=found.created_at, detail=found.created_by)
    conversation_id, files = await store_attachments.of_message(tx, message_id=message_id)
    return MessageWithSteps(
        message=found,
        steps=[first, *await store_reading.steps(tx, message_id=message_id)],
        conversation_id=conversation_id,
        attachments=files,
    )


@post(
    "/api/messages/{message_id:int}/cancel",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Cancel a message that waits",
    status_code=200,
)
async def cancel_message(request: Asked, tx: Transaction, message_id: FromPath[int]) -> MessageView:
    """Cancels it; 409 where it has left or ended already."""
    return await by_hand.cancel(tx, message_id=message_id, user=request.user)


@post(
    "/api/messages/{message_id:int}/send-again",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Send a message again that did not arrive",
    status_code=201,
)
async def send_message_again(request: Asked, tx: Transaction, message_id: FromPath[int]) -> Response[Any]:
    """Sends it anew, as a message of its own that `repeats` the first, once. 409 where it arrived or still waits."""
    work = by_hand.send_again(tx, message_id=message_id, user=request.user)
    return await once(request, tx, work, headers=lambda made: {"Location": f"/api/messages/{made.id}"})


@get(
    "/api/senders",
    guards=[requires(Permission.MESSAGES_READ)],
    tags=TAGS,
    summary="Where messages come from",
)
async def list_senders(request: Asked, tx: Transaction) -> Page[SenderView]:
    """The numbers and addresses, those in use first, with what each does now, and what pauses it or holds it back."""
    return Page(items=[one for one in await standing(tx) if request.user.works_at(one.hospital_id)])


@patch(
    "/api/senders/{sender_id:int}",
    guards=[requires(Permission.STAFF_MANAGE)],
    tags=TAGS,
    summary="Change, pause or resume a sender",
)
async def change_sender(
    data: JSONBody[SenderChanges], request: Asked, tx: Transaction, sender_id: FromPath[int]
) -> Response[SendingAddress]:
    """Changes what is sent; `If-Match` guards against another's change meanwhile (412)."""
    changed = await by_hand.change_sender(
        tx, sender_id=sender_id, changes=data, expected_version=expected_version(request), user=request.user
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@post(
    "/api/senders/{sender_id:int}/try",
    guards=[requires(Permission.STAFF_MANAGE)],
    tags=TAGS,
    summary="Try a sender again that is held back",
    status_code=200,
)
async def try_sender(request: Asked, tx: Transaction, sender_id: FromPath[RecordId]) -> SenderView:
    """The next message tries whether the provider works again, without waiting for `nextTryAt`. 409 where the sender is
    not held back."""
    return await by_hand.try_sender(tx, sender_id=sender_id, user=request.user)


def _instant(given: datetime | None, pointer: str) -> datetime | None:
    if given is None:
        return None
    if given.tzinfo is None:
        raise Invalid("This needs its offset, such as 2027-10-25T10:00:00-04:00.", pointer=pointer)
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise Invalid("That time is not of this world.", pointer=pointer) from None


ROUTES = [
    list_messages,
    send_message,
    read_message,
    cancel_message,
    send_message_again,
    list_senders,
    change_sender,
    try_sender,
    *PRICE_LIST_ROUTES,
]
