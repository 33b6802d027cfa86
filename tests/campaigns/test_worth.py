"""What a visit is assumed to be worth: a hospital says it once, and new campaigns reckon with it."""

from typing import Any

import httpx
import pytest

from tests.web import AsRole
from tests.world import SmallWorld

DRAFT = {"name": "Flu", "message": "Come", "targetAudience": "all_patients", "channels": ["sms"], "status": "draft"}


class Office:
    """Who keeps hospitals and campaigns."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    async def change(self, hospital: int, **changes: Any) -> dict[str, Any]:
        """Changes a hospital, and gives it as it is then."""
        answer = await self.client.patch(f"/api/hospitals/{hospital}", json=changes, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    async def campaign(self, **more: Any) -> int:
        """A draft."""
        answer = await self.client.post("/api/campaigns", json=DRAFT | more, headers=self.headers)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    async def value(self, campaign: int) -> tuple[str, str, str, str] | None:
        """What a visit of it is assumed to be worth, and who says so."""
        came = (await self.client.get(f"/api/campaigns/{campaign}/analytics", headers=self.headers)).json()
        said = came["money"]["value"]
        return said and (said["amount"], said["currency"], said["source"], said["saidByName"])

    async def page(self, path: str) -> str:
        """A page."""
        return (await self.client.get(path, headers=self.headers)).text


@pytest.fixture
async def office(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> Office:
    return Office(client, await as_role("admin"))


async def test_a_new_campaign_takes_what_its_hospital_says_and_says_so(office: Office, world: SmallWorld) -> None:
    before = await office.campaign(hospitalId=world.bellevue.id)
    kept = await office.change(world.bellevue.id, visitWorth="120")
    assert kept["visitWorth"] == "120.00"
    made = await office.campaign(hospitalId=world.bellevue.id)
    name = world.bellevue.name
    assert await office.value(made) == ("120.00", "USD", "hospital", name)
    assert await office.value(before) is None
    # what was assumed when it was made stays, whatever the settings say later
    await office.change(world.bellevue.id, visitWorth=None)
    assert await office.value(made) == ("120.00", "USD", "hospital", name)
    assert await office.value(await office.campaign(hospitalId=world.bellevue.id)) is None


async def test_what_a_campaign_is_given_itself_comes_first(office: Office, world: SmallWorld) -> None:
    await office.change(world.bellevue.id, visitWorth="120.00")
    told = await office.campaign(hospitalId=world.bellevue.id, visitWorth="80", visitWorthCurrency="EUR")
    amount, currency, source, _ = await office.value(told) or ("", "", "", "")
    assert (amount, currency, source) == ("80.00", "EUR", "campaign")
    changed = await office.campaign(hospitalId=world.bellevue.id)
    answer = await office.client.put(
        f"/api/campaigns/{changed}/value", json={"amount": "95.50", "currency": "USD"}, headers=office.headers
    )
    assert answer.json()["source"] == "campaign"
    assert (await office.value(changed) or ("",))[0] == "95.50"
    alone = await office.client.post("/api/campaigns", json=DRAFT | {"visitWorth": "80"}, headers=office.headers)
    assert (alone.status_code, alone.json()["errors"][0]["pointer"]) == (422, "/visitWorthCurrency")


async def test_a_campaign_of_the_group_takes_what_every_hospital_says(office: Office, world: SmallWorld) -> None:
    await office.change(world.bellevue.id, visitWorth="120.00")
    assert await office.value(await office.campaign()) is None
    every = (await office.client.get("/api/hospitals", headers=office.headers)).json()["items"]
    for one in every:
        await office.change(one["id"], currency="USD", visitWorth="120.00")
    assert await office.value(await office.campaign()) == ("120.00", "USD", "hospital", "Every hospital")
    await office.change(every[-1]["id"], visitWorth="90.00")
    assert await office.value(await office.campaign()) is None


async def test_owners_book_no_visits_so_theirs_are_worth_nothing(office: Office, world: SmallWorld) -> None:
    await office.change(world.bellevue.id, visitWorth="120.00")
    made = await office.campaign(hospitalId=world.bellevue.id, targetAudience="all_owners", channels=["email"])
    assert await office.value(made) is None


async def test_another_currency_takes_the_amount_away_unless_it_is_said_anew(office: Office, world: SmallWorld) -> None:
    await office.change(world.bellevue.id, visitWorth="120.00")
    assert (await office.change(world.bellevue.id, currency="JPY"))["visitWorth"] is None
    assert (await office.change(world.bellevue.id, currency="KWD", visitWorth="37.125"))["visitWorth"] == "37.125"
    made = await office.campaign(hospitalId=world.bellevue.id)
    assert (await office.value(made) or ("", ""))[:2] == ("37.125", "KWD")
    for wrong in ("0", "-3", "1.2345", "much"):
        answer = await office.client.patch(
            f"/api/hospitals/{world.bellevue.id}", json={"visitWorth": wrong}, headers=office.headers
        )
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/visitWorth")


async def test_it_is_seen_and_edited_where_hospitals_are(office: Office, world: SmallWorld) -> None:
    form = await office.page(f"/settings/hospitals/{world.bellevue.id}")
    assert 'name="visit_worth"' in form
    await office.change(world.bellevue.id, visitWorth="120.00")
    assert 'value="120.00"' in await office.page(f"/settings/hospitals/{world.bellevue.id}")
    assert "a visit is assumed to be worth 120.00 USD" in await office.page("/settings/hospitals")
