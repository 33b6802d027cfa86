"""Who looks at a page, as the layout needs to know it: made by `app` from the request's actor."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from litestar import Request

from bedside.portal.navigation import Entry, Group, settings_at, visible

Theme = Literal["auto", "light", "dark"]
THEME_COOKIE = "bedside_theme"
_RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})


@dataclass(frozen=True, slots=True)
class HospitalShown:
    """A hospital in the switcher, and what its pages are shown in (IANA zone, ISO 4217 currency, BCP 47 locale)."""

    id: int
    name: str
    time_zone: str = "UTC"
    currency: str = "USD"
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person signed in, for the layout: name, role's label, permissions, and the hospitals to choose among."""

    name: str
    role: str
    permissions: frozenset[str] = frozenset()
    hospital: HospitalShown | None = None
    hospitals: tuple[HospitalShown, ...] = ()
    email: str = ""


# From a request to its visitor; None for somebody not signed in. `app` hands it in, since only it knows the actor.
VisitorOf = Callable[[Request[Any, Any, Any]], Visitor | None]


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything the layout shows around a page."""

    visitor: Visitor | None
    path: str
    theme: Theme
    csrf_token: str
    locale: str
    hospital: HospitalShown | None
    navigation: tuple[Group, ...] = field(default_factory=tuple)
    # Where the event log stood when the page was drawn: its socket is told what came since. None without a log.
    cursor: int | None = None

    @property
    def language(self) -> str:
        """The value of `lang`: `en`, `ar-AE`."""
        return self.locale.replace("_", "-")

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """The value of `dir`, by the language."""
        return direction_of(self.locale)

    @property
    def settings(self) -> tuple[Entry, ...]:
        """What stands above a page of settings; empty on other pages."""
        return settings_at(self.navigation, self.path)

    @property
    def zone(self) -> str:
        """The time zone times are shown in: the hospital's, else UTC."""
        return self.hospital.time_zone if self.hospital else "UTC"


def direction_of(locale: str) -> Literal["ltr", "rtl"]:
    """`rtl` for languages written from right to left, by the first part of the locale."""
    return "rtl" if locale.replace("_", "-").split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def shell_of(request: Request[Any, Any, Any], csrf_token: str, visitor: Visitor | None) -> Shell:
    """The shell for a request; the theme comes from its cookie, so that the first paint is right."""
    asked = request.cookies.get(THEME_COOKIE, "auto")
    theme: Theme = "light" if asked == "light" else "dark" if asked == "dark" else "auto"
    hospital = visitor.hospital if visitor else None
    return Shell(
        visitor=visitor,
        path=request.url.path,
        theme=theme,
        csrf_token=csrf_token,
        locale=hospital.locale if hospital else "en",
        hospital=hospital,
        navigation=visible(visitor.permissions) if visitor else (),
        cursor=getattr(request.app.state.get("tail"), "mark", None),
    )
