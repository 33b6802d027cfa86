"""Tables to be downloaded, as CSV or as a workbook: written as rows are read, and what somebody typed is no formula."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

import xlsxwriter  # type: ignore[import-untyped]

from bedside.kit.csv_text import BYTE_ORDER_MARK, csv_line, safe_cell
from bedside.kit.database import Database
from bedside.kit.http.paging import Listing
from bedside.kit.http.streaming import Stream, close

TableKind = Literal["csv", "xlsx"]
Rows = AsyncIterator[Sequence[Any]]
T = TypeVar("T")

_AT_ONCE = 200
_CHUNK = 64 * 1024
_ROWS_OF_A_SHEET = 1_000_000  # a sheet ends at 1,048,576
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def table(kind: TableKind, columns: Sequence[str], rows: Rows, *, name: str) -> Stream:
    """The table to be downloaded, in flat memory. `rows` are read to their end before the answer begins for a workbook,
    and while it goes out for CSV: they come from a transaction of their own. The first is awaited in any case, so that
    filters which the database refuses are a problem that one is told, not an answer that breaks off."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    if kind == "csv":
        first = await anext(rows, None)
        begun = [] if first is None else [first]
        return Stream(_csv(columns, begun, rows), media_type="text/csv", headers=headers)
    path = await _workbook(columns, rows)
    return Stream(_sent(path), media_type=_XLSX, headers=headers)


async def every(
    database: Database,
    listing: Listing[T],
    *,
    filters: Mapping[str, Any],
    sort: str | None = None,
    row: Callable[[T], Sequence[Any]],
) -> Rows:
    """Every line of a list, as a table's row: a page at a time, each in a transaction of its own."""
    cursor: str | None = None
    while True:
        async with database.transaction() as tx:
            page = await listing.page(tx, filters=filters, sort=sort, cursor=cursor, limit=_AT_ONCE)
        for one in page.items:
            yield row(one)
        cursor = page.next
        if cursor is None:
            return


async def _csv(columns: Sequence[str], begun: list[Sequence[Any]], rows: Rows) -> AsyncIterator[bytes]:
    try:
        yield BYTE_ORDER_MARK + csv_line(columns)
        lines = [csv_line([_plain(cell) for cell in row]) for row in begun]
        async for row in rows:
            lines.append(csv_line([_plain(cell) for cell in row]))
            if len(lines) == _AT_ONCE:
                yield b"".join(lines)
                lines.clear()
        yield b"".join(lines)
    finally:
        await close(rows)  # which have a transaction of their own


async def _workbook(columns: Sequence[str], rows: Rows) -> Path:
    # in a folder of its own, since rows wait in further files until the book is closed
    path = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="bedside-")) / "table.xlsx"
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    try:
        sheet = book.add_worksheet()
        head = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(columns):
            sheet.set_column(column, column, max(12, len(title) + 2))
            sheet.write_string(0, column, title, head)
        line = 0
        async for row in rows:
            line += 1
            if line > _ROWS_OF_A_SHEET:
                break
            for column, cell in enumerate(row):
                _write(sheet, line, column, _plain(cell))
    except BaseException:
        book.close()  # or the file of its rows stays open
        await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=True)
        raise
    await asyncio.to_thread(book.close)
    return path


def _write(sheet: Any, line: int, column: int, cell: Any) -> None:
    if isinstance(cell, int | float):
        sheet.write_number(line, column, cell)
    elif cell is not None and cell != "":
        sheet.write_string(line, column, str(safe_cell(cell)))


def _plain(cell: Any) -> Any:
    return cell.isoformat(timespec="seconds") if isinstance(cell, datetime) else cell


async def _sent(path: Path) -> AsyncIterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk
    finally:
        await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=True)
