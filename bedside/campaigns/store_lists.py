"""SQL of who is on a list, and of whom the lines of a file name."""

from typing import LiteralString

import msgspec
from psycopg import sql

from bedside.campaigns.list_model import Member
from bedside.campaigns.rules import Whose
from bedside.campaigns.store_reach import WITHIN
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

_TABLES: dict[Whose, LiteralString] = {"patients": "crm.patients", "owners": "crm.hospital_owners"}
_SORTS = {
    "added": (Key("m.added_at", "timestamptz", "added_at"), Key("m.person_id", "bigint", "person_id")),
    "id": (Key("m.person_id", "bigint", "person_id"),),
}
_LIST: LiteralString = "m.audience_id = %(list_id)s"

MEMBERS: dict[Whose, Listing[Member]] = {
    "patients": Listing(
        into=Member,
        select="""
select m.person_id, p.first_name || ' ' || p.last_name as name, p.record_number as number, m.how, m.added_by_name,
       m.added_at
from communications.audience_members m join crm.patients p on p.id = m.person_id""",
        sorts=_SORTS,
        default_sort="-added",
        filters={
            "list_id": _LIST,
            "how": "m.how = %(how)s",
            "within": WITHIN["patients"],
            "q": """(crm.searchable(p.first_name || ' ' || p.last_name) like '%%' || crm.searchable(%(q)s) || '%%'
                     or p.record_number = %(q)s)""",
        },
    ),
    "owners": Listing(
        into=Member,
        select="""
select m.person_id, p.name, '' as number, m.how, m.added_by_name, m.added_at
from communications.audience_members m join crm.hospital_owners p on p.id = m.person_id""",
        sorts=_SORTS,
        default_sort="-added",
        filters={
            "list_id": _LIST,
            "how": "m.how = %(how)s",
            "within": WITHIN["owners"],
            "q": "crm.searchable(p.name) like '%%' || crm.searchable(%(q)s) || '%%'",
        },
    ),
}


async def here(tx: Tx, *, ids: list[int], whose: Whose, within: list[int] | None) -> set[int]:
    """Those of the people who are there, and not put away, at these hospitals."""
    query = sql.SQL("select p.id from {} p where p.id = any(%(ids)s::bigint[]) and {}").format(
        sql.SQL(_TABLES[whose]), _visible(whose, within)
    )
    return {row[0] for row in await tx.rows(query, ids=ids, within=within)}


async def put_on(tx: Tx, *, list_id: int, ids: list[int], how: str, by: str) -> int:
    """Puts people on a list, and says how many were not on it before."""
    return await tx.execute(
        """insert into communications.audience_members (audience_id, person_id, how, added_by_name, added_at)
           select %(list_id)s, id, %(how)s, %(by)s, %(now)s from unnest(%(ids)s::bigint[]) id order by id
           on conflict do nothing""",
        list_id=list_id,
        ids=ids,
        how=how,
        by=by,
    )


async def take_off(tx: Tx, *, list_id: int, person_id: int, how: str, by: str) -> bool:
    """Takes somebody off a list, and keeps how they had come; whether they were on it."""
    gone = await tx.execute(
        """with gone as (
               delete from communications.audience_members
               where audience_id = %(list_id)s and person_id = %(person_id)s
               returning audience_id, person_id, how, added_by_name, added_at)
           insert into communications.audience_departures
               (audience_id, person_id, how, added_by_name, added_at, left_how, left_by_name, left_at)
           select audience_id, person_id, how, added_by_name, added_at, %(how)s, %(by)s, %(now)s from gone""",
        list_id=list_id,
        person_id=person_id,
        how=how,
        by=by,
    )
    return gone > 0


async def put_back(tx: Tx, *, list_id: int, person_id: int) -> str | None:
    """Puts somebody back who was taken off by hand, as they had come; says how they last left, None if never."""
    rows = await tx.rows(
        """with last as (
               select id, how, added_by_name, added_at, left_how from communications.audience_departures
               where audience_id = %(list_id)s and person_id = %(person_id)s and put_back_at is null
               order by id desc limit 1),
           marked as (
               update communications.audience_departures d set put_back_at = %(now)s from last
               where d.id = last.id and last.left_how = 'hand'),
           back as (
               insert into communications.audience_members (audience_id, person_id, how, added_by_name, added_at)
               select %(list_id)s, %(person_id)s, how, added_by_name, added_at from last where left_how = 'hand'
               on conflict do nothing)
           select left_how from last""",
        list_id=list_id,
        person_id=person_id,
    )
    return rows[0][0] if rows else None


async def on_it(tx: Tx, *, list_id: int, ids: list[int]) -> set[int]:
    """Those of the people who are on the list."""
    rows = await tx.rows(
        """select person_id from communications.audience_members
           where audience_id = %(list_id)s and person_id = any(%(ids)s::bigint[])""",
        list_id=list_id,
        ids=ids,
    )
    return {row[0] for row in rows}


class Named(msgspec.Struct):
    """Whom a line names: everybody who fits all that it says."""

    line: int
    person_id: int
    people: int


# Each word of a line finds its people by an index; who fits them all is meant.
_HITS: dict[Whose, LiteralString] = {
    "patients": """
select l.line, p.id from lines l join crm.patients p on p.record_number = l.number
union all
select l.line, k.patient_id from lines l join crm.contact_points k on k.kind = 'phone' and k.value = l.phone
union all
select l.line, k.patient_id from lines l join crm.contact_points k on k.kind = 'email' and k.value = l.email""",
    "owners": """
select l.line, p.id from lines l join crm.hospital_owners p on p.phone = l.phone
union all select l.line, p.id from lines l join crm.hospital_owners p on lower(p.email) = l.email""",
}


async def named_by(
    tx: Tx,
    *,
    whose: Whose,
    within: list[int] | None,
    lines: list[int],
    numbers: list[str | None],
    phones: list[str | None],
    emails: list[str | None],
) -> list[Named]:
    """Whom these lines name, all of them in one statement; lines that name nobody are left out."""
    query = sql.SQL(
        "with lines as (select line, number, phone, email, num_nonnulls(number, phone, email) as said"
        " from unnest(%(lines)s::integer[], %(numbers)s::text[], %(phones)s::text[], %(emails)s::text[])"
        " as given (line, number, phone, email)), hits as ({}),"
        " fits as (select h.line, h.id from hits h join lines l on l.line = h.line"
        " group by h.line, h.id, l.said having count(*) = l.said)"
        " select f.line, min(p.id) as person_id, count(*) as people from fits f join {} p on p.id = f.id"
        " where {} group by f.line"
    ).format(sql.SQL(_HITS[whose]), sql.SQL(_TABLES[whose]), _visible(whose, within))
    return await tx.all(
        Named, query, lines=lines, numbers=numbers, phones=phones, emails=emails, within=within
    )  # fmt: skip


def _visible(whose: Whose, within: list[int] | None) -> sql.Composable:
    there = sql.SQL("p.archived_at is null")
    return there if within is None else there + sql.SQL(" and " + WITHIN[whose])
