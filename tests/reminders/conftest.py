"""Bellevue General with phones, templates, the default policy and somebody who carries its messages."""

from datetime import datetime
from itertools import count
from typing import Any

import pytest

from bedside import reactions
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.message_templates import ship_templates
from bedside.messaging import Sender
from bedside.messaging.providers.outcomes import Outcome, Outgoing, Result
from bedside.messaging.receiving import receive
from bedside.messaging.reports import Inbound
from bedside.reminders import ensure_default_policy
from bedside.reminders.due import process_due
from bedside.reminders.model import Processed
from bedside.scheduling import Appointment, book
from tests.scheduling.conftest import Bellevue

ANNAS_PHONE, BENS_PHONE = "+12125550101", "+12125550102"
OURS = {"sms": "+12125550199", "whatsapp": "+12125550198", "email": "hospital@example.org"}
_provider_ids = count(1)


class Carrier:
    """Takes every message, and keeps what it was handed: the wires themselves are tried elsewhere."""

    real = False
    at_once = 200

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken: list[Outgoing] = []

    async def send(self, message: Outgoing) -> Outcome:
        """Takes it."""
        self.taken.append(message)
        return Outcome(result=Result.SENT, provider_id=f"{self.name}-{next(_provider_ids)}")

    async def look_up(self, message: Outgoing) -> list[Outcome]:
        """Finds nothing."""
        return []

    async def close(self) -> None:
        """Nothing to close."""


class House:
    """The hospital with its messages: what is planned, what goes out, what comes in."""

    def __init__(self, bellevue: Bellevue, clock: SetClock) -> None:
        self.bellevue, self.database, self.clock = bellevue, bellevue.database, clock
        self.carriers = {name: Carrier(name) for name in ("twilio", "whatsapp_cloud", "smtp")}

    async def prepare(self) -> "House":
        """Phones, senders, templates and the default policy."""
        await self.add_contact(self.bellevue.anna, "phone", ANNAS_PHONE)
        await self.add_contact(self.bellevue.anna, "email", "anna@example.org")
        await self.add_contact(self.bellevue.ben, "phone", BENS_PHONE)
        channels = {"sms": "twilio", "whatsapp": "whatsapp_cloud", "email": "smtp"}
        async with self.database.transaction() as tx:
            for channel, provider in channels.items():
                await tx.execute(
                    """insert into communications.senders (channel, provider, address, per_second, created_at,
                                                           updated_at)
                       values (%(channel)s, %(provider)s, %(address)s, 1000, %(now)s, %(now)s)""",
                    channel=channel, provider=provider, address=OURS[channel],
                )  # fmt: skip
            await ship_templates(tx)
            await ensure_default_policy(tx)
        return self

    async def add_contact(self, patient: int, kind: str, value: str) -> None:
        """A phone or an email address of a patient."""
        await self.bellevue.execute(
            """insert into crm.contact_points (patient_id, kind, value, created_at)
               values (%(patient)s, %(kind)s, %(value)s, %(now)s)""",
            patient=patient, kind=kind, value=value,
        )  # fmt: skip

    async def refuse(self, patient: int, channel: str) -> None:
        """A patient does not want to be written to on a channel."""
        await self.bellevue.execute(
            """insert into crm.consents (patient_id, channel, purpose, granted, how, recorded_by, at)
               values (%(patient)s, %(channel)s, 'transactional', false, 'told staff', 'Dana Desk', %(now)s)""",
            patient=patient, channel=channel,
        )  # fmt: skip

    async def book(self, starts_at: datetime, patient: int | None = None, **more: Any) -> Appointment:
        """Books with Dr. Smith; for Anna unless said otherwise."""
        async with self.database.transaction() as tx:
            return await book(
                tx, actor=self.bellevue.desk, patient_id=patient or self.bellevue.anna,
                practitioner_id=more.pop("practitioner_id", self.bellevue.smith), starts_at=starts_at, **more,
            )  # fmt: skip

    async def reminders(self, visit: int) -> list[tuple[str, str, datetime, str]]:
        """Channel, status, time and reason of every reminder of a visit."""
        async with self.database.transaction() as tx:
            return [
                (row[0], row[1], row[2], row[3])
                for row in await tx.rows(
                    """select channel, status, due_at, because from crm.appointment_reminders
                       where appointment_id = %(id)s order by for_start, due_at, channel, id""",
                    id=visit,
                )
            ]

    async def statuses(self, visit: int) -> dict[str, str]:
        """The status of each channel's newest reminder."""
        return {channel: status for channel, status, _, _ in await self.reminders(visit)}

    async def process(self) -> Processed:
        """One round of the due loop."""
        async with self.database.transaction() as tx:
            return await process_due(tx)

    async def deliver(self) -> list[Outgoing]:
        """Sends what is queued, and gives what the carriers took this time."""
        before = {name: len(carrier.taken) for name, carrier in self.carriers.items()}
        await Sender(self.database, self.carriers).drain()
        return [one for name, carrier in self.carriers.items() for one in carrier.taken[before[name] :]]

    async def answer(self, body: str, *, phone: str = ANNAS_PHONE, channel: str = "sms", **more: Any) -> None:
        """Somebody writes to us."""
        provider = "twilio" if channel == "sms" else "whatsapp_cloud"
        async with self.database.transaction() as tx:
            await receive(
                tx,
                Inbound(
                    channel=channel, provider=provider, provider_id=f"in-{next(_provider_ids)}", from_address=phone,
                    to_address=OURS[channel], body=body, **more,
                ),
            )  # fmt: skip

    async def status_of(self, visit: int) -> str:
        """Where a visit stands."""
        return str(await self.bellevue.value("select status from crm.appointments where id = %(id)s", id=visit))

    async def tasks(self) -> list[str]:
        """The titles of open tasks."""
        async with self.database.transaction() as tx:
            return [row[0] for row in await tx.rows("select title from crm.tasks where status = 'open' order by id")]


@pytest.fixture
async def bellevue(database: Database) -> Bellevue:
    """Bellevue General on the 1st of March 2027, a Monday, at nine in the morning, with every reaction in force."""
    reactions.install(public_url="http://bedside.test")
    return await Bellevue(database).build()


@pytest.fixture
async def house(bellevue: Bellevue, clock: SetClock) -> House:
    """The hospital, ready to write to its patients."""
    return await House(bellevue, clock).prepare()
