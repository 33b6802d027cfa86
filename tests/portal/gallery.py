"""Every component in realistic data, for looking at and for the browser tests; not part of the product.

python -m tests.portal.gallery 7130
"""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvicorn
from jinja2 import ChoiceLoader, FileSystemLoader
from litestar import Litestar, Request, Response, get, post, websocket
from litestar.config.csrf import CSRFConfig
from litestar.connection import WebSocket
from litestar.openapi import OpenAPIConfig
from litestar.params import FromQuery
from litestar.response import Template

from bedside.kit.http.errors import handle_errors
from bedside.kit.http.problems import Conflict, Unauthenticated
from bedside.portal import static_files, templating
from bedside.portal.navigation import ENTRIES
from bedside.portal.openapi_viewer import LocalSwaggerPlugin
from bedside.portal.problem_page import draw_problem
from bedside.portal.security_headers import add_security_headers
from bedside.portal.statuses import LOOKS
from bedside.portal.visitor import HospitalShown, Visitor

NOW = datetime(2026, 11, 23, 15, 12, tzinfo=UTC)
BELLEVUE = HospitalShown(1, "Bellevue General", "America/New_York", "USD", "en-US")
HARBOUR = HospitalShown(2, "Harbour Clinic", "America/Chicago", "USD", "en-US")
NAMES = [
    "Amelia Ortiz", "Noah Bennett", "Fatima Al-Sayed", "Liam O’Connor", "Mei-Ling Chen", "Oluwaseun Adeyemi",
    "Isabella Rossi", "Jakub Nowak", "Priya Raghunathan", "Thomas Alexander Whitfield-Montgomery", "Zoë Laurent",
    "Ivan Petrov",
]  # fmt: skip
STATUSES = list(LOOKS["appointment"])


def _visitor(request: Request[Any, Any, Any]) -> Visitor | None:
    if request.url.path.startswith(("/public", "/sign-in")):
        return None
    permissions = frozenset(entry.permission for entry in ENTRIES if entry.permission)
    return Visitor("Dana Whitaker", "Front desk", permissions, BELLEVUE, (BELLEVUE, HARBOUR), "dana@example.org")


def _patients() -> list[Any]:
    return [
        SimpleNamespace(
            id=number,
            name=name,
            record_number=f"BG-{10240 + number * 37}",
            phone=f"+1212555{100 + number:04d}",
            born=date(1950 + number * 4, 1 + number % 12, 3 + number),
            last_visit=NOW - timedelta(days=number * 3, hours=number),
            status=STATUSES[number % len(STATUSES)],
            channel=("sms", "whatsapp", "email")[number % 3],
        )
        for number, name in enumerate(NAMES, 1)
    ]


def _page(name: str, **context: Any) -> Template:
    return Template(f"gallery/{name}.html", context={"now": NOW, "looks": LOOKS, **context})


@get("/", sync_to_thread=False)
def dashboard() -> Template:
    return _page("dashboard", patients=_patients(), today=42)


@get("/figures", sync_to_thread=False)
def figures() -> Template:
    return _page("figures", today=43)


@get("/patients", sync_to_thread=False)
def patients(sort: FromQuery[str] = "name", q: FromQuery[str] = "") -> Template:
    rows = [one for one in _patients() if q.lower() in one.name.lower()]
    rows.sort(key=lambda one: str(getattr(one, sort.removeprefix("-"))), reverse=sort.startswith("-"))
    return _page("patients", patients=rows, sort=sort, q=q, query=f"q={q}&sort={sort}")


@get("/patients/1", sync_to_thread=False)
def patient() -> Template:
    return _page("patient", patient=_patients()[0])


@get("/components", sync_to_thread=False)
def components() -> Template:
    return _page("components")


@get("/dialog", sync_to_thread=False)
def dialog() -> Template:
    return _page("dialog", errors={}, values={})


@post("/dialog", status_code=200)
async def dialog_sent(request: Request[Any, Any, Any]) -> Response[Any]:
    values = dict(await request.form())
    if not values.get("patient_id"):
        context = {"errors": {"patient_id": "Choose a patient, or register a new one first."}, "values": values}
        return Template("gallery/dialog.html", context=context, status_code=422)
    return Template("gallery/booked.html", headers={"HX-Trigger": "dialog:close"})


