"""What becomes of a payout: approved by a second person, returned, discarded, paid, reversed, reviewed.

draft -> approved -> paid -> reversed; approved -> draft; draft -> discarded (RULES, Money 6 to 8). Who approves is
neither who made it nor who last changed it, administrators included: said here, and kept by a check constraint.
"""

from datetime import date, timedelta

from bedside.accounts import SignedIn, audit
from bedside.directory import hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.text import one_line
from bedside.kit.wire import given
from bedside.owners import PaymentMethod, payment_details
from bedside.payouts import journal, store_payouts, store_states
from bedside.payouts.drafting import event_of
from bedside.payouts.events import (
    PayoutApproved,
    PayoutDiscarded,
    PayoutPaid,
    PayoutReturned,
    PayoutReversed,
    PayoutReviewed,
)
from bedside.payouts.model import (
    FOLLOWS,
    METHOD_NEEDS,
    DetailsChanged,
    NoSuchPayout,
    NotAllowedNow,
    PaymentRefused,
    PayoutChanges,
    PayoutKind,
    PayoutStatus,
    TwoPeopleNeeded,
)
from bedside.payouts.months import month_of
from bedside.payouts.periods import refused_if_closed
from bedside.payouts.store_payouts import PayoutRow

# money goes to an account by these, so where it goes is pinned when it is approved
TO_ACCOUNT = frozenset({PaymentMethod.BANK_TRANSFER, PaymentMethod.MOBILE_WALLET})


async def approve(tx: Tx, *, payout_id: int, actor: Actor, expected_version: int | None = None) -> PayoutRow:
    """Approves a draft, as a second person. Raises NoSuchPayout (404), TwoPeopleNeeded (403), NotAllowedNow (409),
    PaymentRefused (422) where it is to be transferred and nobody knows where to, PeriodClosed (409)."""
    found = await _locked(tx, payout_id, actor, expected_version)
    _check_follows(found, PayoutStatus.APPROVED)
    approver = _person(actor, "approved")
    why = whose_own(found, approver)
    if why:
        raise TwoPeopleNeeded(why, next_step="Ask a colleague to look at it and approve it.")
    await _check_foundation(tx, found)
    details = await payment_details(tx, owner_id=found.owner_id, hospital_id=found.hospital_id)
    method = found.method or (details.method if details else None)
    if found.amount_minor and method in TO_ACCOUNT and (details is None or details.method != method):
        raise PaymentRefused(
            f"It is to be paid by {str(method).replace('_', ' ')}, but no such details of the owner are known.",
            pointer="/paymentMethod",
            next_step="Enter the owner's payment details, or choose another method for the draft.",
        )
    await store_states.approve(
        tx, payout_id=found.id, details_id=details.id if details else None, method=method, by_id=approver, by=actor.name
    )
    lines = await store_payouts.lines(tx, [found.id])
    async with refused_if_closed(tx):
        await journal.post_accrual(tx, found, lines, actor=actor)
    return await _done(tx, found, PayoutApproved, "approved", actor)


async def return_to_draft(tx: Tx, *, payout_id: int, actor: Actor, expected_version: int | None = None) -> PayoutRow:
    """Takes an approval back, with its posting. Raises NoSuchPayout (404), NotAllowedNow, PeriodClosed (409)."""
    found = await _locked(tx, payout_id, actor, expected_version)
    _check_follows(found, PayoutStatus.DRAFT)
    await _check_in_no_batch(tx, found)
    await store_states.return_to_draft(tx, payout_id=found.id)
    async with refused_if_closed(tx):
        await journal.post_reversal(tx, found, booked_in=found.period, actor=actor, kinds=["accrual"])
    return await _done(tx, found, PayoutReturned, "returned", actor)


async def discard(tx: Tx, *, payout_id: int, actor: Actor, expected_version: int | None = None) -> PayoutRow:
    """Gives a draft up: its number stays with it, and payments that it deducted are free again. Raises NoSuchPayout
    (404), NotAllowedNow (409)."""
    found = await _locked(tx, payout_id, actor, expected_version)
    _check_follows(found, PayoutStatus.DISCARDED)
    await _check_nothing_stands_on(tx, found)
    await store_states.discard(tx, payout_id=found.id, by=actor.name)
    await store_states.free_deducted(tx, found.id)
    return await _done(tx, found, PayoutDiscarded, "discarded", actor)


async def change_draft(
    tx: Tx, *, payout_id: int, changes: PayoutChanges, actor: Actor, expected_version: int | None = None
) -> PayoutRow:
    """Changes the note or the method of a draft; whoever did may not approve it. Raises NoSuchPayout (404),
    NotAllowedNow (409), PaymentRefused (422), Changed (412)."""
    found = await _locked(tx, payout_id, actor, expected_version)
    if found.status != PayoutStatus.DRAFT:
        raise NotAllowedNow(
            f"It is {found.status}: only a draft is changed.",
            next_step="Return it to draft first.",
            payoutStatus=found.status,
        )
    sent = given(changes)
    note = one_line(sent.get("note", found.note), pointer="/note", longest=1000, needed=False)
    method = sent.get("payment_method", found.method)
    method = None if method is None else check_method(method)
    if (note, method) == (found.note, found.method):
        return found  # nothing was changed, so nobody changed it
    by = {"by_kind": actor.kind, "by_id": actor.id, "by_name": actor.name}
    await store_states.change_draft(tx, payout_id=found.id, note=note, method=method, by=by)
    await audit(
        tx, actor=actor, action="payout.changed", subject="payout", subject_id=found.id,
        before={"note": found.note, "method": found.method}, after={"note": note, "method": method},
    )  # fmt: skip
    return await _row(tx, found.id)


