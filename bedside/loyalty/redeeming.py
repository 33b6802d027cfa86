"""Redeeming a reward, cancelling that, and using the voucher: each once, whoever else does the same at that moment.

Redeeming locks the account, then the reward, and looks again at both (RULES, Points 3): of two who want the last one of
a reward, or of two clicks, the second waits, and is then told what is missing.
"""

from datetime import datetime
from typing import cast

from bedside.accounts import SignedIn, audit
from bedside.directory import hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.text import many_lines
from bedside.loyalty import store_redemptions as store
from bedside.loyalty import store_rewards
from bedside.loyalty.accounts import locked_account
from bedside.loyalty.events import RedemptionCancelled, RewardRedeemed, VoucherUsed
from bedside.loyalty.program import program_in_force
from bedside.loyalty.reward_model import (
    NoSuchRedemption,
    NoSuchVoucher,
    Offer,
    RecordArchived,
    Redemption,
    RedemptionSource,
    Reward,
    Standing,
    VoucherCancelled,
    hindrance,
    offer,
    voucher_ends,
    voucher_fault,
)
from bedside.loyalty.rewards import locked_reward
from bedside.loyalty.spending import refill, spend
from bedside.loyalty.vouchers import new_code, read_code
from bedside.patients import patient

# A code that is taken is as likely as a lottery win; three in a row mean that something else is wrong.
_TRIES = 3


async def redeem(tx: Tx, *, patient_id: int, reward_id: int, source: str, actor: Actor) -> Redemption:
    """Takes the points of a reward and makes its voucher.

    Raises NoSuchPatient, NoSuchReward (404); RecordArchived, NotEnoughPoints, OutOfStock, TierTooLow,
    RewardLimitReached, RewardUnavailable (409), with nothing written.
    """
    if (await patient(tx, patient_id)).archived_at is not None:
        raise RecordArchived(
            "The patient's record is archived: its points cannot be spent.", next_step="Restore the patient first."
        )
    await locked_account(tx, patient_id)
    reward = await locked_reward(tx, reward_id)
    program = await program_in_force(tx)
    has = await store.purse(tx, patient_id)
    who = await _standing(tx, patient_id, balance=has.balance, tier_code=has.tier_code)
    if problem := hindrance(reward, who, now=tx.now):
        raise problem
    ends = voucher_ends(tx.now, days=reward.voucher_days or program.voucher_days, zone=program.zone)
    redemption_id = await _voucher(tx, patient_id, reward, ends=ends, source=source, actor=actor)
    await spend(tx, patient_id=patient_id, points=reward.points_cost, redemption_id=redemption_id, actor=actor)
    await store_rewards.move_stock(tx, reward.id, by=-1)
    made = await redemption(tx, redemption_id)
    await _write_down(tx, made, action="redeemed", actor=actor)
    await record(
        tx,
        RewardRedeemed(
            loyalty_id=patient_id,
            patient_id=patient_id,
            redemption_id=redemption_id,
            reward_id=reward.id,
            reward_name=reward.name,
            points=reward.points_cost,
        ),
        actor=actor,
    )
    return made


async def cancel_redemption(tx: Tx, *, redemption_id: int, reason: str, actor: Actor) -> Redemption:
    """Gives the points back and the reward to the stock; the voucher is good for nothing from then on. One that ran out
    unused may be cancelled too. Raises NoSuchRedemption (404), VoucherUsed, VoucherCancelled (409)."""
    whose = (await redemption(tx, redemption_id)).patient_id
    await locked_account(tx, whose)
    because = many_lines(reason, pointer="/reason", longest=500, needed=True)
    if not await store.cancel(tx, redemption_id=redemption_id, reason=because):
        problem = voucher_fault(await redemption(tx, redemption_id))
        raise problem or VoucherCancelled("This redemption was cancelled.")
    await refill(tx, redemption_id=redemption_id, actor=actor)
    made = await redemption(tx, redemption_id)
    await store_rewards.move_stock(tx, made.reward_id, by=1)
    await _write_down(tx, made, action="cancelled", actor=actor)
    await record(
        tx,
        RedemptionCancelled(
            loyalty_id=whose,
            patient_id=whose,
            redemption_id=redemption_id,
            reward_id=made.reward_id,
            points=made.points,
        ),
        actor=actor,
    )
    return made


