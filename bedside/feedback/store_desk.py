"""SQL of what the desk sees: visits that can still be rated, and how it stands with asking about one."""

from datetime import datetime

from bedside.kit.database import Tx
from bedside.kit.wire import Wire


class VisitToRate(Wire, kw_only=True):
    """A completed visit of which nothing was said."""

    id: int
    starts_at: datetime
    time_zone: str
    practitioner_name: str
    hospital: str


class AskedAbout(Wire, kw_only=True):
    """How it stands with asking about a visit."""

    status: str
    because: str
    due_at: datetime
    sent_at: datetime | None
    expires_at: datetime
    message_status: str | None


async def visits_to_rate(tx: Tx, *, patient_id: int, within: list[int] | None) -> list[VisitToRate]:
    """A patient's latest completed visits of which nothing was said, the newest first."""
    return await tx.all(
        VisitToRate,
        """select a.id, a.starts_at, h.time_zone, h.name as hospital,
                  concat_ws(' ', nullif(d.prefix, ''), d.first_name, d.last_name) as practitioner_name
           from crm.appointments a
           join crm.hospitals h on h.id = a.hospital_id
           join crm.practitioners d on d.id = a.practitioner_id
           where a.patient_id = %(patient)s and a.status = 'completed'
             and (%(within)s::bigint[] is null or a.hospital_id = any(%(within)s))
             and not exists (select from crm.patient_feedback f where f.appointment_id = a.id)
             -- an anonymous answer leaves its mark here alone
             and not exists (select from crm.feedback_invitations i
                             where i.appointment_id = a.id and i.status = 'answered')
           order by a.starts_at desc, a.id desc limit 20""",
        patient=patient_id,
        within=within,
    )


async def asked_about(tx: Tx, *, appointment_id: int) -> AskedAbout | None:
    """The invitation of a visit; None where nobody is asked."""
    return await tx.maybe(
        AskedAbout,
        """select i.status, i.because, i.due_at, i.sent_at, i.expires_at, m.status as message_status
           from crm.feedback_invitations i left join communications.message_queue m on m.id = i.message_id
           where i.appointment_id = %(id)s""",
        id=appointment_id,
    )
