"""Where a campaign sends a template, people read what the template is called, and are led to its words."""

import httpx
import pytest

from bedside.campaigns.journey_model import Step
from bedside.campaigns.split_model import Variant
from bedside.message_templates import Channel
from tests.campaigns.marketing import Marketing
from tests.web import AsRole

KEY, NAME = "flu_vaccination", "Flu vaccination"
MORE: list[dict[str, object]] = [
    {"message": None, "template_key": KEY},
    {"variants": [Variant(name="A", share=50), Variant(name="B", share=50, template_key=KEY)]},
    {"message": None, "steps": [Step(id="first", kind="send", template_key=KEY), Step(id="end", kind="end")]},
]


@pytest.mark.parametrize("more", MORE, ids=["its own words", "a version", "a step"])
async def test_the_campaign_names_its_template_and_leads_to_it(
    marketing: Marketing, client: httpx.AsyncClient, as_role: AsRole, more: dict[str, object]
) -> None:
    campaign = await marketing.launch(channels=[Channel.SMS], status="draft", **more)
    [[id_]] = await marketing.office.rows("select id from communications.templates where key = %(key)s", key=KEY)
    link = f'<a class="text-decoration-underline" href="/templates/{id_}">{NAME}</a>'
    headers = await as_role("marketing")
    for page in ("", "/says"):
        shown = await client.get(f"/campaigns/{campaign.id}{page}", headers=headers)
        assert (shown.status_code, link in shown.text, f">{KEY}<" in shown.text) == (200, True, False)


async def test_a_template_that_was_put_away_keeps_its_name(
    marketing: Marketing, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    campaign = await marketing.launch(**MORE[0], channels=[Channel.SMS], status="draft")
    await marketing.office.rows(
        "update communications.templates set archived_at = %(now)s where key = %(key)s returning 1", key=KEY
    )
    shown = await client.get(f"/campaigns/{campaign.id}", headers=await as_role("marketing"))
    assert NAME in shown.text
    assert f">{KEY}<" not in shown.text


async def test_the_builder_reads_the_name_too(marketing: Marketing, client: httpx.AsyncClient, as_role: AsRole) -> None:
    campaign = await marketing.launch(**MORE[2], channels=[Channel.SMS], status="draft")
    shown = await client.get(f"/campaigns/{campaign.id}/steps", headers=await as_role("marketing"))
    assert f">{NAME}</a>" in shown.text
