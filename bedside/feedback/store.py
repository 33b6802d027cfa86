"""SQL of feedback itself: what is given, with its stars and answers, and how it is read."""

from datetime import date, datetime
from typing import Any, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.feedback.model import Answer, Category, Feedback, Policy, Visit
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

# Everything of a feedback in one statement, so that a list asks as much for twenty as for one.
_FEEDBACK: LiteralString = """
select f.id, f.hospital_id, h.name as hospital, h.time_zone, f.patient_id,
       p.first_name || ' ' || p.last_name as patient_name, f.appointment_id, f.visit_date, f.department_id,
       u.name as department, f.practitioner_id,
       nullif(concat_ws(' ', nullif(d.prefix, ''), d.first_name, d.last_name), '') as practitioner_name,
       f.rating, f.words, f.anonymous, f.language, f.source, f.form_version_id, f.review_asked_at, f.created_by_name,
       f.created_at, f.version,
       coalesce((select jsonb_object_agg(c.code, s.stars order by c.position, c.id)
                 from crm.feedback_stars s join crm.feedback_categories c on c.id = s.category_id
                 where s.feedback_id = f.id), '{}') as categories,
       coalesce((select jsonb_agg(jsonb_build_object('question', a.question, 'kind', a.kind, 'number', a.number,
                                                     'words', a.words) order by a.question)
                 from crm.feedback_answers a where a.feedback_id = f.id), '[]') as answers,
       coalesce((select jsonb_agg(jsonb_build_object(
                     'id', r.id, 'kind', r.kind, 'body', r.body, 'messageId', r.message_id, 'messageStatus', m.status,
                     'createdByName', r.created_by_name, 'createdAt', r.created_at) order by r.id)
                 from crm.feedback_responses r
                 left join communications.message_queue m on m.id = r.message_id
                 where r.feedback_id = f.id), '[]') as responses,
       case when v.feedback_id is not null then jsonb_build_object(
           'taskId', v.task_id, 'status', t.status, 'assignedToName', w.name, 'forRole', t.for_role,
           'dueAt', v.due_at, 'escalatedAt', v.escalated_at, 'escalationTaskId', v.escalation_task_id) end as recovery
from crm.patient_feedback f
left join crm.hospitals h on h.id = f.hospital_id
left join crm.patients p on p.id = f.patient_id
left join crm.departments u on u.id = f.department_id
left join crm.practitioners d on d.id = f.practitioner_id
left join crm.feedback_recoveries v on v.feedback_id = f.id
left join crm.tasks t on t.id = v.task_id
left join crm.staff w on w.id = t.assigned_to
"""
_ID = Key("f.id", "bigint", "id")
_GIVEN = Key("f.created_at", "timestamptz", "created_at")

FEEDBACK = Listing(
    into=Feedback,
    select=_FEEDBACK,
    sorts={
        "createdAt": (_GIVEN, _ID),
        "rating": (Key("f.rating", "smallint", "rating"), _GIVEN, _ID),
        "visitDate": (Key("f.visit_date", "date", "visit_date"), _ID),
        "id": (_ID,),
    },
    default_sort="-createdAt",
    filters={
        # what belongs to no hospital is everybody's
        "within": "(f.hospital_id is null or f.hospital_id = any(%(within)s::bigint[]))",
        "hospital_id": "f.hospital_id = %(hospital_id)s",
        "department_id": "f.department_id = %(department_id)s",
        "practitioner_id": "f.practitioner_id = %(practitioner_id)s",
        "patient_id": "f.patient_id = %(patient_id)s",
        "appointment_id": "f.appointment_id = %(appointment_id)s",
        "rating": "f.rating = %(rating)s",
        "at_most": "f.rating <= %(at_most)s",
        "at_least": "f.rating >= %(at_least)s",
        "since": "f.created_at >= %(since)s",
        "before": "f.created_at < %(before)s",
        "visited_since": "f.visit_date >= %(visited_since)s",
        "visited_until": "f.visit_date <= %(visited_until)s",
        "anonymous": "f.anonymous = %(anonymous)s",
        "matched": "(f.appointment_id is not null) = %(matched)s",
        "source": "f.source = %(source)s",
        "has_words": "(f.words <> '') = %(has_words)s",
        "words": "position(crm.searchable(%(words)s) in crm.searchable(f.words)) > 0",
        # a low rating whose task is still open
        "needs_recovery": "coalesce(t.status = 'open', false) = %(needs_recovery)s",
        "answered": """exists (select from crm.feedback_responses one where one.feedback_id = f.id)
                       = %(answered)s""",
    },
)


