"""What providers said and could not be applied waits for an administrator: seen, applied again, or let go."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bedside.app import create_app
from bedside.kit.clock import SetClock
from bedside.messaging import store_refused
from bedside.messaging.keeping import keep
from tests.post_office import MARIA, Application, PostOffice
from tests.web import AsRole


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


@pytest.fixture
async def admin(office: PostOffice, as_role: AsRole) -> AsyncIterator[aiohttp.ClientSession]:
    """An administrator of all hospitals."""
    async with aiohttp.ClientSession(office.accounts.public_url, headers=await as_role("admin")) as session:
        yield session


async def ask(session: aiohttp.ClientSession, method: str, path: str, expected: int = 200) -> Any:
    """One request to the API, and how it must be answered."""
    async with session.request(method, path) as answer:
        assert answer.status == expected, await answer.text()
        return await answer.json()


async def region(session: aiohttp.ClientSession) -> str:
    """The part of the page about channels."""
    async with session.get("/settings/channels/receipts", headers={"accept": "text/html"}) as answer:
        assert answer.status == 200
        return await answer.text()


async def broken(office: PostOffice, *names: str) -> None:
    """Messages that came in without saying from whom."""
    async with office.database.transaction() as tx:
        for name in names:
            await keep(tx, provider="twilio", kind="inbound", body=f"MessageSid={name}&Body=<b>hello</b>".encode())
    await office.applied()


async def test_it_is_seen_with_its_fault_and_applied_again_or_let_go(
    office: PostOffice, admin: aiohttp.ClientSession
) -> None:
    assert "Everything that providers said has been applied" in await region(admin)
    await broken(office, "SMone", "SMtwo")
    shown = await region(admin)
    assert shown.count("Malformed: MessageSid, From or To is missing") == 2
    assert "&lt;b&gt;hello" in shown
    two, one = (await ask(admin, "GET", "/api/webhook-receipts?provider=twilio"))["items"]
    assert ("SMone" in one["body"], one["attempts"]) == (True, 1)
    await ask(admin, "POST", f"/api/webhook-receipts/{one['id']}/apply")
    await ask(admin, "POST", f"/api/webhook-receipts/{one['id']}/apply", 404)  # it waits already
    assert "1 more waits to be applied" in await region(admin)
    assert await office.applied() == 1  # and makes no more sense than before
    async with admin.post(f"/settings/channels/receipts/{one['id']}/apply", data={}) as answer:
        assert "On its way" in await answer.text()
    async with admin.post(f"/settings/channels/receipts/{two['id']}/let-go", data={}) as answer:
        assert "off the list" in await answer.text()
    await office.applied()
    [left] = (await ask(admin, "GET", "/api/webhook-receipts"))["items"]
    assert left["id"] == one["id"]
    await ask(admin, "POST", f"/api/webhook-receipts/{one['id']}/let-go")
    assert "Everything that providers said has been applied" in await region(admin)
    assert await office.rows("select count(*) from communications.webhook_receipts") == [(2,)]
    done = await office.rows("select action from crm.audit_log where subject = 'webhook_receipt' order by id")
    assert [row[0] for row in done] == ["apply_again", "apply_again", "let_go", "let_go"]


async def test_a_number_that_cannot_be_is_not_there(office: PostOffice, admin: aiohttp.ClientSession) -> None:
    await ask(admin, "POST", "/api/webhook-receipts/7/let-go", 404)
    async with admin.post(f"/api/webhook-receipts/{2**70}/apply") as answer:
        assert 400 <= answer.status < 500
    await ask(admin, "GET", "/api/webhook-receipts?cursor=mine", 422)


async def test_staff_of_one_hospital_see_none_of_it(office: PostOffice, as_role: AsRole) -> None:
    await broken(office, "SMone")
    headers = await as_role("admin", hospitals=[office.hospital])
    async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as session:
        assert "Malformed" not in await region(session)
        await ask(session, "GET", "/api/webhook-receipts", 403)
        [(one,)] = await office.rows("select id from communications.webhook_receipts")
        await ask(session, "POST", f"/api/webhook-receipts/{one}/apply", 404)


async def test_refused_calls_are_counted_by_day_and_told_with_what_to_do(
    office: PostOffice, as_role: AsRole, clock: SetClock
) -> None:
    form = {"MessageSid": "SM1", "From": MARIA, "To": "+12125550199", "Body": "STOP"}
    for _ in range(3):
        assert await office.twilio_posts("/webhooks/twilio/messages", form, token="somebody else's") == 403
    clock.advance(timedelta(days=1))
    json = {"X-Hub-Signature-256": "sha256=00"}
    told = [office.hand_in("/webhooks/whatsapp", b"{}", json) for _ in range(20)]
    assert set(await asyncio.gather(*told)) == {403}
    assert await office.hand_in("/webhooks/mail/bounces", b"To: nobody@example.org\r\n\r\n", {}) == 403
    verifying = f"{office.accounts.public_url}/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=guessed"
    async with office.http.get(verifying) as answer:
        assert answer.status == 403
    await broken(office, "SMtwo")
    assert await office.rows("select count(*) from communications.inbound_messages") == [(0,)]
    async with aiohttp.ClientSession(office.accounts.public_url, headers=await as_role("admin")) as admin:
        counted = (await ask(admin, "GET", "/api/webhook-refusals"))["items"]
        query = "provider=twilio&reason=signature&sort=day&limit=1"
        [one] = (await ask(admin, "GET", f"/api/webhook-refusals?{query}"))["items"]
        shown = await region(admin)
    assert [(each["day"], each["provider"], each["reason"], each["times"]) for each in counted] == [
        ("2027-03-02", "whatsapp_cloud", "token", 1),
        ("2027-03-02", "whatsapp_cloud", "signature", 20),
        ("2027-03-02", "twilio", "malformed", 1),
        ("2027-03-02", "smtp", "address", 1),
        ("2027-03-01", "twilio", "signature", 3),
    ]
    assert one["times"] == 3
    assert ("Refused calls" in shown, "BEDSIDE_WHATSAPP_APP_SECRET" in shown) == (True, True)
    assert shown.index("refused-whatsapp_cloud-signature") < shown.index("refused-twilio-signature")
    clock.advance(timedelta(days=7))
    async with office.database.transaction() as tx:
        assert await store_refused.lately(tx) == []


async def test_counts_are_for_administrators_of_all_hospitals(office: PostOffice, as_role: AsRole) -> None:
    async def answered(hospitals: list[int] | None) -> tuple[int, Any]:
        headers = await as_role("admin", hospitals=hospitals)
        async with (
            aiohttp.ClientSession(office.accounts.public_url, headers=headers) as session,
            session.get("/api/webhook-refusals") as answer,
        ):
            return answer.status, await answer.json()

    status, problem = await answered([office.hospital])
    assert (status, problem["type"], "items" in problem) == (403, "/problems/not-allowed", False)
    assert await answered(None) == (200, {"items": [], "next": None})
