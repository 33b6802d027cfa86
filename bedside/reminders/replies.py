"""Acting on what patients answer: confirm, cancel, ask for another time; everything else goes to a person.

An answer counts for the visits that our last message to that address named (RULES.md, Reminders 3 and 4).
"""

from datetime import timedelta

from bedside.event_log import Actor, record
from bedside.follow_ups import open_task
from bedside.kit.database import Tx
from bedside.kit.http.problems import Problem
from bedside.messaging import InboundMessageReceived, enqueue, mark_acted
from bedside.reminders import store_replies
from bedside.reminders.events import PatientReplied
from bedside.reminders.model import AHEAD
from bedside.reminders.planning import told_key
from bedside.reminders.reply_words import Reply, read_reply
from bedside.reminders.store_replies import NamedVisit
from bedside.scheduling import cancel, confirm

# Somebody who asks for another time should hear from the desk within this.
ANSWER_WITHIN = timedelta(hours=4)

_ANSWERS = {
    Reply.CONFIRM: ("reply_confirmed", "appointment"),
    Reply.CANCEL: ("reply_cancelled", "cancelled_appointment"),
    Reply.ANOTHER_TIME: ("reply_not_understood", "appointment"),
}
_DID = {Reply.CONFIRM: "confirmed", Reply.CANCEL: "cancelled", Reply.ANOTHER_TIME: "another time"}


async def act_on_reply(tx: Tx, event: InboundMessageReceived, *, actor: Actor) -> None:
    """Does what an answer asks for, and tells the patient so; leaves to the inbox what no word of ours explains."""
    named = await store_replies.named_visits(
        tx, channel=event.channel, address=event.from_address, answers=event.answers
    )
    if not named:
        return  # nobody we wrote to about a visit: the inbox has it
    reply = read_reply(event.body, language=named[0].language)
    if reply is Reply.STOPPED_PERHAPS_CANCEL:
        await _ask_whether_cancelled(tx, event, named)
        return
    if reply is Reply.WORDS or await store_replies.acted_already(tx, inbound_message_id=event.inbound_message_id):
        return  # words are for a person, in the inbox; STOP, START, or YES that lifted a stop, is done
    done = []
    for visit in named:
        if visit.status in AHEAD and visit.starts_at > tx.now and await _act(tx, visit, reply, event):
            done.append(visit)
    if not done:
        return  # called off or over meanwhile: a person explains
    await _answer(tx, event, done[0], reply, several=len(done) > 1)
    ids = ", ".join(str(visit.id) for visit in done)
    await mark_acted(tx, inbound_message_id=event.inbound_message_id, acted=f"{_DID[reply]}: appointment {ids}")


async def _act(tx: Tx, visit: NamedVisit, reply: Reply, event: InboundMessageReceived) -> bool:
    patient = Actor(kind="patient", id=visit.patient_id, name=visit.patient_name)
    try:
        async with tx.savepoint():
            match reply:
                case Reply.CONFIRM:
                    if visit.status != "confirmed":
                        await confirm(tx, appointment_id=visit.id, how=event.channel, actor=patient)
                case Reply.CANCEL:
                    # answered before it is done: the answer takes the key, so the patient is told once, not twice
                    await _answer(tx, event, visit, reply, key=told_key(visit.id, "cancelled"))
                    await cancel(
                        tx, appointment_id=visit.id, reason=f"The patient answered {event.body.strip()[:20]}",
                        actor=patient,
                    )  # fmt: skip
                case _:
                    await _ask_for_another_time(tx, visit, event)
            await record(
                tx,
                PatientReplied(
                    appointment_id=visit.id,
                    did=_DID[reply],
                    hospital_id=visit.hospital_id,
                    patient_id=visit.patient_id,
                ),
                actor=patient,
            )
    except Problem:
        return False  # the visit changed in this very moment: a person reads the answer
    return True


async def _answer(
    tx: Tx,
    event: InboundMessageReceived,
    visit: NamedVisit,
    reply: Reply,
    *,
    key: str | None = None,
    several: bool = False,
) -> None:
    if reply is Reply.CANCEL and key is None:
        return  # said already, with the cancellation
    template, about = _ANSWERS[reply]
    if several and reply is Reply.CONFIRM:
        template = "reply_confirmed_all"  # of one day, as all that one message names
    await enqueue(
        tx,
        key=key or f"reply:{event.inbound_message_id}",
        to=event.from_address,
        channel=event.channel,
        purpose="transactional",
        template_key=template,
        about=about,
        about_id=visit.id,
        language=visit.language,
        hospital_id=visit.hospital_id,
        priority=0,
        urgent=True,
        actor=Actor(kind="system", name="Bedside"),
    )


async def _ask_for_another_time(tx: Tx, visit: NamedVisit, event: InboundMessageReceived) -> None:
    await open_task(
        tx,
        key=f"another-time:{visit.id}:{visit.starts_at.isoformat()}",
        title=f"{visit.patient_name} asks for another time",
        details=f"Answered “{event.body.strip()[:200]}” to a message about the visit. Call, or offer free times.",
        subject="appointment",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        hospital_id=visit.hospital_id,
        for_role="front_desk",
        due_at=tx.now + ANSWER_WITHIN,
    )


async def _ask_whether_cancelled(tx: Tx, event: InboundMessageReceived, named: list[NamedVisit]) -> None:
    """CANCEL stops our messages, by the carrier's rule; whether the visit was meant only the patient can say."""
    visit = named[0]
    await open_task(
        tx,
        key=f"cancel-or-stop:{event.inbound_message_id}",
        title=f"{visit.patient_name} answered CANCEL: the visit, or the messages?",
        details="Messages to them have stopped. Ask whether they also want to call off the visit that we named.",
        subject="appointment",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        hospital_id=visit.hospital_id,
        for_role="front_desk",
        priority="urgent",
        due_at=tx.now + ANSWER_WITHIN,
    )
