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


_VISIT: LiteralString = """
select a.id as appointment_id, a.patient_id, a.hospital_id, a.status, a.starts_at, h.time_zone,
       p.first_name as patient_first_name,
       concat_ws(' ', nullif(d.prefix, ''), d.first_name, d.last_name) as practitioner_name,
       u.name as department_name, u.discreet, h.name as hospital_name, h.phone as hospital_phone,
       h.address as hospital_address
from crm.appointments a
join crm.patients p on p.id = a.patient_id
join crm.practitioners d on d.id = a.practitioner_id
join crm.departments u on u.id = a.department_id
join crm.hospitals h on h.id = a.hospital_id
where a.id = %(id)s
"""


async def visit_words(tx: Tx, *, appointment_id: int) -> VisitWords | None:
    """The visit as it is now, or None where there is none with a patient."""
    return await tx.maybe(VisitWords, _VISIT, id=appointment_id)


async def reminder_words(tx: Tx, *, reminder_id: int) -> ReminderWords | None:
    """A reminder with its visit as it is now."""
    rows = await tx.rows(
        "select appointment_id, for_start, status, because from crm.appointment_reminders where id = %(id)s",
        id=reminder_id,
    )
    if not rows:
        return None
    appointment_id, for_start, status, because = rows[0]
    visit = await visit_words(tx, appointment_id=appointment_id)
    if visit is None:
        return None
    return ReminderWords(for_start=for_start, reminder_status=status, reminder_because=because, visit=visit)


async def appointment_of(tx: Tx, *, reminder_id: int) -> int:
    """The visit that a reminder is about."""
    return int(await tx.value("select appointment_id from crm.appointment_reminders where id = %(id)s", id=reminder_id))
