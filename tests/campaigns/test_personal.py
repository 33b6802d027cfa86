"""What a campaign says to each person: filled in with what is known of them, and never with a hole."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from bedside.campaigns import campaigns
from bedside.campaigns.model import WordsLack
from bedside.kit.clock import SetClock
from bedside.message_templates import Category, Channel, Purpose, Words
from bedside.message_templates.library import add_version, create
from tests.campaigns.marketing import MARKETING, Marketing
from tests.web import AsRole
from tests.world import SmallWorld

TO_SMS: dict[str, Any] = {"channels": [Channel.SMS]}


async def add_template(marketing: Marketing, *, purpose: Purpose = Purpose.MARKETING, **words: str) -> None:
    """A template `flu_shot` with these words by SMS, by language."""
    async with marketing.office.database.transaction() as tx:
        made = await create(tx, key="flu_shot", name="Flu shot", category=Category.HEALTH_PROMOTION, purpose=purpose)
        for language, body in words.items():
            await add_version(
                tx, template_id=made.id, channel=Channel.SMS, language=language, words=Words(body=body), actor=MARKETING
            )


async def name_them(marketing: Marketing, people: list[int], *names: str, language: str = "en") -> None:
    """Gives people their first names, and a language."""
    async with marketing.office.database.transaction() as tx:
        for id_, name in zip(people, names, strict=True):
            await tx.execute(
                "update crm.patients set first_name = %(name)s, language = %(language)s where id = %(id)s",
                id=id_,
                name=name,
                language=language,
            )


def got(marketing: Marketing, person: int) -> list[str]:
    """What arrived on a person's phone."""
    return [one.body for one in marketing.office.phone(f"+1212555{person:04}")]


async def test_words_name_the_person_and_the_hospital_and_carry_a_link(marketing: Marketing) -> None:
    people = await marketing.people(2)
    await name_them(marketing, people, "Ada", "Bo")
    campaign = await marketing.launch(
        **TO_SMS, hospital_id=None, message="Hello {{ patient.first_name }}, book at {{ links.book }}"
    )
    await marketing.until_done(campaign.id)
    (ada,), (bo,) = (got(marketing, one) for one in people)
    assert ada.startswith("Hello Ada, book at http")
    assert ada.endswith("/book")
    assert bo.startswith("Hello Bo, ")


async def test_a_template_speaks_to_each_in_their_language(marketing: Marketing) -> None:
    english, spanish = await marketing.people(2)
    await name_them(marketing, [english], "Ada")
    await name_them(marketing, [spanish], "Cleo", language="es-MX")
    await add_template(marketing, en="Hello {{ patient.first_name }}", es="Hola {{ patient.first_name }}")
    campaign = await marketing.launch(**TO_SMS, message=None, template_key="flu_shot")
    assert (campaign.message, campaign.template_key) == ("", "flu_shot")
    await marketing.until_done(campaign.id)
    assert (got(marketing, english), got(marketing, spanish)) == (["Hello Ada"], ["Hola Cleo"])


async def test_who_would_get_a_hole_is_found_before_anything_leaves(marketing: Marketing) -> None:
    people = await marketing.people(2)
    await name_them(marketing, people, "Ada", "Bo")
    said = "Hello {{ patient.first_name }}, you were here on {{ patient.last_visit }}."
    with pytest.raises(WordsLack) as lack:
        await marketing.launch(**TO_SMS, message=said)
    # Maria was never here either, and has not agreed to news
    assert lack.value.detail.startswith("patient.last_visit would be a hole in the text for 2 of them, Ada ")
    assert await marketing.office.rows("select 1 from communications.campaigns") == []
    guarded = said.replace("you were", "{% if patient.last_visit %}you were").replace(
        "visit }}.", "visit }}.{% endif %}"
    )
    campaign = await marketing.launch(**TO_SMS, message=guarded)
    await marketing.until_done(campaign.id)
    assert got(marketing, people[0]) == ["Hello Ada,"]


async def test_a_template_of_the_library_may_name_what_a_campaign_knows(marketing: Marketing) -> None:
    await marketing.people(1)
    await add_template(marketing, en="You were here on {{ patient.last_visit }}", es="{{ loyalty.tier }}")
    with pytest.raises(WordsLack) as lack:
        await marketing.launch(**TO_SMS, message=None, template_key="flu_shot")
    assert "patient.last_visit" in lack.value.detail


async def test_what_becomes_unknown_after_the_launch_is_left_out_and_said(
    marketing: Marketing, clock: SetClock
) -> None:
    lost, kept = await marketing.people(2)
    at = clock.now() + timedelta(hours=1)
    async with marketing.office.database.transaction() as tx:
        await tx.execute("update crm.patients set hospital_id = %(id)s", id=marketing.office.hospital)
    campaign = await marketing.launch(
        **TO_SMS, message="Hello from {{ hospital.name }}", hospital_id=None, scheduled_at=at
    )
    async with marketing.office.database.transaction() as tx:
        await tx.execute("update crm.patients set hospital_id = null where id = %(id)s", id=lost)
    clock.advance(timedelta(hours=1))
    await marketing.start_due()
    await marketing.until_done(campaign.id)
    assert got(marketing, lost) == []
    assert got(marketing, kept) == ["Hello from Bellevue General"]
    assert (await marketing.states(campaign.id))["no_words"] == 1


async def test_braces_that_nobody_fills_in_are_refused_with_what_there_is(marketing: Marketing) -> None:
    with pytest.raises(Exception, match=r"no variable “patient\.shoe_size”"):
        await marketing.launch(**TO_SMS, message="Hello {{ patient.shoe_size }}")
    with pytest.raises(Exception, match="does not parse"):
        await marketing.launch(**TO_SMS, message="Hello {{ patient.first_name")


async def test_a_draft_may_lack_words_and_is_launched_only_when_it_does_not(marketing: Marketing) -> None:
    await marketing.people(1)
    draft = await marketing.launch(**TO_SMS, message="Since {{ patient.last_visit }}", status="draft")
    with pytest.raises(WordsLack):
        await marketing.do(campaigns.launch, draft.id)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"templateKey": "nobody_wrote_it"}, "/templateKey"),
    ({"templateKey": "appointment_reminder"}, "/templateKey"),  # no news
    ({"templateKey": "notice_marketing", "message": "Hello"}, "/templateKey"),
    ({}, "/message"),
    ({"message": "{% for a in (1..9) %}"}, "/message"),
    ({"message": "{{ links.nowhere }}"}, "/message"),
]


@pytest.mark.parametrize(("body", "pointer"), REFUSED)
async def test_what_cannot_be_said_is_refused_beside_its_field(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, body: dict[str, Any], pointer: str
) -> None:
    new = {"name": "News", "targetAudience": "all_patients", "channels": ["sms"], **body}
    answer = await client.post("/api/campaigns", json=new, headers=await as_role("marketing"))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer, answer.text
