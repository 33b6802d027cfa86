"""Whom news reaches, counted for many at once, is what the one decision says of each."""

import random
from datetime import timedelta
from typing import Any

from bedside.campaigns import store_reach, store_rules
from bedside.campaigns.rules import Rule
from bedside.kit.database import Tx
from bedside.messaging.deciding import decide
from bedside.messaging.model import PersonRef
from tests.world import SmallWorld

CHANNELS = ["sms", "whatsapp", "email"]


async def anybody(tx: Tx, world: SmallWorld, chance: random.Random, n: int) -> int:
    """A patient with contacts, consents and stops as chance has it."""
    id_ = int(
        await tx.value(
            """insert into crm.patients (record_number, first_name, last_name, hospital_id, created_at, updated_at)
               values (%(number)s, 'Any', 'Body', %(hospital)s, %(now)s, %(now)s) returning id""",
            number=f"T{n}",
            hospital=chance.choice([None, world.bellevue.id, world.santa_lucia.id]),
        )
    )
    phones = chance.randint(0, 2)
    for position in range(phones):
        await _contact(tx, id_, "phone", f"+1212555{n:03}{position}", position, chance)
    if chance.random() < 0.7:
        await _contact(tx, id_, "email", f"any{n}@example.org", 0, chance)
    for _ in range(chance.randint(0, 8)):
        await tx.execute(
            """insert into crm.consents (patient_id, channel, purpose, granted, how, recorded_by, at)
               values (%(id)s, %(channel)s, %(purpose)s, %(granted)s, 'test', 'Test', %(now)s)""",
            id=id_,
            channel=chance.choice(CHANNELS),
            purpose=chance.choice(["marketing", "marketing", "transactional"]),
            granted=chance.random() < 0.7,
        )
    for channel, address in [
        ("sms", f"+1212555{n:03}0"),
        ("whatsapp", f"+1212555{n:03}0"),
        ("email", f"any{n}@example.org"),
    ]:
        if chance.random() < 0.3:
            await tx.execute(
                """insert into communications.suppressions (channel, address, sender_id, purpose, reason, source, at,
                                                            lifted_at, lifted_because)
                   values (%(channel)s, %(address)s, %(sender)s, %(purpose)s, 'opt_out', 'test', %(now)s,
                           case when %(lifted)s then %(now)s::timestamptz end, 'test')""",
                channel=channel,
                address=address,
                sender=await tx.value(
                    "select id from communications.senders where channel = %(channel)s order by random() limit 1",
                    channel=channel,
                ) if chance.random() < 0.5 else None,
                purpose=chance.choice([None, "marketing"]),
                lifted=chance.random() < 0.3,
            )  # fmt: skip
    return id_


async def _contact(tx: Tx, id_: int, kind: str, value: str, position: int, chance: random.Random) -> None:
    await tx.execute(
        """insert into crm.contact_points (patient_id, kind, value, position, takes_sms, takes_whatsapp, created_at)
           values (%(id)s, %(kind)s, %(value)s, %(position)s, %(sms)s, %(whatsapp)s, %(now)s)""",
        id=id_,
        kind=kind,
        value=value,
        position=position,
        sms=chance.random() < 0.8,
        whatsapp=chance.random() < 0.8,
    )


REASONS = {"address": "no_address", "consent": "no_consent", "refusal": "refused", "suppression": "stopped"}


