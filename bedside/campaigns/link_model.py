"""The link by which people join and leave a list, and the code that proves whose phone or mailbox it is."""

from datetime import datetime
from typing import Literal

import msgspec

from bedside.campaigns.rules import Whose
from bedside.kit.http.problems import NotFound
from bedside.kit.wire import Wire

Did = Literal["joined", "already", "left", "not_on", "wrong", "used_up", "expired", "nobody", "several", "stopped"]


class NoListLink(NotFound):
    """404: the list has no link."""

    type = "no-list-link"
    title = "This list has no link"


class JoinLinkUnknown(NotFound):
    """404: no list in use has this link, or no longer."""

    type = "link-unknown"


class ListLink(Wire, kw_only=True):
    """A list's link. `url` null: it was made under another secret key and cannot be shown again; it still works."""

    url: str | None
    made_by_name: str
    made_at: datetime


class KeptLink(msgspec.Struct, kw_only=True):
    """A list's link as it is kept."""

    sealed: bytes
    made_by_name: str
    made_at: datetime


class OpenList(msgspec.Struct, kw_only=True):
    """The list that a link leads to."""

    link_id: int
    list_id: int
    name: str
    description: str
    whose: Whose
    hospital_id: int | None


class Asking(msgspec.Struct, kw_only=True):
    """Somebody who was sent a code, and what they had agreed to."""

    id: int
    channel: Literal["sms", "email"]
    address: str
    code_hash: bytes
    attempts: int
    language: str
    words: str
    sent_at: datetime
    used_at: datetime | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a code; `left` tries are left of a wrong one."""

    did: Did
    left: int = 0
