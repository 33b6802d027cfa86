"""What this room's pages of communications share: answers, names of kinds, times as people write them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from litestar import Request
from litestar.response import Template

from bedside.accounts import SignedIn
from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.owners import Owner

Person = Request[SignedIn, Any, Any]

CHANNEL_NAMES = [("email", "Email"), ("sms", "SMS"), ("whatsapp", "WhatsApp")]
HAND_NAMES = [("call", "Call"), ("meeting", "Meeting"), ("letter", "Letter")]
WAYS = [("outbound", "To them"), ("inbound", "From them")]
NOTICES = {
    "payout_paid": ("Payout paid", "cash", "When a payout is paid, or was recorded as paid already."),
    "statement_ready": ("Statement ready", "file-invoice", "When a payout is approved. Mail carries the statement."),
    "contract_expiring": ("Contract ends soon", "hourglass", "90, 60, 30 and 7 days ahead."),
    "contract_to_sign": ("Contract to sign", "signature", "When a contract or an amendment is sent out to be signed."),
    "survey_due": ("Survey due", "star", "When it is time to ask how satisfied they are."),
}


def said(title: str, text: str = "") -> Template:
    """What happened, in a corner; the dialog closes, and what shows the log draws itself anew."""
    headers = {"HX-Trigger": '{"dialog:close": {}, "owner_communication": {}}'}
    return Template("owner_relations/said.html", context={"title": title, "text": text}, headers=headers)


async def zone_of(tx: Tx, whose: Owner, user: SignedIn) -> ZoneInfo:
    """The zone that times about an owner are written in: of the first of their hospitals where the user works."""
    theirs = next((one for one in whose.hospital_ids if user.works_at(one)), None)
    return (await hospital(tx, theirs)).zone if theirs else ZoneInfo("UTC")


def instant(text: str, zone: ZoneInfo) -> datetime | None:
    """A local time as a form sends it (2027-03-01T09:00) as an instant; None for anything else."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    if local.tzinfo is not None or not 1900 <= local.year <= 2200:
        return None
    return local.replace(tzinfo=zone).astimezone(UTC)


def as_written(at: datetime, zone: ZoneInfo) -> str:
    """An instant as a form shows it."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def filters_asked(request: Person) -> Mapping[str, str]:
    """The query of a panel; where it draws itself anew, the one of the page around it."""
    own = dict(request.query_params)
    if own or "x-quiet" not in request.headers:
        return own
    return dict(parse_qsl(urlsplit(request.headers.get("hx-current-url", "")).query))
