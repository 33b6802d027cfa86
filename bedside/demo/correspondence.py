"""What was written to patients about their visits, how far it came, and what they answered. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from bedside.messaging.history import LeftMessage, PastAnswer, PastMessage
from bedside.reminders.history import PastReminder
from bedside.scheduling.history import PastVisit

LEAD = timedelta(hours=24)
SENDERS = {"sms": "+12125550199", "whatsapp": "+12125550198"}
_CONFIRMED = {
    "en": "{hospital}: {name}, your visit with {who} on {date} at {time} is booked.",
    "es": "{hospital}: {name}, su cita con {who} el {date} a las {time} está reservada.",
    "ar": "{hospital}: {name}، تم حجز موعدك مع {who} يوم {date} الساعة {time}.",
}
_REMINDED = {
    "en": "{hospital}: {name}, a reminder of your visit with {who} on {date} at {time}. "
          "Reply C to confirm, X if you cannot come.",
    "es": "{hospital}: {name}, le recordamos su cita con {who} el {date} a las {time}. "
          "Responda C para confirmar, X si no puede venir.",
    "ar": "{hospital}: {name}، تذكير بموعدك مع {who} يوم {date} الساعة {time}. أجب C للتأكيد أو X للإلغاء.",
}  # fmt: skip
_QUESTIONS = [
    "Can I bring my mother along?",
    "I may be ten minutes late, is that all right?",
    "Is parking free for patients?",
    "Do I need to fast before the blood test?",
    "¿Puedo cambiar la cita para la tarde?",
    "Could you send me the address again?",
]


@dataclass(frozen=True)
class Reader:
    """A patient as they are written to."""

    id: int
    first_name: str
    language: str
    phone: str | None
    email: str | None
    takes_whatsapp: bool
    refused: frozenset[str]

    @property
    def channels(self) -> list[str]:
        """Where a reminder goes: SMS and WhatsApp, email where there is no phone."""
        if self.phone is None:
            return ["email"] if self.email and "email" not in self.refused else []
        wanted = ["sms", *(["whatsapp"] if self.takes_whatsapp else [])]
        return [one for one in wanted if one not in self.refused]


@dataclass
class Correspondence:
    """Messages with, at the same place, the reminder that each was sent for, if any; reminders to come; answers."""

    messages: list[PastMessage] = field(default_factory=list)
    reminders: list[tuple[PastReminder, PastMessage | None]] = field(default_factory=list)
    answers: list[tuple[PastAnswer, PastMessage]] = field(default_factory=list)


@dataclass(frozen=True)
class Written:
    """A visit with its id and the words that messages say of it."""

    id: int
    visit: PastVisit
    hospital: str
    zone: ZoneInfo
    practitioner: str


def some_correspondence(
    random: Random, visits: list[Written], readers: dict[int, Reader], *, now: datetime
) -> Correspondence:
    """What was written about the visits, and what still will be."""
    made = Correspondence()
    for one in visits:
        reader = readers[one.visit.patient_id]
        channels = reader.channels
        if not channels:
            continue
        if now - one.visit.created_at < timedelta(days=45):
            made.messages.append(_message(random, one, reader, channels[0], one.visit.created_at, _CONFIRMED, now))
        _remind(random, made, one, reader, channels, now)
    _ask(random, made, now)
    return made


def _remind(
    random: Random, made: Correspondence, one: Written, reader: Reader, channels: list[str], now: datetime
) -> None:
    visit = one.visit
    due_at = visit.starts_at - LEAD
    ended_before = visit.cancelled_at is not None and (visit.cancelled_at <= due_at or due_at > now)
    for channel in channels:
        reminder = PastReminder(
            appointment_id=one.id,
            patient_id=visit.patient_id,
            hospital_id=visit.hospital_id,
            channel=channel,
            for_start=visit.starts_at,
            due_at=due_at,
            status="scheduled",
            created_at=visit.created_at,
        )
        message = None
        if ended_before:
            reminder.status, reminder.because = "cancelled", "The visit is cancelled."
        elif visit.created_at >= due_at:
            reminder.status, reminder.because = "skipped", "Its time had passed when the visit was booked."
        elif due_at <= now:
            message = _message(random, one, reader, channel, due_at, _REMINDED, now)
            reminder.status = "failed" if message.status in ("failed", "undelivered") else "sent"
            reminder.because = message.error or ""
            reminder.sent_at = due_at
            made.messages.append(message)
        made.reminders.append((reminder, message))
        replied = message is not None and visit.confirmed_at is not None and visit.confirmed_at > due_at
        if message is not None and replied and channel == channels[-1] != "email" and message.delivered_at:
            made.answers.append(
                (answer(message, visit.confirmed_at or now, "C", f"confirmed appointment {one.id}"), message)
            )


def _message(
    random: Random, one: Written, reader: Reader, channel: str, at: datetime, words: dict[str, str], now: datetime
) -> PastMessage:
    language = reader.language if reader.language in words else "en"
    local = one.visit.starts_at.astimezone(one.zone)
    body = words[language].format(
        hospital=one.hospital,
        name=reader.first_name,
        who=one.practitioner,
        date=format_date(local.date(), "long", locale=language),
        time=format_time(local.time(), "short", locale=language).replace("\u202f", " "),
    )
    reminded = words is _REMINDED
    message = PastMessage(
        channel=channel,
        hospital_id=one.visit.hospital_id,
        patient_id=reader.id,
        to_address=(reader.email if channel == "email" else reader.phone) or "",
        template_key="appointment_reminder" if reminded else "appointment_confirmation",
        language=language,
        about="appointment",
        about_id=one.id,
        subject=one.hospital if channel == "email" else None,
        body=body,
        status="sent",
        at=at,
        segments=(1 if len(body) <= 160 and body.isascii() else 2) if channel == "sms" else None,
    )
    _receipts(random, message, now)
    return message


def _receipts(random: Random, message: PastMessage, now: datetime) -> None:
    """How far it came: nearly all arrive, some are read where the channel tells, a few do not make it."""
    drawn = random.random()
    if drawn < 0.02 and message.channel != "email":
        message.status, message.failed_at = "undelivered", min(now, message.at + timedelta(seconds=8))
        message.sent_at = message.at
        message.error_code, message.error = "30003", "The phone could not be reached."
        return
    message.sent_at = min(now, message.at + timedelta(seconds=1))
    delivered = message.at + timedelta(seconds=random.randint(2, 9))
    if drawn > 0.97 or delivered > now:
        return
    message.status, message.delivered_at = "delivered", delivered
    read = delivered + timedelta(minutes=random.randint(1, 400))
    if message.channel == "whatsapp" and drawn < 0.75 and read < now:
        message.status, message.read_at = "read", read


def _ask(random: Random, made: Correspondence, now: datetime) -> None:
    """A few questions of the last days that a person has to answer."""
    recent = [one for one in made.messages if one.channel in SENDERS and now - one.at < timedelta(days=2)]
    asked: set[str] = set()
    for n, body in enumerate(_QUESTIONS):
        told = next((one for one in random.sample(recent, len(recent)) if one.to_address not in asked), None)
        if told is not None:
            asked.add(told.to_address)
            lately = now - timedelta(minutes=random.randint(5, 40) + 55 * n)
            made.answers.append((answer(told, max(lately, told.at), body, ""), told))


def answer(message: PastMessage | LeftMessage, at: datetime, body: str, acted: str) -> PastAnswer:
    """What somebody wrote back to a message; of one that has an id, to that one."""
    return PastAnswer(
        channel=message.channel,
        from_address=message.to_address,
        to_address=SENDERS[message.channel],
        patient_id=message.patient_id,
        body=body,
        at=at,
        answers=message.id if isinstance(message, LeftMessage) else None,
        acted=acted,
    )
