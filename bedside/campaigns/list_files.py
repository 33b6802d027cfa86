"""People onto a list from a file: looked at line by line before anything is written, then written at once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bedside.accounts import SignedIn
from bedside.campaigns import lists, store_lists
from bedside.campaigns.list_model import ListImported, RefusedLine
from bedside.campaigns.rules import Whose
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.email_address import parse_email
from bedside.kit.http.problems import Conflict, Invalid
from bedside.kit.phone import parse_phone
from bedside.kit.table_files import Columns, TableRow, rows_of
from bedside.kit.text import one_line

MOST_LINES = 100_000
LARGEST = 10_000_000  # bytes: these lines, with all that may stand in them
NAMES = {
    "patientnumber": "number", "recordnumber": "number", "number": "number", "patient": "number",
    "patientno": "number", "mrn": "number", "expediente": "number",
    "phone": "phone", "phonenumber": "phone", "mobile": "phone", "telephone": "phone", "telefono": "phone",
    "email": "email", "mail": "email", "emailaddress": "email", "correo": "email",
}  # fmt: skip
_OWNERS = ("phone", "email")
# any one of its columns says who is meant, so none is needed by itself
COLUMNS: dict[Whose, Columns] = {
    "patients": Columns(
        names=NAMES, needed=(), one_of=("number", "phone", "email"), example="patientNumber, phone, email"
    ),
    "owners": Columns(
        names={name: part for name, part in NAMES.items() if part in _OWNERS},
        needed=(),
        one_of=_OWNERS,
        example="phone, email",
    ),
}


class _Line(msgspec.Struct):
    """A line with what names somebody, read."""

    line: int
    said: str
    number: str | None = None
    phone: str | None = None
    email: str | None = None


async def import_members(
    tx: Tx, *, list_id: int, path: Path, file_name: str, dry_run: bool, user: SignedIn
) -> ListImported:
    """Reads a table and says whom its lines name; puts those on the list unless `dry_run`. Lines that name nobody, more
    than one person or somebody a second time, and broken ones, are told and hold up no other.

    Raises TableUnreadable (422), Conflict (409) for more than 100,000 lines, and what `the_list` does."""
    found = await lists.the_list(tx, list_id=list_id, user=user, change=True)
    name = one_line(Path(file_name).name or "table", pointer="/file", longest=200)
    countries = {one.country for one in await hospitals(tx, ids=user.hospitals)}
    region = next(iter(countries)) if len(countries) == 1 else None
    # reading numbers takes a tenth of a millisecond each: others are answered meanwhile
    read = await asyncio.to_thread(lambda: list(_read(path, region=region, columns=COLUMNS[found.whose])))
    refused = [one for one in read if isinstance(one, RefusedLine)]
    lines = [one for one in read if isinstance(one, _Line)]
    named = {
        one.line: one
        for one in await store_lists.named_by(
            tx,
            whose=found.whose,
            within=lists.within(found, user),
            lines=[one.line for one in lines],
            numbers=[one.number for one in lines],
            phones=[one.phone for one in lines],
            emails=[one.email for one in lines],
        )
    }
    first: dict[int, int] = {}  # the line that a person is named on first
    for one in lines:
        hit = named.get(one.line)
        if hit is None:
            refused.append(_refused(one, "nobody", "Nobody whom this list may have is known by this."))
        elif hit.people > 1:
            refused.append(
                _refused(one, "several", f"{hit.people} people are known by this: add what tells them apart.")
            )
        elif (before := first.setdefault(hit.person_id, one.line)) != one.line:
            refused.append(_refused(one, "twice", f"Line {before} names the same person."))
    ids = list(first)
    same = len(await store_lists.on_it(tx, list_id=found.id, ids=ids))
    counts = {kind: sum(one.outcome == kind for one in refused) for kind in ("nobody", "several", "twice", "broken")}
    outcome = ListImported(
        dry_run=dry_run,
        file_name=name,
        lines=len(read),
        new=len(ids) - same,
        same=same,
        refused=sorted(refused, key=lambda one: one.line),
        **counts,
    )
    if not dry_run and outcome.new:
        await store_lists.put_on(tx, list_id=found.id, ids=ids, how="file", by=user.name)
        await lists.told(tx, found, user, "imported", {"file": name, "people": outcome.new} | counts)
    return outcome


def _read(path: Path, *, region: str | None, columns: Columns) -> Iterator[_Line | RefusedLine]:
    for count, row in enumerate(rows_of(path, columns)):
        if count == MOST_LINES:
            raise Conflict(f"The table has more than {MOST_LINES:,} lines.", next_step="Import it in parts.")
        try:
            yield _line(row, region=region)
        except Invalid as problem:
            yield RefusedLine(line=row.line, said=_said(row), outcome="broken", because=problem.detail)


def _line(row: TableRow, *, region: str | None) -> _Line:
    """Raises Invalid (422), in words for whoever looks at the line."""
    # a spreadsheet's export puts ' before what begins with +
    cells = {part: cell.removeprefix("'") for part, cell in row.cells.items()}
    if not any(cells.values()):
        raise Invalid("It names nobody: the columns that say who is meant are empty.")
    number, phone, email = cells.get("number"), cells.get("phone"), cells.get("email")
    return _Line(
        line=row.line,
        said=_said(row),
        number=one_line(number, pointer="/number", longest=100) if number else None,
        phone=parse_phone(phone, region=region) if phone else None,
        email=parse_email(email) if email else None,
    )


def _said(row: TableRow) -> str:
    return ", ".join(row.cells.values())[:200]


def _refused(one: _Line, outcome: str, because: str) -> RefusedLine:
    return RefusedLine(line=one.line, said=one.said, outcome=outcome, because=because)  # type: ignore[arg-type]
