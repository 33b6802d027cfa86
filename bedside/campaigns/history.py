"""Campaigns of a time before the worker went on with them: for the demonstration. What the worker's loops do is done
here at the time that the transaction is dated, for some thousand people at most; what is queued leaves by
`messaging.history.let_leave`."""

from bedside.campaigns import store_audiences, store_campaigns, store_entries, words
from bedside.campaigns.approving import submit
from bedside.campaigns.audience_model import Audience, NewAudience
from bedside.campaigns.audiences import add as add_audience
from bedside.campaigns.campaigns import ABOUT, launch
from bedside.campaigns.campaigns import add as add_campaign
from bedside.campaigns.entering import EVERY, SWEEP_PIECE, enter
from bedside.campaigns.journey_model import Step
from bedside.campaigns.model import Campaign, NewCampaign, NoSuchCampaign
from bedside.campaigns.money import put_value
from bedside.campaigns.money_model import ValueGiven
from bedside.campaigns.recipes import use as use_recipe
from bedside.campaigns.rules import Rule
from bedside.campaigns.sending import HAND_ON, all_gone, freeze, hand_on
from bedside.campaigns.split_model import Variant
from bedside.campaigns.store_words import Holder
from bedside.campaigns.walking import WALK
from bedside.campaigns.walking import go_on as walk_on
from bedside.kit.database import Tx
from bedside.kit.http.paging import LARGEST_PAGE
from bedside.message_templates import Channel
from bedside.messaging import PersonRef, ask_for_news

__all__ = [
    "ABOUT", "Audience", "Campaign", "NewAudience", "NewCampaign", "Rule", "Step", "ValueGiven",
    "Variant", "add_audience", "add_campaign", "all_are_written_to", "control_group", "hand_over", "join_by_word",
    "launch", "list_of", "put_value", "submit", "use_recipe", "walk",
]  # fmt: skip


async def hand_over(tx: Tx, *, campaign_id: int) -> None:
    """Freezes whom a launched campaign is for, once, and hands on to the queue whoever is due."""
    found = await _campaign(tx, campaign_id)
    if found.frozen_at is None and found.entry is None:
        await freeze(tx, found, after=0, beside=None)
    while await hand_on(tx, found, limit=HAND_ON):
        pass


async def all_are_written_to(tx: Tx, *, campaign_id: int) -> Campaign:
    """What comes when all messages of a campaign have left: the versions are waited for, decided on, and the rest let
    go, or it has ended. Gives it as it stands then."""
    await all_gone(tx, await _campaign(tx, campaign_id))
    return await _campaign(tx, campaign_id)


async def walk(tx: Tx, *, campaign_id: int) -> None:
    """Lets in whoever comes into a campaign of several steps, has everybody who is due go on, and hands on to the queue
    what their steps send."""
    found = await _campaign(tx, campaign_id)
    if found.entry is not None and found.entry.on in EVERY:
        await enter(tx, found, after=0, piece=SWEEP_PIECE)
    elif found.entry is None and found.frozen_at is None:
        await freeze(tx, found, after=0, beside=None)
    while due := await store_entries.due(tx, found.id, limit=WALK):
        await walk_on(tx, found, due)
    while await hand_on(tx, found, limit=HAND_ON):
        pass


async def join_by_word(
    tx: Tx, *, joined: Audience, patient_id: int, name: str, language: str, phone: str, word: str
) -> None:
    """A patient texts the word of a list: they want its news by SMS, and are on it."""
    who = Holder(id=patient_id, name=name, language=language, hospital_id=joined.hospital_id, is_child=False)
    said = f"“{word}”, to join “{joined.name}”"
    person = PersonRef(id=patient_id)
    await ask_for_news(
        tx, person=person, channel=Channel.SMS, address=phone, how=f"wrote {word}", words=said, afresh=True
    )
    await words.put_on(tx, joined.id, joined.hospital_id, who, how="word")


async def list_of(tx: Tx, *, campaign_id: int) -> Audience:
    """The list by which people come into a campaign that stands. Raises LookupError for one that has none."""
    entry = (await _campaign(tx, campaign_id)).entry
    found = None
    if entry is not None and entry.list_id is not None:
        found = await store_audiences.audience(tx, entry.list_id)
    if found is None:
        raise LookupError(f"campaign {campaign_id} is joined by no list")
    return found


async def control_group(tx: Tx, *, campaign_id: int) -> list[int]:
    """Those whom a campaign held back to be compared with, two hundred at most."""
    filters = {"campaign_id": campaign_id, "state": ["control"]}
    page = await store_campaigns.RECIPIENTS.page(tx, filters=filters, limit=LARGEST_PAGE, whose="patients")
    return sorted({one.person_id for one in page.items})


async def _campaign(tx: Tx, campaign_id: int) -> Campaign:
    found = await store_campaigns.campaign(tx, campaign_id)
    if found is None:
        raise NoSuchCampaign("There is no such campaign.")
    return found
