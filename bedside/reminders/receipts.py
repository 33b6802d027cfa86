"""A reminder becomes what its message became: sent when a provider took it, failed when it could not be sent."""

from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.messaging import MessageStatusChanged
from bedside.reminders import store
from bedside.reminders.events import ReminderChanged
from bedside.reminders.model import ReminderStatus

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


async def follow_message(tx: Tx, event: MessageStatusChanged, *, actor: Actor) -> None:
    """A message changed its status: so do the reminders that it carries, forward only.

    What WhatsApp could not deliver is sent by SMS instead, once, where the step says so (RULES.md, Reminders 7).
    """
    if event.about != "reminder" or event.status not in FOLLOWS:
        return
    status, only_from = FOLLOWS[event.status]
    because = "" if status is ReminderStatus.SENT else event.error or "The message did not go out."
    for reminder_id, appointment_id, channel, hospital_id, patient_id in await store.of_message(
        tx, message_id=event.message_id
    ):
        moved = await store.settle(tx, reminder_id=reminder_id, status=status, because=because, only_from=only_from)
        if not moved:
            continue
        if status is ReminderStatus.FAILED and channel == "whatsapp":
            await store.insert_instead(tx, reminder_id=reminder_id)
        await record(
            tx,
            ReminderChanged(
                reminder_id=reminder_id,
                appointment_id=appointment_id,
                channel=channel,
                status=status,
                because=because,
                hospital_id=hospital_id,
                patient_id=patient_id,
            ),
        )
