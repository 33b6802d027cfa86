"""SQL of revenue entries and their imports. Entries are only ever added."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any, LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

COLUMNS: LiteralString = """
select e.id, e.hospital_id, e.department_id, d.name as department, e.service_line, e.revenue_on, e.period, e.kind,
       e.amount_minor, e.currency, e.corrects, e.description, e.source, e.external_id, e.import_id, e.created_by_name,
       e.created_at
from crm.revenue_entries e left join crm.departments d on d.id = e.department_id
"""


class EntryRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it is stored."""

    id: int
    hospital_id: int
    department_id: int | None
    department: str | None
    service_line: str
    revenue_on: date
    period: date
    kind: str
    amount_minor: int
    currency: str
    corrects: int | None
    description: str
    source: str
    external_id: str | None
    import_id: int | None
    created_by_name: str
    created_at: Any


FILTERS: dict[str, LiteralString] = {
    "hospitals": "e.hospital_id = any(%(hospitals)s::bigint[])",
    "hospital_id": "e.hospital_id = %(hospital_id)s",
    "department_id": "e.department_id = %(department_id)s",
    "service_line": "lower(e.service_line) = lower(%(service_line)s)",
    "period": "e.period = %(period)s",
    "since": "e.revenue_on >= %(since)s",
    "until": "e.revenue_on <= %(until)s",
    "kind": "e.kind = %(kind)s",
    "source": "e.source = %(source)s",
    "import_id": "e.import_id = %(import_id)s",
    "currency": "e.currency = %(currency)s",
    "late": "e.period > date_trunc('month', e.revenue_on)::date",
}

ENTRIES = Listing(
    into=EntryRow,
    select=COLUMNS,
    sorts={
        "day": (Key("e.revenue_on", "date", "revenue_on"), Key("e.id", "bigint", "id")),
        "amount": (Key("e.amount_minor", "bigint", "amount_minor"), Key("e.id", "bigint", "id")),
        "id": (Key("e.id", "bigint", "id"),),
    },
    default_sort="-day",
    filters=FILTERS,
)

# which of a filter's conditions hold is decided by its parameters being null or not
_WHERE: LiteralString = """
where (%(hospitals)s::bigint[] is null or e.hospital_id = any(%(hospitals)s))
  and (%(hospital_id)s::bigint is null or e.hospital_id = %(hospital_id)s)
  and (%(department_id)s::bigint is null or e.department_id = %(department_id)s)
  and (%(service_line)s::text is null or lower(e.service_line) = lower(%(service_line)s))
  and (%(period)s::date is null or e.period = %(period)s)
  and (%(since)s::date is null or e.revenue_on >= %(since)s)
  and (%(until)s::date is null or e.revenue_on <= %(until)s)
  and (%(kind)s::text is null or e.kind = %(kind)s)
  and (%(source)s::text is null or e.source = %(source)s)
  and (%(import_id)s::bigint is null or e.import_id = %(import_id)s)
  and (%(currency)s::text is null or e.currency = %(currency)s)
"""
WANTED = (
    "hospitals", "hospital_id", "department_id", "service_line", "period", "since", "until", "kind", "source",
    "import_id", "currency",
)  # fmt: skip


class Sum(msgspec.Struct, frozen=True):
    """What entries come to in a currency."""

    currency: str
    amount_minor: int
    entries: int


async def sums(tx: Tx, filters: dict[str, Any]) -> list[Sum]:
    """What the entries that a filter leaves come to, by currency."""
    return await tx.all(
        Sum,
        "select e.currency, sum(e.amount_minor)::bigint as amount_minor, count(*) as entries from crm.revenue_entries e"
        + _WHERE
        + "group by e.currency order by e.currency",
        **{name: filters.get(name) for name in WANTED},
    )


class DaySum(msgspec.Struct, frozen=True):
    """What a day or month came to, in a currency."""

    day: date
    currency: str
    amount_minor: int


async def sums_over_time(tx: Tx, filters: dict[str, Any], *, by: str) -> list[DaySum]:
    """The same by day or by month (`by`), in order."""
    return await tx.all(
        DaySum,
        "select date_trunc(%(by)s, e.revenue_on)::date as day, e.currency, sum(e.amount_minor)::bigint as amount_minor"
        " from crm.revenue_entries e" + _WHERE + "group by 1, 2 order by 1, 2",
        by=by,
        **{name: filters.get(name) for name in WANTED},
    )


def export(tx: Tx, filters: dict[str, Any]) -> AsyncIterator[EntryRow]:
    """Entries one by one, by id."""
    wanted: dict[str, Any] = {name: filters.get(name) for name in WANTED}
    return tx.stream(EntryRow, COLUMNS + _WHERE + "order by e.id", **wanted)


async def entry(tx: Tx, entry_id: int) -> EntryRow | None:
    """One entry."""
    return await tx.maybe(EntryRow, COLUMNS + "where e.id = %(id)s", id=entry_id)


