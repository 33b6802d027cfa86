"""The dashboard's numbers, and the day that they are of."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bedside.accounts import SignedIn
from bedside.analytics import store
from bedside.analytics.model import Dashboard
from bedside.kit.database import Tx
from bedside.messaging import answer_times


def day_of(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The day that it is in a zone, as two instants: 23, 24 or 25 hours, as the zone has it."""
    today = now.astimezone(zone).date()
    begins = datetime.combine(today, time(), zone)
    ends = datetime.combine(today + timedelta(days=1), time(), zone)
    return begins.astimezone(UTC), ends.astimezone(UTC)


async def dashboard(tx: Tx, *, hospitals: list[int] | None, zone: ZoneInfo, user: SignedIn) -> Dashboard:
    """Every number at one instant. `hospitals`: ids, or None for all; `zone`: whose day; `user`: whose eyes."""
    since, until = day_of(tx.now, zone)
    needs = await store.needs_a_person(tx, hospitals=hospitals, since=since)
    answers = await answer_times(tx, since=since, user=user, hospitals=hospitals)
    needs.unanswered = answers.waiting
    return Dashboard(
        at=tx.now,
        today=await store.today(tx, hospitals=hospitals, since=since, until=until, day=tx.now.astimezone(zone).date()),
        messages=await store.messages(tx, hospitals=hospitals, since=since),
        reminders=await store.pending_reminders(tx, hospitals=hospitals),
        no_shows=await store.no_shows(tx, hospitals=hospitals),
        needs_a_person=needs,
        answers=answers,
    )