async def feedback(tx: Tx, feedback_id: int) -> Feedback | None:
    """One feedback with everything about it."""
    return await tx.maybe(Feedback, _FEEDBACK + "where f.id = %(id)s", id=feedback_id)


async def lock(tx: Tx, feedback_id: int) -> Feedback | None:
    """The same, which nobody else changes before the transaction ends."""
    return await tx.maybe(Feedback, _FEEDBACK + "where f.id = %(id)s for no key update of f", id=feedback_id)


async def names(tx: Tx, ids: list[int]) -> dict[int, str]:
    """What each of these is called: whose it is, and the stars."""
    rows = await tx.rows(
        """select f.id, coalesce(p.first_name || ' ' || p.last_name, 'Anonymous') || ', ' || f.rating || ' of 5'
           from crm.patient_feedback f left join crm.patients p on p.id = f.patient_id where f.id = any(%(ids)s)""",
        ids=ids,
    )
    return {row[0]: row[1] for row in rows}


async def feedback_of_visit(tx: Tx, appointment_id: int) -> int | None:
    """What was said of a visit by name, if anything was."""
    found: int | None = await tx.value(
        "select id from crm.patient_feedback where appointment_id = %(id)s", id=appointment_id
    )
    return found


_VISIT: LiteralString = """
select a.id, a.patient_id, a.hospital_id, a.department_id, a.practitioner_id, a.status, a.starts_at,
       (a.starts_at at time zone h.time_zone)::date as day, h.name as hospital,
       concat_ws(' ', nullif(d.prefix, ''), d.first_name, d.last_name) as practitioner_name
from crm.appointments a
join crm.hospitals h on h.id = a.hospital_id
join crm.practitioners d on d.id = a.practitioner_id
"""


async def visit(tx: Tx, appointment_id: int) -> Visit | None:
    """A visit, or None where there is none with a patient."""
    return await tx.maybe(Visit, _VISIT + "where a.id = %(id)s and a.patient_id is not null", id=appointment_id)


async def completed_visits(
    tx: Tx, *, patient_id: int, day: date, hospital_id: int | None, within: list[int] | None
) -> list[Visit]:
    """A patient's completed visits on a day of the hospital's own calendar, the earliest first."""
    return await tx.all(
        Visit,
        _VISIT
        + """where a.patient_id = %(patient)s and a.status = 'completed'
               -- a day begins up to 14 hours before it does in UTC, and ends up to 12 after; the index needs a range
               and a.starts_at >= %(day)s::date - interval '1 day' and a.starts_at < %(day)s::date + interval '2 days'
               and (a.starts_at at time zone h.time_zone)::date = %(day)s
               and (%(hospital)s::bigint is null or a.hospital_id = %(hospital)s)
               and (%(within)s::bigint[] is null or a.hospital_id = any(%(within)s))
             order by a.starts_at, a.id""",
        patient=patient_id,
        day=day,
        hospital=hospital_id,
        within=within,
    )


