"""SQL of practitioners and of the services that departments offer."""

from typing import Any, LiteralString

import msgspec

from bedside.directory.model import Practitioner, PractitionerAt, Service
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

_PRACTITIONER: LiteralString = """
select p.id, p.prefix, p.first_name, p.last_name, p.specialty, p.languages, p.sex, p.photo_file_id,
       array(select department_id from crm.practitioner_roles r where r.practitioner_id = p.id
             order by department_id) as department_ids,
       array(select service_id from crm.practitioner_services s where s.practitioner_id = p.id
             order by service_id) as service_ids,
       p.archived_at, p.version
from crm.practitioners p
"""
_SERVICE: LiteralString = """
select id, department_id, name, duration_minutes, buffer_before_minutes, buffer_after_minutes, needs_resource_kind,
       online_booking, instructions, archived_at, version
from crm.services
"""
_AT: LiteralString = """
select p.id, concat_ws(' ', nullif(p.prefix, ''), p.first_name, p.last_name) as name, d.id as department_id,
       d.name as department, h.id as hospital_id, h.name as hospital
from crm.practitioners p
join crm.practitioner_roles r on r.practitioner_id = p.id
join crm.departments d on d.id = r.department_id and d.archived_at is null
join crm.hospitals h on h.id = d.hospital_id and h.archived_at is null
where p.archived_at is null
  and (%(department)s::text is null or crm.searchable(d.name) = crm.searchable(%(department)s))
  and (%(hospital)s::bigint is null or h.id = %(hospital)s)
"""

_ROLE_HERE: LiteralString = """exists (
    select 1 from crm.practitioner_roles r join crm.departments d on d.id = r.department_id
    where r.practitioner_id = p.id and """

PRACTITIONERS = Listing(
    into=Practitioner,
    select=_PRACTITIONER,
    sorts={
        "name": (Key("p.last_name", "text", "last_name"), Key("p.id", "bigint", "id")),
        "id": (Key("p.id", "bigint", "id"),),
    },
    default_sort="name",
    filters={
        "archived": "(p.archived_at is not null) = %(archived)s",
        "department_id": _ROLE_HERE + "r.department_id = %(department_id)s)",
        "hospital_id": _ROLE_HERE + "d.hospital_id = %(hospital_id)s)",
        "q": "position(crm.searchable(%(q)s) in crm.searchable(p.first_name || ' ' || p.last_name)) > 0",
    },
)
SERVICES = Listing(
    into=Service,
    select=_SERVICE,
    sorts={
        "name": (Key("name", "text", "name"), Key("id", "bigint", "id")),
        "id": (Key("id", "bigint", "id"),),
    },
    default_sort="name",
    filters={
        "archived": "(archived_at is not null) = %(archived)s",
        "department_id": "department_id = %(department_id)s",
        "hospital_id": "department_id in (select id from crm.departments where hospital_id = %(hospital_id)s)",
        "q": "position(crm.searchable(%(q)s) in crm.searchable(name)) > 0",
    },
)


async def practitioner(tx: Tx, practitioner_id: int) -> Practitioner | None:
    """A practitioner, archived or not."""
    return await tx.maybe(Practitioner, _PRACTITIONER + "where p.id = %(id)s", id=practitioner_id)


async def practitioners(
    tx: Tx, *, department_id: int | None, hospital_id: int | None, ids: list[int] | None
) -> list[Practitioner]:
    """Practitioners that are not archived, by name."""
    return await tx.all(
        Practitioner,
        _PRACTITIONER
        + """where p.archived_at is null
               and (%(ids)s::bigint[] is null or p.id = any(%(ids)s))
               and (%(department)s::bigint is null and %(hospital)s::bigint is null or exists (
                    select 1 from crm.practitioner_roles r join crm.departments d on d.id = r.department_id
                    where r.practitioner_id = p.id and d.archived_at is null
                      and (%(department)s::bigint is null or d.id = %(department)s)
                      and (%(hospital)s::bigint is null or d.hospital_id = %(hospital)s)))
             order by p.last_name, p.first_name, p.id""",
        department=department_id,
        hospital=hospital_id,
        ids=ids,
    )


async def lock_practitioner(tx: Tx, practitioner_id: int) -> Practitioner | None:
    """A practitioner, for changing them."""
    return await tx.maybe(Practitioner, _PRACTITIONER + "where p.id = %(id)s for update of p", id=practitioner_id)


async def insert_practitioner(tx: Tx, row: dict[str, Any]) -> int:
    """Adds a practitioner and gives their id; roles and services are set apart."""
    return int(
        await tx.value(
            """insert into crm.practitioners (prefix, first_name, last_name, specialty, languages, sex,
                                              created_at, updated_at)
               values (%(prefix)s, %(first_name)s, %(last_name)s, %(specialty)s, %(languages)s, %(sex)s,
                       %(now)s, %(now)s) returning id""",
            **row,
        )
    )


async def update_practitioner(tx: Tx, changed: Practitioner) -> int:
    """Writes a practitioner and gives the new version; roles and services are set apart."""
    return int(
        await tx.value(
            """update crm.practitioners set prefix = %(prefix)s, first_name = %(first_name)s, last_name = %(last_name)s,
                   specialty = %(specialty)s, languages = %(languages)s, sex = %(sex)s,
                   photo_file_id = %(photo_file_id)s, archived_at = %(archived_at)s, version = version + 1,
                   updated_at = %(now)s
               where id = %(id)s returning version""",
            **msgspec.structs.asdict(changed),
        )
    )


async def is_photo(tx: Tx, file_id: int) -> bool:
    """Whether a file is the photo of a practitioner who is not archived."""
    return bool(
        await tx.value(
            "select exists (select from crm.practitioners where photo_file_id = %(id)s and archived_at is null)",
            id=file_id,
        )
    )


