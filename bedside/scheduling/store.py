"""SQL that reads visits, and that changes their status. Booking has a file of its own, and so have schedules."""

from datetime import datetime
from typing import Any, LiteralString

import msgspec
from psycopg.errors import ExclusionViolation

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.scheduling.model import Appointment, Status

APPOINTMENT: LiteralString = """
select a.id, a.hospital_id, h.name as hospital, h.time_zone, a.department_id, d.name as department,
       a.practitioner_id, concat_ws(' ', nullif(p.prefix, ''), p.first_name, p.last_name) as practitioner_name,
       a.service_id, s.name as service, a.patient_id, pa.first_name || ' ' || pa.last_name as patient_name,
       pa.last_name as patient_last_name,
       a.lane, a.starts_at, a.ends_at, a.status, a.source, a.reason, a.override_reason, a.hold_expires_at,
       a.cancel_reason, a.cancelled_by, a.confirmed_at, a.arrived_at, a.completed_at, a.cancelled_at, a.no_show_at,
       a.calendar_sequence, a.booked_by_name, a.needs_new_time, a.version, a.created_at, a.updated_at
from crm.appointments a
join crm.hospitals h on h.id = a.hospital_id
join crm.departments d on d.id = a.department_id
join crm.practitioners p on p.id = a.practitioner_id
left join crm.services s on s.id = a.service_id
left join crm.patients pa on pa.id = a.patient_id
"""

# holds that ran out are nobody's business, cleared away or not
_REAL: LiteralString = """(a.status <> 'held' or a.hold_expires_at > %(now)s)
  and not (a.status = 'cancelled' and a.patient_id is null)"""

APPOINTMENTS: Listing[Appointment] = Listing(
    into=Appointment,
    select=APPOINTMENT,
    always=_REAL,
    filters={
        "hospital_ids": "a.hospital_id = any(%(hospital_ids)s)",
        "hospital_id": "a.hospital_id = %(hospital_id)s",
        "department_id": "a.department_id = %(department_id)s",
        "practitioner_id": "a.practitioner_id = %(practitioner_id)s",
        "patient_id": "a.patient_id = %(patient_id)s",
        "status": "a.status = any(%(status)s)",
        "from": "a.starts_at >= %(from)s",
        "to": "a.starts_at < %(to)s",
        "needs_new_time": "a.needs_new_time = %(needs_new_time)s",
    },
    sorts={
        "startsAt": (Key("a.starts_at", "timestamptz", "starts_at"), Key("a.id", "bigint", "id")),
        "createdAt": (Key("a.created_at", "timestamptz", "created_at"), Key("a.id", "bigint", "id")),
    },
    default_sort="startsAt",
)


async def appointment(tx: Tx, appointment_id: int, *, lock: bool = False) -> Appointment | None:
    """One visit. `lock` keeps others from changing it until the transaction ends."""
    query: LiteralString = APPOINTMENT + " where a.id = %(id)s" + (" for no key update of a" if lock else "")
    return await tx.maybe(Appointment, query, id=appointment_id)


async def one(tx: Tx, appointment_id: int) -> Appointment:
    """One visit that must be there."""
    return await tx.one(Appointment, APPOINTMENT + " where a.id = %(id)s", id=appointment_id)


async def between(
    tx: Tx,
    *,
    since: datetime,
    until: datetime,
    hospital_ids: list[int] | None,
    department_id: int | None = None,
    practitioner_ids: list[int] | None = None,
) -> list[Appointment]:
    """Every visit that touches the time, for calendars; cancelled ones left out."""
    return await tx.all(
        Appointment,
        APPOINTMENT
        + " where "
        + _REAL
        + """ and a.starts_at >= %(since)s - interval '1 day' and a.starts_at < %(until)s and a.ends_at > %(since)s
              and a.status <> 'cancelled'
              and (%(hospital_ids)s::bigint[] is null or a.hospital_id = any(%(hospital_ids)s))
              and (%(department_id)s::bigint is null or a.department_id = %(department_id)s)
              and (%(practitioner_ids)s::bigint[] is null or a.practitioner_id = any(%(practitioner_ids)s))
            order by a.starts_at, a.id""",
        since=since,
        until=until,
        hospital_ids=hospital_ids,
        department_id=department_id,
        practitioner_ids=practitioner_ids,
    )


async def upcoming_of(tx: Tx, patient_ids: list[int]) -> list[Appointment]:
    """The visits ahead of the patients, soonest first."""
    return await tx.all(
        Appointment,
        APPOINTMENT
        + """ where a.patient_id = any(%(ids)s) and a.ends_at > %(now)s
              and a.status in ('scheduled', 'confirmed', 'arrived')
            order by a.starts_at, a.id""",
        ids=patient_ids,
    )


