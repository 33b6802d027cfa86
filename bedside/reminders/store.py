"""SQL of reminders: planning, claiming, and what staff see."""

from datetime import datetime
from typing import LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing, Page
from bedside.reminders.model import Channel, Due, Planned, Reach, ReminderStatus, ReminderView, Step, Visit

STEP_JSON: LiteralString = """jsonb_build_object('id', s.id, 'leadMinutes', s.lead_minutes, 'channels', s.channels,
    'templateKey', s.template_key, 'onlyIfUnconfirmed', s.only_if_unconfirmed,
    'emailWithoutPhone', s.email_without_phone, 'smsIfWhatsappFails', s.sms_if_whatsapp_fails)"""


class Facts(msgspec.Struct, kw_only=True):
    """All that planning asks about a visit, read at once: it is part of every booking."""

    hospital_id: int
    patient_id: int
    status: str
    starts_at: datetime
    steps: list[Step]
    phone: str | None
    email: str | None
    takes_sms: bool
    takes_whatsapp: bool
    refused: frozenset[str]

    @property
    def reach(self) -> Reach:
        """How the patient can be written to."""
        return Reach(
            phone=self.phone,
            email=self.email,
            takes_sms=self.takes_sms,
            takes_whatsapp=self.takes_whatsapp,
            refused=self.refused,
        )


async def facts(tx: Tx, *, appointment_id: int) -> Facts | None:
    """What planning needs to know: the visit, the ladder that holds for it, and how its patient is reached.

    One statement of our own instead of three front doors: a booking pays for each of them.
    """
    return await tx.maybe(
        Facts,
        """select a.hospital_id, a.patient_id, a.status, a.starts_at,
                  coalesce(ladder.steps, '[]') as steps,
                  phone.value as phone, email.value as email,
                  coalesce(phone.takes_sms, false) as takes_sms,
                  coalesce(phone.takes_whatsapp, false) as takes_whatsapp,
                  coalesce(refused.channels, '{}') as refused
           from crm.appointments a
           left join lateral (
               select jsonb_agg("""
        + STEP_JSON
        + """ order by s.lead_minutes desc, s.id) as steps
               from crm.reminder_policy_steps s
               where s.archived_at is null and s.policy_id = (
                   select p.id from crm.reminder_policies p
                   where p.active and (p.department_id = a.department_id
                         or p.department_id is null and (p.hospital_id = a.hospital_id or p.hospital_id is null))
                   order by p.department_id nulls last, p.hospital_id nulls last limit 1)
           ) ladder on true
           left join lateral (
               select min(value) as value, bool_or(takes_sms) as takes_sms, bool_or(takes_whatsapp) as takes_whatsapp
               from crm.contact_points where patient_id = a.patient_id and kind = 'phone'
           ) phone on true
           left join lateral (
               select min(value) as value from crm.contact_points where patient_id = a.patient_id and kind = 'email'
           ) email on true
           left join lateral (
               select array_agg(newest.channel) filter (where not newest.granted) as channels
               from (select distinct on (c.channel) c.channel, c.granted from crm.consents c
                     where c.patient_id = a.patient_id and c.purpose = 'transactional'
                     order by c.channel, c.id desc) newest
           ) refused on true
           where a.id = %(id)s and a.patient_id is not null""",
        id=appointment_id,
    )


async def insert_planned(tx: Tx, *, appointment_id: int, facts: Facts, planned: list[Planned]) -> None:
    """Writes a ladder's reminders in one statement. What was cancelled for this very time comes back to life."""
    if not planned:
        return
    await tx.write(
        """insert into crm.appointment_reminders (appointment_id, patient_id, hospital_id, step_id, channel, for_start,
                   due_at, status, because, created_at, updated_at)
           select %(appointment)s, %(patient)s, %(hospital)s, rung.step_id, rung.channel, %(starts_at)s,
                  rung.due_at, rung.status, rung.because, %(now)s, %(now)s
           from jsonb_to_recordset(%(planned)s)
                as rung (step_id bigint, channel text, due_at timestamptz, status text, because text)
           on conflict on constraint appointment_reminders_once do update
           set status = excluded.status, because = excluded.because, due_at = excluded.due_at,
               message_id = null, round = appointment_reminders.round + 1, updated_at = %(now)s
           where appointment_reminders.status = 'cancelled' and not appointment_reminders.withdrawn""",
        appointment=appointment_id,
        patient=facts.patient_id,
        hospital=facts.hospital_id,
        starts_at=facts.starts_at,
        planned=Jsonb(planned),
    )


