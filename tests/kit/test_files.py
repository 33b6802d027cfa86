"""Files that people hand in: kept once, known by their bytes, bounded, and served to nobody by accident."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bedside.kit.database import Database, Tx
from bedside.kit.files import (
    IMAGES,
    PDF,
    Files,
    FileTooLarge,
    MediaTypeRefused,
    StoredFile,
    files_at,
    headers_of,
    media_type_of,
)
from bedside.kit.http.problems import Invalid
from tests.web import AsRole

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 200_000
WITH_SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


async def read(files: Files, file: StoredFile) -> bytes:
    """All of a file."""
    return b"".join([chunk async for chunk in await files.read(file)])


def there(folder: Path) -> list[Path]:
    """What a folder holds, at any depth."""
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(params=["folder", "object store"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """Both places that files are kept in."""
    return files_at(tmp_path / "files", "memory:///" if request.param == "object store" else None)


async def test_bytes_and_streams_come_back_as_they_were(tx: Tx, files: Files) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for start in range(0, len(JPEG), 1000):
            yield JPEG[start : start + 1000]

    drawn = await files.keep(tx, name="C:/photos/../face.png", content=PNG, accepted=IMAGES)
    taken = await files.keep(tx, name="face.png", content=stream(), accepted=IMAGES)
    assert (drawn.media_type, drawn.size, drawn.name) == ("image/png", len(PNG), "face.png")
    assert (taken.media_type, taken.sha256) == ("image/jpeg", hashlib.sha256(JPEG).digest())
    assert await read(files, drawn) == PNG
    assert await read(files, taken) == JPEG
    assert await files.file(tx, taken.id) == taken


async def test_the_same_bytes_are_kept_once(tx: Tx, tmp_path: Path) -> None:
    files = files_at(tmp_path)
    await tx.settle()
    kept = await asyncio.gather(*(files.keep(tx, name=f"{n}.png", content=PNG, accepted=IMAGES) for n in range(5)))
    assert len({one.id for one in kept}) == 5
    assert len(there(tmp_path)) == 1


async def test_what_is_refused_leaves_nothing_behind(tx: Tx, tmp_path: Path) -> None:
    files = files_at(tmp_path)
    with pytest.raises(MediaTypeRefused):
        await files.keep(tx, name="face.png", content=WITH_SCRIPT, accepted=IMAGES)
    with pytest.raises(MediaTypeRefused):
        await files.keep(tx, name="face.png", content=b"%PDF-1.7 and so on", accepted=IMAGES)
    with pytest.raises(FileTooLarge):
        await files.keep(tx, name="face.jpg", content=JPEG, accepted=IMAGES, largest=len(JPEG) - 1)
    with pytest.raises(Invalid):
        await files.keep(tx, name="face.jpg", content=b"", accepted=IMAGES)
    assert there(tmp_path) == []
    assert await tx.value("select count(*) from crm.files") == 0
    await files.keep(tx, name="face.jpg", content=JPEG, accepted=IMAGES, largest=len(JPEG))


async def test_a_stream_is_cut_off_where_it_is_too_long(tx: Tx, tmp_path: Path) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield PNG

    with pytest.raises(FileTooLarge):
        await files_at(tmp_path).keep(tx, name="face.png", content=endless(), accepted=IMAGES, largest=1000)
    assert taken <= 1000 // len(PNG) + 1


def test_a_file_is_what_its_first_bytes_say() -> None:
    assert media_type_of(PNG) == "image/png"
    assert media_type_of(b"GIF89a..") == "image/gif"
    assert media_type_of(b"RIFF\x00\x00\x00\x00WEBPVP8 ") == "image/webp"
    assert media_type_of(b"RIFF\x00\x00\x00\x00WAVEfmt ") is None
    assert media_type_of(b"%PDF-1.7") == PDF
    assert media_type_of(WITH_SCRIPT) is None
    assert media_type_of(b"") is None


async def test_a_document_is_never_shown_as_a_page(tx: Tx, tmp_path: Path) -> None:
    file = await files_at(tmp_path).keep(tx, name="a.pdf", content=b"%PDF-1.7 ...", accepted=frozenset({PDF}))
    headers = headers_of(file, public=False)
    assert headers["content-disposition"].startswith("attachment;")
    assert headers["cache-control"].startswith("private")


class Photographed:
    """Dr. Smith, and clients to ask as."""

    def __init__(self, admin: httpx.AsyncClient, smith: int) -> None:
        self.admin = admin
        self.smith = smith
        self.path = f"/api/practitioners/{smith}/photo"


@pytest.fixture
async def doctor(client: httpx.AsyncClient, database: Database, as_role: AsRole) -> Photographed:
    """Dr. Smith, not yet photographed."""
    async with database.transaction() as tx:
        smith = await tx.value(
            """insert into crm.practitioners (first_name, last_name, created_at, updated_at)
               values ('Amelia', 'Smith', %(now)s, %(now)s) returning id"""
        )
    client.headers.update(await as_role("admin"))
    return Photographed(client, smith)


async def test_a_doctors_photo_is_set_served_replaced_and_taken_away(
    doctor: Photographed, client: httpx.AsyncClient, database: Database, as_role: AsRole
) -> None:
    set_ = await doctor.admin.put(doctor.path, content=PNG, headers={"content-type": "text/html", "If-Match": '"1"'})
    assert set_.status_code == 200, set_.text
    first = f"/files/{set_.json()['photoFileId']}"
    del client.headers["authorization"]
    served = await client.get(first)
    assert (served.status_code, served.content) == (200, PNG)
    assert served.headers["content-type"] == "image/png"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert served.headers["content-disposition"].startswith("inline;")
    again = await client.get(first, headers={"if-none-match": served.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    admin = await as_role("admin")
    form = await client.put(doctor.path, files={"photo": ("me.exe", JPEG, "application/x-msdownload")}, headers=admin)
    assert form.status_code == 200, form.text
    second = f"/files/{form.json()['photoFileId']}"
    assert (await client.get(second)).content == JPEG
    assert (await client.get(first)).status_code == 404, "a photo replaced is served no more"
    gone = await client.delete(doctor.path, headers=admin)
    assert gone.json()["photoFileId"] is None
    assert (await client.get(second)).status_code == 404
    async with database.transaction() as tx:
        assert await tx.value("select count(*) from crm.audit_log where action = 'practitioner.changed'") == 3


async def test_what_is_no_photo_is_refused(
    doctor: Photographed, client: httpx.AsyncClient, as_role: AsRole, database: Database
) -> None:
    for content, status, type_ in (
        (WITH_SCRIPT, 422, "media-type-refused"),
        (b"%PDF-1.7", 422, "media-type-refused"),
        (b"", 422, "invalid"),
        (PNG + b"\x00" * 5_000_000, 413, "file-too-large"),
        (PNG + b"\x00" * 7_000_000, 413, None),
    ):
        refused = await doctor.admin.put(doctor.path, content=content)
        assert refused.status_code == status, refused.text
        assert type_ is None or refused.json()["type"] == f"/problems/{type_}"
    stale = await doctor.admin.put(doctor.path, content=PNG, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    assert (await doctor.admin.put(doctor.path, files={"picture": PNG})).status_code == 422
    assert (await doctor.admin.put("/api/practitioners/999999/photo", content=PNG)).status_code == 404
    assert (await client.put(doctor.path, content=PNG, headers=await as_role("front_desk"))).status_code == 403
    async with database.transaction() as tx:
        assert await tx.value("select count(*) from crm.files") == 0
        assert await tx.value("select photo_file_id from crm.practitioners") is None


async def test_a_file_that_is_nobodys_photo_is_served_to_nobody(
    doctor: Photographed, database: Database, tmp_path: Path
) -> None:
    async with database.transaction() as tx:
        file = await files_at(tmp_path / "files").keep(tx, name="a.png", content=PNG, accepted=IMAGES)
    assert (await doctor.admin.get(f"/files/{file.id}")).status_code == 404
    assert (await doctor.admin.get("/files/999999")).status_code == 404
