"""What notes, tags, custom fields and tasks may be about here: a payout."""

from bedside.accounts import Permission, SignedIn
from bedside.follow_ups import Subject
from bedside.kit.database import Tx
from bedside.payouts.model import NoSuchPayout
from bedside.payouts.reading import seen_payout
from bedside.payouts.store_pages import payout_names


async def _may_see(tx: Tx, payout_id: int, user: SignedIn) -> bool:
    try:
        await seen_payout(tx, payout_id=payout_id, user=user)
    except NoSuchPayout:
        return False
    return True


PAYOUT_SUBJECT = Subject(
    label="Payout", seen_with=Permission.PAYOUTS_READ, page="/payouts/{id}", names=payout_names, may_see=_may_see
)
