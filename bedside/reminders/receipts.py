"""A reminder becomes what its message became: sent when a provider took it, failed when it could not be sent."""

from collections.abc import Sequence

from bedside.event_log import Actor, record_many
from bedside.kit.database import Tx
from bedside.messaging import MessageStatusChanged
from bedside.reminders import store
from bedside.reminders.events import ReminderChanged
from bedside.reminders.model import ReminderStatus
from bedside.reminders.store_receipts import Carried, of_messages, settle_many

# From a message's status to its reminder's, and where the reminder may stand for that: messaging has put the
# receipts in order. `unknown` says nothing yet, and staff see it on the message.
FOLLOWS: dict[str, tuple[ReminderStatus, tuple[str, ...]]] = {
    "sent": (ReminderStatus.SENT, ("scheduled",)),
    "delivered": (ReminderStatus.SENT, ("scheduled", "failed")),
    "read": (ReminderStatus.SENT, ("scheduled", "failed")),
    "undelivered": (ReminderStatus.FAILED, ("scheduled", "sent")),
    "failed": (ReminderStatus.FAILED, ("scheduled", "sent")),
    "cancelled": (ReminderStatus.CANCELLED, ("scheduled",)),
}


async def follow_messages(tx: Tx, events: Sequence[MessageStatusChanged], *, actor: Actor) -> None:
    """Messages changed their status: so do the reminders that they carry, forward only.

    What WhatsApp could not deliver is sent by SMS instead, once, where the step says so (RULES.md, Reminders 7).
    """
    news = [event for event in events if event.about == "reminder" and event.status in FOLLOWS]
    if not news:
        return
    carried: dict[int, list[Carried]] = {}
    for one in await of_messages(tx, message_ids=[event.message_id for event in news]):
        carried.setdefault(one.message_id, []).append(one)
    changed: dict[int, Carried] = {}
    happened: list[ReminderChanged] = []
    for event in news:
        status, only_from = FOLLOWS[event.status]
        because = "" if status is ReminderStatus.SENT else event.error or "The message did not go out."
        for one in carried.get(event.message_id, ()):
            if one.status not in only_from:
                continue
            one.status, one.because = status, because
            changed[one.id] = one
            happened.append(
                ReminderChanged(
                    reminder_id=one.id,
                    appointment_id=one.appointment_id,
                    channel=one.channel,
                    status=status,
                    because=because,
                    hospital_id=one.hospital_id,
                    patient_id=one.patient_id,
                )
            )
    if not changed:
        return
    await settle_many(tx, list(changed.values()))
    for one in changed.values():
        if one.status == ReminderStatus.FAILED and one.channel == "whatsapp":
            await store.insert_instead(tx, reminder_id=one.id)
    await record_many(tx, happened)
