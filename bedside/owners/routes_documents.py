"""REST of owners' documents, and of importing owners from a table."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.files import Files, headers_of
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.kit.http.uploads import as_file, upload_of
from bedside.kit.wire import Wire
from bedside.owners import documents, importing, registering, store_documents
from bedside.owners.model import Id, ImportOutcome, OwnerDocument, OwnerImport

Person = Request[SignedIn, Any, Any]
TAGS = ["Owners"]
LARGEST_TABLE = 10_000_000  # bytes
# a form wraps the file in its own lines, and whoever sends a little too much is told the limit by us
LARGEST_BODY = documents.LARGEST_DOCUMENT + 1_000_000


class Documents(Wire, kw_only=True):
    """An owner's documents, the latest first."""

    items: list[OwnerDocument]


def files_of(request: Request[Any, Any, Any]) -> Files:
    """Where files are kept."""
    files: Files = request.app.state.files
    return files


@get(
    "/api/owners/{owner_id:int}/documents",
    guards=[requires(Permission.OWNERS_READ)],
    tags=TAGS,
    summary="Documents of an owner",
)
async def list_documents(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Documents:
    """Files that staff keep with the owner."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return Documents(items=await documents.documents(tx, owner_id=owner_id))


@post(
    "/api/owners/{owner_id:int}/documents",
    guards=[requires(Permission.OWNERS_EDIT)],
    request_max_body_size=LARGEST_BODY,
    tags=TAGS,
    summary="Add a document",
)
async def add_document(
    owner_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    title: Annotated[str | None, QueryParameter(max_length=200)] = None,
    kind: Annotated[
        str | None,
        QueryParameter(max_length=20, description="identity, tax, registration, correspondence, other"),
    ] = None,
) -> Response[OwnerDocument]:
    """Takes a form (`multipart/form-data`) with the fields `file`, `title` and `kind`, or the file itself as the body
    and the rest in the query. PDF or image of 20 MB at most, as its bytes say; else 422 or 413."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    name, content, words = await upload_of(request, {"title": title or "", "kind": kind or ""})
    adding = documents.add_document(
        tx,
        files=files_of(request),
        owner_id=owner_id,
        name=name,
        content=content,
        title=words.get("title", ""),
        kind=words.get("kind") or "other",
        actor=request.user,
    )
    return await once(request, tx, adding)


@get(
    "/api/owners/{owner_id:int}/documents/{document_id:int}/file",
    guards=[requires(Permission.OWNERS_READ)],
    tags=TAGS,
    summary="A document's file",
)
async def download_document(
    owner_id: FromPath[Id], document_id: FromPath[Id], request: Person, tx: Transaction
) -> Stream:
    """Its bytes. That it was fetched is an audit fact."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    one = await documents.document(tx, owner_id=owner_id, document_id=document_id)
    file = await documents.stored(tx, files=files_of(request), one=one, actor=request.user)
    try:
        content = await files_of(request).read(file)
    except FileNotFoundError:
        raise documents.NoSuchDocument("The file's contents were lost.", next_step="Upload it again.") from None
    return Stream(content, headers=headers_of(file, public=False), media_type=file.media_type)


@delete(
    "/api/owners/{owner_id:int}/documents/{document_id:int}",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    tags=TAGS,
    summary="Put a document away",
)
async def remove_document(
    owner_id: FromPath[Id],
    document_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    back: Annotated[bool, QueryParameter(description="True: out of the archive again.")] = False,
) -> OwnerDocument:
    """It is kept, and can be brought back."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return await documents.put_away(
        tx, owner_id=owner_id, document_id=document_id, archived=not back, actor=request.user
    )


@get("/api/owner-imports", guards=[requires(Permission.OWNERS_EDIT)], tags=TAGS, summary="Imports of owners")
async def list_imports(
    tx: Transaction, cursor: FromQuery[str | None] = None, limit: FromQuery[int] = 50
) -> Page[OwnerImport]:
    """What was imported, the latest first."""
    found = await store_documents.IMPORTS.page(tx, filters={}, cursor=cursor, limit=limit)
    return Page(items=[importing.shown(one) for one in found.items], next=found.next)


@post(
    "/api/owner-imports",
    guards=[requires(Permission.OWNERS_EDIT)],
    request_max_body_size=LARGEST_TABLE + 1_000_000,
    status_code=200,
    tags=TAGS,
    summary="Import owners from a table",
)
async def import_owners(
    request: Person,
    tx: Transaction,
    do: Annotated[bool, QueryParameter(description="False: only say what it would do.")] = False,
    duplicates_too: Annotated[
        bool,
        QueryParameter(name="duplicatesToo", description="True: add those too who look like somebody known."),
    ] = False,
) -> Response[ImportOutcome]:
    """Takes CSV or XLSX, as a form with the field `file` or as the body. Without `do` it says, line by line, what would
    happen: new, changed, same, possible_duplicate, refused with the reason. The registration number tells who is known.
    """
    name, content, _ = await upload_of(request, {})
    async with as_file(content, largest=LARGEST_TABLE) as path:
        outcome = importing.import_owners(
            tx, path=path, file_name=name, do=do, duplicates_too=duplicates_too, actor=request.user
        )
        return await once(request, tx, outcome, status=200) if do else Response(await outcome)


@post(
    "/api/owner-imports/{import_id:int}/undo",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    tags=TAGS,
    summary="Undo an import of owners",
)
async def undo_import(import_id: FromPath[Id], request: Person, tx: Transaction) -> OwnerImport:
    """Puts away whom it added, and gives back what it changed. 409 where one of them was changed since."""
    return await importing.undo_import(tx, import_id=import_id, actor=request.user)


ROUTES: list[Any] = [
    list_documents, add_document, download_document, remove_document, list_imports, import_owners, undo_import,
]  # fmt: skip
