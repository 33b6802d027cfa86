"""REST of files with messages: add one, take it away, fetch one; and the links by which providers fetch ours."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, QueryParameter

from bedside.accounts import Permission, SignedIn, public, requires
from bedside.kit.files import Files, StoredFile, headers_of
from bedside.kit.http.idempotency import once
from bedside.kit.http.problems import Invalid
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.messaging import attaching
from bedside.messaging.attachment_model import LARGEST, Attachment, AttachmentNotFound
from bedside.messaging.views import RecordId

Asked = Request[SignedIn, Any, Any]
TAGS = ["Conversations"]
# a form wraps the file in lines of its own, and whoever sends a little too much is told the limit by us
LARGEST_BODY = LARGEST + 1_000_000


def files_of(request: Request[Any, Any, Any]) -> Files:
    """Where files are kept."""
    files: Files = request.app.state.files
    return files


async def served(files: Files, name: str, file: StoredFile) -> Stream:
    """A file as it goes out: pictures may be drawn, all else is saved, nothing is kept by a browser."""
    try:
        content = await files.read(file)
    except FileNotFoundError:
        raise AttachmentNotFound("The file's contents were lost.", next_step="Ask for it once more.") from None
    headers = headers_of(file, public=False, name=name) | {"cache-control": "private, no-store"}
    return Stream(content, headers=headers, media_type=file.media_type)


@post(
    "/api/conversations/{conversation_id:int}/attachments",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Add a file to send with an answer",
    request_max_body_size=LARGEST_BODY,
)
async def add_attachment(
    request: Asked,
    tx: Transaction,
    conversation_id: FromPath[RecordId],
    name: Annotated[str, QueryParameter(name="name", max_length=300, description="Of a file sent as the body.")] = "",
) -> Response[Any]:
    """Takes a form (`multipart/form-data`) with the field `file`, or the file itself as the body; then name its `id` in
    `attachmentIds` of a reply within a day. Pictures, PDF, sound, vCard, plain text and office documents without
    macros, as the bytes say (422 `media-type-refused`), of 10 MB at most (413)."""
    content = await request.body()
    if request.content_type[0] == "multipart/form-data":
        upload = (await request.form()).get("file")
        if not isinstance(upload, UploadFile):
            raise Invalid("The form has no file in its field file.", pointer="/file", next_step="Choose a file.")
        name, content = upload.filename, await upload.read()
    adding = attaching.add(
        tx,
        files=files_of(request),
        conversation_id=conversation_id,
        name=name,
        content=content,
        user=request.user,
    )
    return await once(request, tx, adding, headers=lambda made: {"Location": _location(conversation_id, made)})


def _location(conversation_id: int, made: Attachment) -> str:
    return f"/api/conversations/{conversation_id}/attachments/{made.id}"


@get(
    "/api/conversations/{conversation_id:int}/attachments/{attachment_id:int}",
    guards=[requires(Permission.MESSAGES_READ)],
    tags=TAGS,
    summary="A file of a conversation",
)
async def download_attachment(
    request: Asked, tx: Transaction, conversation_id: FromPath[RecordId], attachment_id: FromPath[RecordId]
) -> Stream:
    """Its bytes, for who may see the conversation. That it was fetched is an audit fact. 404 for a file of another
    conversation, and for one that is not here (yet)."""
    name, file = await attaching.file_of(
        tx,
        files=files_of(request),
        conversation_id=conversation_id,
        attachment_id=attachment_id,
        user=request.user,
    )
    return await served(files_of(request), name, file)


@delete(
    "/api/conversations/{conversation_id:int}/attachments/{attachment_id:int}",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Take away a file that was not sent",
    status_code=204,
)
async def remove_attachment(
    request: Asked, tx: Transaction, conversation_id: FromPath[RecordId], attachment_id: FromPath[RecordId]
) -> None:
    """404 for one that was sent, or that they sent: those stay."""
    await attaching.remove(tx, conversation_id=conversation_id, attachment_id=attachment_id, user=request.user)


@post(
    "/api/conversations/{conversation_id:int}/attachments/{attachment_id:int}/fetch",
    guards=[requires(Permission.MESSAGES_SEND)],
    tags=TAGS,
    summary="Fetch a file again that could not be fetched",
    status_code=202,
)
async def fetch_attachment(
    request: Asked, tx: Transaction, conversation_id: FromPath[RecordId], attachment_id: FromPath[RecordId]
) -> None:
    """For one that is `lost`: it waits again, and the worker asks the provider anew. 404 for any other."""
    await attaching.fetch_again(tx, conversation_id=conversation_id, attachment_id=attachment_id, user=request.user)


@get(
    "/attachments/{token:str}",
    guards=[public("the link is signed by us and ends after ten hours")],
    tags=["Webhooks"],
    summary="A provider fetches a file of ours",
)
async def linked_attachment(request: Request[Any, Any, Any], tx: Transaction, token: FromPath[str]) -> Stream:
    """The file that a message of ours names by its address. 404 once the link has ended."""
    name, file = await attaching.linked_file(tx, files=files_of(request), token=token)
    return await served(files_of(request), name, file)


ROUTES = [add_attachment, download_attachment, remove_attachment, fetch_attachment, linked_attachment]
