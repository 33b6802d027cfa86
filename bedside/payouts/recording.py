"""Writing payouts down by hand: payments already made, and drafts of an amount that staff set."""

from datetime import date
from typing import Any

from bedside.accounts import Permission, SignedIn, audit
from bedside.contracts import Contract, contract, seen_contract
from bedside.directory import Hospital, hospital, hospitals
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.problems import Forbidden, Invalid
from bedside.kit.money import check_currency, minor_units
from bedside.kit.text import one_line
from bedside.owners import NoSuchOwner, Owner, owner, payment_details, seen_owner
from bedside.payouts import drafting, journal, store_payouts
from bedside.payouts.calculating import Line
from bedside.payouts.drafting import check_reference, event_of, payout_exists, reference_taken
from bedside.payouts.events import PayoutDrafted, PayoutPaid
from bedside.payouts.model import NewPayout, PayoutKind, PayoutStatus, PeriodUnreadable, WrongCurrency
from bedside.payouts.months import month_of, month_words, read_month
from bedside.payouts.periods import check_open, refused_if_closed
from bedside.payouts.states import check_method, check_needs, check_paid_on
from bedside.payouts.store_payouts import PayoutRow


async def write_down(tx: Tx, *, owner_id: int, new: NewPayout, actor: Actor) -> PayoutRow:
    """Writes a payout down in one of its three forms (NewPayout). A payment already made needs its own permission.

    Raises NoSuchOwner, NoSuchContract (404), Forbidden (403), Invalid (422) with pointers, ReferenceTaken, PayoutExists
    PeriodClosed or NothingAgreed (409).
    """
    whose = await _owner(tx, owner_id, actor)
    under = await _contract(tx, new, whose, actor)
    place = await _place(tx, new, whose, under, actor)
    period = read_month(new.period, locale=place.locale)
    if period > month_of(tx.now.astimezone(place.zone).date()):
        raise PeriodUnreadable(
            f"{month_words(period)} has not begun.", pointer="/period", next_step="Name a month that has been."
        )
    if new.reference_number is not None:
        return await _record_payment(tx, new, whose, under, place, period, actor)
    if new.amount is not None:
        return await _draft_amount(tx, new, whose, under, place, period, actor)
    if under is None:
        raise Invalid(
            "Without an amount, name the contract that it follows from.",
            pointer="/contractId",
            next_step="Send a contractId, or an amount.",
        )
    await check_open(tx, hospital_id=place.id, period=period)
    note = one_line(new.note, pointer="/note", longest=1000, needed=False)
    return await drafting.draft_one(tx, contract_id=under.id, owner_id=whose.id, period=period, actor=actor, note=note)


async def _record_payment(
    tx: Tx, new: NewPayout, whose: Owner, under: Contract | None, place: Hospital, period: date, actor: Actor
) -> PayoutRow:
    """A payment made before it was written down: paid at once, and marked until a second person reviewed it."""
    if isinstance(actor, SignedIn) and not actor.may(Permission.PAYOUTS_RECORD):
        raise Forbidden(
            "Your role may not write down payments that were already made.",
            next_step="Leave the reference number out to make a draft, or ask somebody who may.",
        )
    reference = one_line(new.reference_number or "", pointer="/referenceNumber", longest=64)
    if new.amount is None:
        raise Invalid("A payment that was made has an amount.", pointer="/amount")
    currency = _currency(new, under, place)
    amount = minor_units(new.amount, currency)
    method = check_method(new.payment_method)
    # what the method needs may have been forgotten by now: the reference itself says which payment it was
    kept = check_needs(method, new.payment_reference or reference)
    today = tx.now.astimezone(place.zone).date()
    paid_on = check_paid_on(new.paid_on or today, today=today)
    await check_open(tx, hospital_id=place.id, period=period)
    await check_reference(tx, reference)
    details = await payment_details(tx, owner_id=whose.id, hospital_id=place.id)
    row = await _row(tx, new, whose, under, place, period, currency, amount, actor) | {
        "reference_number": reference,
        "kind": PayoutKind.SHARE if under else PayoutKind.RECORDED,
        "paid_before": True,
        "status": PayoutStatus.PAID,
        "method": method,
        "payment_details_id": details.id if details and details.method == method else None,
        "payment_reference": kept if kept != reference else "",
        "paid_on": paid_on,
    }
    made = await _insert(tx, row, f"Payment made on {paid_on:%Y-%m-%d}", under, whose, period, currency)
    async with refused_if_closed(tx, pointer="/paidOn"):
        if under is None:
            await journal.post_recorded(tx, made, booked_in=month_of(paid_on), actor=actor)
        else:
            await journal.post_accrual(tx, made, await store_payouts.lines(tx, [made.id]), actor=actor)
            await journal.post_payment(tx, made, paid_on=paid_on, actor=actor)
    await audit(
        tx, actor=actor, action="payout.recorded", subject="payout", subject_id=made.id,
        after={"reference": reference, "amount": amount, "currency": currency, "method": method},
    )  # fmt: skip
    await record(tx, event_of(PayoutPaid, made, amount_minor=amount), actor=actor)
    return made


