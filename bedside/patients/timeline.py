"""A patient's timeline: events and notes as sentences, for whoever may see each of them."""

from datetime import datetime
from typing import Any

import msgspec

from bedside.accounts import SignedIn, page_of_story
from bedside.directory import practitioners
from bedside.event_log import Happening
from bedside.event_log import timeline as events_of
from bedside.follow_ups import notes
from bedside.kit.database import Tx
from bedside.patients.model import Patient

_CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "email": "email"}
_FIELDS = {field: field.replace("_", " ") for field in Patient.__struct_fields__} | {
    "contact_points": "phones and emails", "hospital_id": "hospital",
}  # fmt: skip


class Moment(msgspec.Struct, kw_only=True):
    """One line of the timeline. `visit_at`: the time of the visit it is about; `href` where it leads."""

    id: int
    kind: str
    at: datetime
    who: str
    text: str = ""
    quoted: bool = False
    practitioner: str = ""
    visit_at: datetime | None = None
    href: str = ""


class Story(msgspec.Struct, kw_only=True):
    """A part of the timeline; `next` is the event to go on before, None at the beginning of time."""

    items: list[Moment]
    next: int | None


async def story(tx: Tx, *, patient_id: int, user: SignedIn, before: int | None = None) -> Story:
    """The newest moments older than the event `before`, of those that the reader may see."""

    async def read(last: int | None, limit: int) -> list[Happening]:
        return await events_of(tx, patient_id=patient_id, before=last, limit=limit)

    found, go_on = await page_of_story(read, user=user, before=before)
    ids = {one.data["practitioner_id"] for one in found if "practitioner_id" in one.data}
    names = {one.id: one.short_name for one in await practitioners(tx, ids=sorted(ids))} if ids else {}
    written: dict[int, str] = {}
    if any(one.subject == "note" for one in found):
        written = {one.id: one.body for one in await notes(tx, subject="patient", subject_id=patient_id)}
    items = [moment(one, names=names, notes=written) for one in found]
    return Story(items=items, next=go_on)


def moment(one: Happening, *, names: dict[int, str], notes: dict[int, str]) -> Moment:
    """An event as a line of the timeline. Pure."""
    who = "" if one.actor_kind in ("patient", "system", "provider") else one.actor_name
    made = Moment(id=one.id, kind=one.kind, at=one.occurred_at, who=who)
    data = one.data
    if one.subject == "appointment":
        made.practitioner = names.get(data.get("practitioner_id", 0), "")
        made.visit_at = msgspec.convert(data["starts_at"], datetime) if "starts_at" in data else None
        made.href = f"/appointments/{one.subject_id}"
        made.text = data.get("reason", "") or _by(data)
    elif one.subject == "note":
        made.text, made.quoted = notes.get(one.subject_id, ""), True
    elif one.kind == "message.received":
        made.text, made.quoted, made.href = data.get("body", ""), True, f"/inbox/{data.get('conversation_id')}"
    elif one.kind == "message.status_changed":
        channel = _CHANNELS.get(data.get("channel", ""), "")
        made.text = (
            f"{channel} {data.get('status', '')}".strip().capitalize()
            if channel != "SMS"
            else (f"SMS {data.get('status', '')}")
        )
        made.href = f"/messages/{one.subject_id}"
    elif one.kind == "patient.consent_recorded":
        verb = "agreed to" if data.get("granted") else "refused"
        about = "news and offers" if data.get("purpose") == "marketing" else "messages about visits"
        made.text = f"{verb.capitalize()} {about} by {_CHANNELS.get(data.get('channel', ''), '')}"
    elif one.kind == "patient.changed":
        made.text = _listed([_FIELDS.get(name, name) for name in data.get("fields", [])])
    elif one.subject == "loyalty":
        made.text = _moved(data)
    elif one.kind == "feedback.given":
        stars = data.get("rating", 0)
        made.text, made.href = f"{stars} star{'s' if stars != 1 else ''}", f"/feedback/{one.subject_id}"
    elif one.subject == "vaccination":
        made.text = _dose(data)
    elif one.subject == "task":
        made.text, made.href = data.get("title", ""), "/tasks"
    else:
        made.text = str(data.get("tag") or data.get("label") or data.get("name") or "")
    return made


def _by(data: dict[str, Any]) -> str:
    how = data.get("how") or {"online": "online", "api": "another system"}.get(data.get("source", ""), "")
    return f"By {_CHANNELS.get(how, how)}" if how and how != "desk" else ""


def _moved(data: dict[str, Any]) -> str:
    """What a change of somebody's points was about: the reward, how many, the tier."""
    points = f"{data['points']} points" if "points" in data else ""
    tier = str(data.get("to_code") or "").replace("_", " ").capitalize()
    return ", ".join(part for part in (str(data.get("reward_name", "")), points, tier) if part)


def _dose(data: dict[str, Any]) -> str:
    doses = data.get("doses", 0)
    which = f"dose {data['dose']}" if "dose" in data else f"{doses} doses" if doses > 1 else ""
    return ", ".join(part for part in (str(data.get("vaccine_name", "")), which) if part)


def _listed(words: list[str]) -> str:
    text = ", ".join(words)
    return text[:1].upper() + text[1:]
