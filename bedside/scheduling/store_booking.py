"""SQL of booking. Who wins a time is decided by the exclusion constraints, and by nothing here."""

from datetime import datetime, timedelta
from typing import Any, LiteralString

import msgspec
from psycopg.errors import ExclusionViolation

from bedside.kit.database import Tx
from bedside.scheduling.availability import Clinic, Exceptional, Place
from bedside.scheduling.model import Status


class Doctor(msgspec.Struct, array_like=True, frozen=True):
    """A practitioner, as far as booking goes."""

    id: int
    name: str
    archived: bool


class Person(msgspec.Struct, array_like=True, frozen=True):
    """A patient, as far as booking goes."""

    id: int
    name: str
    archived: bool
    merged_into: int | None
    last_name: str


class Department(msgspec.Struct, array_like=True, frozen=True):
    """A department in which the practitioner works."""

    id: int
    name: str
    hospital_id: int
    archived: bool


class Service(msgspec.Struct, array_like=True, frozen=True):
    """What is to be done at the visit."""

    id: int
    name: str
    department_id: int
    duration_minutes: int
    buffer_before: int
    buffer_after: int
    needs_resource_kind: str | None
    archived: bool
    offered: bool


class Look(msgspec.Struct, kw_only=True):
    """Everything that a booking has to know, as one query read it. What the ids do not name is None."""

    practitioner: Doctor | None
    patient: Person | None
    service: Service | None
    departments: list[Department]
    places: list[Place]
    clinics: list[Clinic]
    exceptions: list[Exceptional]
    expired_holds: bool


_LOOK: LiteralString = """
with clinic as materialized (
  select * from crm.schedules s
  where s.practitioner_id = %(practitioner_id)s
    and s.weekday in (extract(isodow from %(day)s - 1), extract(isodow from %(day)s), extract(isodow from %(day)s + 1))
    and s.valid_from <= %(day)s + 1 and (s.valid_to is null or s.valid_to >= %(day)s - 1)
    and (%(hospital_id)s::bigint is null or s.hospital_id = %(hospital_id)s)
    and (%(department_id)s::bigint is null or s.department_id = %(department_id)s)
), department as materialized (
  select d.id, d.name, d.hospital_id, d.archived_at is not null as archived from crm.departments d
  where d.id in (select department_id from crm.practitioner_roles where practitioner_id = %(practitioner_id)s
                 union select department_id from clinic
                 union select department_id from crm.schedule_exceptions e where e.kind = 'extra_clinic'
                   and e.practitioner_id = %(practitioner_id)s and e.during @> %(starts_at)s)
)
select
  (select json_build_array(id, concat_ws(' ', nullif(prefix, ''), first_name, last_name), archived_at is not null)
   from crm.practitioners where id = %(practitioner_id)s) as practitioner,
  (select json_build_array(id, first_name || ' ' || last_name, archived_at is not null, merged_into,
       last_name)
   from crm.patients where id = %(patient_id)s) as patient,
  (select json_build_array(id, name, department_id, duration_minutes, buffer_before_minutes, buffer_after_minutes,
       needs_resource_kind, archived_at is not null,
       not exists (select from crm.practitioner_services where practitioner_id = %(practitioner_id)s)
       or exists (select from crm.practitioner_services
                  where practitioner_id = %(practitioner_id)s and service_id = %(service_id)s))
   from crm.services where id = %(service_id)s) as service,
  (select coalesce(json_agg(json_build_array(id, name, hospital_id, archived)), '[]') from department) as departments,
  (select coalesce(json_agg(json_build_array(h.id, h.name, h.time_zone, h.country, h.subdivision,
       coalesce(hp.closed, false))), '[]')
   from crm.hospitals h left join crm.holiday_policies hp on hp.hospital_id = h.id
   where h.id in (select hospital_id from department) and h.archived_at is null) as places,
  (select coalesce(json_agg(json_build_array(practitioner_id, hospital_id, department_id, weekday,
       date_part('epoch', starts)::int / 60, date_part('epoch', ends)::int / 60, slot_minutes, lanes,
       buffer_before_minutes, buffer_after_minutes, valid_from - date '0001-01-01' + 1,
       valid_to - date '0001-01-01' + 1, resource_id)), '[]') from clinic) as clinics,
  (select coalesce(json_agg(json_build_array(kind, practitioner_id, hospital_id, department_id,
       date_part('epoch', lower(during))::bigint, date_part('epoch', upper(during))::bigint, slot_minutes, lanes)),
       '[]')
   from crm.schedule_exceptions e
   where e.during && tstzrange(%(starts_at)s - interval '1 day', %(starts_at)s + interval '1 day')
     and (e.practitioner_id = %(practitioner_id)s
          or e.practitioner_id is null and e.hospital_id in (select hospital_id from department))
     and (e.kind <> 'extra_clinic' or ((%(hospital_id)s::bigint is null or e.hospital_id = %(hospital_id)s)
          and (%(department_id)s::bigint is null or e.department_id = %(department_id)s)))) as exceptions,
  exists (select from crm.appointments where status = 'held' and hold_expires_at <= %(now)s
            and starts_at between %(starts_at)s - interval '1 day' and %(starts_at)s + interval '1 day'
            and (practitioner_id = %(practitioner_id)s or patient_id = %(patient_id)s)) as expired_holds
"""


