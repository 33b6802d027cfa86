"""SQL of emergency notifications."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time
from typing import LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.kit.http.paging import LARGEST_PAGE, Key, Listing
from bedside.reminders.emergency_model import EmergencyNotification, EmergencyRecipient, EmergencyWords


class Person(msgspec.Struct, kw_only=True):
    """Somebody who has a visit."""

    id: int
    name: str
    record_number: str


class NewRecipient(msgspec.Struct, kw_only=True):
    """A person and channel, on the way into the ledger."""

    patient_id: int
    channel: str
    status: str
    because: str = ""
    with_patient_id: int | None = None


class Waiting(msgspec.Struct, kw_only=True):
    """A person and channel whose message is to be queued now."""

    id: int
    emergency_notification_id: int
    patient_id: int
    channel: str
    hospital_id: int
    hospital_name: str
    language: str
    words: EmergencyWords
    created_by_name: str


class Closed(msgspec.Struct, kw_only=True):
    """One that has come to its end."""

    id: int
    hospital_id: int


# where a person stands: the best that any of their channels has come to
_STATE: LiteralString = """case
    when bool_or(m.status in ('delivered', 'read')) then 'reached'
    when bool_or(m.status = 'sent') then 'sent'
    when bool_or(r.status = 'waiting' or (r.status = 'together' and r.message_id is null)
                 or m.status in ('queued', 'sending')) then 'waiting'
    when bool_or(m.status = 'unknown') then 'unknown'
    when bool_or(m.status in ('failed', 'undelivered')) then 'failed'
    when bool_or(r.status = 'cancelled' or m.status = 'cancelled') then 'cancelled'
    else 'unreachable' end"""

NOTIFICATIONS: Listing[EmergencyNotification] = Listing(
    into=EmergencyNotification,
    select="""
select n.id, n.hospital_id, h.name as hospital_name, n.day, n.department_id, d.name as department_name,
       n.practitioner_id, p.first_name || ' ' || p.last_name as practitioner_name, n.from_time, n.until_time, n.words,
       n.status, n.created_by_name as created_by, n.created_at, n.handed_over_at, n.cancelled_by_name as cancelled_by,
       n.cancelled_at, progress.counts as progress
from crm.emergency_notifications n
join crm.hospitals h on h.id = n.hospital_id
left join crm.departments d on d.id = n.department_id
left join crm.practitioners p on p.id = n.practitioner_id
cross join lateral (
    select jsonb_build_object('people', count(*),
        'reached', count(*) filter (where state = 'reached'), 'sent', count(*) filter (where state = 'sent'),
        'waiting', count(*) filter (where state = 'waiting'), 'unknown', count(*) filter (where state = 'unknown'),
        'failed', count(*) filter (where state = 'failed'),
        'cancelled', count(*) filter (where state = 'cancelled'),
        'unreachable', count(*) filter (where state = 'unreachable')) as counts
    from (select """
    + _STATE
    + """ as state from crm.emergency_recipients r
          left join communications.message_queue m on m.id = r.message_id
          where r.emergency_notification_id = n.id group by r.patient_id) each_person) progress""",
    sorts={"id": (Key("n.id", "bigint", "id"),)},
    default_sort="-id",
    filters={
        "id": "n.id = %(id)s",
        "status": "n.status = %(status)s",
        "hospital": "n.hospital_id = %(hospital)s",
        "hospitals": "n.hospital_id = any(%(hospitals)s)",
        "since": "n.created_at >= %(since)s",
    },
)

RECIPIENTS: Listing[EmergencyRecipient] = Listing(
    into=EmergencyRecipient,
    select="""
