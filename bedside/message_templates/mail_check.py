"""What a mail of blocks should mend before it goes to many, for who hears it read and for filters of spam. Pure."""

import re
from html.parser import HTMLParser

LONGEST_SUBJECT = 70  # what most mail programs show
_SHOUTED = re.compile(r"\b[A-ZÁÉÍÓÚÑ]{4,}\b")
_LIQUID = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)


def advice(*, subject: str, html: str, news: bool) -> list[str]:
    """Sentences, the gravest first; none where nothing is to be said. `html`: with its Liquid still in it."""
    seen = _Seen(convert_charrefs=True)
    seen.feed(html)
    seen.close()
    said: list[str] = []
    if news and "links.unsubscribe" not in html:
        said.append("There is no way to end this news: add the block “End this news”.")
    if seen.without_address:
        said.append("A picture is not chosen yet: press it, then “Choose a picture”, or take the block out.")
    if seen.without_words:
        said.append(
            "A picture says nothing to those who hear the mail read: press it and fill in “Alt”, its description."
        )
    if seen.silent_links:
        said.append("A link has no words: nobody knows where it leads.")
    if seen.pictures and seen.letters < 40 * seen.pictures:
        said.append("It is almost all pictures: many mail programs hide them, and filters distrust it.")
    plain = _LIQUID.sub("", subject)
    if len(plain) > LONGEST_SUBJECT:
        said.append(f"The subject is longer than the {LONGEST_SUBJECT} characters that phones show.")
    if len(_SHOUTED.findall(plain)) > 1 or plain.count("!") > 1:
        said.append("The subject shouts, which filters of spam dislike.")
    return said


class _Seen(HTMLParser):
    """What stands in a mail."""

    def __init__(self, *, convert_charrefs: bool) -> None:
        super().__init__(convert_charrefs=convert_charrefs)
        self.pictures = self.letters = 0
        self.without_address = self.without_words = self.silent_links = False
        self._silent = 0
        self._link: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Looks at a picture or the beginning of a link."""
        given = dict(attrs)
        if tag in ("style", "title"):
            self._silent += 1
        elif tag == "img":
            self.pictures += 1
            self.without_address |= not (given.get("src") or "").startswith(("http", "{{", "cid:", "/pictures/"))
            self.without_words |= not (given.get("alt") or "").strip()
            self.letters += 1 if self._link is not None and given.get("alt") else 0
        elif tag == "a":
            self._link = self.letters

    def handle_endtag(self, tag: str) -> None:
        """Ends a link."""
        if tag in ("style", "title"):
            self._silent = max(0, self._silent - 1)
        elif tag == "a" and self._link is not None:
            self.silent_links |= self.letters == self._link
            self._link = None

    def handle_data(self, data: str) -> None:
        """Counts what can be read."""
        if not self._silent:
            self.letters += len("".join(data.split()))
