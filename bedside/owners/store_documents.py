"""SQL of owners' documents and imports."""

from datetime import datetime
from typing import Any, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.owners.model import OwnerDocument

_DOCUMENT: LiteralString = """
select d.id, d.owner_id, d.file_id, d.title, d.kind, f.media_type, f.size, d.created_by_name, d.created_at,
       d.archived_at
from crm.owner_documents d join crm.files f on f.id = d.file_id
"""


async def documents(tx: Tx, owner_id: int) -> list[OwnerDocument]:
    """An owner's documents that are not put away, the latest first."""
    return await tx.all(
        OwnerDocument,
        _DOCUMENT + "where d.owner_id = %(owner_id)s and d.archived_at is null order by d.id desc",
        owner_id=owner_id,
    )


async def document(tx: Tx, *, owner_id: int, document_id: int) -> OwnerDocument | None:
    """One of an owner's documents, put away or not."""
    return await tx.maybe(
        OwnerDocument,
        _DOCUMENT + "where d.id = %(id)s and d.owner_id = %(owner_id)s",
        id=document_id,
        owner_id=owner_id,
    )


async def insert_document(tx: Tx, *, owner_id: int, file_id: int, title: str, kind: str, by: str) -> int:
    """Puts a file with an owner."""
    return int(
        await tx.value(
            """insert into crm.owner_documents (owner_id, file_id, title, kind, created_by_name, created_at)
               values (%(owner_id)s, %(file_id)s, %(title)s, %(kind)s, %(by)s, %(now)s) returning id""",
            owner_id=owner_id,
            file_id=file_id,
            title=title,
            kind=kind,
            by=by,
        )
    )


async def archive_document(tx: Tx, document_id: int, *, archived: bool) -> None:
    """Puts a document away, or brings it back."""
    await tx.execute(
        "update crm.owner_documents set archived_at = case when %(archived)s then %(now)s end where id = %(id)s",
        id=document_id,
        archived=archived,
    )


class ImportRow(msgspec.Struct, kw_only=True):
    """An import with what it made: for each owner how they were before, null where the import added them."""

    id: int
    file_name: str
    added: int
    changed: int
    made: list[dict[str, Any]]
    created_by_name: str
    created_at: datetime
    undone_at: datetime | None
    undone_by_name: str | None


_IMPORT: LiteralString = """
select id, file_name, added, changed, made, created_by_name, created_at, undone_at, undone_by_name
from crm.owner_imports
"""
IMPORTS = Listing(
    into=ImportRow,
    select=_IMPORT,
    sorts={"id": (Key("id", "bigint", "id"),)},
    default_sort="-id",
)


async def insert_import(tx: Tx, *, file_name: str, by: str) -> int:
    """Begins an import."""
    return int(
        await tx.value(
            """insert into crm.owner_imports (file_name, made, created_by_name, created_at)
               values (%(file_name)s, '[]', %(by)s, %(now)s) returning id""",
            file_name=file_name,
            by=by,
        )
    )


async def finish_import(tx: Tx, import_id: int, *, added: int, changed: int, made: list[dict[str, Any]]) -> None:
    """Notes what an import made."""
    await tx.execute(
        """update crm.owner_imports set added = %(added)s, changed = %(changed)s, made = %(made)s
           where id = %(id)s""",
        id=import_id,
        added=added,
        changed=changed,
        made=Jsonb(made),
    )


async def lock_import(tx: Tx, import_id: int) -> ImportRow | None:
    """An import, for undoing it."""
    return await tx.maybe(ImportRow, _IMPORT + "where id = %(id)s for update", id=import_id)


async def mark_undone(tx: Tx, import_id: int, *, by: str) -> None:
    """Notes that an import was undone."""
    await tx.execute(
        "update crm.owner_imports set undone_at = %(now)s, undone_by_name = %(by)s where id = %(id)s",
        id=import_id,
        by=by,
    )
