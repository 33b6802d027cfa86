"""Reading the forms of the pages. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import msgspec

from bedside.kit.http.forms import number_in
from bedside.reminders.model import CHANNELS, NewPolicy, NewReminder, NewStep

# The units that lead times are given in, in minutes.
UNITS = {"minutes": 1, "hours": 60, "days": 1440}
STEPS = 4  # rungs that the form has room for; the API takes twelve


def read_reminder(values: Mapping[str, str]) -> tuple[NewReminder | None, dict[str, str]]:
    """A reminder by hand, or what is wrong with each field. Date and time are those of the hospital; none: at once."""
    day, clock = values.get("date", "").strip(), values.get("time", "").strip()
    send_at = None
    if day or clock:
        try:
            # without an offset: the verb reads it by the clock on the hospital's wall
            send_at = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
        except ValueError:
            return None, {"time": "Give both a date and a time, or neither to send it at once."}
    given: dict[str, Any] = {
        "channel": values.get("channel", "sms"),
        "message": values.get("message", "").strip() or None,
    }
    try:
        return msgspec.structs.replace(msgspec.convert(given, NewReminder), send_at=send_at), {}
    except msgspec.ValidationError:
        return None, {"message": "At most 1,000 letters."}


def lead_words(minutes: int) -> tuple[int, str]:
    """A lead time in the largest unit that it is whole in: 1440 is 1 day, 90 is 90 minutes."""
    unit = next((name for name in ("days", "hours") if minutes % UNITS[name] == 0), "minutes")
    return minutes // UNITS[unit], unit


def read_policy(values: Mapping[str, list[str]]) -> tuple[NewPolicy | None, dict[str, str]]:
    """A policy from its form, or what is wrong with each field."""

    def one(name: str) -> str:
        return (values.get(name) or [""])[0].strip()

    errors: dict[str, str] = {}
    if not 1 <= len(one("name")) <= 100:
        errors["name"] = "Give it a name of at most 100 letters."
    steps = []
    for number in range(STEPS):
        amount = one(f"amount_{number}")
        if not amount:
            continue
        channels = [channel for channel in CHANNELS if channel in values.get(f"channels_{number}", [])]
        unit = UNITS.get(one(f"unit_{number}"), 60)
        minutes = int(amount) * unit if amount.isascii() and amount.isdigit() and len(amount) < 7 else 0
        if not 5 <= minutes <= 129600:
            errors[f"amount_{number}"] = "From 5 minutes to 90 days."
        elif not channels:
            errors[f"channels_{number}"] = "Choose a channel."
        else:
            steps.append(
                NewStep(
                    lead_minutes=minutes,
                    channels=channels,
                    template_key=one(f"template_{number}") or "appointment_reminder",
                    only_if_unconfirmed=one(f"unconfirmed_{number}") == "true",
                    email_without_phone=True,
                    sms_if_whatsapp_fails=one(f"sms_instead_{number}") == "true",
                )
            )
    if errors:
        return None, errors
    kind, _, identity = one("place").partition(":")
    number_ = number_in(identity)
    return NewPolicy(
        name=one("name"),
        steps=steps,
        hospital_id=number_ if kind == "hospital" else None,
        department_id=number_ if kind == "department" else None,
        active=one("active") == "true",
    ), {}
