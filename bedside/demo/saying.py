"""What the demonstration's patients said of their visits: two months of stars and words. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from bedside.demo.correspondence import Reader
from bedside.scheduling.history import PastVisit

_CATEGORIES = ("service", "waiting_time", "cleanliness", "staff", "communication", "facilities")
# how many of a hundred answers have so many stars
_SHARES = {5: 56, 4: 25, 3: 10, 2: 5, 1: 4}
_ANSWER = 0.42  # of those who are asked
_WITH_WORDS = 0.5
_WORDS: dict[str, dict[int, list[str]]] = {
    "en": {
        5: ["Everybody was kind and took their time. Thank you.", "Seen on time, and my questions were answered.",
            "The nurse made my daughter laugh through the whole vaccination.", "Best explanation of my results so far.",
            "Booked in the morning, seen in the afternoon. Impressive.", "Clear, calm and friendly.",
            "The reminder the day before was a blessing; I would have forgotten."],
        4: ["Very good, only the parking is difficult.", "Good care. The waiting room was a bit cold.",
            "Friendly people; I waited a quarter of an hour.", "All fine, the form could have been filled in at home."],
        3: ["It was all right. I had to say everything twice.", "Good doctor, long wait.",
            "The lift was out of order and nobody told us."],
        2: ["Waited fifty minutes past my time and nobody said why.", "I was rushed, and left with half my questions.",
            "The desk was on the phone the whole time."],
        1: ["An hour in the corridor, and then ten minutes with the doctor. Please call me.",
            "My results were not there and I have to come again."],
    },
    "es": {
        5: ["Muy amables y puntuales. ¡Gracias!", "La doctora me explicó todo con calma.", "Excelente trato, volveré."],
        4: ["Todo bien, un poco de espera.", "Buena atención; el estacionamiento es pequeño."],
        3: ["Correcto, pero tuve que repetir mis datos."],
        2: ["Esperé cuarenta minutos sin que nadie avisara."],
        1: ["Nadie contestó mis preguntas. Por favor, llámenme."],
    },
    "ar": {
        5: ["شكراً جزيلاً، كان الجميع لطفاء.", "شرح الطبيب كل شيء بوضوح."],
        4: ["خدمة جيدة مع انتظار قصير."],
        3: ["الخدمة مقبولة، والانتظار طويل."],
        2: ["انتظرت طويلاً دون أي توضيح."],
        1: ["لم يجب أحد على أسئلتي."],
    },
}  # fmt: skip
ASKED_AFTER = timedelta(hours=2)


@dataclass(frozen=True)
class Said:
    """A visit after which the patient was asked, and what they answered; `rating` None: not yet, or never."""

    appointment_id: int
    visit: PastVisit
    language: str
    channel: str
    asked_at: datetime
    rating: int | None = None
    words: str = ""
    stars: dict[str, int] = field(default_factory=dict)
    recommends: int | None = None
    said_at: datetime | None = None


def what_was_said(
    random: Random, visits: list[tuple[int, PastVisit]], readers: dict[int, Reader], *, now: datetime
) -> list[Said]:
    """For each completed visit of somebody who can be asked, what came of asking, in the order of the visits."""
    made = []
    for appointment_id, visit in visits:
        reader = readers.get(visit.patient_id)
        if visit.status != "completed" or visit.completed_at is None or reader is None:
            continue
        channel = next((one for one in ("sms", "whatsapp", "email") if _reaches(reader, one)), None)
        asked_at = visit.completed_at + ASKED_AFTER
        if channel is None or asked_at >= now:
            continue
        said_at = asked_at + timedelta(
            minutes=random.randint(2, 90) if random.random() < 0.6 else random.randint(90, 2880)
        )
        language = reader.language if reader.language in _WORDS else "en"
        if random.random() > _ANSWER or said_at >= now:
            made.append(Said(appointment_id, visit, language, channel, asked_at))
            continue
        rating = random.choices(list(_SHARES), list(_SHARES.values()))[0]
        words = random.choice(_WORDS[language][rating]) if random.random() < _WITH_WORDS or rating == 1 else ""
        stars = {
            name: max(
                1, min(5, rating + random.choice((-1, 0, 0, 0, 1)) - (name == "waiting_time" and random.random() < 0.4))
            )
            for name in _CATEGORIES
            if random.random() < 0.7
        }
        recommends = max(0, min(10, 2 * rating + random.randint(-2, 1))) if random.random() < 0.6 else None
        made.append(Said(appointment_id, visit, language, channel, asked_at, rating, words, stars, recommends, said_at))
    return made


def _reaches(reader: Reader, channel: str) -> bool:
    if channel in reader.refused:
        return False
    if channel == "email":
        return reader.email is not None
    return reader.phone is not None and (channel == "sms" or reader.takes_whatsapp)
