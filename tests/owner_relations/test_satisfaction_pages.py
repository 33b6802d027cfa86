"""How satisfied an owner is, on their page; the survey by its link; the report over every owner."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.owner_relations.survey_words import WORDS
from bedside.owner_relations.surveys import ask, survey_link
from tests.owner_relations.talking import Talk
from tests.owner_relations.test_communications_pages import page, posted


@pytest.fixture
async def portal(talk: Talk) -> AsyncIterator[aiohttp.ClientSession]:
    """Finance in a browser, without its scripts."""
    async with aiohttp.ClientSession(talk.office.accounts.public_url, headers=talk.finance) as session:
        yield session


@pytest.fixture
async def link(talk: Talk) -> str:
    """The path of a survey that Harbor was sent."""
    async with talk.office.database.transaction() as tx:
        asked = await ask(tx, owner_id=talk.owner_id, actor=SYSTEM)
        address = await survey_link(tx, asked.id)
    assert isinstance(address, str)
    return address[address.index("/survey/") :]


async def answers(talk: Talk) -> int:
    """How many answers are kept."""
    return int(await talk.value("select count(*) from crm.owner_satisfaction"))


async def test_an_empty_panel_says_what_to_do_and_a_rating_by_form_fills_it(
    talk: Talk, portal: aiohttp.ClientSession, clock: SetClock
) -> None:
    base = f"/owners/{talk.owner_id}"
    empty = await page(portal, f"{base}/satisfaction-panel")
    assert "No ratings yet" in empty
    assert "Record a rating" in empty
    today = str(clock.now().date())
    assert 'value="4.5"' in await page(portal, f"{base}/satisfaction/new")
    form = {"overall": "4.5", "payments": "0", "words": "<b>Late</b>", "survey_date": today}
    assert "Rating kept" in await posted(portal, f"{base}/satisfaction", form)
    shown = await page(portal, f"{base}/satisfaction-panel")
    assert "4.50" in shown
    assert "&lt;b&gt;Late&lt;/b&gt;" in shown
    assert "Told to staff" in shown
    assert 'Payments <strong class="figures">0.0</strong>' in shown  # 0 is a rating
    assert "median is withheld: fewer than five others answered" in shown
    assert "<title" in shown.split('role="img"')[1]


async def test_what_is_wrong_stands_at_its_field_and_what_was_written_stays(
    talk: Talk, portal: aiohttp.ClientSession, clock: SetClock
) -> None:
    path = f"/owners/{talk.owner_id}/satisfaction"
    day = str(clock.now().date())
    nothing = await posted(portal, path, {"words": "Only words", "survey_date": day}, 422)
    assert "problem-overall" in nothing
    assert "Only words" in nothing
    assert "problem-payments" in await posted(portal, path, {"payments": "4.2", "survey_date": day}, 422)
    assert "problem-survey_date" in await posted(portal, path, {"overall": "4", "survey_date": "2999-01-01"}, 422)
    assert "problem-survey_date" in await posted(portal, path, {"overall": "4", "survey_date": "soon"}, 422)
    assert await answers(talk) == 0


async def test_many_answers_are_shown_in_pages(talk: Talk, portal: aiohttp.ClientSession) -> None:
    for number in range(12):
        await talk.post(f"/api/owners/{talk.owner_id}/satisfaction", {"rating": 4, "words": f"Answer {number}."})
    panel = f"/owners/{talk.owner_id}/satisfaction-panel"
    first = await page(portal, panel)
    assert "Answer 11." in first
    assert "Answer 1." not in first
    cursor = first.split("satisfaction-panel?cursor=")[1].split('"')[0]
    rest = await page(portal, f"{panel}?cursor={cursor}")
    assert "Answer 1." in rest
    assert "Show more" not in rest


async def test_the_survey_is_sent_once_a_day(talk: Talk, portal: aiohttp.ClientSession) -> None:
    path = f"/owners/{talk.owner_id}/surveys"
    assert "Survey sent" in await posted(portal, path, {})
    assert "They were asked today." in await posted(portal, path, {}, 409)
    assert "No answer yet" in await page(portal, f"/owners/{talk.owner_id}/satisfaction-panel")


async def test_a_survey_is_answered_once_by_its_link(talk: Talk, link: str) -> None:
    jar = aiohttp.CookieJar(unsafe=True)  # the form's own cookie, from an address without a name
    async with aiohttp.ClientSession(talk.office.accounts.public_url, cookie_jar=jar) as owner:
        for _ in range(3):
            assert "How satisfied are you?" in await page(owner, link)
        assert await answers(talk) == 0
        async with owner.get(link) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            assert "noindex" in answer.headers["X-Robots-Tag"]
        token = {"_csrf_token": re.findall(r'name="_csrf_token" value="([^"]*)"', await page(owner, link))[0]}
        wrong = await posted(owner, link, token | {"words": "I thought about it"}, 422)
        assert "problem-overall" in wrong
        assert "I thought about it" in wrong
        assert "Thank you" in await posted(owner, link, token | {"payments": "0", "words": "Late again"})
        assert "You have answered this survey" in await posted(owner, link, token | {"overall": "5"}, 410)
        async with owner.get(link) as answer:
            assert answer.status == 410
        async with owner.get("/survey/nothing-like-it") as answer:
            assert answer.status == 404
            assert "This link leads nowhere" in await answer.text()
    assert await answers(talk) == 1
    kept = await talk.value("select source || ' ' || payments::text from crm.owner_satisfaction")
    assert kept == "link 0.0"


async def test_an_owner_who_reads_arabic_is_asked_from_right_to_left(talk: Talk, link: str) -> None:
    async with talk.office.database.transaction() as tx:
        await tx.execute("update crm.hospital_owners set language = 'ar' where id = %(id)s", id=talk.owner_id)
    async with aiohttp.ClientSession(talk.office.accounts.public_url) as owner:
        shown = await page(owner, link)
        assert 'dir="rtl"' in shown
        assert "إرسال إجابتي" in shown
        assert "Enviar mi respuesta" in await page(owner, f"{link}?lang=es")


async def test_the_report_shows_who_fell_and_how_often_owners_are_asked(
    talk: Talk, portal: aiohttp.ClientSession
) -> None:
    assert "No ratings in this time" in await page(portal, "/owners/satisfaction")
    for day, rating in (("2027-01-05", 5), ("2027-02-20", 3)):
        status, made = await talk.post(
            f"/api/owners/{talk.owner_id}/satisfaction", {"rating": rating, "surveyDate": day}
        )
        assert status == 201, made
    shown = await page(portal, "/owners/satisfaction?months=6")
    assert f"/owners/{talk.owner_id}?show=satisfaction" in shown
    assert "−2.00" in shown
    assert "/api/owner-satisfaction/report/export?months=6" in shown
    assert "warn_at_fall" in await page(portal, "/owners/satisfaction/policy")
    form = {"enabled": "true", "every_months": "3", "open_days": "20", "warn_at_fall": "1.5", "version": "1"}
    assert "problem-every_months" in await posted(
        portal, "/owners/satisfaction/policy", form | {"every_months": "77"}, 422
    )
    assert "Kept" in await posted(portal, "/owners/satisfaction/policy", form)
    assert "Owners are asked every 3 months" in await page(portal, "/owners/satisfaction")


async def test_staff_of_another_hospital_and_who_may_not_see_nothing(talk: Talk) -> None:
    elsewhere = await talk.as_role("finance", hospitals=[talk.office.hospital + 1])
    desk = await talk.as_role("front_desk")
    base = talk.office.accounts.public_url
    async with aiohttp.ClientSession(base) as web:
        for who, status in ((elsewhere, 404), (desk, 403)):
            for path in ("satisfaction-panel", "satisfaction/new"):
                async with web.get(f"/owners/{talk.owner_id}/{path}", headers=who) as answer:
                    assert answer.status == status, path
            for path in ("satisfaction", "surveys"):
                async with web.post(f"/owners/{talk.owner_id}/{path}", headers=who, data={}) as answer:
                    assert answer.status == status, path


def test_a_survey_says_the_same_in_every_language() -> None:
    assert {language: set(words) for language, words in WORDS.items()} == {key: set(WORDS["en"]) for key in WORDS}
