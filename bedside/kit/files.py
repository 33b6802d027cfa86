"""Files that people hand in: a row of crm.files each, and the bytes in a folder or in any S3-like store.

Bytes are kept under their SHA-256, so the same bytes are kept once and what is kept never changes. They are there
before the row is, and a transaction that is undone leaves bytes that nothing points at, which does no harm. What kind
of file it is, is read off its first bytes; what the sender claims does not count.
"""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from bedside.kit import files_store
from bedside.kit.database import Tx
from bedside.kit.files_store import StoredFile
from bedside.kit.http.problems import Invalid, TooLarge
from bedside.kit.text import one_line

LARGEST = 20_000_000  # bytes, where the caller names no other bound
CHUNK = 64 * 1024

PNG, JPEG, WEBP, GIF, PDF = "image/png", "image/jpeg", "image/webp", "image/gif", "application/pdf"
IMAGES = frozenset({PNG, JPEG, WEBP, GIF})
"""Images that every browser draws and that cannot carry a script. SVG can, so it is not among them."""

ENDINGS = {PNG: ".png", JPEG: ".jpg", WEBP: ".webp", GIF: ".gif", PDF: ".pdf"}


class MediaTypeRefused(Invalid):
    """422: the file is not of a kind that is taken here, whatever its name says; `accepted` lists what is."""

    type = "media-type-refused"


class FileTooLarge(TooLarge):
    """413: the file is over the limit; `largest` says how many bytes are taken."""

    type = "file-too-large"


def media_type_of(beginning: bytes) -> str | None:
    """What a file is, by its first bytes (16 are enough); None for what is neither an image we show nor a PDF. Pure.

    Signatures: PNG ISO/IEC 15948 5.2, JPEG ISO/IEC 10918-1 B.1.1.3, GIF89a 17, WebP RFC 9649 2.4, PDF ISO 32000 7.5.2.
    """
    if beginning.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if beginning.startswith(b"\xff\xd8\xff"):
        return JPEG
    if beginning.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if beginning.startswith(b"RIFF") and beginning[8:12] == b"WEBP":
        return WEBP
    if beginning.startswith(b"%PDF-"):
        return PDF
    return None


class Place(Protocol):
    """Where bytes are kept."""

    @property
    def scratch(self) -> Path:
        """The folder where bytes are written while they come in."""
        ...

    async def take(self, written: Path, location: str) -> None:
        """Takes over a file that was written to `scratch`; what is at the location already is the same."""
        ...

    async def read(self, location: str) -> AsyncIterator[bytes]:
        """The bytes, in chunks. Raises FileNotFoundError before the first."""
        ...


class Folder:
    """Keeps bytes in a local folder: written under another name and then renamed, so none is ever there by half."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def scratch(self) -> Path:
        """A folder within, since a rename must stay on one file system."""
        incoming = self._folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        return incoming

    async def take(self, written: Path, location: str) -> None:
        """Renames it into its place, and sees to it that this outlives a loss of power."""
        await asyncio.to_thread(self._take, written, location)

    def _take(self, written: Path, location: str) -> None:
        kept = self._folder / location
        kept.parent.mkdir(parents=True, exist_ok=True)
        written.replace(kept)
        folder = os.open(kept.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    async def read(self, location: str) -> AsyncIterator[bytes]:
        """The bytes, in chunks. Raises FileNotFoundError before the first."""
        file = await asyncio.to_thread((self._folder / location).open, "rb")

        async def chunks() -> AsyncIterator[bytes]:
            with file:
                while chunk := await asyncio.to_thread(file.read, CHUNK):
                    yield chunk

        return chunks()


class ObjectStore:
    """Keeps bytes in an object store that `obstore` knows (the extra `object-store`), named by its address:
    `s3://bucket/prefix`, `gs://...`, `az://...`. Its credentials are found as that store's own tools find them."""

    def __init__(self, url: str) -> None:
        import obstore  # only who keeps files there needs it

        self._obstore = obstore
        self._store: Any = obstore.store.from_url(url)

    @property
    def scratch(self) -> Path:
        """The system's folder for what does not stay."""
        return Path(tempfile.gettempdir())

    async def take(self, written: Path, location: str) -> None:
        """Uploads it, a large one in parts, and then removes it here."""
        await self._obstore.put_async(self._store, location, written)
        await asyncio.to_thread(written.unlink)

    async def read(self, location: str) -> AsyncIterator[bytes]:
        """The bytes, in chunks. Raises FileNotFoundError before the first."""
        found = await self._obstore.get_async(self._store, location)

        async def chunks() -> AsyncIterator[bytes]:
            async for chunk in found.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

        return chunks()