@post("/taken", sync_to_thread=False)
def taken() -> None:
    raise Conflict("Dr. Smith’s 10:00 has just been taken.", next_step="Choose another time.")


@get("/options", sync_to_thread=False)
def options(q: FromQuery[str] = "") -> Template:
    return _page("options", patients=[one for one in _patients() if q.lower() in one.name.lower()])


@get("/search", sync_to_thread=False)
def search(q: FromQuery[str] = "") -> Template:
    return _page("search", patients=[one for one in _patients() if q.lower() in one.name.lower()])


@get("/bell", sync_to_thread=False)
def bell() -> Template:
    items = [
        {
            "id": 7, "title": "New appointment", "text": "Amelia Ortiz, Cardiology, Tue 10:00", "href": "/patients/1",
            "at": NOW - timedelta(minutes=3), "icon": "calendar-plus", "tone": "teal",
        },
        {
            "id": 6, "title": "A message needs you", "text": "Noah Bennett: “Can I bring my son along?”",
            "href": "/messages", "at": NOW - timedelta(minutes=41), "icon": "message-reply", "tone": "amber",
        },
    ]  # fmt: skip
    return Template("portal/bell.html", context={"items": items, "unread": 2})


@get("/public", sync_to_thread=False)
def public_page() -> Template:
    hospital = SimpleNamespace(name="Bellevue General", phone="+12125550100")
    return _page("public", hospital=hospital, locale="en-US", zone="America/New_York", when=NOW + timedelta(days=2))


@get("/public/arabic", sync_to_thread=False)
def public_arabic() -> Template:
    hospital = SimpleNamespace(name="مستشفى بلفيو العام", phone="+12125550100")
    return _page("public_arabic", hospital=hospital, locale="ar-AE", zone="Asia/Dubai", when=NOW + timedelta(days=2))


@get("/public/times", sync_to_thread=False)
def public_times() -> Template:
    hospital = SimpleNamespace(name="Bellevue General", phone="+12125550100")
    return _page(
        "public_times", hospital=hospital, locale="en-US", zone="America/New_York", day=NOW + timedelta(days=2)
    )


@get("/arabic", sync_to_thread=False)
def arabic() -> Template:
    return _page("patients", patients=_patients(), sort="name", q="", query="", locale="ar-AE")


@get("/empty", sync_to_thread=False)
def empty() -> Template:
    return _page("empty")


@get("/sign-in", sync_to_thread=False)
def sign_in() -> Template:
    return _page("sign_in")


@get("/broken", sync_to_thread=False)
def broken() -> None:
    raise RuntimeError("shown as a problem")


@get("/members", sync_to_thread=False)
def members() -> None:
    """What asks for signing in."""
    raise Unauthenticated("Nobody is signed in.", next_step="Sign in.")


@websocket("/ws")
async def live(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept()
    await socket.send_json({"kind": "appointment.booked", "cursor": 1})
    await socket.receive()


def make() -> Litestar:
    """The gallery as an application."""
    config = templating.template_config(_visitor, now=lambda: NOW)
    loader = config.engine_instance.engine.loader
    assert isinstance(loader, ChoiceLoader)
    loader.loaders = [*loader.loaders, FileSystemLoader(Path(__file__).parent / "gallery_pages")]
    return Litestar(
        [
            dashboard, figures, patients, patient, components, dialog, dialog_sent, taken, options, search, bell,
            public_page, public_arabic, public_times, arabic, empty, sign_in, broken, members, live,
            static_files.router,
        ],
        template_config=config,
        before_send=[add_security_headers],
        exception_handlers={Exception: handle_errors(draw_problem)},
        csrf_config=CSRFConfig(secret="0" * 32, cookie_name="bedside_csrf", exclude=["^/static/"]),
        openapi_config=OpenAPIConfig("Bedside", "1", path="/api", render_plugins=[LocalSwaggerPlugin("/docs")]),
    )  # fmt: skip


if __name__ == "__main__":
    uvicorn.run(make(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
