"""The pages of emergency notifications: written, counted, confirmed by the hospital's name, followed live."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import HOSPITAL_COOKIE, departments, hospital_chosen, hospitals, practitioners
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Invalid, Problem
from bedside.kit.http.transaction import Transaction
from bedside.reminders import emergencies
from bedside.reminders.emergency_model import (
    LANGUAGES,
    STATES,
    EmergencyDraft,
    EmergencyNotification,
    Id,
    NewEmergency,
    SentAlready,
)
from bedside.reminders.store_emergencies import NOTIFICATIONS, RECIPIENTS

Asked = Request[SignedIn, Any, Any]
MAY = [requires(Permission.EMERGENCIES_SEND)]

FIELDS = (
    "hospital_id", "day", "department_id", "practitioner_id", "from_time", "until_time", "words_en", "words_es",
    "words_ar", "confirm",
)  # fmt: skip
STATE_WORDS: dict[str, tuple[str, str]] = {
    "reached": ("Reached", "green"),
    "sent": ("Sent", "teal"),
    "waiting": ("On its way", "blue"),
    "unknown": ("Not known", "amber"),
    "failed": ("Failed", "red"),
    "cancelled": ("Taken back", "neutral"),
    "unreachable": ("Call them", "red"),
}
_WORDS = {
    "hospital_id": "Choose a hospital.",
    "day": "Give a day.",
    "from_time": "Give a time such as 14:00.",
    "until_time": "Give a time such as 14:00.",
    "words": "Write what is to be said, in 480 characters at most.",
}


@get("/emergencies", guards=MAY, include_in_schema=False)
async def emergencies_page(
    request: Asked, tx: Transaction, cursor: Annotated[str, QueryParameter(name="cursor")] = ""
) -> Template:
    """What was sent, the newest first."""
    return Template("reminders/emergencies.html", context=await _listed(request, tx, cursor))


@get("/emergencies/rows", guards=MAY, include_in_schema=False)
async def emergencies_region(request: Asked, tx: Transaction) -> Template:
    """The list alone, for when something happened."""
    return Template("reminders/emergencies_rows.html", context=await _listed(request, tx, ""))


async def _listed(request: Asked, tx: Tx, cursor: str) -> dict[str, Any]:
    page = await NOTIFICATIONS.page(tx, filters={"hospitals": request.user.hospitals}, cursor=cursor or None, limit=25)
    return {"notifications": page.items, "next": page.next, "query": request.url.query}


@get("/emergencies/new", guards=MAY, include_in_schema=False)
async def new_emergency_page(
    request: Asked, tx: Transaction, hospital: Annotated[str, QueryParameter(name="hospital_id")] = ""
) -> Template:
    """Where one is written. Choosing another hospital asks again, for its departments and practitioners."""
    user = request.user
    place = await hospital_chosen(tx, user=user, cookie=hospital or request.cookies.get(HOSPITAL_COOKIE))
    context = {
        "place": place,
        "places": [(one.id, one.name) for one in await hospitals(tx, ids=user.hospitals)],
        "departments": [(one.id, one.name) for one in await departments(tx, hospital_id=place.id)],
        "practitioners": [(one.id, one.display_name) for one in await practitioners(tx, hospital_id=place.id)],
        "zone": place.time_zone,
        "today": tx.now.astimezone(ZoneInfo(place.time_zone)).date().isoformat(),
    }
    return Template("reminders/emergency_new.html", context=context)


@post("/emergencies/preview", guards=MAY, include_in_schema=False, status_code=200)
async def preview_from_page(request: Asked, tx: Transaction) -> Template:
    """Step one: whom it comes to. Nothing leaves."""
    return await _previewed(request, tx, await fields_of(request), {})


async def _previewed(request: Asked, tx: Tx, values: dict[str, str], errors: dict[str, str]) -> Template:
    shown = None
    try:
        shown = await emergencies.preview(tx, draft=read_as(EmergencyDraft, _read(values)), user=request.user)
    except Wrong as wrong:
        errors = {**_in_words(wrong), **errors}
    except Problem as problem:
        errors = {**told(problem, FIELDS), **errors}
        if isinstance(problem, Invalid):
            errors = {**_pointed(problem), **errors}
    context = {"preview": shown, "values": values, "errors": errors, "fields": FIELDS[:-1]}
    return Template("reminders/emergency_preview.html", context=context, status_code=422 if errors else 200)


@post("/emergencies", guards=MAY, include_in_schema=False, status_code=200)
async def send_from_page(request: Asked, tx: Transaction) -> Template:
    """Step two: the hospital's name was typed."""
    values = await fields_of(request)
    try:
        async with tx.savepoint():
            new = read_as(NewEmergency, {**_read(values), "confirm": values.get("confirm", "")})
            sent = await emergencies.send_emergency(tx, new=new, user=request.user)
    except Wrong as wrong:
        return await _previewed(request, tx, values, _in_words(wrong))
    except SentAlready as problem:
        first = problem.members["emergencyNotificationId"]
        return Template("reminders/emergency_sent.html", context={}, headers={"HX-Redirect": f"/emergencies/{first}"})
    except Problem as problem:
        return await _previewed(request, tx, values, {"confirm": problem.detail})
    headers = {"HX-Redirect": f"/emergencies/{sent.id}"}
    return Template("reminders/emergency_sent.html", context={}, headers=headers)


