"""MJML, the blocks that mail is put together from: compiled to the HTML that mail programs understand.

It is compiled before its Liquid is filled in, so once a version and not once a person; and what is filled in is escaped
as in any HTML.
"""

import re
from functools import lru_cache
from html import escape, unescape

from mjml import mjml2html

from bedside.message_templates.model import TemplateFault

LONGEST = 200_000
_LIQUID = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_BLOCK = re.compile(r"<(/?)(mj(?:ml|-[a-z-]+))\b[^<>]*?(/?)>", re.IGNORECASE)
_KNOWN = frozenset({
    "mjml", "mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title", "mj-all",
    "mj-attributes", "mj-body", "mj-breakpoint", "mj-button", "mj-carousel", "mj-carousel-image", "mj-class",
    "mj-column", "mj-divider", "mj-group", "mj-head", "mj-hero", "mj-image", "mj-navbar", "mj-navbar-link",
    "mj-preview", "mj-raw", "mj-section", "mj-social", "mj-social-element", "mj-spacer", "mj-style", "mj-table",
    "mj-text", "mj-title", "mj-wrapper",
})  # fmt: skip


@lru_cache(maxsize=256)
def compiled(source: str) -> str:
    """The HTML of MJML, its Liquid still in it. Raises TemplateFault (422), with the line where a block is at fault."""
    if fault := _fault(source):
        raise _refused(fault)
    # Liquid's own < and > would be read as tags, so they travel as entities and come out as they were
    carried = _LIQUID.sub(lambda tag: escape(tag[0], quote=False), source)
    try:
        html: str = mjml2html(carried, fonts={})  # its own fonts would be loaded from outside
    except (ValueError, RuntimeError) as error:
        raise _refused(str(error).removesuffix(" in root template")) from None
    return _LIQUID.sub(lambda tag: unescape(tag[0]), html)


def _fault(source: str) -> str | None:
    opened: list[tuple[str, int]] = []
    for found in _BLOCK.finditer(source):
        name, line = found[2].lower(), source.count("\n", 0, found.start()) + 1
        if name not in _KNOWN:
            return f"line {line} has <{name}>, which is no block of ours"
        if found[1]:
            if not opened or opened[-1][0] != name:
                began = f"; <{opened[-1][0]}> of line {opened[-1][1]} is still open" if opened else ""
                return f"line {line} closes <{name}>{began}"
            opened.pop()
        elif not found[3]:
            opened.append((name, line))
    return f"<{opened[-1][0]}> of line {opened[-1][1]} is never closed" if opened else None


def _refused(fault: str) -> TemplateFault:
    return TemplateFault(
        f"The mail's blocks do not compile: {fault}.",
        pointer="/mjml",
        next_step="Close every tag that was opened, and write < in text as &lt;.",
    )
