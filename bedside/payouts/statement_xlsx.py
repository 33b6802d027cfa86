"""Statements as a workbook: a sheet of the lines, and one of the revenue behind them, written as it is read.

Rows go to a temporary file one by one (xlsxwriter's constant_memory), so memory stays flat however many entries there
are. Amounts are numbers with the currency's own format; whatever somebody typed is text, and none of it a formula.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from bedside.contracts import rule_for
from bedside.kit.csv_text import safe_cell
from bedside.kit.database import Tx
from bedside.kit.money import exponent
from bedside.payouts import store_payouts
from bedside.payouts import store_statements as store
from bedside.payouts.calculating import Agreed
from bedside.payouts.model import NoSuchPayout
from bedside.payouts.months import month_of
from bedside.payouts.proving import agreed_pinned, before_pinned
from bedside.payouts.statement_document import day_in, words_of
from bedside.payouts.statement_words import RIGHT_TO_LEFT, Writing, spoken
from bedside.payouts.store_statements import EntryBehind, StatementLine, StatementPayout

_AT_ONCE = 1000
_ROWS_OF_A_SHEET = 1_000_000  # a sheet ends at 1,048,576
_CHUNK = 64 * 1024


async def statement_workbook(tx: Tx, payout_id: int, *, language: str | None = None, whole: bool = True) -> Path:
    """A temporary file with the workbook, which the caller removes. `whole` False leaves out what staff and other
    systems wrote beside an entry. Raises NoSuchPayout."""
    payout = await store.statement_payout(tx, payout_id)
    if payout is None:
        raise NoSuchPayout("There is no such payout.")
    lines = await store.statement_lines(tx, payout_id)
    departments = await store.department_names(tx, payout.hospital_id)
    written_in = spoken(language, payout.owner_language, payout.hospital_language)
    writing = Writing(written_in, payout.hospital_locale, payout.currency)
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="bedside-"))
    path = folder / "statement.xlsx"
    try:
        book = _Book(path, payout, writing)
        words = [words_of(line, payout, departments, writing) for line in lines]
        book.write_lines(lines, words)
        row = await store_payouts.payout(tx, payout_id)
        if row is not None and row.inputs.get("versions"):  # it was computed, not stated
            counted = _Counted(await agreed_pinned(tx, row), payout.period, lines, [title for title, _ in words])
            entries = store.entries_behind(
                tx, payout, through=row.inputs["through"], late=list(counted.late), before=before_pinned(row)
            )
            await _write_revenue(book, counted, entries, whole)
        await asyncio.to_thread(book.close)
    except BaseException:
        remove(path)
        raise
    return path


async def _write_revenue(book: "_Book", counted: "_Counted", entries: AsyncIterator[EntryBehind], whole: bool) -> None:
    """The sheet of revenue, some rows at a time, each handful in a thread."""
    book.begin_entries(whole)
    waiting: list[tuple[EntryBehind, str]] = []
    async for entry in entries:
        if (under := counted.under(entry)) is not None:
            waiting.append((entry, under))
        if len(waiting) == _AT_ONCE:
            await asyncio.to_thread(book.write_entries, waiting, whole)
            waiting = []
    await asyncio.to_thread(book.write_entries, waiting, whole)


async def read_and_remove(path: Path) -> AsyncIterator[bytes]:
    """The file's bytes, in chunks; it is gone afterwards."""
    try:
        with await asyncio.to_thread(path.open, "rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk
    finally:
        remove(path)


def remove(path: Path) -> None:
    """Removes a workbook and the folder that was made for it."""
    for each in path.parent.iterdir():
        each.unlink()
    path.parent.rmdir()


class _Counted:
    """Which line of a payout an entry was counted under, by the terms of its day."""

    def __init__(self, agreed: Agreed, period: date, lines: Sequence[StatementLine], titles: Sequence[str]) -> None:
        self.late: dict[date, str] = {}
        self._agreed = agreed
        self._period = period
        self._titles: dict[tuple[int | None, Any], str] = {}
        for line, title in zip(lines, titles, strict=True):
            if line.kind == "adjustment" and (month := day_in(line.inputs.get("month"))) is not None:
                self.late[month] = title
            elif line.kind == "share":
                self._titles[line.version_id, line.inputs.get("rule")] = title

    def under(self, entry: EntryBehind) -> str | None:
        """The line's title; None for revenue that this payout has no part of."""
        version = self._agreed.version_on(entry.revenue_on)
        if version is None:
            return None
        rule = rule_for(version.terms, entry.department_id, entry.service_line)
        if rule is None:
            return None
        if entry.revenue_on < self._period:
            return self.late.get(month_of(entry.revenue_on))
        return self._titles.get((version.id, rule))


class _Book:
    """The workbook while it is written. Its rows are written in order and never looked at again."""

    def __init__(self, path: Path, payout: StatementPayout, writing: Writing) -> None:
        self._payout = payout
        self._writing = writing
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": str(path.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_date_format": "yyyy-mm-dd",
                "remove_timezone": True,
            },
        )
        title = f"{writing.say('title')} {payout.reference_number}"
        self._book.set_properties({"title": title, "author": payout.hospital_name, "created": payout.created_at})
        decimals = exponent(payout.currency)
        places = "." + "0" * decimals if decimals else ""
        code = f"[${payout.currency}] #,##0{places}"
        self._amount = self._book.add_format({"num_format": f"{code};[Red]-{code}"})
        self._total = self._book.add_format({"num_format": f"{code};[Red]-{code}", "bold": True, "top": 1})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._month = self._book.add_format({"num_format": "yyyy-mm"})
        self._bold = self._book.add_format({"bold": True})
        self._head = self._book.add_format({"bold": True, "bottom": 1, "font_color": "#0f766e"})
        self._title = self._book.add_format({"bold": True, "font_size": 16})
        self._entries: Worksheet | None = None
        self._sheets = 0
        self._row = 0

    def write_lines(self, lines: Sequence[StatementLine], words: Sequence[tuple[str, str]]) -> None:
        """The sheet of lines, with the payout's facts above them."""
        payout, say = self._payout, self._writing.say
        sheet = self._sheet(say("sheet_lines"), (42, 52, 20, 20))
        sheet.write_string(0, 0, str(safe_cell(say("title"))), self._title)
        facts: list[tuple[str, Any]] = [
            (say("to"), payout.owner_legal_name or payout.owner_name),
            (payout.hospital_name, self._writing.month(payout.period)),
            (say("reference"), payout.reference_number),
        ]
        if payout.contract_number:
            facts.append((say("contract"), f"{payout.contract_number} {payout.contract_title or ''}".strip()))
        facts.append((say(f"status_{payout.status}"), ""))
        for row, (label, value) in enumerate(facts, start=1):
            sheet.write_string(row, 0, str(safe_cell(label)), self._bold)
            sheet.write_string(row, 1, str(safe_cell(value)))
        top = len(facts) + 2
        heads = (say("description"), say("detail"), say("base"), say("amount", currency=payout.currency))
        for column, head in enumerate(heads):
            sheet.write_string(top, column, head, self._head)
        for row, (line, (title, detail)) in enumerate(zip(lines, words, strict=True), start=top + 1):
            sheet.write_string(row, 0, str(safe_cell(title)))
            sheet.write_string(row, 1, str(safe_cell(detail)))
            if line.base_minor is not None:
                sheet.write_number(row, 2, self._decimal(line.base_minor), self._amount)
            sheet.write_number(row, 3, self._decimal(line.amount_minor), self._amount)
        end = top + 1 + len(lines)
        sheet.write_string(
            end, 0, say("total_due" if payout.status in ("draft", "approved") else "total_was"), self._bold
        )
        sheet.write_number(end, 3, self._decimal(payout.amount_minor), self._total)

    def begin_entries(self, whole: bool) -> Worksheet:
        """A further sheet of revenue, with its head."""
        say = self._writing.say
        self._sheets += 1
        name = say("sheet_entries") + (f" {self._sheets}" if self._sheets > 1 else "")
        sheet = self._sheet(name, (12, 12, 24, 24, 12, 18, 30, 36, 16, 24))
        heads = ["revenue_on", "books", "department", "service_line", "entry_kind", "entry_amount", "entry_shared_by"]
        heads += ["entry_description", "entry_source", "entry_external"] if whole else []
        for column, head in enumerate(heads):
            sheet.write_string(0, column, say(head), self._head)
        sheet.freeze_panes(1, 0)
        self._entries, self._row = sheet, 1
        return sheet

    def write_entries(self, entries: Sequence[tuple[EntryBehind, str]], whole: bool) -> None:
        """Rows of revenue, in order."""
        for entry, under in entries:
            sheet = self._entries
            if sheet is None or self._row == _ROWS_OF_A_SHEET:
                sheet = self.begin_entries(whole)
            row = self._row
            sheet.write_datetime(row, 0, entry.revenue_on, self._day)
            sheet.write_datetime(row, 1, entry.period, self._month)
            sheet.write_string(row, 2, str(safe_cell(entry.department or "")))
            sheet.write_string(row, 3, str(safe_cell(entry.service_line)))
            sheet.write_string(row, 4, self._writing.say(f"kind_{entry.kind}"))
            sheet.write_number(row, 5, self._decimal(entry.amount_minor), self._amount)
            sheet.write_string(row, 6, str(safe_cell(under)))
            if whole:
                sheet.write_string(row, 7, str(safe_cell(entry.description)))
                sheet.write_string(row, 8, str(safe_cell(entry.source)))
                sheet.write_string(row, 9, str(safe_cell(entry.external_id or "")))
            self._row += 1

    def close(self) -> None:
        """Puts the file together."""
        self._book.close()

    def _sheet(self, name: str, widths: Sequence[int]) -> Worksheet:
        sheet = self._book.add_worksheet(name[:31])
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        if self._writing.language in RIGHT_TO_LEFT:
            sheet.right_to_left()
        sheet.set_paper(1 if self._payout.hospital_country == "US" else 9)
        return sheet

    def _decimal(self, units: int) -> Decimal:
        """Sixteen digits are written out, and an amount has fifteen at most, so none is lost on the way."""
        return Decimal(units).scaleb(-exponent(self._payout.currency))
