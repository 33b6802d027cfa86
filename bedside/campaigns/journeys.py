"""Campaigns of several steps: what of one can be gone, and what each of its steps says."""

import msgspec

from bedside.campaigns import store_audiences, store_journeys
from bedside.campaigns.audiences import check_rule
from bedside.campaigns.journey_flow import Place, check_steps, places
from bedside.campaigns.journey_model import Entry, JourneyFigures, Step
from bedside.campaigns.model import Campaign
from bedside.campaigns.split import versions
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid


async def check_journey(tx: Tx, one: Campaign) -> None:
    """Raises Invalid (422), with a pointer, at what of the steps, the entry or the goal cannot be."""
    check_steps(one.steps, owners=one.whose == "owners")
    if one.steps and one.variants:
        raise Invalid("With steps, versions are a split among them.", pointer="/variants", next_step="Leave them out.")
    if one.goal is not None:
        if not one.steps:
            raise Invalid("Only a campaign with steps has a goal.", pointer="/goal", next_step="Add steps.")
        await check_rule(tx, one.goal, whose=one.whose, pointer="/goal")
        if one.goal.field is None and one.goal.match is None:
            raise Invalid(
                "Everybody fulfils this goal.", pointer="/goal", next_step="Add a condition, or leave it out."
            )
    if one.entry is not None:
        await _check_entry(tx, one, one.entry)


async def _check_entry(tx: Tx, one: Campaign, entry: Entry) -> None:
    if not one.steps:
        raise Invalid("Who comes in needs steps to go.", pointer="/entry", next_step="Add a step that sends.")
    if one.whose == "owners" and entry.on in ("visit_completed", "registered", "birthday"):
        raise Invalid("Owners come in by a rule or a list.", pointer="/entry/on")
    if entry.on == "rule" and entry.again == "always":
        raise Invalid(
            "A rule goes on being fulfilled.", pointer="/entry/again", next_step="Say after how many days, or never."
        )
    if entry.on == "rule" and one.audience_id is None and one.rule.field is None and one.rule.match is None:
        raise Invalid("By this rule everybody comes in.", pointer="/rule", next_step="Say whom it names.")
    if entry.on != "list_joined":
        if entry.list_id is not None:
            raise Invalid("A list counts for list_joined.", pointer="/entry/listId", next_step="Leave it out.")
        return
    if entry.list_id is None:
        raise Invalid("Say which list.", pointer="/entry/listId")
    found = await store_audiences.audience(tx, entry.list_id, lock=False)
    if found is None or found.kind != "list" or found.whose != one.whose or found.archived_at is not None:
        raise Invalid(f"There is no such list of {one.whose}.", pointer="/entry/listId", next_step="Choose another.")
    if one.hospital_id is not None and found.hospital_id not in (None, one.hospital_id):
        raise Invalid("This list is another hospital's.", pointer="/entry/listId", next_step="Choose another.")


def messages_of(one: Campaign) -> list[tuple[str, Campaign]]:
    """How it speaks, each with where in a request that is said: in each step that sends, or as a simple one does."""
    if not one.steps:
        return versions(one)
    sends = [place for place in places(one.steps).values() if place.step.kind == "send"]
    return [(place.pointer, _said_by(one, place.step)) for place in sends]


def saying_at(one: Campaign, step: str, known: dict[str, Place] | None = None) -> Campaign:
    """The campaign as that step says it; '' is a simple one's."""
    return _said_by(one, (known or places(one.steps))[step].step) if step else one


def _said_by(one: Campaign, step: Step) -> Campaign:
    return msgspec.structs.replace(
        one,
        message=(step.message or "").strip(),
        template_key=step.template_key,
        subject=step.subject.strip() or one.subject,
        channels=list(dict.fromkeys(step.channels)) if step.channels else one.channels,
        channel_choice=step.channel_choice or one.channel_choice,
    )


async def figures(tx: Tx, *, found: Campaign) -> JourneyFigures:
    """How many came to each step and stand there, what came of what it sent, and how many are on their way."""
    days = found.attribution_days if found.whose == "patients" else 0
    items = await store_journeys.figures(tx, campaign_id=found.id, steps=list(places(found.steps)), days=days)
    states = await store_journeys.states(tx, campaign_id=found.id)
    names = ("going", "reached_goal", "finished", "left", "control", "cancelled")
    return JourneyFigures(items=items, **{name: states.get(name, 0) for name in names})
