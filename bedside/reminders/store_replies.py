"""SQL behind answers: which visits a message named."""

from datetime import datetime

import msgspec

from bedside.kit.database import Tx


class NamedVisit(msgspec.Struct, kw_only=True):
    """A visit that our last message to somebody named."""

    id: int
    hospital_id: int
    patient_id: int
    patient_name: str
    language: str
    status: str
    starts_at: datetime


async def acted_already(tx: Tx, *, inbound_message_id: int) -> bool:
    """Whether the inbox has done what was asked: STOP, START, or YES where messages were stopped."""
    return bool(
        await tx.value(
            "select acted <> '' from communications.inbound_messages where id = %(id)s", id=inbound_message_id
        )
    )


async def named_visits(tx: Tx, *, channel: str, address: str, answers: int | None) -> list[NamedVisit]:
    """The visits that a message named, the soonest first: the one answered, else our last about visits to the address.

    `sending` counts too: an answer may come in before the provider's receipt for what it answers.
    """
    return await tx.all(
        NamedVisit,
        """with last as (
               select id, about, about_id from communications.message_queue
               where to_address = %(address)s and channel = %(channel)s
                 and (%(answers)s::bigint is null or id = %(answers)s)
                 and about in ('appointment', 'reminder', 'cancelled_appointment')
                 and status in ('sending', 'sent', 'delivered', 'read', 'unknown')
               order by id desc limit 1)
           select a.id, a.hospital_id, a.patient_id, p.first_name || ' ' || p.last_name as patient_name, p.language,
                  a.status, a.starts_at
           from crm.appointments a join crm.patients p on p.id = a.patient_id
           where a.id in (
               select last.about_id from last where last.about <> 'reminder'
               union select r.appointment_id from last join crm.appointment_reminders r
                     on r.message_id = last.id or (last.about = 'reminder' and r.id = last.about_id))
           order by a.starts_at, a.id""",
        channel=channel,
        address=address,
        answers=answers,
    )
