"""What a run would make, without making it: the same numbers, and what somebody should look at first."""

from collections import Counter
from datetime import date

import msgspec

from bedside.accounts import SignedIn
from bedside.contracts import contracts_in_force
from bedside.directory import Hospital
from bedside.kit.database import Tx
from bedside.kit.money import amount_text
from bedside.owners import owners
from bedside.payouts import store_calculating, store_payouts, store_runs
from bedside.payouts.calculating import Agreed, Line, covers
from bedside.payouts.drafting import Books, Computed, agreed_of, books, compute, every_party
from bedside.payouts.model import RevenueSum
from bedside.payouts.months import last_day_of, month_of, month_words
from bedside.payouts.preview_model import PreviewLine, PreviewPayout, RunPreview
from bedside.payouts.running import begins_with
from bedside.payouts.runs import asked_for

AT_ONCE = 100


class _Found(msgspec.Struct, kw_only=True):
    """What was computed of one owner under one contract."""

    agreed: Agreed
    hospital_id: int
    owner_id: int
    computed: Computed
    exists: bool


async def preview(tx: Tx, *, period: str, hospital_id: int | None, user: SignedIn) -> RunPreview:
    """Works a month out for every contract, and writes nothing. Raises as start_run does."""
    month, places = await asked_for(tx, period=period, hospital_id=hospital_id, actor=user)
    by_id = {place.id: place for place in places}
    ids = None if hospital_id is None else [hospital_id]
    through = await store_calculating.last_entry(tx)
    found, of = await _every(tx, month, by_id, ids, through)
    names = {one.id: one.name for one in await owners(tx, ids=list({each.owner_id for each in found}))}
    paid_to = await store_runs.owners_with_details(tx, owner_ids=list(names))
    payouts = [
        PreviewPayout(
            contract_id=one.agreed.contract_id,
            contract_number=one.agreed.number,
            owner_id=one.owner_id,
            owner_name=names.get(one.owner_id, ""),
            hospital_id=one.hospital_id,
            currency=one.agreed.currency,
            amount=amount_text(one.computed.amount_minor, one.agreed.currency),
            amount_minor=one.computed.amount_minor,
            exists=one.exists,
            lacks_payment_details=not paid_to & {(one.owner_id, one.hospital_id), (one.owner_id, None)},
            lines=[_line(line, one.agreed.currency) for line in one.computed.lines],
        )
        for one in found
    ]
    totals: Counter[str] = Counter()
    for one in payouts:
        if not one.exists:
            totals[one.currency] += one.amount_minor
    counted = Counter(one.currency for one in payouts if not one.exists)
    return RunPreview(
        period=month,
        hospital_id=hospital_id,
        payouts=payouts,
        totals=[_sum(currency, amount, counted[currency]) for currency, amount in sorted(totals.items())],
        uncovered=await _uncovered(tx, month, ids, of),
        unsigned_contracts=await store_runs.unsigned_contracts(
            tx, hospital_ids=ids, begins=month, ends=last_day_of(month)
        ),
        warnings=await _warnings(tx, month, places, ids, payouts),
    )


async def _every(
    tx: Tx, month: date, places: dict[int, Hospital], ids: list[int] | None, through: int
) -> tuple[list[_Found], dict[tuple[int, str], tuple[Books, list[Agreed]]]]:
    """What each contract gives each of its owners, in order, and the books that they share from."""
    begins = await begins_with(tx, hospital_ids=ids, period=month, through=through)
    recorded = await store_calculating.recorded_by_owner(tx, hospital_ids=ids, period=month)
    found: list[_Found] = []
    of: dict[tuple[int, str], tuple[Books, list[Agreed]]] = {}
    after = 0
    while chunk := await contracts_in_force(
        tx, hospital_ids=ids, begins=begins, ends=last_day_of(month), after_id=after, limit=AT_ONCE
    ):
        after = chunk[-1].contract.id
        there = await store_payouts.every_in_force(tx, period=month, contract_ids=[one.contract.id for one in chunk])
        for each in chunk:
            place = places.get(each.contract.hospital_id)
            if place is None:
                continue  # put away
            agreed = agreed_of(each)
            key = (place.id, agreed.currency)
            if key not in of:
                theirs = await books(tx, place=place, currency=agreed.currency, period=month, through=through)
                of[key] = (theirs, [])
            of[key][1].append(agreed)
            for owner_id in every_party(agreed, month):
                exists = (agreed.contract_id, owner_id) in there
                computed = await compute(tx, of[key][0], agreed, owner_id=owner_id)
                if not computed.earned:
                    continue
                paid = (owner_id, *key)
                if not exists and paid in recorded:
                    computed = await compute(tx, of[key][0], agreed, owner_id=owner_id, recorded=recorded.pop(paid))
                found.append(
                    _Found(agreed=agreed, hospital_id=place.id, owner_id=owner_id, computed=computed, exists=exists)
                )
    return found, of


async def _uncovered(
    tx: Tx, month: date, ids: list[int] | None, of: dict[tuple[int, str], tuple[Books, list[Agreed]]]
) -> list[RevenueSum]:
    """Revenue of the month that no contract is about, by currency: it stays with the hospital."""
    amounts: Counter[str] = Counter()
    entries: Counter[str] = Counter()
    for hospital_id, currency, amount, count in await store_calculating.booked(tx, hospital_ids=ids, period=month):
        if (hospital_id, currency) not in of:
            amounts[currency] += amount
            entries[currency] += count
    for (_, currency), (books_, agreements) in of.items():
        for group in books_.groups:
            if not any(covers(agreed, group) for agreed in agreements):
                amounts[currency] += group.amount_minor
                entries[currency] += group.entries
    return [_sum(currency, amounts[currency], count) for currency, count in sorted(entries.items()) if count]


async def _warnings(
    tx: Tx, month: date, places: list[Hospital], ids: list[int] | None, payouts: list[PreviewPayout]
) -> list[str]:
    said = []
    closed = await store_runs.closed_hospitals(tx, period=month)
    said += [
        f"The books of {place.name} are closed for {month_words(month)}." for place in places if place.id in closed
    ]
    if any(month >= month_of(tx.now.astimezone(place.zone).date()) for place in places):
        said.append("The month is not over: what is booked later will be an adjustment of the next.")
    lacking = len({one.owner_id for one in payouts if one.lacks_payment_details and one.amount_minor})
    if lacking:
        said.append(f"{_many(lacking, 'owner')} cannot be paid yet: nobody entered where to.")
    drafts = await store_runs.open_drafts(tx, hospital_ids=ids, before=month)
    if drafts:
        said.append(f"{_many(drafts, 'draft')} of earlier months still wait for approval.")
    stale = await store_runs.stale_payouts(tx, hospital_ids=ids, period=month)
    if stale:
        said.append(
            f"Revenue was booked after {_many(stale, 'payout')} of this month had been worked out: "
            "it will be an adjustment of the next, unless they are drafted anew."
        )
    return said


def _many(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"


def _line(line: Line, currency: str) -> PreviewLine:
    return PreviewLine(
        kind=line.kind,  # type: ignore[arg-type]  # the calculation has the same words
        description=line.description,
        amount=amount_text(line.amount_minor, currency),
        base=None if line.base_minor is None else amount_text(line.base_minor, currency),
        entries=line.entries,
    )


def _sum(currency: str, amount: int, entries: int) -> RevenueSum:
    return RevenueSum(currency=currency, amount=amount_text(amount, currency), amount_minor=amount, entries=entries)
