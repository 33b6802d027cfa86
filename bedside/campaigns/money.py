"""What staff say of a campaign's money: what it may cost, and what a visit is assumed to be worth."""

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.campaigns import budget, store_values
from bedside.campaigns.campaigns import campaign, tell
from bedside.campaigns.model import Campaign, CampaignStands, CampaignStatus
from bedside.campaigns.money_model import Budget, Value, ValueGiven
from bedside.kit.database import Tx
from bedside.kit.http.problems import Forbidden, Invalid
from bedside.kit.money import amount_text, check_currency, exponent, minor_units

_ENDED = (CampaignStatus.COMPLETED, CampaignStatus.CANCELLED, CampaignStatus.FAILED)


async def put_budget(tx: Tx, *, campaign_id: int, given: Budget, user: SignedIn) -> Campaign:
    """Sets what a campaign may cost, while it sends too; one that paused for want of money goes on when it is resumed.

    Raises NoSuchCampaign (404), CampaignStands (409) for one that has ended, Invalid (422) for an amount that is none,
    PriceNotKnown (422) where a budget cannot be kept."""
    found = await _theirs(tx, campaign_id, user)
    if found.status in _ENDED:
        raise CampaignStands(
            f"The campaign is {found.status}, so nothing more is spent.", next_step="Look at it again."
        )
    amount, currency = budget.read(given.budget, given.budget_currency)
    await budget.check(tx, msgspec.structs.replace(found, budget=amount, budget_currency=currency))
    await budget.keep(tx, found.id, budget=amount, currency=currency)
    changed = await campaign(tx, campaign_id=found.id, user=user)
    await tell(tx, changed, "changed", actor=user)
    await audit(
        tx, actor=user, action="campaign.budget_set", subject="campaign", subject_id=found.id, before=found,
        after=changed,
    )  # fmt: skip
    return changed


async def put_value(tx: Tx, *, campaign_id: int, given: ValueGiven, user: SignedIn) -> Value | None:
    """Keeps what a visit is assumed to be worth; None where nothing is assumed any more. Raises NoSuchCampaign (404),
    Invalid (422) for an amount or a currency that is none."""
    found = await _theirs(tx, campaign_id, user)
    kept: Value | None = None
    if given.amount is None:
        await store_values.drop(tx, found.id)
    else:
        if given.currency is None:
            raise Invalid("An amount needs its currency.", pointer="/currency", next_step="Such as USD.")
        currency = check_currency(given.currency)
        minor = minor_units(given.amount, currency)
        await store_values.keep(tx, found.id, minor=minor, currency=currency, exponent=exponent(currency), by=user.name)
        kept = Value(
            amount=amount_text(minor, currency), currency=currency, said_by_name=user.name, said_at=tx.now
        )  # fmt: skip
    await tell(tx, found, "changed", actor=user)
    await audit(tx, actor=user, action="campaign.value_set", subject="campaign", subject_id=found.id, after=kept or {})
    return kept


async def _theirs(tx: Tx, campaign_id: int, user: SignedIn) -> Campaign:
    found = await campaign(tx, campaign_id=campaign_id, user=user, lock=True)
    if found.hospital_id is None and user.hospital_ids is not None:
        raise Forbidden("This campaign is the whole group's.", next_step="Ask an administrator of every hospital.")
    return found
