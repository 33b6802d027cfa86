"""What a mail as somebody gets it should mend: for those who see little, hear it read, or have it cut off. Pure.

Contrast and text size after WCAG 2.2 (1.4.3, 2.4.4, 1.3.1); Gmail shows 102 kB of a mail and cuts off the rest.
"""

import re
from html.parser import HTMLParser
from typing import NamedTuple

from bedside.message_templates.contrast import ENOUGH, contrast, is_colour
from bedside.message_templates.languages import direction

GMAIL_SHOWS = 102 * 1024  # bytes
SMALLEST = 12  # points of text
_SHOUTED = re.compile(r"\b[A-ZÁÉÍÓÚÑ]{4,}\b")
_NO_PLACE = {
    "here", "click here", "click", "press here", "this link", "link",
    "aquí", "aqui", "haga clic aquí", "haga clic", "clic aquí", "pulse aquí", "este enlace", "enlace",
    "هنا", "اضغط هنا", "انقر هنا", "الرابط", "هذا الرابط", "ici", "cliquez ici", "hier", "hier klicken",
}  # fmt: skip
_VOID = {"img", "br", "hr", "meta", "link", "input", "col", "area", "wbr"}
_SILENT = {"head", "style", "title", "script"}
_NAMED = {"white": "#ffffff", "black": "#000000"}


def reading_advice(*, html: str, text: str, language: str) -> list[str]:
    """Sentences, each with what to do; none where nothing is to be said. `html` and `text` as somebody gets them."""
    seen = _Reading()
    seen.feed(html)
    seen.close()
    said: list[str] = []
    if len(html.encode()) > GMAIL_SHOWS:
        said.append(
            f"It has {len(html.encode()) // 1024} kB: Gmail cuts off what is over 102, the end of this news too. "
            "Take blocks out, or write less."
        )
    if not text.strip():
        said.append("It says nothing to those who read plain text: add a text beside the pictures.")
    said += [
        f"“{words}” is hard to read ({ratio:g} of {ENOUGH:g}): take a darker colour, or paler ground."
        for words, ratio in list(seen.faint.items())[:3]
    ]
    if seen.small:
        said.append(f"“{seen.small}” is smaller than {SMALLEST} points: make it larger.")
    said += [
        f"A link says “{words}”, which tells nobody where it leads: name the place, such as “Book a time”."
        for words in list(dict.fromkeys(seen.placeless))[:2]
    ]
    if seen.leapt:
        said.append(
            f"After heading {seen.leapt[0]} comes heading {seen.leapt[1]}: those who hear it miss one. "
            f"Make it heading {seen.leapt[0] + 1}."
        )
    if not seen.language or seen.language == "und":
        said.append("It does not say its language, so it may be read aloud in another: begin it with <mjml>.")
    if direction(language) == "rtl" and seen.aligned_left:
        said.append(f"“{seen.aligned_left}” is set to the left, but this is read from the right: set it to the right.")
    if len(_SHOUTED.findall(seen.words)) > 3 or seen.words.count("!") > 3:
        said.append("It shouts: filters of spam dislike capitals and exclamation marks. Write it as you would say it.")
    return said


class _Look(NamedTuple):
    tag: str
    colour: str | None
    ground: str | None
    size: float | None
    left: bool
    silent: bool


class _Reading(HTMLParser):
    """What somebody sees of a mail, and in which colours."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faint: dict[str, float] = {}
        self.small = self.aligned_left = self.words = ""
        self.placeless: list[str] = []
        self.leapt: tuple[int, int] | None = None
        self.language: str | None = None
        self._stack = [_Look("", "#000000", "#ffffff", None, left=False, silent=False)]
        self._heading = 0
        self._link: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens a tag, which looks like the one it is in but for what it says itself."""
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", "")
        if tag in _VOID:
            if tag == "img" and self._link is not None:
                self._link.append(given.get("alt", ""))
            return
        if tag == "a":
            self._link = []
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            level = int(tag[1])
            if self._heading and level > self._heading + 1 and self.leapt is None:
                self.leapt = (self._heading, level)
            self._heading = level
        self._stack.append(self._looks(tag, given))

    def _looks(self, tag: str, given: dict[str, str]) -> _Look:
        over, style = self._stack[-1], _style(given.get("style", ""))
        # what its ground is cannot be told where a picture is
        picture = "url(" in style.get("background", "") + style.get("background-image", "") or "background" in given
        ground = style.get("background-color") or style.get("background") or given.get("bgcolor") or ""
        own = _colour(ground)
        align = style.get("text-align") or given.get("align", "")
        size = _points(style.get("font-size", ""))
        return _Look(
            tag=tag,
            colour=_colour(style["color"]) if "color" in style else over.colour,
            ground=None if picture else own if own or (ground and "transparent" not in ground) else over.ground,
            size=over.size if size is None else size,
            left=align == "left" if align else over.left,
            silent=over.silent or tag in _SILENT or style.get("display") == "none",
        )

    def handle_endtag(self, tag: str) -> None:
        """Closes a tag, and those that were left open in it."""
        at = next((place for place in range(len(self._stack) - 1, 0, -1) if self._stack[place].tag == tag), None)
        if at is not None:
            del self._stack[at:]
        if tag == "a" and self._link is not None:
            words = " ".join("".join(self._link).split())
            if words.strip(" .:>»…").lower() in _NO_PLACE:
                self.placeless.append(words)
            self._link = None

    def handle_data(self, data: str) -> None:
        """Looks at words, in the colours that they are in."""
        look, words = self._stack[-1], " ".join(data.split())
        if self._link is not None:
            self._link.append(data)
        if look.silent or not any(sign.isalnum() for sign in words):
            return
        self.words += f" {words}"
        shown = words if len(words) <= 40 else words[:39].rstrip() + "…"
        if look.colour and look.ground and (ratio := contrast(look.colour, look.ground)) < ENOUGH:
            self.faint.setdefault(shown, ratio)
        if look.size is not None and 0 < look.size < SMALLEST:
            self.small = self.small or shown
        if look.left:
            self.aligned_left = self.aligned_left or shown


def _style(text: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if value.strip()}


def _colour(text: str) -> str | None:
    word = text.split()[0].lower() if text.split() else ""
    word = _NAMED.get(word, word)
    return word if is_colour(word) else None


def _points(text: str) -> float | None:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)px", text)
    return float(found[1]) if found else None
