"""SQL of schedules and of their exceptions."""

from datetime import datetime
from typing import Any, LiteralString

from psycopg.errors import ExclusionViolation

from bedside.kit.database import Tx
from bedside.scheduling.model import Appointment
from bedside.scheduling.schedule_model import Absence, Schedule
from bedside.scheduling.store import APPOINTMENT

_SCHEDULE: LiteralString = """
select s.id, s.practitioner_id, concat_ws(' ', nullif(p.prefix, ''), p.first_name, p.last_name) as practitioner_name,
       s.hospital_id, h.name as hospital, h.time_zone, s.department_id, d.name as department, s.weekday,
       to_char(s.starts, 'HH24:MI') as starts, to_char(s.ends, 'HH24:MI') as ends, s.slot_minutes, s.lanes,
       s.buffer_before_minutes, s.buffer_after_minutes, s.valid_from, s.valid_to, s.resource_id, r.name as resource,
       s.version
from crm.schedules s
join crm.practitioners p on p.id = s.practitioner_id
join crm.hospitals h on h.id = s.hospital_id
join crm.departments d on d.id = s.department_id
left join crm.resources r on r.id = s.resource_id
"""

_EXCEPTION: LiteralString = """
select e.id, e.kind, e.practitioner_id,
       nullif(concat_ws(' ', nullif(p.prefix, ''), p.first_name, p.last_name), '') as practitioner_name,
       e.hospital_id, h.name as hospital, coalesce(h.time_zone, (
         select h2.time_zone from crm.practitioner_roles r join crm.departments d2 on d2.id = r.department_id
         join crm.hospitals h2 on h2.id = d2.hospital_id
         where r.practitioner_id = e.practitioner_id order by h2.id limit 1), 'UTC') as time_zone,
       e.department_id, d.name as department, lower(e.during) as starts_at, upper(e.during) as ends_at,
       e.slot_minutes, e.lanes, e.reason, e.created_by_name, e.created_at, e.version
from crm.schedule_exceptions e
left join crm.practitioners p on p.id = e.practitioner_id
left join crm.hospitals h on h.id = e.hospital_id
left join crm.departments d on d.id = e.department_id
"""

# where a practitioner has leave everywhere, it is seen by whoever works at one of the hospitals
_SEEN_EXCEPTION: LiteralString = """(%(hospital_ids)s::bigint[] is null or e.hospital_id = any(%(hospital_ids)s)
  or e.hospital_id is null and exists (select from works where works.practitioner_id = e.practitioner_id
                                         and works.hospital_id = any(%(hospital_ids)s)))"""

_WORKS: LiteralString = """
with works as (select r.practitioner_id, d.hospital_id from crm.practitioner_roles r
               join crm.departments d on d.id = r.department_id)
"""


async def schedules(
    tx: Tx,
    *,
    hospital_ids: list[int] | None,
    practitioner_id: int | None = None,
    hospital_id: int | None = None,
    department_id: int | None = None,
) -> list[Schedule]:
    """The schedules that hold today or later, by practitioner, weekday and hour."""
    return await tx.all(
        Schedule,
        _SCHEDULE
        + """where (s.valid_to is null or s.valid_to >= (%(now)s at time zone h.time_zone)::date)
               and (%(hospital_ids)s::bigint[] is null or s.hospital_id = any(%(hospital_ids)s))
               and (%(practitioner_id)s::bigint is null or s.practitioner_id = %(practitioner_id)s)
               and (%(hospital_id)s::bigint is null or s.hospital_id = %(hospital_id)s)
               and (%(department_id)s::bigint is null or s.department_id = %(department_id)s)
             order by p.last_name, p.id, s.weekday, s.starts, s.valid_from""",
        hospital_ids=hospital_ids,
        practitioner_id=practitioner_id,
        hospital_id=hospital_id,
        department_id=department_id,
    )


async def schedule(tx: Tx, schedule_id: int, *, lock: bool = False) -> Schedule | None:
    """One schedule."""
    query: LiteralString = _SCHEDULE + "where s.id = %(id)s" + (" for update of s" if lock else "")
    return await tx.maybe(Schedule, query, id=schedule_id)


async def insert_schedule(tx: Tx, values: dict[str, Any]) -> int | None:
    """Writes a schedule; None where the practitioner has another in those hours."""
    made: int | None = await tx.value(
        """insert into crm.schedules (practitioner_id, hospital_id, department_id, weekday, starts, ends, slot_minutes,
             lanes, buffer_before_minutes, buffer_after_minutes, valid_from, valid_to, resource_id,
             created_at, updated_at)
           values (%(practitioner_id)s, %(hospital_id)s, %(department_id)s, %(weekday)s, %(starts)s, %(ends)s,
             %(slot_minutes)s, %(lanes)s, %(buffer_before_minutes)s, %(buffer_after_minutes)s, %(valid_from)s,
             %(valid_to)s, %(resource_id)s, %(now)s, %(now)s)
           on conflict do nothing returning id""",
        **values,
    )
    return made


async def update_schedule(tx: Tx, schedule_id: int, values: dict[str, Any]) -> bool:
    """Writes a schedule anew; False where the practitioner has another in those hours."""
    try:
        async with tx.savepoint():
            await tx.execute(
                """update crm.schedules set weekday = %(weekday)s, starts = %(starts)s, ends = %(ends)s,
                     slot_minutes = %(slot_minutes)s, lanes = %(lanes)s,
                     buffer_before_minutes = %(buffer_before_minutes)s, buffer_after_minutes = %(buffer_after_minutes)s,
                     valid_from = %(valid_from)s, valid_to = %(valid_to)s, resource_id = %(resource_id)s,
                     version = version + 1, updated_at = %(now)s
                   where id = %(id)s""",
                id=schedule_id,
                **values,
            )
    except ExclusionViolation:
        return False
    return True


