"""What the templates are called that a campaign names by their keys: people read names, and are led to the words."""

from collections.abc import Mapping, Sequence

from bedside.campaigns import store_campaigns
from bedside.campaigns.journey_model import Step
from bedside.campaigns.journey_words import every
from bedside.campaigns.model import Campaign
from bedside.campaigns.store_campaigns import TemplateName
from bedside.kit.database import Tx

Named = Mapping[str, TemplateName]


async def templates_of(tx: Tx, one: Campaign) -> Named:
    """The templates of a campaign: its own, those of its versions and of its steps, by key."""
    said = [one.template_key, *(variant.template_key for variant in one.variants)]
    return await _named(tx, [*said, *(step.template_key for step in every(one.steps))])


async def templates_of_steps(tx: Tx, steps: Sequence[Step]) -> Named:
    """The templates that steps name, by key."""
    return await _named(tx, [step.template_key for step in every(steps)])


async def _named(tx: Tx, keys: Sequence[str | None]) -> Named:
    return await store_campaigns.templates_named(tx, sorted({key for key in keys if key}))


def names(named: Named) -> dict[str, str]:
    """Key to name."""
    return {key: one.name for key, one in named.items()}
