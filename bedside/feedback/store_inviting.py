"""SQL of asking patients: invitations planned, claimed when due, their links, and what staff see of them."""

from datetime import date, datetime
from typing import LiteralString

import msgspec

from bedside.feedback.model import Channel, Invitation, Policy
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

_INVITATION: LiteralString = """
select i.id, i.appointment_id, i.patient_id, p.first_name || ' ' || p.last_name as patient_name, i.hospital_id,
       i.status, i.because, i.channels, i.language, i.form_version_id, i.anonymous_offered, i.due_at, i.remind_at,
       i.expires_at, i.sent_at, i.reminded_at, i.answered_at, i.message_id, m.status as message_status, i.created_at
from crm.feedback_invitations i
join crm.patients p on p.id = i.patient_id
left join communications.message_queue m on m.id = i.message_id
"""
# As staff see them: who of those that were promised anonymity answered is not told, nor when they would be reminded,
# for an invitation answered on a day and an anonymous feedback of that day are soon put together.
_SEEN: LiteralString = """
select i.id, i.appointment_id, i.patient_id, p.first_name || ' ' || p.last_name as patient_name, i.hospital_id,
       seen.status, i.because, i.channels, i.language, i.form_version_id, i.anonymous_offered, i.due_at,
       case when not i.anonymous_offered then i.remind_at end as remind_at, i.expires_at, i.sent_at,
       case when not i.anonymous_offered then i.reminded_at end as reminded_at,
       case when seen.status = 'answered' then i.answered_at end as answered_at, i.message_id,
       m.status as message_status, i.created_at
from crm.feedback_invitations i
join crm.patients p on p.id = i.patient_id
left join communications.message_queue m on m.id = i.message_id
left join crm.patient_feedback named on named.appointment_id = i.appointment_id
cross join lateral (select case when i.status <> 'answered' or named.id is not null then i.status
                                when i.sent_at is not null then 'sent' else 'planned' end as status) seen
"""
_ID = Key("i.id", "bigint", "id")

INVITATIONS = Listing(
    into=Invitation,
    select=_SEEN,
    sorts={"id": (_ID,), "dueAt": (Key("i.due_at", "timestamptz", "due_at"), _ID)},
    default_sort="-id",
    filters={
        "within": "i.hospital_id = any(%(within)s::bigint[])",
        "hospital_id": "i.hospital_id = %(hospital_id)s",
        "patient_id": "i.patient_id = %(patient_id)s",
        "appointment_id": "i.appointment_id = %(appointment_id)s",
        "status": "seen.status = %(status)s",
    },
)


class Completed(msgspec.Struct, kw_only=True):
    """What planning asks about a visit that took place."""

    patient_id: int
    hospital_id: int
    ends_at: datetime
    language: str


class Due(msgspec.Struct, kw_only=True):
    """An invitation whose time has come, as it was claimed."""

    id: int
    appointment_id: int
    patient_id: int
    hospital_id: int
    due_at: datetime
    expires_at: datetime


async def completed(tx: Tx, appointment_id: int) -> Completed | None:
    """A visit as far as planning asks."""
    return await tx.maybe(
        Completed,
        """select a.patient_id, a.hospital_id, a.ends_at, p.language
           from crm.appointments a join crm.patients p on p.id = a.patient_id where a.id = %(id)s""",
        id=appointment_id,
    )


async def plan(
    tx: Tx,
    *,
    appointment_id: int,
    visit: Completed,
    policy: Policy,
    form_version_id: int | None,
    due_at: datetime,
    expires_at: datetime,
    skipped_because: str,
) -> None:
    """Plans an invitation, once a visit. One that was withdrawn when the visit's completion was undone comes back; if
    it had gone out, its link holds again and nothing more is sent."""
    await tx.write(
        """insert into crm.feedback_invitations as i (appointment_id, patient_id, hospital_id, status, because,
               channels, language, form_version_id, anonymous_offered, due_at, expires_at, created_at)
           values (%(visit)s, %(patient)s, %(hospital)s,
               case when %(because)s = '' then 'planned' else 'skipped' end, %(because)s, %(channels)s, %(language)s,
               %(form)s, %(offered)s, %(due_at)s, %(expires_at)s, %(now)s)
           on conflict (appointment_id) do update set
               status = case when i.sent_at is null then excluded.status else 'sent' end,
               because = case when i.sent_at is null then excluded.because else '' end,
               channels = excluded.channels, language = excluded.language, due_at = excluded.due_at,
               expires_at = excluded.expires_at
               where i.status in ('cancelled', 'skipped')""",
        visit=appointment_id,
        patient=visit.patient_id,
        hospital=visit.hospital_id,
        because=skipped_because,
        channels=list(policy.channels),
        language=policy.language or visit.language,
        form=form_version_id,
        offered=policy.anonymous_offered,
        due_at=due_at,
        expires_at=expires_at,
    )


async def drop(tx: Tx, *, appointment_id: int, because: str) -> None:
    """Withdraws an invitation that was not answered."""
    await tx.write(
        """update crm.feedback_invitations set status = 'cancelled', because = %(because)s
           where appointment_id = %(id)s and status in ('planned', 'sent', 'skipped')""",
        id=appointment_id,
        because=because,
    )


_DUE: LiteralString = """
select i.id, i.appointment_id, i.patient_id, i.hospital_id, i.due_at, i.expires_at from crm.feedback_invitations i
"""


async def claim_due(tx: Tx, *, limit: int) -> list[Due]:
    """Locks invitations whose time has come, passing over those that somebody else is at."""
    return await tx.all(
        Due,
        _DUE
        + """where i.status = 'planned' and i.due_at <= %(now)s
             order by i.due_at, i.id limit %(limit)s for update of i skip locked""",
        limit=limit,
    )