async def of_patient(tx: Tx, patient_id: int, *, hospital_ids: list[int] | None, limit: int) -> list[Appointment]:
    """The newest visits of a patient, latest first."""
    return await tx.all(
        Appointment,
        APPOINTMENT
        + " where "
        + _REAL
        + """ and a.patient_id = %(patient_id)s
              and (%(hospital_ids)s::bigint[] is null or a.hospital_id = any(%(hospital_ids)s))
            order by a.starts_at desc, a.id desc limit %(limit)s""",
        patient_id=patient_id,
        hospital_ids=hospital_ids,
        limit=limit,
    )


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A change of status, as it is written: the times that it sets (True) or takes back (False)."""

    to: Status
    confirmed: bool | None = None
    arrived: bool | None = None
    completed: bool | None = None
    cancelled: bool | None = None
    no_show: bool | None = None
    cancel_reason: str | None = None
    cancelled_by: str | None = None


async def take_step(tx: Tx, *, appointment_id: int, step: Step) -> bool:
    """Writes a change of status; False where it would bring back a visit whose time somebody has now."""
    times: dict[str, Any] = {
        name: getattr(step, name) for name in ("confirmed", "arrived", "completed", "cancelled", "no_show")
    }
    query: LiteralString = """
           update crm.appointments set status = %(status)s,
             confirmed_at = case %(confirmed)s::boolean when true then %(now)s when false then null
               else confirmed_at end,
             arrived_at = case %(arrived)s::boolean when true then %(now)s when false then null
               else arrived_at end,
             completed_at = case %(completed)s::boolean when true then %(now)s when false then null
               else completed_at end,
             cancelled_at = case %(cancelled)s::boolean when true then %(now)s when false then null
               else cancelled_at end,
             no_show_at = case %(no_show)s::boolean when true then %(now)s when false then null
               else no_show_at end,
             cancel_reason = case when %(cancelled)s::boolean is null then cancel_reason else %(cancel_reason)s end,
             cancelled_by = case when %(cancelled)s::boolean is null then cancelled_by else %(cancelled_by)s end,
             calendar_sequence = calendar_sequence + (%(cancelled)s::boolean is not null)::int,
             hold_expires_at = null, hold_token_hash = null,
             needs_new_time = needs_new_time and %(status)s <> 'cancelled',
             version = version + 1, updated_at = %(now)s
           where id = %(id)s"""
    try:
        async with tx.savepoint():
            await tx.execute(
                query,
                id=appointment_id,
                status=step.to,
                cancel_reason=step.cancel_reason,
                cancelled_by=step.cancelled_by,
                **times,
            )
    except ExclusionViolation:
        return False
    return True


async def let_go_of_resources(tx: Tx, appointment_id: int) -> None:
    """Gives back the rooms and equipment of a visit."""
    await tx.execute("delete from crm.appointment_resources where appointment_id = %(id)s", id=appointment_id)


async def zones_of(tx: Tx, *, practitioner_id: int, hospital_id: int | None) -> list[str]:
    """The time zone of a hospital, or those of the hospitals at which a practitioner works."""
    rows = await tx.rows(
        """select distinct h.time_zone from crm.hospitals h
           where case when %(hospital_id)s::bigint is not null then h.id = %(hospital_id)s
                 else h.id in (select d.hospital_id from crm.practitioner_roles r
                               join crm.departments d on d.id = r.department_id
                               where r.practitioner_id = %(practitioner_id)s) end""",
        practitioner_id=practitioner_id,
        hospital_id=hospital_id,
    )
    return [str(row[0]) for row in rows]


async def departments_named(tx: Tx, name: str, *, hospital_id: int | None) -> list[int]:
    """The departments with a name, whatever its case and accents."""
    rows = await tx.rows(
        """select id from crm.departments
           where crm.searchable(name) = crm.searchable(%(name)s) and archived_at is null
             and (%(hospital_id)s::bigint is null or hospital_id = %(hospital_id)s)""",
        name=name.strip(),
        hospital_id=hospital_id,
    )
    return [int(row[0]) for row in rows]


async def set_reason(tx: Tx, *, appointment_id: int, reason: str) -> None:
    """Writes what the visit is for."""
    await tx.execute(
        """update crm.appointments set reason = %(reason)s, version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        id=appointment_id,
        reason=reason,
    )
