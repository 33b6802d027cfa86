"""An owner's own pages: opened by a link or a password, theirs alone, and nothing that staff wrote for staff."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar

from bedside.accounts.permissions import Permission, Public, Requires, SignedInOnly
from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.owner_relations import own_page_link
from bedside.owner_relations.surveys import ask
from bedside.owners import NewContact, add_contact
from tests.app.routes_there_are import routes_of
from tests.payouts.conftest import Dealings
from tests.payouts.people import as_owner
from tests.web import AsRole

ACCESS, REFRESH = "bedside_access", "bedside_refresh"
FORGED = "/o/AAAAAAAAAAAAAAAAAAAAAA"


@asynccontextmanager
async def browser_of(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with cookies of its own."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 50001))
    headers = {"accept": "text/html"}
    async with httpx.AsyncClient(transport=transport, base_url="http://bedside.test", headers=headers) as browser:
        yield browser


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody who was sent a link."""
    async with browser_of(app) as one:
        yield one


async def link_for(deal: Dealings, owner_id: int | None = None, contact_id: int | None = None) -> str:
    """The path of a fresh link."""
    async with deal.database.transaction() as tx:
        address = await own_page_link(tx, owner_id or deal.owner_id, contact_id)
    return address.partition("bedside.test")[2] or "/o/" + address.rpartition("/")[2]


async def press(browser: httpx.AsyncClient, path: str) -> httpx.Response:
    """Opens the page and presses its one button."""
    page = await browser.get(path)
    found = re.search(
        r'<form method="post" action="([^"]+)">\s*<input[^>]*name="_csrf_token" value="([^"]+)"', page.text
    )
    assert found, page.text
    return await browser.post(found[1], data={"_csrf_token": found[2]})


