"""What patients answer acts: on what our last message named, in their language, or it goes to a person."""

from datetime import timedelta

import pytest

from bedside.messaging.receiving import receive
from bedside.messaging.reports import Inbound
from bedside.reminders.reply_words import Reply, read_reply
from bedside.scheduling import cancel
from tests.reminders.conftest import ANNAS_PHONE, OURS, House
from tests.scheduling.conftest import MONDAY, at

DAY = timedelta(hours=24)


async def reminded(house: House) -> int:
    """Anna was reminded of her visit on Monday by SMS and WhatsApp."""
    visit = await house.book(at(MONDAY))
    house.clock.set(at(MONDAY) - DAY)
    await house.process()
    await house.deliver()
    return visit.id


@pytest.mark.parametrize("body", ["C", " c. ", "1", "YES", "Confirm!"])
async def test_c_confirms_and_is_answered(house: House, body: str) -> None:
    visit = await reminded(house)
    await house.answer(body)
    assert await house.status_of(visit) == "confirmed"
    [answer] = await house.deliver()
    assert (answer.channel, answer.to) == ("sms", ANNAS_PHONE)
    assert "is confirmed" in answer.body
    assert await house.tasks() == []


async def test_c_on_whatsapp_is_answered_on_whatsapp(house: House) -> None:
    visit = await reminded(house)
    await house.answer("C", channel="whatsapp")
    assert await house.status_of(visit) == "confirmed"
    assert [one.channel for one in await house.deliver()] == ["whatsapp"]


async def test_x_cancels_and_the_patient_is_told_once(house: House) -> None:
    visit = await reminded(house)
    await house.answer("x")
    assert await house.status_of(visit) == "cancelled"
    [answer] = await house.deliver()
    assert "is called off. Thank you for telling us" in answer.body
    by = await house.bellevue.value("select cancelled_by from crm.appointments where id = %(id)s", id=visit)
    assert by == "Anna Avery"


async def test_r_asks_the_desk_for_another_time(house: House) -> None:
    visit = await reminded(house)
    await house.answer("R")
    assert await house.status_of(visit) == "scheduled"
    assert await house.tasks() == ["Anna Avery asks for another time"]
    [answer] = await house.deliver()
    assert "will read this and answer" in answer.body


async def test_words_go_to_a_person(house: House) -> None:
    visit = await reminded(house)
    await house.answer("yes but can I bring my son")
    assert await house.status_of(visit) == "scheduled"
    assert await house.deliver() == []
    assert len(await house.tasks()) == 1


async def test_c_from_a_number_that_we_never_wrote_to_does_nothing_but_reach_a_person(house: House) -> None:
    visit = await reminded(house)
    await house.answer("C", phone="+12125550177")
    assert await house.status_of(visit) == "scheduled"
    assert len(await house.tasks()) == 1


async def test_c_for_a_visit_called_off_meanwhile_goes_to_a_person(house: House) -> None:
    visit = await reminded(house)
    async with house.database.transaction() as tx:
        await cancel(tx, appointment_id=visit, reason="Dr. Smith is ill", actor=house.bellevue.desk)
    await house.answer("C")
    assert await house.status_of(visit) == "cancelled"
    assert len(await house.tasks()) == 1


async def test_an_answer_counts_for_the_visit_that_the_last_message_named(house: House) -> None:
    monday = await house.book(at(MONDAY))
    friday = await house.book(at(MONDAY + timedelta(days=4)))
    house.clock.set(at(MONDAY) - DAY)
    await house.process()
    await house.deliver()
    await house.answer("C")
    assert (await house.status_of(monday.id), await house.status_of(friday.id)) == ("confirmed", "scheduled")


async def test_cancel_stops_our_messages_and_the_desk_asks_what_was_meant(house: House) -> None:
    visit = await reminded(house)
    await house.answer("CANCEL")
    assert await house.status_of(visit) == "scheduled"
    assert await house.tasks() == ["Anna Avery answered CANCEL: the visit, or the messages?"]


async def test_yes_lifts_a_stop_where_one_is_in_force_and_confirms_where_none_is(house: House) -> None:
    visit = await reminded(house)
    await house.answer("STOP")
    await house.answer("YES")
    assert await house.status_of(visit) == "scheduled"
    await house.answer("YES")
    assert await house.status_of(visit) == "confirmed"


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("es", "Sí", Reply.CONFIRM),
        ("es-MX", "cancelar", Reply.CANCEL),
        ("ar", "١", Reply.CONFIRM),
        ("ar", "نعم", Reply.CONFIRM),
        ("ar", "٢", Reply.CANCEL),
        ("ar", "موعد آخر", Reply.ANOTHER_TIME),
        ("de", "C", Reply.CONFIRM),
        ("en", "sí", Reply.WORDS),
        ("en", "CANCEL", Reply.STOPPED_PERHAPS_CANCEL),
        ("en", "", Reply.WORDS),
        ("en", "🙂", Reply.WORDS),
    ],
)
def test_words_are_read_in_the_language_of_who_wrote_them(language: str, text: str, meant: Reply) -> None:
    assert read_reply(text, language=language) is meant


@pytest.mark.parametrize(
    ("pressed", "title", "became", "told"),
    [
        ("C", "Confirm", "confirmed", ["Thank you! Your visits on Monday, March 8 are confirmed."]),
        ("X", "I can't come", "cancelled", ["10:00 AM is called off", "2:00 PM is called off"]),
    ],
)
async def test_a_press_acts_as_the_word_would_for_all_that_the_message_named_and_once(
    house: House, pressed: str, title: str, became: str, told: list[str]
) -> None:
    visits = [(await house.book(at(MONDAY, hour))).id for hour in ("10:00", "14:00")]
    await house.deliver()
    house.clock.set(at(MONDAY) - DAY)
    await house.process()
    [message] = [one for one in await house.deliver() if one.channel == "whatsapp"]
    assert [button.id for button in message.buttons] == ["C", "X", "R"]
    press = Inbound(
        channel="whatsapp", provider="whatsapp_cloud", provider_id="wamid.press", from_address=ANNAS_PHONE,
        to_address=OURS["whatsapp"], body=pressed, button=title,
    )  # fmt: skip
    async with house.database.transaction() as tx:
        assert await receive(tx, press)
        assert not await receive(tx, press)  # WhatsApp tells twice what it is not sure that we heard
    assert [await house.status_of(visit) for visit in visits] == [became, became]
    said = [one.body for one in await house.deliver()]
    assert len(said) == len(told)
    assert all(words in body for words, body in zip(told, said, strict=True)), said
    acted = await house.bellevue.value(
        "select acted from communications.inbound_messages where button = %(t)s", t=title
    )
    assert acted == f"{became}: appointment {visits[0]}, {visits[1]}"
