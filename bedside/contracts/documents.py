"""Files that belong to a contract: the signed copy, annexes, letters of notice; each with the SHA-256 of its bytes."""

from collections.abc import AsyncIterator

from bedside.accounts import Role, SignedIn, audit
from bedside.contracts import store_versions, store_work
from bedside.contracts.about import about
from bedside.contracts.events import ContractDocumentAdded
from bedside.contracts.model import Contract, ContractDocument, DocumentKind, NoSuchDocument
from bedside.contracts.reading import version_numbered, versions_of
from bedside.event_log import record
from bedside.kit.database import Tx
from bedside.kit.files import IMAGES, PDF, Files, StoredFile
from bedside.kit.text import one_line

ACCEPTED = IMAGES | {PDF}
LARGEST_DOCUMENT = 20_000_000  # bytes

# What an owner sees; letters and papers of the hospital's own stay with staff.
SHOWN_TO_OWNERS = ("signed_copy", "annex")


async def documents_of(tx: Tx, *, contract: Contract, user: SignedIn) -> list[ContractDocument]:
    """A contract's documents that the user may see, the latest first."""
    found = await store_work.documents(tx, contract.id)
    if user.role is not Role.OWNER:
        return found
    numbers = await _numbers_shown(tx, contract, user)
    return [one for one in found if one.kind in SHOWN_TO_OWNERS and one.version_number in numbers]


async def document_of(tx: Tx, *, contract: Contract, document_id: int, user: SignedIn) -> ContractDocument:
    """One document of a contract. Raises NoSuchDocument (404)."""
    found = await store_work.document(tx, document_id)
    nothing = NoSuchDocument("The contract has no such document.", next_step="Look at its documents.")
    if found is None or found.contract_id != contract.id:
        raise nothing
    if user.role is Role.OWNER and (
        found.kind not in SHOWN_TO_OWNERS or found.version_number not in await _numbers_shown(tx, contract, user)
    ):
        raise nothing
    return found


async def _numbers_shown(tx: Tx, contract: Contract, user: SignedIn) -> set[int | None]:
    """The versions whose papers an owner sees, and None: a paper of the contract as a whole."""
    return {one.number for one in await versions_of(tx, contract=contract, user=user)} | {None}


async def add_document(
    tx: Tx,
    *,
    files: Files,
    contract: Contract,
    name: str,
    content: bytes | AsyncIterator[bytes],
    title: str,
    kind: DocumentKind,
    version: int | None,
    actor: SignedIn,
) -> ContractDocument:
    """Keeps a file with a contract. Raises FileTooLarge (413), MediaTypeRefused, Invalid (422), NoSuchVersion (404)."""
    version_id = None
    if version is not None:
        version_id = version_numbered(await store_versions.versions(tx, [contract.id]), version).id
    kept = await files.keep(
        tx, name=name, content=content, accepted=ACCEPTED, largest=LARGEST_DOCUMENT, pointer="/file"
    )
    called = one_line(title, pointer="/title", needed=False) or kept.name
    document_id = await store_work.insert_document(
        tx,
        {
            "contract_id": contract.id, "version_id": version_id, "file_id": kept.id, "sha256": kept.sha256,
            "title": called, "kind": kind, "created_by_name": actor.name,
        },
    )  # fmt: skip
    made = await document_of(tx, contract=contract, document_id=document_id, user=actor)
    await audit(tx, actor=actor, action="contract.document_added", subject="contract", subject_id=contract.id,
                after=made)  # fmt: skip
    event = ContractDocumentAdded(document_id=made.id, document_title=called, **about(contract))
    await record(tx, event, actor=actor)
    return made


async def put_away(
    tx: Tx, *, contract: Contract, document_id: int, actor: SignedIn, archived: bool = True
) -> ContractDocument:
    """Puts a document away, or brings it back; its bytes stay. Raises NoSuchDocument (404)."""
    before = await document_of(tx, contract=contract, document_id=document_id, user=actor)
    await store_work.archive_document(tx, document_id=document_id, archived=archived)
    after = await document_of(tx, contract=contract, document_id=document_id, user=actor)
    action = "contract.document_put_away" if archived else "contract.document_brought_back"
    await audit(tx, actor=actor, action=action, subject="contract", subject_id=contract.id, before=before, after=after)
    return after


async def stored(tx: Tx, *, files: Files, document: ContractDocument) -> StoredFile:
    """The file of a document. Raises NoSuchDocument (404) where its row is lost."""
    found = await files.file(tx, document.file_id)
    if found is None:
        raise NoSuchDocument("The document's file is lost.", next_step="Upload it again.")
    return found
