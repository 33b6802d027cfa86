"""What the demonstration's owners said: on the phone, at a table, and in a year and a quarter of surveys."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from bedside.accounts import SignedIn
from bedside.demo.desk import Deed
from bedside.demo.small import SmallWorld
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.owner_relations.history import (
    Categories,
    CommunicationKind,
    NewCommunication,
    NewSatisfaction,
    add_communication,
    ask_survey,
    record_satisfaction,
)

DAYS_KNOWN = 93  # so long ago the owners were entered; what is older was copied from the files on that day


class Talk(NamedTuple):
    """Something said that somebody wrote down. `{month}` in its words is the month before it."""

    owner: str
    kind: CommunicationKind
    days_ago: int
    subject: str
    body: str
    minutes: int | None
    direction: Literal["outbound", "inbound"] = "outbound"


class Said(NamedTuple):
    """An answer: overall and by category (payments, communication, transparency, support, growth), "" not rated."""

    owner: str
    days_ago: int
    overall: str
    categories: tuple[str, str, str, str, str]
    words: str = ""


TALKS = [
    Talk("harbor", "call", 19, "Figures of {month}", "Went through {month} with Thomas. He asks why imaging fell.", 25),
    Talk("lucia", "call", 12, "Estado de cuenta", "Elena pide el estado de cuenta también en Excel.", 15),
    Talk("tanaka", "call", 6, "Bank details", "He will send a voided check; nothing is known yet.", 10),
    Talk("grace", "letter", 33, "Statement of {month}", "Sent on paper, as she likes it.", None),
    Talk("imaging", "call", 2, "Why they are less content", "Walter asks to see the deductions before the month is "
         "paid. Promised him a draft by the fifth.", 20, "inbound"),
    Talk("haddad", "meeting", 27, "The dermatology contract", "Went through the draft together. Her lawyer reads it; "
         "she signs when he is done.", 45),
    Talk("mora", "call", 40, "Presentación", "Prefiere que la llamen por la mañana, antes de la consulta.", 10),
    Talk("grace", "call", 8, "The advance", "Agreed on an advance of 5,000 for this month, by wire.", 15, "inbound"),
    Talk("lucia", "meeting", 61, "Plan del año", "Se revisó el tramo del 40 por ciento con Elena y la Dra. Mora.", 75),
]  # fmt: skip

# Imaging falls, Dr. Tanaka is not content; Grace is, and Harbor ever more so.
ANSWERS = [
    Said("harbor", 446, "3", ("3", "2.5", "3", "", ""), "Statements come late and we have to ask for them."),
    Said("harbor", 352, "3.5", ("3.5", "3", "3.5", "4", "")),
    Said("harbor", 261, "3.5", ("4", "3", "4", "4", "3"), "Better. We would still like one person to call."),
    Said("harbor", 170, "4", ("4.5", "4", "4", "4", "3.5")),
    Said("harbor", 71, "4.5", ("5", "4.5", "4.5", "4", "4"), "Fatima answers the same day; the breakdown is clear."),
    Said("grace", 431, "4", ("4.5", "4", "", "4", "")),
    Said("grace", 338, "4.5", ("5", "4", "4", "4.5", ""), "Thank you for the paper copies."),
    Said("grace", 247, "4.5", ("5", "4.5", "4", "5", "")),
    Said("grace", 155, "", ("5", "4.5", "4.5", "", "")),
    Said("grace", 58, "5", ("5", "5", "4.5", "5", ""), "Always paid when you said. I tell my friends."),
    Said("lucia", 440, "3.5", ("4", "3", "3", "", "3.5")),
    Said("lucia", 344, "4", ("4", "3.5", "3.5", "4", "4"), "Nos gustaría recibir el estado de cuenta en Excel."),
    Said("lucia", 236, "4", ("4", "4", "3.5", "4", "4.5")),
    Said("lucia", 47, "4", ("4.5", "4", "3.5", "", "4.5"), "Buen trabajo del equipo; falta claridad en los tramos."),
    Said("imaging", 349, "4.5", ("4.5", "4.5", "4", "4.5", "4")),
    Said("imaging", 258, "4.5", ("4.5", "4", "4", "", "4.5"), "No complaints."),
    Said("imaging", 164, "4", ("4", "4", "3.5", "4", "")),
    Said("imaging", 3, "3", ("3.5", "2.5", "2", "3.5", ""),
         "The film archive was deducted again and nobody told us before. Please talk to us first."),
    Said("tanaka", 341, "3", ("2.5", "3", "3", "3", "")),
    Said("tanaka", 160, "2.5", ("2", "3", "", "2.5", ""), "Checks take a week to clear."),
    Said("tanaka", 1, "1.5", ("1", "2", "2.5", "1.5", ""),
         "Third month in a row that the check came late. I have stopped asking."),
    Said("haddad", 52, "", ("", "4", "3.5", "4.5", ""), "Too early to say about money. Everybody is kind."),
    Said("mora", 336, "4", ("4", "", "3.5", "4", "4")),
    Said("mora", 152, "4.5", ("4.5", "4", "4", "4.5", "4"), "Puntuales. Gracias."),
]  # fmt: skip


def some_talks(world: SmallWorld, ids: dict[str, int], now: datetime, finance: SignedIn) -> list[Deed]:
    """Calls, meetings and letters, each written down soon after."""
    deeds = []
    for one in TALKS:
        at = now - timedelta(days=one.days_ago, hours=3)
        month = f"{at.astimezone(world.bellevue.zone).replace(day=1) - timedelta(days=1):%B}"
        new = NewCommunication(
            kind=one.kind,
            direction=one.direction,
            subject=one.subject.format(month=month),
            body=one.body.format(month=month),
            happened_at=at,
            duration_minutes=one.minutes,
        )
        deed = _doing(add_communication, owner_id=ids[one.owner], new=new, actor=finance)
        deeds.append(Deed(at + timedelta(minutes=20), deed))
    return deeds


def some_answers(
    ids: dict[str, int], names: dict[str, str], today: date, now: datetime, finance: SignedIn
) -> list[Deed]:
    """Ratings in the order in which they were given, and one survey that waits for its answer.

    The owners gave the later ones themselves; finance copied those of before the owners were entered here.
    """
    deeds = []
    for number, one in enumerate(sorted(ANSWERS, key=lambda said: -said.days_ago)):
        copied = one.days_ago >= DAYS_KNOWN
        at = now - (timedelta(days=DAYS_KNOWN, minutes=-number) if copied else timedelta(days=one.days_ago, hours=-4))
        given = (score or None for score in one.categories)
        new = NewSatisfaction(
            overall=one.overall or None,
            categories=Categories(**dict(zip(Categories.__struct_fields__, given, strict=True))),
            words=one.words,
            survey_date=today - timedelta(days=one.days_ago),
        )
        themselves = Actor(kind="owner", id=ids[one.owner], name=names[one.owner])
        deed = _doing(
            record_satisfaction,
            owner_id=ids[one.owner],
            new=new,
            source="staff" if copied else "link",
            actor=finance if copied else themselves,
        )
        deeds.append(Deed(at, deed))
    deeds.append(Deed(now - timedelta(minutes=2), _doing(ask_survey, owner_id=ids["mora"], actor=finance)))
    return deeds


def _doing(what: Callable[..., Awaitable[Any]], **facts: Any) -> Callable[[Tx], Awaitable[Any]]:
    return lambda tx: what(tx, **facts)