async def claim_reminders(tx: Tx, *, limit: int) -> list[Due]:
    """Locks invitations that nobody answered and whose reminder is due, passing over those somebody else is at."""
    return await tx.all(
        Due,
        _DUE
        + """where i.status = 'sent' and i.reminded_at is null and i.remind_at is not null and i.remind_at <= %(now)s
             order by i.remind_at, i.id limit %(limit)s for update of i skip locked""",
        limit=limit,
    )


async def visit_statuses(tx: Tx, appointment_ids: list[int]) -> dict[int, str]:
    """Where these visits stand, in a statement of its own: what was undone while we waited for a claim shows."""
    rows = await tx.rows("select id, status from crm.appointments where id = any(%(ids)s)", ids=appointment_ids)
    return {row[0]: row[1] for row in rows}


async def mark_sent(
    tx: Tx,
    *,
    invitation_id: int,
    message_id: int,
    policy: Policy,
    form_version_id: int | None,
    remind_at: datetime | None,
    expires_at: datetime,
) -> None:
    """Notes that somebody was asked, and by which rules."""
    await tx.write(
        """update crm.feedback_invitations
           set status = 'sent', sent_at = %(now)s, message_id = %(message)s, channels = %(channels)s,
               language = coalesce(%(language)s, language), form_version_id = %(form)s, anonymous_offered = %(offered)s,
               remind_at = %(remind_at)s, expires_at = %(expires_at)s
           where id = %(id)s""",
        id=invitation_id,
        message=message_id,
        channels=list(policy.channels),
        language=policy.language,
        form=form_version_id,
        offered=policy.anonymous_offered,
        remind_at=remind_at,
        expires_at=expires_at,
    )


async def mark_reminded(tx: Tx, *, invitation_id: int, message_id: int | None) -> None:
    """Notes that somebody was reminded, or (without a message) that they will not be."""
    await tx.write(
        """update crm.feedback_invitations
           set reminded_at = case when %(message)s::bigint is not null then %(now)s end,
               remind_at = case when %(message)s::bigint is not null then remind_at end,
               reminder_message_id = %(message)s
           where id = %(id)s""",
        id=invitation_id,
        message=message_id,
    )


async def set_aside(tx: Tx, *, invitation_id: int, status: str, because: str) -> None:
    """Notes why nobody was asked (`skipped`, `cancelled`); whoever was, by a message that arrived nowhere, was not."""
    await tx.write(
        """update crm.feedback_invitations
           set status = %(status)s, because = %(because)s, sent_at = null, remind_at = null where id = %(id)s""",
        id=invitation_id,
        status=status,
        because=because,
    )


class Lost(msgspec.Struct, kw_only=True):
    """An invitation whose message arrived nowhere."""

    id: int
    patient_id: int
    hospital_id: int
    due_at: datetime
    channels: list[Channel]
    language: str


async def lost(tx: Tx, *, message_id: int) -> Lost | None:
    """The invitation that went out by this message and waits for an answer, for trying another way."""
    return await tx.maybe(
        Lost,
        """select id, patient_id, hospital_id, due_at, channels, language from crm.feedback_invitations
           where message_id = %(message)s and status = 'sent' for update""",
        message=message_id,
    )


async def set_message(tx: Tx, *, invitation_id: int, message_id: int) -> None:
    """Notes that another message goes out instead."""
    await tx.write(
        "update crm.feedback_invitations set message_id = %(message)s where id = %(id)s",
        id=invitation_id,
        message=message_id,
    )


async def never_left(tx: Tx, *, message_id: int) -> None:
    """Notes that an invitation withdrawn in time never went out: completed again, its visit is asked about anew."""
    await tx.write(
        """update crm.feedback_invitations set sent_at = null, remind_at = null
           where message_id = %(message)s and status = 'cancelled'""",
        message=message_id,
    )


async def invitation(tx: Tx, invitation_id: int) -> Invitation | None:
    """One invitation."""
    return await tx.maybe(Invitation, _INVITATION + "where i.id = %(id)s", id=invitation_id)


async def invitation_of_token(tx: Tx, token_hash: bytes) -> Invitation | None:
    """The invitation that a link leads to."""
    return await tx.maybe(
        Invitation,
        _INVITATION + "where i.id = (select invitation_id from crm.feedback_links where token_hash = %(hash)s)",
        hash=token_hash,
    )


async def insert_link(tx: Tx, *, invitation_id: int, token_hash: bytes) -> None:
    """Adds a link to an invitation."""
    await tx.write(
        """insert into crm.feedback_links (token_hash, invitation_id, created_at)
           values (%(hash)s, %(invitation)s, %(now)s)""",
        hash=token_hash,
        invitation=invitation_id,
    )


class VisitWords(msgspec.Struct, kw_only=True):
    """What the words of a message about a visit that was take."""

    patient_first_name: str
    status: str
    day: date
    practitioner_name: str
    hospital_name: str
    hospital_phone: str | None
    hospital_address: str


async def visit_words(tx: Tx, *, appointment_id: int) -> VisitWords | None:
    """The visit as it is now, or None where there is none with a patient."""
    return await tx.maybe(
        VisitWords,
        """select p.first_name as patient_first_name, a.status, (a.starts_at at time zone h.time_zone)::date as day,
                  concat_ws(' ', nullif(d.prefix, ''), d.first_name, d.last_name) as practitioner_name,
                  h.name as hospital_name, h.phone as hospital_phone, h.address as hospital_address
           from crm.appointments a
           join crm.patients p on p.id = a.patient_id
           join crm.practitioners d on d.id = a.practitioner_id
           join crm.hospitals h on h.id = a.hospital_id
           where a.id = %(id)s""",
        id=appointment_id,
    )
