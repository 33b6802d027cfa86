"""SQL behind the words of a message about a visit."""

from datetime import datetime
from typing import LiteralString

import msgspec

from bedside.kit.database import Tx


class VisitWords(msgspec.Struct, kw_only=True):
    """A visit with the names that its messages use."""

    appointment_id: int
    patient_id: int
    hospital_id: int
    status: str
    starts_at: datetime
    time_zone: str
    patient_first_name: str
    practitioner_name: str
    department_name: str
    discreet: bool
    hospital_name: str
    hospital_phone: str | None
    hospital_address: str


class ReminderWords(msgspec.Struct, kw_only=True):
    """A reminder, and its visit as it is now."""

    for_start: datetime
    reminder_status: str
    reminder_because: str
    visit: VisitWords


_COLUMNS: LiteralString = """
a.id as appointment_id, a.patient_id, a.hospital_id, a.status, a.starts_at, h.time_zone,
p.first_name as patient_first_name,
concat_ws(' ', nullif(d.prefix, ''), d.first_name, d.last_name) as practitioner_name,
u.name as department_name, u.discreet, h.name as hospital_name, h.phone as hospital_phone,
h.address as hospital_address
"""
_NAMES: LiteralString = """
join crm.patients p on p.id = a.patient_id
join crm.practitioners d on d.id = a.practitioner_id
join crm.departments u on u.id = a.department_id
join crm.hospitals h on h.id = a.hospital_id
"""


async def visit_words(tx: Tx, *, appointment_id: int) -> VisitWords | None:
    """The visit as it is now, or None where there is none with a patient."""
    return await tx.maybe(
        VisitWords,
        "select " + _COLUMNS + " from crm.appointments a " + _NAMES + " where a.id = %(id)s",
        id=appointment_id,
    )


async def reminder_words(tx: Tx, *, reminder_id: int) -> list[ReminderWords]:
    """A reminder and those that its message carries besides, each with its visit as it is now; the soonest first."""
    return await tx.all(
        ReminderWords,
        """select r.for_start, r.status as reminder_status, r.because as reminder_because,
                  to_jsonb(words) as visit
           from crm.appointment_reminders r
           join lateral (select """
        + _COLUMNS
        + " from crm.appointments a "
        + _NAMES
        + """ where a.id = r.appointment_id) words on true
           where r.id = %(id)s
              or r.message_id = (select one.message_id from crm.appointment_reminders one where one.id = %(id)s)
           order by words.starts_at, r.id""",
        id=reminder_id,
    )


class WordsOfReminder(ReminderWords, kw_only=True):
    """The same, and the reminder whose message carries it; `appointment_id` is that reminder's own visit."""

    carrying_id: int
    appointment_id: int


async def words_of_reminders(tx: Tx, *, reminder_ids: list[int]) -> list[WordsOfReminder]:
    """What `reminder_words` gives of one, of many, in one statement."""
    return await tx.all(
        WordsOfReminder,
        """select one.id as carrying_id, one.appointment_id, r.for_start, r.status as reminder_status,
                  r.because as reminder_because, to_jsonb(words) as visit
           from crm.appointment_reminders one
           join crm.appointment_reminders r on r.id = one.id or r.message_id = one.message_id
           join lateral (select """
        + _COLUMNS
        + " from crm.appointments a "
        + _NAMES
        + """ where a.id = r.appointment_id) words on true
           where one.id = any(%(ids)s::bigint[]) order by words.starts_at, r.id""",
        ids=reminder_ids,
    )


async def next_visit_of(tx: Tx, *, patient_id: int, hospital_ids: list[int] | None) -> int | None:
    """A patient's next visit at these hospitals (None: at any) that is still to come; None where there is none."""
    found: int | None = await tx.value(
        """select id from crm.appointments
           where patient_id = %(patient_id)s and status in ('scheduled', 'confirmed') and starts_at > %(now)s
             and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s::bigint[]))
           order by starts_at, id limit 1""",
        patient_id=patient_id,
        hospitals=hospital_ids,
    )
    return found


async def appointment_of(tx: Tx, *, reminder_id: int) -> int:
    """The visit that a reminder is about."""
    return int(await tx.value("select appointment_id from crm.appointment_reminders where id = %(id)s", id=reminder_id))
