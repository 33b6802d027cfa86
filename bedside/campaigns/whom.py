"""Whom a campaign is for, as a query: its rule or its audience, at its hospital."""

from psycopg import sql

from bedside.campaigns import store_ledger, store_reach, store_rules
from bedside.campaigns.model import Campaign
from bedside.campaigns.rules import Rule
from bedside.kit.database import Tx


async def people_of(tx: Tx, campaign: Campaign) -> tuple[sql.Composed, dict[str, object]]:
    """A query of the people, and its parameters. A campaign that has started keeps the version of its audience."""
    rule, list_id = await _rule(tx, campaign)
    _, custom = await store_rules.fields_of(tx, whose=campaign.whose)
    compiled = store_rules.compile_rule(rule, whose=campaign.whose, custom=custom)
    within = None if campaign.hospital_id is None else [campaign.hospital_id]
    return store_reach.people(compiled, whose=campaign.whose, within=within, list_id=list_id)


async def _rule(tx: Tx, campaign: Campaign) -> tuple[Rule, int | None]:
    if campaign.audience_id is None:
        return campaign.rule, None
    return await store_ledger.pinned_rule(tx, campaign.audience_id, version=campaign.audience_version)
