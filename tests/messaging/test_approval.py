"""WhatsApp approves a version's words before they leave outside the 24-hour window."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bedside.app import create_app
from bedside.event_log import Actor
from bedside.kit.clock import SetClock
from bedside.message_templates import ReplyButton, WhatsAppHeader
from bedside.message_templates.library import add_version, create
from bedside.message_templates.model import Category, Channel, Purpose, Words
from bedside.messaging.approving import Approver
from tests.messaging.test_pages import page, send
from tests.post_office import Application, PostOffice
from tests.web import AsRole

LANA = Actor(kind="staff", id=1, name="Lana")
WORDS = (
    "Hello {{ patient.first_name }}, please bring your card to {{ appointment.place }}."
    " Thank you, {{ patient.first_name }}!"
)
VARIABLES = {"patient": {"first_name": "Maria"}, "appointment": {"place": "Bellevue"}}


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


@pytest.fixture
async def marketing(office: PostOffice, as_role: AsRole) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody who writes templates."""
    headers = await as_role("marketing")
    async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as session:
        yield session


async def written(office: PostOffice, body: str = WORDS, *, key: str = "bring_card", **more: Any) -> tuple[int, int]:
    """A version for WhatsApp, of a template that is made where it is not there: its ids."""
    async with office.database.transaction() as tx:
        made = await tx.value("select id from communications.templates where key = %(key)s", key=key)
        if made is None:
            made = (
                await create(tx, key=key, name="Bring it", category=Category.REMINDER, purpose=Purpose.TRANSACTIONAL)
            ).id
        version = await add_version(
            tx, template_id=made, channel=Channel.WHATSAPP, language="en", words=Words(body=body, **more), actor=LANA
        )
    return made, version.id


def path(ids: tuple[int, int]) -> str:
    """Where the approval of a version is."""
    return f"/api/templates/{ids[0]}/versions/{ids[1]}/approval"


async def looked_after(office: PostOffice, clock: SetClock, times: int = 2) -> None:
    """The worker's rounds, some seconds apart; whoever reviews at WhatsApp is done in between."""
    approver = Approver(office.database, office.accounts)
    try:
        for _ in range(times):
            while await approver.step():
                pass
            await office.settled()
            clock.advance(timedelta(seconds=3))
    finally:
        await approver.close()


async def stands(session: aiohttp.ClientSession, ids: tuple[int, int]) -> dict[str, Any]:
    """Where a version stands."""
    async with session.get(path(ids)) as answer:
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


async def submitted(session: aiohttp.ClientSession, ids: tuple[int, int], expected: int = 201) -> dict[str, Any]:
    """Hands a version in."""
    async with session.post(path(ids)) as answer:
        assert answer.status == expected, await answer.text()
        return dict(await answer.json())


async def test_words_are_handed_in_with_numbered_places_and_approved(
    office: PostOffice, marketing: aiohttp.ClientSession, clock: SetClock
) -> None:
    ids = await written(office)
    assert (await stands(marketing, ids))["state"] == "draft"
    made = await submitted(marketing, ids)
    assert (made["state"], made["name"], made["own"]) == ("submitted", "bring_card_v1", True)
    assert made["body"] == "Hello {{1}}, please bring your card to {{2}}. Thank you, {{1}}!"
    assert made["variables"] == ["{{ patient.first_name }}", "{{ appointment.place }}"]
    await looked_after(office, clock)
    approved = await stands(marketing, ids)
    assert (approved["state"], approved["reason"]) == ("approved", "")
    kinds = await office.rows(
        """select data->>'state' from crm.event_log
           where kind = 'template.approval_changed' and data->>'version_id' = %(v)s""",
        v=str(ids[1]),
    )
    assert kinds == [("approved",)]


async def test_what_is_rejected_says_why_and_new_words_may_be_handed_in(
    office: PostOffice, marketing: aiohttp.ClientSession, clock: SetClock
) -> None:
    ids = await written(office, "Win our lottery for {{ patient.first_name }} today!")
    await submitted(marketing, ids)
    await looked_after(office, clock)
    rejected = await stands(marketing, ids)
    assert (rejected["state"], rejected["reason"]) == ("rejected", "WhatsApp takes it for fraud.")
    await submitted(marketing, ids, 409)
    better = await written(office)
    assert (await submitted(marketing, better))["name"] == "bring_card_v2"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("{% if links.manage %}Look: {{ links.manage }} there.{% endif %} Yes.", "Conditions and loops"),
        ("{{ patient.first_name }}, come in.", "begin or end"),
        ("Hello {{ patient.first_name }} {{ patient.last_name }}!", "between"),
        ("word " * 300, "at most 1024"),
    ],
)
async def test_what_no_template_can_be_is_refused_before(
    office: PostOffice, marketing: aiohttp.ClientSession, body: str, detail: str
) -> None:
    problem = await submitted(marketing, await written(office, body), 422)
    assert detail in problem["detail"]
    assert problem["errors"][0]["pointer"] == "/body"


