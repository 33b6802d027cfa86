"""REST of conversations: list and search, read, answer, assign, snooze, close and open, say whose they are."""

from datetime import timedelta
from typing import Annotated, Any

from litestar import Request, Response, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, audit_reading, requires
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Invalid
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import Channel
from bedside.messaging import conversations, replying, store_conversations
from bedside.messaging.conversation_model import (
    AnswerTimes,
    Assignment,
    ConversationView,
    ConversationWithLines,
    PersonOfConversation,
    Reply,
    Snooze,
)
from bedside.messaging.store_reading import within
from bedside.messaging.views import RecordId

Asked = Request[SignedIn, Any, Any]
TAGS = ["Conversations"]
STATUSES = ("open", "snoozed", "closed")


def _answer(one: ConversationView) -> Response[ConversationView]:
    return Response(one, headers={"ETag": etag(one.version)})


@get(
    "/api/conversations",
    guards=[requires(Permission.MESSAGES_READ)],
    tags=TAGS,
    summary="Conversations, the newest first",
)
async def list_conversations(
    request: Asked,
    tx: Transaction,
    patient_id: Annotated[RecordId | None, QueryParameter(name="patientId")] = None,
    owner_id: Annotated[RecordId | None, QueryParameter(name="ownerId")] = None,
    needs_answer: Annotated[bool | None, QueryParameter(name="needsAnswer")] = None,
    status: Annotated[str | None, QueryParameter(name="status", max_length=10)] = None,
    channel: Annotated[Channel | None, QueryParameter(name="channel")] = None,
    assigned_to: Annotated[RecordId | None, QueryParameter(name="assignedTo")] = None,
    unassigned: Annotated[bool | None, QueryParameter(name="unassigned")] = None,
    q: Annotated[str | None, QueryParameter(max_length=200, description="A part of a name, address or words.")] = None,
    sort: Annotated[str | None, QueryParameter(name="sort")] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[ConversationView]:
    """One conversation a person, whatever they write by, and one for each address that is nobody's yet.

    `status` is `open`, `snoozed` or `closed`; `needsAnswer` true for what waits for a person; `channel` for those who
    ever wrote by it.
    """
    if status is not None and status not in STATUSES:
        raise Invalid("status is open, snoozed or closed.", pointer="/status")
    filters = {
        **within(request.user),
        "patient_id": patient_id,
        "owner_id": owner_id,
        "needs_answer": needs_answer,
        "status": status,
        "channel": channel,
        "assigned_to": assigned_to,
        "unassigned": unassigned,
        "search": q.strip() if q and q.strip() else None,
    }
    return await store_conversations.CONVERSATIONS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/conversations/answer-times",
    guards=[requires(Permission.MESSAGES_READ)],
    tags=TAGS,
    summary="How long people wait for an answer",
)
async def read_answer_times(
    request: Asked,
    tx: Transaction,
    hours: Annotated[int, QueryParameter(ge=1, le=8784, description="Of the last so many hours.")] = 24,
) -> AnswerTimes:
    """Who waits now, and the median time to a first answer, of your hospitals."""
    since = tx.now - timedelta(hours=hours)
    return await store_conversations.answer_times(tx, since=since, user=request.user)


@get(
    "/api/conversations/{conversation_id:int}",
    guards=[requires(Permission.MESSAGES_READ)],
    tags=TAGS,
    summary="One conversation with its messages",
)
async def read_conversation(
    request: Asked,
    tx: Transaction,
    conversation_id: FromPath[int],
    lines: Annotated[
        int, QueryParameter(ge=1, le=conversations.MOST_LINES, description="How many of the newest.")
    ] = 200,
) -> Response[ConversationWithLines]:
    """The newest messages both ways by every channel and staff's notes, oldest first, with their files; the ways to
    answer; and until when WhatsApp takes free words. One that was brought into another answers with that other."""
    found = await conversations.read_conversation(tx, conversation_id=conversation_id, user=request.user, most=lines)
    if found.conversation.patient_id:
        await audit_reading(tx, actor=request.user, patient_id=found.conversation.patient_id)
    return Response(found, headers={"ETag": etag(found.conversation.version)})


