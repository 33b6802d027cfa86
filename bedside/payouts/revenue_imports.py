"""Importing revenue from a table: what would be refused and why, then doing it, and undoing it while months are open.

A table is read a thousand lines at a time, in one transaction: it is imported or it is not, and memory stays flat.
Lines that cannot be are left out and named; sent twice with the same external id, a line is one entry.
"""

from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.directory import Hospital
from bedside.event_log import record
from bedside.kit.database import Tx
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Conflict, Problem
from bedside.kit.money import amount_text
from bedside.kit.text import one_line
from bedside.kit.wire import Wire
from bedside.payouts import periods, store_periods, store_revenue
from bedside.payouts.events import RevenueRecorded
from bedside.payouts.import_files import NEEDED, TableRow, rows_of
from bedside.payouts.model import NewRevenueEntry, NoSuchEntry, RevenueSum
from bedside.payouts.months import month_words
from bedside.payouts.revenue import Known, checked_row, entries_corrected, what_is_known
from bedside.payouts.store_revenue import EntryRow, ImportRow

AT_ONCE = 1000
MOST_NAMED = 200  # refused lines that are named one by one


class RefusedLine(Wire, kw_only=True):
    """A line that was left out, and why."""

    line: int
    detail: str
    column: str | None = None


class ImportOutcome(Wire, kw_only=True):
    """What an import makes, or would make: `importId` null where it was only looked at.

    `entries` are new, `alreadyThere` came before under the same external id, `refused` were left out; the first 200 of
    those stand in `refusedLines`. Sums are those of the new ones, by currency.
    """

    import_id: int | None
    file_name: str
    entries: int
    already_there: int
    refused: int
    refused_lines: list[RefusedLine]
    sums: list[RevenueSum]
    first_day: date | None
    last_day: date | None


class ImportUndone(Conflict):
    """409: the import was undone already."""

    type = "import-undone"


class _Reading(msgspec.Struct, kw_only=True):
    """How far a table has been read."""

    entries: int = 0
    already_there: int = 0
    refused: list[RefusedLine] = []
    refused_count: int = 0
    sums: dict[str, tuple[int, int]] = {}
    days: set[date] = set()
    hospitals: set[int] = set()

    def refuse(self, line: int, detail: str, column: str | None = None) -> None:
        self.refused_count += 1
        if len(self.refused) < MOST_NAMED:
            self.refused.append(RefusedLine(line=line, detail=detail, column=column))

    def count(self, row: dict[str, Any]) -> None:
        self.entries += 1
        amount, entries = self.sums.get(row["currency"], (0, 0))
        self.sums[row["currency"]] = (amount + row["amount_minor"], entries + 1)
        self.days = {min(self.days | {row["revenue_on"]}), max(self.days | {row["revenue_on"]})}
        self.hospitals.add(row["hospital_id"])


async def import_table(
    tx: Tx, *, path: Path, file_name: str, hospital_id: int | None, source: str, do: bool, actor: SignedIn
) -> ImportOutcome:
    """Reads a table and, with `do`, records what it says. `hospital_id`: whose the lines are that name none.

    Raises TableUnreadable (422) where it is no table. What is wrong with single lines is told, and refuses no others.
    """
    name = one_line(Path(file_name).name or "table", pointer="/file", longest=200)
    source = one_line(source, pointer="/source", longest=60)
    known = await what_is_known(tx, actor=actor)
    closed = {(one.hospital_id, one.period) for one in await store_periods.periods(
        tx, hospitals=actor.hospitals, hospital_id=None, status="closed")}  # fmt: skip
    reading = _Reading()
    import_id = await store_revenue.insert_import(tx, file_name=name, by=actor.name) if do else None
    lines = rows_of(path)
    first_entry: int | None = None
    seen: set[str] = set()
    while chunk := list(islice(lines, AT_ONCE)):
        rows = await _checked(
            tx, chunk, known, closed, reading, actor, hospital_id=hospital_id, source=source, seen=seen
        )
        if import_id is None:
            continue
        kept = [row | {"import_id": import_id, "created_by_name": actor.name} for row in rows]
        async with periods.refused_if_closed(tx, pointer="/file"):
            made = await store_revenue.insert_entries(tx, kept)
        first_entry = first_entry or (made[0] if made else None)
    if import_id is not None:
        await store_revenue.finish_import(tx, import_id, entries=reading.entries, refused=reading.refused_count)
        await audit(
            tx, actor=actor, action="revenue.imported", subject="revenue_import", subject_id=import_id,
            after={"file": name, "entries": reading.entries, "refused": reading.refused_count},
        )  # fmt: skip
        if first_entry is not None:
            only = reading.hospitals.pop() if len(reading.hospitals) == 1 else None
            event = RevenueRecorded(
                revenue_entry_id=first_entry, entries=reading.entries, source=source, hospital_id=only
            )
            await record(tx, event, actor=actor)
    return _outcome(reading, import_id, name)