async def test_a_version_is_handed_in_once_and_only_words_for_whatsapp_are(
    office: PostOffice, marketing: aiohttp.ClientSession
) -> None:
    ids = await written(office)
    async with marketing.post(f"{path(ids)}/refresh") as answer:
        assert answer.status == 409
    await submitted(marketing, ids)
    assert (await submitted(marketing, ids, 409))["type"].endswith("not-for-approval")
    async with marketing.post(f"{path(ids)}/refresh") as answer:
        assert answer.status == 202
    async with office.database.transaction() as tx:
        sms = await add_version(
            tx, template_id=ids[0], channel=Channel.SMS, language="en", words=Words(body="Hello"), actor=LANA
        )
    await submitted(marketing, (ids[0], sms.id), 422)
    await submitted(marketing, (ids[0], 2**62), 404)
    await submitted(marketing, (2**63 + 1, 1), 422)


async def test_words_that_arrived_without_an_answer_are_found_and_not_handed_in_twice(
    office: PostOffice, marketing: aiohttp.ClientSession, clock: SetClock
) -> None:
    ids = await written(office)
    await submitted(marketing, ids)
    office.outside.templates.add(name="bring_card_v1", language="en", category="UTILITY", body="Hello {{1}}!")
    await looked_after(office, clock, times=1)
    assert (await stands(marketing, ids))["state"] == "approved"
    assert len([one for one in office.outside.templates if one.name == "bring_card_v1"]) == 1


async def test_templates_that_were_approved_without_us_are_looked_up_by_their_name(
    office: PostOffice, marketing: aiohttp.ClientSession, clock: SetClock
) -> None:
    gone = await written(office, whatsapp_name="of_last_year", whatsapp_variables=("{{ patient.first_name }}",))
    await looked_after(office, clock, times=1)
    unknown = await stands(marketing, gone)
    assert (unknown["state"], unknown["own"]) == ("rejected", False)
    assert "knows no template “of_last_year”" in unknown["reason"]
    [(known,)] = await office.rows(
        "select count(*) from communications.template_approvals where state = 'approved' and not own"
    )
    assert known > 5


async def test_two_workers_hand_a_version_in_once(
    office: PostOffice, marketing: aiohttp.ClientSession, clock: SetClock
) -> None:
    ids = await written(office)
    await submitted(marketing, ids)
    first, second = (Approver(office.database, office.accounts) for _ in range(2))
    assert await first.step()
    while await second.step():
        pass
    assert len([one for one in office.outside.templates if one.name == "bring_card_v1"]) == 1
    await first.close()
    await second.close()


async def sent(office: PostOffice, key: str = "bring_card") -> tuple[Any, list[str]]:
    """A message of the template on Maria's phone, and what is noted of how it was made."""
    queued = await office.queue("whatsapp", template_key=key, variables=VARIABLES)
    await office.delivered()
    notes = await office.rows(
        "select detail from communications.message_events where message_id = %(id)s and detail <> '' order by id",
        id=queued.message_id,
    )
    assert await office.status(queued.message_id) == "read", await office.message(queued.message_id)
    return office.phone(channel="whatsapp")[-1], [row[0] for row in notes if "words" in row[0]]


