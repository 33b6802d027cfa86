"""Which links of our news were followed, whether it was opened: people's apart from machines'; nobody is led astray."""

import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.app import create_app
from bedside.kit.database import Database
from bedside.kit.sealing import install_sealing_key, signed
from bedside.message_templates import ship_templates
from bedside.messaging.links import install_public_url
from bedside.messaging.machines import machine
from bedside.messaging.providers.outcomes import Outgoing
from bedside.messaging.tracking import link, pixel_url, read_link, tracked
from tests.messaging.test_consent import says
from tests.post_office import MAIL, SECRET, Application, PostOffice
from tests.web import AsRole
from tests.world import SmallWorld

BROWSER = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15"
)
NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
SHOTS, PLAN = "https://example.org/flu-shots?week=9&for=all", "https://example.org/plan"


@pytest.fixture
def application() -> Application:
    """The whole product."""
    install_sealing_key(SECRET)
    return create_app


@pytest.fixture
async def visitor(office: PostOffice) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody with a mail program and nothing else."""
    async with aiohttp.ClientSession(office.accounts.public_url, headers={"user-agent": BROWSER}) as session:
        yield session


async def news(office: PostOffice, body: str = f"Come for your flu shot: {SHOTS}. The plan: {PLAN}") -> int:
    """News that Maria agreed to, delivered a minute ago."""
    await says(office, "email marketing true")
    queued = await office.queue("email", purpose="marketing", subject="Flu shots", body=body)
    assert queued.message_id is not None
    await office.sender.drain()
    await office.rows(
        """update communications.message_queue set sent_at = sent_at - interval '1 minute',
               delivered_at = delivered_at - interval '1 minute' returning id"""
    )
    return queued.message_id


async def links_in(office: PostOffice) -> list[str]:
    """The paths of tracked links in the newest mail's HTML, each once."""
    mail = office.phone(MAIL, channel="email")[-1]
    found = re.findall(r'href="[^"]*?(/t/[^"]+)"', mail.html or "")
    return list(dict.fromkeys(html.unescape(one) for one in found))


async def clicks(office: PostOffice) -> list[tuple[object, ...]]:
    """What was counted, link by link."""
    return await office.rows(
        """select l.target, c.machine from communications.message_clicks c
           join communications.tracked_links l on l.id = c.link_id order by c.id"""
    )


async def follow(visitor: aiohttp.ClientSession, path: str, **headers: str) -> tuple[int, str | None]:
    """Follows a link, and says where it leads."""
    async with visitor.get(path, allow_redirects=False, headers=headers) as answer:
        return answer.status, answer.headers.get("location")


def mail(**more: object) -> Outgoing:
    """A mail on its way."""
    given: dict[str, object] = {
        "message_id": 7, "channel": "email", "sender_address": "h@example.org", "to": MAIL, "purpose": "marketing",
        "language": "en", "subject": "News", "body": "Hello", "sending_at": NOON,
    }  # fmt: skip
    return Outgoing(**given | more)  # type: ignore[arg-type]


async def test_a_click_leads_on_and_is_counted_with_the_link_it_was(
    office: PostOffice, visitor: aiohttp.ClientSession
) -> None:
    message = await news(office)
    first, second = await links_in(office)
    assert await follow(visitor, first) == (302, SHOTS)
    assert await clicks(office) == [(SHOTS, "")]
    [kept] = await office.rows("select * from communications.message_clicks")
    assert len(kept) == 4  # its number, its link, when, and whether a machine: no address, no browser
    text = office.phone(MAIL, channel="email")[-1].body
    assert (text.count("/t/"), SHOTS in text) == (2, False)  # both forms lead by us
    assert (await office.message(message))["body"] == f"Come for your flu shot: {SHOTS}. The plan: {PLAN}"
    assert second != first


async def test_several_links_within_a_second_were_a_filters(office: PostOffice, visitor: aiohttp.ClientSession) -> None:
    await news(office)
    for path in await links_in(office):
        await follow(visitor, path)
    assert await clicks(office) == [(SHOTS, "burst"), (PLAN, "burst")]


