"""REST of what belongs to a contract: its documents and its history."""

from typing import Annotated, Any, get_args

from litestar import Request, Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, QueryParameter

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.contracts import documents, reading, store_versions, store_work
from bedside.contracts.model import ContractDocument, ContractHistory, DocumentKind, NoSuchDocument
from bedside.contracts.terms import Id
from bedside.kit.files import Files, headers_of
from bedside.kit.http.forms import number_in
from bedside.kit.http.problems import Invalid
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire

Person = Request[SignedIn, Any, Any]
TAGS = ["Contracts"]
KINDS: tuple[str, ...] = get_args(DocumentKind)
# a form wraps the file in its own lines, and whoever sends a little too much is told the limit by us
LARGEST_BODY = documents.LARGEST_DOCUMENT + 1_000_000


class Documents(Wire, kw_only=True):
    """A contract's documents, the latest first."""

    items: list[ContractDocument]


def files_of(request: Request[Any, Any, Any]) -> Files:
    """Where files are kept."""
    files: Files = request.app.state.files
    return files


async def upload_of(request: Request[Any, Any, Any], query: dict[str, str]) -> tuple[str, Any, dict[str, str]]:
    """The name, the bytes, and the words beside a file that was sent: as a form, or as the body with a query."""
    if request.content_type[0] != "multipart/form-data":
        return query.get("title") or "document", request.stream(), query
    form = await request.form()
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise Invalid("The form has no file in its field file.", pointer="/file", next_step="Choose a file.")
    words = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    return upload.filename, await upload.read(), words


def kind_of(words: dict[str, str]) -> DocumentKind:
    """The kind of document that was named. Raises Invalid (422)."""
    kind = words.get("kind") or "other"
    if kind not in KINDS:
        raise Invalid("There is no such kind of document.", pointer="/kind", next_step="Use: " + ", ".join(KINDS))
    return kind  # type: ignore[return-value]  # it is one of them


@get(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/documents",
    guards=[requires(Permission.CONTRACTS_READ, own=True)],
    tags=TAGS,
    summary="Documents of a contract",
)
async def list_documents(
    owner_id: FromPath[Id], contract_id: FromPath[Id], request: Person, tx: Transaction
) -> Documents:
    """Its files with their SHA-256. An owner sees signed copies and annexes."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    return Documents(items=await documents.documents_of(tx, contract=one, user=request.user))


@post(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/documents",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    request_max_body_size=LARGEST_BODY,
    tags=TAGS,
    summary="Add a document",
)
async def add_document(
    owner_id: FromPath[Id],
    contract_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    title: Annotated[str | None, QueryParameter(max_length=200)] = None,
    kind: Annotated[str | None, QueryParameter(max_length=20, description="signed_copy, annex, notice, other")] = None,
    version: Annotated[int | None, QueryParameter(ge=1, le=100_000)] = None,
) -> Response[ContractDocument]:
    """Takes a form (`multipart/form-data`) with the fields `file`, `title`, `kind` and `version`, or the file itself as
    the body and the rest in the query. PDF or image of 20 MB at most, as its bytes say; else 422 or 413."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    query = {"title": title or "", "kind": kind or "", "version": "" if version is None else str(version)}
    name, content, words = await upload_of(request, query)
    made = await documents.add_document(
        tx,
        files=files_of(request),
        contract=one,
        name=name,
        content=content,
        title=words.get("title", ""),
        kind=kind_of(words),
        version=number_in(words.get("version", "")),
        actor=request.user,
    )
    return Response(made, status_code=201)


@get(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/documents/{document_id:int}/file",
    guards=[requires(Permission.CONTRACTS_READ, own=True)],
    tags=TAGS,
    summary="A document's file",
)
async def download_document(
    owner_id: FromPath[Id], contract_id: FromPath[Id], document_id: FromPath[Id], request: Person, tx: Transaction
) -> Stream:
    """Its bytes. That it was fetched is an audit fact."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    document = await documents.document_of(tx, contract=one, document_id=document_id, user=request.user)
    file = await documents.stored(tx, files=files_of(request), document=document)
    try:
        content = await files_of(request).read(file)
    except FileNotFoundError:
        raise NoSuchDocument("The file's contents were lost.", next_step="Upload it again.") from None
    await audit(
        tx, actor=request.user, action="contract.document_read", subject="contract", subject_id=one.id,
        after={"document_id": document.id},
    )  # fmt: skip
    return Stream(content, headers=headers_of(file, public=False), media_type=file.media_type)


@delete(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/documents/{document_id:int}",
    guards=[requires(Permission.CONTRACTS_EDIT)],
    status_code=200,
    tags=TAGS,
    summary="Put a document away",
)
async def remove_document(
    owner_id: FromPath[Id], contract_id: FromPath[Id], document_id: FromPath[Id], request: Person, tx: Transaction
) -> ContractDocument:
    """It no longer stands in the list. Its bytes are kept, and the audit log says who did it."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    return await documents.put_away(tx, contract=one, document_id=document_id, actor=request.user)


@get(
    "/api/owners/{owner_id:int}/contracts/{contract_id:int}/history",
    guards=[requires(Permission.CONTRACTS_READ)],
    tags=TAGS,
    summary="History of a contract",
)
async def show_history(
    owner_id: FromPath[Id], contract_id: FromPath[Id], request: Person, tx: Transaction
) -> ContractHistory:
    """Who signed what, when, how and from where; every version; and everything that happened, newest first."""
    one = await reading.seen_contract(tx, contract_id=contract_id, user=request.user, owner_id=owner_id)
    return ContractHistory(
        signatures=await store_versions.signatures(tx, one.id),
        versions=await reading.versions_of(tx, contract=one),
        events=await store_work.events(tx, contract_id=one.id, owner_ids=one.owner_ids),
    )


DOCUMENT_ROUTES: list[Any] = [list_documents, add_document, download_document, remove_document, show_history]
