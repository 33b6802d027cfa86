"""What `{{ brand.… }}` stands for in a mail: the colours and font of a hospital's kit, its header and footer. Pure.

Every mail has all of it, whoever sends: where a hospital has no kit, what everybody has.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

import msgspec
from markupsafe import Markup

from bedside.message_templates.brand_model import PLAIN, SITES, Kit

_public_url = "http://localhost:7002"


def install_public_url(url: str) -> None:
    """Says what address pictures have for those who read mail. Called once, by app and worker."""
    global _public_url  # only settings reads the environment, and it lies above this room
    _public_url = url.rstrip("/")


def with_pictures(html: str) -> str:
    """A mail whose pictures are kept here by their path, with the address that a mail program finds them at."""
    if "/pictures/" not in html:
        return html
    for before in ('"', "'", "(", "&quot;", "&#39;"):
        html = html.replace(f"{before}/pictures/", f"{before}{_public_url}/pictures/")
    return html


def kit_of(variables: Mapping[str, Any]) -> Kit:
    """The kit among a message's variables; what is none is none, since whoever sends a message may send variables."""
    given = variables.get("brand")
    if given is None:
        return PLAIN
    try:
        return given if isinstance(given, Kit) else msgspec.convert(given, Kit)
    except msgspec.ValidationError:
        return PLAIN


def facts_of(kit: Kit) -> dict[str, Any]:
    """The kit as variables carry it."""
    facts: dict[str, Any] = msgspec.to_builtins(kit)
    return facts


def in_html(kit: Kit, hospital: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a kit for a mail's HTML."""
    return {
        "main": kit.main,
        "accent": kit.accent,
        "on_main": kit.on_main,
        "font": kit.font.families,
        # what is in them of a kit or a hospital is escaped where they are made
        "header": Markup(header(kit, hospital)),  # noqa: S704
        "footer": Markup(footer(kit, hospital)),  # noqa: S704
    }


def in_text(kit: Kit, hospital: Mapping[str, Any]) -> dict[str, Any]:
    """The same for plain text: its words, and where its links lead."""
    links = [f"{SITES[one.site]}: {one.url}" for one in kit.links]
    return {
        "main": kit.main,
        "accent": kit.accent,
        "on_main": kit.on_main,
        "font": kit.font.families,
        "header": str(hospital.get("name") or ""),
        "footer": "\n".join([*([kit.words] if kit.words else []), *links, _place(hospital)]).strip(),
    }


def header(kit: Kit, hospital: Mapping[str, Any]) -> str:
    """The logo, which says the hospital's name to who does not see it; else the name."""
    name = escape(str(hospital.get("name") or ""))
    if not kit.logo:
        return name
    high = min(48, kit.logo_high or 48)
    wide = round(high * kit.logo_wide / kit.logo_high) if kit.logo_high else 0
    if wide > 240:
        wide, high = 240, max(1, round(240 * kit.logo_high / kit.logo_wide))
    sizes = f' width="{wide}" height="{high}"' if wide else f' height="{high}"'
    return f'<img src="{kit.logo}" alt="{name}"{sizes} style="display:inline-block;border:0;max-width:100%">'


def footer(kit: Kit, hospital: Mapping[str, Any]) -> str:
    """The kit's words, its links, and where the hospital is."""
    links = " &nbsp;·&nbsp; ".join(
        f'<a href="{escape(one.url)}" style="color:{kit.main};text-decoration:underline">{SITES[one.site]}</a>'
        for one in kit.links
    )
    place = " · ".join(
        # a phone that breaks in two is not dialled
        f'<span style="white-space:nowrap">{escape(one)}</span>' if part == "phone" else escape(one)
        for part, one in _parts(hospital)
    )
    parts = [escape(kit.words).replace("\n", "<br>"), links, place]
    return "<br>".join(part for part in parts if part)


def _place(hospital: Mapping[str, Any]) -> str:
    return " · ".join(one for _, one in _parts(hospital))


def _parts(hospital: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(part, str(hospital[part])) for part in ("name", "address", "phone") if hospital.get(part)]