@get("/emergencies/{emergency_id:int}", guards=MAY, include_in_schema=False)
async def emergency_page(
    request: Asked,
    tx: Transaction,
    emergency_id: FromPath[Id],
    standing: Annotated[str, QueryParameter(name="state")] = "",
    cursor: Annotated[str, QueryParameter(name="cursor")] = "",
) -> Template:
    """One of them: how far it has come, and who got it."""
    return Template("reminders/emergency.html", context=await _one(request, tx, emergency_id, standing, cursor))


@get("/emergencies/{emergency_id:int}/region", guards=MAY, include_in_schema=False)
async def emergency_region(
    request: Asked,
    tx: Transaction,
    emergency_id: FromPath[Id],
    standing: Annotated[str, QueryParameter(name="state")] = "",
) -> Template:
    """What changes of it while it goes out."""
    return Template("reminders/emergency_region.html", context=await _one(request, tx, emergency_id, standing, ""))


async def _one(request: Asked, tx: Tx, emergency_id: int, state: str, cursor: str) -> dict[str, Any]:
    found = await emergencies.emergency(tx, notification_id=emergency_id, user=request.user)
    state = state if state in STATES else ""
    page = await RECIPIENTS.page(
        tx, filters={"state": state or None}, cursor=cursor or None, limit=100, notification=emergency_id
    )
    return {
        "one": found,
        "texts": _texts(found),
        "recipients": page.items,
        "next": page.next,
        "state": state,
        "states": [(name, words) for name, (words, _) in STATE_WORDS.items() if getattr(found.progress, name)],
        "state_words": STATE_WORDS,
        "query": request.url.query,
        "path": f"/emergencies/{emergency_id}",
    }


def _texts(found: EmergencyNotification) -> list[tuple[str, str]]:
    return [
        (language, emergencies.said_by(found.hospital_name, found.words, language))
        for language in LANGUAGES
        if getattr(found.words, language)
    ]


@post("/emergencies/{emergency_id:int}/cancel", guards=MAY, include_in_schema=False, status_code=200)
async def cancel_from_page(request: Asked, tx: Transaction, emergency_id: FromPath[Id]) -> Template:
    """Takes back what has not left."""
    await emergencies.cancel_emergency(tx, notification_id=emergency_id, user=request.user)
    context = {"title": "Taken back", "text": "What had not left does not leave.", "tone": "green",
               "icon_name": "circle-check"}  # fmt: skip
    return Template("reminders/said.html", context=context, headers={"HX-Trigger": "emergency_notification"})


def _read(values: dict[str, str]) -> dict[str, Any]:
    """The form's fields as the struct takes them; what is empty is left out."""
    read: dict[str, Any] = {
        name: number_in(values[name]) or values[name]
        for name in ("hospital_id", "department_id", "practitioner_id")
        if values.get(name)
    }
    read |= {
        name: f"{values[name]}:00" if len(values[name]) == len("14:00") else values[name]
        for name in ("from_time", "until_time")
        if values.get(name)
    }
    if values.get("day"):
        read["day"] = values["day"]
    words = {language: values.get(f"words_{language}", "") for language in LANGUAGES}
    return {**read, "words": {language: text for language, text in words.items() if text or language == "en"}}


def _in_words(wrong: Wrong) -> dict[str, str]:
    """What the form says of it: of the words it is not known which, so it stands at the English ones."""
    return {{"words": "words_en"}.get(name, name): _WORDS.get(name, text) for name, text in wrong.errors.items()}


def _pointed(problem: Invalid) -> dict[str, str]:
    pointer = problem.errors[0]["pointer"] if problem.errors else ""
    return {f"words_{pointer[-2:]}": problem.detail} if pointer.startswith("/words/") else {}


EMERGENCY_PAGES = [
    emergencies_page,
    emergencies_region,
    new_emergency_page,
    preview_from_page,
    send_from_page,
    emergency_page,
    emergency_region,
    cancel_from_page,
]