async def test_what_is_counted_is_what_would_be_decided_for_each(tx: Tx, world: SmallWorld) -> None:
    chance = random.Random(20261126)
    await tx.execute("update crm.patients set archived_at = %(now)s")
    for channel in CHANNELS:
        for hospital in (None, world.bellevue.id):
            await tx.execute(
                """insert into communications.senders (channel, address, name, provider, hospital_id, created_at,
                                                       updated_at)
                   values (%(channel)s, %(address)s, 'Test', %(provider)s, %(hospital)s, %(now)s, %(now)s)""",
                channel=channel,
                provider={"sms": "twilio", "whatsapp": "whatsapp_cloud", "email": "smtp"}[channel],
                address=f"{channel}-{hospital}",
                hospital=hospital,
            )
    everybody = [await anybody(tx, world, chance, n) for n in range(150)]
    counted: dict[tuple[str, str], int] = {}
    reached: set[int] = set()
    for id_ in everybody:
        hospital = await tx.value("select hospital_id from crm.patients where id = %(id)s", id=id_)
        for channel in CHANNELS:
            _, decision = await decide(
                tx, to=PersonRef(id=id_), channel=channel, purpose="marketing", hospital_id=hospital,
                not_before=tx.now + timedelta(hours=1),
            )  # fmt: skip
            first = next((one.check for one in decision.checks if one.outcome == "refuses"), None)
            outcome = REASONS[first] if first else "reached"
            counted[(channel, outcome)] = counted.get((channel, outcome), 0) + 1
            if outcome == "reached":
                reached.add(id_)
    assert len(counted) == 15  # chance made every outcome of every channel

    compiled = store_rules.compile_rule(Rule(), whose="patients", custom={})
    named, values = store_reach.people(compiled, whose="patients", within=None, list_id=None)
    total, some_channel, outcomes = await store_reach.count(
        tx, named=named, values=values, whose="patients", channels=CHANNELS
    )
    assert total == 150
    assert some_channel == len(reached)
    assert {(str(one.channel), str(one.outcome)): one.people for one in outcomes} == counted


async def test_nobody_is_counted_where_nobody_is_named(tx: Tx, world: SmallWorld) -> None:
    rule: Any = Rule(field="age", operator="at_least", value=500)
    compiled = store_rules.compile_rule(rule, whose="patients", custom={})
    named, values = store_reach.people(compiled, whose="patients", within=None, list_id=None)
    assert await store_reach.count(tx, named=named, values=values, whose="patients", channels=CHANNELS) == (0, 0, [])


async def test_owners_who_agreed_are_counted_as_each_would_be_decided(tx: Tx, world: SmallWorld) -> None:
    chance = random.Random(20261127)
    await tx.execute("update crm.hospital_owners set archived_at = %(now)s")
    counted: dict[tuple[str, str], int] = {}
    for n in range(60):
        id_ = int(
            await tx.value(
                """insert into crm.hospital_owners (kind, name, phone, email, created_at, updated_at)
                   values ('person', 'Any Owner', %(phone)s, %(email)s, %(now)s, %(now)s) returning id""",
                phone=f"+12125558{n:03}" if chance.random() < 0.7 else None,
                email=f"owner{n}@example.org" if chance.random() < 0.7 else None,
            )
        )
        for _ in range(chance.randint(0, 8)):
            await tx.execute(
                """insert into crm.owner_consents (owner_id, channel, purpose, granted, how, recorded_by, at)
                   values (%(id)s, %(channel)s, %(purpose)s, %(granted)s, 'test', 'Test', %(now)s)""",
                id=id_,
                channel=chance.choice(CHANNELS),
                purpose=chance.choice(["marketing", "marketing", "transactional"]),
                granted=chance.random() < 0.7,
            )
        for channel in CHANNELS:
            _, decision = await decide(
                tx, to=PersonRef(kind="owner", id=id_), channel=channel, purpose="marketing", hospital_id=None,
                not_before=tx.now + timedelta(hours=1),
            )  # fmt: skip
            first = next((one.check for one in decision.checks if one.outcome == "refuses"), None)
            outcome = REASONS[first] if first else "reached"
            counted[(channel, outcome)] = counted.get((channel, outcome), 0) + 1
    assert {outcome for _, outcome in counted} == {"no_address", "no_consent", "refused", "reached"}

    compiled = store_rules.compile_rule(Rule(), whose="owners", custom={})
    named, values = store_reach.people(compiled, whose="owners", within=None, list_id=None)
    total, _, outcomes = await store_reach.count(tx, named=named, values=values, whose="owners", channels=CHANNELS)
    assert total == 60
    assert {(str(one.channel), str(one.outcome)): one.people for one in outcomes} == counted