select * from (
    select p.id as patient_id, p.first_name || ' ' || p.last_name as patient_name, p.record_number,
           (select value from crm.contact_points c where c.patient_id = p.id and kind = 'phone'
            order by position limit 1) as phone, """
    + _STATE
    + """ as state,
           jsonb_agg(jsonb_build_object('channel', r.channel, 'messageId', r.message_id,
               'status', coalesce(m.status, r.status),
               'because', coalesce(nullif(r.because, ''), m.error, ''))
               order by array_position(array['sms', 'whatsapp', 'email'], r.channel)) as channels
    from crm.emergency_recipients r
    join crm.patients p on p.id = r.patient_id
    left join communications.message_queue m on m.id = r.message_id
    where r.emergency_notification_id = %(notification)s
    group by p.id) each_person""",
    sorts={
        "name": (Key("patient_name", "text", "patient_name"), Key("patient_id", "bigint", "patient_id")),
        "state": (Key("state", "text", "state"), Key("patient_id", "bigint", "patient_id")),
    },
    default_sort="name",
    filters={"state": "state = %(state)s"},
)


async def hold(tx: Tx, *, hospital_id: int) -> None:
    """Nobody else sends for a hospital until this transaction ends."""
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended('emergency ' || %(id)s::bigint::text, 0))", id=hospital_id
    )


async def people(
    tx: Tx,
    *,
    hospital_id: int,
    zone: str,
    day: date,
    department_id: int | None,
    practitioner_id: int | None,
    from_time: time | None,
    until_time: time | None,
) -> list[Person]:
    """Everybody with a visit like that which takes place, by name."""
    return await tx.all(
        Person,
        """select p.id, p.first_name || ' ' || p.last_name as name, p.record_number
           from crm.patients p
           where p.id in (
               select a.patient_id from crm.appointments a
               where a.hospital_id = %(hospital)s and a.status in ('scheduled', 'confirmed', 'arrived')
                 and a.starts_at >= %(day)s::date::timestamp at time zone %(zone)s
                 and a.starts_at < (%(day)s::date + 1)::timestamp at time zone %(zone)s
                 and (%(department)s::bigint is null or a.department_id = %(department)s)
                 and (%(practitioner)s::bigint is null or a.practitioner_id = %(practitioner)s)
                 and (%(from_time)s::time is null
                      or a.ends_at > (%(day)s::date + %(from_time)s::time) at time zone %(zone)s)
                 and (%(until_time)s::time is null
                      or a.starts_at < (%(day)s::date + %(until_time)s::time) at time zone %(zone)s))
           order by name, p.id""",
        hospital=hospital_id,
        zone=zone,
        day=day,
        department=department_id,
        practitioner=practitioner_id,
        from_time=from_time,
        until_time=until_time,
    )


async def same_since(tx: Tx, *, values: dict[str, object], words: EmergencyWords, since: datetime) -> int | None:
    """One with the same words for the same people, that was sent since then and not cancelled."""
    found: int | None = await tx.value(
        """select id from crm.emergency_notifications
           where hospital_id = %(hospital_id)s and created_at >= %(since)s and status <> 'cancelled'
             and day = %(day)s and words = %(words)s
             and department_id is not distinct from %(department_id)s
             and practitioner_id is not distinct from %(practitioner_id)s
             and from_time is not distinct from %(from_time)s and until_time is not distinct from %(until_time)s
           order by id desc limit 1""",
        **values,
        words=Jsonb(_by_language(words)),
        since=since,
    )
    return found


async def insert(
    tx: Tx, *, values: dict[str, object], words: EmergencyWords, by: str, recipients: Sequence[NewRecipient]
) -> int:
    """Writes a notification with its ledger, and gives its id."""
    made = int(
        await tx.value(
            """insert into crm.emergency_notifications (hospital_id, day, department_id, practitioner_id, from_time,
                       until_time, words, status, created_by_name, created_at)
               values (%(hospital_id)s, %(day)s, %(department_id)s, %(practitioner_id)s, %(from_time)s,
                       %(until_time)s, %(words)s, 'sending', %(by)s, %(now)s)
               returning id""",
            **values,
            words=Jsonb(_by_language(words)),
            by=by,
        )
    )
    await tx.write(
        """insert into crm.emergency_recipients
               (emergency_notification_id, patient_id, channel, status, because, with_patient_id)
           select %(made)s, one.patient_id, one.channel, one.status, one.because, one.with_patient_id
           from unnest(%(patients)s::bigint[], %(channels)s::text[], %(statuses)s::text[], %(reasons)s::text[],
                       %(others)s::bigint[]) with ordinality
                as one (patient_id, channel, status, because, with_patient_id, place)
           order by one.place""",
        made=made,
        patients=[one.patient_id for one in recipients],
        channels=[one.channel for one in recipients],
        statuses=[one.status for one in recipients],
        reasons=[one.because for one in recipients],
        others=[one.with_patient_id for one in recipients],
    )
    return made


async def claim(tx: Tx, *, limit: int) -> list[Waiting]:
    """Takes people whose message is to be queued; as many workers as wanted may do so at once."""
    return await tx.all(
        Waiting,
        """select r.id, r.emergency_notification_id, r.patient_id, r.channel, n.hospital_id, h.name as hospital_name,
                  p.language, n.words, n.created_by_name
           from crm.emergency_recipients r
           join crm.emergency_notifications n on n.id = r.emergency_notification_id
           join crm.hospitals h on h.id = n.hospital_id
           join crm.patients p on p.id = r.patient_id
           where r.status = 'waiting' and n.status = 'sending'
           order by r.id limit %(limit)s for update of r skip locked""",
        limit=limit,
    )


async def keep_outcome(tx: Tx, one: Waiting, *, message_id: int | None, because: str) -> None:
    """What became of one: its message, which those who share its address share too, or why there is none."""
    status = "queued" if message_id is not None else "refused"
    await tx.execute(
        """update crm.emergency_recipients set status = %(status)s, because = %(because)s, message_id = %(message)s
           where id = %(id)s""",
        id=one.id,
        status=status,
        because=because[:500],
        message=message_id,
    )
    await tx.execute(
        """update crm.emergency_recipients set message_id = %(message)s,
               status = case when %(message)s::bigint is null then 'refused' else status end,
               because = case when %(message)s::bigint is null then %(because)s else because end
           where emergency_notification_id = %(notification)s and channel = %(channel)s
             and with_patient_id = %(patient)s and status = 'together'""",
        message=message_id,
        because=because[:500],
        notification=one.emergency_notification_id,
        channel=one.channel,
        patient=one.patient_id,
    )


async def close_finished(tx: Tx) -> list[Closed]:
    """Closes those of which nobody waits any more. One that is being cancelled is passed over, not waited for: who
    cancels it may wait for what this transaction holds."""
    return await tx.all(
        Closed,
        """update crm.emergency_notifications set status = 'sent', handed_over_at = %(now)s
           where id in (
               select n.id from crm.emergency_notifications n
               where n.status = 'sending' and not exists (
                   select from crm.emergency_recipients r
                   where r.emergency_notification_id = n.id and r.status = 'waiting')
               for update skip locked)
           returning id, hospital_id""",
    )


async def lock(tx: Tx, *, notification_id: int) -> str | None:
    """Holds one, and says where it stands."""
    found: str | None = await tx.value(
        "select status from crm.emergency_notifications where id = %(id)s for update", id=notification_id
    )
    return found


async def status_of(tx: Tx, *, notification_id: int) -> str | None:
    """Where one stands."""
    found: str | None = await tx.value(
        "select status from crm.emergency_notifications where id = %(id)s", id=notification_id
    )
    return found


async def cancel_waiting(tx: Tx, *, notification_id: int) -> int:
    """Withdraws whoever has no message yet, and says how many that were."""
    return await tx.execute(
        """update crm.emergency_recipients set status = 'cancelled', with_patient_id = null
           where emergency_notification_id = %(id)s and message_id is null and status in ('waiting', 'together')""",
        id=notification_id,
    )


async def message_ids(tx: Tx, *, notification_id: int) -> list[int]:
    """The messages that were queued for it."""
    rows = await tx.rows(
        """select distinct message_id from crm.emergency_recipients
           where emergency_notification_id = %(id)s and message_id is not null""",
        id=notification_id,
    )
    return [row[0] for row in rows]


async def set_cancelled(tx: Tx, *, notification_id: int, by: str) -> None:
    """Marks one as cancelled."""
    await tx.execute(
        """update crm.emergency_notifications set status = 'cancelled', cancelled_at = %(now)s,
               cancelled_by_name = %(by)s where id = %(id)s""",
        id=notification_id,
        by=by,
    )


def _by_language(words: EmergencyWords) -> dict[str, str]:
    return {name: text for name in ("en", "es", "ar") if (text := getattr(words, name))}


async def every_recipient(tx: Tx, *, notification_id: int, state: str | None) -> AsyncIterator[EmergencyRecipient]:
    """Everybody that one is for, by name, a page at a time."""
    cursor: str | None = None
    while True:
        page = await RECIPIENTS.page(
            tx, filters={"state": state}, cursor=cursor, limit=LARGEST_PAGE, notification=notification_id
        )
        for one in page.items:
            yield one
        if (cursor := page.next) is None:
            return
