"""Suppressions by hand, and why somebody would not get a message, over the API."""

from datetime import UTC, datetime

import aiohttp
import pytest

from bedside.app import create_app
from bedside.kit.clock import SetClock
from tests.messaging.test_consent import says
from tests.post_office import MARIA, Application, PostOffice
from tests.web import AsRole


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


async def test_staff_stop_an_address_and_lift_it_with_why(office: PostOffice, desk: aiohttp.ClientSession) -> None:
    new = {"channel": "sms", "address": "(212) 555-0142", "reason": "A wrong number, they say"}
    async with desk.post("/api/suppressions", json=new) as answer:
        assert answer.status == 422  # no country code
    async with desk.post("/api/suppressions", json=new | {"address": MARIA}) as answer:
        made = await answer.json()
        assert (answer.status, made["reason"], made["source"]) == (201, "staff", "A wrong number, they say")
    async with desk.post("/api/suppressions", json=new | {"address": MARIA}) as answer:
        assert answer.status == 409
    assert (await office.queue("sms")).refused_because == "Staff stopped messages to this address."
    async with desk.get("/api/suppressions?inForce=true&channel=sms") as answer:
        assert [one["address"] for one in (await answer.json())["items"]] == [MARIA]
    lift = f"/api/suppressions/{made['id']}/lift"
    async with desk.post(lift, json={}) as answer:
        assert answer.status == 422
    for status in (200, 409):
        async with desk.post(lift, json={"reason": "Called us: it is theirs"}) as answer:
            assert answer.status == status
    assert (await office.queue("sms")).message_id is not None


async def test_why_somebody_would_not_get_it_is_said_before_sending(
    office: PostOffice, desk: aiohttp.ClientSession
) -> None:
    async def told(**more: str | int) -> dict[str, object]:
        query = {"patientId": office.maria, "hospitalId": office.hospital} | more
        async with desk.get("/api/messages/explanation", params=query) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    fine = await told(channel="sms")
    assert (fine["goes"], fine["refusedBecause"]) == (True, None)
    checks = [one["check"] for one in fine["checks"]]  # type: ignore[attr-defined]
    assert checks == ["record", "address", "refusal", "suppression", "quiet_hours"]
    news = await told(channel="sms", purpose="marketing")
    assert news["refusedBecause"] == "No consent to news by SMS is on record."
    await says(office, "sms marketing true")
    await office.reply("STOP")
    news = await told(channel="sms", purpose="marketing")
    assert news["refusedBecause"] == "They stopped messages by SMS."
    [stop] = [one for one in news["checks"] if one["check"] == "suppression"]  # type: ignore[attr-defined]
    assert stop["source"] == "wrote STOP"
    async with desk.get("/api/messages/explanation?to=%2B12&channel=sms") as answer:
        assert "cannot be" in (await answer.json())["refusedBecause"]
    async with desk.get("/api/messages/explanation") as answer:
        assert answer.status == 422
    assert (await office.rows("select count(*) from communications.message_queue where body = 'Hello'")) == [(0,)]


async def test_the_patients_page_says_whether_they_would_get_it(
    office: PostOffice, desk: aiohttp.ClientSession
) -> None:
    await office.reply("STOP")
    async with desk.get(f"/panels/patients/{office.maria}/messages") as panel:
        assert f"/messages/explanation?patient_id={office.maria}" in await panel.text()
    async with desk.get(f"/messages/explanation?patient_id={office.maria}") as dialog:
        text = await dialog.text()
        assert dialog.status == 200, text
    assert "They stopped messages by SMS." in text
    assert text.count("Goes out") == 2  # WhatsApp and email, about visits
    async with desk.get("/messages/explanation?patient_id=999999") as dialog:
        assert dialog.status == 404


async def test_how_often_news_come_is_the_hospitals_to_say(office: PostOffice, as_role: AsRole) -> None:
    path = f"/api/contact-policies/{office.hospital}"
    await says(office, "sms marketing true")
    async with aiohttp.ClientSession(office.accounts.public_url, headers=await as_role("admin")) as admin:
        async with admin.get(path) as answer:
            assert await answer.json() == {
                "hospitalId": office.hospital, "newsPerDay": 4, "newsPerWeek": 12, "holidays": "as_any_day",
                "quietFrom": None, "quietUntil": None, "version": 0,
            }  # fmt: skip
        given = {"newsPerDay": 1, "newsPerWeek": 2, "holidays": "quiet"}
        for version, status in ((0, 200), (0, 412), (1, 200)):
            async with admin.put(path, json=given, headers={"If-Match": f'"{version}"'}) as answer:
                assert answer.status == status
        async with admin.put(path, json=given | {"newsPerDay": 3}) as answer:
            assert answer.status == 422
    assert (await office.queue("sms", purpose="marketing")).message_id is not None
    assert (await office.queue("sms", purpose="marketing")).message_id is None


