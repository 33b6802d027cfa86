"""Points of a time before there was a program: for a demonstration that tells its past. No event is told of them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bedside.kit.database import Tx
from bedside.loyalty import store_history as store
from bedside.loyalty.points import window_start
from bedside.loyalty.program import program_in_force
from bedside.loyalty.redeeming import cancel_redemption, redeem, use_voucher
from bedside.loyalty.referral_model import NewReferral
from bedside.loyalty.referrals import code_of, refer
from bedside.loyalty.store_rewards import offered
from bedside.loyalty.vouchers import new_code

__all__ = [
    "NewReferral", "PastAward", "cancel_redemption", "code_of", "offered", "redeem", "refer", "use_voucher",
    "write_points",
]  # fmt: skip


class PastAward(msgspec.Struct, kw_only=True):
    """Points that somebody earned, by what and when: `rule` visit_completed or feedback, `source` appointment:7."""

    patient_id: int
    points: int
    rule: str
    source: str
    hospital_id: int
    at: datetime


async def write_points(tx: Tx, awards: Sequence[PastAward]) -> None:
    """Writes accounts, lots and entries in a few statements, and the tiers that they come to, each since the award that
    reached it. Points expire as the program says that holds now."""
    program = await program_in_force(tx)
    whose = sorted({one.patient_id for one in awards})
    first = {one.patient_id: one.at for one in sorted(awards, key=lambda one: one.at, reverse=True)}
    await store.open_accounts(
        tx, patient_ids=whose, codes=[new_code() for _ in whose], joined=[first[one] for one in whose]
    )
    await store.insert_lots(
        tx,
        [msgspec.structs.asdict(one) for one in sorted(awards, key=lambda one: one.at)],
        program_id=program.id,
        months=program.points_last_months,
        zone=program.time_zone,
    )
    await store.reach_tiers(
        tx,
        since=window_start(tx.now, months=program.qualification_months, zone=program.zone),
        codes=[tier.code for tier in program.tiers],
        thresholds=[tier.threshold for tier in program.tiers],
        months=program.qualification_months,
    )
