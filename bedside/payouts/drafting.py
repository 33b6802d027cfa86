"""Drafting what a contract gives for a month: read what decides, compute (calculating.py), write. One transaction."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from bedside.contracts import ContractInForce, contracts_in_force
from bedside.directory import Hospital, hospital, hospitals
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.money import amount_text
from bedside.owners import payment_details
from bedside.payouts import store_calculating, store_payouts, store_states
from bedside.payouts.calculating import (
    Agreed,
    AgreedVersion,
    Before,
    Group,
    Line,
    Recorded,
    fingerprint,
    lines_of,
    months_needed,
)
from bedside.payouts.events import PayoutDrafted
from bedside.payouts.model import NothingAgreed, PayoutExists, PayoutKind, PayoutStatus, ReferenceTaken
from bedside.payouts.months import last_day_of, month_words
from bedside.payouts.periods import refused_if_closed
from bedside.payouts.store_payouts import PayoutRow


class _SomebodyWasQuickerError(Exception):
    pass


class Books(msgspec.Struct, kw_only=True):
    """What the contracts of a hospital and currency share for a month: read once, however many there are."""

    place: Hospital
    currency: str
    period: date
    through: int
    groups: list[Group]
    departments: dict[int, str]
    # what was read of earlier months, by what had been counted before: the same for most contracts
    late: dict[tuple[date | None, int, int], list[date]] = {}
    earlier: dict[tuple[tuple[date, ...], date | None, int, int], list[Group]] = {}


class Computed(msgspec.Struct, kw_only=True):
    """The lines of a payout, with everything that they follow from."""

    inputs: dict[str, Any]
    lines: list[Line]

    @property
    def amount_minor(self) -> int:
        """What is to be paid."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def earned(self) -> bool:
        """Whether there is more in it than what was owed, or paid, before."""
        return any(line.kind in ("share", "adjustment", "guarantee") for line in self.lines)

    @property
    def sha256(self) -> bytes:
        """The fingerprint of both."""
        return fingerprint(self.inputs, self.lines)


async def books(tx: Tx, *, place: Hospital, currency: str, period: date, through: int) -> Books:
    """A hospital's month in a currency."""
    return Books(
        place=place,
        currency=currency,
        period=period,
        through=through,
        groups=await store_calculating.groups_of_period(
            tx, hospital_id=place.id, currency=currency, period=period, through=through
        ),
        departments=await store_calculating.department_names(tx, place.id),
    )


def agreed_of(one: ContractInForce) -> Agreed:
    """A contract as a calculation needs it."""
    return Agreed(
        contract_id=one.contract.id,
        number=one.contract.number,
        currency=one.contract.currency,
        starts_on=one.contract.starts_on,
        last_day=one.contract.last_day,
        versions=tuple(
            AgreedVersion(id=each.id, number=each.number, effective_from=each.effective_from, terms=each.terms)
            for each in one.versions
        ),
    )


def parties_of(agreed: Agreed, period: date) -> list[int]:
    """The owners who have a share or a guarantee in the terms of a month, in the contract's order."""
    named: dict[int, None] = {}
    for number, version in enumerate(agreed.versions):
        ends = agreed.versions[number + 1].effective_from if number + 1 < len(agreed.versions) else date.max
        if version.effective_from <= last_day_of(period) and ends > period:
            named |= dict.fromkeys(version.terms.owner_ids)
    return list(named)


def every_party(agreed: Agreed, period: date) -> list[int]:
    """The same of all terms that have begun by the end of a month: what is late may be of earlier ones."""
    begun = [version for version in agreed.versions if version.effective_from <= last_day_of(period)]
    return list(dict.fromkeys(owner_id for version in begun for owner_id in version.terms.owner_ids))


async def compute(tx: Tx, of: Books, agreed: Agreed, *, owner_id: int, recorded: Sequence[Recorded] = ()) -> Computed:
    """What an owner is owed under a contract, from what is in the books now."""
    about: dict[str, Any] = {
        "contract_id": agreed.contract_id,
        "owner_id": owner_id,
        "currency": of.currency,
        "period": of.period,
    }
    before = await store_calculating.payout_before(tx, **about)
    counted = await store_calculating.counted_by_next(tx, **about)
    through = of.through if counted is None else min(of.through, counted)
    inputs = _inputs(of, agreed, before, through)
    groups = await groups_for(tx, of, agreed, owner_id, before, through)
    return computed_from(inputs, agreed, owner_id, of.period, groups, before, recorded)


