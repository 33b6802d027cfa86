"""The feedback centre: what patients say, filtered; one with everything; what staff answer; the desk; the settings."""

import re
from datetime import date
from typing import Any

import httpx
from msgspec import convert

from bedside.accounts import Role, SignedIn
from bedside.feedback import store
from bedside.feedback.form_model import NewForm
from bedside.feedback.forms import add_form
from tests.feedback.asking import Clinic

ADA = SignedIn(kind="staff", id=1, name="Ada", role=Role.ADMIN)


async def page(clinic: Clinic, path: str, who: dict[str, str] | None = None) -> str:
    """What somebody sees."""
    answer = await clinic.client.get(path, headers=who or clinic.desk)
    assert answer.status_code == 200, answer.text[:2000]
    return answer.text


async def posted(
    clinic: Clinic, path: str, fields: dict[str, Any], who: dict[str, str] | None = None
) -> httpx.Response:
    """What a form answers."""
    return await clinic.client.post(path, data=fields, headers=who or clinic.desk)


async def test_the_centre_says_what_to_do_while_nobody_has_said_anything(clinic: Clinic) -> None:
    assert "Nobody has said anything yet" in await page(clinic, "/feedback")


async def test_what_was_said_is_listed_filtered_and_exported_alike(clinic: Clinic) -> None:
    low = await clinic.give(appointment_id=await clinic.visit(), rating=1, words="I waited <b>two</b> hours.")
    await clinic.policy(anonymous_offered=True)
    happy = await clinic.give(hospital_id=clinic.hospital, rating=5, anonymous=True)
    every = await page(clinic, "/feedback")
    assert "I waited &lt;b&gt;two&lt;/b&gt; hours." in every
    assert f"/feedback/{low.id}" in every
    assert f"/feedback/{happy.id}" in every
    assert "To recover" in every
    for query in (
        "state=recovery",
        "state=low",
        "rating=1",
        "q=waited",
        "state=words",
        f"hospital={clinic.hospital}&rating=1",
    ):
        shown = await page(clinic, f"/feedback?{query}")
        assert f'"/feedback/{low.id}"' in shown, query
        assert f'"/feedback/{happy.id}"' not in shown, query
    assert "/api/patient-feedback/export?needsRecovery=true" in await page(clinic, "/feedback?state=recovery")
    assert "Nothing like that" in await page(clinic, "/feedback?rating=3")
    # what is asked wrongly is not asked
    assert f'"/feedback/{low.id}"' in await page(
        clinic, "/feedback?rating=seven&state=odd&days=x&hospital=-1&department=9"
    )
    table = await clinic.client.get("/api/patient-feedback/export?needsRecovery=true", headers=clinic.desk)
    assert "two" in table.text


async def test_one_shows_its_stars_its_task_and_takes_an_answer(clinic: Clinic) -> None:
    low = await clinic.give(
        appointment_id=await clinic.visit(), rating=2, words="Cold rooms.", categories={"facilities": 1}
    )
    shown = await page(clinic, f"/feedback/{low.id}")
    for part in (
        "Cold rooms.",
        "Facilities",
        "Making up for it",
        "Waits for somebody",
        "Anna Avery",
        "Dr. Amelia Smith",
    ):
        assert part in shown
    assert "Message to Anna Avery" in await page(clinic, f"/feedback/{low.id}/answer")
    empty = await posted(clinic, f"/feedback/{low.id}/answer", {"kind": "message", "body": "", "channel": ""})
    assert empty.status_code == 422
    sent = await posted(
        clinic, f"/feedback/{low.id}/answer", {"kind": "message", "body": "We are sorry.", "channel": "sms"}
    )
    assert sent.status_code == 200
    assert "dialog:close" in sent.headers["hx-trigger"]
    note = await posted(clinic, f"/feedback/{low.id}/answer", {"kind": "private", "body": "Heating is repaired."})
    assert note.status_code == 200
    after = await page(clinic, f"/feedback/{low.id}/rows")
    assert "We are sorry." in after
    assert "Heating is repaired." in after


async def test_an_anonymous_one_names_nobody_and_cannot_be_answered(clinic: Clinic) -> None:
    await clinic.policy(anonymous_offered=True)
    said = await clinic.give(appointment_id=await clinic.visit(), rating=4, anonymous=True)
    shown = await page(clinic, f"/feedback/{said.id}")
    assert "Anna" not in shown
    assert "Given without a name" in shown
    assert "Message to" not in await page(clinic, f"/feedback/{said.id}/answer")


