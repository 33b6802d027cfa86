"""kill -9 while a campaign goes out: its ledger knows who has had it, so nobody is lost and nobody gets it twice."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bedside.campaigns.journey_model import Part, Step
from bedside.campaigns.model import CampaignStatus
from bedside.campaigns.sending import Campaigns
from bedside.campaigns.walking import Journeys
from bedside.kit.database import Database
from bedside.message_templates import Channel
from bedside.messaging import Sender, providers
from tests.campaigns.marketing import Marketing
from tests.faults.conftest import ask_what_became_of_all, run_and_kill_worker
from tests.post_office import PostOffice

PEOPLE = 90
# as many had it when the process was killed: early, in mid-batch, late; with --long at twenty places
KILLED_AFTER = [
    *(pytest.param(one, id=f"after_{one}") for one in (1, 30, 75)),
    *(pytest.param(one, id=f"after_{one}", marks=pytest.mark.slow) for one in range(4, 88, 5)),
]


@pytest.mark.parametrize("killed_after", KILLED_AFTER)
async def test_a_killed_worker_loses_nobody_of_a_campaign_and_doubles_nobody(
    office: PostOffice, later: Database, tmp_path: Path, killed_after: int
) -> None:
    marketing = Marketing(office)
    async with office.database.transaction() as tx:  # whatever the hour is
        await tx.execute("update crm.hospitals set quiet_from = null, quiet_until = null")
    people = await marketing.people(PEOPLE)
    campaign = await marketing.launch(channels=[Channel.SMS], message="Hello {{ patient.last_name }}")
    await run_and_kill_worker(office, tmp_path, after=killed_after)

    recovered, loop = Sender(later, providers(office.accounts)), Campaigns(later)
    await recovered.look_after()
    async with asyncio.timeout(40):
        while (await marketing.now(campaign.id)).status is CampaignStatus.SENDING:
            await loop.step()
            await recovered.drain()
    await ask_what_became_of_all(recovered, later)
    await recovered.close()

    got = Counter(message.person for message in office.outside.phones.find(origin="hospital"))
    assert set(got.values()) == {1}
    rows = await office.rows(
        """select r.person_id, r.outcome, m.status, m.to_address from communications.campaign_recipients r
           join communications.message_queue m on m.id = r.message_id"""
    )
    assert sorted(row[0] for row in rows) == sorted(people)
    for _, outcome, status, address in rows:
        assert outcome == "queued"
        assert status in ("sent", "delivered", "unknown")
        assert (status == "unknown") == (address not in got)


JOURNEYS_KILLED_AFTER = [
    pytest.param(50, id="after_50"),
    *(pytest.param(one, id=f"after_{one}", marks=pytest.mark.slow) for one in (1, 20, 35, 65, 75)),
]


@pytest.mark.parametrize("killed_after", JOURNEYS_KILLED_AFTER)
async def test_a_worker_killed_in_the_midst_of_a_journey_leaves_nobody_on_the_way_and_repeats_no_step(
    office: PostOffice, later: Database, tmp_path: Path, killed_after: int
) -> None:
    marketing = Marketing(office)
    async with office.database.transaction() as tx:  # whatever the hour is
        await tx.execute("update crm.hospitals set quiet_from = null, quiet_until = null")
    people = await marketing.people(40)
    ways = [Part(share=50, steps=[_says("Left")]), Part(share=50, steps=[_says("Right")])]
    steps = [_says("First"), Step(id="x", kind="split", parts=ways), _says("Last")]
    campaign = await marketing.launch(channels=[Channel.SMS], message=None, steps=steps)
    await run_and_kill_worker(office, tmp_path, after=killed_after)

    recovered = Sender(later, providers(office.accounts))
    walking, loop = Journeys(later), Campaigns(later)
    await recovered.look_after()
    async with asyncio.timeout(40):
        while (await marketing.now(campaign.id)).status is CampaignStatus.SENDING:
            await walking.step()
            await loop.step()
            await recovered.drain()
    await ask_what_became_of_all(recovered, later)
    await recovered.close()

    got = Counter((one.person, one.body.split()[0]) for one in office.outside.phones.find(origin="hospital"))
    assert set(got.values()) == {1}
    rows = await office.rows(
        """select r.person_id, r.step, r.outcome, m.status, m.to_address from communications.campaign_recipients r
           join communications.message_queue m on m.id = r.message_id"""
    )
    steps_of = Counter(row[0] for row in rows)
    assert steps_of == dict.fromkeys(people, 3)
    for _, step, outcome, status, address in rows:
        assert outcome == "queued"
        assert status in ("sent", "delivered", "unknown")
        assert (status == "unknown") == ((address, step) not in got)
    entries = await office.rows("select state, count(*) from communications.campaign_entries group by 1")
    assert entries == [("finished", 40 + 1)]  # Maria, who agreed to nothing, goes the steps too


def _says(word: str) -> Step:
    return Step(id=word, kind="send", message=f"{word} of all")
