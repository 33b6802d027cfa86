"""What a file is, by all of its bytes: documents, sound, contacts and plain text, beside the images and PDFs that
`kit/files.py` tells by the first of them. What a name or a sender claims does not count. All of it is pure.

Signatures: ID3v2 3.1 and MPEG audio frames, Ogg (RFC 3533, 6), AMR (RFC 4867, 5), ADTS (ISO/IEC 13818-7), WAVE, the
brands of ISO/IEC 14496-12, vCard (RFC 6350, 6.1.1), OPC packages (ISO/IEC 29500-2), OpenDocument 1.3 part 2, and the
compound files of older Office ([MS-CFB] 2.2).
"""

import io
import re
import zipfile

from bedside.kit.files import media_type_of

MPEG, OGG, AMR, AAC, WAV, M4A = "audio/mpeg", "audio/ogg", "audio/amr", "audio/aac", "audio/wav", "audio/mp4"
SOUND = frozenset({MPEG, OGG, AMR, AAC, WAV, M4A})
HEIC = "image/heic"
VCARD, PLAIN = "text/vcard", "text/plain"

_OPEN_XML = "application/vnd.openxmlformats-officedocument."
DOCX = _OPEN_XML + "wordprocessingml.document"
XLSX = _OPEN_XML + "spreadsheetml.sheet"
PPTX = _OPEN_XML + "presentationml.presentation"
DOC, XLS, PPT = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
ODT, ODS, ODP = _OPEN_DOCUMENT + "text", _OPEN_DOCUMENT + "spreadsheet", _OPEN_DOCUMENT + "presentation"
MICROSOFT = frozenset({DOCX, XLSX, PPTX, DOC, XLS, PPT})
OFFICE = MICROSOFT | {ODT, ODS, ODP}

_FRAMES = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2")
_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
# the streams that a compound file has, as its directory names them
_STREAMS = {"WordDocument": DOC, "Workbook": XLS, "Book": XLS, "PowerPoint Document": PPT}
_MARKUP = re.compile(r"<\s*(!doctype|html|svg|script|\?xml|\?php|iframe|body|head)", re.IGNORECASE)
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
MOST_ENTRIES = 5_000


def file_type_of(content: bytes) -> str | None:
    """The media type of a file, None for what we do not know, and for documents that carry macros or are locked."""
    if (known := media_type_of(content[:16])) is not None:
        return known
    if content.startswith(b"ID3") or content[:2] in _FRAMES:
        return MPEG
    if content.startswith(b"OggS"):
        return OGG if any(mark in content[:128] for mark in (b"OpusHead", b"vorbis", b"Speex")) else None
    if content.startswith(b"#!AMR"):
        return AMR
    if content[:2] in (b"\xff\xf1", b"\xff\xf9"):
        return AAC
    if content.startswith(b"RIFF"):
        return WAV if content[8:12] == b"WAVE" else None
    if content[4:8] == b"ftyp":
        return {b"M4A ": M4A, b"M4B ": M4A, b"heic": HEIC, b"heix": HEIC, b"mif1": HEIC}.get(content[8:12])
    if content.startswith(b"PK\x03\x04"):
        return _package(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _compound(content)
    return _text(content)


def _package(content: bytes) -> str | None:
    """What a zip file is: an office document, or nothing that we take. Its entries are listed and not unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = set(package.namelist())
            if len(names) > MOST_ENTRIES or any(name.lower().endswith("vbaproject.bin") for name in names):
                return None
            first = package.infolist()[0]
            if first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED and first.file_size < 100:
                said = package.read(first).decode("ascii", "replace").strip()
                return said if said in (ODT, ODS, ODP) else None
    except (zipfile.BadZipFile, IndexError, ValueError, NotImplementedError, RuntimeError, OSError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    return next((kind for part, kind in _PARTS.items() if part in names), None)


def _compound(content: bytes) -> str | None:
    """What a compound file is, by the streams that it has; none with macros, and none that is locked."""
    if any(name.encode("utf-16-le") in content for name in ("_VBA_PROJECT", "EncryptedPackage")):
        return None
    for name, kind in _STREAMS.items():
        if f"{name}\0".encode("utf-16-le") in content:
            return kind
    return None


def _text(content: bytes) -> str | None:
    """Plain text or a contact; None for what has signs that no text has, and for markup, which a browser might run."""
    words = _decoded(content)
    if not words or _NO_TEXT.search(words):
        return None
    if words.lstrip()[:11].upper() == "BEGIN:VCARD":
        return VCARD
    return None if words.lstrip().startswith("<") or _MARKUP.search(words) else PLAIN


def _decoded(content: bytes) -> str | None:
    """Text as it is written today, or as Windows wrote it."""
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def picture_size(content: bytes) -> tuple[int, int] | None:
    """How many points wide and high a picture is, read off its header; None where that cannot be told."""
    try:
        if content.startswith(b"\x89PNG"):
            return _two(content, 16, 4)
        if content.startswith(b"GIF8"):
            return _little(content, 6), _little(content, 8)
        if content.startswith(b"RIFF"):
            return _webp(content)
        if content.startswith(b"\xff\xd8"):
            return _jpeg(content)
    except IndexError:
        pass
    return None


def _two(content: bytes, at: int, length: int) -> tuple[int, int]:
    if len(content) < at + 2 * length:
        raise IndexError
    first, second = content[at : at + length], content[at + length : at + 2 * length]
    return int.from_bytes(first), int.from_bytes(second)


def _little(content: bytes, at: int, length: int = 2) -> int:
    if len(content) < at + length:
        raise IndexError
    return int.from_bytes(content[at : at + length], "little")


def _webp(content: bytes) -> tuple[int, int] | None:
    match content[12:16]:
        case b"VP8X":
            return _little(content, 24, 3) + 1, _little(content, 27, 3) + 1
        case b"VP8 ":
            return _little(content, 26) & 0x3FFF, _little(content, 28) & 0x3FFF
        case b"VP8L":
            bits = _little(content, 21, 4)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _jpeg(content: bytes) -> tuple[int, int] | None:
    """The size in the first start of frame (ISO/IEC 10918-1 B.2.2), past whatever segments go before it."""
    at = 2
    while content[at] == 0xFF:
        mark = content[at + 1]
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            high, wide = _two(content, at + 5, 2)
            return wide, high
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
    return None
