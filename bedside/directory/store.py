"""SQL of hospitals, departments, rooms and equipment."""

from typing import Any, LiteralString

import msgspec

from bedside.directory.model import Department, Hospital, OpeningHours, Resource
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.kit.money import exponent, minor_units

_HOSPITAL: LiteralString = """
select id, name, slug, time_zone, currency, locale, languages, country, subdivision, phone, email, address,
       directions, online_booking, quiet_from, quiet_until, archived_at, version,
       round(visit_worth_minor / 10::numeric ^ visit_worth_exponent, visit_worth_exponent)::text as visit_worth
from crm.hospitals
"""
_DEPARTMENT: LiteralString = """
select id, hospital_id, name, discreet, online_booking, position, archived_at, version from crm.departments
"""
_RESOURCE: LiteralString = "select id, hospital_id, name, kind, is_room, archived_at, version from crm.resources "

_BY_NAME = Key("name", "text", "name")
_BY_ID = Key("id", "bigint", "id")
# null does not count as a filter, so `archived` false shows the living and true the archived
_ARCHIVED: LiteralString = "(archived_at is not null) = %(archived)s"

HOSPITALS = Listing(
    into=Hospital,
    select=_HOSPITAL,
    sorts={"name": (_BY_NAME, _BY_ID), "id": (_BY_ID,)},
    default_sort="name",
    filters={"archived": _ARCHIVED, "q": "position(crm.searchable(%(q)s) in crm.searchable(name)) > 0"},
)
DEPARTMENTS = Listing(
    into=Department,
    select=_DEPARTMENT,
    sorts={
        "position": (Key("position", "smallint", "position"), _BY_NAME, _BY_ID),
        "name": (_BY_NAME, _BY_ID),
        "id": (_BY_ID,),
    },
    default_sort="position",
    filters={
        "archived": _ARCHIVED,
        "hospital_id": "hospital_id = %(hospital_id)s",
        "q": "position(crm.searchable(%(q)s) in crm.searchable(name)) > 0",
    },
)
RESOURCES = Listing(
    into=Resource,
    select=_RESOURCE,
    sorts={"name": (_BY_NAME, _BY_ID), "id": (_BY_ID,)},
    default_sort="name",
    filters={
        "archived": _ARCHIVED,
        "hospital_id": "hospital_id = %(hospital_id)s",
        "kind": "kind = %(kind)s",
        "q": "position(crm.searchable(%(q)s) in crm.searchable(name)) > 0",
    },
)


async def hospital(tx: Tx, hospital_id: int) -> Hospital | None:
    """A hospital, archived or not."""
    return await tx.maybe(Hospital, _HOSPITAL + "where id = %(id)s", id=hospital_id)


async def hospital_by_slug(tx: Tx, slug: str) -> Hospital | None:
    """The hospital whose public pages have this name."""
    return await tx.maybe(Hospital, _HOSPITAL + "where slug = %(slug)s", slug=slug)


async def hospitals(tx: Tx, ids: list[int] | None) -> list[Hospital]:
    """Hospitals that are not archived, by name; all of them where `ids` is None."""
    return await tx.all(
        Hospital,
        _HOSPITAL + """where archived_at is null and (%(ids)s::bigint[] is null or id = any(%(ids)s)) order by name""",
        ids=ids,
    )


async def lock_hospital(tx: Tx, hospital_id: int) -> Hospital | None:
    """A hospital, for changing it."""
    return await tx.maybe(Hospital, _HOSPITAL + "where id = %(id)s for update", id=hospital_id)


