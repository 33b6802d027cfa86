"""Reckoning a payout once more from what it pinned, whatever was signed or booked since: it comes to the same bytes."""

from datetime import date

from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.payouts import store_calculating, store_payouts
from bedside.payouts.calculating import Agreed, AgreedVersion, Before, Recorded
from bedside.payouts.drafting import Books, computed_from, groups_for
from bedside.payouts.model import PayoutKind, Recomputation
from bedside.payouts.store_payouts import PayoutRow


async def recompute(tx: Tx, payout: PayoutRow) -> Recomputation:
    """Computes a payout anew and compares. One that was not computed, but stated, is what it is."""
    if payout.kind != PayoutKind.SHARE or payout.inputs_sha256 is None:
        return Recomputation(payout_id=payout.id, same=True, stored_sha256=None, computed_sha256=None)
    pinned, before = payout.inputs, before_pinned(payout)
    agreed = await agreed_pinned(tx, payout)
    of = Books(
        place=await hospital(tx, payout.hospital_id),
        currency=payout.currency,
        period=payout.period,
        through=pinned["through"],
        groups=await store_calculating.groups_of_period(
            tx,
            hospital_id=payout.hospital_id,
            currency=payout.currency,
            period=payout.period,
            through=pinned["through"],
        ),
        departments={int(id): name for id, name in pinned["departments"].items()},
    )
    lines = await store_payouts.lines(tx, [payout.id])
    ids = [one.recorded_payout_id for one in lines if one.recorded_payout_id is not None]
    recorded = [
        Recorded(payout_id=one.id, reference_number=one.reference_number, amount_minor=one.amount_minor)
        for one in await store_payouts.payouts(tx, ids)
    ]
    groups = await groups_for(tx, of, agreed, payout.owner_id, before, pinned["through"])
    again = computed_from(pinned, agreed, payout.owner_id, payout.period, groups, before, recorded)
    return Recomputation(
        payout_id=payout.id,
        same=again.sha256 == payout.inputs_sha256 and again.amount_minor == payout.amount_minor,
        stored_sha256=payout.inputs_sha256.hex(),
        computed_sha256=again.sha256.hex(),
    )


async def agreed_pinned(tx: Tx, payout: PayoutRow) -> Agreed:
    """The contract as it was when the payout was computed: its days, and the versions that were signed then."""
    pinned = payout.inputs
    versions = await store_calculating.versions(tx, [one[0] for one in pinned["versions"]])
    return Agreed(
        contract_id=payout.contract_id or 0,
        number=pinned["contract"],
        currency=payout.currency,
        starts_on=date.fromisoformat(pinned["startsOn"]),
        last_day=date.fromisoformat(pinned["lastDay"]) if pinned["lastDay"] else None,
        versions=tuple(
            AgreedVersion(id=one.id, number=one.number, effective_from=one.effective_from, terms=one.terms)
            for one in versions
        ),
    )


def before_pinned(payout: PayoutRow) -> Before | None:
    """The payout before, as it was when this one was computed."""
    was = payout.inputs["before"]
    if was is None:
        return None
    return Before(
        payout_id=was["payoutId"],
        period=date.fromisoformat(was["period"]),
        through=was["through"],
        carried_minor=was["carriedMinor"],
    )