async def entries(tx: Tx, ids: Sequence[int]) -> list[EntryRow]:
    """The entries with these ids, by id."""
    return await tx.all(EntryRow, COLUMNS + "where e.id = any(%(ids)s) order by e.id", ids=list(ids))


async def known_by(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The ids of entries that other systems call so: by source and external id."""
    rows = await tx.rows(
        """select e.source, e.external_id, e.id from crm.revenue_entries e
           join (select * from unnest(%(sources)s::text[], %(names)s::text[]) as asked (source, name)) asked
             on e.source = asked.source and e.external_id = asked.name""",
        sources=[source for source, _ in keys],
        names=[name for _, name in keys],
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def insert_entries(tx: Tx, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Adds entries in one statement; gives the ids of those that were new, in order. One whose source and external id
    are known is left out."""
    found = await tx.rows(
        """insert into crm.revenue_entries (hospital_id, department_id, service_line, revenue_on, period, kind,
               amount_minor, currency, corrects, description, source, external_id, import_id, created_by_name,
               created_at)
           select hospital_id, department_id, service_line, revenue_on, period, kind, amount_minor, currency, corrects,
               description, source, external_id, import_id, created_by_name, %(now)s
           from rows from (jsonb_to_recordset(%(rows)s::jsonb) as (hospital_id bigint, department_id bigint,
               service_line text, revenue_on date, period date, kind text, amount_minor bigint, currency text,
               corrects bigint, description text, source text, external_id text, import_id bigint,
               created_by_name text)) with ordinality
           order by ordinality
           on conflict (source, external_id) where external_id is not null do nothing
           returning id""",
        rows=msgspec.json.encode(list(rows)).decode(),
    )
    return [row[0] for row in found]


async def departments_by_name(tx: Tx, hospital_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """Departments of these hospitals by hospital and name in lower case."""
    rows = await tx.rows(
        "select hospital_id, lower(name), id from crm.departments where hospital_id = any(%(ids)s)",
        ids=list(hospital_ids),
    )
    return {(row[0], row[1]): row[2] for row in rows}


class ImportRow(msgspec.Struct, kw_only=True, rename="camel"):
    """An import of entries, as the API shows it."""

    id: int
    file_name: str
    entries: int
    refused: int
    created_by_name: str
    created_at: Any
    undone_at: Any
    undone_by_name: str | None


_IMPORT: LiteralString = """
select id, file_name, entries, refused, created_by_name, created_at, undone_at, undone_by_name from crm.revenue_imports
"""
IMPORTS = Listing(
    into=ImportRow,
    select=_IMPORT,
    sorts={"id": (Key("id", "bigint", "id"),)},
    default_sort="-id",
    filters={
        "hospitals": """not exists (select from crm.revenue_entries e where e.import_id = revenue_imports.id
                                    and e.hospital_id <> all(%(hospitals)s::bigint[]))"""
    },
)


async def insert_import(tx: Tx, *, file_name: str, by: str) -> int:
    """Begins an import."""
    return int(
        await tx.value(
            """insert into crm.revenue_imports (file_name, created_by_name, created_at)
               values (%(file_name)s, %(by)s, %(now)s) returning id""",
            file_name=file_name,
            by=by,
        )
    )


async def finish_import(tx: Tx, import_id: int, *, entries: int, refused: int) -> ImportRow:
    """Notes what an import came to."""
    return await tx.one(
        ImportRow,
        """update crm.revenue_imports set entries = %(entries)s, refused = %(refused)s where id = %(id)s
           returning id, file_name, entries, refused, created_by_name, created_at, undone_at, undone_by_name""",
        id=import_id,
        entries=entries,
        refused=refused,
    )


async def lock_import(tx: Tx, import_id: int) -> ImportRow | None:
    """An import, for undoing it."""
    return await tx.maybe(ImportRow, _IMPORT + "where id = %(id)s for update", id=import_id)


async def hospitals_of_import(tx: Tx, import_id: int) -> list[int]:
    """Whose entries an import made."""
    rows = await tx.rows("select distinct hospital_id from crm.revenue_entries where import_id = %(id)s", id=import_id)
    return [row[0] for row in rows]


async def undo_import(tx: Tx, import_id: int, *, by: str) -> int:
    """Mirrors every entry of an import in its own month, and says so on the import; gives how many."""
    mirrored = await tx.execute(
        """insert into crm.revenue_entries (hospital_id, department_id, service_line, revenue_on, period, kind,
               amount_minor, currency, corrects, description, source, created_by_name, created_at)
           select hospital_id, department_id, service_line, revenue_on, period, 'correction', -amount_minor, currency,
               id, 'Import undone', 'undo', %(by)s, %(now)s
           from crm.revenue_entries where import_id = %(id)s order by id""",
        id=import_id,
        by=by,
    )
    await tx.execute(
        "update crm.revenue_imports set undone_at = %(now)s, undone_by_name = %(by)s where id = %(id)s",
        id=import_id,
        by=by,
    )
    return mirrored
