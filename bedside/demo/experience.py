"""The demonstration's patients say how their visits were, collect points, and redeem some."""

from datetime import timedelta
from random import Random
from typing import Any

import msgspec

from bedside.demo.correspondence import Reader
from bedside.demo.desk import Deed
from bedside.demo.saying import Said, what_was_said
from bedside.demo.small import SmallWorld
from bedside.event_log import Actor
from bedside.event_log.history import PastEvent
from bedside.feedback import FeedbackGiven
from bedside.feedback.history import (
    Answer,
    NewForm,
    NewPolicy,
    PastFeedback,
    PastInvitation,
    add_form,
    change_policy,
    write_feedback,
    write_invitations,
    write_recovery,
    write_response,
)
from bedside.kit.database import Tx
from bedside.loyalty.history import (
    NewReferral,
    PastAward,
    cancel_redemption,
    code_of,
    offered,
    redeem,
    refer,
    use_voucher,
    write_points,
)
from bedside.scheduling.history import PastVisit

_OPEN = timedelta(days=30)
_SINCE = timedelta(days=70)
_RECENT = timedelta(days=4)  # what was rated so lately has not been made up for yet
_VISIT, _STARS, _WORDS = 100, 25, 50
_PRIORITY, _CHECKUP = 250, 500
_THANKS = {
    "en": "Thank you for telling us. It means a lot to the team.",
    "es": "Gracias por contárnoslo. Significa mucho para el equipo.",
    "ar": "شكراً لإخبارنا، فهذا يعني الكثير للفريق.",
}
_SORRY = "Called them, said that we are sorry, and offered a time with less of a wait."
_QUESTIONS = [
    {
        "key": "recommend", "kind": "nps",
        "labels": {
            "en": "How likely are you to recommend us?", "es": "¿Con qué probabilidad nos recomendaría?",
            "ar": "ما مدى احتمال أن تنصح بنا؟",
        },
    },
    {
        "key": "better", "kind": "text", "condition": {"question": "recommend", "atMost": 6},
        "labels": {
            "en": "What would have made it better?", "es": "¿Qué lo habría mejorado?",
            "ar": "ما الذي كان سيجعلها أفضل؟",
        },
    },
]  # fmt: skip


async def some_experience(
    tx: Tx, random: Random, world: SmallWorld, visits: list[tuple[int, PastVisit]], readers: dict[int, Reader]
) -> tuple[list[PastEvent], list[Deed]]:
    """Writes what was said of past visits and what they earned; gives the events, and what patients did with points."""
    version = await _ask_more(tx, world)
    asks_more = {world.bellevue.id: version}
    said = what_was_said(random, visits, readers, now=tx.now)
    await write_invitations(tx, [_invitation(one, asks_more) for one in said])
    answered = [one for one in said if one.rating is not None]
    ids = await write_feedback(tx, [_feedback(one, asks_more, readers) for one in answered])
    given = list(zip(ids, answered, strict=True))
    await _make_up(tx, random, world, given)
    await write_points(tx, [*_for_visits(visits), *_for_answers(answered)])
    return [_event(feedback_id, one, readers) for feedback_id, one in given], await _redeemed(tx, random, world, visits)


async def _ask_more(tx: Tx, world: SmallWorld) -> int:
    """Bellevue asks at once, one question more, offers to answer without a name, and sends who is content on."""
    ada, then = world.user(world.ada), tx.dated(tx.now - _SINCE)
    new = msgspec.convert({"name": "After a visit", "questions": _QUESTIONS}, NewForm)
    form = await add_form(then, new=new, actor=ada)
    policy = NewPolicy(
        form_id=form.id,
        delay_minutes=0,
        anonymous_offered=True,
        review_url="https://reviews.example.org/bellevue-general",
        recovery_assigned_to=world.frida.id,
    )
    await change_policy(then, hospital_id=world.bellevue.id, new=policy, actor=ada)
    return form.current.id


def _invitation(one: Said, asks_more: dict[int, int]) -> PastInvitation:
    return PastInvitation(
        appointment_id=one.appointment_id,
        patient_id=one.visit.patient_id,
        hospital_id=one.visit.hospital_id,
        status="sent" if one.said_at is None else "answered",
        due_at=one.asked_at,
        expires_at=one.asked_at + _OPEN,
        created_at=one.visit.completed_at or one.asked_at,
        language=one.language,
        form_version_id=asks_more.get(one.visit.hospital_id),
        anonymous_offered=one.visit.hospital_id in asks_more,
        sent_at=one.asked_at,
        reminded_at=one.asked_at + timedelta(hours=48) if one.said_at is None else None,
        answered_at=one.said_at,
    )


