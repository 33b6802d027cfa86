"""Survey forms: versions, conditions, and the answers to the version that was asked."""

from typing import Any

import pytest

from bedside.accounts import Role
from tests.feedback.asking import Clinic

PATH = "/api/feedback-forms"
QUESTIONS: list[dict[str, Any]] = [
    {"key": "recommend", "kind": "nps", "labels": {"en": "Would you recommend us?", "es": "¿Nos recomendaría?"}},
    {
        "key": "why", "kind": "text", "labels": {"en": "What should be better?"}, "required": True,
        "condition": {"question": "recommend", "atMost": 6},
    },
    {
        "key": "heard", "kind": "choice", "labels": {"en": "How did you hear of us?"},
        "options": [{"key": "friend", "labels": {"en": "A friend"}}, {"key": "web", "labels": {"en": "The web"}}],
    },
    {
        "key": "parking", "kind": "yes_no", "labels": {"en": "Did you find a place to park?"},
        "condition": {"question": "heard", "is": "web"},
    },
    {
        "key": "call", "kind": "csat", "labels": {"en": "How was the call?"},
        "condition": {"question": "rating", "atMost": 3},
    },
]  # fmt: skip


async def admin(clinic: Clinic) -> dict[str, str]:
    return await clinic.as_role(Role.ADMIN)


async def with_form(clinic: Clinic) -> int:
    """A form that Bellevue asks."""
    who = await admin(clinic)
    made = await clinic.client.post(PATH, json={"name": "After a visit", "questions": QUESTIONS}, headers=who)
    assert made.status_code == 201, made.text
    policy = await clinic.client.put(
        f"/api/feedback-policies/{clinic.hospital}", json={"formId": made.json()["id"]}, headers=who
    )
    assert policy.status_code == 200, policy.text
    return int(made.json()["id"])


async def test_answers_are_kept_with_the_version_that_was_asked(clinic: Clinic) -> None:
    form = await with_form(clinic)
    visit = await clinic.visit()
    answers = {"recommend": 9, "heard": "web", "parking": False, "call": None}
    status, made = await clinic.say({"appointmentId": visit, "rating": 5, "answers": answers})
    assert status == 201, made
    kept = {one["question"]: (one["number"], one["words"]) for one in made["answers"]}
    assert kept == {"recommend": (9, None), "heard": (None, "web"), "parking": (0, None)}
    versions = (await clinic.client.get(f"{PATH}/{form}/versions", headers=await admin(clinic))).json()["items"]
    assert made["formVersionId"] == versions[0]["id"]


async def test_a_next_version_is_asked_from_then_on_and_the_old_answers_keep_theirs(clinic: Clinic) -> None:
    form = await with_form(clinic)
    who = await admin(clinic)
    first = (await clinic.client.get(f"{PATH}/{form}", headers=who)).json()["current"]["id"]
    fresh = await clinic.client.post(f"{PATH}/{form}/versions", json={"questions": QUESTIONS[:1]}, headers=who)
    assert (fresh.status_code, fresh.json()["current"]["number"]) == (201, 2)
    visit = await clinic.visit()
    status, made = await clinic.say({"appointmentId": visit, "rating": 5, "answers": {"heard": "web"}})
    assert (status, made["errors"][0]["pointer"]) == (422, "/answers/heard")
    status, made = await clinic.say({"appointmentId": visit, "rating": 5, "answers": {"recommend": 0}})
    assert (status, made["formVersionId"] != first) == (201, True)


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ({"recommend": 11}, "/answers/recommend"),
        ({"recommend": "9"}, "/answers/recommend"),
        ({"recommend": True}, "/answers/recommend"),
        ({"recommend": 3}, "/answers/why"),
        ({"recommend": 9, "why": "x"}, "/answers/why"),
        ({"heard": "radio"}, "/answers/heard"),
        ({"heard": "friend", "parking": True}, "/answers/parking"),
        ({"heard": "web", "parking": 1}, "/answers/parking"),
        ({"shoes": "brown"}, "/answers/shoes"),
        ({"call": 2}, "/answers/call"),
    ],
)
async def test_what_is_no_answer_is_refused_and_nothing_kept(
    clinic: Clinic, answers: dict[str, Any], pointer: str
) -> None:
    await with_form(clinic)
    visit = await clinic.visit()
    status, problem = await clinic.say({"appointmentId": visit, "rating": 4, "answers": answers})
    assert (status, problem["errors"][0]["pointer"]) == (422, pointer)
    assert await clinic.value("select count(*) from crm.patient_feedback") == 0
    assert (await clinic.say({"appointmentId": visit, "rating": 4}))[0] == 201


def changed(place: int, **changes: Any) -> list[dict[str, Any]]:
    made = [dict(one) for one in QUESTIONS]
    made[place] |= changes
    return made


@pytest.mark.parametrize(
    ("questions", "pointer"),
    [
        ([], "/questions"),
        (changed(1, key="recommend"), "/questions/1/key"),
        (changed(0, key="rating"), "/questions/0/key"),
        (changed(0, labels={"es": "¿Sí?"}), "/questions/0/labels/en"),
        (changed(2, options=[]), "/questions/2/options"),
        (changed(0, options=QUESTIONS[2]["options"]), "/questions/0/options"),
        (changed(0, condition={"question": "heard", "is": "web"}), "/questions/0/condition/question"),
        (changed(1, condition={"question": "recommend"}), "/questions/1/condition"),
        (changed(1, condition={"question": "recommend", "is": "nine"}), "/questions/1/condition/is"),
        (changed(3, condition={"question": "heard", "is": "radio"}), "/questions/3/condition/is"),
        (changed(3, condition={"question": "heard", "atMost": 3}), "/questions/3/condition"),
        (changed(0, kind="essay"), "/questions/0/kind"),
    ],
)
async def test_what_no_form_can_ask_is_refused(clinic: Clinic, questions: list[Any], pointer: str) -> None:
    who = await admin(clinic)
    answer = await clinic.client.post(PATH, json={"name": "Wrong", "questions": questions}, headers=who)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith(pointer), answer.text
    assert await clinic.value("select count(*) from crm.feedback_forms") == 0


async def test_a_form_that_was_put_away_is_asked_nowhere(clinic: Clinic) -> None:
    form = await with_form(clinic)
    who = await admin(clinic)
    away = await clinic.client.patch(f"{PATH}/{form}", json={"archived": True}, headers=who)
    assert away.status_code == 200
    visit = await clinic.visit()
    assert (await clinic.say({"appointmentId": visit, "rating": 4, "answers": {"recommend": 9}}))[0] == 422
    later = await clinic.client.post(
        f"{PATH}/{form}/versions", json={"questions": QUESTIONS[:1]}, headers=await admin(clinic)
    )
    assert (later.status_code, later.json()["type"]) == (409, "/problems/feedback-form-archived")