async def draft(
    tx: Tx, of: Books, agreed: Agreed, *, owner_id: int, actor: Actor, run_id: int | None = None
) -> PayoutRow | None:
    """Drafts an owner's payout under a contract and gives it; None where one is in force, or nothing came together.

    Payments already made are held and deducted here, each once; like a balance below zero, they wait for a month in
    which something was earned.
    """
    if await store_payouts.in_force(
        tx, contract_id=agreed.contract_id, owner_id=owner_id, period=of.period, currency=of.currency
    ):
        return None
    computed = await compute(tx, of, agreed, owner_id=owner_id)
    if not computed.earned:
        return None
    recorded = await store_calculating.lock_recorded(
        tx, owner_id=owner_id, hospital_id=of.place.id, currency=of.currency, period=of.period
    )
    if recorded:
        computed = await compute(tx, of, agreed, owner_id=owner_id, recorded=recorded)
    return await _write(tx, of, agreed, computed, owner_id=owner_id, recorded=recorded, actor=actor, run_id=run_id)


async def draft_one(
    tx: Tx, *, contract_id: int, owner_id: int, period: date, actor: Actor, note: str = ""
) -> PayoutRow:
    """Drafts one owner's payout under one contract.

    Raises NothingAgreed (409) where no signed terms hold in the month or nothing came together, PayoutExists (409).
    """
    found = await contracts_in_force(
        tx, hospital_ids=None, begins=period, ends=last_day_of(period), contract_ids=[contract_id]
    )
    agreed = agreed_of(found[0]) if found else None
    if agreed is None or owner_id not in parties_of(agreed, period):
        raise NothingAgreed(
            f"No signed terms of this contract give this owner a share in {month_words(period)}.",
            pointer="/period",
            next_step="Look at the contract's versions and signatures.",
        )
    place = await hospital(tx, found[0].contract.hospital_id)
    through = await store_calculating.note_last_entry(tx)
    of = await books(tx, place=place, currency=agreed.currency, period=period, through=through)
    made = await draft(tx, of, agreed, owner_id=owner_id, actor=actor)
    if made is None:
        there = await store_payouts.in_force(
            tx, contract_id=contract_id, owner_id=owner_id, period=period, currency=agreed.currency
        )
        if there is not None:
            raise payout_exists(there, period)
        raise NothingAgreed(
            f"Nothing was earned under this contract in {month_words(period)}.",
            pointer="/period",
            next_step="Record the month's revenue first.",
        )
    if note:
        by = {"by_kind": actor.kind, "by_id": actor.id, "by_name": actor.name}
        await store_states.change_draft(tx, payout_id=made.id, note=note, method=made.method, by=by)
    return made


async def reference_number(tx: Tx, place: Hospital) -> str:
    """The next reference of a hospital, without gaps in the year in which it is made: BELLEVUE-2026-000123."""
    year = tx.now.astimezone(place.zone).year
    return f"{place.slug.upper()}-{year}-{await store_payouts.next_number(tx, hospital_id=place.id, year=year):06d}"


async def check_reference(tx: Tx, reference: str) -> None:
    """Raises ReferenceTaken (409) for a reference that was used, or that looks like one of those we count ourselves."""
    for place in await hospitals(tx):
        if re.fullmatch(re.escape(place.slug) + r"-\d{4}-\d{6,}", reference, re.IGNORECASE):
            raise ReferenceTaken(
                "Numbers of this form are given out here, one by one.",
                pointer="/referenceNumber",
                next_step="Use the bank's or your own number for a payment that was made.",
            )
    there = await store_payouts.payout_by_reference(tx, reference)
    if there is not None:
        raise reference_taken(there)


def reference_taken(there: PayoutRow) -> ReferenceTaken:
    """The refusal of a reference that a payout has."""
    return ReferenceTaken(
        f"The reference {there.reference_number} was used for {there.owner_name}, {month_words(there.period)}.",
        pointer="/referenceNumber",
        next_step="If it is the same payment, it is written down already.",
        payoutId=there.id,
    )


def payout_exists(payout_id: int, period: date) -> PayoutExists:
    """The refusal of a second payout of a contract, owner and month."""
    return PayoutExists(
        f"There is a payout of this contract for {month_words(period)} already.",
        pointer="/period",
        next_step="Discard the draft, or reverse what was paid, before another is drafted.",
        payoutId=payout_id,
    )


