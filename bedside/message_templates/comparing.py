"""What changed between two versions of a template's words, word by word."""

import re
from difflib import SequenceMatcher
from typing import Literal

from bedside.kit.http.problems import Invalid
from bedside.kit.wire import Wire
from bedside.message_templates.model import TemplateVersion

_PIECES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\s+|[^\s{]+|\{", re.DOTALL)
# Beyond this many pieces a comparison word by word takes long; lines are compared then.
_MOST = 4_000


class Piece(Wire, kw_only=True):
    """A stretch of text that stayed, went, or came."""

    kind: Literal["same", "removed", "added"]
    text: str


class FieldDifference(Wire, kw_only=True):
    """How one field changed: its pieces in reading order."""

    field: str
    pieces: list[Piece]


class Difference(Wire, kw_only=True):
    """What the later version says otherwise; fields that say the same are left out."""

    older: TemplateVersion
    newer: TemplateVersion
    fields: list[FieldDifference]


def difference(older: TemplateVersion, newer: TemplateVersion) -> Difference:
    """The difference of two versions of one channel and language. Raises Invalid (422) for any others."""
    if (older.channel, older.language) != (newer.channel, newer.language):
        raise Invalid(
            "These versions are for different channels or languages.",
            pointer="/from",
            next_step="Compare two versions of one channel and language.",
        )
    named = [
        ("subject", older.subject or "", newer.subject or ""),
        ("body", older.body, newer.body),
        ("html", older.html or "", newer.html or ""),
        ("mjml", older.mjml or "", newer.mjml or ""),
        ("whatsappName", older.whatsapp_name or "", newer.whatsapp_name or ""),
        ("whatsappVariables", "\n".join(older.whatsapp_variables), "\n".join(newer.whatsapp_variables)),
        ("whatsappButtons", _buttons(older), _buttons(newer)),
        ("whatsappHeader", _header(older), _header(newer)),
    ]
    changed = [
        FieldDifference(field=field, pieces=pieces_of(before, after))
        for field, before, after in named
        if before != after
    ]
    return Difference(older=older, newer=newer, fields=changed)


def _buttons(version: TemplateVersion) -> str:
    return "\n".join(f"{button.id} {button.title}" for button in version.whatsapp_buttons)


def _header(version: TemplateVersion) -> str:
    return f"{version.whatsapp_header.kind}: {version.whatsapp_header.value}" if version.whatsapp_header else ""


def pieces_of(before: str, after: str) -> list[Piece]:
    """Both texts as one: what stayed and came is the later, what stayed and went the earlier."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if len(old) + len(new) > _MOST:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[Piece] = []
    for change, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if change == "equal":
            found.append(Piece(kind="same", text="".join(old[a:b])))
            continue
        if b > a:
            found.append(Piece(kind="removed", text="".join(old[a:b])))
        if d > c:
            found.append(Piece(kind="added", text="".join(new[c:d])))
    return found
