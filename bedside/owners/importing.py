"""Importing owners from a table: shown before it is done, line by line, and undone as a whole (RULES, Records 2).

A line is a known owner's where its registration number is; it then changes what it says and leaves the rest. A line
that only looks like somebody known is left out and named, unless it is said to be new.
"""

from pathlib import Path
from typing import Any

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.http.problems import Conflict, NotFound, Problem
from bedside.kit.table_files import Columns, TableRow, rows_of
from bedside.kit.text import one_line, without_marks
from bedside.owners import registering, store, store_documents
from bedside.owners.model import (
    ImportedLine,
    ImportOutcome,
    NewOwner,
    Owner,
    OwnerChanges,
    OwnerImport,
)
from bedside.owners.store_documents import ImportRow

# a line takes some 5 ms, and an import is one transaction: it is done or not, and undone as a whole
MOST_LINES = 500
COLUMNS = Columns(
    names={
        "name": "name", "owner": "name", "nombre": "name",
        "kind": "kind", "type": "kind", "tipo": "kind",
        "legalname": "legal_name", "registeredname": "legal_name", "razonsocial": "legal_name",
        "registrationnumber": "registration_number", "registration": "registration_number",
        "phone": "phone", "telephone": "phone", "telefono": "phone", "mobile": "phone",
        "email": "email", "mail": "email", "correo": "email",
        "language": "language", "idioma": "language",
        "address": "address", "direccion": "address",
        "country": "country", "pais": "country",
        "hospital": "hospital", "hospitals": "hospital", "hospitalids": "hospital", "hospitalid": "hospital",
    },
    needed=("name",),
    example="name, kind, legal name, registration number, phone, email, language, address, country, hospital",
)  # fmt: skip
_KINDS = {"person": "person", "individual": "person", "persona": "person", "company": "company", "firm": "company",
          "organization": "company", "organisation": "company", "empresa": "company"}  # fmt: skip


class NoSuchImport(NotFound):
    """404: there is no such import."""

    type = "no-such-owner-import"


class CannotBeUndone(Conflict):
    """409: the import was undone, or its owners have been changed or used since; `owners` names them."""

    type = "import-cannot-be-undone"


class _Refused(Exception):
    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


async def import_owners(
    tx: Tx, *, path: Path, file_name: str, do: bool, duplicates_too: bool = False, actor: SignedIn
) -> ImportOutcome:
    """Reads a table and, with `do`, adds and changes owners as it says. `duplicates_too`: lines that look like somebody
    known are added all the same. Raises TableUnreadable (422), Conflict (409) for one of more than 500 lines."""
    name = one_line(Path(file_name).name or "table", pointer="/file", longest=200)
    places = {without_marks(one.name): one.id for one in await hospitals(tx)}
    places |= {str(id): id for id in places.values()}
    import_id = await store_documents.insert_import(tx, file_name=name, by=actor.name) if do else None
    lines: list[ImportedLine] = []
    made: list[dict[str, Any]] = []
    seen: set[str] = set()
    for row in rows_of(path, COLUMNS):
        if len(lines) == MOST_LINES:
            raise Conflict(f"The table has more than {MOST_LINES} lines.", next_step="Import it in parts.")
        lines.append(await _line(tx, row, places, seen, made, import_id, duplicates_too, actor))
    counted = {outcome: sum(line.outcome == outcome for line in lines) for outcome in ("new", "changed", "same")}
    if import_id is not None:
        await store_documents.finish_import(tx, import_id, added=counted["new"], changed=counted["changed"], made=made)
        await audit(
            tx, actor=actor, action="owners.imported", subject="owner_import", subject_id=import_id,
            after={"file": name, **counted},
        )  # fmt: skip
    return ImportOutcome(
        import_id=import_id,
        file_name=name,
        **counted,
        possible_duplicates=sum(line.outcome == "possible_duplicate" for line in lines),
        refused=sum(line.outcome == "refused" for line in lines),
        lines=lines,
    )


async def undo_import(tx: Tx, *, import_id: int, actor: SignedIn) -> OwnerImport:
    """Puts away the owners that an import added, and gives those that it changed what they had before.

    Raises NoSuchImport (404), CannotBeUndone (409) where one was changed since, which then nothing is.
    """
    found = await store_documents.lock_import(tx, import_id)
    if found is None:
        raise NoSuchImport("There is no such import.", next_step="Look at the list of imports.")
    if found.undone_at is not None:
        raise CannotBeUndone(f"It was undone by {found.undone_by_name}.", next_step="Nothing is left to do.")
    touched: list[str] = []
    for one in found.made:
        now = await registering.locked_owner(tx, owner_id=one["id"], actor=actor)
        if now.version != one["version"]:
            touched.append(now.name)
            continue
        if one["before"] is None:
            changes = OwnerChanges(archived=True)
        else:
            changes = msgspec.convert(one["before"], OwnerChanges)
        await registering.change(tx, owner_id=now.id, changes=changes, actor=actor)
    if touched:
        raise CannotBeUndone(
            f"{len(touched)} of its owners were changed since: {', '.join(touched[:5])}.",
            next_step="Nothing was undone. Change these by hand.",
            owners=touched,
        )
    await store_documents.mark_undone(tx, import_id, by=actor.name)
    await audit(tx, actor=actor, action="owners.import_undone", subject="owner_import", subject_id=import_id)
    undone = await store_documents.lock_import(tx, import_id)
    return shown(undone or found)


