"""What notes and tasks may be about here: a payout."""

from bedside.accounts import Permission
from bedside.follow_ups import Subject
from bedside.payouts.store_pages import payout_names

PAYOUT_SUBJECT = Subject(label="Payout", seen_with=Permission.PAYOUTS_READ, page="/payouts/{id}", names=payout_names)