async def pay(
    tx: Tx,
    *,
    payout_id: int,
    actor: Actor,
    payment_method: str | None = None,
    payment_reference: str = "",
    paid_on: date | None = None,
    expected_version: int | None = None,
) -> PayoutRow:
    """Marks an approved payout paid, posts it and tells of it once. One that comes to nothing is settled.

    Raises NoSuchPayout (404), NotAllowedNow (409), DetailsChanged (409) where the owner's account was changed since,
    PaymentRefused (422) for an unknown method or what it needs, PeriodClosed (409).
    """
    found = await _locked(tx, payout_id, actor, expected_version)
    _check_follows(found, PayoutStatus.PAID)
    place = await hospital(tx, found.hospital_id)
    today = tx.now.astimezone(place.zone).date()
    day = check_paid_on(paid_on or today, today=today)
    if found.amount_minor:
        method = check_method(payment_method or found.method)
        reference = check_needs(method, payment_reference)
        if method in TO_ACCOUNT:
            present = await payment_details(tx, owner_id=found.owner_id, hospital_id=found.hospital_id)
            if present is None and found.payment_details_id is None:
                raise PaymentRefused(
                    f"Nobody knows where to transfer it: {found.owner_name} has no payment details.",
                    pointer="/paymentMethod",
                    next_step="Enter them and have it approved again, or pay by check or in cash.",
                )
            if present is None or present.id != found.payment_details_id or present.method != method:
                raise DetailsChanged(
                    f"How {found.owner_name} is paid was changed since this was approved.",
                    next_step="Return it to draft, and have it approved again.",
                )
    else:
        method, reference = None, ""
    await store_states.pay(tx, payout_id=found.id, method=method, reference=reference, paid_on=day, by=actor.name)
    async with refused_if_closed(tx, pointer="/paidOn"):
        await journal.post_payment(tx, found, paid_on=day, actor=actor)
    return await _done(tx, found, PayoutPaid, "paid", actor, amount_minor=found.amount_minor)


async def reverse(
    tx: Tx, *, payout_id: int, reason: str, actor: Actor, expected_version: int | None = None
) -> PayoutRow:
    """Takes a payment back: mirrors every posting whole, once, and frees what it deducted; another revision may be
    drafted then. Raises NoSuchPayout (404), NotAllowedNow (409)."""
    found = await _locked(tx, payout_id, actor, expected_version)
    _check_follows(found, PayoutStatus.REVERSED)
    because = one_line(reason, pointer="/reason", longest=1000)
    await _check_nothing_stands_on(tx, found)
    if found.deducted_in is not None:
        by = await _row(tx, found.deducted_in)
        raise NotAllowedNow(
            f"{by.reference_number} deducts this payment.",
            next_step="Discard or reverse that one first.",
            payoutStatus=found.status,
            payoutId=by.id,
        )
    place = await hospital(tx, found.hospital_id)
    await store_states.reverse(tx, payout_id=found.id, reason=because, by=actor.name)
    await store_states.free_deducted(tx, found.id)
    async with refused_if_closed(tx):
        await journal.post_reversal(
            tx,
            found,
            booked_in=month_of(tx.now.astimezone(place.zone).date()),
            actor=actor,
            kinds=["accrual", "payment", "recorded_payment"],
        )
    return await _done(tx, found, PayoutReversed, "reversed", actor, reason=because)


async def review(tx: Tx, *, payout_id: int, actor: Actor) -> PayoutRow:
    """Notes that a second person looked at a payment made before it was written down. Raises NoSuchPayout (404),
    TwoPeopleNeeded (403), NotAllowedNow (409) for one that needs none."""
    found = await _locked(tx, payout_id, actor, None)
    if not found.paid_before or found.reviewed_at is not None or found.status != PayoutStatus.PAID:
        raise NotAllowedNow("Nobody needs to review this payout.", payoutStatus=found.status)
    reviewer = _person(actor, "reviewed")
    if found.created_by_kind == "staff" and found.created_by_id == reviewer:
        raise TwoPeopleNeeded("You wrote this payment down yourself.", next_step="Ask a colleague to review it.")
    await store_states.review(tx, payout_id=found.id, by_id=reviewer, by=actor.name)
    return await _done(tx, found, PayoutReviewed, "reviewed", actor)