def shown(row: ImportRow) -> OwnerImport:
    """An import as it goes over the wire."""
    return OwnerImport(**{name: getattr(row, name) for name in OwnerImport.__struct_fields__})


async def _line(
    tx: Tx,
    row: TableRow,
    places: dict[str, int],
    seen: set[str],
    made: list[dict[str, Any]],
    import_id: int | None,
    duplicates_too: bool,
    actor: SignedIn,
) -> ImportedLine:
    name = row.cells.get("name", "")
    try:
        new = _read(row, places)
        registration = new.registration_number.casefold()
        key = registration or without_marks(new.name)
        if key in seen:
            raise _Refused("The same owner stands on an earlier line.")
        seen.add(key)
        known = await store.by_registration(tx, registration, within=actor.hospitals) if registration else None
        async with tx.savepoint():
            line = await (
                _change(tx, row, new, known, actor) if known is not None else _add(tx, row, new, import_id, actor)
            )
            counts = line.done.outcome in ("new", "changed") or (duplicates_too and line.before is None)
            if import_id is None or not counts:
                raise _OnlyLooked(line.done)
        made.append({"id": line.owner_id, "version": line.version, "before": line.before})
        line.done.owner_id = line.owner_id
        if line.done.outcome == "possible_duplicate":
            line.done.outcome = "new"
        return line.done
    except _OnlyLooked as looked:
        if looked.line.outcome == "possible_duplicate" and duplicates_too:
            looked.line.outcome = "new"
        return looked.line
    except _Refused as refused:
        return ImportedLine(line=row.line, name=name, outcome="refused", because=refused.because)
    except Problem as problem:
        return ImportedLine(line=row.line, name=name, outcome="refused", because=problem.detail)


class _OnlyLooked(Exception):
    def __init__(self, line: ImportedLine) -> None:
        super().__init__(line)
        self.line = line


class _Done(msgspec.Struct):
    """What a line did to whom, the version that they have then, and what they had before; None for somebody new."""

    done: ImportedLine
    owner_id: int
    version: int
    before: dict[str, Any] | None


async def _add(tx: Tx, row: TableRow, new: NewOwner, import_id: int | None, actor: SignedIn) -> _Done:
    """Adds an owner; one who may be known is said to be a possible duplicate."""
    added = await registering.add_owner(tx, new=new, actor=actor, import_id=import_id)
    line = ImportedLine(line=row.line, name=added.name, outcome="new")
    if alike := added.possible_duplicates:
        line.outcome, line.because = "possible_duplicate", f"{alike[0].name} has {alike[0].because}."
        line.owner_id = alike[0].id
    return _Done(line, added.id, added.version, None)


async def _change(tx: Tx, row: TableRow, new: NewOwner, known: Owner, actor: SignedIn) -> _Done:
    """Changes what the line says of a known owner, and leaves the rest."""
    said = [one for one in row.cells if one not in ("hospital", "registration_number")]
    changes = OwnerChanges(**{name: getattr(new, name) for name in said})
    after = await registering.change(tx, owner_id=known.id, changes=changes, actor=actor)
    differs = [name for name in said if getattr(after, name) != getattr(known, name)]
    spelled = dict(zip(OwnerChanges.__struct_fields__, OwnerChanges.__struct_encode_fields__, strict=True))
    line = ImportedLine(
        line=row.line,
        name=known.name,
        outcome="changed" if differs else "same",
        because=", ".join(name.replace("_", " ") for name in differs),
        owner_id=known.id,
    )
    return _Done(line, known.id, after.version, {spelled[name]: getattr(known, name) for name in differs})


def _read(row: TableRow, places: dict[str, int]) -> NewOwner:
    """The line as an owner. Raises _Refused."""
    cells = row.cells
    kind = _KINDS.get(without_marks(cells.get("kind", "person")))
    if kind is None:
        raise _Refused(f"“{cells['kind'][:40]}” is neither person nor company.")
    hospital_ids = []
    for called in cells.get("hospital", "").replace(";", ",").split(","):
        if not called.strip():
            continue
        hospital_id = places.get(without_marks(called.strip()))
        if hospital_id is None:
            raise _Refused(f"There is no hospital “{called.strip()[:60]}”.")
        hospital_ids.append(hospital_id)
    country = cells.get("country", "").upper() or None
    try:
        return msgspec.convert(
            {
                "name": cells.get("name", ""),
                "kind": kind,
                "legalName": cells.get("legal_name", ""),
                "registrationNumber": cells.get("registration_number", ""),
                "phone": cells.get("phone"),
                "email": cells.get("email"),
                "language": cells.get("language", "").lower() or None,
                "address": cells.get("address", ""),
                "country": country,
                "hospitalIds": hospital_ids,
            },
            NewOwner,
        )
    except msgspec.ValidationError as error:
        raise _Refused(str(error).replace(" - at `$.", " in `")) from None
