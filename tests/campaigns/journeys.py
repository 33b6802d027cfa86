"""Campaigns of several steps in the stories: a clock that is moved, and everybody goes on."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bedside.campaigns import campaigns, journeys
from bedside.campaigns.entering import sweep
from bedside.campaigns.journey_model import JourneyFigures, Step, StepFigures
from bedside.campaigns.model import Campaign
from bedside.campaigns.walking import Journeys
from bedside.event_log import SYSTEM, record
from bedside.message_templates import Channel
from bedside.scheduling import AppointmentCompleted
from tests.campaigns.marketing import MARKETING, Marketing


def send(name: str, message: str | None = None, **more: Any) -> dict[str, Any]:
    """A step that sends."""
    return {"id": name, "kind": "send", "message": message or f"This is {name}."} | more


def wait(name: str, **more: Any) -> dict[str, Any]:
    """A step that waits."""
    return {"id": name, "kind": "wait"} | more


class Journey:
    """A campaign of several steps, and whoever is on their way through it."""

    def __init__(self, marketing: Marketing) -> None:
        self.marketing = marketing
        self.office = marketing.office
        self.loop = Journeys(self.office.database)
        self.campaign: Campaign

    async def launch(self, *steps: dict[str, Any], **more: Any) -> Campaign:
        """A campaign by SMS of these steps, launched."""
        async with self.office.database.transaction() as tx:
            # the patient of the post office is not one of ours
            await tx.execute("update crm.patients set archived_at = %(now)s where id = %(id)s", id=self.office.maria)
        given = {"message": None, "channels": [Channel.SMS], "steps": msgspec.convert(list(steps), list[Step])}
        self.campaign = await self.marketing.launch(**(given | more))
        return self.campaign

    def now(self) -> datetime:
        """What the clock says."""
        return self.office.database.clock.now()

    async def later(self, **much: float) -> None:
        """Some time later, when everybody has gone on and everything has arrived."""
        self.office.database.clock.advance(timedelta(**much))  # type: ignore[attr-defined]
        await self.settle()

    async def settle(self) -> None:
        """Goes on with everything that is due, and sends it."""
        async with asyncio.timeout(60):
            while True:
                did = [await sweep(self.office.database)]
                while await self.loop.step():
                    did.append(True)
                while await self.marketing.loop.step():
                    did.append(True)
                await self.office.delivered()
                if not any(did):
                    return

    def got(self, person: int) -> list[str]:
        """The texts that a person has received."""
        return [one.body for one in self.office.phone(f"+1212555{person:04}")]

    async def figures(self) -> JourneyFigures:
        """How many stand where."""
        async with self.office.database.transaction() as tx:
            found = await campaigns.campaign(tx, campaign_id=self.campaign.id, user=MARKETING)
            return await journeys.figures(tx, found=found)

    async def figures_of(self, step: str) -> StepFigures:
        """Those of one step."""
        return next(one for one in (await self.figures()).items if one.step_id == step)

    async def entries(self) -> list[tuple[Any, ...]]:
        """Who came in, and where they stand."""
        return await self.office.rows(
            """select person_id, occasion, state, step from communications.campaign_entries
               where campaign_id = %(id)s order by id""",
            id=self.campaign.id,
        )

    async def books(self, person: int, *, completed: bool = False) -> int:
        """A person books a visit; `completed`: and it has taken place, which is told."""
        async with self.office.database.transaction() as tx:
            visit: int = await tx.value(
                """with department as (
                       insert into crm.departments (hospital_id, name, created_at, updated_at)
                       values (%(hospital)s, gen_random_uuid()::text, %(now)s, %(now)s) returning id),
                   practitioner as (
                       insert into crm.practitioners (first_name, last_name, created_at, updated_at)
                       values ('Amelia', 'Smith', %(now)s, %(now)s) returning id)
                   insert into crm.appointments
                       (hospital_id, department_id, practitioner_id, patient_id, during, occupied, status, source,
                        booked_by_name, created_at, updated_at)
                   select %(hospital)s, d.id, p.id, %(person)s,
                          tstzrange(%(now)s, %(now)s::timestamptz + interval '30 minutes'),
                          tstzrange(%(now)s, %(now)s::timestamptz + interval '30 minutes'),
                          %(status)s, 'desk', 'Test', %(now)s, %(now)s
                   from department d, practitioner p returning id""",
                hospital=self.office.hospital,
                person=person,
                status="completed" if completed else "scheduled",
            )
            if completed:
                await self.completes(tx, visit, person)
        return visit

    async def completes(self, tx: Any, visit: int, person: int) -> None:
        """It is told that a visit took place."""
        event = AppointmentCompleted(
            appointment_id=visit, practitioner_id=1, department_id=1, starts_at=tx.now, patient_id=person,
            hospital_id=self.office.hospital,
        )  # fmt: skip
        await record(tx, event, actor=SYSTEM)
