"""Files that go with messages, both ways: what people send, kept where a provider's API gives it out, and what the
hospital sends by an address, fetched as Twilio does.

A file of ours that cannot be fetched fails its message afterwards, with 11200, or 63019 on WhatsApp.
"""

import base64
import binascii
import hashlib
import mimetypes
import secrets
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from bedside.sandbox.mail_files import MailFile
from bedside.sandbox.phones import Attachment, Message

if TYPE_CHECKING:
    from bedside.sandbox.outside import Outside

LARGEST = 16 * 1024 * 1024
MOST = 10
MOST_KEPT = 64  # uploaded by the Cloud API, or sent by somebody on WhatsApp


class CannotReply(ValueError):
    """The reply cannot be carried; the text says why and what to do."""


class SentFile(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A file that a person sends: `content` is its bytes in base64."""

    name: str = "file"
    media_type: str = "application/octet-stream"
    content: str

    def read(self) -> MailFile:
        """The file itself. Raises CannotReply."""
        try:
            content = base64.b64decode(self.content, validate=True)
        except (binascii.Error, ValueError) as problem:
            raise CannotReply(f"The content of {self.name} is not base64.") from problem
        if len(content) > LARGEST:
            raise CannotReply(f"{self.name} is larger than a provider carries.")
        return MailFile(name=self.name, media_type=self.media_type, content=content)


def show(outside: "Outside", message: Message, files: list[MailFile]) -> None:
    """Shows files on a message, to be opened from the phone or the mailbox."""
    for file in files:
        place = len(message.attachments)
        outside.mail_files.keep(message.id, place, file)
        url = f"/mail/{message.id}/attachments/{place}"
        shown = Attachment(name=file.name, media_type=file.media_type, size=len(file.content), url=url)
        message.attachments = [*message.attachments, shown]


def twilio_fields(outside: "Outside", message: Message) -> dict[str, str]:
    """The fields of Twilio's webhook that name a message's files."""
    sid = outside.accounts.twilio_of(message.recipient).account_sid
    place = f"{outside.own_url}/2010-04-01/Accounts/{sid}/Messages/{message.id}/Media/ME"
    fields = {"NumMedia": str(len(message.attachments))}
    for number, file in enumerate(message.attachments):
        fields[f"MediaUrl{number}"] = f"{place}{number:032x}"
        fields[f"MediaContentType{number}"] = file.media_type
    return fields


def whatsapp_content(outside: "Outside", file: MailFile, words: str) -> dict[str, object]:
    """The part of the Cloud API's webhook that is a file, which is then given out by its id."""
    kind = "document"
    if file.media_type in ("image/jpeg", "image/png"):
        kind = "image"
    elif file.media_type.partition("/")[0] in ("audio", "video"):
        kind = file.media_type.partition("/")[0]
    part: dict[str, object] = {
        "id": keep(outside, file.media_type, file.content),
        "mime_type": file.media_type,
        "sha256": hashlib.sha256(file.content).hexdigest(),
    }
    if kind == "document":
        part["filename"] = file.name
    if words and kind != "audio":
        part["caption"] = words
    return {"type": kind, kind: part}


def keep(outside: "Outside", media_type: str, content: bytes) -> str:
    """Keeps a file under an id of the Cloud API's; the oldest are forgotten."""
    media_id = str(400000000000001 + secrets.randbelow(10**12))
    outside.media[media_id] = (media_type, content)
    while len(outside.media) > MOST_KEPT:
        outside.media.popitem(last=False)
    return media_id


async def fetch(outside: "Outside", message: Message, urls: list[str]) -> int | None:
    """Fetches what a message names and shows it; gives the code that it fails with where that cannot be."""
    for url in urls:
        found = await outside.callbacks.fetch(url, largest=LARGEST)
        if found is None:
            return 63019 if message.channel == "whatsapp" else 11200
        media_type, disposition, content = found
        name = unquote(disposition.partition("filename*=UTF-8''")[2])
        name = name or f"file{mimetypes.guess_extension(media_type) or ''}"
        show(outside, message, [MailFile(name=name, media_type=media_type, content=content)])
        outside.phones.tell()
    return None