async def undo_import(tx: Tx, *, import_id: int, actor: SignedIn) -> ImportRow:
    """Mirrors every entry of an import, in its own month: none is taken away.

    Raises NoSuchEntry (404), ImportUndone (409), PeriodClosed (409) where one of its months is closed.
    """
    found = await store_revenue.lock_import(tx, import_id)
    theirs = await store_revenue.hospitals_of_import(tx, import_id)
    if found is None or not all(actor.works_at(one) for one in theirs):
        raise NoSuchEntry("There is no such import.", next_step="Look it up in /api/revenue-imports.")
    if found.undone_at is not None:
        raise ImportUndone(f"It was undone by {found.undone_by_name}.", next_step="Nothing is left to do.")
    async with periods.refused_if_closed(tx):
        mirrored = await store_revenue.undo_import(tx, import_id, by=actor.name)
    await audit(
        tx, actor=actor, action="revenue.import_undone", subject="revenue_import", subject_id=import_id,
        after={"entries": mirrored},
    )  # fmt: skip
    undone = await store_revenue.lock_import(tx, import_id)
    return undone if undone is not None else found


async def imports(tx: Tx, *, user: SignedIn, cursor: str | None, limit: int) -> Page[ImportRow]:
    """Imports of the user's hospitals, the newest first."""
    return await store_revenue.IMPORTS.page(tx, filters={"hospitals": user.hospitals}, cursor=cursor, limit=limit)


async def _checked(
    tx: Tx,
    chunk: list[TableRow],
    known: Known,
    closed: set[tuple[int, date]],
    reading: _Reading,
    actor: SignedIn,
    *,
    hospital_id: int | None,
    source: str,
    seen: set[str],
) -> list[dict[str, Any]]:
    """The lines of a chunk that can be entries, as rows; the others are told of."""
    read = list(_read(chunk, known, reading, hospital_id=hospital_id, source=source))
    about = await entries_corrected(tx, [one for _, one in read])
    rows: list[dict[str, Any]] = []
    for line, one in read:
        row = _row(line, one, known, closed, about, reading, actor)
        if row is not None:
            rows.append(row)
    named = [(row["source"], row["external_id"]) for row in rows if row["external_id"] is not None]
    there = await store_revenue.known_by(tx, named) if named else {}
    new = []
    for row in rows:
        key = (row["source"], row["external_id"])
        # `seen`: a table that names an entry twice
        mark = f"{key[0]}\n{key[1]}"
        if row["external_id"] is not None and (key in there or mark in seen):
            reading.already_there += 1
            continue
        if row["external_id"] is not None:
            seen.add(mark)
        reading.count(row)
        new.append(row)
    return new


def _row(
    line: int,
    one: NewRevenueEntry,
    known: Known,
    closed: set[tuple[int, date]],
    about: dict[int, EntryRow],
    reading: _Reading,
    actor: SignedIn,
) -> dict[str, Any] | None:
    try:
        place, row = checked_row(one, known=known, about=about, actor=actor, at="")
    except Problem as problem:
        pointer = problem.errors[0]["pointer"].strip("/") if problem.errors else None
        reading.refuse(line, " ".join(filter(None, (problem.detail, problem.next_step))), pointer)
        return None
    if (place.id, row["period"]) in closed:
        reading.refuse(line, f"The books of {month_words(row['period'])} are closed. Name an open month.", "period")
        return None
    return row


def _read(
    chunk: list[TableRow], known: Known, reading: _Reading, *, hospital_id: int | None, source: str
) -> Iterator[tuple[int, NewRevenueEntry]]:
    by_name = {name: one for one in known.places.values() for name in (one.name.casefold(), one.slug, str(one.id))}
    for row in chunk:
        missing = [name for name in NEEDED if name not in row.cells]
        if missing:
            reading.refuse(row.line, "This is missing.", missing[0].replace("revenue_on", "date"))
            continue
        try:
            yield row.line, _entry(row.cells, by_name, hospital_id=hospital_id, source=source)
        except msgspec.ValidationError as fault:
            reading.refuse(row.line, str(fault).replace(" - at `$.", ": ").rstrip("`"))


def _entry(
    cells: dict[str, str], by_name: dict[str, Hospital], *, hospital_id: int | None, source: str
) -> NewRevenueEntry:
    """A line as an entry. Raises ValidationError for what is not of its kind."""
    said: dict[str, Any] = {
        "amount": cells["amount"],
        "revenueOn": cells["revenue_on"].replace("/", "-"),
        "source": cells.get("source", source),
    }
    if "hospital" in cells:
        place = by_name.get(cells["hospital"].casefold())
        if place is None:
            raise msgspec.ValidationError(f"There is no hospital “{cells['hospital'][:40]}”.")
        hospital_id = place.id
    if hospital_id is not None:
        said["hospitalId"] = hospital_id
    for column, name in (
        ("currency", "currency"), ("department", "department"), ("service_line", "serviceLine"),
        ("description", "description"), ("external_id", "externalId"), ("period", "period"),
    ):  # fmt: skip
        if column in cells:
            said[name] = cells[column]
    if "kind" in cells:
        said["kind"] = cells["kind"].lower()
    for column, name in (("corrects", "corrects"), ("department_id", "departmentId")):
        if column in cells:
            said[name] = int(cells[column]) if cells[column].isdecimal() else cells[column]
    return msgspec.convert(said, NewRevenueEntry)


def _outcome(reading: _Reading, import_id: int | None, name: str) -> ImportOutcome:
    return ImportOutcome(
        import_id=import_id,
        file_name=name,
        entries=reading.entries,
        already_there=reading.already_there,
        refused=reading.refused_count,
        refused_lines=reading.refused,
        sums=[
            RevenueSum(currency=currency, amount=amount_text(amount, currency), amount_minor=amount, entries=entries)
            for currency, (amount, entries) in sorted(reading.sums.items())
        ],
        first_day=min(reading.days, default=None),
        last_day=max(reading.days, default=None),
    )
