"""Tables as people hand them in: CSV as programs write it, or the first sheet of an XLSX workbook.

Rows come one by one, so that memory stays flat. What a cell says is judged by who asked for the table.
"""

import csv
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from python_calamine import CalamineError, CalamineWorkbook

from bedside.kit.http.problems import Invalid
from bedside.kit.text import without_marks

LARGEST = 30_000_000  # bytes, which is some 300,000 lines
LARGEST_UNPACKED = 300_000_000
LONGEST_CELL = 2000


class TableUnreadable(Invalid):
    """422: the file is neither CSV nor XLSX, or its first line names no columns that are known."""

    type = "table-unreadable"


class TableRow(msgspec.Struct, frozen=True):
    """A row with what it says, by column; `line` as a person counts them, the header being 1."""

    line: int
    cells: dict[str, str]


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """What the columns of a table may be called, in small letters without blanks and accents, and what each is then;
    which must be there, or of which one must be; and, for who has none of them, which there are."""

    names: Mapping[str, str]
    needed: tuple[str, ...]
    example: str
    one_of: tuple[str, ...] = ()


def rows_of(path: Path, columns: Columns) -> Iterator[TableRow]:
    """The rows of a file, empty ones left out. Raises TableUnreadable (422)."""
    with path.open("rb") as file:
        beginning = file.read(4)
    lines = _sheet_lines(path) if beginning == b"PK\x03\x04" else _csv_lines(path)
    named: list[str | None] | None = None
    for number, cells in enumerate(lines, start=1):
        if not any(cell.strip() for cell in cells):
            continue
        if named is None:
            named = _named(cells, columns)
            continue
        said: dict[str, str] = {}
        for name, cell in zip(named, cells, strict=False):
            if name is not None and cell.strip():
                said[name] = cell.strip()[:LONGEST_CELL]
        yield TableRow(number, said)
    if named is None:
        raise TableUnreadable("The file is empty.", pointer="/file", next_step="Its first line names the columns.")


def _named(header: list[str], columns: Columns) -> list[str | None]:
    names = [columns.names.get("".join(sign for sign in without_marks(cell) if sign.isalnum())) for cell in header]
    missing = [name for name in columns.needed if name not in names]
    if missing:
        raise TableUnreadable(
            "The first line does not name the columns: "
            + " and ".join(name.replace("_", " ") for name in missing)
            + " is missing.",
            pointer="/file",
            next_step=f"Name them: {columns.example}.",
        )
    if columns.one_of and not any(name in columns.one_of for name in names):
        raise TableUnreadable(
            "The first line names no column that is known.",
            pointer="/file",
            next_step=f"Name one or more: {columns.example}.",
        )
    return [name if name is None or names.index(name) == n else None for n, name in enumerate(names)]


def _csv_lines(path: Path) -> Iterator[list[str]]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, errors="strict", newline="") as file:
        try:
            first = file.readline(100_000)
            file.seek(0)
            separator = max(",;\t|", key=first.count)
            for cells in csv.reader(file, delimiter=separator):
                yield [cell.lstrip("\ufeff").replace("\x00", "") for cell in cells]
        except (UnicodeDecodeError, csv.Error):
            raise TableUnreadable(
                "The file is no table in plain text.", pointer="/file", next_step="Save it as CSV in UTF-8, or as XLSX."
            ) from None


def _encoding(path: Path) -> str:
    """UTF-8 where it is that, UTF-16 where it says so, else what spreadsheets of old wrote."""
    with path.open("rb") as file:
        beginning = file.read(2)
        if beginning in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
        file.seek(0)
        try:
            for line in file:
                line.decode()
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _sheet_lines(path: Path) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(one.file_size for one in packed.infolist()) > LARGEST_UNPACKED:
                raise TableUnreadable("The workbook is too large.", pointer="/file", next_step="Save the sheet as CSV.")
        workbook = CalamineWorkbook.from_path(str(path))
        sheet = workbook.get_sheet_by_index(0)
    except (CalamineError, zipfile.BadZipFile, IndexError, OSError, ValueError):
        raise TableUnreadable(
            "The workbook cannot be opened.", pointer="/file", next_step="Save it without a password, or as CSV."
        ) from None
    for cells in sheet.iter_rows():
        yield [_said(cell) for cell in cells]


def _said(cell: Any) -> str:
    """A cell as one would type it: whole numbers without a point, dates without a time."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return "" if cell is None else str(cell)
