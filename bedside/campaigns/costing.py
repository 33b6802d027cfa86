"""What a campaign costs: afterwards by what providers took, before by prices times the parts of its words."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from bedside.accounts import SignedIn
from bedside.campaigns import campaigns, personal, store_cost
from bedside.campaigns.journeys import messages_of
from bedside.campaigns.model import Campaign, NewCampaign
from bedside.campaigns.money_model import Basis, Cost, CostLine, Estimate, EstimateLine, Sum
from bedside.campaigns.personal import Saying
from bedside.campaigns.store_cost import Paid, Taken
from bedside.campaigns.whom import people_of
from bedside.kit.database import Tx
from bedside.kit.money import amount_text, exact_text, rounded
from bedside.message_templates import Channel, MissingVariable, NoVersion, TemplateFault, sms_length

NOTHING = Decimal(0)
_Key = tuple[str, Basis, str | None]
_Added = tuple[int, int, Decimal]


def sums(amounts: Iterable[tuple[str | None, Decimal]]) -> list[Sum]:
    """Amounts added up, each currency for itself and rounded once, at the end."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in amounts:
        if currency is not None:
            found[currency] += amount
    return [
        Sum(currency=currency, exact=exact_text(total), amount=amount_text(rounded(total, currency), currency))
        for currency, total in sorted(found.items())
    ]


def cost_of(campaign_id: int, found: list[Taken]) -> Cost:
    """What was taken, as one reads it."""
    return Cost(
        campaign_id=campaign_id,
        lines=[
            CostLine(
                channel=Channel(one.channel), currency=one.currency, messages=one.messages, parts=one.parts,
                priced=one.priced, cost=exact_text(one.cost), not_yet_known=one.not_yet_known,
                none_came=one.none_came, never_told=one.never_told, free=one.free,
                expected=None if one.expected is None else exact_text(one.expected),
            )
            for one in found
        ],
        told=sums((one.currency, one.cost) for one in found if one.priced),
        totals=sums((one.currency, one.cost + (one.expected or NOTHING)) for one in found),
        complete=not any(one.unlisted for one in found),
    )  # fmt: skip


async def cost(tx: Tx, *, campaign_id: int, user: SignedIn) -> Cost:
    """What a campaign has cost so far. Raises NoSuchCampaign (404)."""
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=user)
    return cost_of(found.id, await store_cost.taken(tx, campaign_ids=[found.id]))


async def estimate_new(tx: Tx, *, new: NewCampaign, user: SignedIn) -> Estimate:
    """What a campaign would cost that is not kept yet. Raises as campaigns.check_new."""
    return await estimate(tx, await campaigns.check_new(tx, new=new, user=user))


async def estimate(tx: Tx, campaign: Campaign) -> Estimate:
    """What a campaign would cost if it were sent now. Of a control group, which is drawn as it starts, its share is
    taken off. Of several versions the longest counts."""
    paid = await store_cost.paid_of_late(tx, channels=[str(one) for one in Channel])
    average = {one.channel: one for one in reversed(paid)}
    added: dict[_Key, _Added] = {}
    messages = [one for _, one in messages_of(campaign)]
    for said in [[one] for one in messages] if campaign.steps else [messages]:
        await _add(tx, said, added, average=average)
    lines = [
        EstimateLine(
            channel=Channel(channel), basis=basis, currency=currency, people=people, parts=parts,
            cost=exact_text(total) if currency is not None else None,
        )
        for (channel, basis, currency), (people, parts, total) in sorted(
            added.items(), key=lambda one: (list(Channel).index(Channel(one[0][0])), one[0][1], one[0][2] or "")
        )
    ]  # fmt: skip
    return Estimate(
        messages=sum(one.people for one in lines),
        parts=sum(one.parts for one in lines),
        lines=lines,
        totals=sums((currency, total) for (_, _, currency), (_, _, total) in added.items()),
        not_known=sum(one.people for one in lines if one.basis == "not_known"),
        each_step_once=bool(campaign.steps),
    )


async def _add(tx: Tx, messages: list[Campaign], added: dict[_Key, _Added], *, average: dict[str, Paid]) -> None:
    """Adds what a message costs to everybody whom it goes to; of several versions the longest."""
    campaign = messages[0]
    named, values = await people_of(tx, campaign)
    sayings = [await personal.saying(tx, one) for one in messages]
    for group in await store_cost.written_to(tx, campaign, named=named, values=values):
        people = group.people - group.people * campaign.control_percent // 100
        longest = max(parts_of(said, Channel(group.channel), group.language) for said in sayings)
        parts = longest * people
        basis: Basis = "price_list"
        price, currency = group.price, group.currency
        if price is None and group.channel in average:
            basis, price, currency = "average_paid", average[group.channel].price, average[group.channel].currency
        elif price is None:
            basis = "free" if group.channel == Channel.EMAIL else "not_known"
        key = (group.channel, basis, currency)
        before = added.get(key, (0, 0, NOTHING))
        added[key] = (before[0] + people, before[1] + parts, before[2] + (price or NOTHING) * parts)


def parts_of(said: Saying, channel: Channel, language: str) -> int:
    """How many parts one message is charged as: of an SMS those of the text as it reads to somebody as they might be;
    one where it cannot be made, which is found elsewhere."""
    if channel is not Channel.SMS:
        return 1
    try:
        return max(1, sms_length(personal.example(said, channel, language).body).segments)
    except (MissingVariable, NoVersion, TemplateFault):
        return 1
