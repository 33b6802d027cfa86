"""Answers to a survey form come with the rating: to the version that was asked, by link all that has to be answered."""

from typing import Any

import pytest
from msgspec import convert

from bedside.accounts import Role, SignedIn
from bedside.feedback.form_model import AnswerRefused, NewForm, NewFormVersion
from bedside.feedback.forms import add_form, publish_version
from tests.feedback.asking import Clinic, token_in

ADA = SignedIn(kind="staff", id=1, name="Ada", role=Role.ADMIN)
QUESTIONS = [
    {"key": "recommend", "kind": "nps", "labels": {"en": "Would you recommend us?"}, "required": True},
    {"key": "why", "kind": "text", "labels": {"en": "Why not?"}, "condition": {"question": "recommend", "atMost": 6}},
    {"key": "again", "kind": "yes_no", "labels": {"en": "Would you come again?"}},
]


@pytest.fixture
async def form(clinic: Clinic) -> int:
    """A form that Bellevue asks, at once."""
    async with clinic.database.transaction() as tx:
        made = await add_form(tx, new=convert({"name": "After a visit", "questions": QUESTIONS}, NewForm), actor=ADA)
    await clinic.policy(delay_minutes=0, form_id=made.id)
    return made.id


async def test_answers_are_kept_with_the_version_that_was_asked(clinic: Clinic, form: int) -> None:
    visit = await clinic.visit()
    answers = {"recommend": 4, "why": "The wait", "again": False}
    status, made = await clinic.say({"appointmentId": visit, "rating": 2, "answers": answers})
    assert status == 201, made
    assert [(one["question"], one["number"], one["words"]) for one in made["answers"]] == [
        ("again", 0, None), ("recommend", 4, None), ("why", None, "The wait"),
    ]  # fmt: skip
    assert made["formVersionId"] is not None


async def test_the_desk_may_leave_the_form_out(clinic: Clinic, form: int) -> None:
    visit = await clinic.visit()
    status, made = await clinic.say({"appointmentId": visit, "rating": 5})
    assert (status, made["formVersionId"], made["answers"]) == (201, None, [])


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ({"recommend": 11}, "/answers/recommend"),
        ({"recommend": True}, "/answers/recommend"),
        ({"again": True}, "/answers/recommend"),
        ({"recommend": 9, "why": "x"}, "/answers/why"),
        ({"recommend": 4, "why": "a\u0000b"}, "/answers/why"),
        ({"recommend": 9, "colour": "x"}, "/answers/colour"),
    ],
)
async def test_an_answer_that_is_none_is_refused_and_nothing_is_kept(
    clinic: Clinic, form: int, answers: dict[str, Any], pointer: str
) -> None:
    visit = await clinic.visit()
    status, problem = await clinic.say({"appointmentId": visit, "rating": 2, "answers": answers})
    assert (status, problem["errors"][0]["pointer"]) == (422, pointer), problem
    assert await clinic.value("select count(*) from crm.patient_feedback") == 0
    assert (await clinic.invitation(visit))["status"] == "planned"


async def test_by_link_the_version_that_was_sent_is_answered(clinic: Clinic, form: int) -> None:
    await clinic.visit()
    await clinic.house.deliver()
    [message] = await clinic.ask()
    later = [{"key": "parking", "kind": "csat", "labels": {"en": "Parking?"}}]
    async with clinic.database.transaction() as tx:
        await publish_version(tx, form_id=form, new=convert({"questions": later}, NewFormVersion), actor=ADA)
    for answers in ({"parking": 5}, {}):
        with pytest.raises(AnswerRefused):
            await clinic.rate(token_in(message.body), rating=5, answers=answers)
    kept = await clinic.rate(token_in(message.body), rating=5, answers={"recommend": 10})
    assert [(one.question, one.number) for one in kept.answers] == [("recommend", 10)]