async def groups_for(
    tx: Tx, of: Books, agreed: Agreed, owner_id: int, before: Before | None, through: int
) -> Sequence[Group]:
    """The revenue that a payout follows from: the month's own, and that of earlier ones where they matter."""
    about: dict[str, Any] = {
        "hospital_id": of.place.id,
        "currency": of.currency,
        "period": of.period,
        "through": through,
    }
    counted = (before.period if before else None, before.through if before else 0, through)
    late = of.late.get(counted)
    if late is None:
        late = of.late[counted] = await store_calculating.late_months(tx, before=before, **about)
    needed = months_needed(agreed, owner_id=owner_id, period=of.period, late=late)
    if needed == {of.period}:
        return of.groups if through == of.through else await store_calculating.groups_of_period(tx, **about)
    wanted = (tuple(sorted(needed)), *counted)
    groups = of.earlier.get(wanted)
    if groups is None:
        groups = await store_calculating.groups_of_months(tx, months=wanted[0], before=before, **about)
        of.earlier[wanted] = groups
    return groups


def _inputs(of: Books, agreed: Agreed, before: Before | None, through: int) -> dict[str, Any]:
    named = {
        rule.department_id
        for version in agreed.versions
        for rule in version.terms.rules
        if rule.department_id is not None
    }
    return {
        "contract": agreed.number,
        "startsOn": agreed.starts_on.isoformat(),
        "lastDay": agreed.last_day.isoformat() if agreed.last_day else None,
        "versions": [[one.id, one.number, one.effective_from.isoformat()] for one in agreed.versions],
        "departments": {str(id): of.departments.get(id, "") for id in sorted(named)},
        "through": through,
        "before": None
        if before is None
        else {
            "payoutId": before.payout_id,
            "period": before.period.isoformat(),
            "through": before.through,
            "carriedMinor": before.carried_minor,
        },
    }


def computed_from(
    inputs: Mapping[str, Any],
    agreed: Agreed,
    owner_id: int,
    period: date,
    groups: Sequence[Group],
    before: Before | None,
    recorded: Sequence[Recorded],
) -> Computed:
    names = {int(id): name for id, name in inputs["departments"].items()}
    lines = lines_of(
        agreed, owner_id=owner_id, period=period, groups=groups, before=before, recorded=recorded, departments=names
    )
    return Computed(inputs=dict(inputs), lines=lines)


async def _write(
    tx: Tx,
    of: Books,
    agreed: Agreed,
    computed: Computed,
    *,
    owner_id: int,
    recorded: Sequence[Recorded],
    actor: Actor,
    run_id: int | None,
) -> PayoutRow | None:
    about: dict[str, Any] = {
        "contract_id": agreed.contract_id,
        "owner_id": owner_id,
        "period": of.period,
        "currency": of.currency,
    }
    details = await payment_details(tx, owner_id=owner_id, hospital_id=of.place.id)
    row = about | {
        "hospital_id": of.place.id,
        "kind": PayoutKind.SHARE,
        "paid_before": False,
        "revision": await store_payouts.next_revision(tx, **about),
        "replaces": await store_payouts.last_ended(tx, **about),
        "status": PayoutStatus.DRAFT,
        "amount_minor": computed.amount_minor,
        "method": details.method if details else None,
        "payment_details_id": None,
        "payment_reference": "",
        "paid_on": None,
        "note": "",
        "run_id": run_id,
        "entries_through": computed.inputs["through"],
        "inputs": computed.inputs,
        "inputs_sha256": computed.sha256,
        "by_kind": actor.kind,
        "by_id": actor.id,
        "by_name": actor.name,
    }
    try:
        async with refused_if_closed(tx):  # undone whole where somebody was quicker: the number too, so no gap
            number = await reference_number(tx, of.place)
            made = await store_payouts.insert_payout(tx, row | {"reference_number": number})
            if made is None:
                raise _SomebodyWasQuickerError
    except _SomebodyWasQuickerError:
        return None
    await store_payouts.insert_lines(tx, made, computed.lines)
    if recorded:
        await store_states.deduct(tx, recorded_ids=[one.payout_id for one in recorded], payout_id=made)
    drafted = await store_payouts.payout(tx, made)
    if drafted is None:
        raise LookupError(f"payout {made} was there a moment ago")
    await record(tx, event_of(PayoutDrafted, drafted), actor=actor)
    return drafted


def event_of(kind: Any, payout: PayoutRow, **more: Any) -> Any:
    """An event about a payout."""
    return kind(
        payout_id=payout.id,
        reference_number=payout.reference_number,
        period=payout.period,
        amount=amount_text(payout.amount_minor, payout.currency),
        currency=payout.currency,
        hospital_id=payout.hospital_id,
        owner_id=payout.owner_id,
        **more,
    )
