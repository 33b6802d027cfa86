"""Patients are asked after a visit: when the policy says, once, by a link that answers once, and reminded once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bedside.feedback.links import open_invitation
from bedside.feedback.model import FeedbackGivenAlready, InvitationOver, NoSuchInvitation
from bedside.feedback.tasks import send_due
from bedside.messaging.providers.outcomes import Outgoing
from bedside.messaging.reports import Report
from bedside.messaging.status_changes import apply
from tests.feedback.asking import Clinic, token_in
from tests.scheduling.conftest import MONDAY, at


async def asked(clinic: Clinic, *, delay_minutes: int = 0, **policy: Any) -> tuple[int, Outgoing]:
    """A visit that took place, and the one message that asks about it."""
    await clinic.policy(delay_minutes=delay_minutes, **policy)
    visit = await clinic.visit()
    await clinic.house.deliver()  # what was said of the booking
    [message] = await clinic.ask()
    return visit, message


async def test_a_visit_that_took_place_is_asked_about_after_the_policys_delay(clinic: Clinic) -> None:
    visit = await clinic.visit()
    await clinic.house.deliver()
    planned = await clinic.invitation(visit)
    assert (planned["status"], planned["channels"]) == ("planned", ["sms", "whatsapp", "email"])
    assert await clinic.ask() == []
    clinic.house.clock.advance(timedelta(hours=2))
    [message] = await clinic.ask()
    assert message.body.startswith(
        "Bellevue General: how was your visit with Dr. Amelia Smith on March 8? It takes ten"
    )
    assert message.body.partition("http")[2].startswith("://bedside.test/f/")
    sent = await clinic.invitation(visit)
    assert (sent["status"], sent["message_id"] is not None) == ("sent", True)
    assert await clinic.value("select count(*) from crm.event_log where kind = 'feedback_invitation.sent'") == 1
    # neither what staff see of the message nor the log shows the link, which answers in the patient's name
    token = token_in(message.body)
    assert token not in str(await clinic.value("select to_jsonb(array_agg(m)) from communications.message_queue m"))
    assert token not in str(await clinic.value("select to_jsonb(array_agg(e)) from crm.event_log e"))


async def test_with_no_delay_it_goes_out_at_once(clinic: Clinic) -> None:
    visit, message = await asked(clinic)
    assert token_in(message.body)
    assert (await clinic.invitation(visit))["status"] == "sent"


async def test_the_link_answers_once_and_changes_nothing_when_it_is_opened(clinic: Clinic) -> None:
    visit, message = await asked(clinic)
    token = token_in(message.body)
    for _ in range(3):
        async with clinic.database.transaction() as tx:
            assert (await open_invitation(tx, token)).appointment_id == visit
    kept = await clinic.rate(token, rating=5, words="Thank you", categories={"staff": 5})
    assert (kept.appointment_id, kept.patient_id, kept.source, kept.created_by_name) == (
        visit, clinic.anna, "link", "Anna Avery",
    )  # fmt: skip
    event = await clinic.value("select to_jsonb(e) from crm.event_log e where kind = 'feedback.given'")
    assert (event["actor_kind"], event["actor_id"], event["data"]["has_words"]) == ("patient", clinic.anna, True)
    async with clinic.database.transaction() as tx:
        with pytest.raises(InvitationOver) as over:
            await open_invitation(tx, token)
        assert over.value.members == {"because": "answered"}
        with pytest.raises(NoSuchInvitation):
            await open_invitation(tx, "nonsense")
    assert (await clinic.say({"appointmentId": visit, "rating": 1}))[0] == 409


async def test_a_link_is_about_its_own_visit_whatever_the_answer_names(clinic: Clinic) -> None:
    visit, message = await asked(clinic)
    other = await clinic.visit(at(MONDAY, "14:00"), patient=clinic.house.bellevue.ben)
    kept = await clinic.rate(token_in(message.body), rating=1, appointment_id=other)
    assert (kept.appointment_id, kept.patient_id) == (visit, clinic.anna)


async def test_ten_phones_with_one_link_and_one_answer(clinic: Clinic) -> None:
    _, message = await asked(clinic)

    async def rate(stars: int) -> str:
        try:
            await clinic.rate(token_in(message.body), rating=1 + stars % 5)
        except (InvitationOver, FeedbackGivenAlready):
            return "over"
        return "kept"

    assert sorted(await asyncio.gather(*(rate(n) for n in range(10)))) == ["kept"] + ["over"] * 9


async def test_who_did_not_answer_is_reminded_once(clinic: Clinic) -> None:
    visit, first = await asked(clinic)
    clinic.house.clock.advance(timedelta(hours=47))
    assert await clinic.ask() == []
    clinic.house.clock.advance(timedelta(hours=1))
    [second] = await clinic.ask()
    assert "we would still like to know" in second.body
    for _ in range(3):
        clinic.house.clock.advance(timedelta(days=3))
        assert await clinic.ask() == []
    # either link answers, and then neither does
    await clinic.rate(token_in(second.body), rating=4)
    with pytest.raises(InvitationOver):
        await clinic.rate(token_in(first.body), rating=4)
    assert (await clinic.invitation(visit))["reminded_at"] is not None


async def test_who_answered_is_not_reminded(clinic: Clinic) -> None:
    _, message = await asked(clinic)
    await clinic.rate(token_in(message.body), rating=4)
    clinic.house.clock.advance(timedelta(days=3))
    assert await clinic.ask() == []


async def test_where_the_policy_reminds_nobody_nobody_is(clinic: Clinic) -> None:
    await asked(clinic, reminder_after_hours=None)
    clinic.house.clock.advance(timedelta(days=9))
    assert await clinic.ask() == []


async def test_the_link_ends_when_its_days_are_over(clinic: Clinic) -> None:
    _, message = await asked(clinic, open_days=7, reminder_after_hours=None)
    clinic.house.clock.advance(timedelta(days=7))
    with pytest.raises(InvitationOver) as over:
        await clinic.rate(token_in(message.body), rating=4)
    assert over.value.members == {"because": "expired"}


async def test_a_completion_undone_asks_nobody_and_completed_again_asks_once(clinic: Clinic) -> None:
    visit = await clinic.visit()
    await clinic.house.deliver()
    await clinic.undo(visit)
    assert (await clinic.invitation(visit))["status"] == "cancelled"
    clinic.house.clock.advance(timedelta(hours=3))
    assert await clinic.ask() == []
    await clinic.complete_again(visit)
    clinic.house.clock.advance(timedelta(hours=3))
    [message] = await clinic.ask()
    # undone after it went out: the link holds no more, until the visit is completed once more
    await clinic.undo(visit)
    with pytest.raises(InvitationOver) as over:
        await clinic.rate(token_in(message.body), rating=4)
    assert over.value.members == {"because": "withdrawn"}
    await clinic.complete_again(visit)
    clinic.house.clock.advance(timedelta(hours=3))
    assert await clinic.ask() == []
    kept = await clinic.rate(token_in(message.body), rating=4)
    await clinic.undo(visit)
    assert (await clinic.invitation(visit))["status"] == "answered"
    assert await clinic.value("select count(*) from crm.patient_feedback where id = %(id)s", id=kept.id) == 1


async def test_a_message_undone_before_it_left_is_cancelled_and_sent_when_completed_again(clinic: Clinic) -> None:
    await clinic.policy(delay_minutes=0)
    visit = await clinic.visit()
    await clinic.house.deliver()
    await send_due(clinic.database)
    await clinic.undo(visit)
    assert await clinic.house.deliver() == []
    clinic.house.clock.advance(timedelta(minutes=1))
    await clinic.complete_again(visit)
    assert len(await clinic.ask()) == 1


async def test_what_the_desk_wrote_down_meanwhile_is_not_asked_about(clinic: Clinic) -> None:
    visit = await clinic.visit()
    await clinic.house.deliver()
    assert (await clinic.say({"appointmentId": visit, "rating": 5}))[0] == 201
    clinic.house.clock.advance(timedelta(hours=3))
    assert await clinic.ask() == []
    answered = await clinic.invitation(visit)
    assert (answered["status"], answered["sent_at"]) == ("answered", None)


async def test_a_message_that_waits_is_not_sent_once_the_visit_was_rated(clinic: Clinic) -> None:
    await clinic.policy(delay_minutes=0)
    visit = await clinic.visit()
    await clinic.house.deliver()
    await send_due(clinic.database)
    await clinic.say({"appointmentId": visit, "rating": 5})
    assert await clinic.house.deliver() == []
    assert (
        await clinic.value("select status from communications.message_queue where about = 'feedback_invitation'")
        == "cancelled"
    )


async def test_a_hospital_that_does_not_ask_asks_nobody(clinic: Clinic) -> None:
    await clinic.policy(enabled=False)
    visit = await clinic.visit()
    skipped = await clinic.invitation(visit)
    assert (skipped["status"], skipped["because"]) == ("skipped", "This hospital does not ask for feedback.")
    await clinic.policy(delay_minutes=60)
    second = await clinic.visit(at(MONDAY, "14:00"))
    await clinic.policy(enabled=False)
    clinic.house.clock.advance(timedelta(hours=2))
    await clinic.house.deliver()
    assert await clinic.ask() == []
    assert (await clinic.invitation(second))["status"] == "skipped"


async def test_a_visit_completed_long_after_is_not_asked_about(clinic: Clinic) -> None:
    visit = await clinic.visit(done=False)
    clinic.house.clock.set(at(MONDAY + timedelta(days=60)))
    await clinic.complete(visit)
    assert (await clinic.invitation(visit))["because"] == "The visit was too long ago when it was completed."


async def a_version(clinic: Clinic, form: int, number: int) -> int:
    return int(
        await clinic.value(
            """insert into crm.feedback_form_versions (form_id, number, questions, created_by_name, created_at)
               values (%(form)s, %(number)s, '[]', 'Marco', %(now)s) returning id""",
            form=form,
            number=number,
        )
    )


async def test_the_form_is_asked_as_it_is_when_the_message_goes_out(clinic: Clinic) -> None:
    form = await clinic.value(
        "insert into crm.feedback_forms (name, created_by_name, created_at) values ('NPS', 'M', %(now)s) returning id"
    )
    first = await a_version(clinic, form, 1)
    await clinic.policy(delay_minutes=60, form_id=form)
    visit = await clinic.visit()
    await clinic.house.deliver()
    assert (await clinic.invitation(visit))["form_version_id"] == first
    second = await a_version(clinic, form, 2)
    clinic.house.clock.advance(timedelta(hours=1))
    [message] = await clinic.ask()
    await a_version(clinic, form, 3)
    assert (await clinic.invitation(visit))["form_version_id"] == second
    assert (await clinic.rate(token_in(message.body), rating=4)).form_version_id == second
    # a form that was put away is asked no more
    await clinic.execute("update crm.feedback_forms set archived_at = %(now)s")
    other = await clinic.visit(at(MONDAY, "14:00"))
    assert (await clinic.invitation(other))["form_version_id"] is None


async def test_the_first_channel_that_reaches_them_is_taken(clinic: Clinic) -> None:
    await clinic.house.refuse(clinic.anna, "sms")
    _, message = await asked(clinic, channels=["sms", "email"])
    assert message.to == "anna@example.org"
    assert message.subject == "How was your visit on March 8?"


async def test_whom_nothing_reaches_is_skipped_with_the_reason(clinic: Clinic) -> None:
    await clinic.policy(delay_minutes=0, channels=["email"])
    visit = await clinic.visit(patient=clinic.house.bellevue.ben)
    await clinic.house.deliver()
    assert await clinic.ask() == []
    skipped = await clinic.invitation(visit)
    assert (skipped["status"], skipped["because"]) == ("skipped", "No email address is known.")


async def test_what_a_phone_does_not_take_goes_by_the_next_channel(clinic: Clinic) -> None:
    visit, _ = await asked(clinic, channels=["sms", "email"])

    async def fails() -> None:
        message_id = (await clinic.invitation(visit))["message_id"]
        async with clinic.database.transaction() as tx:
            await apply(tx, [Report(message_id=message_id, status="undelivered", words="The phone is off.")])

    await fails()
    [mail] = await clinic.house.deliver()
    assert mail.to == "anna@example.org"
    await fails()
    lost = await clinic.invitation(visit)
    assert (lost["status"], lost["sent_at"], lost["because"]) == ("skipped", None, "The phone is off.")


@pytest.mark.parametrize(
    ("language", "said"),
    [("es", "¿le atendimos bien en su cita con Dr. Amelia Smith del 8 de marzo?"), ("ar", "كيف كانت زيارتك")],
)
async def test_it_is_asked_in_the_language_of_the_policy_or_the_patients_own(
    clinic: Clinic, language: str, said: str
) -> None:
    await clinic.execute("update crm.patients set language = %(language)s", language=language)
    _, message = await asked(clinic)
    assert said in message.body


async def test_the_policys_language_goes_before_the_patients(clinic: Clinic) -> None:
    _, message = await asked(clinic, language="es")
    assert "le atendimos bien" in message.body


async def test_many_workers_at_once_ask_everybody_once(clinic: Clinic) -> None:
    await clinic.policy(delay_minutes=0)
    for number in range(12):
        await clinic.visit(at(MONDAY, f"{9 + number // 2:02}:{number % 2 * 30:02}"))
    await clinic.house.deliver()
    await asyncio.gather(*(send_due(clinic.database) for _ in range(4)))
    assert len(await clinic.house.deliver()) == 12
    assert await clinic.value("select count(*) from crm.feedback_invitations where status = 'sent'") == 12
