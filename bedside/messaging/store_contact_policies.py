"""SQL of contact policies."""

from datetime import time

from bedside.kit.database import Tx
from bedside.kit.wire import Wire
from bedside.messaging.frequency import NEWS_PER_DAY, NEWS_PER_WEEK


class ContactPolicy(Wire, kw_only=True):
    """How often a hospital's news come at most, when people are left in peace, and what it does on public holidays.
    `quietFrom` and `quietUntil` are times of the recipient's clock, null: no quiet hours. `version` 0: never set."""

    hospital_id: int
    news_per_day: int = NEWS_PER_DAY
    news_per_week: int = NEWS_PER_WEEK
    holidays: str = "as_any_day"
    quiet_from: time | None = None
    quiet_until: time | None = None
    version: int = 0


async def policy(tx: Tx, *, hospital_id: int) -> ContactPolicy:
    """What a hospital has set, else what holds for who has set nothing. Its quiet hours stand with the hospital."""
    return await tx.one(
        ContactPolicy,
        """select h.id as hospital_id, coalesce(k.news_per_day, %(day)s) as news_per_day,
                  coalesce(k.news_per_week, %(week)s) as news_per_week,
                  coalesce(k.holidays, 'as_any_day') as holidays, h.quiet_from, h.quiet_until,
                  coalesce(k.version, 0) as version
           from crm.hospitals h left join communications.contact_policies k on k.hospital_id = h.id
           where h.id = %(id)s""",
        id=hospital_id,
        day=NEWS_PER_DAY,
        week=NEWS_PER_WEEK,
    )


async def keep(tx: Tx, *, hospital_id: int, news_per_day: int, news_per_week: int, holidays: str) -> None:
    """Sets all but the quiet hours."""
    await tx.execute(
        """insert into communications.contact_policies (hospital_id, news_per_day, news_per_week, holidays, updated_at)
           values (%(id)s, %(day)s, %(week)s, %(holidays)s, %(now)s)
           on conflict (hospital_id) do update
               set news_per_day = excluded.news_per_day, news_per_week = excluded.news_per_week,
                   holidays = excluded.holidays, updated_at = excluded.updated_at,
                   version = contact_policies.version + 1""",
        id=hospital_id,
        day=news_per_day,
        week=news_per_week,
        holidays=holidays,
    )
