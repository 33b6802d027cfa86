"""The values that fill a message about a visit: in the patient's language and the hospital's zone.

The sender calls these just before a message leaves, so what it says is how things are, and what no longer holds is
not sent at all (Stale).
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from bedside.kit.database import Tx
from bedside.kit.languages import locale_for
from bedside.kit.phone import show_phone
from bedside.messaging import Stale
from bedside.reminders import store_loading
from bedside.reminders.model import AHEAD
from bedside.reminders.store_loading import ReminderWords, VisitWords

Variables = dict[str, object]


def date_words(at: datetime, *, zone: ZoneInfo, language: str) -> str:
    """The day with its weekday, as it is said in the language: Tuesday, March 2."""
    return day_in_words(at.astimezone(zone).date(), language=language)


def day_in_words(day: date, *, language: str) -> str:
    """The same of a day that is known without a zone."""
    locale = locale_for(language)
    # CLDR has no skeleton with both words whole and no year, so the year is taken off the end of the full date
    pattern = re.sub(r"[,،]?\s*('[^']*'\s*)?y+$", "", str(locale.date_formats["full"].pattern))
    return format_date(day, pattern, locale=locale)


def time_words(at: datetime, *, zone: ZoneInfo, language: str) -> str:
    """The time of day without seconds: 10:00 AM, 10:00, ١٠:٠٠ ص."""
    # CLDR puts a narrow no-break space before AM: outside the GSM alphabet, it would double the price of an SMS
    return format_time(at.astimezone(zone), "short", tzinfo=zone, locale=locale_for(language)).replace("\u202f", " ")


def words_of(visit: VisitWords, *, language: str) -> Variables:
    """The variables of kind `appointment`. A discreet department is left out: its name says too much about a person."""
    zone = ZoneInfo(visit.time_zone)
    return {
        "patient": {"first_name": visit.patient_first_name},
        "appointment": {
            "date": date_words(visit.starts_at, zone=zone, language=language),
            "time": time_words(visit.starts_at, zone=zone, language=language),
            "practitioner": visit.practitioner_name,
            "place": visit.hospital_name,
            "department": "" if visit.discreet else visit.department_name,
        },
        "hospital": {
            "name": visit.hospital_name,
            "phone": show_phone(visit.hospital_phone) if visit.hospital_phone else "",
            "address": visit.hospital_address,
        },
    }


async def load_appointment_variables(tx: Tx, appointment_id: int, channel: str, language: str) -> Variables | Stale:
    """For confirmations and moves. Stale where the visit is called off, over, or has begun."""
    visit = await store_loading.visit_words(tx, appointment_id=appointment_id)
    if visit is None or visit.status not in AHEAD:
        return Stale(f"The visit is {visit.status.replace('_', ' ') if visit else 'gone'}.")
    if visit.starts_at <= tx.now:
        return Stale("The visit has begun.")
    return words_of(visit, language=language)


async def load_next_visit(tx: Tx, patient_id: int, language: str, hospital_ids: list[int] | None) -> Variables:
    """For previews: what would be said of a patient's next visit at these hospitals (None: at any); nothing where they
    have none."""
    visit_id = await store_loading.next_visit_of(tx, patient_id=patient_id, hospital_ids=hospital_ids)
    found = await store_loading.visit_words(tx, appointment_id=visit_id) if visit_id is not None else None
    return words_of(found, language=language) if found is not None else {}


async def appointment_of_reminder(tx: Tx, reminder_id: int) -> int:
    """The visit that a reminder is about."""
    return await store_loading.appointment_of(tx, reminder_id=reminder_id)


async def load_cancelled_variables(tx: Tx, appointment_id: int, channel: str, language: str) -> Variables | Stale:
    """For what is said of a cancellation. Stale where it was undone meanwhile."""
    visit = await store_loading.visit_words(tx, appointment_id=appointment_id)
    if visit is None or visit.status != "cancelled":
        return Stale("The cancellation was undone.")
    return words_of(visit, language=language)


async def load_reminder_variables(tx: Tx, reminder_id: int, channel: str, language: str) -> Variables | Stale:
    """For reminders. Stale where it was withdrawn, or the visit was moved or called off since it was queued.

    One message may carry several (RULES.md, Reminders 3): what of them still holds is in `visits`, the soonest first.
    """
    return _words_of_reminder(await store_loading.reminder_words(tx, reminder_id=reminder_id), language, now=tx.now)


async def load_variables_of_reminders(
    tx: Tx, asked: Sequence[tuple[int, str]]
) -> list[tuple[Variables | Stale, int | None]]:
    """The same for many reminders, each with the language it is asked in, in one query; and the visit of each."""
    found: dict[int, list[ReminderWords]] = {}
    visits: dict[int, int] = {}
    for one in await store_loading.words_of_reminders(tx, reminder_ids=[id_ for id_, _ in asked]):
        found.setdefault(one.carrying_id, []).append(one)
        visits[one.carrying_id] = one.appointment_id
    return [(_words_of_reminder(found.get(id_, []), language, now=tx.now), visits.get(id_)) for id_, language in asked]


def _words_of_reminder(found: Sequence[ReminderWords], language: str, *, now: datetime) -> Variables | Stale:
    holding = [one.visit for one in found if why_not(one, now=now) is None]
    if not holding:
        return Stale(next((because for one in found if (because := why_not(one, now=now))), "The visit is gone."))
    return {
        **words_of(holding[0], language=language),
        "visits": [
            {
                "first_name": visit.patient_first_name,
                "time": time_words(visit.starts_at, zone=ZoneInfo(visit.time_zone), language=language),
                "practitioner": visit.practitioner_name,
            }
            for visit in holding
        ],
    }


def why_not(one: ReminderWords, *, now: datetime) -> str | None:
    """Why a reminder no longer holds, by its visit as it is now; None where it does."""
    if one.reminder_status != "scheduled":
        return one.reminder_because or "The reminder was withdrawn."
    if one.visit.status not in AHEAD:
        return f"The visit is {one.visit.status.replace('_', ' ')}."
    if one.visit.starts_at != one.for_start:
        return "The visit was moved to another time."
    return "The visit has begun." if one.visit.starts_at <= now else None
