"""Files that staff send with an answer, and files of a conversation that staff look at."""

import asyncio
from collections.abc import Sequence

from bedside.accounts import SignedIn, audit_reading
from bedside.kit import file_types
from bedside.kit.database import Tx
from bedside.kit.files import Files, FileTooLarge, MediaTypeRefused, StoredFile
from bedside.kit.http.problems import Invalid
from bedside.kit.sealing import signed, signed_text
from bedside.messaging import conversations, store_attachments, store_conversations
from bedside.messaging.attachment_model import (
    ACCEPTED,
    KINDS_IN_WORDS,
    LARGEST,
    Attachment,
    AttachmentNotFound,
    name_for,
)
from bedside.messaging.conversation_model import ConversationView
from bedside.messaging.links import address_of

# what a message at Twilio may at most wait for its turn there, since its files are fetched when it has come
LINK_SECONDS = 36_000
_CONTEXT = "message attachment"


async def add(
    tx: Tx, *, files: Files, conversation_id: int, name: str, content: bytes, user: SignedIn, pointer: str = "/file"
) -> Attachment:
    """Keeps a file that an answer in the conversation may take along. What it is, its bytes say.

    Raises ConversationNotFound (404), FileTooLarge (413) over 10 MB, MediaTypeRefused (422) for what is not taken,
    Forbidden (403) where they may not answer.
    """
    found = await conversations.conversation(tx, conversation_id=conversation_id, user=user)
    conversations.check_may_write(found, user)
    if len(content) > LARGEST:
        raise FileTooLarge(
            f"“{name_for(name, '')}” is larger than {LARGEST / 1_000_000:g} MB.",
            pointer=pointer,
            next_step="Send a smaller one.",
            largest=LARGEST,
        )
    if not content:
        raise Invalid("The file is empty.", pointer=pointer, next_step="Choose another file.")
    media_type, size = await asyncio.to_thread(looked_at, content)
    if media_type is None or media_type not in ACCEPTED:
        raise MediaTypeRefused(
            f"“{name_for(name, '')}” is of no kind that is sent from here.",
            pointer=pointer,
            next_step=f"Send {KINDS_IN_WORDS}.",
            accepted=sorted(ACCEPTED),
        )
    called = name_for(name, media_type)
    kept = await files.keep(
        tx, name=called, content=content, accepted=ACCEPTED, largest=LARGEST, pointer=pointer, media_type=media_type
    )
    width, height = size or (None, None)
    return await store_attachments.insert_uploaded(
        tx,
        conversation_id=found.id,
        name=called,
        file=kept,
        width=width,
        height=height,
        created_by_name=user.name,
    )


def looked_at(content: bytes) -> tuple[str | None, tuple[int, int] | None]:
    """What a file is, and how large a picture. Pure, and slow for a large text: call it in a thread."""
    return file_types.file_type_of(content), file_types.picture_size(content)


async def remove(tx: Tx, *, conversation_id: int, attachment_id: int, user: SignedIn) -> None:
    """Takes a file away that was added and not sent. Raises AttachmentNotFound (404) for any other."""
    found = await conversations.conversation(tx, conversation_id=conversation_id, user=user)
    conversations.check_may_write(found, user)
    ids = await _ids(tx, found)
    if not await store_attachments.remove_unsent(tx, conversation_ids=ids, attachment_id=attachment_id):
        raise AttachmentNotFound("No such file waits to be sent here.")


async def fetch_again(tx: Tx, *, conversation_id: int, attachment_id: int, user: SignedIn) -> None:
    """Has a file of theirs fetched again that was given up. Raises AttachmentNotFound (404) for any other."""
    found = await conversations.conversation(tx, conversation_id=conversation_id, user=user)
    conversations.check_may_write(found, user)
    ids = await _ids(tx, found)
    if not await store_attachments.fetch_again(tx, attachment_id=attachment_id, conversation_ids=ids):
        raise AttachmentNotFound("No such file was given up here.", next_step="Look at the conversation again.")


async def file_of(
    tx: Tx, *, files: Files, conversation_id: int, attachment_id: int, user: SignedIn
) -> tuple[str, StoredFile]:
    """The name and the file of an attachment, for who may see its conversation. Raises ConversationNotFound (404),
    AttachmentNotFound (404) for one of another conversation, or whose bytes are not here."""
    found = await conversations.conversation(tx, conversation_id=conversation_id, user=user)
    ids = await _ids(tx, found)
    one = await store_attachments.kept(tx, attachment_id=attachment_id, conversation_ids=ids)
    if found.patient_id is not None:
        await audit_reading(tx, actor=user, patient_id=found.patient_id)
    return await _served(tx, files, one)


async def linked_file(tx: Tx, *, files: Files, token: str) -> tuple[str, StoredFile]:
    """The same by a link of ours, which a provider fetches it by. Raises AttachmentNotFound (404) for a link that is
    not ours or too old."""
    text = signed_text(token, context=_CONTEXT)
    attachment_id, _, until = (text or "").partition(" ")
    if not until or int(until) < tx.now.timestamp():
        raise AttachmentNotFound("This link leads nowhere, or no longer.")
    one = await store_attachments.kept(tx, attachment_id=int(attachment_id), conversation_ids=None)
    return await _served(tx, files, one)


def link_to(tx: Tx, attachment_id: int) -> str:
    """The address by which a provider fetches a file of ours, for ten hours; empty where none can be made."""
    token = signed(f"{attachment_id} {int(tx.now.timestamp()) + LINK_SECONDS}", context=_CONTEXT)
    return address_of(f"/attachments/{token}") or ""


async def _served(tx: Tx, files: Files, one: store_attachments.Kept | None) -> tuple[str, StoredFile]:
    file = await files.file(tx, one.file_id) if one else None
    if one is None or file is None:
        raise AttachmentNotFound("There is no such file here.", next_step="Look at the conversation again.")
    return one.name, file


async def _ids(tx: Tx, found: ConversationView) -> list[int]:
    return [found.id, *await store_conversations.merged(tx, conversation_id=found.id)]


async def to_send(tx: Tx, *, found: ConversationView, ids: Sequence[int]) -> list[Attachment]:
    """The files that an answer takes along, in the order given; nobody else sends them meanwhile. Raises Invalid (422)
    for one that is not there, or was sent."""
    if len(set(ids)) != len(ids):
        raise Invalid("A file is named twice.", pointer="/attachmentIds")
    waiting = await store_attachments.unsent(tx, conversation_ids=await _ids(tx, found), ids=list(ids))
    for place, one in enumerate(ids):
        if one not in waiting:
            raise Invalid(
                "No such file waits to be sent in this conversation.",
                pointer=f"/attachmentIds/{place}",
                next_step="Add it first; what was sent once is added again.",
            )
    return [waiting[one] for one in ids]
