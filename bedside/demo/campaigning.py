"""The demonstration's campaigns that are over: flu shots two months ago, and a week for diabetes that ended lately.

They are written before the visits are, since some visits are booked because of them. Each goes its own way through the
campaigns' room, dated as of then; nothing of it is sent.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from bedside.campaigns.history import (
    ABOUT,
    NewCampaign,
    Rule,
    ValueGiven,
    add_campaign,
    all_are_written_to,
    control_group,
    hand_over,
    launch,
    put_value,
)
from bedside.demo.campaign_words import DIABETES, FLU, FLU_VERSIONS
from bedside.demo.receiving import Came, leave
from bedside.demo.small import SmallWorld
from bedside.directory import Hospital
from bedside.kit.database import Tx
from bedside.messaging.history import Channel, LeftMessage, NewMessagePrice, PastAnswer, put_price
from bedside.scheduling.history import PastVisit

WINDOW = timedelta(days=14)
_FLU_AGO, _DIABETES_AGO = 56, 24  # days
_DECIDED_AFTER = timedelta(hours=24)
_TOO_LATE_TO_MOVE = timedelta(hours=36)  # before a visit: by then its reminder had gone out


@dataclass
class Told:
    """Whom a campaign was for from `at` on, those held back included, and who of them booked because of it, when."""

    at: datetime
    meant: set[int] = field(default_factory=set)
    books: dict[int, datetime] = field(default_factory=dict)
    answers: list[PastAnswer] = field(default_factory=list)


def at(place: Hospital, now: datetime, *, days_ago: int, hour: int, minute: int = 0) -> datetime:
    """That hour of a hospital's clock, so many of its days ago; ahead of now where it is less than none."""
    day = now.astimezone(place.zone).date() - timedelta(days=days_ago)
    return datetime.combine(day, time(hour, minute), place.zone)


async def some_past_campaigns(tx: Tx, random: Random, world: SmallWorld) -> list[Told]:
    """Writes both, and what messages cost. Gives whom they moved to book."""
    ada = world.user(world.ada)
    for channel, code, price in ((Channel.SMS, "1", "0.0083"), (Channel.WHATSAPP, "", "0.025")):
        new = NewMessagePrice(channel=channel, calling_code=code, price=price, currency="USD")
        await put_price(tx.dated(tx.now - timedelta(days=90)), new=new, user=ada)
    flu_at = at(world.bellevue, tx.now, days_ago=_FLU_AGO, hour=10)
    diabetes_at = at(world.bellevue, tx.now, days_ago=_DIABETES_AGO, hour=9, minute=30)
    return [await _flu(tx, random, world, flu_at), await _diabetes(tx, random, world, diabetes_at)]


async def _flu(tx: Tx, random: Random, world: SmallWorld, began: datetime) -> Told:
    """To everybody of Bellevue in two versions; the rest got the one of which more followed the link, a day later."""
    new = {
        **FLU, "target_audience": "all_patients", "channels": [Channel.EMAIL, Channel.SMS, Channel.WHATSAPP],
        "control_percent": 10, "variants": FLU_VERSIONS, "winner_by": "clicked", "decide_after_hours": 24,
    }  # fmt: skip
    campaign_id = await _launch(tx.dated(began), world, new)
    told = Told(at=began)
    decided_at = began + _DECIDED_AFTER + timedelta(minutes=1)
    for then in (began + timedelta(minutes=1), decided_at):
        await hand_over(tx.dated(then), campaign_id=campaign_id)
        left, came = await leave(
            tx.dated(then), random, about=ABOUT, about_id=campaign_id, now=tx.now,
            eager=lambda one: 0.7 if one.subject == FLU_VERSIONS[1].subject else 0.35,
        )  # fmt: skip
        _note(random, told, left, came, tx.now)
        # the first time: the versions are waited for; then decided on, and the rest let go
        await all_are_written_to(tx.dated(then), campaign_id=campaign_id)
        if then < decided_at:
            await all_are_written_to(tx.dated(decided_at), campaign_id=campaign_id)
            await all_are_written_to(tx.dated(decided_at), campaign_id=campaign_id)
    return await _measured(tx, random, world, campaign_id, told, anyway=slice(3, None, 8))


