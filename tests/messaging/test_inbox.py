"""What people write: kept once, stop words obeyed at once and per sender, the rest put before a person."""

import pytest

from bedside.messaging.model import MessageStatus
from tests.post_office import MARIA, PostOffice

STRANGER = "+12125550177"


async def inbox(office: PostOffice) -> list[tuple[object, ...]]:
    """What came in: body, what it did by itself, whether the conversation waits, whose it is."""
    return await office.rows(
        """select m.body, m.acted, c.needs_answer, c.person_id from communications.inbound_messages m
           join communications.conversations c on c.id = m.conversation_id order by m.id"""
    )


async def titles(office: PostOffice) -> list[str]:
    """What staff have been asked to do."""
    return [row[0] for row in await office.rows("select title from crm.tasks order by id")]


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_free_words_wait_for_a_person_and_are_known_as_the_patients(office: PostOffice, channel: str) -> None:
    assert await office.reply("Is there parking?", channel) == 200
    assert await inbox(office) == [("Is there parking?", "", True, office.maria)]
    assert await titles(office) == ["Maria Lopez wrote and waits for an answer"]


async def test_a_stranger_is_shown_by_number(office: PostOffice) -> None:
    await office.reply("Hello?", person=STRANGER)
    assert await inbox(office) == [("Hello?", "", True, None)]
    assert await titles(office) == ["+1 212-555-0177 wrote and waits for an answer"]


async def test_the_same_message_delivered_twice_is_kept_once(office: PostOffice) -> None:
    account = office.accounts.twilio
    assert account is not None
    fields = {"MessageSid": "SMx", "From": MARIA, "To": account.sms_from, "Body": "Hello"}
    for more in ({}, {}, {"NumSegments": "1"}):  # the last is the same message in other bytes
        assert await office.twilio_posts("/webhooks/twilio/messages", fields | more) == 200
    assert len(await inbox(office)) == 1
    assert len(await titles(office)) == 1


async def test_stop_is_immediate_and_confirmed_by_twilio_alone(office: PostOffice) -> None:
    waiting = await office.queue("sms", body="Too late")
    assert await office.reply("stop") == 200
    await office.delivered()
    assert await office.status(waiting.message_id) == MessageStatus.CANCELLED
    assert office.phone(channel="sms") == []
    assert (await office.queue("sms")).message_id is None
    assert (await office.queue("whatsapp")).message_id is not None
    assert await inbox(office) == [("stop", "stopped messages", False, office.maria)]
    assert await office.reply("START") == 200
    again = await office.queue("sms", body="Back again")
    await office.delivered()
    assert await office.status(again.message_id) == "delivered"


async def test_stop_on_whatsapp_is_confirmed_once_by_us(office: PostOffice) -> None:
    await office.reply("STOP", "whatsapp")
    await office.reply("Stop", "whatsapp")
    await office.delivered()
    [confirmed] = office.phone(channel="whatsapp")
    assert confirmed.body.startswith("You will get no more messages from us here.")
    assert (await office.queue("whatsapp")).message_id is None


async def test_yes_lifts_a_stop_where_one_is_in_force_and_else_is_an_answer(office: PostOffice) -> None:
    await office.reply("YES")
    await office.reply("STOP")
    await office.reply("YES")
    assert [row[1] for row in await inbox(office)] == ["", "stopped messages", "started messages again"]
    assert (await office.queue("sms")).message_id is not None


async def test_a_message_stopped_between_claim_and_wire_does_not_leave(office: PostOffice) -> None:
    queued = await office.queue("sms")
    async with office.database.transaction() as tx:
        await tx.execute(
            """insert into communications.suppressions (channel, address, reason, at)
               values ('sms', %(maria)s, 'opt_out', %(now)s)""",
            maria=MARIA,
        )
    await office.delivered()
    assert await office.status(queued.message_id) == MessageStatus.CANCELLED
    assert office.phone() == []


async def test_somebody_known_to_whatsapp_by_a_user_id_only_is_kept_too(office: PostOffice) -> None:
    assert await office.reply("Hello", "whatsapp", withoutNumber=True) == 200
    [(address,)] = await office.rows("select address from communications.conversations")
    assert address.startswith("user:US.")


async def test_of_a_family_on_one_phone_it_is_whom_we_wrote_to_last(office: PostOffice) -> None:
    async with office.database.transaction() as tx:
        ana = await tx.value(
            """insert into crm.patients (record_number, first_name, last_name, hospital_id, created_at, updated_at)
               values ('100002', 'Ana', 'Lopez', %(hospital)s, %(now)s, %(now)s) returning id""",
            hospital=office.hospital,
        )
        await tx.execute(
            """insert into crm.contact_points (patient_id, kind, value, created_at)
               values (%(id)s, 'phone', %(phone)s, %(now)s)""",
            id=ana,
            phone=MARIA,
        )
    await office.reply("Who is this?")
    await office.queue("sms", body="About Maria")
    await office.reply("Thank you")
    assert [row[3] for row in await inbox(office)] == [office.maria, office.maria]
    [(named,)] = await office.rows("select count(*) from crm.event_log where patient_id = %(ana)s", ana=ana)
    assert named == 0
