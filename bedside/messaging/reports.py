"""What providers tell us: how far a message of ours has come, and what people write."""

from datetime import datetime

import msgspec

from bedside.messaging.attachment_model import NamedFile
from bedside.messaging.providers.outcomes import Verdict


class Malformed(ValueError):
    """A callback that does not say what it must. It is kept, and stops nothing behind it."""


class Report(msgspec.Struct, kw_only=True, frozen=True):
    """A status that a message of ours has reached. Named by our own id where the provider gives it back."""

    message_id: int | None = None
    provider_id: str | None = None
    status: str
    at: datetime | None = None
    code: str | None = None
    words: str = ""
    verdict: Verdict | None = None
    segments: int | None = None
    # what WhatsApp bills it as, and whether it does
    price_category: str | None = None
    billable: bool | None = None


class Inbound(msgspec.Struct, kw_only=True, frozen=True):
    """What somebody wrote to us. `answers` is the provider's id of the message of ours that they answered."""

    channel: str
    provider: str
    provider_id: str
    from_address: str
    to_address: str
    body: str
    # what stood on the button that they pressed; `body` is then what it answers
    button: str | None = None
    opt_out_type: str | None = None
    answers: str | None = None
    # mail: its subject, and whether a machine wrote it by itself, which nobody answers
    subject: str | None = None
    automatic: bool = False
    at: datetime | None = None
    # files that came with it, fetched afterwards; of mail the References, for the thread that an answer continues
    files: tuple[NamedFile, ...] = ()
    references: str | None = None