async def _diabetes(tx: Tx, random: Random, world: SmallWorld, began: datetime) -> Told:
    """To the grown-ups of Bellevue from 35 on, by the way that each prefers; a third of them, nearly, is held back."""
    new = {
        **DIABETES, "rule": Rule(field="age", operator="at_least", value=35),
        "channels": [Channel.WHATSAPP, Channel.EMAIL, Channel.SMS], "control_percent": 30,
    }  # fmt: skip
    campaign_id = await _launch(tx.dated(began), world, new)
    then = tx.dated(began + timedelta(minutes=1))
    await hand_over(then, campaign_id=campaign_id)
    left, came = await leave(then, random, about=ABOUT, about_id=campaign_id, now=tx.now, eager=lambda _: 0.7)
    told = Told(at=began)
    _note(random, told, left, came, tx.now)
    await all_are_written_to(tx.dated(began + timedelta(minutes=2)), campaign_id=campaign_id)
    return await _measured(tx, random, world, campaign_id, told, anyway=slice(0))


async def _launch(tx: Tx, world: SmallWorld, new: dict[str, Any]) -> int:
    """Marco writes it two days before, and launches it at the transaction's time."""
    marco = world.user(world.marco)
    draft = NewCampaign(**new, hospital_id=world.bellevue.id, status="draft", attribution_days=WINDOW.days)
    made = await add_campaign(tx.dated(tx.now - timedelta(days=2)), new=draft, user=marco)
    await launch(tx, campaign_id=made.id, user=marco)
    return made.id


def _note(random: Random, told: Told, left: Sequence[LeftMessage], came: Came, now: datetime) -> None:
    """Who got it, what they answered, and who of them books: half of those who followed the link, and some others."""
    told.meant |= {one.patient_id for one in left}
    told.answers += came.answers
    for one in left:
        person = one.patient_id
        if person in came.followed and random.random() < 0.6:
            told.books[person] = came.followed[person] + timedelta(minutes=random.randint(3, 30))
        elif person in came.reached and random.random() < 0.34:
            told.books[person] = came.reached[person] + timedelta(minutes=random.randint(20, 7 * 24 * 60))
    until = min(told.at + WINDOW, now - timedelta(days=1))
    told.books = {person: when for person, when in told.books.items() if when < until}


async def _measured(tx: Tx, random: Random, world: SmallWorld, campaign_id: int, told: Told, *, anyway: slice) -> Told:
    """Of those held back some book `anyway`, or none; and Marco says what a visit is worth."""
    held_back = await control_group(tx, campaign_id=campaign_id)
    told.meant |= set(held_back)
    for person in held_back[anyway]:
        told.books[person] = told.at + timedelta(minutes=random.randint(600, 12 * 24 * 60))
    said_at = tx.dated(told.at + timedelta(days=3))
    worth = ValueGiven(amount="120.00", currency="USD")
    await put_value(said_at, campaign_id=campaign_id, given=worth, user=world.user(world.marco))
    return told


def book_because(random: Random, visits: list[PastVisit], campaigns: Sequence[Told], *, now: datetime) -> None:
    """Has the people whom campaigns were for book within the windows because of them, and else before: a hospital as
    small and as busy as this one could not tell a campaign's bookings from all others. Changes when visits were booked,
    and nothing else of them. Pure but for that."""
    of: dict[int, list[PastVisit]] = defaultdict(list)
    for visit in visits:
        if visit.created_at < now - timedelta(days=1):
            of[visit.patient_id].append(visit)
    for told in campaigns:
        for person in sorted(told.meant):
            for visit in of[person]:
                if told.at < visit.created_at <= told.at + WINDOW + _DECIDED_AFTER:
                    visit.created_at = told.at - timedelta(minutes=random.randint(60, 12 * 24 * 60))
            booked_at = told.books.get(person)
            theirs = [one for one in of[person] if booked_at is not None and _may_be_booked(one, booked_at)]
            if theirs and booked_at is not None:
                theirs[0].created_at, theirs[0].booked_by = booked_at, "Online booking"


def _may_be_booked(visit: PastVisit, booked_at: datetime) -> bool:
    """Whether a visit may have been booked then: before it, and before everything that is told of it."""
    return (
        visit.status != "cancelled"
        and visit.starts_at - booked_at > _TOO_LATE_TO_MOVE
        and (visit.confirmed_at is None or visit.confirmed_at > booked_at)
    )