@post(
    "/api/conversations/{conversation_id:int}/replies",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Answer in a conversation",
    status_code=201,
)
async def reply(
    data: JSONBody[Reply], request: Asked, tx: Transaction, conversation_id: FromPath[int]
) -> Response[Any]:
    """Queues the answer and gives it; without `channel` it goes the way that they wrote last. `attachmentIds` are files
    added here before; by WhatsApp each goes as a message of its own. 422 `message-refused` where they stopped us, where
    no address of theirs is known for the channel, or for files outside WhatsApp's window; 422 with a pointer for files
    that the channel does not carry. Nothing is sent then."""
    work = replying.reply(
        tx,
        conversation_id=conversation_id,
        body=data.body,
        channel=data.channel,
        attachment_ids=data.attachment_ids,
        user=request.user,
    )
    return await once(request, tx, work, headers=lambda made: {"Location": f"/api/messages/{made.id}"})


@put(
    "/api/conversations/{conversation_id:int}/assignment",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Give a conversation to a colleague",
)
async def assign_conversation(
    data: JSONBody[Assignment], request: Asked, tx: Transaction, conversation_id: FromPath[int]
) -> Response[ConversationView]:
    """Gives it to `staffId`, who answers messages; null gives it back to everybody. `If-Match` guards it (412)."""
    work = conversations.assign(
        tx,
        conversation_id=conversation_id,
        staff_id=data.staff_id,
        user=request.user,
        expected_version=expected_version(request),
    )
    return _answer(await work)


@put(
    "/api/conversations/{conversation_id:int}/snooze",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Put a conversation off until a time",
)
async def snooze_conversation(
    data: JSONBody[Snooze], request: Asked, tx: Transaction, conversation_id: FromPath[int]
) -> Response[ConversationView]:
    """Out of sight `until` an instant with its offset, or until they write; null brings it back. `If-Match` guards it
    (412)."""
    work = conversations.snooze(
        tx,
        conversation_id=conversation_id,
        until=data.until,
        user=request.user,
        expected_version=expected_version(request),
    )
    return _answer(await work)


@post(
    "/api/conversations/{conversation_id:int}/close",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Close a conversation",
    status_code=200,
)
async def close_conversation(
    request: Asked, tx: Transaction, conversation_id: FromPath[int]
) -> Response[ConversationView]:
    """Closes it until the person writes again. `If-Match` guards it (412)."""
    work = conversations.close(
        tx, conversation_id=conversation_id, user=request.user, expected_version=expected_version(request)
    )
    return _answer(await work)


@post(
    "/api/conversations/{conversation_id:int}/reopen",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Open a closed conversation again",
    status_code=200,
)
async def reopen_conversation(
    request: Asked, tx: Transaction, conversation_id: FromPath[int]
) -> Response[ConversationView]:
    """Opens it, or brings a snoozed one back. `If-Match` guards it (412)."""
    work = conversations.reopen(
        tx, conversation_id=conversation_id, user=request.user, expected_version=expected_version(request)
    )
    return _answer(await work)


@put(
    "/api/conversations/{conversation_id:int}/person",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Say whose a conversation is",
)
async def link_conversation(
    data: JSONBody[PersonOfConversation], request: Asked, tx: Transaction, conversation_id: FromPath[int]
) -> Response[ConversationView]:
    """For one with an address that was nobody's: it becomes the patient's or owner's, or is brought into the one that
    they have, which is the answer. 422 where it has its person already. `If-Match` guards it (412)."""
    work = conversations.link(
        tx,
        conversation_id=conversation_id,
        person=data,
        user=request.user,
        expected_version=expected_version(request),
    )
    return _answer(await work)


ROUTES = [
    list_conversations,
    read_answer_times,
    read_conversation,
    reply,
    assign_conversation,
    snooze_conversation,
    close_conversation,
    reopen_conversation,
    link_conversation,
]