async def test_outside_the_window_only_approved_words_leave_and_the_message_says_why(
    office: PostOffice, marketing: aiohttp.ClientSession, clock: SetClock
) -> None:
    first = await written(office)
    await submitted(marketing, first)
    waiting, notes = await sent(office)
    assert waiting.template == "notice_utility"
    assert "Hello Maria, please bring your card to Bellevue." in waiting.body
    assert notes == ["WhatsApp has not approved the newest words yet: its words go in a notice."]
    await looked_after(office, clock)
    shown, notes = await sent(office)
    assert (shown.template, notes) == ("bring_card_v1", [])
    assert shown.body == "Hello Maria, please bring your card to Bellevue. Thank you, Maria!"
    second = await written(office, "Dear {{ patient.first_name }}, bring it.")
    earlier, notes = await sent(office)
    assert earlier.template == "bring_card_v1"
    assert notes == ["The newest words were not handed in at WhatsApp: version 1, which is approved, goes instead."]
    await office.reply("Hello?", channel="whatsapp")
    assert (await sent(office))[0].body == "Dear Maria, bring it."
    await submitted(marketing, second)
    await looked_after(office, clock)
    clock.advance(timedelta(hours=25))
    assert (await sent(office))[0].template == "bring_card_v2"


async def test_a_template_that_whatsapp_pauses_is_found_out_and_its_words_go_in_a_notice(
    office: PostOffice, marketing: aiohttp.ClientSession, clock: SetClock
) -> None:
    ids = await written(office)
    await submitted(marketing, ids)
    await looked_after(office, clock)
    template = office.outside.templates.get("bring_card_v1", "en")
    assert template is not None
    template.status = "PAUSED"
    queued = await office.queue("whatsapp", template_key="bring_card", variables=VARIABLES)
    await office.delivered()
    assert await office.status(queued.message_id) == "failed"
    await looked_after(office, clock, times=1)
    assert (await stands(marketing, ids))["state"] == "paused"
    shown, notes = await sent(office)
    assert shown.template == "notice_utility"
    assert notes == ["WhatsApp paused the newest words: its words go in a notice."]
    template.status = "APPROVED"
    clock.advance(timedelta(minutes=31))
    await looked_after(office, clock, times=1)
    assert (await sent(office))[0].template == "bring_card_v1"


async def test_its_buttons_are_handed_in_and_stand_below_the_approved_words(
    office: PostOffice, marketing: aiohttp.ClientSession, clock: SetClock
) -> None:
    buttons = (ReplyButton(id="C", title="Confirm"), ReplyButton(id="X", title="I can't come"))
    header = WhatsAppHeader(kind="text", value="{{ appointment.place }}")
    ids = await written(office, whatsapp_buttons=buttons, whatsapp_header=header)
    await submitted(marketing, ids)
    await looked_after(office, clock)
    shown, _ = await sent(office)
    assert shown.template == "bring_card_v1"
    assert shown.body.startswith("Bellevue\n\nHello Maria")
    assert [(button.payload, button.text) for button in shown.buttons] == [("C", "Confirm"), ("X", "I can't come")]


async def test_the_page_shows_where_the_words_stand_and_hands_them_in(
    office: PostOffice, marketing: aiohttp.ClientSession, clock: SetClock
) -> None:
    template_id, version_id = ids = await written(office)
    region = f"/templates/{template_id}/versions/{version_id}/approval"
    assert region in await page(marketing, f"/templates/{template_id}?channel=whatsapp")
    assert "Not handed in" in await page(marketing, region)
    assert "With WhatsApp" in await send(marketing, region, {})
    assert "it is submitted already" in (await send(marketing, region, {})).replace("Version 1 is", "it is")
    await looked_after(office, clock)
    shown = await page(marketing, region)
    assert "Approved" in shown
    assert "bring_card_v1" in shown
    assert "Asked" in await send(marketing, f"{region}/refresh", {})
    assert (await stands(marketing, ids))["state"] == "approved"


async def test_the_library_shows_and_finds_what_whatsapp_rejected(
    office: PostOffice, marketing: aiohttp.ClientSession, clock: SetClock
) -> None:
    ids = await written(office, "Win our lottery for {{ patient.first_name }} today!")
    await written(office, key="other_card")
    await submitted(marketing, ids)
    await looked_after(office, clock)
    for approval, key in (("rejected", "bring_card"), ("draft", "other_card")):
        async with marketing.get("/api/templates", params={"approval": approval}) as answer:
            found = (await answer.json())["items"]
        assert [(one["key"], one["whatsappApproval"]) for one in found] == [(key, approval)]
        async with marketing.get("/api/templates/export", params={"approval": approval}) as answer:
            assert key in await answer.text()
    async with marketing.get("/api/templates", params={"approval": "liked"}) as answer:
        assert answer.status in (400, 422)
    assert "Rejected by WhatsApp" in await page(marketing, "/templates?approval=rejected")
