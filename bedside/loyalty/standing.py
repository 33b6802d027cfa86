"""Where a patient stands: balance, tier, what comes next, what can be afforded."""

from datetime import timedelta

from bedside.kit.database import Tx
from bedside.loyalty import store_points as store
from bedside.loyalty.model import LoyaltyStatus, NextExpiry, NextTier, TierNow
from bedside.loyalty.points import Left, balance, window_start
from bedside.loyalty.program import program_in_force
from bedside.loyalty.program_model import Program
from bedside.loyalty.redeeming import affordable
from bedside.patients import patient


async def account(tx: Tx, patient_id: int) -> LoyaltyStatus:
    """Where a patient stands; one without an account has nothing, in the lowest tier. Raises NoSuchPatient (404)."""
    await patient(tx, patient_id)
    program = await program_in_force(tx)
    found = await store.account(tx, patient_id)
    lots = await store.left(tx, patient_id)
    has = balance(lots, tx.now)
    since = window_start(tx.now, months=program.qualification_months, zone=program.zone)
    earned = await store.earned_since(tx, patient_id=patient_id, since=since)
    code = found.tier_code if found else None
    tier = program.tiers[max(program.place_of(code), 0)]
    above = program.next_tier(tier.code)
    to_go = max(0, above.threshold - earned) if above else None
    return LoyaltyStatus(
        patient_id=patient_id,
        balance=has,
        owed=found.owed if found else 0,
        tier=tier.code,
        tier_now=TierNow(
            code=tier.code,
            name=tier.name,
            since=found.tier_since if found else None,
            until=found.tier_until if found else None,
            why=found.tier_why if found else "",
            benefits=tier.benefits,
        ),
        next_tier=None
        if above is None
        else NextTier(code=above.code, name=above.name, threshold=above.threshold, points_to_go=to_go or 0),
        points_to_next_tier=to_go,
        earned_in_window=earned,
        next_expiry=next_expiry(lots, program),
        referral_code=found.referral_code if found else None,
        joined_at=found.joined_at if found else None,
        history=await store.entries(tx, patient_id=patient_id),
        affordable=await affordable(tx, patient_id=patient_id, balance=has, tier_code=tier.code),
    )


def next_expiry(lots: list[Left], program: Program) -> NextExpiry | None:
    """What expires next: all that expires on the same day. Pure."""
    ends = sorted(lot.expires_at for lot in lots if lot.expires_at is not None and lot.left_over)
    if not ends:
        return None
    points = sum(lot.left_over for lot in lots if lot.expires_at == ends[0])
    return NextExpiry(points=points, on=(ends[0] - timedelta(microseconds=1)).astimezone(program.zone).date())
