"""The dashboard's owners and payouts, for who may see something of them."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bedside.accounts import Permission, SignedIn
from bedside.analytics import store_owners as store
from bedside.analytics.model_owners import OwnerFigures, PayoutFigures, Sum
from bedside.kit.database import Tx


def sees_owners(user: SignedIn) -> bool:
    """Whether any part of it is theirs to see."""
    wanted = (Permission.PAYOUTS_READ, Permission.CONTRACTS_READ, Permission.SATISFACTION_READ)
    return any(user.may(permission) for permission in wanted)


def month_before(today: date) -> tuple[date, date]:
    """The first and the last day of the last whole month. Pure."""
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


async def owner_figures(tx: Tx, *, user: SignedIn, zone: ZoneInfo, hospitals: list[int] | None) -> OwnerFigures | None:
    """Owners and payouts of these hospitals (None: all); None for whom no part of it is. `zone`: whose day is today."""
    if not sees_owners(user):
        return None
    today = tx.now.astimezone(zone).date()
    month = month_before(today)
    found = await store.owners(
        tx,
        hospitals=hospitals,
        today=today,
        month=month,
        payouts=user.may(Permission.PAYOUTS_READ),
        contracts=user.may(Permission.CONTRACTS_READ),
        satisfaction=user.may(Permission.SATISFACTION_READ),
    )
    return OwnerFigures(
        payouts=None if found.sums is None else _payouts(found.sums, month[0]),
        contracts=found.contracts,
        satisfaction=found.satisfaction,
    )


def _payouts(rows: list[store.SumRow], month: date) -> PayoutFigures:
    def of(state: str) -> list[Sum]:
        return [Sum.of(one.currency, one.payouts, one.amount_minor) for one in rows if one.state == state]

    return PayoutFigures(
        owed=of("owed"),
        to_approve=of("to_approve"),
        to_review=of("to_review"),
        paid_last_month=of("paid_last_month"),
        last_month=month,
    )
