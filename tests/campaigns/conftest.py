"""People of whom much is known, and who an audience names of them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from bedside.campaigns import store_reach, store_rules
from bedside.campaigns.rules import Rule
from bedside.kit.database import Database, Tx
from tests.campaigns.marketing import Marketing
from tests.post_office import PostOffice
from tests.world import SmallWorld


@pytest.fixture
async def world(world: SmallWorld, database: Database) -> SmallWorld:
    """The world, with an account for each way of sending."""
    async with database.transaction() as tx:
        await tx.execute(
            """insert into communications.senders (channel, provider, address, created_at, updated_at)
               values ('sms', 'twilio', '+12125550199', %(now)s, %(now)s),
                      ('whatsapp', 'whatsapp_cloud', '1', %(now)s, %(now)s),
                      ('email', 'smtp', 'news@example.org', %(now)s, %(now)s)"""
        )
    return world


class People:
    """The world's patients put away, and four of our own: Ada, Bo, Cleo, Dan."""

    def __init__(self, tx: Tx, world: SmallWorld) -> None:
        self.tx = tx
        self.world = world
        self.ids: dict[str, int] = {}

    async def add(self, name: str, **columns: Any) -> int:
        """A patient with these columns."""
        values = {"date_of_birth": None, "sex": "unknown", "language": "en", "hospital_id": None} | columns
        self.ids[name] = await self.tx.value(
            """insert into crm.patients (record_number, first_name, last_name, date_of_birth, sex, language,
                                         hospital_id, created_at, updated_at)
               values ('R' || %(name)s, %(name)s, 'Tester', %(date_of_birth)s, %(sex)s, %(language)s, %(hospital_id)s,
                       %(now)s, %(now)s) returning id""",
            name=name,
            **values,
        )
        return self.ids[name]

    async def visit(
        self, name: str, *, days: int, status: str = "completed", practitioner_id: int | None = None
    ) -> None:
        """A visit so many days from now, before now if negative, a little apart from every other."""
        lane = len(self.ids) + await self.tx.value("select count(*) from crm.appointments")
        await self.tx.execute(
            """insert into crm.appointments
                   (hospital_id, department_id, practitioner_id, patient_id, lane, during, occupied, status, source,
                    booked_by_name, created_at, updated_at, cancelled_at)
               values (%(hospital)s, %(department)s, %(practitioner)s, %(patient)s, %(lane)s,
                       tstzrange(%(at)s, %(until)s), tstzrange(%(at)s, %(until)s), %(status)s, 'desk', 'Test',
                       %(now)s, %(now)s, case when %(status)s = 'cancelled' then %(now)s end)""",
            hospital=self.world.bellevue.id,
            department=self.world.cardiology.id,
            practitioner=practitioner_id or self.world.smith.id,
            patient=self.ids[name],
            lane=lane,
            at=self.tx.now + timedelta(days=days, minutes=lane),
            until=self.tx.now + timedelta(days=days, minutes=lane + 30),
            status=status,
        )

    async def named(self, rule: Mapping[str, Any] | Rule) -> set[str]:
        """Who of ours a rule names."""
        asked = rule if isinstance(rule, Rule) else rule_from(rule)
        _, custom = await store_rules.fields_of(self.tx, whose="patients")
        compiled = store_rules.compile_rule(asked, whose="patients", custom=custom)
        query, values = store_reach.people(compiled, whose="patients", within=None, list_id=None)
        found = {row[0] for row in await self.tx.rows(query, **values)}
        return {name for name, id_ in self.ids.items() if id_ in found}


def rule_from(given: Mapping[str, Any]) -> Rule:
    """A rule as JSON says it."""
    rules = [rule_from(one) for one in given.get("rules", [])]
    return Rule(**{**given, "rules": rules})


@pytest.fixture
async def people(tx: Tx, world: SmallWorld) -> People:
    """Ada, 70, and Bo, 30, women; Cleo, whose age nobody knows, speaks Mexican Spanish; Dan was born on 29 February."""
    people = People(tx, world)
    today = tx.now.date()
    await people.add(
        "Ada", date_of_birth=today.replace(year=today.year - 70), sex="female", hospital_id=world.bellevue.id
    )
    await people.add("Bo", date_of_birth=date(today.year - 30, 3, 11), sex="female", hospital_id=world.santa_lucia.id)
    await people.add("Cleo", language="es-MX")
    await people.add("Dan", date_of_birth=date(2000, 2, 29), sex="male", language="es")
    return people


@pytest.fixture
async def marketing(office: PostOffice) -> Marketing:
    """A marketing department."""
    return Marketing(office)
