"""The marketing department of the stories about campaigns: its people, and what it does."""

import asyncio
from collections import Counter
from typing import Any

from bedside.accounts import Role, SignedIn
from bedside.campaigns import campaigns, store_campaigns
from bedside.campaigns.model import Campaign, CampaignStatus, NewCampaign
from bedside.campaigns.sending import Campaigns, start_due
from bedside.message_templates import Channel
from tests.post_office import PostOffice

MARKETING = SignedIn(kind="staff", id=1, name="Mona", role=Role.MARKETING)
FLU = {
    "name": "Flu Vaccination Drive",
    "message": "Get your flu shot today! 20% discount this week.",
    "target_audience": "all_patients",
    "channels": [Channel.SMS, Channel.WHATSAPP, Channel.EMAIL],
}


class Marketing:
    """The campaigns of a hospital, and its people."""

    def __init__(self, office: PostOffice) -> None:
        self.office = office
        self.loop = Campaigns(office.database)

    async def people(self, number: int, *, agreed: bool = True, email: bool = False) -> list[int]:
        """Patients with a phone each (and mail), who agreed to news or said nothing of it."""
        async with self.office.database.transaction() as tx:
            rows = await tx.rows(
                """with added as (
                       insert into crm.patients (record_number, first_name, last_name, hospital_id, created_at,
                                                 updated_at)
                       select gen_random_uuid(), 'Person', n::text, %(hospital)s, %(now)s, %(now)s
                       from generate_series(1, %(number)s) n returning id),
                   phones as (
                       insert into crm.contact_points (patient_id, kind, value, position, created_at)
                       select id, kind, case kind when 'phone' then '+1212555' || lpad(id::text, 4, '0')
                                        else 'p' || id || '@example.org' end, 0, %(now)s
                       from added, unnest(%(kinds)s::text[]) kind),
                   consents as (
                       insert into crm.consents (patient_id, channel, purpose, granted, how, recorded_by, at)
                       select id, channel, 'marketing', true, 'test', 'Test', %(now)s
                       from added, unnest(array['sms', 'whatsapp', 'email']) channel where %(agreed)s)
                   select id from added order by id""",
                hospital=self.office.hospital,
                number=number,
                agreed=agreed,
                kinds=["phone", "email"] if email else ["phone"],
            )
        return [row[0] for row in rows]

    async def launch(self, **more: Any) -> Campaign:
        """A campaign that is launched at once, unless told otherwise."""
        async with self.office.database.transaction() as tx:
            return await campaigns.add(tx, new=NewCampaign(**(FLU | more)), user=MARKETING)

    async def start_due(self) -> None:
        """Starts what is scheduled, as the worker does each second."""
        async with self.office.database.transaction() as tx:
            await start_due(tx)

    async def now(self, campaign_id: int) -> Campaign:
        """How it stands."""
        async with self.office.database.transaction() as tx:
            return await campaigns.campaign(tx, campaign_id=campaign_id, user=MARKETING)

    async def do(self, what: Any, campaign_id: int) -> Campaign:
        """Pauses it, resumes it, and so on."""
        async with self.office.database.transaction() as tx:
            return await what(tx, campaign_id=campaign_id, user=MARKETING)  # type: ignore[no-any-return]

    async def states(self, campaign_id: int) -> dict[str, int]:
        """How many lines of its ledger stand where."""
        async with self.office.database.transaction() as tx:
            found = await store_campaigns.figures(tx, campaign_id)
        states: Counter[str] = Counter()
        for one in found:
            states[one.state] += one.people
        return dict(states)

    async def until_done(self, campaign_id: int) -> None:
        """Works and sends until it is completed."""
        async with asyncio.timeout(60):
            while (await self.now(campaign_id)).status is CampaignStatus.SENDING:
                await self.loop.step()
                await self.office.sender.drain()
        await self.office.settled()