async def replace_roles(tx: Tx, practitioner_id: int, department_ids: list[int]) -> None:
    """Makes these the departments that a practitioner works for."""
    await tx.execute(
        """delete from crm.practitioner_roles
           where practitioner_id = %(id)s and department_id <> all(%(departments)s::bigint[])""",
        id=practitioner_id,
        departments=department_ids,
    )
    await tx.execute(
        """insert into crm.practitioner_roles (practitioner_id, department_id)
           select %(id)s, unnest(%(departments)s::bigint[]) on conflict do nothing""",
        id=practitioner_id,
        departments=department_ids,
    )


async def replace_services(tx: Tx, practitioner_id: int, service_ids: list[int]) -> None:
    """Makes these the services that a practitioner gives; none: every one of their departments."""
    await tx.execute("delete from crm.practitioner_services where practitioner_id = %(id)s", id=practitioner_id)
    await tx.execute(
        """insert into crm.practitioner_services (practitioner_id, service_id)
           select %(id)s, unnest(%(services)s::bigint[]) on conflict do nothing""",
        id=practitioner_id,
        services=service_ids,
    )


async def hospitals_of(tx: Tx, department_ids: list[int]) -> list[int]:
    """The hospitals that departments belong to."""
    found = await tx.rows(
        "select distinct hospital_id from crm.departments where id = any(%(ids)s) order by 1", ids=department_ids
    )
    return [row[0] for row in found]


async def missing_departments(tx: Tx, ids: list[int]) -> list[int]:
    """Those of the ids that no department has."""
    found = await tx.rows(
        "select unnest(%(ids)s::bigint[]) except select id from crm.departments where archived_at is null", ids=ids
    )
    return [row[0] for row in found]


async def missing_services(tx: Tx, ids: list[int]) -> list[int]:
    """Those of the ids that no service has."""
    found = await tx.rows(
        "select unnest(%(ids)s::bigint[]) except select id from crm.services where archived_at is null", ids=ids
    )
    return [row[0] for row in found]


async def named(tx: Tx, *, name: str, department: str | None, hospital_id: int | None) -> list[PractitionerAt]:
    """Who is called so: a last name, a full name or both turned round, whatever the case and accents."""
    return await tx.all(
        PractitionerAt,
        _AT
        + """and (crm.searchable(p.last_name) = crm.searchable(%(name)s)
                  or crm.searchable(p.first_name || ' ' || p.last_name) = crm.searchable(%(name)s)
                  or crm.searchable(p.last_name || ', ' || p.first_name) = crm.searchable(%(name)s)
                  or crm.searchable(p.last_name || ' ' || p.first_name) = crm.searchable(%(name)s))
             order by p.last_name, p.first_name, p.id, h.id, d.id limit 20""",
        name=name,
        department=department,
        hospital=hospital_id,
    )


async def resembling(tx: Tx, *, name: str, department: str | None, hospital_id: int | None) -> list[PractitionerAt]:
    """Who may have been meant, the likeliest first, ten at most."""
    return await tx.all(
        PractitionerAt,
        _AT
        + """order by word_similarity(crm.searchable(%(name)s),
                                      crm.searchable(p.first_name || ' ' || p.last_name)) desc,
                      p.last_name, p.id, d.id limit 10""",
        name=name,
        department=department,
        hospital=hospital_id,
    )


async def service(tx: Tx, service_id: int) -> Service | None:
    """A service, archived or not."""
    return await tx.maybe(Service, _SERVICE + "where id = %(id)s", id=service_id)


async def services(tx: Tx, department_id: int | None) -> list[Service]:
    """Services that are not archived, by name."""
    return await tx.all(
        Service,
        _SERVICE
        + """where archived_at is null and (%(department)s::bigint is null or department_id = %(department)s)
             order by name, id""",
        department=department_id,
    )


async def lock_service(tx: Tx, service_id: int) -> Service | None:
    """A service, for changing it."""
    return await tx.maybe(Service, _SERVICE + "where id = %(id)s for update", id=service_id)


async def service_named(tx: Tx, department_id: int, name: str) -> int | None:
    """The id of the service with exactly this name at a department, archived or not."""
    found = await tx.value(
        "select id from crm.services where department_id = %(department)s and name = %(name)s",
        department=department_id,
        name=name,
    )
    return None if found is None else int(found)


async def insert_service(tx: Tx, row: dict[str, Any]) -> int:
    """Adds a service and gives its id."""
    return int(
        await tx.value(
            """insert into crm.services (department_id, name, duration_minutes, buffer_before_minutes,
                   buffer_after_minutes, needs_resource_kind, online_booking, instructions, created_at, updated_at)
               values (%(department_id)s, %(name)s, %(duration_minutes)s, %(buffer_before_minutes)s,
                   %(buffer_after_minutes)s, %(needs_resource_kind)s, %(online_booking)s, %(instructions)s,
                   %(now)s, %(now)s) returning id""",
            **row,
        )
    )


async def update_service(tx: Tx, changed: Service) -> int:
    """Writes a service and gives its new version."""
    return int(
        await tx.value(
            """update crm.services set name = %(name)s, duration_minutes = %(duration_minutes)s,
                   buffer_before_minutes = %(buffer_before_minutes)s, buffer_after_minutes = %(buffer_after_minutes)s,
                   needs_resource_kind = %(needs_resource_kind)s, online_booking = %(online_booking)s,
                   instructions = %(instructions)s, archived_at = %(archived_at)s, version = version + 1,
                   updated_at = %(now)s
               where id = %(id)s returning version""",
            **msgspec.structs.asdict(changed),
        )
    )
