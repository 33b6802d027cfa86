"""The demonstration's campaigns of several steps: a journey that people are on, and tips that they join by a word."""

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random

from bedside.campaigns.history import (
    ABOUT,
    Audience,
    NewCampaign,
    Rule,
    add_campaign,
    join_by_word,
    launch,
    list_of,
    use_recipe,
    walk,
)
from bedside.demo.campaign_words import HEART, HEART_STEPS
from bedside.demo.campaigning import at
from bedside.demo.correspondence import SENDERS, Reader
from bedside.demo.desk import Deed
from bedside.demo.receiving import leave
from bedside.demo.small import SmallWorld
from bedside.kit.database import Tx
from bedside.messaging.history import Channel, PastAnswer
from bedside.patients import Patient

# days ago on which somebody joined; a tip comes each seventh day at ten, and none of today or tomorrow
_JOINED = (25, 24, 18, 16, 11, 9, 4, 2)
_EACH_TIME = 2
_SERIES_SINCE = 26
_TIPS = 4
_BEGAN = 5  # days ago, the journey


async def tips_by_word(
    tx: Tx, random: Random, world: SmallWorld, everybody: list[Patient], readers: dict[int, Reader]
) -> tuple[list[PastAnswer], list[Deed]]:
    """A series of tips that stands since some weeks, and who texted its word since; gives what they texted, and how
    they go on from tip to tip."""
    marco = world.user(world.marco)
    then = tx.dated(at(world.bellevue, tx.now, days_ago=_SERIES_SINCE, hour=11))
    draft = await use_recipe(then, key="tips_sleep", hospital_id=world.bellevue.id, user=marco)
    await launch(then, campaign_id=draft.id, user=marco)
    joined = await list_of(then, campaign_id=draft.id)
    people = random.sample(_who_may_join(world, everybody, readers, tx.now), len(_JOINED) * _EACH_TIME)
    texted: list[PastAnswer] = []
    joins: dict[datetime, list[tuple[Patient, Reader, str]]] = defaultdict(list)
    looks: set[datetime] = set()
    for n, one in enumerate(people):
        days_ago = _JOINED[n // _EACH_TIME]
        when = at(world.bellevue, tx.now, days_ago=days_ago, hour=8, minute=40)
        reader = readers[one.id]
        word = "DORMIR" if reader.language == "es" else "SLEEP"
        joins[when].append((one, reader, word))
        texted.append(_text(one, reader, word, when - timedelta(seconds=20), f"joined: list {joined.id}"))
        tips = (days_ago - 7 * week for week in range(1, _TIPS))
        looks |= {at(world.bellevue, tx.now, days_ago=days, hour=10) for days in tips if days > 0}

    def coming(when: datetime) -> Deed:
        async def do(there: Tx) -> None:
            for one, reader, word in joins.get(when, []):
                await _join(there, joined, one, reader, word)
            await walk(there, campaign_id=draft.id)
            await leave(there, random, about=ABOUT, about_id=draft.id, now=tx.now, talk=False)

        return Deed(when, do)

    return texted, [coming(when) for when in sorted({*joins, *looks})]


async def _join(tx: Tx, joined: Audience, one: Patient, reader: Reader, word: str) -> None:
    await join_by_word(
        tx, joined=joined, patient_id=one.id, name=one.name, language=reader.language, phone=reader.phone or "",
        word=word,
    )  # fmt: skip


def _text(one: Patient, reader: Reader, word: str, when: datetime, acted: str) -> PastAnswer:
    return PastAnswer(
        channel="sms", from_address=reader.phone or "", to_address=SENDERS["sms"], patient_id=one.id, body=word,
        at=when, answers=None, acted=acted,
    )  # fmt: skip


def _who_may_join(
    world: SmallWorld, everybody: list[Patient], readers: dict[int, Reader], now: datetime
) -> list[Patient]:
    """Grown-ups of Bellevue who alone have their phone, and take SMS."""
    holders: dict[str | None, int] = defaultdict(int)
    for reader in readers.values():
        holders[reader.phone] += 1
    named = range(world.maria.id, world.silent.id + 1)
    return [
        one
        for one in everybody
        if one.hospital_id == world.bellevue.id
        and one.id not in named
        and (one.age(now.date()) or 0) >= 18
        and readers[one.id].phone is not None
        and holders[readers[one.id].phone] == 1
        and "sms" not in readers[one.id].refused
    ]


def heart_journey(tx: Tx, random: Random, world: SmallWorld) -> list[Deed]:
    """Begun some days ago: an invitation, thanks to those who booked within two days and a reminder to the others, who
    wait for the last one now."""
    began = at(world.bellevue, tx.now, days_ago=_BEGAN, hour=10)
    launched: list[int] = []

    async def begin(there: Tx) -> None:
        new = NewCampaign(
            **HEART, steps=HEART_STEPS, rule=Rule(field="age", operator="at_least", value=50),
            channels=[Channel.EMAIL, Channel.WHATSAPP, Channel.SMS], hospital_id=world.bellevue.id, status="draft",
        )  # fmt: skip
        marco = world.user(world.marco)
        draft = await add_campaign(there.dated(began - timedelta(days=1)), new=new, user=marco)
        await launch(there, campaign_id=draft.id, user=marco)
        launched.append(draft.id)
        await go_on(there)

    async def go_on(there: Tx) -> None:
        await walk(there, campaign_id=launched[0])
        await leave(there, random, about=ABOUT, about_id=launched[0], now=tx.now, talk=False)

    # whether they booked is asked for two days, then for an hour whether they opened it
    later = [began + timedelta(hours=hours, seconds=hours) for hours in (14, 24, 48, 49)]
    return [Deed(began, begin), *(Deed(when, go_on) for when in later)]
