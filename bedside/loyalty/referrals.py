"""Bringing a friend: by a personal code or link, completed by the friend's first visit, taken back if it is undone."""

from bedside.accounts import audit
from bedside.event_log import SYSTEM, Actor, record
from bedside.kit.database import Tx
from bedside.loyalty import store_referrals as store
from bedside.loyalty.awarding import award
from bedside.loyalty.events import ReferralCompleted, ReferralMade
from bedside.loyalty.program import program_in_force
from bedside.loyalty.referral_model import (
    CAME_BEFORE,
    NewReferral,
    NoSuchReferral,
    Referral,
    ReferralCodeUnknown,
    ReferralExists,
    ReferralRefused,
    why_refused,
)
from bedside.loyalty.reversing import reverse
from bedside.loyalty.vouchers import read_code
from bedside.patient_access import BookedByReferral
from bedside.patients import patient
from bedside.scheduling import AppointmentCompleted, AppointmentRestored


async def referral(tx: Tx, referral_id: int) -> Referral:
    """One referral. Raises NoSuchReferral (404)."""
    found = await store.referral(tx, referral_id)
    if found is None:
        raise NoSuchReferral("There is no such referral.", next_step="Look it up in /api/loyalty/referrals.")
    return found


async def whose_code(tx: Tx, text: str) -> int | None:
    """Whose personal code this is, however it was typed; None where it is nobody's."""
    code = read_code(text)
    return None if code is None else await store.owner_of_code(tx, code)


async def code_of(tx: Tx, patient_id: int) -> str:
    """Somebody's personal code. Raises NoSuchPatient, NoSuchReferral (404) for who has no account yet."""
    await patient(tx, patient_id)
    found = await store.code_of(tx, patient_id)
    if found is None:
        raise NoSuchReferral(
            "This patient has no account of points yet, and so no code.",
            next_step="Award points, or make a link to their own page: both open an account.",
        )
    return found


async def refer(tx: Tx, *, new: NewReferral, actor: Actor) -> Referral:
    """Notes that somebody brought a friend; points follow when the friend's first visit has taken place.

    Raises ReferralCodeUnknown (422), NoSuchPatient (404), ReferralRefused, ReferralExists (409). Nothing is kept of
    what is refused.
    """
    referrer_id = await whose_code(tx, new.code)
    if referrer_id is None:
        raise ReferralCodeUnknown(
            "This code is nobody's.", pointer="/code", next_step="Ask for it again: it has eight letters and digits."
        )
    friend = await patient(tx, new.friend_id)
    if because := why_refused(await store.pair(tx, referrer_id=referrer_id, friend_id=friend.id)):
        raise ReferralRefused(
            f"This does not count as bringing a friend: {because}.",
            next_step="A friend is somebody else, with another phone, who has not been here yet.",
            because=because,
        )
    made = await _keep(tx, referrer_id=referrer_id, friend_id=friend.id, because=None, actor=actor)
    if made is None:
        there = await store.of_friend(tx, friend.id)
        raise ReferralExists(
            "Somebody has brought this friend already.",
            next_step="A friend counts once, for whoever came first.",
            referralId=None if there is None else there.id,
        )
    return made


async def note_referral(tx: Tx, event: BookedByReferral, *, actor: Actor) -> None:
    """A reaction: somebody booked online by a friend's invitation. What does not count is kept with its reason, for
    staff who are asked about it; a code that is nobody's, or a friend brought before, leaves everything as it is."""
    referrer_id = await whose_code(tx, event.referral_code)
    friend_id = event.patient_id
    if referrer_id is None or friend_id is None or referrer_id == friend_id:
        return
    because = why_refused(await store.pair(tx, referrer_id=referrer_id, friend_id=friend_id))
    if because == CAME_BEFORE:
        return  # a patient of old who followed a link is nothing that anybody waits for
    await _keep(tx, referrer_id=referrer_id, friend_id=friend_id, because=because, actor=actor)


async def _keep(tx: Tx, *, referrer_id: int, friend_id: int, because: str | None, actor: Actor) -> Referral | None:
    made_id = await store.insert_referral(
        tx,
        referrer_id=referrer_id,
        friend_id=friend_id,
        status="refused" if because else "pending",
        because=because or "",
        by=actor.name,
    )
    if made_id is None:
        return None
    made = await referral(tx, made_id)
    await audit(
        tx,
        actor=actor,
        action="loyalty_referral.made",
        subject="loyalty_referral",
        subject_id=made_id,
        patient_id=friend_id,
        after={"referrerId": referrer_id, "friendId": friend_id, "status": made.status, "because": made.because},
    )
    if because is None:
        event = ReferralMade(loyalty_id=referrer_id, patient_id=referrer_id, referral_id=made_id)
        await record(tx, event, actor=actor)
    return made


async def complete_referral(tx: Tx, event: AppointmentCompleted, *, actor: Actor) -> None:
    """A reaction: a friend's first visit took place, and who brought them is thanked with points; the friend too where
    the program says so. Looks once more whether they count: a phone may have become known meanwhile."""
    found = await store.of_friend(tx, event.patient_id, lock=True) if event.patient_id is not None else None
    if found is None or found.status != "pending":
        return
    two = await store.pair(tx, referrer_id=found.referrer_id, friend_id=found.friend_id, but_for=event.appointment_id)
    if because := why_refused(two):
        await store.refuse(tx, referral_id=found.id, because=because)
        return
    await store.complete(tx, referral_id=found.id, appointment_id=event.appointment_id)
    points = (await program_in_force(tx)).points_for
    for rule, whose in (("referral", found.referrer_id), ("referred", found.friend_id)):
        if earned := points(rule):
            await award(
                tx,
                patient_id=whose,
                points=earned,
                rule=rule,
                source=f"patient:{found.friend_id}",
                hospital_id=event.hospital_id,
                actor=SYSTEM,
            )
    done = ReferralCompleted(loyalty_id=found.referrer_id, patient_id=found.referrer_id, referral_id=found.id)
    await record(tx, done, actor=actor)


async def take_back_referral(tx: Tx, event: AppointmentRestored, *, actor: Actor) -> None:
    """A reaction: the visit that had completed a referral did not take place after all. Where the friend has another
    one behind them, that one completes it; else the points are taken back, and the referral waits again."""
    found = await store.completed_by(tx, event.appointment_id)
    if found is None:
        return
    other = await store.other_visit(tx, patient_id=found.friend_id, but_for=event.appointment_id)
    if other is not None:
        await store.lean_on(tx, referral_id=found.id, appointment_id=other)
        return
    await store.reopen(tx, referral_id=found.id)
    for rule in ("referral", "referred"):
        await reverse(
            tx,
            rule=rule,
            source=f"patient:{found.friend_id}",
            reason="The friend's first visit was undone.",
            actor=actor,
        )