async def test_the_page_lists_what_is_stopped_and_stops_and_lifts(
    office: PostOffice, desk: aiohttp.ClientSession
) -> None:
    async def page(path: str, status: int = 200) -> str:
        async with desk.get(path, headers={"accept": "text/html"}) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()

    async def send(path: str, form: dict[str, str], status: int = 200) -> str:
        async with desk.post(path, data=form, headers={"HX-Request": "true"}) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()

    assert "No address is stopped like that" in await page("/suppressions")
    await office.reply("STOP")
    assert "They asked for it" in await page("/suppressions?reason=opt_out&q=0142")
    form = {"channel": "email", "address": "not an address", "what": "", "reason": "x"}
    assert "Say why" in await send("/suppressions", form, 422)
    form |= {"reason": "They wrote us a letter"}
    assert "not an address" in await send("/suppressions", form, 422)
    assert "Stopped" in await send("/suppressions", form | {"address": "Sam@Example.com", "what": "marketing"})
    assert "stopped already" in await send(
        "/suppressions", form | {"address": "sam@example.com", "what": "marketing"}, 422
    )
    listed = await page("/suppressions?channel=email&sort=address")
    assert "sam@example.com" in listed.lower()
    assert "News alone" in listed
    [(made,)] = await office.rows("select id from communications.suppressions where reason = 'staff'")
    assert "What has changed" in await page(f"/suppressions/{made}/lift")
    assert "Say why" in await send(f"/suppressions/{made}/lift", {"reason": ""}, 422)
    assert "Lifted" in await send(f"/suppressions/{made}/lift", {"reason": "They asked for news again"})
    assert "They asked for news again" in await page("/suppressions?standing=lifted")
    kinds = await office.rows("select data->>'how' from crm.event_log where kind = 'suppression.changed' order by id")
    assert kinds == [("added",), ("lifted",)]
    await page(f"/suppressions/{2**63}/lift", 422)
    table = await page("/api/suppressions/export?inForce=true")
    assert table.count("\n") == 2
    assert "opt_out" in table


async def test_an_owners_stop_is_for_who_may_read_what_is_said_to_owners(
    office: PostOffice, desk: aiohttp.ClientSession
) -> None:
    new = {"channel": "sms", "address": MARIA, "reason": "A wrong number, they say"}
    async with desk.post("/api/suppressions", json=new) as answer:
        made = (await answer.json())["id"]
    await office.rows(
        "insert into crm.hospital_owners (name, kind, phone, created_at, updated_at)"
        " values ('An owner', 'person', %(phone)s, now(), now())"
        " returning id",
        phone=MARIA,
    )
    async with desk.get("/api/suppressions") as answer:
        assert (await answer.json())["items"] == []
    async with desk.post(f"/api/suppressions/{made}/lift", json={"reason": "It is theirs"}) as answer:
        assert answer.status == 404


async def test_how_often_news_come_is_set_on_a_page(office: PostOffice, as_role: AsRole) -> None:
    headers = await as_role("admin")
    address = f"/settings/contact-policies/{office.hospital}"
    async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as admin:
        async with admin.get("/settings/contact-policies", headers={"accept": "text/html"}) as answer:
            assert "As on any day" in await answer.text()
        async with admin.get(address, headers={"accept": "text/html"}) as answer:
            assert answer.status == 200, await answer.text()
        form = {"version": "0", "news_per_day": "3", "news_per_week": "2", "holidays": "no_news"}
        for wrong, words in (
            ({}, "A week cannot hold less"),
            ({"news_per_week": "many"}, "A number from 1 to 5000."),
            ({"news_per_week": "9" * 30}, "A number from 1 to 5000."),
        ):
            async with admin.post(address, data=form | wrong, headers={"HX-Request": "true"}) as answer:
                assert (answer.status, words in await answer.text()) == (422, True)
        async with admin.post(address, data=form | {"news_per_week": "4"}, headers={"HX-Request": "true"}) as answer:
            assert answer.status == 200, await answer.text()
        async with admin.post(address, data=form | {"news_per_week": "5"}, headers={"HX-Request": "true"}) as answer:
            assert answer.status == 422  # somebody has changed it since the form was opened
        async with admin.get("/settings/contact-policies", headers={"accept": "text/html"}) as answer:
            assert "4 at most" in await answer.text()