async def test_filters_previews_and_proxies_are_counted_apart(
    office: PostOffice, visitor: aiohttp.ClientSession
) -> None:
    message = await news(office)
    first, _ = await links_in(office)
    async with visitor.head(first, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["location"]) == (302, SHOTS)
    await follow(visitor, first, **{"user-agent": "Slackbot-LinkExpanding 1.0"})
    await follow(visitor, first, **{"sec-purpose": "prefetch"})
    assert await clicks(office) == [(SHOTS, "head"), (SHOTS, "prefetcher"), (SHOTS, "prefetcher")]
    picture = pixel_url(message)
    async with visitor.get(picture) as answer:
        assert (answer.status, answer.content_type) == (200, "image/gif")
        assert "no-store" in answer.headers["cache-control"]
    async with visitor.get(picture, headers={"user-agent": "Mozilla/5.0"}):  # Apple's proxy
        pass
    assert await office.rows("select machine from communications.message_opens order by id") == [("",), ("prefetcher",)]


async def test_an_address_in_other_letters_is_led_to_as_well(
    office: PostOffice, visitor: aiohttp.ClientSession
) -> None:
    await news(office, "تعال: https://example.org/موعد?q=é")
    [only] = await links_in(office)
    assert await follow(visitor, only) == (302, "https://example.org/%D9%85%D9%88%D8%B9%D8%AF?q=%C3%A9")


async def test_what_follows_at_once_after_delivery_is_no_person(
    office: PostOffice, visitor: aiohttp.ClientSession
) -> None:
    await news(office)
    await office.rows("update communications.message_queue set sent_at = %(now)s, delivered_at = null returning id")
    first, _ = await links_in(office)
    assert await follow(visitor, first) == (302, SHOTS)
    assert await clicks(office) == [(SHOTS, "too_soon")]


async def test_however_often_one_asks_little_is_kept(office: PostOffice, visitor: aiohttp.ClientSession) -> None:
    await news(office)
    first, _ = await links_in(office)
    for _ in range(60):
        assert await follow(visitor, first) == (302, SHOTS)
    assert len(await clicks(office)) == 50


async def test_nobody_can_make_a_link_that_leads_elsewhere(office: PostOffice, visitor: aiohttp.ClientSession) -> None:
    await news(office)
    first, _ = await links_in(office)
    elsewhere = signed("1 1 https://evil.example", context="message link unsubscribe")  # ours, but no tracked link
    for path in (f"/t/{elsewhere}", "/t/nonsense", first[:-1], first + "x", first.replace("/t/", "/t/A", 1)):
        assert await follow(visitor, path) == (404, None), path
    assert await clicks(office) == []
    async with visitor.get("/t/nonsense/open.gif") as answer:
        assert answer.status == 200
    assert await office.rows("select id from communications.message_opens") == []


async def test_visits_are_not_tracked_unless_it_is_switched_on_and_clinical_mail_never(office: PostOffice) -> None:
    async def sent(template: str) -> str:
        await office.queue(
            "email", template_key=template, variables={"words": f"See {PLAN}"}, about=None,
        )  # fmt: skip
        await office.sender.drain()
        return office.phone(MAIL, channel="email")[-1].body

    assert "/t/" not in await sent("notice_utility")
    await office.rows("update communications.templates set tracks = true where key = 'notice_utility' returning id")
    assert "/t/" in await sent("notice_utility")
    await office.rows("update communications.templates set clinical = true where key = 'notice_utility' returning id")
    assert "/t/" not in await sent("notice_utility")


async def test_own_words_by_mail_and_what_carries_a_code_are_not_tracked(office: PostOffice) -> None:
    await says(office, "email marketing true")
    await office.queue("email", body=f"See {PLAN}")
    await office.queue("email", purpose="marketing", body=f"See {PLAN}", sensitive=True)
    await office.queue("sms", body=f"See {PLAN}")
    await office.sender.drain()
    assert all("/t/" not in one.body for one in office.phone() + office.phone(MAIL, channel="email"))


