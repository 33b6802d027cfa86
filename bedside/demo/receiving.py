"""What became of the messages of the demonstration's campaigns: receipts, opens, links followed, answers, stops."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from bedside.demo.campaign_words import ANSWERS
from bedside.demo.correspondence import answer
from bedside.kit.database import Tx
from bedside.messaging.history import (
    LeftMessage,
    PastAnswer,
    PastClick,
    PastOpen,
    Price,
    Report,
    apply,
    let_leave,
    unsubscribed,
    write_looks,
    write_prices,
)

SMS_PRICE = Decimal("0.0083")  # USD a part, as the sandbox's provider says it
_LATEST = timedelta(days=4)  # nobody looks at news later


@dataclass
class Came:
    """What became of some messages, and who of the people did what, when."""

    reports: list[Report] = field(default_factory=list)
    opens: list[PastOpen] = field(default_factory=list)
    clicks: list[PastClick] = field(default_factory=list)
    answers: list[PastAnswer] = field(default_factory=list)
    # message, when, how they stopped
    stops: list[tuple[int, datetime, str]] = field(default_factory=list)
    reached: dict[int, datetime] = field(default_factory=dict)
    followed: dict[int, datetime] = field(default_factory=dict)


async def leave(
    tx: Tx,
    random: Random,
    *,
    about: str,
    about_id: int,
    now: datetime,
    eager: Callable[[LeftMessage], float] = lambda _: 0.4,
    talk: bool = True,
) -> tuple[list[LeftMessage], Came]:
    """Has what waits about something leave at the transaction's time, and writes what became of it by `now`. `eager`:
    how many of those who open a mail follow its link; `talk`: whether some answer or stop."""
    left = await let_leave(tx, about=about, about_id=about_id)
    came = what_came(random, left, now=now, eager=eager, talk=talk)
    after = tx.dated(now)
    await apply(after, came.reports)
    priced = [
        (one.id, Price(amount=SMS_PRICE * (one.segments or 1), currency="USD", segments=one.segments))
        for one in left
        if one.channel == "sms"
    ]
    if priced:
        await write_prices(after, priced)
    if came.opens or came.clicks:
        await write_looks(after, opens=came.opens, clicks=came.clicks)
    for message_id, at, how in came.stops:
        await unsubscribed(tx.dated(at), message_id=message_id, how=how)
    return left, came


def what_came(
    random: Random, left: Sequence[LeftMessage], *, now: datetime, eager: Callable[[LeftMessage], float], talk: bool
) -> Came:
    """What became of messages by `now`. Pure."""
    came = Came()
    for one in left:
        if one.channel == "email":
            _mail(random, came, one, now, eager(one))
        else:
            _phone(random, came, one, now)
        if talk and one.patient_id in came.reached:
            _talk(random, came, one, now)
    return came


def _mail(random: Random, came: Came, one: LeftMessage, now: datetime, eager: float) -> None:
    """A mailbox says nothing of having got a mail; some programs fetch its pictures before anybody looks."""
    if random.random() < 0.3:
        came.opens.append(PastOpen(message_id=one.id, at=one.at + timedelta(seconds=20), machine="prefetcher"))
    if one.links and random.random() < 0.06:
        at = one.at + timedelta(seconds=2)
        came.clicks.append(PastClick(message_id=one.id, at=at, url=one.links[0], machine="too_soon"))
    opened_at = one.at + _some_time(random)
    if random.random() < 0.5 and opened_at < now:
        came.reached[one.patient_id] = opened_at
        came.opens.append(PastOpen(message_id=one.id, at=opened_at))
        followed_at = opened_at + timedelta(seconds=random.randint(15, 240))
        if one.links and random.random() < eager and followed_at < now:
            came.followed[one.patient_id] = followed_at
            came.clicks.append(PastClick(message_id=one.id, at=followed_at, url=one.links[0]))


def _phone(random: Random, came: Came, one: LeftMessage, now: datetime) -> None:
    drawn = random.random()
    if drawn < 0.03:
        at = one.at + timedelta(seconds=8)
        words = "The phone could not be reached."
        came.reports.append(Report(message_id=one.id, status="undelivered", at=at, code="30003", words=words))
        return
    delivered_at = one.at + timedelta(seconds=random.randint(2, 40))
    came.reports.append(Report(message_id=one.id, status="delivered", at=delivered_at))
    came.reached[one.patient_id] = delivered_at
    read_at = delivered_at + _some_time(random)
    if one.channel == "whatsapp" and drawn < 0.7 and read_at < now:
        came.reports.append(Report(message_id=one.id, status="read", at=read_at))


def _talk(random: Random, came: Came, one: LeftMessage, now: datetime) -> None:
    drawn = random.random()
    at = came.reached[one.patient_id] + timedelta(minutes=random.randint(2, 300))
    if at >= now:
        return
    if drawn < (0.09 if one.channel == "email" else 0.03):  # few of a hundred; of mail those who opened it
        came.stops.append((one.id, at, "answered STOP" if one.channel != "email" else "unsubscribed by the link"))
        if one.channel != "email":
            came.answers.append(answer(one, at, "STOP", "stopped messages"))
    elif drawn < 0.1 and one.channel != "email":
        came.answers.append(answer(one, at, random.choice(ANSWERS), "read by Marco Bianchi"))


def _some_time(random: Random) -> timedelta:
    """Most look within hours, some days later."""
    if random.random() < 0.7:
        return timedelta(minutes=random.randint(2, 420))
    return timedelta(minutes=random.randint(420, int(_LATEST.total_seconds() / 60)))
