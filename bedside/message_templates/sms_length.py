"""How many parts an SMS takes, which is what it costs (WIRE.md; 3GPP TS 23.038)."""

import msgspec

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")


class SmsLength(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """What a text comes to as SMS. `forced_by` is the first character that GSM-7 lacks, at position `forced_at`."""

    encoding: str
    units: int
    segments: int
    # units still free in the last part
    left: int
    forced_by: str | None = None
    forced_at: int | None = None


def sms_length(text: str) -> SmsLength:
    """Counts the parts of a text. Extension characters count two, and neither they nor a surrogate pair are cut."""
    forced = next(
        ((at, char) for at, char in enumerate(text) if char not in GSM_BASIC and char not in GSM_EXTENSION), None
    )
    if forced is None:
        widths = [2 if character in GSM_EXTENSION else 1 for character in text]
        segments, left = _pack(widths, whole=160, part=153)
        return SmsLength(encoding="GSM-7", units=sum(widths), segments=segments, left=left)
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    segments, left = _pack(widths, whole=70, part=67)
    return SmsLength(
        encoding="UCS-2", units=sum(widths), segments=segments, left=left, forced_by=forced[1], forced_at=forced[0]
    )


def _pack(widths: list[int], *, whole: int, part: int) -> tuple[int, int]:
    if sum(widths) <= whole:
        return 1, whole - sum(widths)
    parts, room = 1, part
    for width in widths:
        if width > room:
            parts, room = parts + 1, part
        room -= width
    return parts, room