async def insert_by_hand(
    tx: Tx, *, appointment_id: int, facts: Facts, channel: Channel, due_at: datetime, message: str | None, by: str
) -> int:
    """A reminder that somebody on the staff adds."""
    return int(
        await tx.value(
            """insert into crm.appointment_reminders (appointment_id, patient_id, hospital_id, channel, for_start,
                       due_at, message, status, created_by_name, created_at, updated_at)
               values (%(appointment)s, %(patient)s, %(hospital)s, %(channel)s, %(starts_at)s, %(due)s, %(message)s,
                       'scheduled', %(by)s, %(now)s, %(now)s)
               returning id""",
            appointment=appointment_id,
            patient=facts.patient_id,
            hospital=facts.hospital_id,
            channel=channel,
            starts_at=facts.starts_at,
            due=due_at,
            message=message,
            by=by,
        )
    )


async def insert_instead(tx: Tx, *, reminder_id: int) -> int | None:
    """An SMS for what WhatsApp could not deliver, due now, once; None where the step does not say so, or has one."""
    made = await tx.value(
        """insert into crm.appointment_reminders (appointment_id, patient_id, hospital_id, step_id, channel, for_start,
                   due_at, status, created_by_name, created_at, updated_at)
           select r.appointment_id, r.patient_id, r.hospital_id, r.step_id, 'sms', r.for_start, %(now)s, 'scheduled',
                  'instead of WhatsApp', %(now)s, %(now)s
           from crm.appointment_reminders r join crm.reminder_policy_steps s on s.id = r.step_id
           where r.id = %(id)s and r.channel = 'whatsapp' and s.sms_if_whatsapp_fails
           on conflict on constraint appointment_reminders_once do nothing
           returning id""",
        id=reminder_id,
    )
    return None if made is None else int(made)


async def withdraw(tx: Tx, *, appointment_id: int, because: str, only_steps_for_unconfirmed: bool = False) -> list[int]:
    """Cancels what is pending of a visit; gives the ids of messages queued for it, which may not have left yet."""
    rows = await tx.rows(
        """update crm.appointment_reminders r
           set status = 'cancelled', because = %(because)s, updated_at = %(now)s
           where r.appointment_id = %(id)s and r.status = 'scheduled'
             and (not %(narrow)s or exists (select from crm.reminder_policy_steps s
                                            where s.id = r.step_id and s.only_if_unconfirmed))
           returning r.message_id""",
        id=appointment_id,
        because=because,
        narrow=only_steps_for_unconfirmed,
    )
    return [row[0] for row in rows if row[0] is not None]


_DUE: LiteralString = """
select r.id, r.appointment_id, r.patient_id, r.hospital_id, r.channel, r.for_start, r.message, r.round,
       s.template_key, s.only_if_unconfirmed
from crm.appointment_reminders r left join crm.reminder_policy_steps s on s.id = r.step_id
"""


async def claim_due(tx: Tx, *, hospital_ids: list[int] | None, limit: int) -> list[Due]:
    """Locks reminders whose time has come, passing over those that somebody else is at."""
    return await tx.all(
        Due,
        _DUE
        + """where r.status = 'scheduled' and r.message_id is null and r.due_at <= %(now)s
               and (%(hospitals)s::bigint[] is null or r.hospital_id = any(%(hospitals)s))
             order by r.due_at, r.id limit %(limit)s for update of r skip locked""",
        hospitals=hospital_ids,
        limit=limit,
    )


async def claim_one(tx: Tx, *, reminder_id: int) -> list[Due]:
    """Locks one due reminder; nothing where it is not due, or somebody else is at it."""
    return await tx.all(
        Due,
        _DUE
        + """where r.id = %(id)s and r.status = 'scheduled' and r.message_id is null and r.due_at <= %(now)s
             for update of r skip locked""",
        id=reminder_id,
    )


