"""SQL behind free times: everything that decides them, in one query."""

import sys
from array import array
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.scheduling.availability import Clinic, Exceptional, Facts, Place, Taken, Visit


class _Service(msgspec.Struct, array_like=True):
    duration_minutes: int
    buffer_before: int
    buffer_after: int
    needs_resource_kind: str | None


class _Row(msgspec.Struct, kw_only=True):
    places: list[Place]
    clinics: list[Clinic]
    exceptions: list[Exceptional]
    practitioners: list[tuple[int, str]]
    departments: list[tuple[int, str]]
    service: _Service | None
    resources: list[tuple[int, int]]
    busy: bytes | None
    claimed: bytes | None


# Appointments come as packed integers (practitioner, lane, since, until; minutes): 12,000 of them are read in 2 ms,
# where rows of their own take 25 ms. date_part gives a double, extract a numeric, which is four times slower.
_FACTS: LiteralString = """
with place as (
  select h.id, h.name, h.time_zone, h.country, h.subdivision, coalesce(hp.closed, false) as closed
  from crm.hospitals h left join crm.holiday_policies hp on hp.hospital_id = h.id
  where h.archived_at is null
    and (%(hospital_ids)s::bigint[] is null or h.id = any(%(hospital_ids)s))
    and (not %(online)s or h.online_booking)
), department as (
  select d.id, d.name, d.hospital_id from crm.departments d join place on place.id = d.hospital_id
  where d.archived_at is null
    and (%(department_ids)s::bigint[] is null or d.id = any(%(department_ids)s))
    and (%(service_id)s::bigint is null or d.id = (select department_id from crm.services where id = %(service_id)s))
    and (not %(online)s or d.online_booking)
), practitioner as (
  select p.id, concat_ws(' ', nullif(p.prefix, ''), p.first_name, p.last_name) as name
  from crm.practitioners p
  where p.archived_at is null
    and (%(practitioner_id)s::bigint is null or p.id = %(practitioner_id)s)
    and (%(service_id)s::bigint is null
         or not exists (select from crm.practitioner_services ps where ps.practitioner_id = p.id)
         or exists (select from crm.practitioner_services ps
                    where ps.practitioner_id = p.id and ps.service_id = %(service_id)s))
), clinic as (
  select s.* from crm.schedules s
  join department d on d.id = s.department_id and d.hospital_id = s.hospital_id
  join practitioner p on p.id = s.practitioner_id
  where s.valid_from <= %(until)s and (s.valid_to is null or s.valid_to >= %(since)s)
    and (not %(online)s or exists (select from crm.practitioner_roles r where r.practitioner_id = s.practitioner_id
                                     and r.department_id = s.department_id and r.online_booking))
), exceptional as (
  select e.* from crm.schedule_exceptions e
  where e.during && tstzrange(%(from)s, %(to)s)
    and (e.practitioner_id is null and e.hospital_id in (select id from place)
         or e.practitioner_id in (select id from practitioner)
            and (e.kind = 'leave' or e.department_id in (select id from department)))
), who as (
  select practitioner_id as id from clinic union select practitioner_id from exceptional where kind = 'extra_clinic'
), service as (
  select duration_minutes, buffer_before_minutes, buffer_after_minutes, needs_resource_kind
  from crm.services where id = %(service_id)s and (not %(online)s or online_booking)
), resource as (
  select r.id, r.hospital_id from crm.resources r join place on place.id = r.hospital_id
  where r.archived_at is null and r.kind = (select needs_resource_kind from service)
)
select
  (select coalesce(json_agg(json_build_array(id, name, time_zone, country, subdivision, closed)), '[]') from place)
    as places,
  (select coalesce(json_agg(json_build_array(practitioner_id, hospital_id, department_id, weekday,
      date_part('epoch', starts)::int / 60, date_part('epoch', ends)::int / 60, slot_minutes, lanes,
      buffer_before_minutes, buffer_after_minutes, valid_from - date '0001-01-01' + 1,
      valid_to - date '0001-01-01' + 1, resource_id) order by starts), '[]') from clinic) as clinics,
  (select coalesce(json_agg(json_build_array(kind, practitioner_id, hospital_id, department_id,
      date_part('epoch', lower(during))::bigint, date_part('epoch', upper(during))::bigint, slot_minutes, lanes)), '[]')
   from exceptional) as exceptions,
  (select coalesce(json_agg(json_build_array(p.id, p.name)), '[]') from practitioner p
   where p.id in (select id from who)) as practitioners,
  (select coalesce(json_agg(json_build_array(id, name)), '[]') from department) as departments,
  (select json_build_array(duration_minutes, buffer_before_minutes, buffer_after_minutes, needs_resource_kind)
   from service) as service,
  (select coalesce(json_agg(json_build_array(hospital_id, id)), '[]') from resource) as resources,
  (select string_agg(int4send(a.practitioner_id::int) || int4send(a.lane::int)
                     || int4send(floor(date_part('epoch', lower(a.occupied)) / 60)::int)
                     || int4send(ceil(date_part('epoch', upper(a.occupied)) / 60)::int), '')
   from crm.appointments a
   where a.practitioner_id = any(array(select id from who)) and a.starts_at >= %(from)s and a.starts_at < %(to)s
     and a.status in ('held', 'scheduled', 'confirmed', 'arrived')
     and (a.hold_expires_at is null or a.hold_expires_at > %(now)s)
     and a.id is distinct from %(but_not)s::bigint) as busy,
  (select string_agg(int4send(c.resource_id::int) || int4send(0)
                     || int4send(floor(date_part('epoch', lower(c.occupied)) / 60)::int)
                     || int4send(ceil(date_part('epoch', upper(c.occupied)) / 60)::int), '')
   from crm.appointment_resources c
   where c.occupied && tstzrange(%(from)s, %(to)s) and c.appointment_id is distinct from %(but_not)s::bigint
     and c.resource_id in (select id from resource union select resource_id from clinic)) as claimed
"""


