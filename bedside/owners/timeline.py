"""An owner's timeline: events as sentences, for whoever may see each of them."""

from datetime import date, datetime

from bedside.accounts import SignedIn, page_of_story
from bedside.event_log import Happening
from bedside.event_log import timeline_of_owner as events_of
from bedside.follow_ups import notes
from bedside.kit.database import Tx
from bedside.kit.money import minor_units
from bedside.kit.wire import Wire

_CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp", "email": "Email"}
_PAGES = {"contract": "/contracts/{id}", "payout": "/payouts/{id}", "message": "/messages/{id}", "task": "/tasks"}


class Moment(Wire, kw_only=True):
    """One line of the timeline; `href` where it leads. Of a payout: `amount` in `currency`, for the `month` that begins
    so. `undone`: it was brought back, as a record from the archive."""

    id: int
    kind: str
    at: datetime
    who: str
    text: str = ""
    quoted: bool = False
    href: str = ""
    amount: str | None = None
    currency: str | None = None
    month: date | None = None
    undone: bool = False

    @property
    def units(self) -> int:
        """The amount in the currency's minor units."""
        return minor_units(self.amount or "0", self.currency or "USD", negative=True, zero=True)


class Story(Wire, kw_only=True):
    """A part of the timeline, newest first; `next` is the event to go on before, null at the beginning of time."""

    items: list[Moment]
    next: int | None


async def story(tx: Tx, *, owner_id: int, user: SignedIn, before: int | None = None) -> Story:
    """The newest moments older than the event `before`, of those that the reader may see."""

    async def read(last: int | None, limit: int) -> list[Happening]:
        return await events_of(tx, owner_id=owner_id, before=last, limit=limit)

    found, go_on = await page_of_story(read, user=user, before=before)
    written: dict[int, str] = {}
    if any(one.subject == "note" for one in found):
        written = {one.id: one.body for one in await notes(tx, subject="owner", subject_id=owner_id)}
    return Story(items=[moment(one, notes=written) for one in found], next=go_on)


def moment(one: Happening, *, notes: dict[int, str]) -> Moment:
    """An event as a line of the timeline. Pure."""
    who = "" if one.actor_kind in ("owner", "system", "provider") else one.actor_name
    made = Moment(id=one.id, kind=one.kind, at=one.occurred_at, who=who)
    data = one.data
    made.href = _PAGES.get(one.subject, "").format(id=one.subject_id)
    if one.subject == "note":
        made.text, made.quoted = notes.get(one.subject_id, ""), True
    elif one.subject == "payout":
        made.text = str(data.get("reference_number") or "")
        made.amount, made.currency = data.get("amount"), data.get("currency")
        made.month = date.fromisoformat(str(data["period"])[:10]) if data.get("period") else None
    elif one.subject == "contract":
        made.text = f"{data.get('number', '')} {data.get('title', '')}".strip()
        if reason := data.get("reason"):
            made.text += f": {reason}"
    elif one.kind == "message.status_changed":
        made.text = f"{_CHANNELS.get(data.get('channel', ''), '')} {data.get('status', '')}".strip()
    elif one.kind == "message.received":
        made.text, made.quoted, made.href = data.get("body", ""), True, f"/inbox/{data.get('conversation_id')}"
    elif one.kind == "owner.consent_recorded":
        what = "news" if data.get("purpose") == "marketing" else "messages"
        made.text = (
            f"{'Yes' if data.get('granted') else 'No'} to {what} by {_CHANNELS.get(data.get('channel', ''), '')}"
        )
    elif one.kind == "owner.archived":
        made.undone = bool(data.get("restored"))
    elif one.kind == "owner.changed":
        made.text = _listed([name.replace("_", " ") for name in data.get("fields", [])])
    elif one.kind == "satisfaction.recorded":
        made.text, made.href = f"{data.get('score', '')} of 5", f"/owners/{one.owner_id}?show=satisfaction"
    elif one.kind == "satisfaction.fell":
        made.text, made.href = f"By {data.get('by', '')}", f"/owners/{one.owner_id}?show=satisfaction"
    elif one.kind == "owner.payment_details_changed":
        made.text = f"By {str(data.get('method', '')).replace('_', ' ')}"
    else:
        made.text = str(data.get("title") or data.get("name") or data.get("label") or data.get("subject") or "")
    return made


def _listed(words: list[str]) -> str:
    text = ", ".join(words)
    return text[:1].upper() + text[1:]
