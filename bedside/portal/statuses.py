"""How every stored status looks: a word, an icon and a tone. Colour is never the only sign.

The words on the left are those of the API (DESIGN.md section 4); a status that is not here shows as its own words.
"""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["neutral", "teal", "blue", "violet", "green", "amber", "red"]


@dataclass(frozen=True, slots=True)
class Look:
    """How one status shows; `ended` strikes its word through (it no longer holds)."""

    label: str
    icon: str
    tone: Tone
    ended: bool = False


LOOKS: dict[str, dict[str, Look]] = {
    "appointment": {
        "held": Look("Held", "hourglass", "neutral"),
        "scheduled": Look("Scheduled", "calendar-event", "blue"),
        "confirmed": Look("Confirmed", "circle-check", "teal"),
        "arrived": Look("Arrived", "door-enter", "violet"),
        "completed": Look("Completed", "check", "green"),
        "cancelled": Look("Cancelled", "calendar-x", "neutral", ended=True),
        "no_show": Look("No-show", "user-x", "red"),
    },
    "reminder": {
        "scheduled": Look("Scheduled", "clock", "blue"),
        "sent": Look("Sent", "send", "teal"),
        "failed": Look("Failed", "alert-circle", "red"),
        "cancelled": Look("Cancelled", "ban", "neutral", ended=True),
        "skipped": Look("Skipped", "minus", "neutral"),
    },
    "message": {
        "queued": Look("Queued", "clock", "neutral"),
        "sending": Look("Sending", "send", "blue"),
        "sent": Look("Sent", "check", "blue"),
        "delivered": Look("Delivered", "checks", "teal"),
        "read": Look("Read", "eye", "green"),
        "received": Look("Received", "message-reply", "violet"),
        "undelivered": Look("Undelivered", "alert-triangle", "amber"),
        "failed": Look("Failed", "alert-circle", "red"),
        "unknown": Look("Unknown", "help-circle", "amber"),
        "cancelled": Look("Cancelled", "ban", "neutral", ended=True),
    },
    "campaign": {
        "draft": Look("Draft", "pencil", "neutral"),
        "awaiting_approval": Look("Awaiting approval", "hourglass", "amber"),
        "scheduled": Look("Scheduled", "clock", "blue"),
        "overdue": Look("Overdue", "alert-triangle", "amber"),
        "sending": Look("Sending", "send", "blue"),
        "active": Look("Active", "repeat", "teal"),
        "paused": Look("Paused", "player-pause", "amber"),
        "completed": Look("Completed", "check", "green"),
        "cancelled": Look("Cancelled", "ban", "neutral", ended=True),
        "failed": Look("Failed", "alert-circle", "red"),
    },
    "task": {
        "open": Look("Open", "circle", "blue"),
        "done": Look("Done", "check", "green"),
        "dropped": Look("Dropped", "ban", "neutral", ended=True),
        "urgent": Look("Urgent", "urgent", "red"),
        "overdue": Look("Overdue", "alert-triangle", "amber"),
    },
    "conversation": {
        "open": Look("Open", "message-circle", "blue"),
        "closed": Look("Closed", "check", "neutral"),
        "needs_answer": Look("Needs an answer", "message-reply", "amber"),
    },
    "consent": {
        "granted": Look("Allowed", "circle-check", "green"),
        "refused": Look("Refused", "ban", "red"),
        "withdrawn": Look("Withdrawn", "ban", "red"),
        "unknown": Look("Not asked", "help-circle", "neutral"),
    },
    "patient": {
        "active": Look("Active", "circle-check", "green"),
        "archived": Look("Archived", "archive", "neutral"),
        "merged": Look("Merged", "git-merge", "neutral"),
    },
    "vaccination": {
        "given": Look("Given", "circle-check", "green"),
        "due": Look("Due", "calendar-event", "blue"),
        "overdue": Look("Overdue", "alert-triangle", "amber"),
    },
    "contract": {
        "pending": Look("Pending", "clock", "amber"),
        "active": Look("Active", "circle-check", "teal"),
        "expired": Look("Expired", "hourglass", "neutral"),
        "terminated": Look("Terminated", "ban", "red"),
    },
    "payout": {
        "draft": Look("Draft", "circle-dashed", "neutral"),
        "approved": Look("Approved", "circle-check", "blue"),
        "paid": Look("Paid", "check", "green"),
        "reversed": Look("Reversed", "arrow-back-up", "amber"),
        "discarded": Look("Discarded", "ban", "neutral", ended=True),
        "needs_review": Look("Needs review", "eye", "amber"),
    },
    "payout_run": {
        "calculating": Look("Calculating", "progress-check", "blue"),
        "done": Look("Done", "check", "green"),
        "failed": Look("Failed", "alert-circle", "red"),
    },
    "period": {
        "open": Look("Open", "lock-open", "teal"),
        "closed": Look("Closed", "lock", "neutral"),
        "running": Look("Not over yet", "hourglass", "blue"),
    },
    "batch": {
        "open": Look("Not paid yet", "building-bank", "blue"),
        "paid": Look("Paid", "check", "green"),
        "discarded": Look("Discarded", "ban", "neutral", ended=True),
    },
    "event": {
        "appointment.booked": Look("Appointment booked", "calendar-plus", "teal"),
        "appointment.rescheduled": Look("Appointment moved", "calendar-time", "blue"),
        "appointment.confirmed": Look("Appointment confirmed", "circle-check", "teal"),
        "appointment.cancelled": Look("Appointment cancelled", "calendar-x", "amber"),
        "appointment.arrived": Look("Checked in", "door-enter", "violet"),
        "appointment.completed": Look("Visit completed", "check", "green"),
        "appointment.missed": Look("Did not come", "user-x", "red"),
        "appointment.restored": Look("Appointment restored", "history", "blue"),
        "schedule.changed": Look("Schedule changed", "calendar-time", "neutral"),
        "directory.changed": Look("Directory changed", "building-hospital", "neutral"),
        "staff.changed": Look("Staff changed", "users", "neutral"),
        "message.status_changed": Look("Message on its way", "send", "blue"),
        "message.received": Look("Message received", "message-reply", "violet"),
        "reminder.changed": Look("Reminder updated", "alarm", "blue"),
        "reminder.replied": Look("Answered a reminder", "message-reply", "violet"),
        "reminder_policy.changed": Look("Reminder policy changed", "settings", "neutral"),
        "patient.registered": Look("Patient registered", "user-plus", "teal"),
        "patient.changed": Look("Record changed", "edit", "neutral"),
        "patient.archived": Look("Record archived", "archive", "neutral"),
        "patient.consent_recorded": Look("Consent recorded", "checkbox", "neutral"),
        "vaccination.planned": Look("Vaccination planned", "calendar-plus", "blue"),
        "vaccination.given": Look("Vaccination given", "vaccine", "green"),
        "vaccination.changed": Look("Vaccination changed", "vaccine", "neutral"),
        "vaccination.removed": Look("Vaccination removed", "ban", "neutral"),
        "owner.added": Look("Owner added", "user-plus", "teal"),
        "owner.changed": Look("Record changed", "edit", "neutral"),
        "owner.archived": Look("Record archived", "archive", "neutral"),
        "owner.consent_recorded": Look("Consent recorded", "checkbox", "neutral"),
        "owner.payment_details_changed": Look("Account to pay to changed", "building-bank", "amber"),
        "owner_link.ended": Look("Link to their page taken back", "ban", "neutral"),
        "owner.document_added": Look("Document added", "paperclip", "neutral"),
        "contract.added": Look("Contract added", "file-text", "teal"),
        "contract.changed": Look("Contract changed", "edit", "neutral"),
        "contract.sent_to_sign": Look("Sent to be signed", "send", "blue"),
        "contract.signed": Look("Contract signed", "signature", "green"),
        "contract.amended": Look("Contract amended", "versions", "violet"),
        "contract.renewed": Look("Contract renewed", "refresh", "teal"),
        "contract.terminated": Look("Contract terminated", "ban", "red"),
        "contract.expiring": Look("Contract ends soon", "hourglass", "amber"),
        "contract.document_added": Look("Document added", "paperclip", "neutral"),
        "payout.drafted": Look("Payout drafted", "circle-dashed", "neutral"),
        "payout.approved": Look("Payout approved", "circle-check", "blue"),
        "payout.returned": Look("Payout returned to draft", "arrow-back-up", "amber"),
        "payout.discarded": Look("Payout discarded", "ban", "neutral"),
        "payout.paid": Look("Payout paid", "cash", "green"),
        "payout.reversed": Look("Payout reversed", "arrow-back-up", "red"),
        "payout.reviewed": Look("Payment reviewed", "eye", "teal"),
        "payout_run.progressed": Look("Payout run under way", "progress-check", "blue"),
        "payout_run.ended": Look("Payout run ended", "calculator", "teal"),
        "revenue.recorded": Look("Revenue recorded", "report-money", "neutral"),
        "period.closed": Look("Period closed", "lock", "neutral"),
        "period.reopened": Look("Period reopened", "lock-open", "amber"),
        "owner_communication.sent": Look("Owner written to", "send", "teal"),
        "owner_communication.recorded": Look("Conversation noted", "phone-call", "neutral"),
        "owner_communication.changed": Look("Conversation changed", "edit", "neutral"),
        "satisfaction.recorded": Look("Rating kept", "star", "teal"),
        "satisfaction.fell": Look("Rating fell", "mood-sad", "amber"),
        "owner_survey.asked": Look("Survey sent", "send", "blue"),
        "message.written": Look("Message written", "message-plus", "blue"),
        "feedback.given": Look("Feedback given", "star", "teal"),
        "feedback.answered": Look("Feedback answered", "message-reply", "green"),
        "feedback.escalated": Look("Low rating left alone", "mood-sad", "red"),
        "feedback_invitation.sent": Look("Asked for feedback", "send", "blue"),
        "feedback_settings.changed": Look("Feedback settings changed", "settings", "neutral"),
        "loyalty.awarded": Look("Points earned", "coin", "green"),
        "loyalty.reversed": Look("Points taken back", "arrow-back-up", "amber"),
        "loyalty.expired": Look("Points expired", "hourglass", "neutral"),
        "loyalty.expiring": Look("Points about to expire", "hourglass", "amber"),
        "loyalty.tier_changed": Look("Another tier", "medal", "violet"),
        "loyalty.redeemed": Look("Reward redeemed", "gift", "teal"),
        "loyalty.redemption_cancelled": Look("Redemption cancelled", "arrow-back-up", "amber"),
        "loyalty.voucher_used": Look("Voucher used", "ticket", "green"),
        "loyalty.referral_made": Look("Brought a friend", "user-heart", "teal"),
        "loyalty.referral_completed": Look("Their friend has come", "heart-handshake", "green"),
        "loyalty_program.changed": Look("Loyalty program changed", "award", "neutral"),
        "loyalty_reward.changed": Look("Reward changed", "gift", "neutral"),
        "campaign.changed": Look("Campaign changed", "speakerphone", "blue"),
        "campaign.moved": Look("Campaign sending", "speakerphone", "blue"),
        "sender.changed": Look("Sender changed", "plug-connected", "amber"),
        "template.approval_changed": Look("WhatsApp approval changed", "template", "blue"),
        "audience.changed": Look("Audience changed", "users-group", "neutral"),
        "bulk_award.moved": Look("Points for many", "coins", "blue"),
        "online_booking.by_referral": Look("Came by a friend's invitation", "user-heart", "teal"),
        "task.opened": Look("Task opened", "list-check", "amber"),
        "task.done": Look("Task done", "check", "green"),
        "task.changed": Look("Task changed", "list-check", "neutral"),
        "note.added": Look("Note added", "note", "neutral"),
        "note.changed": Look("Note changed", "note", "neutral"),
        "tags.changed": Look("Tags changed", "tag", "neutral"),
        "custom_values.changed": Look("Details changed", "edit", "neutral"),
    },
}