class Files:
    """Keeps files and gives them back."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def keep(
        self,
        tx: Tx,
        *,
        name: str,
        content: bytes | AsyncIterator[bytes],
        accepted: frozenset[str],
        largest: int = LARGEST,
        pointer: str = "",
        media_type: str | None = None,
    ) -> StoredFile:
        """Keeps bytes, or a stream of them, and gives the row of the file.

        Memory stays flat however large it is. `media_type` is what somebody read off all of the bytes, where the first
        of them do not tell (`kit/file_types.py`). Raises FileTooLarge (413) as soon as there are more than `largest`
        bytes, MediaTypeRefused (422) for what is none of the media types `accepted`, Invalid (422) for nothing.
        """
        name = one_line(Path(name).name, pointer=pointer, longest=200, needed=False) or "file"
        handle, path = tempfile.mkstemp(dir=self._place.scratch, prefix="bedside-")
        written = Path(path)
        try:
            with os.fdopen(handle, "wb") as file:
                digest, size, beginning = await _write(file, _chunks(content), largest)
                await asyncio.to_thread(_flush, file)
            if size == 0:
                raise Invalid("The file is empty.", pointer=pointer, next_step="Choose another file.")
            media_type = media_type or media_type_of(beginning)
            if media_type is None or media_type not in accepted:
                raise MediaTypeRefused(
                    f"This is {'no file of a kind that we know' if media_type is None else media_type}.",
                    pointer=pointer,
                    next_step="Send one of: " + ", ".join(sorted(accepted)),
                    accepted=sorted(accepted),
                )
            location = f"{digest.hex()[:2]}/{digest.hex()[2:]}"
            await self._place.take(written, location)
        finally:
            await asyncio.to_thread(written.unlink, missing_ok=True)
        return await files_store.insert_file(
            tx, name=name, media_type=media_type, size=size, sha256=digest, location=location
        )

    async def file(self, tx: Tx, file_id: int) -> StoredFile | None:
        """The row of a file, None where there is none."""
        return await files_store.file(tx, file_id)

    async def read(self, file: StoredFile) -> AsyncIterator[bytes]:
        """Its bytes, in chunks. Raises FileNotFoundError where they were lost."""
        return await self._place.read(file.location)


def headers_of(file: StoredFile, *, public: bool, name: str | None = None) -> dict[str, str]:
    """Headers to serve a file with: cached for good, since a file never changes, and never taken for a page. Pure.

    Its name is made of its number, not of what somebody called it, unless `name` says what (RFC 6266). `public`: shared
    caches may keep it too.
    """
    shown = "inline" if file.media_type in IMAGES else "attachment"
    called = f'filename="file-{file.id}{ENDINGS.get(file.media_type, "")}"'
    if name is not None:
        called = f"filename*=UTF-8''{quote(name, safe='')}"
    return {
        "cache-control": ("public" if public else "private") + ", max-age=31536000, immutable",
        "content-disposition": f"{shown}; {called}",
        "content-length": str(file.size),
        "content-security-policy": "default-src 'none'; sandbox",
        "etag": f'"{file.sha256.hex()[:32]}"',
        "x-content-type-options": "nosniff",
    }


async def _chunks(content: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        for start in range(0, len(content), CHUNK):
            yield content[start : start + CHUNK]
    else:
        async for chunk in content:
            yield chunk


async def _write(file: Any, chunks: AsyncIterator[bytes], largest: int) -> tuple[bytes, int, bytes]:
    """Writes the chunks; gives their SHA-256, how many bytes they are, and the first of them."""
    digest, size, beginning = hashlib.sha256(), 0, b""
    async for chunk in chunks:
        size += len(chunk)
        if size > largest:
            raise FileTooLarge(
                f"The file is larger than {largest / 1_000_000:g} MB.", next_step="Send a smaller one.", largest=largest
            )
        if len(beginning) < 16:
            beginning += chunk[:16]
        digest.update(chunk)
        await asyncio.to_thread(file.write, chunk)
    return digest.digest(), size, beginning


def _flush(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def files_at(folder: Path, url: str | None = None) -> Files:
    """Files kept in the folder, or in the object store at `url` where one is named."""
    return Files(Folder(folder) if url is None else ObjectStore(url))


__all__ = [
    "IMAGES", "JPEG", "PDF", "PNG", "WEBP", "FileTooLarge", "Files", "Folder", "MediaTypeRefused", "ObjectStore",
    "StoredFile", "files_at", "headers_of", "media_type_of",
]  # fmt: skip