async def claim_visit(
    tx: Tx, *, visit: Visit, policy: Policy, form_version_id: int | None, language: str, at: datetime
) -> int | None:
    """Notes that a visit was answered for, and gives its invitation's id; None where it had been. Whoever comes second
    waits here for the first. A visit that nobody was asked about gets an invitation that was never sent."""
    claimed: int | None = await tx.value(
        """insert into crm.feedback_invitations (appointment_id, patient_id, hospital_id, status, channels, language,
               form_version_id, anonymous_offered, due_at, expires_at, answered_at, created_at)
           values (%(visit)s, %(patient)s, %(hospital)s, 'answered', %(channels)s, %(language)s, %(form)s,
               %(offered)s, %(at)s, %(at)s, %(at)s, %(at)s)
           on conflict (appointment_id) do update
               set status = 'answered', because = '', answered_at = excluded.answered_at
               where feedback_invitations.status <> 'answered'
           returning id""",
        visit=visit.id,
        patient=visit.patient_id,
        hospital=visit.hospital_id,
        channels=list(policy.channels),
        language=language,
        form=form_version_id,
        offered=policy.anonymous_offered,
        at=at,
    )
    return claimed


async def insert(tx: Tx, row: dict[str, Any]) -> int | None:
    """Keeps a feedback; None where its visit has one already."""
    made: int | None = await tx.value(
        """insert into crm.patient_feedback (hospital_id, patient_id, appointment_id, visit_date, department_id,
               practitioner_id, rating, words, anonymous, language, source, form_version_id, created_by_name,
               created_at)
           values (%(hospital_id)s, %(patient_id)s, %(appointment_id)s, %(visit_date)s, %(department_id)s,
               %(practitioner_id)s, %(rating)s, %(words)s, %(anonymous)s, %(language)s, %(source)s,
               %(form_version_id)s, %(by)s, %(at)s)
           on conflict (appointment_id) do nothing returning id""",
        **row,
    )
    return made


async def insert_stars(tx: Tx, *, feedback_id: int, stars: dict[int, int]) -> None:
    """Keeps the stars of categories, by the category's id."""
    await tx.write(
        """insert into crm.feedback_stars (feedback_id, category_id, stars)
           select %(id)s, key::bigint, value::smallint from jsonb_each_text(%(stars)s)""",
        id=feedback_id,
        stars=Jsonb(stars),
    )


async def insert_answers(tx: Tx, *, feedback_id: int, answers: list[Answer]) -> None:
    """Keeps the answers to a form's questions."""
    await tx.write(
        """insert into crm.feedback_answers (feedback_id, question, kind, number, words)
           select %(id)s, question, kind, number, words
           from jsonb_to_recordset(%(answers)s) as r (question text, kind text, number smallint, words text)""",
        id=feedback_id,
        answers=Jsonb(msgspec.to_builtins(answers)),
    )


async def categories(tx: Tx, *, archived: bool = False) -> list[Category]:
    """The categories in order; those put away too where asked for."""
    return await tx.all(
        Category,
        """select id, code, labels, position, archived_at, version from crm.feedback_categories
           where %(archived)s or archived_at is null order by position, id""",
        archived=archived,
    )


async def mark_review_asked(tx: Tx, feedback_id: int) -> None:
    """Notes that a public review was asked for."""
    await tx.write(
        """update crm.patient_feedback set review_asked_at = %(now)s, version = version + 1
           where id = %(id)s and review_asked_at is null""",
        id=feedback_id,
    )


async def insert_response(tx: Tx, *, feedback_id: int, kind: str, body: str, by_id: int | None, by: str) -> int:
    """Keeps what staff answered."""
    return int(
        await tx.value(
            """insert into crm.feedback_responses (feedback_id, kind, body, created_by_id, created_by_name, created_at)
               values (%(feedback)s, %(kind)s, %(body)s, %(by_id)s, %(by)s, %(now)s) returning id""",
            feedback=feedback_id,
            kind=kind,
            body=body,
            by_id=by_id,
            by=by,
        )
    )


async def set_response_message(tx: Tx, *, response_id: int, message_id: int) -> None:
    """Notes by which message an answer went out."""
    await tx.write(
        "update crm.feedback_responses set message_id = %(message)s where id = %(id)s",
        id=response_id,
        message=message_id,
    )
