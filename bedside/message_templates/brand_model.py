"""How a hospital's mail looks: its logo, colours, font, the words at its foot. What it is, and what may be wrong."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, field

from bedside.kit.wire import Wire
from bedside.message_templates.contrast import ENOUGH, contrast

Colour = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$", examples=["#0b6b70"])]
Address = Annotated[str, Meta(max_length=300, pattern=r"^https://[^\s\"'<>]+$")]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]

INK = "#10282b"  # headings on white and on the accent
MAIN, ACCENT, WHITE = "#0b6b70", "#e3f2f1", "#ffffff"


class Font(StrEnum):
    """Families that every mail program has, or replaces by one that looks much the same."""

    SYSTEM = "system"
    ARIAL = "arial"
    VERDANA = "verdana"
    TAHOMA = "tahoma"
    TREBUCHET = "trebuchet"
    GEORGIA = "georgia"

    @property
    def families(self) -> str:
        """As CSS takes it."""
        return _FAMILIES[self]


_FAMILIES = {
    Font.SYSTEM: "Inter,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif",
    Font.ARIAL: "Arial,Helvetica,sans-serif",
    Font.VERDANA: "Verdana,Geneva,sans-serif",
    Font.TAHOMA: "Tahoma,Verdana,Arial,sans-serif",
    Font.TREBUCHET: "'Trebuchet MS',Tahoma,Arial,sans-serif",
    Font.GEORGIA: "Georgia,'Times New Roman',serif",
}


class Site(StrEnum):
    """Where a hospital is found beside its mail."""

    WEBSITE = "website"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    X = "x"
    YOUTUBE = "youtube"
    LINKEDIN = "linkedin"


SITES = {
    Site.WEBSITE: "Website", Site.FACEBOOK: "Facebook", Site.INSTAGRAM: "Instagram", Site.X: "X",
    Site.YOUTUBE: "YouTube", Site.LINKEDIN: "LinkedIn",
}  # fmt: skip


class SiteLink(msgspec.Struct, kw_only=True, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One of a hospital's own pages elsewhere; `url` begins with https://."""

    site: Site
    url: Address


class BrandGiven(Wire, kw_only=True):
    """How a hospital's mail is to look. `main` colours links, buttons and the name at the top, `textOnMain` what stands
    on a button, `accent` the ground of offers. `logoId` is a picture's (POST /api/pictures). `footer` stands below each
    mail, before the links. What is left out goes back to what everybody has who set nothing."""

    logo_id: Id | None = None
    main: Colour = MAIN
    accent: Colour = ACCENT
    text_on_main: Colour = WHITE
    font: Font = Font.SYSTEM
    footer: Annotated[str, Meta(max_length=500)] = ""
    links: Annotated[list[SiteLink], Meta(max_length=6)] = field(default_factory=list)


class Contrast(Wire, kw_only=True):
    """How well one colour reads on another, from 1 to 21; WCAG AA asks for 4.5."""

    what: str
    ratio: float
    enough: bool


class Brand(Wire, kw_only=True):
    """How a hospital's mail looks. `version` 0: nobody has set anything, and this is what mail has then."""

    hospital_id: int
    logo_id: int | None = None
    logo_path: str | None = None
    main: str = MAIN
    accent: str = ACCENT
    text_on_main: str = WHITE
    font: Font = Font.SYSTEM
    footer: str = ""
    links: list[SiteLink] = field(default_factory=list)
    contrasts: list[Contrast] = field(default_factory=list)
    version: int = 0
    updated_at: datetime | None = None


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail needs of a brand when it is rendered. It travels as JSON with a message of a test, so it is looked at
    again; `logo` is the path of a picture of ours."""

    main: Colour = MAIN
    accent: Colour = ACCENT
    on_main: Colour = WHITE
    font: Font = Font.SYSTEM
    logo: Annotated[str, Meta(pattern=r"^(/pictures/[0-9a-f]{32}\.(png|jpg|gif|webp))?$")] = ""
    logo_wide: Annotated[int, Meta(ge=0, le=20_000)] = 0
    logo_high: Annotated[int, Meta(ge=0, le=20_000)] = 0
    words: Annotated[str, Meta(max_length=500)] = ""
    links: tuple[SiteLink, ...] = ()


PLAIN = Kit()


def contrasts(*, main: str, accent: str, text_on_main: str) -> list[Contrast]:
    """How well what stands in a mail is read in these colours. Pure."""
    pairs = (
        ("Words on a button", text_on_main, main),
        ("Links and the name on white", main, WHITE),
        ("Words on an offer", INK, accent),
        ("Large words of an offer", main, accent),
    )
    return [
        Contrast(what=what, ratio=(ratio := contrast(one, other)), enough=ratio >= ENOUGH) for what, one, other in pairs
    ]
