"""Telling everybody with a visit at once: counted first, confirmed by the hospital's name, handed over by the worker.

The ledger (one row a person and channel) is written with the decision, and is the truth from then on: whatever stops
and starts again, nobody is told twice and nobody is forgotten.
"""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import psycopg
import structlog

from bedside.accounts import SignedIn, audit
from bedside.directory import Hospital, department, hospital, practitioner
from bedside.event_log import SYSTEM, Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.text import one_line
from bedside.message_templates import Channel, sms_length
from bedside.messaging import PersonRef, Stale, channels_at_rest, enqueue, ways_to_reach, withdraw
from bedside.reminders import store_emergencies as store
from bedside.reminders.emergency_model import (
    LANGUAGES,
    AllHasLeft,
    Audience,
    ClosedWay,
    EmergencyDraft,
    EmergencyNotFound,
    EmergencyNotification,
    EmergencyPreview,
    EmergencyWords,
    NewEmergency,
    NobodyToTell,
    Said,
    SentAlready,
    Unreachable,
)
from bedside.reminders.events import EmergencyNotificationChanged
from bedside.reminders.model import CHANNELS

log = structlog.get_logger()

BATCH = 50
SHOWN_UNREACHABLE = 500
ABOUT = "emergency_notification"
# the same words to the same people within so long are a second press of the button
SECOND_PRESS = timedelta(minutes=10)
FURTHEST_AHEAD = timedelta(days=366)
SUBJECTS = {"en": "Urgent notice", "es": "Aviso urgente", "ar": "إشعار عاجل"}
NOT_MADE = "The message could not be made."


class _Plan(msgspec.Struct, kw_only=True):
    """Whom it comes to, worked out: what preview shows and what sending writes."""

    place: Hospital
    values: dict[str, Any]
    people: list[store.Person]
    recipients: list[store.NewRecipient]
    languages: dict[int, str]
    unreachable: list[Unreachable]

    def messages(self, channel: str) -> int:
        """How many messages go by a channel."""
        return sum(one.channel == channel and one.status == "waiting" for one in self.recipients)


async def preview(tx: Tx, *, draft: EmergencyDraft, user: SignedIn) -> EmergencyPreview:
    """What sending it now would do; nothing is kept. Raises Forbidden (403) for another's hospital, NotFound (404),
    Invalid (422) for words, a day or hours that cannot be."""
    words = _checked(draft.words)
    plan = await _plan(tx, draft, user)
    texts = []
    for language in LANGUAGES:
        readers = sum(words.in_language(plan.languages[one.id])[0] == language for one in plan.people)
        if language == "en" or getattr(words, language):
            text = said_by(plan.place.name, words, language)
            size = sms_length(text)
            texts.append(
                Said(
                    language=language,
                    text=text,
                    people=readers,
                    encoding=size.encoding,
                    segments=size.segments,
                    forced_by=size.forced_by,
                )
            )
    resting = await channels_at_rest(tx, hospital_id=plan.place.id)
    return EmergencyPreview(
        hospital_id=plan.place.id,
        hospital_name=plan.place.name,
        day=plan.values["day"],
        people=len(plan.people),
        reachable_people=len(plan.people) - len(plan.unreachable),
        together=len({one.patient_id for one in plan.recipients if one.status == "together"}),
        messages={channel: plan.messages(channel) for channel in CHANNELS},
        at_rest={channel: resting[channel] for channel in CHANNELS if channel in resting},
        texts=texts,
        unreachable_people=len(plan.unreachable),
        unreachable=plan.unreachable[:SHOWN_UNREACHABLE],
    )