async def test_quiet_hours_are_set_with_the_caps_and_hold_for_what_is_queued_from_then_on(
    office: PostOffice, as_role: AsRole, clock: SetClock
) -> None:
    path = f"/api/contact-policies/{office.hospital}"
    caps = {"newsPerDay": 4, "newsPerWeek": 12, "holidays": "as_any_day"}
    clock.set(datetime(2027, 3, 3, 4, 30, tzinfo=UTC))  # 23:30 in New York
    headers = await as_role("admin")
    async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as admin:
        for wrong, pointer in (
            ({"quietFrom": "21:00:00"}, "/quietUntil"),
            ({"quietFrom": "21:00:00", "quietUntil": "21:00:00"}, "/quietUntil"),
            ({"quietFrom": "21:00:00+01:00", "quietUntil": "08:00:00"}, "/quietFrom"),
            ({"quietFrom": "25:00:00", "quietUntil": "08:00:00"}, "/quietFrom"),
            ({"quietFrom": 21, "quietUntil": "08:00:00"}, "/quietFrom"),
        ):
            async with admin.put(path, json=caps | wrong) as answer:
                assert (answer.status, (await answer.json())["errors"][0]["pointer"]) == (422, pointer)
        async with admin.put(path, json=caps | {"quietFrom": "22:00:00", "quietUntil": "07:30:00"}) as answer:
            kept = await answer.json()
        assert (kept["quietFrom"], kept["quietUntil"], kept["version"]) == ("22:00:00", "07:30:00", 1)
        async with admin.put(path, json=caps) as answer:  # left out, they stay
            assert (await answer.json())["quietFrom"] == "22:00:00"
        queued = await office.message((await office.queue("sms")).message_id)
        assert datetime.fromisoformat(queued["not_before"]) == datetime(2027, 3, 3, 12, 30, tzinfo=UTC)
        urgent = await office.message((await office.queue("sms", urgent=True)).message_id)
        assert datetime.fromisoformat(urgent["not_before"]) == datetime(2027, 3, 3, 4, 30, tzinfo=UTC)

        page, html = f"/settings/contact-policies/{office.hospital}", {"accept": "text/html"}
        async with admin.get(page, headers=html) as answer:
            assert 'value="22:00"' in await answer.text()
        form = {"version": "2", "news_per_day": "4", "news_per_week": "12", "holidays": "quiet"}
        for wrong, words in (
            ({"quiet_from": "22:00", "quiet_until": ""}, "a beginning and an end"),
            ({"quiet_from": "late", "quiet_until": "08:00"}, "Give a time such as 21:00."),
        ):
            async with admin.post(page, data=form | wrong, headers={"HX-Request": "true"}) as answer:
                assert (answer.status, words in await answer.text()) == (422, True)
        none = {"quiet_from": "", "quiet_until": ""}
        async with admin.post(page, data=form | none, headers={"HX-Request": "true"}) as answer:
            assert answer.status == 200, await answer.text()
        async with admin.get(path) as answer:
            assert (await answer.json())["quietFrom"] is None


async def test_the_list_and_the_table_take_the_same_filters(office: PostOffice, desk: aiohttp.ClientSession) -> None:
    for channel, address, purpose in (
        ("sms", "+12125550161", None), ("sms", "+12125550162", "marketing"), ("email", "ann@example.org", None),
    ):  # fmt: skip
        new = {"channel": channel, "address": address, "purpose": purpose, "reason": "They asked"}
        async with desk.post("/api/suppressions", json=new) as answer:
            assert answer.status == 201
    for query, addresses in (
        ({}, ["ann@example.org", "+12125550162", "+12125550161"]),
        ({"newsAlone": "true"}, ["+12125550162"]),
        ({"newsAlone": "false", "sort": "address"}, ["+12125550161", "ann@example.org"]),
        ({"search": "(212) 555-016", "sort": "-address"}, ["+12125550162", "+12125550161"]),
        ({"address": "+1 212-555-0161"}, ["+12125550161"]),
        ({"to": "2020-01-01T00:00:00Z"}, []),
        ({"from": "2020-01-01T00:00:00Z", "channel": "email"}, ["ann@example.org"]),
    ):
        async with desk.get("/api/suppressions", params=query) as answer:
            assert [one["address"] for one in (await answer.json())["items"]] == addresses, query
        async with desk.get("/api/suppressions/export", params=query) as answer:
            lines = (await answer.text()).splitlines()[1:]
        assert [line.split(",")[1].removeprefix("'") for line in lines] == addresses, query
    for wrong, pointer in (({"sort": "colour"}, "/sort"), ({"from": "5"}, "/from"), ({"to": "2027-01-01"}, "/to")):
        for path in ("/api/suppressions", "/api/suppressions/export"):
            async with desk.get(path, params=wrong) as answer:
                assert (answer.status, (await answer.json())["errors"][0]["pointer"]) == (422, pointer)
    async with desk.get("/suppressions", params={"what": "news"}, headers={"accept": "text/html"}) as answer:
        text = await answer.text()
    assert "0162" in text
    assert "0161" not in text


async def test_the_explanation_is_documented_with_examples(desk: aiohttp.ClientSession) -> None:
    async with desk.get("/api/openapi.json") as answer:
        document = await answer.json()
    asked = document["paths"]["/api/messages/explanation"]["get"]
    shown = {one["name"]: one for one in asked["parameters"]}
    assert [one["value"] for one in shown["to"]["examples"].values()] == ["+12125550142"]
    [name] = [name for name in document["components"]["schemas"] if name.endswith("Explanation")]
    checks = document["components"]["schemas"][name]["properties"]["checks"]
    assert checks["examples"][0][2]["check"] == "consent"
