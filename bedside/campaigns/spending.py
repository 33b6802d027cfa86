"""How a campaign keeps to its budget: no line is handed on that is expected to take more than is left, and where none
fits any more the campaign pauses by itself and says why.

Whoever hands lines on holds the campaign's row (`store_ledger.at_work`), so of two workers one counts after the other.
"""

from collections.abc import Sequence
from decimal import Decimal

from bedside.campaigns import budget, store_budget, store_campaigns
from bedside.campaigns.asking import ask_somebody
from bedside.campaigns.campaigns import tell
from bedside.campaigns.costing import parts_of
from bedside.campaigns.model import Campaign, CampaignStatus
from bedside.campaigns.personal import Saying
from bedside.campaigns.store_budget import Priced
from bedside.campaigns.store_ledger import Waiting
from bedside.event_log import SYSTEM
from bedside.kit.database import Tx
from bedside.kit.money import amount_text, exact_text, rounded
from bedside.message_templates import Channel


def within(left: Decimal, prices: Sequence[Decimal | None]) -> int:
    """How many of these, in order, fit into what is left; one whose price is not known does not."""
    for number, price in enumerate(prices):
        if price is None or price > left:
            return number
        left -= price
    return len(prices)


async def fitting(tx: Tx, campaign: Campaign, said: Saying, lines: list[Waiting]) -> list[Waiting]:
    """As many of the lines, in order, as the budget still takes; the campaign is paused where that is none."""
    if campaign.budget is None or campaign.budget_currency is None or not lines:
        return lines
    limit, currency = Decimal(campaign.budget), campaign.budget_currency
    averages = await budget.averages(tx, currency=currency, channels=list(Channel))
    found = {(one.person_id, one.channel): one for one in await _prices_of(tx, campaign, lines)}
    prices = [
        _price(said, found.get((one.person_id, str(one.channel))), currency=currency, averages=averages)
        for one in lines
    ]  # fmt: skip
    stands = await store_budget.standing(tx, campaign.id)
    taken, counted = stands.taken, False
    if not stands.fresh or within(limit - taken, prices) < len(lines):
        parts = max([parts_of(said, Channel.SMS, spoken) for spoken in said.languages(Channel.SMS)], default=1)
        taken = await store_budget.count(tx, campaign.id, currency=currency, parts=parts, averages=averages)
        counted = True
    number = within(limit - taken, prices)
    handed = sum((one for one in prices[:number] if one is not None), Decimal(0))
    await store_budget.note(tx, campaign.id, taken=taken + handed, counted=counted)
    if number == 0:
        await _pause(tx, campaign, taken=taken, next_price=prices[0])
    return lines[:number]


async def _prices_of(tx: Tx, campaign: Campaign, lines: list[Waiting]) -> list[Priced]:
    return await store_budget.prices_of(tx, campaign, people=[one.person_id for one in lines])


def _price(said: Saying, one: Priced | None, *, currency: str, averages: dict[str, Decimal]) -> Decimal | None:
    """What a message is expected to take; None where that is not known in the budget's currency."""
    if one is None:
        return None
    each = one.price if one.currency == currency else None
    if one.currency is None:
        each = averages.get(one.channel)
    return None if each is None else each * parts_of(said, Channel(one.channel), one.language)


async def _pause(tx: Tx, campaign: Campaign, *, taken: Decimal, next_price: Decimal | None) -> None:
    currency = str(campaign.budget_currency)
    out = amount_text(rounded(taken, currency), currency)
    because = (
        f"What the next message costs in {currency} is not known, so the budget cannot be kept."
        if next_price is None
        else f"The budget of {campaign.budget} {currency} is used up: {out} went out, and the next message is "
        f"expected to cost {exact_text(next_price)}."
    )
    await store_campaigns.set_status(tx, campaign.id, CampaignStatus.PAUSED, because=because, ended=False)
    await tell(tx, campaign, "paused", actor=SYSTEM)
    await ask_somebody(
        tx,
        campaign,
        key="campaign-budget",
        title=f"The campaign “{campaign.name}” has used up its budget",
        details=f"{because} Raise the budget and resume it, or cancel it.",
    )