def whose_own(payout: PayoutRow, staff_id: int) -> str:
    """Why somebody may not approve a payout: they made it, or changed it last; empty where they may. Pure."""
    if payout.created_by_kind == "staff" and payout.created_by_id == staff_id:
        return "You made this payout, so somebody else must approve it."
    if payout.changed_by_kind == "staff" and payout.changed_by_id == staff_id:
        return "You changed this payout last, so somebody else must approve it."
    return ""


def check_method(method: str | None, *, pointer: str = "/paymentMethod") -> PaymentMethod:
    """The method. Raises PaymentRefused (422) for none, and for one that there is not."""
    try:
        return PaymentMethod(method or "")
    except ValueError:
        raise PaymentRefused(
            f"“{method[:40]}” is no way of paying." if method else "Say how it is paid.",
            pointer=pointer,
            next_step="Use one of: " + ", ".join(PaymentMethod),
        ) from None


def check_needs(method: PaymentMethod, reference: str) -> str:
    """What is kept of a payment by this method. Raises PaymentRefused (422) where what it needs is missing."""
    kept = one_line(reference, pointer="/paymentReference", longest=100, needed=False)
    needs = METHOD_NEEDS[method]
    if needs and not kept:
        raise PaymentRefused(f"Give {needs}.", pointer="/paymentReference")
    return kept


def check_paid_on(day: date, *, today: date) -> date:
    """The day. Raises PaymentRefused (422) for one to come, or long ago."""
    if not date(2000, 1, 1) <= day <= today + timedelta(days=1):
        raise PaymentRefused("It was paid on a day that has been.", pointer="/paidOn", next_step="Check the year.")
    return day


def _check_follows(payout: PayoutRow, wanted: PayoutStatus) -> None:
    now = PayoutStatus(payout.status)
    if wanted not in FOLLOWS[now]:
        after = ", ".join(sorted(FOLLOWS[now])) or "nothing more"
        raise NotAllowedNow(
            f"This payout is {now}, so it cannot become {wanted}.",
            next_step=f"What can follow now: {after}.",
            payoutStatus=now,
        )


def _person(actor: Actor, done: str) -> int:
    """The id of the member of staff who acts. Raises TwoPeopleNeeded (403) for a machine or a script."""
    if actor.kind != "staff" or actor.id is None:
        raise TwoPeopleNeeded(
            f"A payout is {done} by a person: a token of a script or a machine does not say who that was.",
            next_step="Sign in as yourself.",
        )
    return actor.id


async def _check_foundation(tx: Tx, payout: PayoutRow) -> None:
    """Raises NotAllowedNow (409) where what was brought forward no longer stands."""
    before = payout.inputs.get("before") if payout.kind == PayoutKind.SHARE else None
    if not before or not before.get("carriedMinor"):
        return
    first = await _row(tx, before["payoutId"])
    if first.status == PayoutStatus.DRAFT:
        raise NotAllowedNow(
            f"It brings forward what {first.reference_number} carries, which is a draft itself.",
            next_step="Approve that one first.",
            payoutStatus=payout.status,
        )
    if first.status in (PayoutStatus.DISCARDED, PayoutStatus.REVERSED):
        raise NotAllowedNow(
            f"It brings forward what {first.reference_number} carried, which is {first.status}.",
            next_step="Discard this draft and draft it anew.",
            payoutStatus=payout.status,
        )


async def _check_nothing_stands_on(tx: Tx, payout: PayoutRow) -> None:
    """Raises NotAllowedNow (409) where a later payout brought forward what this one carried."""
    later = await store_states.brought_forward_from(tx, payout.id)
    if later:
        raise NotAllowedNow(
            f"{', '.join(later)} brought forward what this payout carries.",
            next_step="Discard or reverse the later one first.",
            payoutStatus=payout.status,
        )


async def _check_in_no_batch(tx: Tx, payout: PayoutRow) -> None:
    batch_id = await store_states.batch_of(tx, payout.id)
    if batch_id is not None:
        raise NotAllowedNow(
            f"It stands in the bank file {batch_id}.",
            next_step="Take it out of that file, or discard the file, first.",
            payoutStatus=payout.status,
            batchId=batch_id,
        )


async def _locked(tx: Tx, payout_id: int, actor: Actor, expected_version: int | None) -> PayoutRow:
    found = await store_payouts.lock_payout(tx, payout_id)
    if found is None or (isinstance(actor, SignedIn) and not actor.works_at(found.hospital_id)):
        raise NoSuchPayout("There is no such payout.", next_step="Look it up in the list of payouts.")
    check_version(expected=expected_version, actual=found.version)
    return found


async def _row(tx: Tx, payout_id: int) -> PayoutRow:
    found = await store_payouts.payout(tx, payout_id)
    if found is None:
        raise LookupError(f"payout {payout_id} was there a moment ago")
    return found


async def _done(tx: Tx, before: PayoutRow, kind: type, how: str, actor: Actor, **more: object) -> PayoutRow:
    after = await _row(tx, before.id)
    await audit(
        tx, actor=actor, action=f"payout.{how}", subject="payout", subject_id=after.id,
        before={"status": before.status}, after={"status": after.status, "amount": after.amount_minor} | more,
    )  # fmt: skip
    await record(tx, event_of(kind, after, **more), actor=actor)
    return after
