"""SQL of the dashboard: one query a number, each over an index, none over a row that writers share.

Every query takes `hospitals`: a list of ids, or null for every hospital. A day is the hospital's own day; where several
hospitals are looked at together, it is the day of the zone given.
"""

from datetime import date, datetime

from bedside.analytics.model import (
    QUIET,
    RINGS,
    ExpectedVisit,
    HourOfDay,
    Latest,
    MessagesToday,
    NeedsAPerson,
    NoShows,
    PendingReminders,
    SetUp,
    Today,
)
from bedside.kit.database import Tx

# How many of the group's newest events are looked through for those that somebody may see. Without an end, a clinician
# of a quiet hospital would have the whole log read: 99 ms of a million events, and more with each day.
REACH = 20_000


async def set_up(tx: Tx, *, hospital: int) -> SetUp:
    """What of a hospital is there already. Patients belong to the whole group."""
    return await tx.one(
        SetUp,
        """select true as hospital,
                  exists (select from crm.departments where hospital_id = %(hospital)s) as department,
                  exists (select from crm.practitioner_roles r join crm.departments d on d.id = r.department_id
                          where d.hospital_id = %(hospital)s) as practitioner,
                  exists (select from crm.schedules s join crm.departments d on d.id = s.department_id
                          where d.hospital_id = %(hospital)s) as hours,
                  exists (select from crm.patients) as patient,
                  exists (select from crm.appointments where hospital_id = %(hospital)s) as visit,
                  exists (select from crm.hospital_owners) as owner""",
        hospital=hospital,
    )


async def today(tx: Tx, *, hospitals: list[int] | None, since: datetime, until: datetime, day: date) -> Today:
    """The appointments that start in [since, until), by status. `day` is that day's date at the hospital."""
    return await tx.one(
        Today,
        """select %(day)s::date as day,
                  count(*) filter (where status <> 'cancelled') as total,
                  count(*) filter (where status in ('scheduled', 'confirmed')) as expected,
                  count(*) filter (where status = 'confirmed') as confirmed,
                  count(*) filter (where status = 'arrived') as arrived,
                  count(*) filter (where status = 'completed') as completed,
                  count(*) filter (where status = 'cancelled') as cancelled,
                  count(*) filter (where status = 'no_show') as missed
           from crm.appointments
           where starts_at >= %(since)s and starts_at < %(until)s and status <> 'held'
             and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))""",
        hospitals=hospitals,
        since=since,
        until=until,
        day=day,
    )


async def hours(tx: Tx, *, hospitals: list[int] | None, since: datetime, until: datetime, zone: str) -> list[HourOfDay]:
    """The visits of a day by the hour they start in, in the zone given."""
    return await tx.all(
        HourOfDay,
        """select extract(hour from starts_at at time zone %(zone)s)::int as hour, count(*) as visits,
                  count(*) filter (where status in ('completed', 'arrived')) as done
           from crm.appointments
           where starts_at >= %(since)s and starts_at < %(until)s and status not in ('held', 'cancelled')
             and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))
           group by 1 order by 1""",
        hospitals=hospitals,
        since=since,
        until=until,
        zone=zone,
    )


async def expected_visits(
    tx: Tx, *, hospitals: list[int] | None, since: datetime, until: datetime, limit: int = 8
) -> list[ExpectedVisit]:
    """Who is here, and who is expected next: those who have arrived first, then by time."""
    return await tx.all(
        ExpectedVisit,
        """select a.id, a.starts_at, a.ends_at, a.status, a.version, a.patient_id, a.arrived_at,
                  p.first_name || ' ' || p.last_name as patient_name,
                  trim(d.prefix || ' ' || d.first_name || ' ' || d.last_name) as practitioner_name,
                  t.name as department_name, h.time_zone
           from crm.appointments a
           join crm.patients p on p.id = a.patient_id
           join crm.practitioners d on d.id = a.practitioner_id
           join crm.departments t on t.id = a.department_id
           join crm.hospitals h on h.id = a.hospital_id
           where a.starts_at >= %(since)s and a.starts_at < %(until)s
             and (a.status = 'arrived' or (a.status in ('scheduled', 'confirmed') and a.ends_at > %(now)s))
             and (%(hospitals)s::bigint[] is null or a.hospital_id = any(%(hospitals)s))
           order by a.status = 'arrived' desc, a.starts_at, a.id limit %(limit)s""",
        hospitals=hospitals,
        since=since,
        until=until,
        limit=limit,
    )


async def messages(tx: Tx, *, hospitals: list[int] | None, since: datetime) -> MessagesToday:
    """The messages written since an instant, by state."""
    return await tx.one(
        MessagesToday,
        """select count(*) as total,
                  count(*) filter (where status in ('queued', 'sending')) as waiting,
                  count(*) filter (where status = 'sent') as sent,
                  count(*) filter (where status = 'delivered') as delivered,
                  count(*) filter (where status = 'read') as read,
                  count(*) filter (where status in ('failed', 'undelivered')) as failed,
                  count(*) filter (where status = 'unknown') as unknown
           from communications.message_queue
           where created_at >= %(since)s and status <> 'cancelled'
             and (%(hospitals)s::bigint[] is null or hospital_id is null or hospital_id = any(%(hospitals)s))""",
        hospitals=hospitals,
        since=since,
    )


