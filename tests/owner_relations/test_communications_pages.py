"""The log on an owner's page: written from, filtered, kept by forms; and the settings of notices."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.owner_relations.talking import HARBOR, Talk


@pytest.fixture
async def portal(talk: Talk) -> AsyncIterator[aiohttp.ClientSession]:
    """Finance in a browser, without its scripts."""
    async with aiohttp.ClientSession(talk.office.accounts.public_url, headers=talk.finance) as session:
        yield session


async def page(portal: aiohttp.ClientSession, path: str) -> str:
    """What stands at an address."""
    async with portal.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text()


async def posted(portal: aiohttp.ClientSession, path: str, form: Any, status: int = 200) -> str:
    """What a form answers."""
    async with portal.post(path, data=form) as answer:
        text = await answer.text()
        assert answer.status == status, text
        return text


async def test_the_panel_shows_the_log_and_offers_to_write(talk: Talk, portal: aiohttp.ClientSession) -> None:
    panel = f"/owners/{talk.owner_id}/communications-panel"
    assert "Nothing said yet" in await page(portal, panel)
    await talk.sent({"kind": "email", "subject": "<b>October</b>", "body": "Ready", "contactIds": [0, talk.elena]})
    await talk.office.delivered()
    await talk.office.reply("Thanks!", person=HARBOR)
    shown = await page(portal, panel)
    assert "&lt;b&gt;October&lt;/b&gt;" in shown
    assert "No email address is known." in shown
    assert "Send again" in shown
    assert "SMS from Harbor Health" in shown
    assert "Thanks!" not in await page(portal, f"{panel}?direction=outbound")
    assert "Nothing like that" in await page(portal, f"{panel}?q=zebra")


async def test_a_message_is_written_by_form_or_drawn_again_with_what_is_wrong(
    talk: Talk, portal: aiohttp.ClientSession
) -> None:
    base = f"/owners/{talk.owner_id}/communications"
    assert "Omar Haddad" in await page(portal, f"{base}/new?contact={talk.omar}")
    wrong = await posted(portal, base, {"kind": "email", "contact_ids": str(talk.omar), "body": "Hello"}, 422)
    assert "problem-subject" in wrong
    nobody = await posted(portal, base, {"kind": "sms", "contact_ids": str(talk.omar), "body": "Hello"}, 422)
    assert "No phone number that takes SMS is known." in nobody
    form = [("kind", "email"), ("contact_ids", str(talk.omar)), ("contact_ids", "0"), ("subject", "Hi"),
            ("body", "Hello"), ("task_title", "Ring them"), ("task_due", "2027-03-05")]  # fmt: skip
    assert "On its way" in await posted(portal, base, form)
    [entry] = await talk.log()
    assert [one["name"] for one in entry["recipients"]] == ["Omar Haddad", "Harbor Health"]
    assert (entry["followUp"]["title"], entry["followUp"]["dueAt"]) == ("Ring them", "2027-03-05T22:00:00Z")
    preview = await posted(portal, f"{base}/preview", {"kind": "sms", "contact_ids": "0", "body": "Ó" * 71})
    assert "UCS-2" in preview
    assert "It goes to +1 " in preview
    nobody = await posted(portal, f"{base}/preview", {"kind": "sms", "contact_ids": str(talk.omar), "body": "Hello"})
    assert "No phone number that takes SMS is known." in nobody
    refused = {"channel": "sms", "purpose": "transactional", "granted": False}
    async with portal.post(f"/api/owners/{talk.owner_id}/consents", json=refused) as answer:
        assert answer.status == 201
    shown = await posted(portal, f"{base}/preview", {"kind": "sms", "contact_ids": "0", "body": "Hello"})
    assert "They asked not to be written to by SMS." in shown
    linked = await posted(
        portal, f"{base}/preview", {"kind": "email", "contact_ids": str(talk.ruth), "template_key": "owner_page_link"}
    )
    assert "Hola, Ruth Vidal:" in linked


async def test_a_call_is_written_down_in_the_hospitals_time_and_edited(
    talk: Talk, portal: aiohttp.ClientSession
) -> None:
    base = f"/owners/{talk.owner_id}/communications"
    form = {"kind": "call", "direction": "inbound", "contact_ids": str(talk.elena), "happened_at": "2027-03-01T08:30",
            "duration_minutes": "25", "subject": "Rent", "body": "Five years."}  # fmt: skip
    for wrong, field in (
        ({"happened_at": "yesterday"}, "happened_at"), ({"happened_at": "2027-03-09T08:30"}, "happened_at"),
        ({"duration_minutes": "long"}, "duration_minutes"), ({"subject": "", "body": ""}, "subject"),
    ):  # fmt: skip
        assert f"problem-{field}" in await posted(portal, f"{base}/note", form | wrong, 422), wrong
    assert "Written down" in await posted(portal, f"{base}/note", form)
    [entry] = await talk.log()
    assert (entry["happenedAt"], entry["durationMinutes"]) == ("2027-03-01T13:30:00Z", 25)
    one = f"{base}/{entry['id']}"
    assert 'value="2027-03-01T08:30"' in await page(portal, f"{one}/edit")
    assert "Changed" in await posted(portal, one, form | {"subject": "Lease", "version": "1"})
    assert "changed since you opened it" in await posted(portal, one, form | {"version": "1"}, 422)
    assert "Put away" in await posted(portal, f"{one}/archive", {})
    assert await talk.log() == []
    assert "It is back" in await posted(portal, f"{one}/archive?back=true", {})


async def test_notices_are_switched_and_chosen_by_form(talk: Talk, portal: aiohttp.ClientSession) -> None:
    settings = "/settings/owner-notices"
    assert "Owner: payout paid" in await page(portal, settings)
    assert "Switched off" in await posted(portal, f"{settings}/payout_paid/switch?on=false", {})
    await page(portal, f"{settings}/payout_paid")
    form = {"template_key": "owner_payout_paid", "channels": "whatsapp", "send_by": "first", "version": "2"}
    assert "problem-channels" in await posted(
        portal, f"{settings}/payout_paid", {name: form[name] for name in form if name != "channels"}, 422
    )
    assert "Changed" in await posted(portal, f"{settings}/payout_paid", form)
    _, notices = await talk.get("/api/owner-notices")
    changed = next(one for one in notices["items"] if one["kind"] == "payout_paid")
    assert (changed["enabled"], changed["channels"], changed["sendBy"]) == (False, ["whatsapp"], "first")
    wishes = f"/owners/{talk.owner_id}/notice-preferences"
    assert "Elena Ward" in await page(portal, wishes)
    await posted(portal, wishes, {"own-payout_paid": "yes", f"payout_paid-{talk.elena}": "sms", "own-survey_due": "no"})
    _, kept = await talk.get(f"/api/owners/{talk.owner_id}/notice-preferences")
    assert kept["preferences"] == [
        {"kind": "payout_paid", "contactId": None, "channels": []},
        {"kind": "payout_paid", "contactId": talk.elena, "channels": ["sms"]},
    ]


async def test_a_link_to_their_pages_is_sent_and_taken_back_by_form(talk: Talk, portal: aiohttp.ClientSession) -> None:
    base = f"/owners/{talk.owner_id}/own-links"
    assert "On its way" in await posted(portal, base, {"contact_id": str(talk.elena), "channel": ""})
    assert "No email address is known." in await posted(
        portal, base, {"contact_id": str(talk.elena), "channel": "email"}, 422
    )
    await talk.office.delivered()
    assert "Take back" in await page(portal, f"{base}/new")
    link = await talk.value("select id from crm.owner_links")
    assert "Taken back" in await posted(portal, f"{base}/{link}/revoke", {})
    assert "Take back" not in await page(portal, f"{base}/new")
