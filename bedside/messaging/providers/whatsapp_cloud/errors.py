"""The Cloud API's codes as data (WIRE.md). A code that is not here is permanent."""

from bedside.messaging.providers.outcomes import Fault, Verdict

_V = Verdict

ERRORS: dict[int, Fault] = {
    4: Fault(_V.THROTTLED, "WhatsApp takes no more just now."),
    80007: Fault(_V.THROTTLED, "WhatsApp takes no more just now."),
    130429: Fault(_V.THROTTLED, "WhatsApp takes no more just now."),
    131056: Fault(_V.THROTTLED, "Too many messages to this person in a short time."),
    133016: Fault(_V.THROTTLED, "WhatsApp takes no more from this number just now."),
    131048: Fault(_V.PAUSE, "WhatsApp holds this number back, since people reported it."),
    131000: Fault(_V.DOWN, "Something went wrong at WhatsApp."),
    131016: Fault(_V.DOWN, "WhatsApp is not available just now."),
    131053: Fault(_V.RETRY, "WhatsApp could not take the file."),
    131057: Fault(_V.DOWN, "WhatsApp maintains this account just now."),
    135000: Fault(_V.DOWN, "Something went wrong at WhatsApp."),
    131049: Fault(_V.TOMORROW, "WhatsApp lets no more news through to this person today."),
    131050: Fault(_V.OPTED_OUT_OF_NEWS, "They stopped news from this number."),
    131008: Fault(_V.PERMANENT, "Something that WhatsApp needs was missing."),
    131009: Fault(_V.PERMANENT, "WhatsApp does not take a value in it."),
    131021: Fault(_V.PERMANENT, "The number is our own."),
    131026: Fault(_V.PERMANENT, "This number is not on WhatsApp, or cannot take it."),
    131047: Fault(_V.TEMPLATE, "More than 24 hours since their last message: WhatsApp needs an approved template."),
    131051: Fault(_V.PERMANENT, "WhatsApp does not know this kind of message."),
    130472: Fault(_V.PERMANENT, "WhatsApp tries something out with this person and did not deliver."),
    132000: Fault(_V.TEMPLATE, "The variables do not fit the approved template."),
    132001: Fault(_V.TEMPLATE, "WhatsApp knows no such template in this language."),
    132005: Fault(_V.TEMPLATE, "The text is too long for the approved template."),
    132007: Fault(_V.TEMPLATE, "The template breaks WhatsApp's policy."),
    132012: Fault(_V.TEMPLATE, "A variable does not fit the approved template."),
    132015: Fault(_V.TEMPLATE, "WhatsApp has paused this template."),
    132016: Fault(_V.TEMPLATE, "WhatsApp has disabled this template."),
    132018: Fault(_V.TEMPLATE, "A variable does not fit the approved template."),
    0: Fault(_V.PAUSE, "WhatsApp does not accept the token."),
    3: Fault(_V.PAUSE, "The token may not send messages."),
    10: Fault(_V.PAUSE, "The token may not send messages."),
    190: Fault(_V.PAUSE, "The token has expired."),
    368: Fault(_V.PAUSE, "The account is blocked for breaking WhatsApp's policy."),
    131031: Fault(_V.PAUSE, "The business account is locked."),
    131042: Fault(_V.PAUSE, "The business account's payment is not in order."),
}


def fault_of(code: int, message: str = "") -> Fault:
    """What a code means."""
    if 200 <= code <= 299:
        return Fault(_V.PAUSE, "The token may not send messages.")
    if code not in ERRORS and 132000 <= code <= 132999:
        return Fault(_V.TEMPLATE, f"WhatsApp does not take the template: {message or 'no reason given'}.")
    return ERRORS.get(code) or Fault(_V.PERMANENT, f"WhatsApp refused it: {message or 'no reason given'}.")