async def look(
    tx: Tx,
    *,
    practitioner_id: int,
    patient_id: int | None,
    starts_at: datetime,
    hospital_id: int | None,
    department_id: int | None,
    service_id: int | None,
) -> Look:
    """Reads, in one query, what decides whether the visit may be booked."""
    return await tx.one(
        Look,
        _LOOK,
        practitioner_id=practitioner_id,
        patient_id=patient_id,
        starts_at=starts_at,
        day=starts_at.date(),
        hospital_id=hospital_id,
        department_id=department_id,
        service_id=service_id,
    )


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as it is to be written."""

    hospital_id: int
    department_id: int
    practitioner_id: int
    service_id: int | None
    patient_id: int | None
    starts_at: datetime
    duration: timedelta
    before: timedelta
    after: timedelta
    reason: str
    source: str
    override_reason: str | None
    booked_by_name: str

    @property
    def ends_at(self) -> datetime:
        """The end of the visit."""
        return self.starts_at + self.duration

    def times(self) -> dict[str, Any]:
        """The four instants, as the statements below name them."""
        return {
            "starts": self.starts_at,
            "ends": self.ends_at,
            "occupied_from": self.starts_at - self.before,
            "occupied_to": self.ends_at + self.after,
        }


async def insert(
    tx: Tx,
    wanted: Wanted,
    *,
    lane: int,
    status: Status,
    hold_expires_at: datetime | None = None,
    hold_token_hash: bytes | None = None,
) -> int | None:
    """Writes the visit into a lane and gives its id; None where the practitioner or the patient is taken then.

    Never bare: with `do nothing` a racer waits for the other to commit before it writes, so none deadlocks.
    """
    made: int | None = await tx.value(
        """insert into crm.appointments (hospital_id, department_id, practitioner_id, service_id, patient_id, lane,
             during, occupied, status, source, reason, override_reason, hold_expires_at, hold_token_hash,
             booked_by_name, created_at, updated_at)
           values (%(hospital_id)s, %(department_id)s, %(practitioner_id)s, %(service_id)s, %(patient_id)s, %(lane)s,
             tstzrange(%(starts)s, %(ends)s), tstzrange(%(occupied_from)s, %(occupied_to)s), %(status)s, %(source)s,
             %(reason)s, %(override_reason)s, %(hold_expires_at)s, %(hold_token_hash)s, %(booked_by_name)s,
             %(now)s, %(now)s)
           on conflict do nothing returning id""",
        hospital_id=wanted.hospital_id,
        department_id=wanted.department_id,
        practitioner_id=wanted.practitioner_id,
        service_id=wanted.service_id,
        patient_id=wanted.patient_id,
        lane=lane,
        status=status,
        source=wanted.source,
        reason=wanted.reason,
        override_reason=wanted.override_reason,
        hold_expires_at=hold_expires_at,
        hold_token_hash=hold_token_hash,
        booked_by_name=wanted.booked_by_name,
        **wanted.times(),
    )
    return made


class Obstacle(msgspec.Struct, kw_only=True):
    """A visit that stands in the way."""

    id: int
    patient_id: int | None
    practitioner_id: int
    hospital_id: int
    lane: int
    starts_at: datetime
    practitioner_name: str
    department: str
    hospital: str
    time_zone: str
    overlaps_visit: bool
    overlaps_occupied: bool


async def in_the_way(tx: Tx, wanted: Wanted, *, but_not: int | None = None) -> list[Obstacle]:
    """The active visits of the practitioner or of the patient that touch the time."""
    return await tx.all(
        Obstacle,
        """select a.id, a.patient_id, a.practitioner_id, a.hospital_id, a.lane, a.starts_at,
                  concat_ws(' ', nullif(p.prefix, ''), p.first_name, p.last_name) as practitioner_name,
                  d.name as department, h.name as hospital, h.time_zone,
                  a.during && tstzrange(%(starts)s, %(ends)s) as overlaps_visit,
                  a.occupied && tstzrange(%(occupied_from)s, %(occupied_to)s) as overlaps_occupied
           from crm.appointments a
           join crm.practitioners p on p.id = a.practitioner_id
           join crm.departments d on d.id = a.department_id
           join crm.hospitals h on h.id = a.hospital_id
           where a.status in ('held', 'scheduled', 'confirmed', 'arrived')
             and a.id is distinct from %(but_not)s::bigint
             and (a.practitioner_id = %(practitioner_id)s
                  and a.occupied && tstzrange(%(occupied_from)s, %(occupied_to)s)
                  or a.patient_id = %(patient_id)s and a.during && tstzrange(%(starts)s, %(ends)s))""",
        practitioner_id=wanted.practitioner_id,
        patient_id=wanted.patient_id,
        but_not=but_not,
        **wanted.times(),
    )


async def clear_expired_holds(tx: Tx, wanted: Wanted) -> int:
    """Lets go of holds that have run out and touch the time: a constraint cannot see time go by."""
    return await tx.execute(
        """with gone as (
             update crm.appointments set status = 'cancelled', cancelled_at = %(now)s, hold_expires_at = null,
               hold_token_hash = null, cancel_reason = 'The time was held and not taken', cancelled_by = 'Bedside',
               version = version + 1, updated_at = %(now)s
             where status = 'held' and hold_expires_at <= %(now)s
               and (practitioner_id = %(practitioner_id)s
                    and occupied && tstzrange(%(occupied_from)s, %(occupied_to)s)
                    or patient_id = %(patient_id)s and during && tstzrange(%(starts)s, %(ends)s))
             returning id)
           delete from crm.appointment_resources where appointment_id in (select id from gone)""",
        practitioner_id=wanted.practitioner_id,
        patient_id=wanted.patient_id,
        **wanted.times(),
    )


async def claim(tx: Tx, *, appointment_id: int, resource_id: int, wanted: Wanted) -> bool:
    """Claims one room or device for the visit; False where another visit has it then."""
    return bool(
        await tx.execute(
            """insert into crm.appointment_resources (appointment_id, resource_id, occupied)
               values (%(id)s, %(resource_id)s, tstzrange(%(occupied_from)s, %(occupied_to)s))
               on conflict do nothing""",
            id=appointment_id,
            resource_id=resource_id,
            **wanted.times(),
        )
    )


async def free_resource(tx: Tx, *, kind: str, wanted: Wanted) -> int | None:
    """A room or device of the kind that nobody has then; None where there is none."""
    found: int | None = await tx.value(
        """select r.id from crm.resources r
           where r.hospital_id = %(hospital_id)s and r.kind = %(kind)s and r.archived_at is null
             and not exists (select from crm.appointment_resources c where c.resource_id = r.id
                               and c.occupied && tstzrange(%(occupied_from)s, %(occupied_to)s))
           order by r.id limit 1""",
        hospital_id=wanted.hospital_id,
        kind=kind,
        **wanted.times(),
    )
    return found


async def _unless_excluded(tx: Tx, query: LiteralString, **parameters: Any) -> bool:
    try:
        async with tx.savepoint():
            await tx.execute(query, **parameters)
    except ExclusionViolation:
        return False
    return True


class Held(msgspec.Struct, kw_only=True):
    """A hold, found by its token."""

    id: int
    hospital_id: int
    department_id: int
    practitioner_id: int
    service_id: int | None
    starts_at: datetime
    ends_at: datetime
    source: str
    expired: bool


async def held(tx: Tx, token_hash: bytes) -> Held | None:
    """The hold with this token, locked; None where it was used, released or cleared away."""
    return await tx.maybe(
        Held,
        """select id, hospital_id, department_id, practitioner_id, service_id, starts_at, ends_at, source,
                  hold_expires_at <= %(now)s as expired
           from crm.appointments where hold_token_hash = %(hash)s and status = 'held' for no key update""",
        hash=token_hash,
    )


async def lock_times_of(tx: Tx, *, practitioner_id: int, patient_id: int | None) -> None:
    """Waits for others who move a visit of the practitioner or the patient.

    Updates, unlike inserts, have no `on conflict do nothing`: two that meet would deadlock. So they queue up here.
    """
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended('times of practitioner', %(practitioner_id)s))",
        practitioner_id=practitioner_id,
    )
    if patient_id is not None:
        await tx.execute(
            "select pg_advisory_xact_lock(hashtextextended('times of patient', %(patient_id)s))", patient_id=patient_id
        )


async def take_hold(tx: Tx, *, appointment_id: int, patient_id: int, reason: str, booked_by_name: str) -> bool:
    """The holder's own hold becomes the booking; False where the patient is busy then."""
    return await _unless_excluded(
        tx,
        """update crm.appointments set status = 'scheduled', patient_id = %(patient_id)s, hold_expires_at = null,
             hold_token_hash = null, reason = %(reason)s, booked_by_name = %(booked_by_name)s,
             version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=appointment_id,
        patient_id=patient_id,
        reason=reason,
        booked_by_name=booked_by_name,
    )


async def move(tx: Tx, wanted: Wanted, *, appointment_id: int, lane: int, keep_confirmed: bool) -> bool:
    """Gives a visit its new time, practitioner and lane; False where somebody has it."""
    return await _unless_excluded(
        tx,
        """update crm.appointments set during = tstzrange(%(starts)s, %(ends)s),
             occupied = tstzrange(%(occupied_from)s, %(occupied_to)s), lane = %(lane)s,
             hospital_id = %(hospital_id)s, department_id = %(department_id)s, practitioner_id = %(practitioner_id)s,
             status = case when %(keep_confirmed)s then status else 'scheduled' end,
             confirmed_at = case when %(keep_confirmed)s then confirmed_at end,
             override_reason = coalesce(%(override_reason)s, override_reason), needs_new_time = false,
             calendar_sequence = calendar_sequence + 1, version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=appointment_id,
        lane=lane,
        hospital_id=wanted.hospital_id,
        department_id=wanted.department_id,
        practitioner_id=wanted.practitioner_id,
        override_reason=wanted.override_reason,
        keep_confirmed=keep_confirmed,
        **wanted.times(),
    )
