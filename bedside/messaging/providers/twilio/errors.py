"""Twilio's codes as data (WIRE.md; https://www.twilio.com/docs/api/errors). A code that is not here is permanent."""

from bedside.messaging.providers.outcomes import Fault, Verdict

_V = Verdict

ERRORS: dict[int, Fault] = {
    20429: Fault(_V.THROTTLED, "Twilio takes no more just now."),
    429: Fault(_V.THROTTLED, "Twilio takes no more just now."),
    21611: Fault(_V.RETRY, "The queue of this number at Twilio is full."),
    14107: Fault(_V.RETRY, "Twilio's rate limit for this number was reached."),
    30001: Fault(_V.RETRY, "The queue at Twilio overflowed."),
    30022: Fault(_V.RETRY, "The carrier's rate limit was reached."),
    63017: Fault(_V.RETRY, "WhatsApp's rate limit was reached."),
    63018: Fault(_V.RETRY, "WhatsApp's rate limit was reached."),
    21610: Fault(_V.OPTED_OUT, "They stopped messages from this number."),
    21211: Fault(_V.BAD_ADDRESS, "This cannot be a phone number."),
    21408: Fault(_V.PERMANENT, "SMS to this country are not switched on at Twilio."),
    21606: Fault(_V.PERMANENT, "The sender's number cannot send this."),
    21612: Fault(_V.PERMANENT, "This number cannot be reached from the sender's."),
    21614: Fault(_V.BAD_ADDRESS, "This number takes no SMS: it may be a landline."),
    21617: Fault(_V.PERMANENT, "The text is longer than 1,600 characters."),
    21620: Fault(_V.PERMANENT, "The picture's address is not valid."),
    11200: Fault(_V.PERMANENT, "Twilio could not fetch the file: it must reach BEDSIDE_PUBLIC_URL."),
    12300: Fault(_V.PERMANENT, "Twilio does not take files of this kind."),
    30019: Fault(_V.PERMANENT, "The carrier takes no files of this size."),
    63019: Fault(_V.PERMANENT, "WhatsApp could not fetch the file."),
    63021: Fault(_V.PERMANENT, "WhatsApp does not take files of this kind or size."),
    21656: Fault(_V.TEMPLATE, "The variables do not fit the approved template."),
    30003: Fault(_V.PERMANENT, "The phone is switched off or out of reach."),
    30004: Fault(_V.PERMANENT, "The person or the carrier blocks these messages."),
    30005: Fault(_V.BAD_ADDRESS, "There is no such number any more."),
    30006: Fault(_V.BAD_ADDRESS, "This number takes no SMS: it may be a landline."),
    30007: Fault(_V.PERMANENT, "The carrier took it for spam."),
    63003: Fault(_V.PERMANENT, "This number is not on WhatsApp."),
    63016: Fault(_V.TEMPLATE, "More than 24 hours since their last message: WhatsApp needs an approved template."),
    63024: Fault(_V.PERMANENT, "WhatsApp does not take this recipient."),
    63032: Fault(_V.PERMANENT, "WhatsApp does not deliver to this person just now."),
    20003: Fault(_V.PAUSE, "Twilio does not accept the account's SID and token."),
    30002: Fault(_V.PAUSE, "The account at Twilio is suspended."),
}


def fault_of(code: int, message: str = "") -> Fault:
    """What a code means."""
    return ERRORS.get(code) or Fault(_V.PERMANENT, f"Twilio refused it: {message or 'no reason given'}.")
