"""Files with messages as the API and the pages show them, and which of them go by which channel."""

import unicodedata
from collections.abc import Sequence
from typing import Literal

import msgspec

from bedside.kit import file_types
from bedside.kit.files import ENDINGS, GIF, IMAGES, JPEG, PDF, PNG
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.wire import Wire
from bedside.message_templates import Channel

LARGEST = 10_000_000  # bytes of one file
LARGEST_PICTURE_BY_WHATSAPP = 5_000_000
LARGEST_BY_MMS = 5_000_000  # all files of one, by Twilio
LARGEST_BY_MAIL = 15_000_000  # all files of one: a third more on the wire, and most servers take 25 MB
MOST = 10  # files of one message: what Twilio takes
WIDEST = 12_000  # points: a larger picture is linked, not drawn

ACCEPTED = frozenset(
    {*IMAGES, file_types.HEIC, PDF, *file_types.SOUND, file_types.VCARD, file_types.PLAIN, *file_types.OFFICE}
)
# what carriers and WhatsApp take (Twilio: "Accepted Content Types for Media"; Cloud API: "Supported Media Types")
BY_MMS = frozenset({PNG, JPEG, GIF, PDF, file_types.VCARD, *file_types.SOUND})
WHATSAPP_PICTURES = frozenset({PNG, JPEG})
WHATSAPP_SOUND = frozenset({file_types.AAC, file_types.AMR, file_types.MPEG, file_types.OGG, file_types.M4A})
BY_WHATSAPP = frozenset({*WHATSAPP_PICTURES, *WHATSAPP_SOUND, PDF, file_types.PLAIN, *file_types.MICROSOFT})

_ENDINGS: dict[str, tuple[str, ...]] = {
    **{kind: (ending,) for kind, ending in ENDINGS.items()},
    JPEG: (".jpg", ".jpeg"),
    file_types.HEIC: (".heic", ".heif"),
    file_types.MPEG: (".mp3",),
    file_types.OGG: (".ogg", ".oga", ".opus"),
    file_types.AMR: (".amr",),
    file_types.AAC: (".aac",),
    file_types.WAV: (".wav",),
    file_types.M4A: (".m4a", ".mp4"),
    file_types.VCARD: (".vcf",),
    file_types.PLAIN: (".txt", ".csv", ".log", ".md", ".ics"),
    file_types.DOCX: (".docx",),
    file_types.XLSX: (".xlsx",),
    file_types.PPTX: (".pptx",),
    file_types.DOC: (".doc",),
    file_types.XLS: (".xls",),
    file_types.PPT: (".ppt",),
    file_types.ODT: (".odt",),
    file_types.ODS: (".ods",),
    file_types.ODP: (".odp",),
}
KINDS_IN_WORDS = "pictures, PDF, sound, contacts (vCard), plain text and office documents without macros"


class Attachment(Wire, kw_only=True):
    """A file with a message. `waiting`: it is being fetched; `refused`: it is nothing that is taken here, and was not
    kept; `lost`: it could not be fetched; `error` says why. `width` and `height` are a picture's, in points."""

    id: int
    name: str
    media_type: str
    size: int | None
    width: int | None
    height: int | None
    status: Literal["waiting", "kept", "refused", "lost"]
    error: str

    @property
    def weight(self) -> str:
        """Its size as people say it; empty where it is not known."""
        if self.size is None:
            return ""
        if self.size < 100_000:
            return f"{max(1, round(self.size / 1000))}\N{NO-BREAK SPACE}kB"
        return f"{self.size / 1_000_000:.1f}\N{NO-BREAK SPACE}MB"

    @property
    def drawn(self) -> bool:
        """Whether a page draws it among the words: a picture of a size that does no harm."""
        known = self.width is not None and self.height is not None
        bounded = max(self.width or 0, self.height or 0) <= WIDEST
        return self.status == "kept" and self.media_type in IMAGES and known and bounded

    @property
    def played(self) -> bool:
        """Whether a page plays it."""
        return self.status == "kept" and self.media_type in file_types.SOUND


class AttachmentNotFound(NotFound):
    """404: the conversation has no such file."""

    type = "attachment-not-found"


class NamedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that came with a message, before its bytes are here: the provider's own name for it, and what is said of
    it, which proves nothing."""

    reference: str
    name: str = ""
    media_type: str = ""
    size: int | None = None


def name_for(name: str, media_type: str) -> str:
    """A name that a file may be saved under: one line, no path, and an ending that says what it is. Pure."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign if unicodedata.category(sign)[0] not in "CZ" else " " for sign in last)
    plain = " ".join(plain.split()).lstrip(".")
    endings = _ENDINGS.get(media_type, ())
    if endings and not plain.lower().endswith(endings):
        plain = f"{plain[:190] or 'file'}{endings[0]}"
    if len(plain) > 200:
        stem, dot, ending = plain.rpartition(".")
        plain = f"{stem[: 199 - len(ending)]}{dot}{ending}" if 0 < len(ending) < 10 else plain[:200]
    return plain or "file"


def check_fits(channel: Channel, files: Sequence[Attachment]) -> None:
    """Raises Invalid (422) where a channel does not take these files together; says which, and what does."""
    if len(files) > MOST:
        raise Invalid(
            f"One message takes {MOST} files.", pointer="/attachmentIds", next_step="Send the rest with another."
        )
    for place, file in enumerate(files):
        if (because := _why_not(channel, file)) is not None:
            raise Invalid(because, pointer=f"/attachmentIds/{place}", next_step="Send it by mail, or as another kind.")
    total = sum(file.size or 0 for file in files)
    most = {Channel.SMS: LARGEST_BY_MMS, Channel.EMAIL: LARGEST_BY_MAIL}.get(channel)
    if most is not None and total > most:
        by = "MMS" if channel is Channel.SMS else "mail"
        raise Invalid(
            f"By {by} the files may have {most / 1_000_000:g} MB together; these have {total / 1_000_000:.1f} MB.",
            pointer="/attachmentIds",
            next_step="Send fewer, or by another channel.",
        )


def _why_not(channel: Channel, file: Attachment) -> str | None:
    if channel is Channel.SMS and file.media_type not in BY_MMS:
        return f"MMS carries no file like “{file.name}” ({file.media_type})."
    if channel is Channel.WHATSAPP:
        if file.media_type not in BY_WHATSAPP:
            return f"WhatsApp carries no file like “{file.name}” ({file.media_type})."
        if file.media_type in WHATSAPP_PICTURES and (file.size or 0) > LARGEST_PICTURE_BY_WHATSAPP:
            return f"WhatsApp takes pictures of 5 MB; “{file.name}” is larger."
    return None
