"""Links by which somebody unsubscribes or says how they like to hear from us: signed, and kept nowhere.

A link names the message that carried it, so that it says nothing of anybody. It works for a year: who finds old mail of
somebody else's changes nothing by it.
"""

from datetime import datetime, timedelta

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.problems import NotFound
from bedside.kit.sealing import can_sign, signed, signed_text
from bedside.message_templates import Channel
from bedside.messaging import store_preferences

UNSUBSCRIBE, PREFERENCES = "unsubscribe", "preferences"
_PATHS = {UNSUBSCRIBE: "u", PREFERENCES: "preferences"}

# far longer than the 30 days that a stop must work at least (15 U.S.C. 7704(a)(3)(A)(ii)), shorter than mail lies about
LINKS_LAST = timedelta(days=365)

_public_url: str | None = None


class LinkUnknown(NotFound):
    """404: no message of ours carried this link."""

    type = "link-unknown"


class LinkOver(LinkUnknown):
    """404: the message that carried this link is too old."""

    type = "link-over"


class Written(msgspec.Struct, kw_only=True):
    """The message that carried a link: whom it went to, and how."""

    id: int
    channel: Channel
    sender_id: int | None
    to_address: str
    person_kind: str | None
    person_id: int | None
    hospital_id: int | None
    language: str
    created_at: datetime

    @property
    def patient_id(self) -> int | None:
        """The patient it went to."""
        return self.person_id if self.person_kind == "patient" else None


def install_public_url(url: str) -> None:
    """Hands over the address that links carry. Called once, by app and worker."""
    global _public_url  # only settings reads the environment, and it lies above this room
    _public_url = url.rstrip("/")


def address_of(path: str) -> str | None:
    """A path of ours as the outside knows it; None where the address was not handed over."""
    return f"{_public_url}{path}" if _public_url else None


def message_links(message_id: int) -> dict[str, str]:
    """The links of a message, as templates call them; those of its own only where something can be signed."""
    if _public_url is None:
        return {}
    book = {"book": f"{_public_url}/book"}
    if not can_sign():
        return book
    return book | {name: f"{_public_url}/{path}/{link_token(name, message_id)}" for name, path in _PATHS.items()}


def unsubscribe_link(message_id: int) -> str | None:
    """The link by which whoever got a message stops such messages; None where nothing can be signed."""
    return address_of(f"/{_PATHS[UNSUBSCRIBE]}/{link_token(UNSUBSCRIBE, message_id)}") if can_sign() else None


def link_token(name: str, message_id: int) -> str:
    """What stands at the end of a message's link."""
    return signed(str(message_id), context=f"message link {name}")


async def open_link(tx: Tx, name: str, token: str) -> Written:
    """The message that carried a link. Changes nothing. Raises LinkUnknown, LinkOver (404)."""
    text = signed_text(token, context=f"message link {name}")
    found = await store_preferences.written(tx, Written, message_id=int(text)) if text else None
    if found is None:
        raise LinkUnknown(
            "This link leads nowhere.",
            next_step="It may have been cut off on its way: open it from the message once more, or call the hospital.",
        )
    if found.created_at + LINKS_LAST <= tx.now:
        raise LinkOver(
            "This link is over: the message that it came with is older than a year.",
            next_step="Every newer message carries a new one; or call the hospital.",
        )
    return found
