"""The first minute of a newcomer: a visit is booked, its reminder is on the phone, a receipt comes, an answer acts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.product import Product, until

# as integrators know it; only the day is moved
DOCUMENTED = {
    "patientId": 1,
    "doctorName": "Dr. Smith",
    "appointmentTime": "10:00",
    "department": "Cardiology",
    "reason": "Follow-up consultation",
}


async def coming_weekday(product: Product) -> str:
    """A weekday on which Dr. Smith is free at ten, the demonstration's month being over."""
    times = await product.free_times()
    return next(one[:10] for one in times if one[11:16] == "10:00")


async def remind(product: Product, appointment_id: int, channel: str, words: str) -> dict[str, Any]:
    """Adds a reminder by hand, two seconds ahead."""
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    return dict(
        await product.post(
            f"/api/appointments/{appointment_id}/reminders", {"channel": channel, "sendAt": soon, "message": words}
        )
    )


async def reminders(product: Product, appointment_id: int) -> list[dict[str, Any]]:
    return list((await product.get(f"/api/appointments/{appointment_id}/reminders"))["items"])


async def test_a_visit_is_booked_reminded_of_and_confirmed_by_its_patient(product: Product) -> None:
    maria = await product.get("/api/patients/1")
    visit = await product.post("/api/appointments", DOCUMENTED | {"appointmentDate": await coming_weekday(product)})
    assert (visit["status"], visit["appointmentTime"], visit["department"]) == ("scheduled", "10:00", "Cardiology")
    planned = {(one["channel"], one["status"]) for one in await reminders(product, visit["id"])}
    assert planned == {("sms", "scheduled"), ("whatsapp", "scheduled")}
    pending = await product.get("/api/appointments/reminders/pending", appointmentId=visit["id"])
    assert len(pending["items"]) == 2
    starts = datetime.fromisoformat(visit["startsAt"])
    assert {datetime.fromisoformat(one["dueAt"]) for one in pending["items"]} == {starts - timedelta(hours=24)}

    by_hand = {
        channel: await remind(product, visit["id"], channel, f"Your glasses, please ({visit['id']}).")
        for channel in ("sms", "whatsapp")
    }
    for channel in by_hand:
        [there] = await product.received(maria["phone"], channel=channel, containing=f"glasses, please ({visit['id']})")
        assert there["origin"] == "hospital"

    ids = {one["id"] for one in by_hand.values()}

    async def both_sent() -> list[int]:
        sent = [one for one in await reminders(product, visit["id"]) if one["id"] in ids and one["status"] == "sent"]
        return [one["messageId"] for one in sent] if len(sent) == 2 else []

    for message_id in await until(both_sent):
        await product.message_is(message_id, "delivered", "read")

    await product.reply(maria["phone"], "C")

    async def confirmed() -> bool:
        return (await product.appointment(visit["id"]))["status"] == "confirmed"

    await until(confirmed)


async def test_a_visit_cancelled_by_an_answer_takes_its_reminders_along(product: Product) -> None:
    patient = await product.somebody()
    visit = await product.book(patient)
    [confirmation] = await product.received(patient["phone"], channel="sms")
    assert "Dr. Amelia Smith" in confirmation["body"]
    await product.reply(patient["phone"], "X")

    async def cancelled() -> bool:
        return (await product.appointment(visit["id"]))["status"] == "cancelled"

    await until(cancelled)
    assert {one["status"] for one in await reminders(product, visit["id"])} == {"cancelled"}
    pending = await product.get("/api/appointments/reminders/pending", appointmentId=visit["id"])
    assert pending["items"] == []
    # told once that it is called off, on the channel of the answer
    told = await product.received(patient["phone"], channel="sms", at_least=2)
    assert len(told) == 2
    # and whoever looks finds the time free again
    assert visit["startsAt"] in await product.free_times()


async def test_somebody_who_asks_for_another_time_is_called_by_the_desk(product: Product) -> None:
    patient = await product.somebody()
    visit = await product.book(patient)
    await product.received(patient["phone"], channel="sms")
    await product.reply(patient["phone"], "r")

    async def asked() -> list[dict[str, Any]]:
        return list((await product.get("/api/tasks", patientId=patient["id"]))["items"])

    [task] = await until(asked)
    assert "another time" in task["title"]
    assert (task["subjectId"], task["forRole"]) == (visit["id"], "front_desk")
    assert (await product.appointment(visit["id"]))["status"] == "scheduled"


async def test_words_that_no_machine_understands_wait_in_the_inbox(product: Product) -> None:
    patient = await product.somebody()
    await product.book(patient)
    await product.received(patient["phone"], channel="sms")
    await product.reply(patient["phone"], "May I bring my son?")

    async def waiting() -> list[dict[str, Any]]:
        return list((await product.get("/api/conversations", patientId=patient["id"], needsAnswer=True))["items"])

    [conversation] = await until(waiting)
    assert conversation["lastWords"] == "May I bring my son?"
    await product.post(f"/api/conversations/{conversation['id']}/replies", {"body": "Of course."})
    await product.received(patient["phone"], containing="Of course.")


async def test_a_visit_that_moves_is_reminded_of_at_its_new_time(product: Product) -> None:
    patient = await product.somebody()
    visit = await product.book(patient)
    later = (await product.free_times(days_ahead=48))[0]
    moved = await product.post(f"/api/appointments/{visit['id']}/reschedule", {"startsAt": later}, expect=200)
    assert moved["startsAt"] == later
    due = {
        datetime.fromisoformat(one["dueAt"])
        for one in await reminders(product, visit["id"])
        if one["status"] == "scheduled"
    }
    assert due == {datetime.fromisoformat(later) - timedelta(hours=24)}
    await product.received(patient["phone"], channel="sms", at_least=2)
