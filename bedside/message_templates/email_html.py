"""The look of mail: one column, one card, readable in every mail program, light and dark, right to left too.

Mail programs know little CSS, so what matters is written into each tag; staff write plain tags and get the look.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Any

import nh3

from bedside.message_templates.brand_model import ACCENT, MAIN, PLAIN, WHITE, Kit
from bedside.message_templates.brand_words import footer, header, with_pictures
from bedside.message_templates.languages import direction

_STYLES = {
    "h1": "margin:0 0 16px;font-size:24px;line-height:1.3;font-weight:650;color:#10282b",
    "h2": "margin:24px 0 8px;font-size:17px;line-height:1.35;font-weight:650;color:#10282b",
    "p": "margin:0 0 16px;font-size:16px;line-height:1.6;color:#27393c",
    "p.small": "margin:16px 0 0;font-size:13px;line-height:1.5;color:#5c6f72",
    "p.code": f"margin:0 0 16px;font-size:34px;line-height:1.2;font-weight:700;letter-spacing:6px;color:{MAIN}",
    "a": f"color:{MAIN};text-decoration:underline",
    "a.button": f"display:inline-block;padding:13px 22px;border-radius:8px;background:{MAIN};color:{WHITE};"
    "font-size:16px;font-weight:600;text-decoration:none",
    "p.offer": f"margin:0 0 20px;padding:16px 18px;border-radius:8px;background:{ACCENT};font-size:18px;"
    "line-height:1.45;font-weight:650;color:#10282b",
    "table": f"width:100%;margin:0 0 20px;border-collapse:collapse;background:{ACCENT};border-radius:8px",
    "th": "padding:10px 16px;text-align:start;font-size:13px;font-weight:500;color:#465659;white-space:nowrap;"
    "vertical-align:top",
    "td": "padding:10px 16px;text-align:start;font-size:16px;line-height:1.4;font-weight:600;color:#10282b",
    "ul": "margin:0 0 16px;padding-inline-start:22px;font-size:16px;line-height:1.6;color:#27393c",
    "ol": "margin:0 0 16px;padding-inline-start:22px;font-size:16px;line-height:1.6;color:#27393c",
}
# What the inside of a mail may be made of; everything else is taken out, whatever a template or a variable brought.
_TAGS = (
    {"h1", "h2", "h3", "p", "a", "b", "strong", "i", "em", "u", "s", "br", "hr", "ul", "ol", "li"}
    | {"table", "tbody", "thead", "tr", "th", "td", "img", "span", "div", "blockquote"}
)  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "style", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_TAG = re.compile(r"<(h1|h2|p|a|table|th|td|ul|ol)((?:\s[^<>]*)?)>", re.IGNORECASE)
_CLASS = re.compile(r'\sclass="([a-z]+)"')
# what a variable could bring into a link of a mail; what its writer wrote was looked at when it was kept
_RUNNING = re.compile(
    r"""((?:href|src|background)\s*=\s*["']?)\s*(?:javascript:|vbscript:|data:text)[^"'\s>]*""", re.IGNORECASE
)
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


# the heading that a mail begins with stands on the hospital's own colour
_BANNER = re.compile(r"\s*<h1>(.*?)</h1>", re.DOTALL)
_PAPER = "background:#ffffff;border:1px solid #dde7e7"


def dressed(inner: str, *, title: str, language: str, hospital: Mapping[str, Any], kit: Kit = PLAIN) -> str:
    """A whole HTML document around the inside of a mail, which is cleaned on the way, in the colours of a kit."""
    inner = nh3.clean(
        inner, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"}, link_rel=None
    )
    reads = direction(language)
    top, foot = header(kit, hospital), footer(kit, hospital)
    head = (
        f'<tr><td dir="{reads}" style="padding:0 4px 14px;font-size:15px;font-weight:650;color:{kit.main}">'
        f"{top}</td></tr>"
        if top
        else ""
    )
    return with_pictures(
        f'<!doctype html><html lang="{escape(language)}" dir="{reads}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(title)}</title></head>"
        f'<body style="margin:0;padding:0;background:#eef3f3;font-family:{kit.font.families}">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#eef3f3"><tr>'
        '<td align="center" style="padding:28px 14px">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px">'
        f"{head}"
        f"{_card(inner, kit, reads)}"
        f'<tr><td dir="{reads}" style="padding:16px 4px 0;font-size:12px;line-height:1.6;color:#5c6f72">'
        f"{foot}</td></tr>"
        "</table></td></tr></table></body></html>"
    )


def _card(inner: str, kit: Kit, reads: str) -> str:
    """What the mail says, in one card below its heading."""
    banner = _BANNER.match(inner)
    if banner is None:
        return (
            f'<tr><td dir="{reads}" style="{_PAPER};border-top:4px solid {kit.main};border-radius:12px;'
            f'padding:28px 26px">{_styled(inner, kit)}</td></tr>'
        )
    return (
        f'<tr><td dir="{reads}" bgcolor="{kit.main}" style="background:{kit.main};border-radius:12px 12px 0 0;'
        f'padding:26px"><h1 style="margin:0;font-size:25px;line-height:1.25;font-weight:650;color:{kit.on_main}">'
        f"{banner[1]}</h1></td></tr>"
        f'<tr><td dir="{reads}" style="{_PAPER};border-top:0;border-radius:0 0 12px 12px;padding:26px">'
        f"{_styled(inner[banner.end() :], kit)}</td></tr>"
    )


def in_language(html: str, language: str) -> str:
    """A mail of blocks, said to be in a language and read from its side; an address that would run is taken out."""
    html = with_pictures(_RUNNING.sub(r"\1#", html))
    reads = direction(language)
    return re.sub(r'\blang="und" dir="auto"', f'lang="{escape(language)}" dir="{reads}"', html)


def from_plain_text(text: str) -> str:
    """Paragraphs of plain text as HTML, its addresses as links."""
    paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if part]
    return "".join(f"<p>{_linked(part)}</p>" for part in paragraphs)


def _linked(text: str) -> str:
    shown, last = [], 0
    for found in _LINK.finditer(text):
        shown.append(escape(text[last : found.start()], quote=False))
        address = escape(found.group())
        shown.append(f'<a href="{address}">{address}</a>')
        last = found.end()
    shown.append(escape(text[last:], quote=False))
    return "".join(shown).replace("\n", "<br>")


@lru_cache(maxsize=64)
def _looks(kit: Kit) -> dict[str, str]:
    """How each tag looks in the colours of a kit."""
    ours = {MAIN: kit.main, ACCENT: kit.accent, WHITE: kit.on_main}
    return {tag: re.sub("|".join(ours), lambda found: ours[found[0]], look) for tag, look in _STYLES.items()}


def _styled(html: str, kit: Kit) -> str:
    looks = _looks(kit)

    def style(found: re.Match[str]) -> str:
        tag, rest = found[1].lower(), found[2]
        if "style=" in rest:
            return found[0]
        named = _CLASS.search(rest)
        look = looks.get(f"{tag}.{named[1]}" if named else tag, looks[tag])
        return f'<{tag}{_CLASS.sub("", rest)} style="{look}">'

    return _TAG.sub(style, html)
