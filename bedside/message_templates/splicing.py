"""A mail made once, and then filled in for each person: what Liquid, the cleaning and the dress of a mail come to is
the same for everybody but for names, dates and links, and a campaign is a million of these.

It is made with marks in place of what is personal, and cut at the marks. Only where nothing can depend on a value but
whether there is one: every tag writes a variable as it is, or asks whether variables are there. And only for values of
letters, digits and single signs between them, which no step of the way changes, and plain addresses. Everything else is
made as ever. A test holds the two together.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from bedside.message_templates.model import Rendered, Variables, Words

# what differs from person to person, and what is the same for many; with anything else it is a mail of its own
_PERSONAL, _SHARED = ("patient", "owner", "recipient", "loyalty", "links"), frozenset({"hospital", "brand"})
_PATH = r"[a-z_]+(?:\.[a-z_]+)*"
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_WRITES = re.compile(rf"\{{\{{-?\s*({_PATH})\s*-?\}}\}}")
_ASKS = re.compile(rf"\{{%-?\s*(?:if|elsif|unless)\s+({_PATH}(?:\s+(?:and|or)\s+{_PATH})*)\s*-?%\}}")
_CLOSES = re.compile(r"\{%-?\s*(?:else|endif|endunless)\s*-?%\}")
_TEXT = re.compile(r"\w+(?:(?:, |\. |[ ,.-])\w+)*")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9_~.-]*)*(?<=[A-Za-z0-9_-])")
_MARK = re.compile(r"https://qzv7ax(\d\d)q\.invalid/a|Qzv7aX(\d\d)Q")
_IN_ADDRESS = re.compile(r"https?://[^\s<>\"]*Qzv7aX|\d\dQhttps?:|https://qzv7ax\d\dq\.invalid/a[\w/?#&=%:@+~-]")
MOST = 256

Make = Callable[..., Rendered]


class _Cut(msgspec.Struct, frozen=True):
    """A mail between its marks: text, number of a value, text ..."""

    rendered: Rendered
    subject: list[str] | None
    body: list[str]
    html: list[str]


_made: dict[Any, _Cut | None] = {}


def spliced(
    make: Make, words: Words, *, language: str, variables: Variables, version_id: int | None, clinical: bool
) -> Rendered | None:
    """The mail; None where it must be made whole. Raises what `make` raises, which makes it whole."""
    names = _names(words)
    if names is None:
        return None
    values: list[str] = []
    shape: list[str] = []
    for group, name in names:
        known = variables.get(group)
        value = known.get(name) if isinstance(known, Mapping) else None
        if value is None or (isinstance(value, str) and not value.strip()):
            shape.append("")
        elif not isinstance(value, str):
            return None
        elif _TEXT.fullmatch(value):
            shape.append(f"Qzv7aX{len(values):02}Q")
            values.append(value)
        elif _ADDRESS.fullmatch(value):
            shape.append(f"https://qzv7ax{len(values):02}q.invalid/a")
            values.append(value)
        else:
            return None
    same: dict[str, Any] = {group: value for group, value in variables.items() if group not in _PERSONAL}
    if same.keys() - _SHARED:
        return None
    there = tuple(group for group in _PERSONAL if isinstance(variables.get(group), Mapping))
    key = (words, language, version_id, clinical, there, tuple(shape), repr(same))
    if key not in _made:
        if len(_made) >= MOST:
            _made.clear()
        marks: dict[str, dict[str, str]] = {group: {} for group in there}
        for (group, name), mark in zip(names, shape, strict=True):
            if mark:
                marks[group][name] = mark
        whole = make(words, language=language, variables=same | marks, version_id=version_id, clinical=clinical)
        _made[key] = _cut(whole)
    cut = _made[key]
    if cut is None:
        return None
    return msgspec.structs.replace(
        cut.rendered,
        subject=None if cut.subject is None else _joined(cut.subject, values),
        body=_joined(cut.body, values),
        html=_joined(cut.html, values),
    )


@lru_cache(maxsize=MOST)
def _names(words: Words) -> tuple[tuple[str, str], ...] | None:
    """The personal variables that the words name; None where they do more than write them or ask for them."""
    if words.whatsapp_variables or words.whatsapp_header is not None:
        return None
    found: set[tuple[str, str]] = set()
    for _, source in words.fields():
        if "qzv7ax" in source.lower():
            return None
        for tag in _TAG.findall(source):
            writes, asks = _WRITES.fullmatch(tag), _ASKS.fullmatch(tag)
            if writes is None and asks is None and not _CLOSES.fullmatch(tag):
                return None
            paths = [writes[1]] if writes else re.findall(_PATH, asks[1]) if asks else []
            for path in paths:
                group, _, name = path.partition(".")
                if group in _PERSONAL:
                    if not name or "." in name:
                        return None
                    found.add((group, name))
    return tuple(sorted(found)) if len(found) < 100 else None


def _cut(rendered: Rendered) -> _Cut | None:
    """The mail cut at its marks; None where one of them stands where a value could change what is around it."""
    if rendered.html is None:
        return None
    texts = [rendered.subject or "", rendered.body, rendered.html]
    if any(_IN_ADDRESS.search(text) for text in texts):
        return None
    if any("qzv7ax" in _MARK.sub("", text).lower() for text in texts):
        return None
    subject, body, html = (_parts(text) for text in texts)
    return _Cut(rendered=rendered, subject=None if rendered.subject is None else subject, body=body, html=html)


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    last = 0
    for mark in _MARK.finditer(text):
        parts += [text[last : mark.start()], mark[1] or mark[2]]
        last = mark.end()
    return [*parts, text[last:]]


def _joined(parts: list[str], values: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    whole = parts.copy()
    for place in range(1, len(parts), 2):
        whole[place] = values[int(parts[place])]
    return "".join(whole)
