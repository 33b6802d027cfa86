"""SMTP's replies as data: 4yz is worth another try, 5yz is not (RFC 5321, RFC 3463)."""

from bedside.messaging.providers.outcomes import Fault, Verdict

_V = Verdict

# by enhanced status (RFC 3463): class.subject.detail, the most particular first
ENHANCED: dict[str, Fault] = {
    "5.1.0": Fault(_V.BAD_ADDRESS, "There is no such mailbox."),
    "5.1.1": Fault(_V.BAD_ADDRESS, "There is no such mailbox."),
    "5.1.2": Fault(_V.BAD_ADDRESS, "There is no such mail domain."),
    "5.1.3": Fault(_V.BAD_ADDRESS, "This cannot be a mail address."),
    "5.1.6": Fault(_V.BAD_ADDRESS, "The mailbox has moved, nobody says where to."),
    "5.1.10": Fault(_V.BAD_ADDRESS, "The domain takes no mail."),
    "5.2.1": Fault(_V.BAD_ADDRESS, "The mailbox is closed."),
    "5.2.2": Fault(_V.PERMANENT, "The mailbox is full."),
    "5.2.3": Fault(_V.PERMANENT, "The mail is too large for the mailbox."),
    "5.3.4": Fault(_V.PERMANENT, "The mail is too large."),
    "5.7.8": Fault(_V.PAUSE, "The mail server does not accept our sign-in."),
}
REPLIES: dict[int, Fault] = {
    421: Fault(_V.THROTTLED, "The mail server takes no more just now."),
    450: Fault(_V.RETRY, "The mailbox is busy."),
    451: Fault(_V.RETRY, "The mail server has trouble."),
    452: Fault(_V.RETRY, "The mail server is full."),
    530: Fault(_V.PAUSE, "The mail server asks for a sign-in, or for TLS."),
    535: Fault(_V.PAUSE, "The mail server does not accept our sign-in."),
    538: Fault(_V.PAUSE, "The mail server asks for TLS."),
    552: Fault(_V.PERMANENT, "The mailbox is full, or the mail too large."),
    554: Fault(_V.PERMANENT, "The mail server refused it, perhaps as spam."),
}


def fault_of(code: int, text: str) -> Fault:
    """What a reply means; its text may begin with an enhanced status."""
    status = text.split(" ", 1)[0]
    if 400 <= code < 500 and code != 421 and status.startswith("4.3."):  # the mail system itself (RFC 3463)
        return Fault(_V.DOWN, "The mail server has trouble.")
    enhanced = ENHANCED.get(status)
    if enhanced and code >= 500:
        return enhanced
    if code in REPLIES:
        return REPLIES[code]
    if 400 <= code < 500:
        return Fault(_V.RETRY, "The mail server asks us to try again later.")
    return Fault(_V.PERMANENT, f"The mail server refused it: {text[:200]}")


def fault_of_status(status: str) -> Fault:
    """What the Status of a delivery status notification means (RULES.md, Reminders 11)."""
    return ENHANCED.get(status) or Fault(_V.PERMANENT, f"The mail came back ({status}).")
