"""SQL of files' rows."""

from datetime import datetime

import msgspec

from bedside.kit.database import Tx


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as its row knows it. `location` is where its bytes are, under their SHA-256; two files may share it."""

    id: int
    name: str
    media_type: str
    size: int
    sha256: bytes
    location: str
    created_at: datetime


async def insert_file(tx: Tx, *, name: str, media_type: str, size: int, sha256: bytes, location: str) -> StoredFile:
    """Writes the row of a file whose bytes are in their place."""
    return await tx.one(
        StoredFile,
        """insert into crm.files (name, media_type, size, sha256, location, created_at)
           values (%(name)s, %(media_type)s, %(size)s, %(sha256)s, %(location)s, %(now)s)
           returning id, name, media_type, size, sha256, location, created_at""",
        name=name,
        media_type=media_type,
        size=size,
        sha256=sha256,
        location=location,
    )


async def file(tx: Tx, file_id: int) -> StoredFile | None:
    """The row of a file."""
    return await tx.maybe(
        StoredFile,
        "select id, name, media_type, size, sha256, location, created_at from crm.files where id = %(id)s",
        id=file_id,
    )