async def insert_hospital(tx: Tx, row: dict[str, Any]) -> int:
    """Adds a hospital and gives its id."""
    return int(
        await tx.value(
            """insert into crm.hospitals (name, slug, time_zone, currency, locale, languages, country, subdivision,
                   phone, email, address, directions, online_booking, quiet_from, quiet_until, visit_worth_minor,
                   visit_worth_exponent, created_at, updated_at)
               values (%(name)s, %(slug)s, %(time_zone)s, %(currency)s, %(locale)s, %(languages)s, %(country)s,
                   %(subdivision)s, %(phone)s, %(email)s, %(address)s, %(directions)s, %(online_booking)s,
                   %(quiet_from)s, %(quiet_until)s, %(visit_worth_minor)s, %(visit_worth_exponent)s, %(now)s, %(now)s)
               returning id""",
            **row,
            **_worth(row),
        )
    )


async def update_hospital(tx: Tx, changed: Hospital) -> int:
    """Writes a hospital and gives its new version."""
    return int(
        await tx.value(
            """update crm.hospitals set name = %(name)s, slug = %(slug)s, time_zone = %(time_zone)s,
                   currency = %(currency)s, locale = %(locale)s, languages = %(languages)s, country = %(country)s,
                   subdivision = %(subdivision)s, phone = %(phone)s, email = %(email)s, address = %(address)s,
                   directions = %(directions)s, online_booking = %(online_booking)s, quiet_from = %(quiet_from)s,
                   quiet_until = %(quiet_until)s, visit_worth_minor = %(visit_worth_minor)s,
                   visit_worth_exponent = %(visit_worth_exponent)s, archived_at = %(archived_at)s,
                   version = version + 1, updated_at = %(now)s
               where id = %(id)s returning version""",
            **(row := msgspec.structs.asdict(changed)),
            **_worth(row),
        )
    )


def _worth(row: dict[str, Any]) -> dict[str, int | None]:
    worth, currency = row["visit_worth"], row["currency"]
    if worth is None:
        return {"visit_worth_minor": None, "visit_worth_exponent": None}
    return {"visit_worth_minor": minor_units(worth, currency), "visit_worth_exponent": exponent(currency)}


async def slug_taken(tx: Tx, slug: str, but_by: int | None = None) -> bool:
    """Whether another hospital's public pages have this name."""
    return bool(
        await tx.value(
            "select exists (select 1 from crm.hospitals where slug = %(slug)s and id is distinct from %(id)s)",
            slug=slug,
            id=but_by,
        )
    )


async def opening_hours(tx: Tx, hospital_id: int) -> list[OpeningHours]:
    """A hospital's opening hours, in order."""
    return await tx.all(
        OpeningHours,
        """select weekday, opens, closes from crm.opening_hours where hospital_id = %(id)s order by weekday, opens""",
        id=hospital_id,
    )


async def replace_opening_hours(tx: Tx, hospital_id: int, hours: list[OpeningHours]) -> None:
    """Puts these hours in place of those that were there."""
    await tx.execute("delete from crm.opening_hours where hospital_id = %(id)s", id=hospital_id)
    await tx.execute(
        """insert into crm.opening_hours (hospital_id, weekday, opens, closes)
           select %(id)s, * from unnest(%(weekdays)s::smallint[], %(opens)s::time[], %(closes)s::time[])""",
        id=hospital_id,
        weekdays=[one.weekday for one in hours],
        opens=[one.opens for one in hours],
        closes=[one.closes for one in hours],
    )


async def department(tx: Tx, department_id: int) -> Department | None:
    """A department, archived or not."""
    return await tx.maybe(Department, _DEPARTMENT + "where id = %(id)s", id=department_id)


async def departments(tx: Tx, hospital_id: int | None, ids: list[int] | None) -> list[Department]:
    """Departments that are not archived, in the order they are shown in."""
    return await tx.all(
        Department,
        _DEPARTMENT
        + """where archived_at is null and (%(hospital)s::bigint is null or hospital_id = %(hospital)s)
                and (%(ids)s::bigint[] is null or id = any(%(ids)s))
             order by hospital_id, position, name""",
        hospital=hospital_id,
        ids=ids,
    )


async def lock_department(tx: Tx, department_id: int) -> Department | None:
    """A department, for changing it."""
    return await tx.maybe(Department, _DEPARTMENT + "where id = %(id)s for update", id=department_id)