async def test_a_happy_patient_is_asked_for_a_review_once(clinic: Clinic) -> None:
    await clinic.policy(review_url="https://reviews.example.org/bellevue")
    said = await clinic.give(appointment_id=await clinic.visit(), rating=5)
    assert "Ask for a public review" in await page(clinic, f"/feedback/{said.id}")
    assert (await posted(clinic, f"/feedback/{said.id}/review", {})).status_code == 200
    assert "Asked for a public review" in await page(clinic, f"/feedback/{said.id}")
    assert (await posted(clinic, f"/feedback/{said.id}/review", {})).status_code == 409


async def test_feedback_of_another_hospital_is_not_theirs(clinic: Clinic) -> None:
    said = await clinic.give(appointment_id=await clinic.visit(), rating=3, words="Only ours.")
    elsewhere = await clinic.as_role("front_desk", hospitals=[clinic.hospital + 1])
    assert (await clinic.client.get(f"/feedback/{said.id}", headers=elsewhere)).status_code == 404
    assert "Only ours." not in await page(clinic, "/feedback", elsewhere)


async def test_what_is_said_at_the_desk_is_kept_with_the_visit_that_is_chosen(clinic: Clinic) -> None:
    visit = await clinic.visit()
    form = await page(clinic, f"/feedback/new?appointmentId={visit}")
    assert "What Anna Avery says" in form
    assert f'value="{visit}" selected' in form
    assert "Waiting time" in form
    fields = {"patient_id": clinic.anna, "appointment_id": visit, "words": "Cold."}
    wrong = await posted(clinic, "/feedback/new", fields)
    assert wrong.status_code == 422
    assert "Choose from one to five stars." in wrong.text
    kept = await posted(clinic, "/feedback/new", fields | {"rating": "2", "category_staff": "4"})
    assert kept.status_code == 200, kept.text
    assert "A task is open" in kept.text
    again = await posted(clinic, "/feedback/new", fields | {"rating": "5"})
    assert again.status_code == 422
    assert "rated once" in again.text
    panel = await page(clinic, f"/panels/patients/{clinic.anna}/feedback")
    assert "Cold." in panel
    assert "To recover" in panel
    assert "Cold." in await page(clinic, f"/appointments/{visit}/feedback")


async def test_another_day_is_given_by_its_date(clinic: Clinic) -> None:
    nobody = await posted(clinic, "/feedback/new", {"rating": "4"})
    assert nobody.status_code == 422
    assert "Choose whose visit it was." in nobody.text
    fields = {"patient_id": clinic.anna, "rating": "4", "visit_date": "2026-01-05"}
    await clinic.visit()
    assert (await posted(clinic, "/feedback/new", fields)).status_code == 200
    assert await clinic.value("select appointment_id from crm.patient_feedback") is None


async def test_a_visit_says_how_it_stands_with_asking(clinic: Clinic) -> None:
    visit = await clinic.visit()
    path = f"/appointments/{visit}/feedback"
    assert "They are asked" in await page(clinic, path)
    await clinic.policy(delay_minutes=0)
    await clinic.execute("update crm.feedback_invitations set due_at = created_at")
    await clinic.ask()
    assert "no answer yet" in await page(clinic, path)


async def test_a_hospital_changes_how_it_asks(clinic: Clinic) -> None:
    marketing = await clinic.as_role("marketing")
    assert "As the defaults say" in await page(clinic, "/settings/feedback", marketing)
    path = f"/settings/feedback/{clinic.hospital}"
    assert "Minutes after the visit" in await page(clinic, path, marketing)
    fields = {
        "version": "0", "enabled": "true", "delay_minutes": "30", "channels": ["email", "sms"], "open_days": "14",
        "reminder_after_hours": "", "review_url": "https://reviews.example.org/b", "review_from_stars": "4",
        "recovery_role": "front_desk", "recovery_hours": "12", "escalate_role": "admin", "anonymous_offered": "true",
    }  # fmt: skip
    wrong = await posted(clinic, path, fields | {"delay_minutes": "-5", "review_url": "nowhere"}, marketing)
    assert wrong.status_code == 422
    assert "From 0 to 20160" in wrong.text
    assert (await posted(clinic, path, fields, marketing)).status_code == 200
    after = await page(clinic, "/settings/feedback/rows", marketing)
    assert "30 minutes after the visit" in after
    assert "Email, then SMS" in after or "email, then SMS" in after
    stale = await posted(clinic, path, fields, marketing)
    assert stale.status_code == 422


