"""How a visit was, by the link on a phone: read without a change, answered once, in the patient's language."""

import re

import httpx
import pytest

from bedside.feedback.page_words import WORDS
from tests.feedback.asking import Clinic, token_in


async def link_of(clinic: Clinic) -> str:
    await clinic.policy(delay_minutes=0, review_url="https://reviews.example.org/bellevue", anonymous_offered=True)
    await clinic.visit()
    [message, *_] = await clinic.ask()
    return f"/f/{token_in(message.body)}"


@pytest.fixture
async def link(clinic: Clinic) -> str:
    """The path of an invitation that Anna was sent."""
    return await link_of(clinic)


async def posted(clinic: Clinic, path: str, fields: dict[str, str]) -> httpx.Response:
    """What the form answers to a browser without scripts."""
    form = await clinic.client.get(path)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', form.text)
    return await clinic.client.post(path, data=fields | ({"_csrf_token": token[1]} if token else {}))


async def kept(clinic: Clinic) -> int:
    return int(await clinic.value("select count(*) from crm.patient_feedback"))


async def test_stars_and_words_are_sent_once_and_a_happy_patient_may_tell_others(clinic: Clinic, link: str) -> None:
    page = await clinic.client.get(link)
    assert page.status_code == 200
    assert "How was your visit, Anna?" in page.text
    assert "Dr. Amelia Smith" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert await kept(clinic) == 0
    answer = await posted(clinic, link, {"rating": "5", "words": "Kind people.", "category_staff": "4"})
    assert answer.status_code == 200
    assert "https://reviews.example.org/bellevue" in answer.text
    row = "select to_jsonb(f) from crm.patient_feedback f"
    said = await clinic.value(row)
    assert (said["rating"], said["words"], said["source"], said["patient_id"]) == (
        5,
        "Kind people.",
        "link",
        clinic.anna,
    )
    again = await clinic.client.get(link)
    assert again.status_code == 410
    assert WORDS["en"]["answered_title"] in again.text
    assert (await clinic.client.post(link, data={"rating": "1"})).status_code in (403, 410)
    assert await kept(clinic) == 1


async def test_without_stars_nothing_is_kept_and_what_was_written_stays(clinic: Clinic, link: str) -> None:
    answer = await posted(clinic, link, {"words": "Nice <b>people</b>"})
    assert answer.status_code == 422
    assert WORDS["en"]["wrong_rating"] in answer.text
    assert "Nice &lt;b&gt;people&lt;/b&gt;" in answer.text
    assert await kept(clinic) == 0


async def test_a_low_rating_without_a_name_says_that_nobody_can_call(clinic: Clinic, link: str) -> None:
    answer = await posted(clinic, link, {"rating": "1", "anonymous": "true"})
    assert WORDS["en"]["low_anonymous_lead"] in answer.text
    assert "reviews.example.org" not in answer.text
    said = await clinic.value("select to_jsonb(f) from crm.patient_feedback f")
    assert said["anonymous"]
    assert said["patient_id"] is None


async def test_the_page_speaks_the_languages_that_patients_do(clinic: Clinic, link: str) -> None:
    arabic = await clinic.client.get(link, params={"lang": "ar"})
    assert 'dir="rtl"' in arabic.text
    assert WORDS["ar"]["send"] in arabic.text
    assert WORDS["es"]["send"] in (await clinic.client.get(link, params={"lang": "es"})).text
    assert {language: set(there) for language, there in WORDS.items()} == {key: set(WORDS["en"]) for key in WORDS}


async def test_a_link_that_was_cut_off_leads_nowhere_and_says_so(clinic: Clinic, link: str) -> None:
    answer = await clinic.client.get(link[:-3])
    assert answer.status_code == 404
    assert WORDS["en"]["unknown_title"] in answer.text
