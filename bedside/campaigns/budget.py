"""What a campaign may cost: what is given as a budget, and whether it can be kept."""

from decimal import Decimal

from bedside.campaigns import store_budget, store_cost
from bedside.campaigns.journeys import messages_of
from bedside.campaigns.model import Campaign
from bedside.campaigns.money_model import PriceNotKnown
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.money import AmountIn, amount_text, check_currency, exponent, minor_units
from bedside.message_templates import Channel

NAMES = {Channel.SMS: "SMS", Channel.WHATSAPP: "WhatsApp messages", Channel.EMAIL: "mail"}
PUT_A_PRICE = "Put a price under Settings, Channels, Prices of messages, or leave the budget out."


def read(budget: AmountIn | None, currency: str | None) -> tuple[str | None, str | None]:
    """A budget as it was given, as it is kept. Raises Invalid (422) for an amount without currency, or none at all."""
    if budget is None:
        return None, None
    if currency is None:
        raise Invalid("A budget needs its currency.", pointer="/budgetCurrency", next_step="Such as USD.")
    check_currency(currency, pointer="/budgetCurrency")
    return amount_text(minor_units(budget, currency, pointer="/budget"), currency), currency


async def keep(tx: Tx, campaign_id: int, *, budget: str | None, currency: str | None) -> None:
    """Keeps a budget that was read."""
    if budget is None or currency is None:
        await store_budget.keep(tx, campaign_id, minor=None, currency=None, exponent=None)
    else:
        minor = minor_units(budget, currency)
        await store_budget.keep(tx, campaign_id, minor=minor, currency=currency, exponent=exponent(currency))


async def averages(tx: Tx, *, currency: str, channels: list[Channel]) -> dict[str, Decimal]:
    """What was paid of late in a currency, by channel; mail costs nothing."""
    paid = await store_cost.paid_of_late(tx, channels=[str(one) for one in channels])
    free = {str(Channel.EMAIL): Decimal(0)} if Channel.EMAIL in channels else {}
    return free | {one.channel: one.price for one in paid if one.currency == currency}


async def check(tx: Tx, campaign: Campaign) -> None:
    """Raises PriceNotKnown (422) where a budget cannot be kept: of some channel there is no price for every number, or
    one in another currency, and nothing is added across currencies."""
    if campaign.budget is None or campaign.budget_currency is None:
        return
    currency = campaign.budget_currency
    channels = sorted({channel for _, message in messages_of(campaign) for channel in message.channels})
    known = await averages(tx, currency=currency, channels=channels)
    prices = await store_budget.prices_today(tx, channels=[str(one) for one in channels])
    for channel in channels:
        listed = [one for one in prices if one.channel == channel]
        if other := next((one for one in listed if one.currency != currency), None):
            whom = f" to +{other.calling_code}" if other.calling_code else ""
            raise PriceNotKnown(
                f"The price of {NAMES[channel]}{whom} is in {other.currency}; a budget in {currency} cannot count it.",
                pointer="/budgetCurrency",
                next_step=f"Give the budget in {other.currency}, or put that price in {currency}.",
            )
        if channel not in known and not any(one.calling_code == "" for one in listed):
            raise PriceNotKnown(
                f"What {NAMES[channel]} cost in {currency} is not known, so no budget can be kept.",
                pointer="/budget",
                next_step=PUT_A_PRICE,
            )