async def department_named(tx: Tx, hospital_id: int, name: str) -> int | None:
    """The id of the department with exactly this name at a hospital, archived or not."""
    found = await tx.value(
        "select id from crm.departments where hospital_id = %(hospital)s and name = %(name)s",
        hospital=hospital_id,
        name=name,
    )
    return None if found is None else int(found)


async def insert_department(tx: Tx, row: dict[str, Any]) -> int:
    """Adds a department and gives its id."""
    return int(
        await tx.value(
            """insert into crm.departments (hospital_id, name, discreet, online_booking, position,
                   created_at, updated_at)
               values (%(hospital_id)s, %(name)s, %(discreet)s, %(online_booking)s, %(position)s, %(now)s, %(now)s)
               returning id""",
            **row,
        )
    )


async def update_department(tx: Tx, changed: Department) -> int:
    """Writes a department and gives its new version."""
    return int(
        await tx.value(
            """update crm.departments set name = %(name)s, discreet = %(discreet)s, online_booking = %(online_booking)s,
                   position = %(position)s, archived_at = %(archived_at)s, version = version + 1, updated_at = %(now)s
               where id = %(id)s returning version""",
            **msgspec.structs.asdict(changed),
        )
    )


async def resource(tx: Tx, resource_id: int) -> Resource | None:
    """A room or a piece of equipment, archived or not."""
    return await tx.maybe(Resource, _RESOURCE + "where id = %(id)s", id=resource_id)


async def resources(tx: Tx, hospital_id: int, kind: str | None) -> list[Resource]:
    """A hospital's rooms and equipment that are not archived, by name."""
    return await tx.all(
        Resource,
        _RESOURCE
        + """where archived_at is null and hospital_id = %(hospital)s and (%(kind)s::text is null or kind = %(kind)s)
             order by name""",
        hospital=hospital_id,
        kind=kind,
    )


async def lock_resource(tx: Tx, resource_id: int) -> Resource | None:
    """A room or a piece of equipment, for changing it."""
    return await tx.maybe(Resource, _RESOURCE + "where id = %(id)s for update", id=resource_id)


async def resource_named(tx: Tx, hospital_id: int, name: str) -> int | None:
    """The id of the room or equipment with exactly this name at a hospital, archived or not."""
    found = await tx.value(
        "select id from crm.resources where hospital_id = %(hospital)s and name = %(name)s",
        hospital=hospital_id,
        name=name,
    )
    return None if found is None else int(found)


async def insert_resource(tx: Tx, row: dict[str, Any]) -> int:
    """Adds a room or a piece of equipment and gives its id."""
    return int(
        await tx.value(
            """insert into crm.resources (hospital_id, name, kind, is_room, created_at, updated_at)
               values (%(hospital_id)s, %(name)s, %(kind)s, %(is_room)s, %(now)s, %(now)s) returning id""",
            **row,
        )
    )


async def update_resource(tx: Tx, changed: Resource) -> int:
    """Writes a room or a piece of equipment and gives its new version."""
    return int(
        await tx.value(
            """update crm.resources set name = %(name)s, kind = %(kind)s, is_room = %(is_room)s,
                   archived_at = %(archived_at)s, version = version + 1, updated_at = %(now)s
               where id = %(id)s returning version""",
            **msgspec.structs.asdict(changed),
        )
    )


async def services_by_kind(tx: Tx, hospital_id: int) -> dict[str, list[str]]:
    """The names of a hospital's services, by the kind of room or equipment that each asks for."""
    found = await tx.rows(
        """select s.needs_resource_kind, array_agg(distinct s.name order by s.name)
           from crm.services s join crm.departments d on d.id = s.department_id and d.archived_at is null
           where d.hospital_id = %(hospital)s and s.archived_at is null and s.needs_resource_kind is not null
           group by 1 order by 1""",
        hospital=hospital_id,
    )
    return dict(found)
