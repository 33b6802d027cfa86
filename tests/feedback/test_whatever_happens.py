"""Whatever happens to a visit and in whatever order: asked once, reminded once, rated once, and only of what was."""

import random
from datetime import timedelta

import pytest

from bedside.feedback.model import FeedbackGivenAlready, InvitationOver
from tests.feedback.asking import Clinic, token_in

STEPS = ("complete", "undo", "work", "wait", "wait long", "link", "desk")


@pytest.mark.parametrize("seed", range(12))
async def test_a_walk_through_what_may_happen(clinic: Clinic, seed: int) -> None:
    by_chance = random.Random(seed)
    await clinic.policy(delay_minutes=by_chance.choice((0, 60)), anonymous_offered=seed % 2 == 0)
    visit = await clinic.visit()
    await clinic.house.deliver()
    completed, answered, asked, reminded = True, False, 0, 0
    tokens: list[str] = []
    for _ in range(25):
        match by_chance.choice(STEPS):
            case "complete" if not completed:
                await clinic.complete_again(visit)
                completed = True
            case "undo" if completed:
                await clinic.undo(visit)
                completed = False
            case "work":
                for message in await clinic.ask():
                    assert completed, "somebody was asked about a visit that was undone"
                    assert not answered, "somebody was asked about a visit that they had rated"
                    tokens.append(token_in(message.body))
                    asked += "It takes ten seconds" in message.body
                    reminded += "we would still like" in message.body
            case "wait":
                clinic.house.clock.advance(timedelta(hours=by_chance.choice((1, 5))))
            case "wait long":
                clinic.house.clock.advance(timedelta(hours=50))
            case "link" if tokens:
                try:
                    await clinic.rate(by_chance.choice(tokens), rating=3, anonymous=seed % 2 == 0)
                except InvitationOver:
                    assert (
                        answered
                        or not completed
                        or clinic.house.clock.now()
                        >= await clinic.value("select expires_at from crm.feedback_invitations")
                    )
                else:
                    assert completed, "a visit that was undone was rated"
                    assert not answered, "a visit was rated twice"
                    answered = True
            case "desk" if completed and by_chance.random() < 0.2:
                try:
                    await clinic.give(appointment_id=visit, rating=5)
                except FeedbackGivenAlready:
                    assert answered
                else:
                    assert not answered, "a visit was rated twice"
                    answered = True
    assert asked <= 1
    assert reminded <= asked
    assert await clinic.value("select count(*) from crm.patient_feedback") == int(answered)
    assert await clinic.value("select count(*) from crm.event_log where kind = 'feedback.given'") == int(answered)
