"""SQL of the dashboard's part about patients' experience: windows of sixty days over indexes by time."""

from bedside.analytics.model_experience import FeedbackFigures, LoyaltyFigures
from bedside.kit.database import Tx


async def feedback(tx: Tx, *, hospitals: list[int] | None) -> FeedbackFigures:
    """Ratings of the last 30 days and the 30 before, how many of those asked answered, and recoveries still open."""
    return await tx.one(
        FeedbackFigures,
        """select given.*, asked.*, recoveries.*
           from (select round(avg(rating) filter (where recent), 2) as mean, count(*) filter (where recent) as answers,
                        round(avg(rating) filter (where not recent), 2) as mean_before,
                        count(*) filter (where not recent) as answers_before
                 from (select rating, created_at >= %(now)s - interval '30 days' as recent
                       from crm.patient_feedback
                       where created_at >= %(now)s - interval '60 days' and created_at <= %(now)s
                         and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))) as ratings
                ) as given,
                (select count(*) as asked, count(*) filter (where status = 'answered') as answered
                 from crm.feedback_invitations
                 where sent_at >= %(now)s - interval '30 days' and sent_at <= %(now)s
                   and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))) as asked,
                (select count(*) as open_recoveries, count(*) filter (where r.due_at < %(now)s) as overdue_recoveries
                 from crm.tasks t
                 join crm.feedback_recoveries r on r.task_id = t.id
                 where t.status = 'open'
                   and (%(hospitals)s::bigint[] is null or t.hospital_id = any(%(hospitals)s))) as recoveries""",
        hospitals=hospitals,
    )


async def loyalty(tx: Tx) -> LoyaltyFigures:
    """Redemptions by when they were made, and vouchers that can still be used."""
    return await tx.one(
        LoyaltyFigures,
        """select count(*) filter (where issued_at >= %(now)s - interval '30 days') as redeemed,
                  count(*) filter (where issued_at < %(now)s - interval '30 days'
                                     and issued_at >= %(now)s - interval '60 days') as redeemed_before,
                  count(*) filter (where status = 'issued' and expires_at > %(now)s) as waiting
           from loyalty.redemptions
           where status <> 'cancelled' and issued_at <= %(now)s
             -- no voucher lives longer
             and issued_at >= %(now)s - interval '730 days'""",
    )
