"""What a visit is assumed to be worth that a new campaign's people book: as it says itself, or as its hospital does."""

from bedside.campaigns import store_values
from bedside.campaigns.model import Campaign, NewCampaign
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.money import check_currency, exponent, minor_units


def read(new: NewCampaign) -> tuple[int, str] | None:
    """The worth that a new campaign is given, in minor units, and its currency; None where it is given none. Raises
    Invalid (422) for an amount without currency, or none at all."""
    if new.visit_worth is None:
        return None
    if new.visit_worth_currency is None:
        raise Invalid("An amount needs its currency.", pointer="/visitWorthCurrency", next_step="Such as USD.")
    currency = check_currency(new.visit_worth_currency, pointer="/visitWorthCurrency")
    return minor_units(new.visit_worth, currency, pointer="/visitWorth"), currency


async def keep(tx: Tx, made: Campaign, *, new: NewCampaign) -> None:
    """Keeps it; where the campaign is given none, what its hospital's settings say. Owners book no visits."""
    if (said := read(new)) is not None:
        minor, currency = said
        await store_values.keep(
            tx, made.id, minor=minor, currency=currency, exponent=exponent(currency), by=made.created_by_name
        )
    elif made.whose == "patients":
        await store_values.take_the_hospitals(tx, made.id, hospital_id=made.hospital_id)