async def claim_companions(tx: Tx, due: Due) -> list[Due]:
    """Locks reminders that go into one message with this one: the same rung and channel, for visits of the same day of
    the same person, or of others on the same phone or address (a family) who have not refused the channel.

    It goes by the few people behind an address, not by the many reminders of a day.
    """
    return await tx.all(
        Due,
        _DUE
        + """join crm.appointments a on a.id = r.appointment_id
             join crm.hospitals h on h.id = r.hospital_id
             where r.id <> %(id)s and r.status = 'scheduled' and r.message_id is null and r.for_start = a.starts_at
               and r.channel = %(channel)s and r.hospital_id = %(hospital)s
               and s.template_key = %(template)s
               and s.lead_minutes = (select mine.lead_minutes from crm.appointment_reminders one
                                     join crm.reminder_policy_steps mine on mine.id = one.step_id where one.id = %(id)s)
               and a.patient_id in (
                   select theirs.patient_id from crm.contact_points own
                   join crm.contact_points theirs on theirs.value = own.value and theirs.kind = own.kind
                   where own.patient_id = %(patient)s and own.position = 0 and theirs.position = 0
                     and own.kind = case when %(channel)s = 'email' then 'email' else 'phone' end
                   union select %(patient)s)
               and a.starts_at between %(start)s::timestamptz - interval '1 day'
                                   and %(start)s::timestamptz + interval '1 day'
               and (a.starts_at at time zone h.time_zone)::date = (%(start)s at time zone h.time_zone)::date
               and coalesce((select c.granted from crm.consents c
                             where c.patient_id = a.patient_id and c.channel = %(channel)s
                               and c.purpose = 'transactional' order by c.id desc limit 1), true)
             order by r.due_at, r.id for update of r skip locked""",
        id=due.id,
        channel=due.channel,
        hospital=due.hospital_id,
        patient=due.patient_id,
        template=due.template_key,
        start=due.for_start,
    )


async def perhaps_together(tx: Tx, *, reminder_ids: list[int]) -> set[int]:
    """Which of these may have companions (`claim_companions`): by people, channel, rung and days alone, in one go."""
    rows = await tx.rows(
        """select one.id from crm.appointment_reminders one
           join crm.reminder_policy_steps mine on mine.id = one.step_id
           where one.id = any(%(ids)s::bigint[]) and exists (
               select from (
                   select one.patient_id as id
                   union select theirs.patient_id from crm.contact_points own
                   join crm.contact_points theirs on theirs.value = own.value and theirs.kind = own.kind
                   where own.patient_id = one.patient_id and own.position = 0 and theirs.position = 0
                     and own.kind = case when one.channel = 'email' then 'email' else 'phone' end) who
               join crm.appointments a on a.patient_id = who.id
                    and a.starts_at between one.for_start - interval '1 day' and one.for_start + interval '1 day'
               join crm.appointment_reminders r on r.appointment_id = a.id
               join crm.reminder_policy_steps s on s.id = r.step_id
               where r.id <> one.id and r.channel = one.channel and r.status = 'scheduled' and r.message_id is null
                 and s.lead_minutes = mine.lead_minutes)""",
        ids=reminder_ids,
    )
    return {row[0] for row in rows}


async def mark_many_queued(tx: Tx, messages: dict[int, int]) -> None:
    """The same of many reminders, each with its own message: ids by id."""
    await tx.execute(
        """update crm.appointment_reminders r set message_id = q.message_id, updated_at = %(now)s
           from unnest(%(ids)s::bigint[], %(messages)s::bigint[]) as q (id, message_id) where r.id = q.id""",
        ids=list(messages),
        messages=list(messages.values()),
    )


async def visits(tx: Tx, ids: list[int]) -> dict[int, Visit]:
    """The visits as they are now: read in a statement of its own, after the claim."""
    found = await tx.all(Visit, "select id, status, starts_at from crm.appointments where id = any(%(ids)s)", ids=ids)
    return {visit.id: visit for visit in found}


async def still_due(tx: Tx, *, hospital_ids: list[int] | None) -> int:
    """How many reminders wait past their time, for whoever is at them or for the next round."""
    return int(
        await tx.value(
            """select count(*) from crm.appointment_reminders
               where status = 'scheduled' and message_id is null and due_at <= %(now)s
                 and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))""",
            hospitals=hospital_ids,
        )
    )


async def mark_queued(tx: Tx, *, reminder_ids: list[int], message_id: int) -> None:
    """Their message is in the queue; reminders count as sent when a provider has taken it."""
    await tx.execute(
        "update crm.appointment_reminders set message_id = %(message)s, updated_at = %(now)s where id = any(%(ids)s)",
        ids=reminder_ids,
        message=message_id,
    )


