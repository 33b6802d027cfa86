"""What words must stand before they are kept: known variables, loops that end, mail without anything that runs."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from html.parser import HTMLParser
from typing import Any

from bedside.message_templates import liquid
from bedside.message_templates.mjml import compiled
from bedside.message_templates.model import MissingVariable, TemplateFault, UnknownVariable, Words
from bedside.message_templates.samples import sample_variables

# Values that a message brings by itself (`variables` of POST /api/messages) stand under this name, whatever they are.
OWN = "custom"
_RUNS = {"script", "iframe", "object", "embed", "form", "base", "meta", "link", "svg", "math"}
_ADDRESSES = {"href", "src", "action", "formaction", "background", "poster", "xlink:href"}
_HARMFUL = ("javascript:", "vbscript:", "data:text")


@cache
def known_variables() -> tuple[str, ...]:
    """Every variable that a template may name, sorted; a list (`visits`) by its own name."""
    return tuple(sorted(_paths(sample_variables("en"))))


def check_for_keeping(words: Words, *, language: str) -> None:
    """Raises UnknownVariable or TemplateFault (422) with the field at fault; the words have been parsed before."""
    for pointer, source in words.fields():
        _check_variables(source, pointer)
    if words.html:
        _check_html(words.html, "/html")
    if words.mjml:
        _check_html(words.mjml, "/mjml")
    # Filled in once, so that a loop without an end is found by its writer and not by the sender.
    variables = {**sample_variables(language), OWN: {}}
    for pointer, source in words.fields():
        try:
            filled = compiled(source) if pointer == "/mjml" else source
            liquid.fill(filled, {**variables, "body": "…"}, html=pointer in ("/html", "/mjml"))
        except MissingVariable:
            continue  # one of their own, or one that only some messages have: it is asked for before sending
        except TemplateFault as fault:
            raise TemplateFault(fault.detail, pointer=pointer, next_step=fault.next_step) from None


def _check_variables(source: str, pointer: str) -> None:
    known = set(known_variables()) | {name.partition(".")[0] for name in known_variables()}
    if pointer.startswith("/whatsappVariables"):
        known.add("body")
    for path in liquid.named(source):
        if path in known or path.partition(".")[0] == OWN or path.startswith(("visits.", "visits[")):
            continue
        near = _nearest(path)
        raise UnknownVariable(
            f"There is no variable “{path[:80]}”.",
            pointer=pointer,
            next_step=(f"Did you mean {near}? " if near else "")
            + f"What a message brings by itself is named {OWN}.something.",
        )


def _nearest(path: str) -> str | None:
    found = get_close_matches(path, known_variables(), n=1, cutoff=0.6)
    return found[0] if found else None


def _paths(variables: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, value in variables.items():
        if isinstance(value, Mapping):
            yield from _paths(value, f"{before}{name}.")
        else:
            yield before + name


class _Harm(HTMLParser):
    """Finds the first thing in a mail's HTML that would run, load a page, or send a form."""

    found: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Looks at a tag and its attributes."""
        if self.found:
            return
        if tag in _RUNS:
            self.found = f"<{tag}>"
        for name, value in attrs:
            address = "".join((value or "").split()).lower()
            if name.startswith("on") or (name in _ADDRESSES and address.startswith(_HARMFUL)):
                self.found = self.found or f"{name}=…"


def _check_html(html: str, pointer: str) -> None:
    looked = _Harm(convert_charrefs=True)
    looked.feed(html)
    looked.close()
    if looked.found:
        raise TemplateFault(
            f"Mail may not contain {looked.found}: mail programs refuse it, and so do we.",
            pointer=pointer,
            next_step="Use plain tags: headings, paragraphs, links, lists, tables and pictures.",
        )
