"""One Jinja environment for every room's pages.

A room returns Litestar's own `Template("patients/list.html", context={...})` and imports nothing from here: whatever
the layout shows around the page is worked out from the request, which Litestar puts into every template's context.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2 import Template as JinjaTemplate
from jinja2.runtime import Context
from litestar import Request
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template.base import csrf_token
from litestar.template.config import TemplateConfig
from markupsafe import Markup

from bedside.kit.phone import show_phone
from bedside.portal import formats, navigation, statuses, visitor
from bedside.portal.static_files import FOLDER, asset

ROOMS = Path(__file__).parent.parent
SPRITE = "vendor/icons/icons.svg"


def template_config(
    visitor_of: visitor.VisitorOf, *, now: Callable[[], datetime], rooms: Path = ROOMS
) -> TemplateConfig[JinjaTemplateEngine]:
    """What Litestar needs: every room's `pages/` folder, our filters, and who looks at a page.

    `now` is the clock, for relative times.
    """
    engine = JinjaTemplateEngine(engine_instance=environment(visitor_of, now=now, rooms=rooms))
    return TemplateConfig(instance=engine)


def environment(visitor_of: visitor.VisitorOf, *, now: Callable[[], datetime], rooms: Path = ROOMS) -> Environment:
    """The environment itself: escapes always, and a name that is not there is an error, not an empty string."""
    folders = sorted(path for path in rooms.glob("*/pages") if path.is_dir())
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    made.template_class = WholePages

    @pass_context
    def shell(context: Context) -> visitor.Shell:
        request = cast("Request[Any, Any, Any]", context["request"])
        known = request.scope["state"].get("portal_shell")
        if known is None:
            known = visitor.shell_of(request, csrf_token(context.get_all()), visitor_of(request))
            request.scope["state"]["portal_shell"] = known
        return cast("visitor.Shell", known)

    @pass_context
    def palette_sources(context: Context) -> str:
        who = shell(context).visitor
        return " ".join(
            path for path, permission, _ in navigation.PALETTE_SOURCES if who and permission in who.permissions
        )

    @pass_context
    def palette_finds(context: Context) -> str:
        """What the palette finds for its visitor: "patients, owners, pages"."""
        who = shell(context).visitor
        people = [name for _, permission, name in navigation.PALETTE_SOURCES if who and permission in who.permissions]
        return ", ".join([*people, "pages"])

    @pass_context
    def local(context: Context, name: str) -> str:
        # A page may name another zone or locale in its context (a public page has no visitor): that one holds.
        given = context.get(name)
        return str(given) if given else str(getattr(shell(context), name))

    @pass_context
    def date_filter(context: Context, value: date | datetime, shape: str = "medium", zone: str = "") -> str:
        zone = zone or local(context, "zone")
        return formats.local_date(value, zone=zone, locale=local(context, "locale"), shape=shape)

    @pass_context
    def time_filter(context: Context, value: datetime | time, zone: str = "") -> str:
        return formats.local_time(value, zone=zone or local(context, "zone"), locale=local(context, "locale"))

    @pass_context
    def hours_filter(context: Context, starts: str, ends: str) -> str:
        return formats.wall_hours(starts, ends, locale=local(context, "locale"))

    @pass_context
    def moment_filter(context: Context, value: datetime, shape: str = "medium", zone: str = "") -> str:
        zone = zone or local(context, "zone")
        return formats.local_moment(value, zone=zone, locale=local(context, "locale"), shape=shape)

    @pass_context
    def ago_filter(context: Context, value: datetime) -> Markup:
        words = formats.relative(value, now=now(), locale=local(context, "locale"))
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            formats.machine_moment(value), moment_filter(context, value), words
        )

    @pass_context
    def money_filter(context: Context, minor_units: int, currency: str) -> str:
        return formats.money(minor_units, currency=currency, locale=local(context, "locale"))

    @pass_context
    def number_filter(context: Context, value: int, compact: bool = False) -> str:
        return formats.number(value, locale=local(context, "locale"), compact=compact)

    made.filters.update(
        date=date_filter, time=time_filter, moment=moment_filter, hours=hours_filter, ago=ago_filter,
        money=money_filter, number=number_filter, phone=phone_filter, machine_moment=formats.machine_moment,
        initials=statuses.initials_of, tone=statuses.tone_of,
    )  # fmt: skip
    made.globals.update(
        shell=shell, icon=icon, asset=asset, look_of=statuses.look_of, channel_of=statuses.channel_of,
        is_current=navigation.is_current, direction_of=visitor.direction_of, query_with=query_with,
        palette_sources=palette_sources, palette_finds=palette_finds,
    )  # fmt: skip
    return made


class WholePages(JinjaTemplate):
    """A template that is never shown without its page: a fragment opened by its own address gets the layout around."""

    def render(self, *args: Any, **context: Any) -> str:
        """The text; a fragment stays one for htmx and for scripts, and becomes a page for a browser's address bar."""
        text = super().render(*args, **context)
        request: Request[Any, Any, Any] | None = context.get("request")
        opened = request is not None and request.headers.get("sec-fetch-dest") == "document"
        if not opened or "HX-Request" in request.headers or text.lstrip()[:9].lower() == "<!doctype":  # type: ignore[union-attr]
            return text
        around = {"fragment": Markup(text), "is_dialog": 'class="modal-body"' in text}  # noqa: S704  it was escaped
        return self.environment.get_template("portal/fragment.html").render(**context | around)


def page(template: str, *, status_code: int = 200, headers: dict[str, str] | None = None, **context: Any) -> Template:
    """A page or a fragment of one; for the portal's own handlers (a room makes Litestar's `Template` itself)."""
    return Template(template, context=context, status_code=status_code, headers=headers)


def icon(name: str, class_: str = "", label: str = "") -> Markup:
    """An icon of the sprite, hidden from screen readers unless it has a `label`. KeyError for one not in the sprite."""
    if name not in _sprite_names((FOLDER / SPRITE).stat().st_mtime_ns):
        raise KeyError(f"The sprite has no icon {name!r}: add it to bedside/portal/icons.txt and run bin/vendor.")
    classes = f"icon {class_}".strip()
    if name.startswith(("chevron-left", "chevron-right", "arrow-left", "arrow-right", "arrow-narrow-right")):
        classes += " icon-turns"
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="{}" {}><use href="{}#{}"></use></svg>').format(classes, said, asset(SPRITE), name)


@cache
def _sprite_names(_modified: int) -> frozenset[str]:
    return frozenset(re.findall(r'<symbol id="([^"]+)"', (FOLDER / SPRITE).read_text()))


def phone_filter(value: str | None) -> Markup:
    """A phone number for people, always left to right."""
    return Markup('<span class="ltr">{}</span>').format(show_phone(value)) if value else Markup("")


def query_with(path: str, query: str, **changes: str | int | None) -> str:
    """`path` with the query string changed: None takes a parameter away. For sort headers, filters and pagers."""
    asked = dict(parse_qsl(query)) | {name: str(value) for name, value in changes.items() if value is not None}
    kept = {name: value for name, value in asked.items() if changes.get(name, value) is not None}
    return f"{path}?{urlencode(kept)}" if kept else path
