"""Files that belong to an owner: identity, tax forms, letters."""

from collections.abc import AsyncIterator
from typing import get_args

from bedside.accounts import audit
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.files import IMAGES, PDF, Files, StoredFile
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.text import one_line
from bedside.owners import store_documents
from bedside.owners.events import OwnerDocumentAdded
from bedside.owners.model import DocumentKind, OwnerDocument
from bedside.owners.registering import locked_owner

LARGEST_DOCUMENT = 20_000_000  # bytes
KINDS: tuple[str, ...] = get_args(DocumentKind)


class NoSuchDocument(NotFound):
    """404: the owner has no such document."""

    type = "no-such-owner-document"


async def documents(tx: Tx, *, owner_id: int) -> list[OwnerDocument]:
    """An owner's documents, the latest first."""
    return await store_documents.documents(tx, owner_id)


async def document(tx: Tx, *, owner_id: int, document_id: int) -> OwnerDocument:
    """One of an owner's documents. Raises NoSuchDocument (404)."""
    found = await store_documents.document(tx, owner_id=owner_id, document_id=document_id)
    if found is None:
        raise NoSuchDocument("This owner has no such document.", next_step="Look at the list of documents.")
    return found


async def add_document(
    tx: Tx,
    *,
    files: Files,
    owner_id: int,
    name: str,
    content: bytes | AsyncIterator[bytes],
    title: str,
    kind: str,
    actor: Actor,
) -> OwnerDocument:
    """Keeps a PDF or an image with an owner. Raises NoSuchOwner (404), Invalid (422), FileTooLarge (413)."""
    whose = await locked_owner(tx, owner_id=owner_id, actor=actor)
    if kind not in KINDS:
        raise Invalid("There is no such kind of document.", pointer="/kind", next_step="Use: " + ", ".join(KINDS))
    called = one_line(title or name, pointer="/title", longest=200)
    stored = await files.keep(
        tx, name=name, content=content, accepted=IMAGES | {PDF}, largest=LARGEST_DOCUMENT, pointer="/file"
    )
    document_id = await store_documents.insert_document(
        tx, owner_id=owner_id, file_id=stored.id, title=called, kind=kind, by=actor.name
    )
    await audit(
        tx, actor=actor, action="owner.document_added", subject="owner", subject_id=owner_id,
        after={"documentId": document_id, "title": called, "kind": kind},
    )  # fmt: skip
    hospital_id = whose.hospital_ids[0] if len(whose.hospital_ids) == 1 else None
    await record(tx, OwnerDocumentAdded(owner_id=owner_id, hospital_id=hospital_id, title=called), actor=actor)
    return await document(tx, owner_id=owner_id, document_id=document_id)


async def put_away(tx: Tx, *, owner_id: int, document_id: int, archived: bool = True, actor: Actor) -> OwnerDocument:
    """Puts a document away, or brings it back. Raises NoSuchOwner, NoSuchDocument (404)."""
    await locked_owner(tx, owner_id=owner_id, actor=actor)
    await document(tx, owner_id=owner_id, document_id=document_id)
    await store_documents.archive_document(tx, document_id, archived=archived)
    await audit(
        tx, actor=actor, action=f"owner.document_{'archived' if archived else 'restored'}", subject="owner",
        subject_id=owner_id, after={"documentId": document_id},
    )  # fmt: skip
    return await document(tx, owner_id=owner_id, document_id=document_id)


async def stored(tx: Tx, *, files: Files, one: OwnerDocument, actor: Actor) -> StoredFile:
    """The file of a document; that it was fetched is an audit fact. Raises NoSuchDocument (404) where it is lost."""
    file = await files.file(tx, one.file_id)
    if file is None:
        raise NoSuchDocument("The file is not there any more.", next_step="Upload it again.")
    await audit(
        tx, actor=actor, action="owner.document_read", subject="owner", subject_id=one.owner_id,
        after={"documentId": one.id},
    )  # fmt: skip
    return file