async def send_emergency(tx: Tx, *, new: NewEmergency, user: SignedIn) -> EmergencyNotification:
    """Sends it: whom it is for is frozen here, and the worker hands the messages over.

    Raises what `preview` raises; Invalid (422) where the hospital's name was not typed, NobodyToTell (409), SentAlready
    (409) for a second press of the button, from wherever it comes.
    """
    words = _checked(new.words)
    plan = await _plan(tx, new, user)
    if _folded(new.confirm) != _folded(plan.place.name):
        raise Invalid(
            "This is not the hospital's name.", pointer="/confirm", next_step=f"Type “{plan.place.name}” to send it."
        )
    await store.hold(tx, hospital_id=plan.place.id)
    since = tx.now - SECOND_PRESS
    if (first := await store.same_since(tx, values=plan.values, words=words, since=since)) is not None:
        raise SentAlready(
            "The same words went to the same people a moment ago.",
            next_step="See how far it has come. To say it again, say it in other words.",
            emergencyNotificationId=first,
        )
    if not plan.people:
        raise NobodyToTell("Nobody has a visit like that.", next_step="Choose another day, or fewer limits.")
    if len(plan.unreachable) == len(plan.people):
        raise NobodyToTell("None of them can be reached by a message.", next_step="Call them; the preview lists them.")
    made = await store.insert(tx, values=plan.values, words=words, by=user.name, recipients=plan.recipients)
    sent = await emergency(tx, notification_id=made, user=user)
    await audit(
        tx,
        actor=user,
        action="emergency_notification.sent",
        subject=ABOUT,
        subject_id=made,
        after={**msgspec.to_builtins(plan.values), "words": msgspec.to_builtins(words), "people": len(plan.people)},
    )
    await _tell(tx, made, plan.place.id, "sending", user)
    return sent


async def emergency(tx: Tx, *, notification_id: int, user: SignedIn) -> EmergencyNotification:
    """One of them. Raises EmergencyNotFound (404), for one of a hospital that is not theirs too."""
    filters = {"id": notification_id, "hospitals": user.hospitals}
    found = (await store.NOTIFICATIONS.page(tx, filters=filters, limit=1)).items
    if not found:
        raise EmergencyNotFound("There is no such emergency notification.", next_step="Look at the list again.")
    return found[0]


async def cancel_emergency(tx: Tx, *, notification_id: int, user: SignedIn) -> EmergencyNotification:
    """Takes back what has not left. Raises EmergencyNotFound (404), AllHasLeft (409) where nothing waits any more."""
    found = await emergency(tx, notification_id=notification_id, user=user)
    if await store.lock(tx, notification_id=notification_id) == "cancelled":
        return await emergency(tx, notification_id=notification_id, user=user)
    waited = await store.cancel_waiting(tx, notification_id=notification_id)
    queued = await store.message_ids(tx, notification_id=notification_id)
    taken_back = await withdraw(tx, message_ids=queued, because=f"Cancelled by {user.name}.", actor=user)
    if waited + taken_back == 0:
        raise AllHasLeft("Every message has left already.", next_step="Send another one that takes it back.")
    await store.set_cancelled(tx, notification_id=notification_id, by=user.name)
    after = {"messages": taken_back, "not_yet_queued": waited}
    await audit(
        tx,
        actor=user,
        action="emergency_notification.cancelled",
        subject=ABOUT,
        subject_id=notification_id,
        after=after,
    )
    await _tell(tx, notification_id, found.hospital_id, "cancelled", user)
    return await emergency(tx, notification_id=notification_id, user=user)


async def hand_over(tx: Tx, *, limit: int = BATCH) -> int:
    """Queues the messages of those who wait, `limit` at most, before anything else that goes out; says how many."""
    claimed = await store.claim(tx, limit=limit)
    for one in claimed:
        message_id, because = await _queue(tx, one)
        await store.keep_outcome(tx, one, message_id=message_id, because=because)
    for closed in await store.close_finished(tx):
        await _tell(tx, closed.id, closed.hospital_id, "sent", SYSTEM)
    return len(claimed)


async def load_emergency_variables(tx: Tx, notification_id: int) -> dict[str, Any] | Stale:
    """Nothing to add just before a message leaves; but what was cancelled meanwhile does not leave."""
    if await store.status_of(tx, notification_id=notification_id) == "cancelled":
        return Stale("The emergency notification was cancelled.")
    return {}


def said_by(place: str, words: EmergencyWords, language: str) -> str:
    """The whole text: it begins with who says it, since a number says nothing."""
    _, text = words.in_language(language)
    return text if _folded(text).startswith(_folded(place)) else f"{place}: {text}"


async def _queue(tx: Tx, one: store.Waiting) -> tuple[int | None, str]:
    language, _ = one.words.in_language(one.language)
    text = said_by(one.hospital_name, one.words, language)
    said: dict[str, Any] = {
        "body": text,
        "subject": f"{SUBJECTS[language]}: {one.hospital_name}",
    }
    if one.channel == Channel.WHATSAPP:
        # with an approved template at hand, so that it arrives whether or not WhatsApp's window is open
        said = {"template_key": "notice_utility", "variables": {"words": text}}
    try:
        async with tx.savepoint():
            made = await enqueue(
                tx,
                key=f"emergency:{one.emergency_notification_id}:{one.patient_id}:{one.channel}",
                to=PersonRef(id=one.patient_id),
                channel=one.channel,
                purpose="transactional",
                about=ABOUT,
                about_id=one.emergency_notification_id,
                language=language,
                hospital_id=one.hospital_id,
                priority=0,
                urgent=True,
                actor=Actor(kind="system", name=one.created_by_name),
                **said,
            )
    except psycopg.OperationalError:
        raise  # the database is away or busy, which is nothing about this person: the round is done again
    except Exception:
        log.exception("emergency_not_queued", recipient=one.id)
        return None, NOT_MADE
    return made.message_id, made.refused_because or ""


