"""A journey as the campaign's page shows it: in words before it is launched, with each step's figures afterwards."""

from typing import Any

from bedside.campaigns import audiences, journeys, store_audiences
from bedside.campaigns.journey_words import entering, lines, messages, rule_in_words, told
from bedside.campaigns.model import Campaign
from bedside.campaigns.naming import Named, names
from bedside.kit.database import Tx


async def journey_of(tx: Tx, found: Campaign, named: Named) -> dict[str, Any] | None:
    """What the pages show of a campaign's steps, with the names of its templates; None for a simple campaign."""
    if not found.steps:
        return None
    templates = names(named)
    steps = told(found.steps, channels=found.channels, templates=templates)
    shown: dict[str, Any] = await start_of(tx, found)
    shown |= {"told": steps, "lines": list(lines(steps)), "figures": None, "named": named}
    shown["messages"] = messages(found.steps, templates=templates)
    if found.started_at is not None:
        figures = await journeys.figures(tx, found=found)
        shown |= {"figures": figures, "by_step": {one.step_id: one for one in figures.items}}
    return shown


async def start_of(tx: Tx, found: Campaign) -> dict[str, str]:
    """Who comes in, by what, and when they leave, in words."""
    goal = ""
    if found.goal is not None:
        fields = {field.key: field for field in await audiences.fields(tx, whose=found.whose)}
        goal = rule_in_words(found.goal, fields)
    entered = entering(found.entry, list_name=await _list_name(tx, found))
    return {"audience": await audience_name(tx, found), "entering": entered, "goal": goal}


async def _list_name(tx: Tx, found: Campaign) -> str:
    if found.entry is None or found.entry.list_id is None:
        return ""
    kept = await store_audiences.audience(tx, found.entry.list_id, lock=False)
    return kept.name if kept else ""


async def audience_name(tx: Tx, found: Campaign) -> str:
    """Whom it is for, in words."""
    if found.audience_id is not None:
        kept = await store_audiences.audience(tx, found.audience_id, lock=False)
        return kept.name if kept else ""
    fields = {field.key: field for field in await audiences.fields(tx, whose=found.whose)}
    words = rule_in_words(found.rule, fields)
    return f"{found.whose.capitalize()} of whom this is so: {words}" if words else f"All {found.whose}"