async def settle(
    tx: Tx, *, reminder_id: int, status: ReminderStatus, because: str, only_from: tuple[str, ...] = ("scheduled",)
) -> bool:
    """Moves a reminder to a status it ends in, if it still stands where that is allowed from."""
    return bool(
        await tx.execute(
            """update crm.appointment_reminders set status = %(status)s, because = %(because)s, updated_at = %(now)s
               where id = %(id)s and status = any(%(only_from)s)""",
            id=reminder_id,
            status=str(status),
            because=because[:500],
            only_from=list(only_from),
        )
    )


async def keep_withdrawn(tx: Tx, *, reminder_id: int) -> None:
    """Notes that a person withdrew it, so that it does not come back with its visit."""
    await tx.execute("update crm.appointment_reminders set withdrawn = true where id = %(id)s", id=reminder_id)


async def make_due(tx: Tx, *, reminder_id: int) -> None:
    """Brings a reminder's time forward to now; what had failed or been skipped gets a new message."""
    await tx.execute(
        """update crm.appointment_reminders
           set due_at = %(now)s, round = round + case when status = 'scheduled' then 0 else 1 end,
               status = 'scheduled', because = '', message_id = null, updated_at = %(now)s
           where id = %(id)s""",
        id=reminder_id,
    )


_VIEW: LiteralString = """
select r.id, r.appointment_id, r.patient_id, p.first_name || ' ' || p.last_name as patient_name, r.hospital_id,
       concat_ws(' ', nullif(d.prefix, ''), d.first_name, d.last_name) as practitioner_name, r.channel, r.for_start,
       r.due_at, r.status, r.because, r.message, r.message_id, m.status as message_status, r.step_id is null as by_hand,
       h.time_zone
from crm.appointment_reminders r
join crm.patients p on p.id = r.patient_id
join crm.appointments a on a.id = r.appointment_id
join crm.practitioners d on d.id = a.practitioner_id
join crm.hospitals h on h.id = r.hospital_id
left join communications.message_queue m on m.id = r.message_id
"""

REMINDERS: Listing[ReminderView] = Listing(
    into=ReminderView,
    select=_VIEW,
    sorts={
        "dueAt": [
            Key(expression="r.due_at", type="timestamptz", field="due_at"),
            Key(expression="r.id", type="bigint", field="id"),
        ]
    },
    default_sort="dueAt",
    filters={
        "status": "r.status = %(status)s",
        "statuses": "r.status = any(%(statuses)s)",
        "channel": "r.channel = %(channel)s",
        "hospital": "r.hospital_id = %(hospital)s",
        "hospitals": "r.hospital_id = any(%(hospitals)s)",
        "patient": "r.patient_id = %(patient)s",
        "appointment": "r.appointment_id = %(appointment)s",
        "due_before": "r.due_at <= %(due_before)s",
        "due_from": "r.due_at >= %(due_from)s",
    },
)


async def view(tx: Tx, reminder_id: int) -> ReminderView | None:
    """One reminder as staff see it."""
    return await tx.maybe(ReminderView, _VIEW + "where r.id = %(id)s", id=reminder_id)


async def of_appointment(tx: Tx, *, appointment_id: int) -> list[ReminderView]:
    """Every reminder of a visit, by time."""
    return await tx.all(
        ReminderView, _VIEW + "where r.appointment_id = %(id)s order by r.due_at, r.id", id=appointment_id
    )


async def counts(tx: Tx, *, hospital_ids: list[int] | None) -> dict[str, int]:
    """How many reminders stand in each status and how many are due, for those of the last 30 days and ahead."""
    rows = await tx.rows(
        """select status, count(*), count(*) filter (where status = 'scheduled' and due_at <= %(now)s)
           from crm.appointment_reminders
           where (status = 'scheduled' or due_at >= %(now)s::timestamptz - interval '30 days')
             and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))
           group by status""",
        hospitals=hospital_ids,
    )
    found = {str(row[0]): int(row[1]) for row in rows}
    return found | {"due": sum(int(row[2]) for row in rows)}


async def lock(tx: Tx, reminder_id: int) -> tuple[str, int | None] | None:
    """Locks one reminder: its status and message."""
    rows = await tx.rows(
        "select status, message_id from crm.appointment_reminders where id = %(id)s for update", id=reminder_id
    )
    return (rows[0][0], rows[0][1]) if rows else None


async def page(tx: Tx, *, sort: str | None, cursor: str | None, limit: int, **filters: object) -> Page[ReminderView]:
    """A page of reminders, filtered."""
    return await REMINDERS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)