async def delete_schedule(tx: Tx, schedule_id: int) -> None:
    """Removes a schedule; visits are kept, they do not hang on it."""
    await tx.execute("delete from crm.schedules where id = %(id)s", id=schedule_id)


async def exceptions(
    tx: Tx,
    *,
    hospital_ids: list[int] | None,
    since: datetime,
    until: datetime | None = None,
    practitioner_id: int | None = None,
    hospital_id: int | None = None,
) -> list[Absence]:
    """Leave, extra clinics and closures that are not over by `since`, soonest first."""
    return await tx.all(
        Absence,
        _WORKS
        + _EXCEPTION
        + "where e.during && tstzrange(%(since)s, %(until)s) and "
        + _SEEN_EXCEPTION
        + """ and (%(practitioner_id)s::bigint is null or e.practitioner_id = %(practitioner_id)s
                   or e.practitioner_id is null and exists (
                     select from works where works.practitioner_id = %(practitioner_id)s
                       and works.hospital_id = e.hospital_id))
              and (%(hospital_id)s::bigint is null or e.hospital_id = %(hospital_id)s
                   or e.hospital_id is null and exists (
                     select from works where works.practitioner_id = e.practitioner_id
                       and works.hospital_id = %(hospital_id)s))
            order by lower(e.during), e.id""",
        hospital_ids=hospital_ids,
        since=since,
        until=until,
        practitioner_id=practitioner_id,
        hospital_id=hospital_id,
    )


async def exception(tx: Tx, exception_id: int, *, hospital_ids: list[int] | None) -> Absence | None:
    """One exception, where it may be seen."""
    return await tx.maybe(
        Absence,
        _WORKS + _EXCEPTION + "where e.id = %(id)s and " + _SEEN_EXCEPTION,
        id=exception_id,
        hospital_ids=hospital_ids,
    )


async def insert_exception(tx: Tx, values: dict[str, Any]) -> int:
    """Writes an exception and gives its id."""
    return int(
        await tx.value(
            """insert into crm.schedule_exceptions (kind, practitioner_id, hospital_id, department_id, during,
                 slot_minutes, lanes, reason, created_by_name, created_at)
               values (%(kind)s, %(practitioner_id)s, %(hospital_id)s, %(department_id)s,
                 tstzrange(%(starts_at)s, %(ends_at)s), %(slot_minutes)s, %(lanes)s, %(reason)s, %(created_by_name)s,
                 %(now)s) returning id""",
            **values,
        )
    )


async def delete_exception(tx: Tx, exception_id: int) -> None:
    """Removes an exception."""
    await tx.execute("delete from crm.schedule_exceptions where id = %(id)s", id=exception_id)


async def visits_ahead(
    tx: Tx,
    *,
    practitioner_id: int | None,
    hospital_id: int | None,
    department_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Appointment]:
    """Visits that are still to come, of a practitioner or at a hospital, soonest first."""
    return await tx.all(
        Appointment,
        APPOINTMENT
        + """where a.status in ('scheduled', 'confirmed') and a.ends_at > greatest(%(since)s::timestamptz, %(now)s)
               and (%(until)s::timestamptz is null or a.starts_at < %(until)s)
               and (%(practitioner_id)s::bigint is null or a.practitioner_id = %(practitioner_id)s)
               and (%(hospital_id)s::bigint is null or a.hospital_id = %(hospital_id)s)
               and (%(department_id)s::bigint is null or a.department_id = %(department_id)s)
             order by a.starts_at, a.id""",
        practitioner_id=practitioner_id,
        hospital_id=hospital_id,
        department_id=department_id,
        since=since,
        until=until,
    )


async def need_new_time(tx: Tx, ids: list[int], *, needed: bool) -> None:
    """Marks visits as needing a new time, or no longer."""
    await tx.execute(
        """update crm.appointments set needs_new_time = %(needed)s, version = version + 1, updated_at = %(now)s
           where id = any(%(ids)s) and needs_new_time <> %(needed)s""",
        ids=ids,
        needed=needed,
    )


async def belongs(tx: Tx, *, practitioner_id: int | None, department_id: int | None) -> tuple[bool, int | None]:
    """Whether there is such a practitioner, and the hospital of the department (None: there is no such department)."""
    [row] = await tx.rows(
        """select exists (select from crm.practitioners where id = %(practitioner_id)s and archived_at is null),
                  (select hospital_id from crm.departments where id = %(department_id)s and archived_at is null)""",
        practitioner_id=practitioner_id,
        department_id=department_id,
    )
    return bool(row[0]), row[1]


async def closed_on_holidays(tx: Tx, hospital_id: int) -> bool:
    """Whether weekly schedules of a hospital stand still on public holidays."""
    return bool(await tx.value("select closed from crm.holiday_policies where hospital_id = %(id)s", id=hospital_id))


async def set_closed_on_holidays(tx: Tx, hospital_id: int, *, closed: bool) -> None:
    """Writes whether they do."""
    await tx.execute(
        """insert into crm.holiday_policies (hospital_id, closed, updated_at) values (%(id)s, %(closed)s, %(now)s)
           on conflict (hospital_id) do update set closed = excluded.closed, updated_at = excluded.updated_at""",
        id=hospital_id,
        closed=closed,
    )