async def use_voucher(tx: Tx, *, code: str, hospital_id: int, actor: Actor) -> Redemption:
    """Marks a voucher as used at a hospital, once. Raises NoSuchVoucher (404) for a code that is on none of ours,
    VoucherUsed, VoucherExpired, VoucherCancelled (409), and for a hospital NotFound (404) or Forbidden (403)."""
    await hospital(tx, hospital_id)
    if isinstance(actor, SignedIn):
        actor.check_works_at(hospital_id)
    found = await voucher(tx, code)
    if await store.use(tx, code=found.code, hospital_id=hospital_id, by=actor.name) is None:
        found = await voucher(tx, code)
        raise voucher_fault(found) or NoSuchVoucher("This voucher cannot be used.")
    used = await voucher(tx, code)
    await _write_down(tx, used, action="voucher_used", actor=actor)
    await record(
        tx,
        VoucherUsed(
            loyalty_id=used.patient_id,
            patient_id=used.patient_id,
            hospital_id=hospital_id,
            redemption_id=used.id,
            reward_id=used.reward_id,
            points=used.points,
        ),
        actor=actor,
    )
    return used


async def redemption(tx: Tx, redemption_id: int) -> Redemption:
    """One redemption. Raises NoSuchRedemption (404)."""
    found = await store.redemption(tx, redemption_id)
    if found is None:
        raise NoSuchRedemption("There is no such redemption.", next_step="Look it up in /api/loyalty/redemptions.")
    return found


async def voucher(tx: Tx, code: str) -> Redemption:
    """The redemption behind a voucher's code, however it was typed. Raises NoSuchVoucher (404)."""
    read = read_code(code)
    found = None if read is None else await store.voucher(tx, read)
    if found is None:
        raise NoSuchVoucher(
            "This code is on no voucher of ours.",
            next_step="Type it once more: it has eight letters and digits, and none of 0, 1, I, L or O.",
        )
    return found


async def vouchers_of(tx: Tx, patient_id: int) -> list[Redemption]:
    """Somebody's vouchers: those that are good first, then the newest."""
    return await store.of_patient(tx, patient_id)


async def offers(tx: Tx, *, patient_id: int, balance: int, tier_code: str | None) -> list[Offer]:
    """What is offered now, the cheapest first, and whether who stands there may have it, or what is missing."""
    who = await _standing(tx, patient_id, balance=balance, tier_code=tier_code)
    return [offer(one, who, now=tx.now) for one in await store_rewards.offered(tx)]


async def offers_to(tx: Tx, patient_id: int) -> list[Offer]:
    """The same for a patient as they stand now. Raises NoSuchPatient (404)."""
    await patient(tx, patient_id)
    has = await store.purse(tx, patient_id)
    return await offers(tx, patient_id=patient_id, balance=has.balance, tier_code=has.tier_code)


async def affordable(tx: Tx, *, patient_id: int, balance: int, tier_code: str | None) -> list[Reward]:
    """The rewards that somebody who stands there may have now, the cheapest first."""
    seen = await offers(tx, patient_id=patient_id, balance=balance, tier_code=tier_code)
    return [one.reward for one in seen if one.may_redeem]


async def _standing(tx: Tx, patient_id: int, *, balance: int, tier_code: str | None) -> Standing:
    tiers = (await program_in_force(tx)).tiers
    codes = tuple(tier.code for tier in tiers)
    return Standing(
        balance=balance,
        reached=frozenset(codes[: codes.index(tier_code) + 1] if tier_code in codes else codes[:1]),
        tiers=codes,
        names={tier.code: tier.name for tier in tiers},
        taken=await store.taken(tx, patient_id=patient_id),
    )


async def _voucher(tx: Tx, patient_id: int, reward: Reward, *, ends: datetime, source: str, actor: Actor) -> int:
    for _ in range(_TRIES):
        made = await store.insert_redemption(
            tx,
            patient_id=patient_id,
            reward_id=reward.id,
            reward_name=reward.name,
            points=reward.points_cost,
            code=new_code(),
            expires_at=ends,
            source=cast(RedemptionSource, source),
            by=actor.name,
        )
        if made is not None:
            return made
    raise RuntimeError("no code was free")


async def _write_down(tx: Tx, one: Redemption, *, action: str, actor: Actor) -> None:
    await audit(
        tx,
        actor=actor,
        action=f"loyalty.{action}",
        subject="redemption",
        subject_id=one.id,
        patient_id=one.patient_id,
        after={
            "rewardId": one.reward_id,
            "reward": one.reward_name,
            "points": one.points,
            "status": one.status,
            "hospitalId": one.used_hospital_id,
            "because": one.cancelled_because,
        },
    )