CHANNELS: dict[str, tuple[str, str]] = {
    "sms": ("SMS", "device-mobile-message"),
    "whatsapp": ("WhatsApp", "brand-whatsapp"),
    "email": ("Email", "mail"),
    "phone": ("Phone", "phone"),
    "in_person": ("In person", "user"),
    "call": ("Call", "phone-call"),
    "meeting": ("Meeting", "users-group"),
    "letter": ("Letter", "mail-opened"),
}


def look_of(kind: str, status: str) -> Look:
    """The look of a status of a kind ("appointment", "message" ...); an unknown one shows its own words, neutrally."""
    found = LOOKS.get(kind, {}).get(str(status))
    return found or Look(str(status).replace("_", " ").capitalize(), "circle", "neutral")


def channel_of(channel: str) -> tuple[str, str]:
    """The label and icon of a channel."""
    return CHANNELS.get(str(channel)) or (str(channel).replace("_", " ").capitalize(), "message")


_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms"})
_TONES: tuple[Tone, ...] = ("teal", "blue", "violet", "green", "amber", "neutral")


def initials_of(name: str) -> str:
    """One or two letters for a person's face: of the first and the last word, titles left out."""
    words = [word for word in name.replace(",", " ").split() if word.rstrip(".").lower() not in _TITLES]
    letters = [word[0] for word in words if word[0].isalnum()]
    return "".join(letters[:1] + letters[1:][-1:]).upper() or "?"


def tone_of(name: str) -> Tone:
    """A tone for a person's face, always the same for the same name."""
    return _TONES[sum(map(ord, name)) % len(_TONES)]
