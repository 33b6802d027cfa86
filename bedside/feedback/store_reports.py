"""SQL of the report on feedback: counted in one statement, so that every number is of the same moment.

How often each rating was given is all that leaves the database; means and shares are worked out exactly.
"""

from datetime import date

import msgspec

from bedside.kit.database import Tx


class Counted(msgspec.Struct, kw_only=True):
    """How often a rating was given, by group: an id, a month, or nothing. `name` as the group is called."""

    stars: int
    answers: int
    id: int = 0
    name: str = ""
    month: date | None = None


class ReportRow(msgspec.Struct, kw_only=True):
    """Everything that the report counts."""

    now: list[Counted]
    before: list[Counted]
    months: list[Counted]
    departments: list[Counted]
    practitioners: list[Counted]
    categories: list[Counted]
    nps: list[Counted]
    csat: list[Counted]
    promised: bool
    asked: int
    answered: int
    open_recoveries: int


async def report(
    tx: Tx,
    *,
    since: date,
    until: date,
    before: date,
    hospitals: list[int] | None,
    department_id: int | None,
    practitioner_id: int | None,
    language: str,
) -> ReportRow:
    """Feedback given on the days since to until, and from `before` to the day before since, by the hospitals' own days.

    `hospitals` None: every one. Of a practitioner, anonymous feedback is nowhere, since it does not say whose it is.
    """
    return await tx.one(
        ReportRow,
        """with given as materialized (
               select f.id, f.rating, f.department_id, f.practitioner_id, f.anonymous,
                      (f.created_at at time zone coalesce(h.time_zone, 'UTC'))::date as day
               from crm.patient_feedback f left join crm.hospitals h on h.id = f.hospital_id
               where f.created_at >= %(before)s::date - interval '1 day'
                 and f.created_at < %(until)s::date + interval '2 days'
                 and (%(hospitals)s::bigint[] is null or f.hospital_id = any(%(hospitals)s))
                 and (%(department)s::bigint is null or f.department_id = %(department)s)
                 and (%(practitioner)s::bigint is null or f.practitioner_id = %(practitioner)s)),
                now as materialized (select * from given where day between %(since)s and %(until)s)
           select
             (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from
                (select rating as stars, count(*) as answers from now group by rating) c) as now,
             (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from
                (select rating as stars, count(*) as answers from given
                 where day >= %(before)s and day < %(since)s group by rating) c) as before,
             (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from
                (select date_trunc('month', day)::date as month, rating as stars, count(*) as answers
                 from now group by 1, 2) c) as months,
             (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from
                (select d.id, d.name, n.rating as stars, count(*) as answers
                 from now n join crm.departments d on d.id = n.department_id group by d.id, d.name, n.rating) c)
               as departments,
             (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from
                (select p.id, concat_ws(' ', nullif(p.prefix, ''), p.first_name, p.last_name) as name,
                        n.rating as stars, count(*) as answers
                 from now n join crm.practitioners p on p.id = n.practitioner_id group by p.id, n.rating) c)
               as practitioners,
             (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from
                (select k.id, coalesce(k.labels ->> %(language)s, k.labels ->> 'en') as name, s.stars,
                        count(*) as answers
                 from now n join crm.feedback_stars s on s.feedback_id = n.id
                 join crm.feedback_categories k on k.id = s.category_id group by k.id, s.stars) c) as categories,
             (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from
                (select a.number as stars, count(*) as answers
                 from now n join crm.feedback_answers a on a.feedback_id = n.id and a.kind = 'nps' group by 1) c)
               as nps,
             (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from
                (select a.number as stars, count(*) as answers
                 from now n join crm.feedback_answers a on a.feedback_id = n.id and a.kind = 'csat' group by 1) c)
               as csat,
             exists (select from now where anonymous)
               or exists (select from crm.feedback_policies where anonymous_offered
                          and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))) as promised,
             asked.asked, asked.answered,
             (select count(*) from now n join crm.feedback_recoveries r on r.feedback_id = n.id
              join crm.tasks t on t.id = r.task_id where t.status = 'open') as open_recoveries
           from (select count(*) as asked, count(*) filter (where i.status = 'answered') as answered
                 from crm.feedback_invitations i
                 join crm.appointments a on a.id = i.appointment_id
                 join crm.hospitals h on h.id = i.hospital_id
                 where i.sent_at >= %(since)s::date - interval '1 day'
                   and i.sent_at < %(until)s::date + interval '2 days'
                   and (i.sent_at at time zone h.time_zone)::date between %(since)s and %(until)s
                   and (%(hospitals)s::bigint[] is null or i.hospital_id = any(%(hospitals)s))
                   and (%(department)s::bigint is null or a.department_id = %(department)s)
                   and (%(practitioner)s::bigint is null or a.practitioner_id = %(practitioner)s)) as asked""",
        since=since,
        until=until,
        before=before,
        hospitals=hospitals,
        department=department_id,
        practitioner=practitioner_id,
        language=language.partition("-")[0],
    )
