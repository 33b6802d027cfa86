"""Files that come with a request: as a form, or as the body itself."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile

from bedside.kit.files import FileTooLarge
from bedside.kit.http.problems import Invalid


async def upload_of(request: Request[Any, Any, Any], query: dict[str, str]) -> tuple[str, bytes, dict[str, str]]:
    """The name, the bytes, and the words beside a file that was sent: as a form, or as the body with a query."""
    if request.content_type[0] != "multipart/form-data":
        return query.get("title") or "file", await request.body(), query
    form = await request.form()
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise Invalid("The form has no file in its field file.", pointer="/file", next_step="Choose a file.")
    words = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    return upload.filename, await upload.read(), words


async def table_of(request: Request[Any, Any, Any]) -> tuple[str, bytes]:
    """The name and the bytes of a table that a page sent: as the file that was chosen, or, once it was looked at, in
    the form's own field `table`. Raises Invalid (422) where there is none."""
    form = await request.form()
    upload, kept = form.get("file"), form.get("table")
    if isinstance(upload, UploadFile) and upload.filename:
        return upload.filename, await upload.read()
    try:
        content = bytes.fromhex(kept) if isinstance(kept, str) else b""
    except ValueError:
        content = b""
    if not content:
        raise Invalid("Choose a file: CSV, or a workbook of a spreadsheet.", pointer="/file")
    return str(form.get("file_name") or "table"), content


@asynccontextmanager
async def as_file(content: bytes, *, largest: int) -> AsyncIterator[Path]:
    """The bytes as a file that a table is read from, for as long as it is. Raises FileTooLarge (413)."""
    if len(content) > largest:
        raise FileTooLarge(
            f"The table is larger than {largest // 1_000_000} MB.", next_step="Import it in parts.", largest=largest
        )

    def write() -> Path:
        with tempfile.NamedTemporaryFile(delete=False, suffix=".table") as file:
            file.write(content)
        return Path(file.name)

    path = await asyncio.to_thread(write)
    try:
        yield path
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)