def test_links_that_are_for_their_reader_alone_stay_as_they_are() -> None:
    install_sealing_key(SECRET)
    install_public_url("https://crm.example.org")
    own = "https://crm.example.org/preferences/kT9-hGf3LmQ0zXy7_aBcDe"
    shop = "https://crm.example.org/book/bellevue-general-hospital"
    page = f'<html><body><p><a href="{own}">Stop</a> <a class="x" href="{shop}">Book</a> <a href="mailto:a@b.c">M</a>'
    made = tracked(mail(html=page + "</p></body></html>", body=f"{own} {shop} javascript:alert(1)"))
    assert own in made.body
    assert shop not in made.body
    assert made.html is not None
    assert own in made.html
    assert "mailto:a@b.c" in made.html
    assert made.html.index("/open.gif") < made.html.index("</body>")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/x", "https://", "//x.y"])
def test_only_the_web_is_led_to(url: str) -> None:
    install_sealing_key(SECRET)
    install_public_url("https://crm.example.org")
    made = tracked(mail(html=f'<p><a href="{html.escape(url)}">x</a></p>'))
    assert made.html is not None
    assert f'<a href="{html.escape(url)}">' in made.html


@given(st.integers(1, 2**63 - 1), st.integers(1, 999), st.text(st.characters(codec="utf-8"), max_size=50))
def test_a_link_says_what_was_put_into_it(message_id: int, position: int, path: str) -> None:
    install_sealing_key(SECRET)
    install_public_url("https://crm.example.org")
    url = f"https://example.org/{path}"
    read = read_link(link(message_id=message_id, position=position, url=url).rpartition("/t/")[2])
    assert read is not None
    assert (read.message_id, read.position, read.url) == (message_id, position, url)


@pytest.mark.parametrize(
    ("agent", "seconds", "why"),
    [
        (BROWSER, 60, ""),
        (BROWSER, 2, "too_soon"),
        ("", 60, "prefetcher"),
        ("Mozilla/5.0", 60, "prefetcher"),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", 60, ""),
        ("facebookexternalhit/1.1", 60, "prefetcher"),
    ],
)
def test_who_asked(agent: str, seconds: int, why: str) -> None:
    asked = machine(method="GET", headers={"user-agent": agent}, at=NOON + timedelta(seconds=seconds), arrived_at=NOON)
    assert asked == why


async def test_staff_see_what_was_followed_and_switch_it_for_a_template(
    world: SmallWorld, database: Database, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    async with database.transaction() as tx:
        await ship_templates(tx)
        message = await tx.value(
            """insert into communications.message_queue (idempotency_key, channel, hospital_id, to_address, purpose,
                   body, status, not_before, created_at, sent_at)
               values ('news', 'email', %(hospital)s, 'm@example.org', 'marketing', 'Hello', 'sent', %(now)s,
                       %(now)s, %(now)s - interval '1 hour') returning id""",
            hospital=world.bellevue.id,
        )
        template = await tx.value("select id from communications.templates where key = 'notice_utility'")
    headers = {"user-agent": BROWSER}
    for path in (link(message_id=message, position=1, url=PLAN), pixel_url(message)):
        await client.get(path[path.index("/t/") :], headers=headers)
    marketing = await as_role("marketing")
    seen = (await client.get(f"/api/messages/{message}/tracking", headers=marketing)).json()
    assert (seen["opens"]["people"], seen["opens"]["machines"]) == (1, 0)
    assert [(one["target"], one["people"]) for one in seen["links"]] == [(PLAN, 1)]
    panel = await client.get(f"/messages/{message}/tracking", headers=marketing)
    assert PLAN in panel.text
    outsider = await as_role("marketing", hospitals=[world.santa_lucia.id])
    assert (await client.get(f"/api/messages/{message}/tracking", headers=outsider)).status_code == 404

    path = f"/api/templates/{template}/tracking"
    assert (await client.get(path, headers=marketing)).json() == {"tracks": None, "tracked": False, "clinical": False}
    switched = await client.put(path, json={"tracks": True}, headers=marketing)
    assert switched.json() == {"tracks": True, "tracked": True, "clinical": False}
    async with database.transaction() as tx:
        await tx.execute("update communications.templates set clinical = true where id = %(id)s", id=template)
    assert (await client.get(path, headers=marketing)).json() == {"tracks": True, "tracked": False, "clinical": True}
    refused = await client.put(path, json={"tracks": True}, headers=marketing)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/tracks")
    assert (await client.put(path, json={"tracks": True}, headers=await as_role("front_desk"))).status_code == 403
    assert (await client.get(f"/api/templates/{2**62}/tracking", headers=marketing)).status_code == 404