def _taken(packed: bytes | None) -> dict[tuple[int, int], list[tuple[int, int]]]:
    numbers = array("i")
    numbers.frombytes(packed or b"")
    if sys.byteorder == "little":
        numbers.byteswap()
    taken: dict[tuple[int, int], list[tuple[int, int]]] = {}
    each = iter(numbers)
    for subject, lane, since, until in zip(each, each, each, each, strict=True):
        key = (subject, lane)
        if key in taken:
            taken[key].append((since * 60, until * 60))
        else:
            taken[key] = [(since * 60, until * 60)]
    for times in taken.values():
        times.sort()
    return taken


async def facts(
    tx: Tx,
    *,
    since: date,
    until: date,
    hospital_ids: list[int] | None = None,
    department_ids: list[int] | None = None,
    practitioner_id: int | None = None,
    service_id: int | None = None,
    duration_minutes: int | None = None,
    online: bool = False,
    but_not: int | None = None,
) -> Facts:
    """What decides the free times of the days from `since` to `until`, both included.

    `online`: only what may be booked online. `but_not`: an appointment that is left out (the one to be moved).
    """
    # a day more on both sides: local days begin up to 14 hours from those of UTC
    parameters: dict[str, Any] = {
        "from": datetime.combine(since, time(), UTC) - timedelta(days=1),
        "to": datetime.combine(until, time(), UTC) + timedelta(days=2),
    }
    row = await tx.one(
        _Row,
        _FACTS,
        since=since,
        until=until,
        hospital_ids=hospital_ids,
        department_ids=department_ids,
        practitioner_id=practitioner_id,
        service_id=service_id,
        online=online,
        but_not=but_not,
        **parameters,
    )
    busy: dict[tuple[int, int], Taken] = dict(_taken(row.busy))
    service = row.service
    visit = Visit(
        duration_minutes=duration_minutes or (service.duration_minutes if service else None),
        buffer_before=service.buffer_before if service else 0,
        buffer_after=service.buffer_after if service else 0,
        needs_resource=bool(service and service.needs_resource_kind),
        resource_ids=tuple(row.resources),
    )
    return Facts(
        places={place.id: place for place in row.places},
        clinics=row.clinics,
        exceptions=row.exceptions,
        visit=visit,
        practitioners=dict(row.practitioners),
        departments=dict(row.departments),
        busy=busy,
        claimed={resource: times for (resource, _), times in _taken(row.claimed).items()},
    )