def _feedback(one: Said, asks_more: dict[int, int], readers: dict[int, Reader]) -> PastFeedback:
    version = asks_more.get(one.visit.hospital_id)
    answers = []
    if version is not None and one.recommends is not None:
        answers = [Answer(question="recommend", kind="nps", number=one.recommends, words=None)]
    return PastFeedback(
        hospital_id=one.visit.hospital_id,
        visit_date=one.visit.starts_at.date(),
        rating=one.rating or 5,
        created_at=one.said_at or one.asked_at,
        patient_id=one.visit.patient_id,
        appointment_id=one.appointment_id,
        department_id=one.visit.department_id,
        practitioner_id=one.visit.practitioner_id,
        words=one.words,
        language=one.language,
        created_by_name=readers[one.visit.patient_id].first_name,
        form_version_id=version,
        categories=one.stars,
        answers=answers,
    )


async def _make_up(tx: Tx, random: Random, world: SmallWorld, given: list[tuple[int, Said]]) -> None:
    """Low ratings were made up for within a day, but for the latest; some of the others were thanked."""
    frida, olga = world.frida.name, world.olga.name
    for feedback_id, one in given:
        at = one.said_at
        if one.rating is None or at is None:
            continue
        by = frida if one.visit.hospital_id == world.bellevue.id else olga
        if one.rating <= 2:
            done_at = at + timedelta(hours=random.randint(2, 22)) if tx.now - at > _RECENT else None
            await write_recovery(tx, feedback_id=feedback_id, at=at, done_at=done_at, by=by)
            if done_at is not None:
                await write_response(tx, feedback_id=feedback_id, kind="private", body=_SORRY, by=by, at=done_at)
        elif one.words and random.random() < 0.2:
            thanked = min(tx.now, at + timedelta(hours=random.randint(1, 30)))
            words = _THANKS[one.language]
            await write_response(tx, feedback_id=feedback_id, kind="message", body=words, by=by, at=thanked)


def _for_visits(visits: list[tuple[int, PastVisit]]) -> list[PastAward]:
    return [
        PastAward(
            patient_id=one.patient_id,
            points=_VISIT,
            rule="visit_completed",
            source=f"appointment:{appointment_id}",
            hospital_id=one.hospital_id,
            at=one.completed_at,
        )
        for appointment_id, one in visits
        if one.completed_at is not None
    ]


def _for_answers(answered: list[Said]) -> list[PastAward]:
    return [
        PastAward(
            patient_id=one.visit.patient_id,
            points=_WORDS if one.words else _STARS,
            rule="feedback",
            source=f"appointment:{one.appointment_id}",
            hospital_id=one.visit.hospital_id,
            at=one.said_at or one.asked_at,
        )
        for one in answered
    ]


def _event(feedback_id: int, one: Said, readers: dict[int, Reader]) -> PastEvent:
    event = FeedbackGiven(
        feedback_id=feedback_id,
        appointment_id=one.appointment_id,
        rating=one.rating or 5,
        has_words=bool(one.words),
        hospital_id=one.visit.hospital_id,
        patient_id=one.visit.patient_id,
    )
    whose = Actor(kind="patient", id=one.visit.patient_id, name=readers[one.visit.patient_id].first_name)
    return PastEvent(event, whose, one.said_at or one.asked_at)


async def _redeemed(tx: Tx, random: Random, world: SmallWorld, visits: list[tuple[int, PastVisit]]) -> list[Deed]:
    """Who came often redeemed something; some vouchers were used since, one was called off; two brought a friend."""
    frida = world.user(world.frida)
    came: dict[int, int] = {}
    for _, visit in visits:
        if visit.status == "completed" and visit.hospital_id == world.bellevue.id:
            came[visit.patient_id] = came.get(visit.patient_id, 0) + 1
    often = sorted(came, key=lambda patient: (-came[patient], patient))[:24]
    costs = {one.points_cost: one.id for one in await offered(tx)}
    deeds: list[Deed] = []

    def redeems(patient_id: int, cost: int, days_ago: int, then: str) -> None:
        at = tx.now - timedelta(days=days_ago, minutes=random.randint(5, 400))

        async def do(then_tx: Tx) -> Any:
            whose = Actor(kind="patient", id=patient_id)
            made = await redeem(then_tx, patient_id=patient_id, reward_id=costs[cost], source="desk", actor=frida)
            if then == "used":
                later = then_tx.dated(then_tx.now + timedelta(hours=20))
                await use_voucher(later, code=made.code, hospital_id=world.bellevue.id, actor=frida)
            elif then == "cancelled":
                await cancel_redemption(then_tx, redemption_id=made.id, reason="Took the wrong one.", actor=whose)

        deeds.append(Deed(at, do))

    for place, patient_id in enumerate(often[4:]):
        cost = _CHECKUP if place < 6 and came[patient_id] >= 6 else _PRIORITY
        redeems(patient_id, cost, 1 + place, ("used", "issued", "used", "issued", "cancelled")[place % 5])
    friends = [one for one in (world.silent.id, world.james.id) if one not in came]
    for referrer, friend in zip(often[:2], friends, strict=False):

        async def bring(then_tx: Tx, referrer: int = referrer, friend: int = friend) -> Any:
            code = await code_of(then_tx, referrer)
            return await refer(then_tx, new=NewReferral(code=code, friend_id=friend), actor=frida)

        deeds.append(Deed(tx.now - timedelta(days=3), bring))
    return deeds