async def test_categories_are_added_renamed_moved_and_put_away(clinic: Clinic) -> None:
    marketing = await clinic.as_role("marketing")
    base = "/settings/feedback/categories"
    assert (await posted(clinic, f"{base}/new", {"code": "food", "label_es": "Comida"}, marketing)).status_code == 422
    made = await posted(clinic, f"{base}/new", {"code": "food", "label_en": "Food", "label_es": "Comida"}, marketing)
    assert made.status_code == 200, made.text
    number = await clinic.value("select id from crm.feedback_categories where code = 'food'")
    assert "Food" in await page(clinic, f"{base}/{number}", marketing)
    assert (await posted(clinic, f"{base}/{number}", {"label_en": "Meals"}, marketing)).status_code == 200
    for how in ("up", "down", "away", "back"):
        assert (await posted(clinic, f"{base}/{number}/move?how={how}", {}, marketing)).status_code == 200
    assert "Meals" in await page(clinic, "/settings/feedback/rows", marketing)


async def test_a_low_rating_rings_the_bell_and_a_good_one_does_not(clinic: Clinic) -> None:
    await clinic.give(appointment_id=await clinic.visit(), rating=5)
    assert "Low rating" not in await page(clinic, "/bell")
    said = await clinic.give(patient_id=clinic.anna, visit_date=date(2026, 1, 5), rating=1)
    bell = await page(clinic, "/bell")
    assert "Low rating: 1 of 5" in bell
    assert f"/feedback/{said.id}" in bell


async def test_the_desk_writes_down_what_was_answered_to_the_hospitals_questions(clinic: Clinic) -> None:
    questions = [
        {"key": "recommend", "kind": "nps", "labels": {"en": "Would you recommend us?"}, "required": True},
        {
            "key": "why",
            "kind": "text",
            "labels": {"en": "Why not?"},
            "condition": {"question": "recommend", "atMost": 6},
        },
    ]
    async with clinic.database.transaction() as tx:
        asked = await add_form(tx, new=convert({"name": "After a visit", "questions": questions}, NewForm), actor=ADA)
    await clinic.policy(form_id=asked.id)
    visit = await clinic.visit()
    form = await page(clinic, f"/feedback/new?appointmentId={visit}")
    assert "Would you recommend us?" in form
    assert "Why not?" in await page(clinic, f"/feedback/new/questions?appointment_id={visit}")
    assert "Why not?" not in await page(clinic, "/feedback/new/questions?appointment_id=")  # a day was given instead
    fields = {"patient_id": str(clinic.anna), "appointment_id": str(visit), "rating": "2"}
    half = await posted(clinic, "/feedback/new", fields | {"answer_why": "The wait"})
    assert half.status_code == 422
    assert "Please answer this question." in half.text
    kept = await posted(clinic, "/feedback/new", fields | {"answer_recommend": "4", "answer_why": "The wait"})
    assert kept.status_code == 200, kept.text
    async with clinic.database.transaction() as tx:
        [said] = (await store.FEEDBACK.page(tx, filters={"within": None, "appointment_id": visit})).items
    assert [(one.question, one.number, one.words) for one in said.answers] == [
        ("recommend", 4, None), ("why", None, "The wait"),
    ]  # fmt: skip


async def test_the_order_of_channels_is_changed_by_buttons_and_kept_with_the_rest(clinic: Clinic) -> None:
    marketing = await clinic.as_role("marketing")
    path = f"/settings/feedback/{clinic.hospital}"
    form = await page(clinic, path, marketing)
    order = re.findall(r'name="channel_order" value="(\w+)"', form)
    fields = {
        "version": re.findall(r'name="version" value="(\d+)"', form)[0], "enabled": "true", "delay_minutes": "60",
        "open_days": "14", "review_from_stars": "5", "recovery_role": "front_desk", "recovery_hours": "24",
        "escalate_role": "admin", "channels": ["email"], "channel_order": order,
    }  # fmt: skip
    for pressed in ("up-email", "up-email", "up-email"):
        drawn = await posted(clinic, path, fields | {"move": pressed}, marketing)
        assert drawn.status_code == 200
        fields["channel_order"] = re.findall(r'name="channel_order" value="(\w+)"', drawn.text)
    assert fields["channel_order"] == ["email", *(one for one in order if one != "email")]
    assert 'value="email" checked' in drawn.text
    assert 'value="60"' in drawn.text  # what else was filled in stays
    assert re.search(r'value="down-email"[^>]*autofocus', drawn.text)
    assert await clinic.value("select count(*) from crm.feedback_policies where delay_minutes = 60") == 0
    kept = await posted(clinic, path, fields | {"channels": ["email", "sms"]}, marketing)
    assert kept.status_code == 200, kept.text
    again = await page(clinic, path, marketing)
    assert re.findall(r'name="channel_order" value="(\w+)"', again)[:2] == ["email", "sms"]
