"""The plain text of a mail's HTML: what stands in it in reading order, addresses beside their words. Pure.

Liquid is text like any other, so the twin of a template is a template.
"""

import re
from html.parser import HTMLParser

_SILENT = {"head", "style", "script", "title"}
_PARAGRAPHS = {"p", "div", "h1", "h2", "h3", "h4", "table", "ul", "ol", "blockquote", "hr"}
_LINES = {"br", "tr", "li"}
_CELLS = {"td", "th"}


def plain_twin(html: str) -> str:
    """The text, a blank line between paragraphs, `-` before what is listed, a link's address after its words."""
    reader = _Reader(convert_charrefs=True)
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.said).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    """Writes down what a reader sees."""

    def __init__(self, *, convert_charrefs: bool) -> None:
        super().__init__(convert_charrefs=convert_charrefs)
        self.said: list[str] = []
        self._silent = 0
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begins a paragraph, a line, a link."""
        if tag in _SILENT:
            self._silent += 1
        elif tag in _PARAGRAPHS:
            self.said.append("\n\n")
        elif tag in _LINES:
            self.said.append("\n- " if tag == "li" else "\n")
        elif tag == "a":
            self._link = (dict(attrs).get("href") or "", len(self.said))

    def handle_endtag(self, tag: str) -> None:
        """Ends it."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in _PARAGRAPHS:
            self.said.append("\n\n")
        elif tag in _CELLS:
            self.said.append(" ")
        elif tag == "a" and self._link is not None:
            address, began = self._link
            words = "".join(self.said[began:]).strip()
            self._link = None
            if address and not address.startswith(("#", "tel:", "mailto:")) and address != words:
                self.said.append(f": {address}" if words else address)

    def handle_data(self, data: str) -> None:
        """Writes words down; the breaks of the source are none of the text."""
        if not self._silent:
            self.said.append(re.sub(r"\s+", " ", data))