async def _draft_amount(
    tx: Tx, new: NewPayout, whose: Owner, under: Contract | None, place: Hospital, period: date, actor: Actor
) -> PayoutRow:
    """A draft of an amount that staff set: approved and paid as any other."""
    currency = _currency(new, under, place)
    amount = minor_units(new.amount or "", currency)
    await check_open(tx, hospital_id=place.id, period=period)
    details = await payment_details(tx, owner_id=whose.id, hospital_id=place.id)
    method = check_method(new.payment_method) if new.payment_method else (details.method if details else None)
    row = await _row(tx, new, whose, under, place, period, currency, amount, actor) | {
        "reference_number": await drafting.reference_number(tx, place),
        "kind": PayoutKind.MANUAL,
        "paid_before": False,
        "status": PayoutStatus.DRAFT,
        "method": method,
        "payment_details_id": None,
        "payment_reference": "",
        "paid_on": None,
    }
    made = await _insert(tx, row, new.note or "Amount set by hand", under, whose, period, currency)
    await audit(
        tx, actor=actor, action="payout.drafted", subject="payout", subject_id=made.id,
        after={"amount": amount, "currency": currency},
    )  # fmt: skip
    await record(tx, event_of(PayoutDrafted, made), actor=actor)
    return made


async def _insert(
    tx: Tx, row: dict[str, Any], words: str, under: Contract | None, whose: Owner, period: date, currency: str
) -> PayoutRow:
    """Writes the payout and its one line. Whoever was quicker with the same reference or month is named."""
    async with refused_if_closed(tx):
        payout_id = await store_payouts.insert_payout(tx, row)
    if payout_id is None:
        there = await store_payouts.payout_by_reference(tx, row["reference_number"])
        if there is not None:
            raise reference_taken(there)
        in_force = await store_payouts.in_force(
            tx, contract_id=under.id if under else 0, owner_id=whose.id, period=period, currency=currency
        )
        raise payout_exists(in_force or 0, period)
    await store_payouts.insert_lines(
        tx, payout_id, [Line(kind="stated", description=words[:300], amount_minor=row["amount_minor"])]
    )
    made = await store_payouts.payout(tx, payout_id)
    if made is None:
        raise LookupError(f"payout {payout_id} was there a moment ago")
    return made


async def _row(
    tx: Tx,
    new: NewPayout,
    whose: Owner,
    under: Contract | None,
    place: Hospital,
    period: date,
    currency: str,
    amount: int,
    actor: Actor,
) -> dict[str, Any]:
    revision = 1
    if under is not None and new.reference_number is not None:
        about = {"contract_id": under.id, "owner_id": whose.id}
        revision = await store_payouts.next_revision(tx, **about, period=period, currency=currency)
    return {
        "hospital_id": place.id,
        "owner_id": whose.id,
        "contract_id": under.id if under else None,
        "period": period,
        "currency": currency,
        "revision": revision,
        "amount_minor": amount,
        "note": one_line(new.note, pointer="/note", longest=1000, needed=False),
        "run_id": None,
        "entries_through": None,
        "inputs": {},
        "inputs_sha256": None,
        "replaces": None,
        "by_kind": actor.kind,
        "by_id": actor.id,
        "by_name": actor.name,
    }


async def _owner(tx: Tx, owner_id: int, actor: Actor) -> Owner:
    found = (
        await seen_owner(tx, owner_id=owner_id, user=actor)
        if isinstance(actor, SignedIn)
        else await owner(tx, owner_id)
    )
    if found.archived_at is not None:
        raise NoSuchOwner("This owner is archived.", next_step="Bring the record back first.")
    return found


async def _contract(tx: Tx, new: NewPayout, whose: Owner, actor: Actor) -> Contract | None:
    if new.contract_id is None:
        return None
    found = (
        await seen_contract(tx, contract_id=new.contract_id, user=actor)
        if isinstance(actor, SignedIn)
        else await contract(tx, new.contract_id)
    )
    if whose.id not in found.owner_ids:
        raise Invalid(
            "This owner is no party to that contract.",
            pointer="/contractId",
            next_step=f"See /api/owners/{whose.id}/contracts.",
        )
    return found


async def _place(tx: Tx, new: NewPayout, whose: Owner, under: Contract | None, actor: Actor) -> Hospital:
    """The hospital that pays: the contract's, the one named, the owner's first, or the group's only one."""
    if under is not None:
        if new.hospital_id is not None and new.hospital_id != under.hospital_id:
            raise Invalid("The contract is with another hospital.", pointer="/hospitalId")
        hospital_id: int | None = under.hospital_id
    else:
        hospital_id = new.hospital_id or next(iter(whose.hospital_ids), None)
    if hospital_id is None:
        every = await hospitals(tx)
        if len(every) != 1:
            raise Invalid(
                "Say which hospital pays.", pointer="/hospitalId", next_step="The owner has a part in none of them yet."
            )
        hospital_id = every[0].id
    place = await hospital(tx, hospital_id)
    if isinstance(actor, SignedIn):
        actor.check_works_at(place.id)
    return place


def _currency(new: NewPayout, under: Contract | None, place: Hospital) -> str:
    """The contract's or the hospital's currency. Raises WrongCurrency (422) where another was given."""
    wanted = under.currency if under else place.currency
    given = check_currency(new.currency) if new.currency else wanted
    if given != wanted:
        whose = "contract" if under else "hospital"
        raise WrongCurrency(
            f"The {whose} pays in {wanted}, not {given}.",
            pointer="/currency",
            next_step=f"Give the amount in {wanted}.",
        )
    return given
