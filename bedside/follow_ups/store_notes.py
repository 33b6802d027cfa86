"""SQL of notes."""

from typing import LiteralString

import msgspec

from bedside.follow_ups.model import Note
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

_COLUMNS: LiteralString = """id, subject, subject_id, body, pinned, created_by, created_by_name, created_at, updated_at,
       deleted_at, version"""
_NOTE: LiteralString = "select " + _COLUMNS + " from crm.notes "

NOTES = Listing(
    into=Note,
    select=_NOTE,
    sorts={
        "pinned": (Key("pinned::integer", "integer", "pinned_first"), Key("id", "bigint", "id")),
        "id": (Key("id", "bigint", "id"),),
    },
    default_sort="-pinned",
    filters={"subject": "subject = %(subject)s", "subject_id": "subject_id = %(subject_id)s"},
    always="deleted_at is null",
)


async def note(tx: Tx, note_id: int) -> Note | None:
    """A note, deleted or not."""
    return await tx.maybe(Note, _NOTE + "where id = %(id)s", id=note_id)


async def lock_note(tx: Tx, note_id: int) -> Note | None:
    """A note, deleted or not, which nobody else changes before the transaction ends."""
    return await tx.maybe(Note, _NOTE + "where id = %(id)s for no key update", id=note_id)


async def insert_note(
    tx: Tx, *, subject: str, subject_id: int, body: str, pinned: bool, by: int | None, by_name: str
) -> Note:
    """Writes a note."""
    return await tx.one(
        Note,
        """insert into crm.notes (subject, subject_id, body, pinned, created_by, created_by_name,
                                  created_at, updated_at)
           values (%(subject)s, %(subject_id)s, %(body)s, %(pinned)s, %(by)s, %(by_name)s, %(now)s, %(now)s)
           returning """
        + _COLUMNS,
        subject=subject,
        subject_id=subject_id,
        body=body,
        pinned=pinned,
        by=by,
        by_name=by_name,
    )


async def update_note(tx: Tx, changed: Note) -> Note:
    """Writes a note and gives it as it is now."""
    return await tx.one(
        Note,
        """update crm.notes set body = %(body)s, pinned = %(pinned)s, deleted_at = %(deleted_at)s,
               version = version + 1, updated_at = %(now)s
           where id = %(id)s returning """
        + _COLUMNS,
        **msgspec.structs.asdict(changed),
    )