async def pending_reminders(tx: Tx, *, hospitals: list[int] | None) -> PendingReminders:
    """Reminders that are planned and not yet handed to the queue."""
    return await tx.one(
        PendingReminders,
        """select count(*) as total,
                  count(*) filter (where due_at < %(now)s + interval '24 hours') as within_a_day,
                  min(due_at) as next_due_at
           from crm.appointment_reminders
           where status = 'scheduled' and message_id is null
             and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))""",
        hospitals=hospitals,
    )


async def no_shows(tx: Tx, *, hospitals: list[int] | None) -> NoShows:
    """Missed visits of the last 30 days and of the 30 before, of those that took place or should have."""
    return await tx.one(
        NoShows,
        """select count(*) filter (where status = 'no_show' and recent) as missed,
                  count(*) filter (where recent) as of,
                  count(*) filter (where status = 'no_show' and not recent) as missed_before,
                  count(*) filter (where not recent) as of_before
           from (select status, starts_at >= %(now)s - interval '30 days' as recent
                 from crm.appointments
                 where starts_at >= %(now)s - interval '60 days' and starts_at < %(now)s
                   and status in ('completed', 'no_show')
                   and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))) as visits""",
        hospitals=hospitals,
    )


async def needs_a_person(tx: Tx, *, hospitals: list[int] | None, since: datetime) -> NeedsAPerson:
    """Open and overdue tasks, and messages that failed since an instant."""
    return await tx.one(
        NeedsAPerson,
        """select
             (select count(*) from crm.tasks where status = 'open'
                and (%(hospitals)s::bigint[] is null or hospital_id is null or hospital_id = any(%(hospitals)s)))
               as open_tasks,
             (select count(*) from crm.tasks where status = 'open' and due_at < %(now)s
                and (%(hospitals)s::bigint[] is null or hospital_id is null or hospital_id = any(%(hospitals)s)))
               as overdue_tasks,
             (select count(*) from communications.message_queue
                where created_at >= %(since)s and status in ('failed', 'undelivered', 'unknown')
                and (%(hospitals)s::bigint[] is null or hospital_id is null or hospital_id = any(%(hospitals)s)))
               as failed_messages""",
        hospitals=hospitals,
        since=since,
    )


async def latest(
    tx: Tx, *, seen_with: list[str], hospitals: list[int] | None, patients: bool = True, limit: int = 10
) -> list[Latest]:
    """The newest events that somebody may see, with whom they are about; without `patients`, none about a patient."""
    return await tx.all(
        Latest,
        """select e.id, e.kind, e.occurred_at, e.actor_name, e.actor_kind, e.subject, e.subject_id, e.patient_id,
                  p.first_name || ' ' || p.last_name as patient_name, e.owner_id, o.name as owner_name, e.data
           from (select * from crm.event_log log
                 where id > (select max(id) - %(reach)s from crm.event_log)
                   and seen_with = any(%(seen_with)s) and (%(patients)s or patient_id is null)
                   and kind <> all(%(quiet)s)
                   and (%(hospitals)s::bigint[] is null or hospital_id is null or hospital_id = any(%(hospitals)s))
                   and (%(hospitals)s::bigint[] is null or owner_id is null or hospital_id is not null
                        or exists (select from crm.owner_hospitals h
                                   where h.owner_id = log.owner_id and h.hospital_id = any(%(hospitals)s))
                        or not exists (select from crm.owner_hospitals h where h.owner_id = log.owner_id))
                 order by id desc limit %(limit)s) as e
           left join crm.patients p on p.id = e.patient_id
           left join crm.hospital_owners o on o.id = e.owner_id
           order by e.id desc""",
        seen_with=seen_with,
        hospitals=hospitals,
        patients=patients,
        limit=limit,
        quiet=QUIET,
        reach=REACH,
    )


async def bell(
    tx: Tx, *, seen_with: list[str], hospitals: list[int] | None, patients: bool = True, limit: int = 12
) -> list[Latest]:
    """What rings the bell: what patients did by themselves, new appointments, and what needs a person.

    Without `patients`, none about a patient.
    """
    return await tx.all(
        Latest,
        """select e.id, e.kind, e.occurred_at, e.actor_name, e.actor_kind, e.subject, e.subject_id, e.patient_id,
                  p.first_name || ' ' || p.last_name as patient_name, e.data
           from (select * from crm.event_log
                 where id > (select max(id) - %(reach)s from crm.event_log)
                   and seen_with = any(%(seen_with)s) and (%(patients)s or patient_id is null)
                   -- of feedback the low ratings alone: somebody has to make up for them
                   and (kind = any(%(rings)s) or (kind = 'feedback.given' and (data ->> 'rating')::int <= 2))
                   and occurred_at > %(now)s - interval '24 hours'
                   and (%(hospitals)s::bigint[] is null or hospital_id is null or hospital_id = any(%(hospitals)s))
                 order by id desc limit %(limit)s) as e
           left join crm.patients p on p.id = e.patient_id
           order by e.id desc""",
        seen_with=seen_with,
        hospitals=hospitals,
        patients=patients,
        limit=limit,
        rings=RINGS,
        reach=REACH,
    )