async def opened(browser: httpx.AsyncClient, path: str) -> dict[str, str]:
    """Opens the pages, and gives what the browser then carries as headers, for routes of every method."""
    answer = await press(browser, path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/my"), answer.text
    return {"authorization": f"Bearer {browser.cookies[ACCESS]}"}


async def ended_soon(browser: httpx.AsyncClient) -> bool:
    """Whether the open pages close within the pace of the log."""
    for _ in range(100):
        if (await browser.get("/my")).status_code == 303:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_reading_a_link_changes_nothing_and_its_button_opens_the_pages(
    deal: Dealings, browser: httpx.AsyncClient
) -> None:
    path = await link_for(deal)
    counts = "select (select count(*) from crm.event_log) + (select count(*) from crm.audit_log)"
    before = await deal.value(counts)
    for _ in range(3):  # a mail scanner, a preview, the owner
        page = await browser.get(path)
        assert (page.status_code, "Harbor Health Partners" in page.text) == (200, True)
        assert (page.headers["cache-control"], page.headers["x-robots-tag"]) == ("no-store", "noindex, nofollow")
        assert ACCESS not in browser.cookies
    assert await deal.value(counts) == before
    assert await deal.value("select last_used_at is null from crm.owner_links")
    assert (await browser.get("/my")).headers["location"] == "/sign-in?next=/my"
    forged = await browser.post(path, data={})
    assert forged.status_code == 403, "only a form of ours opens it"

    answer = await press(browser, path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/my")
    [cookie] = [one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{ACCESS}=")]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; ")), cookie
    assert "Max-Age" not in cookie, "it ends with the browser"
    assert any(one.startswith(f'{REFRESH}=""') for one in answer.headers.get_list("set-cookie"))
    assert await deal.value("select last_used_at is not null from crm.owner_links")
    mine = await browser.get("/my")
    assert (mine.status_code, "Harbor Health Partners" in mine.text) == (200, True)
    assert "000123456789" not in mine.text
    assert "6789" in mine.text, "how they are paid, masked"


async def test_a_used_link_opens_again_until_it_ends(
    deal: Dealings, browser: httpx.AsyncClient, clock: SetClock
) -> None:
    path = await link_for(deal)
    await opened(browser, path)
    assert (await browser.get(path)).headers["location"] == "/my", "who has opened it goes straight there"
    clock.advance(timedelta(minutes=31))
    assert (await browser.get("/my")).status_code == 303, "what was opened has closed"
    await opened(browser, path)
    assert (await browser.get("/my")).status_code == 200
    clock.advance(timedelta(days=29, hours=23, minutes=15))
    await opened(browser, path)
    clock.advance(timedelta(minutes=15))
    assert (await browser.get("/my")).status_code == 303, "never longer than its link"
    for answer in (await browser.get(path), await browser.post(path, data=await csrf(browser))):
        assert (answer.status_code, "Ask us for a new one" in answer.text) == (410, True)


async def csrf(browser: httpx.AsyncClient) -> dict[str, str]:
    page = await browser.get("/sign-in")
    found = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert found
    return {"_csrf_token": found[1]}


async def test_a_link_that_was_taken_back_closes_what_it_opened(deal: Dealings, browser: httpx.AsyncClient) -> None:
    path = await link_for(deal)
    await opened(browser, path)
    link_id = await deal.value("select id from crm.owner_links")
    felix = deal.headers(deal.felix)
    taken = await deal.client.post(f"/owners/{deal.owner_id}/own-links/{link_id}/revoke", headers=felix)
    assert taken.status_code < 300, taken.text
    assert await ended_soon(browser)
    assert (await browser.get(path)).status_code == 410
    assert (await browser.post(path, data=await csrf(browser))).status_code == 410


async def test_an_owner_who_is_put_away_has_no_pages(deal: Dealings, browser: httpx.AsyncClient) -> None:
    path = await link_for(deal)
    await opened(browser, path)
    felix = deal.headers(deal.felix)
    gone = await deal.client.patch(f"/api/owners/{deal.owner_id}", json={"archived": True}, headers=felix)
    assert gone.status_code == 200, gone.text
    assert await ended_soon(browser)
    assert (await browser.get(path)).status_code == 410


async def test_a_contact_is_greeted_by_name_and_leaves_with_their_link(
    deal: Dealings, browser: httpx.AsyncClient
) -> None:
    async with deal.database.transaction() as tx:
        elena = await add_contact(
            tx, owner_id=deal.owner_id, new=NewContact(name="Elena Ward", phone="+12125550151"), actor=SYSTEM
        )
    path = await link_for(deal, contact_id=elena.id)
    assert "Elena Ward" in (await browser.get(path)).text
    await opened(browser, path)
    assert "Elena Ward" in (await browser.get("/my")).text
    felix = deal.headers(deal.felix)
    gone = await deal.client.patch(
        f"/api/owners/{deal.owner_id}/contacts/{elena.id}", json={"archived": True}, headers=felix
    )
    assert gone.status_code == 200, gone.text
    assert await ended_soon(browser)
    assert (await browser.get(path)).status_code == 410


async def test_a_link_nobody_was_sent_leads_nowhere_in_three_languages(
    browser: httpx.AsyncClient, deal: Dealings
) -> None:
    for language, words in (("en", "leads nowhere"), ("es", "no lleva a ninguna parte"), ("ar", "لا يؤدي")):
        page = await browser.get(f"{FORGED}?lang={language}")
        assert (page.status_code, words in page.text) == (404, True), language
    assert (await browser.post(FORGED, data=await csrf(browser))).status_code == 404
    assert ACCESS not in browser.cookies


async def test_whoever_was_signed_in_at_this_browser_is_told_and_signed_out(
    deal: Dealings, browser: httpx.AsyncClient, as_role: AsRole
) -> None:
    token = (await as_role("finance"))["authorization"].removeprefix("Bearer ")
    browser.cookies.set(ACCESS, token, domain="bedside.test", path="/")
    assert "You are signed in as" in (await browser.get(await link_for(deal))).text
    del browser.cookies[ACCESS]
    await opened(browser, await link_for(deal))
    assert (await browser.get("/owners")).status_code == 403


async def with_records(deal: Dealings, owner_id: int) -> dict[str, int]:
    """What an owner has of each kind, as staff and they see it: the names of path parameters."""
    agreed = deal.contract_id if owner_id == deal.owner_id else await deal.contract(owner_id)
    made = await deal.post(
        f"/api/owners/{owner_id}/payouts",
        {"amount": "80.50", "currency": "USD", "period": "January 2027", "contractId": None, "paymentMethod": "check"},
    )
    assert made.status_code == 201, made.text
    await deal.done(made.json(), "approve")
    said = await deal.post(
        f"/api/owners/{owner_id}/communications", {"kind": "meeting", "subject": f"The rent of owner {owner_id}"}
    )
    assert said.status_code == 201, said.text
    line = await deal.value("select min(id) from crm.payout_lines where payout_id = %(id)s", id=made.json()["id"])
    return {
        "owner_id": owner_id, "contract_id": agreed, "payout_id": made.json()["id"],
        "communication_id": said.json()["id"], "number": 1, "line_id": line or 1, "document_id": 1, "details_id": 1,
    }  # fmt: skip


async def test_an_owner_reads_nothing_of_another_on_any_route_by_password_or_link(
    deal: Dealings, app: Litestar, browser: httpx.AsyncClient
) -> None:
    ours, theirs = await with_records(deal, deal.owner_id), await with_records(deal, await deal.owner("Grace Bellamy"))
    routes = [one for one in routes_of(app) if isinstance(one.guard, Requires) and one.guard.own]
    assert len(routes) > 20
    password = await as_owner(deal.database, deal.owner_id)
    link = await opened(browser, await link_for(deal))
    wrong = []
    for route in routes:
        assert route.method == "GET", "an owner reads; what they change has pages of its own"
        own, other = route.template.format_map(ours), route.template.format_map(theirs)
        mixed = route.template.format_map(theirs | {"owner_id": deal.owner_id})
        answers = []
        for who in (password, link):
            if (status := (await deal.client.get(other, headers=who)).status_code) != 403:
                wrong.append(f"{other}: {status}")
            if mixed != own and (status := (await deal.client.get(mixed, headers=who)).status_code) != 404:
                wrong.append(f"{mixed}: {status}")
            answers.append(await deal.client.get(own, headers=who))
        if answers[0].status_code != answers[1].status_code or answers[0].status_code not in (200, 404):
            wrong.append(f"{own}: {[one.status_code for one in answers]}")
        if "json" in answers[0].headers["content-type"] and answers[0].status_code == 200:
            assert answers[0].json() == answers[1].json(), f"{own}: a link shows what a password shows"
            assert "Grace Bellamy" not in answers[0].text, own
    assert wrong == []


async def test_no_page_or_route_of_staff_opens_to_an_owner(
    deal: Dealings, app: Litestar, browser: httpx.AsyncClient
) -> None:
    link = await opened(browser, await link_for(deal))
    wrong = []
    for who in (await as_owner(deal.database, deal.owner_id), link):
        for route in routes_of(app):
            guard = route.guard
            if isinstance(guard, Public) or (isinstance(guard, SignedInOnly) and who is not link):
                continue
            body = None if route.method in ("GET", "DELETE") else b"{}"
            headers = who | {"accept": "application/json"}
            status = (await deal.client.request(route.method, route.path, content=body, headers=headers)).status_code
            if isinstance(guard, SignedInOnly) or guard.permission is Permission.OWN_RECORD_READ:
                right = status < 500
            else:
                right = status == 403
            if not right:
                wrong.append(f"{route.name}: {status}")
    assert wrong == []


async def test_panels_and_single_pages_are_the_owners_alone(deal: Dealings, browser: httpx.AsyncClient) -> None:
    ours, theirs = await with_records(deal, deal.owner_id), await with_records(deal, await deal.owner("Grace Bellamy"))
    link = await opened(browser, await link_for(deal))
    for who in (await as_owner(deal.database, deal.owner_id), link):
        for path in ("/my", "/my/contracts-panel", "/my/payouts-panel", "/my/messages-panel"):
            page = await deal.client.get(path, headers=who)
            assert page.status_code == 200, path
            assert "Grace Bellamy" not in page.text, path
            assert f"owner {theirs['owner_id']}" not in page.text, path
        assert "$80.50" in (await deal.client.get("/my/payouts-panel", headers=who)).text
        assert f"The rent of owner {deal.owner_id}" in (await deal.client.get("/my/messages-panel", headers=who)).text
        for path in ("/my/contracts/{contract_id}", "/my/payouts/{payout_id}/statement.pdf"):
            assert (await deal.client.get(path.format_map(ours), headers=who)).status_code == 200, path
            assert (await deal.client.get(path.format_map(theirs), headers=who)).status_code == 404, path


async def test_what_staff_wrote_for_staff_is_not_shown(deal: Dealings, browser: httpx.AsyncClient) -> None:
    unsent = await deal.contract(deal.owner_id, title="Not sent yet", signatures=[])
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft(note="Check this one twice")
    at = f"/api/owners/{deal.owner_id}"
    meeting = {"kind": "meeting", "subject": "Yearly talk", "body": "They seemed unhappy"}
    assert (await deal.post(f"{at}/communications", meeting)).status_code == 201
    link = await opened(browser, await link_for(deal))
    for who in (await as_owner(deal.database, deal.owner_id), link):
        pages = [
            (await deal.client.get(path, headers=who)).text
            for path in ("/my", "/my/contracts-panel", "/my/payouts-panel", "/my/messages-panel",
                         f"{at}/contracts", f"{at}/payouts", f"{at}/communications")
        ]  # fmt: skip
        shown = "".join(pages)
        assert "Yearly talk" in shown
        for words in ("Not sent yet", draft["referenceNumber"], "Check this one twice", "They seemed unhappy"):
            assert words not in shown, words
        for path in (f"{at}/contracts/{unsent}", f"{at}/payouts/{draft['id']}", f"/my/contracts/{unsent}",
                     f"/my/payouts/{draft['id']}/statement.pdf"):  # fmt: skip
            assert (await deal.client.get(path, headers=who)).status_code == 404, path


async def test_a_link_is_for_reading_and_signs_nothing(deal: Dealings, browser: httpx.AsyncClient) -> None:
    link = await opened(browser, await link_for(deal))
    form = {"signer_name": "Olive Owner", "agree": "yes"}
    refused = await deal.client.post(f"/my/contracts/{deal.contract_id}/sign", data=form, headers=link)
    assert (refused.status_code, "for reading" in refused.text) == (403, True)


async def test_a_survey_is_answered_on_the_own_page_once_and_by_nobody_else(
    deal: Dealings, browser: httpx.AsyncClient
) -> None:
    async with deal.database.transaction() as tx:
        survey = await ask(tx, owner_id=deal.owner_id, actor=SYSTEM)
    path = f"/my/surveys/{survey.id}"
    other = await as_owner(deal.database, await deal.owner("Grace Bellamy"))
    assert (await deal.client.get(path, headers=other)).status_code == 404
    assert (await deal.client.post(path, data={"overall": "1"}, headers=other)).status_code == 404
    link = await opened(browser, await link_for(deal))
    assert path in (await browser.get("/my")).text
    assert (await browser.get(path)).status_code == 200
    assert (await deal.client.post(path, data={}, headers=link)).status_code == 422
    done = await deal.client.post(path, data={"overall": "4.5", "words": "Paid on the day"}, headers=link)
    assert (done.status_code, "Thank you" in done.text) == (200, True)
    again = await deal.client.post(path, data={"overall": "1"}, headers=link)
    assert (again.status_code, "answered" in again.text) == (410, True)
    mine = (await browser.get("/my")).text
    assert "Paid on the day" in mine
    assert path not in mine


async def test_each_begins_on_their_own_page(deal: Dealings, browser: httpx.AsyncClient, as_role: AsRole) -> None:
    async def first(who: dict[str, str], path: str = "/") -> Any:
        answer = await deal.client.get(path, headers=who)
        return answer.status_code, answer.headers.get("location")

    link = await opened(browser, await link_for(deal))
    for who in (await as_owner(deal.database, deal.owner_id), link):
        assert await first(who) == (303, "/my")
    for role in ("admin", "finance", "front_desk"):
        assert await first(await as_role(role)) == (200, None)
        assert await first(await as_role(role), "/my") == (403, None), "they are nobody's owner"
