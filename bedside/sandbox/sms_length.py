"""How many parts a text message takes: GSM-7 where every character allows it, UCS-2 otherwise (3GPP TS 23.038)."""

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")


def parts_of(body: str) -> tuple[int, str]:
    """The number of parts and the encoding, "GSM-7" or "UCS-2". An empty body is one part."""
    if all(character in GSM_BASIC or character in GSM_EXTENSION for character in body):
        return _pack([2 if character in GSM_EXTENSION else 1 for character in body], whole=160, part=153), "GSM-7"
    return _pack([2 if ord(character) > 0xFFFF else 1 for character in body], whole=70, part=67), "UCS-2"


def _pack(widths: list[int], *, whole: int, part: int) -> int:
    """Parts needed when no character may be cut in two: extension characters and surrogate pairs stay together."""
    if sum(widths) <= whole:
        return 1
    parts, room = 1, part
    for width in widths:
        if width > room:
            parts, room = parts + 1, part
        room -= width
    return parts
