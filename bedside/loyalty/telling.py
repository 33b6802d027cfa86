"""What members are told of their points: another tier, points about to expire, a voucher; and the words' values.

Nothing here carries a voucher's code: the message's link shows it, and is made just before the message leaves.
"""

from collections.abc import Sequence
from typing import Any

from bedside.event_log import SYSTEM, Actor
from bedside.kit.database import Tx
from bedside.loyalty import standing
from bedside.loyalty.events import PointsExpiring, RewardRedeemed, TierChanged
from bedside.loyalty.links import account_link
from bedside.loyalty.program import program_in_force
from bedside.loyalty.program_model import Program
from bedside.loyalty.store_bulk import Raised
from bedside.message_templates import Purpose
from bedside.messaging import BULK, PersonRef, Stale, Wanted, enqueue, enqueue_many
from bedside.patients import patient
from bedside.reminders import day_in_words

ABOUT, ABOUT_EXPIRY = "loyalty", "loyalty_expiry"
TIER_RAISED = "loyalty_tier_raised"
AT_ONCE = 500  # messages that are decided on together


async def tell_of_tier(tx: Tx, event: TierChanged, *, actor: Actor) -> None:
    """Says that somebody is in another tier, a higher one or a lower."""
    program = await program_in_force(tx)
    tier = next((one for one in program.tiers if one.code == event.to_code), None)
    if tier is not None:
        template = TIER_RAISED if event.raised else "loyalty_tier_lowered"
        key = _key_of_tier(tx, event.loyalty_id)
        await _tell(tx, event.loyalty_id, template, key=key, variables={"tier": {"name": tier.name}})


async def tell_of_tiers(tx: Tx, raised: Sequence[Raised], *, program: Program) -> None:
    """Says so to many who are in a higher tier, as each by itself would be told. Who begins in the lowest is not."""
    names = {tier.code: tier.name for tier in program.tiers}
    wanted = [
        Wanted(
            key=_key_of_tier(tx, one.patient_id),
            to=PersonRef(kind="patient", id=one.patient_id),
            channel=None,
            purpose=Purpose.TRANSACTIONAL,
            hospital_id=one.hospital_id,
            priority=BULK,
            template_key=TIER_RAISED,
            about=ABOUT,
            about_id=one.patient_id,
            variables={"tier": {"name": names[one.to_code]}},
        )
        for one in raised
        if one.from_code is not None or program.place_of(one.to_code) > 0
    ]
    for start in range(0, len(wanted), AT_ONCE):
        await enqueue_many(tx, wanted[start : start + AT_ONCE], actor=SYSTEM)


def _key_of_tier(tx: Tx, patient_id: int) -> str:
    return f"loyalty_tier:{patient_id}:{tx.now:%Y%m%d%H%M%S%f}"


async def tell_of_expiry(tx: Tx, event: PointsExpiring, *, actor: Actor) -> None:
    """Says that points are about to expire; how many is looked up just before the message leaves."""
    key = f"loyalty_expiring:{event.loyalty_id}:{event.on}:{tx.now:%Y%m%d%H%M%S%f}"
    await _tell(tx, event.loyalty_id, "loyalty_expiring", key=key, about=ABOUT_EXPIRY)


async def tell_of_voucher(tx: Tx, event: RewardRedeemed, *, actor: Actor) -> None:
    """Sends the link to a fresh voucher, at once: they have just asked for it."""
    key = f"loyalty_voucher:{event.redemption_id}"
    variables = {"reward": {"name": event.reward_name}, "points": event.points}
    await _tell(tx, event.loyalty_id, "loyalty_voucher", key=key, variables=variables, urgent=True)


async def _tell(
    tx: Tx,
    patient_id: int,
    template: str,
    *,
    key: str,
    about: str = ABOUT,
    variables: dict[str, Any] | None = None,
    urgent: bool = False,
) -> None:
    who = await patient(tx, patient_id)
    await enqueue(
        tx,
        key=key,
        to=PersonRef(kind="patient", id=patient_id),
        channel=None,
        purpose="transactional",
        template_key=template,
        about=about,
        about_id=patient_id,
        variables=variables,
        hospital_id=who.hospital_id,
        urgent=urgent,
        actor=SYSTEM,
    )


async def load_loyalty_variables(
    tx: Tx, patient_id: int, language: str, *, expiring: bool = False
) -> dict[str, Any] | Stale:
    """Whose points they are, how many, and a fresh link to them; of what expires next where that is what it is about,
    and Stale where nothing does any more."""
    who = await patient(tx, patient_id)
    now = await standing.account(tx, patient_id)
    found: dict[str, Any] = {
        "patient": {"first_name": who.first_name},
        "loyalty": {"balance": now.balance, "tier": now.tier_now.name},
        "links": {"points": await account_link(tx, patient_id)},
    }
    if expiring:
        if now.next_expiry is None:
            return Stale("Their points were spent meanwhile.")
        found["expiring"] = {
            "points": now.next_expiry.points,
            "day": day_in_words(now.next_expiry.on, language=language),
        }
    return found
