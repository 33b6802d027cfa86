"""What needs a person: tasks that this room opens, each once."""

from datetime import timedelta

from bedside.follow_ups import open_task
from bedside.kit.database import Tx
from bedside.messaging.approved_words import look_into
from bedside.messaging.model import BULK, Message

SOON = timedelta(hours=4)
TODAY = timedelta(hours=8)


async def ask_about_template(tx: Tx, message: Message, because: str) -> None:
    """A text could not be made, or WhatsApp does not take it: once a day for each template and channel."""
    name = message.template_key or "words by hand"
    await look_into(tx, message)
    await open_task(
        tx,
        key=f"template:{name}:{message.channel}:{tx.now:%Y-%m-%d}",
        title=f"Messages from the template “{name}” cannot be sent ({message.channel})",
        details=f"{because}\nMend the template, then send again what failed: see Messages.",
        subject="message",
        subject_id=message.id,
        # of many messages the first is nobody's in particular, and marketing sees no task about a patient
        patient_id=None if message.priority >= BULK else _patient(message),
        hospital_id=message.hospital_id,
        priority="urgent",
        for_role="marketing" if message.priority >= BULK else "admin",
        due_at=tx.now + SOON,
    )


async def ask_about_account(tx: Tx, message: Message, because: str, *, stands_in: bool) -> None:
    """A provider does not accept our account: once a day for each sender."""
    meanwhile = "another account sends meanwhile" if stands_in else "its messages wait"
    await open_task(
        tx,
        key=f"sender:{message.sender_id}:{tx.now:%Y-%m-%d}",
        title=f"The {message.channel} account does not work; {meanwhile}",
        details=f"{because}\nCheck the account and the settings of this channel; sending is tried again by itself.",
        subject="message",
        subject_id=message.id,
        priority="urgent",
        for_role="admin",
        due_at=tx.now + SOON,
    )


async def ask_about_unknown(tx: Tx, message: Message) -> None:
    """Nobody knows whether a message left, and no receipt came."""
    await open_task(
        tx,
        key=f"unknown:{message.id}",
        title=f"It is not known whether a message to {message.to_address} arrived ({message.channel})",
        details="The connection to the provider was lost while it was sent. Ask the person, or send it again.",
        subject="message",
        subject_id=message.id,
        patient_id=_patient(message),
        hospital_id=message.hospital_id,
        for_role="finance" if message.person_kind == "owner" else "front_desk",
        due_at=tx.now + TODAY,
    )


async def ask_to_answer(
    tx: Tx,
    *,
    conversation_id: int,
    name: str,
    body: str,
    patient_id: int | None,
    owner_id: int | None,
    hospital_id: int | None,
) -> None:
    """Somebody wrote what no rule answers. One task for all that they write until it is done.

    Owners are for finance, who have no inbox: they answer from the owner's page.
    """
    await open_task(
        tx,
        key=f"answer:{conversation_id}:{tx.now:%Y-%m-%d}",
        title=f"{name} wrote and waits for an answer",
        details=f"“{body[:500]}”" if body else "",
        subject="owner" if owner_id else "conversation",
        subject_id=owner_id or conversation_id,
        patient_id=patient_id,
        hospital_id=hospital_id,
        for_role="finance" if owner_id else "front_desk",
        due_at=tx.now + SOON,
    )


def _patient(message: Message) -> int | None:
    return message.person_id if message.person_kind == "patient" else None