async def _plan(tx: Tx, audience: Audience, user: SignedIn) -> _Plan:
    user.check_works_at(audience.hospital_id)
    place = await hospital(tx, audience.hospital_id)
    values = await _values(tx, audience, place)
    people = await store.people(tx, zone=place.time_zone, **values)
    ways = await ways_to_reach(tx, patient_ids=[one.id for one in people], hospital_id=place.id)
    ranked: list[tuple[int, store.NewRecipient]] = []
    unreachable = []
    told: dict[tuple[str, str], int] = {}
    for person in people:
        mine: list[store.NewRecipient] = []
        for way in ways[person.id].ways:
            one = store.NewRecipient(patient_id=person.id, channel=way.channel, status="waiting")
            if way.refused_because is not None:
                one.status, one.because = "refused", way.refused_because
            elif (other := told.setdefault((way.channel, str(way.address)), person.id)) != person.id:
                one.status, one.with_patient_id = "together", other
            ranked.append((sum(before.status == "waiting" for before in mine), one))
            mine.append(one)
        if all(one.status == "refused" for one in mine):
            unreachable.append(
                Unreachable(
                    patient_id=person.id,
                    patient_name=person.name,
                    record_number=person.record_number,
                    phone=ways[person.id].phone,
                    because=[ClosedWay(channel=way.channel.value, because=way.refused_because or "") for way in
                             ways[person.id].ways],
                )
            )  # fmt: skip
    return _Plan(
        place=place,
        values=values,
        people=people,
        # everybody's first channel goes before anybody's second
        recipients=[one for _, one in sorted(ranked, key=lambda one: one[0])],
        languages={person.id: ways[person.id].language for person in people},
        unreachable=unreachable,
    )


async def _values(tx: Tx, audience: Audience, place: Hospital) -> dict[str, Any]:
    today = tx.now.astimezone(ZoneInfo(place.time_zone)).date()
    day = _day(audience.day, today)
    if audience.department_id is not None:
        part = await department(tx, audience.department_id)
        if part.hospital_id != place.id:
            raise Invalid("The department belongs to another hospital.", pointer="/departmentId")
    if audience.practitioner_id is not None:
        await practitioner(tx, audience.practitioner_id)
    for at, pointer in ((audience.from_time, "/fromTime"), (audience.until_time, "/untilTime")):
        if at is not None and at.tzinfo is not None:
            raise Invalid("Give a time on the hospital's clock, such as 14:00:00, without offset.", pointer=pointer)
    if audience.from_time and audience.until_time and audience.from_time >= audience.until_time:
        raise Invalid("The hours end before they begin.", pointer="/untilTime")
    return {
        "hospital_id": place.id,
        "day": day,
        "department_id": audience.department_id,
        "practitioner_id": audience.practitioner_id,
        "from_time": audience.from_time,
        "until_time": audience.until_time,
    }


def _day(given: date | None, today: date) -> date:
    day = given or today
    if day < today:
        raise Invalid("That day is over at the hospital.", pointer="/day", next_step="Choose today or a later day.")
    if day > today + FURTHEST_AHEAD:
        raise Invalid("That day is more than a year ahead.", pointer="/day")
    return day


def _checked(words: EmergencyWords) -> EmergencyWords:
    """In one line each: WhatsApp takes no line breaks in what an approved template carries."""
    kept = {
        language: one_line(" ".join(text.split()), pointer=f"/words/{language}", longest=480)
        for language in LANGUAGES
        if (text := getattr(words, language)) is not None
    }
    return EmergencyWords(**kept)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


async def _tell(tx: Tx, notification_id: int, hospital_id: int, status: str, actor: Actor) -> None:
    event = EmergencyNotificationChanged(
        emergency_notification_id=notification_id, status=status, hospital_id=hospital_id
    )
    await record(tx, event, actor=actor)
