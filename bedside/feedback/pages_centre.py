"""The feedback centre: what patients say, filtered and live; one of them with everything; and what staff answer."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, audit_reading, requires
from bedside.directory import departments, hospitals, practitioners
from bedside.feedback import store
from bedside.feedback.answering import ask_for_review, respond
from bedside.feedback.categories import categories
from bedside.feedback.forms import form_version
from bedside.feedback.giving import feedback
from bedside.feedback.model import Feedback, Id, NewResponse, ReviewRequest
from bedside.feedback.pages_common import CHANNEL_NAMES, SOURCES, Person, said
from bedside.feedback.policies import policy_of
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import languages

READ = Permission.FEEDBACK_READ
AT_ONCE = 25
STATES: dict[str, tuple[str, dict[str, bool | int]]] = {
    "recovery": ("To recover", {"needs_recovery": True}),
    "low": ("Low ratings", {"at_most": 2}),
    "words": ("With words", {"has_words": True}),
    "waiting": ("Not answered", {"answered": False}),
    "answered": ("Answered", {"answered": True}),
    "anonymous": ("Anonymous", {"anonymous": True}),
}
RATINGS = [("5", "5 stars"), ("4", "4 stars"), ("3", "3 stars"), ("2", "2 stars"), ("1", "1 star")]
PERIODS = [("7", "Last 7 days"), ("30", "Last 30 days"), ("90", "Last 90 days"), ("365", "Last 12 months")]
_WORDS = {"body": "Write something, in 2000 characters at most."}


async def _listed(request: Person, tx: Tx, cursor: str) -> dict[str, Any]:
    """The list as the address asks for it; what it asks wrongly, it does not ask."""
    query = request.query_params
    user = request.user
    state = query.get("state", "")
    places = [(one.id, one.name) for one in await hospitals(tx, ids=user.hospitals)]
    place = number_in(query.get("hospital", ""))
    place = place if place in dict(places) else None
    units = [(one.id, one.name) for one in await departments(tx, hospital_id=place)] if place else []
    unit = number_in(query.get("department", ""))
    unit = unit if unit in dict(units) else None
    people = [(one.id, one.display_name) for one in await practitioners(tx, hospital_id=place)] if place else []
    person = number_in(query.get("practitioner", ""))
    person = person if person in dict(people) else None
    rating = number_in(query.get("rating", ""))
    days = query.get("days", "")
    words = query.get("q", "").strip()[:200]
    filters: dict[str, Any] = {
        "within": user.hospitals, "hospital_id": place, "department_id": unit, "practitioner_id": person,
        "rating": rating if rating in (1, 2, 3, 4, 5) else None, "words": words or None,
        "since": tx.now - timedelta(days=int(days)) if days in dict(PERIODS) else None,
    }  # fmt: skip
    filters |= STATES[state][1] if state in STATES else {}
    page = await store.FEEDBACK.page(tx, filters=filters, cursor=cursor or None, limit=AT_ONCE)
    return {
        "voices": page.items, "next": page.next, "now": tx.now, "query": request.url.query, "q": words,
        "state": state if state in STATES else "", "places": places, "hospital": place or "", "units": units,
        "department": unit or "", "people": people, "practitioner": person or "", "rating": rating or "",
        "days": days, "export": _export(filters), "may_report": user.may(Permission.FEEDBACK_REPORTS),
        "may_give": user.may(Permission.FEEDBACK_GIVE), "may_edit": user.may(Permission.FEEDBACK_EDIT),
        "filtered": any(value is not None for name, value in filters.items() if name != "within"),
        "states": [(name, label) for name, (label, _) in STATES.items()], "ratings": RATINGS, "periods": PERIODS,
    }  # fmt: skip


def _export(filters: dict[str, Any]) -> str:
    """The address of the table with the same rows."""
    asked = {name: value for name, value in filters.items() if value is not None and name != "within"}
    camel = {"".join([part.title() if n else part for n, part in enumerate(name.split("_"))]): value
             for name, value in asked.items()}  # fmt: skip
    spelled = {
        name: str(value).lower()
        if isinstance(value, bool)
        else value.isoformat()
        if isinstance(value, datetime)
        else value
        for name, value in camel.items()
    }
    return "/api/patient-feedback/export" + (f"?{urlencode(spelled)}" if spelled else "")


@get("/feedback", guards=[requires(READ)], include_in_schema=False)
async def centre_page(request: Person, tx: Transaction, cursor: FromQuery[str] = "") -> Template:
    """What patients say, the newest first."""
    return Template("feedback/centre.html", context=await _listed(request, tx, cursor))


@get("/feedback/rows", guards=[requires(READ)], include_in_schema=False)
async def centre_rows(request: Person, tx: Transaction) -> Template:
    """The list alone, for when something happened."""
    return Template("feedback/voices.html", context=await _listed(request, tx, ""))


async def _shown(request: Person, tx: Tx, given: Feedback) -> dict[str, Any]:
    names = {one.code: one.label() for one in await categories(tx, archived=True)}
    asked = (await form_version(tx, given.form_version_id)).questions if given.form_version_id else []
    labels = {one.key: one.label("en") for one in asked}
    options = {(one.key, option.key): option.labels["en"] for one in asked for option in one.options}
    policy = await policy_of(tx, given.hospital_id) if given.hospital_id else None
    return {
        "given": given,
        "category_names": names,
        "language": dict(languages()).get(given.language, given.language),
        "answers": [
            (labels.get(answer.question, answer.question), _told(answer, options)) for answer in given.answers
        ],
        "sources": SOURCES,
        "now": tx.now,
        "zone": given.time_zone or "",
        "may_answer": request.user.may(Permission.FEEDBACK_ANSWER),
        "may_review": given.patient_id is not None and given.review_asked_at is None
        and policy is not None and policy.asks_for_review(given.rating),
        "sees_patients": request.user.may(Permission.PATIENTS_READ),
        "sees_tasks": request.user.may(Permission.FOLLOW_UPS_READ),
    }  # fmt: skip


def _told(answer: Any, options: dict[tuple[str, str], str]) -> str:
    if answer.kind == "yes_no":
        return "Yes" if answer.number else "No"
    if answer.kind == "nps":
        return f"{answer.number} of 10"
    if answer.kind == "csat":
        return f"{answer.number} of 5"
    return options.get((answer.question, answer.words), answer.words or "")


@get("/feedback/{feedback_id:int}", guards=[requires(READ)], include_in_schema=False)
async def feedback_page(request: Person, tx: Transaction, feedback_id: FromPath[Id]) -> Template:
    """One feedback with everything about it. Reading a named one is an audit fact."""
    given = await feedback(tx, feedback_id, seen_by=request.user)
    if given.patient_id is not None:
        await audit_reading(tx, actor=request.user, patient_id=given.patient_id)
    return Template("feedback/one.html", context=await _shown(request, tx, given))


@get("/feedback/{feedback_id:int}/rows", guards=[requires(READ)], include_in_schema=False)
async def feedback_region(request: Person, tx: Transaction, feedback_id: FromPath[Id]) -> Template:
    """The same without the page around it, for when something happened."""
    given = await feedback(tx, feedback_id, seen_by=request.user)
    return Template("feedback/one_body.html", context=await _shown(request, tx, given))


def _answer_form(given: Feedback, values: dict[str, str], errors: dict[str, str]) -> Template:
    context = {
        "given": given, "values": values, "errors": errors,
        "channels": [("", "Whichever they prefer"), *CHANNEL_NAMES],
    }  # fmt: skip
    return Template("feedback/answer.html", context=context, status_code=422 if errors else 200)


@get("/feedback/{feedback_id:int}/answer", guards=[requires(Permission.FEEDBACK_ANSWER)], include_in_schema=False)
async def answer_dialog(request: Person, tx: Transaction, feedback_id: FromPath[Id]) -> Template:
    """The form for an answer: to the patient, or for colleagues."""
    given = await feedback(tx, feedback_id, seen_by=request.user)
    kind = "private" if given.anonymous or request.query_params.get("kind") == "private" else "message"
    return _answer_form(given, {"kind": kind, "body": "", "channel": ""}, {})


@post("/feedback/{feedback_id:int}/answer", guards=[requires(Permission.FEEDBACK_ANSWER)], status_code=200,
      include_in_schema=False)  # fmt: skip
async def answer_by_form(request: Person, tx: Transaction, feedback_id: FromPath[Id]) -> Template:
    """Sends or keeps an answer, or draws the form again with what was wrong."""
    given = await feedback(tx, feedback_id, seen_by=request.user)
    fields = await fields_of(request)
    values = {name: fields.get(name, "") for name in ("kind", "body", "channel")}
    try:
        channel = values["channel"] if values["kind"] == "message" else ""
        new = read_as(NewResponse, {**values, "channel": channel or None}, _WORDS)
        async with tx.savepoint():
            await respond(tx, feedback_id=given.id, new=new, actor=request.user)
    except Wrong as wrong:
        return _answer_form(given, values, wrong.errors)
    except Problem as problem:
        return _answer_form(given, values, told(problem, ("body", "channel")))
    if new.kind == "message":
        return said("Answer sent", f"{given.patient_name} gets it in a moment.")
    return said("Note kept", "Colleagues see it here; the patient does not.")


@post("/feedback/{feedback_id:int}/review", guards=[requires(Permission.FEEDBACK_ANSWER)], status_code=200,
      include_in_schema=False)  # fmt: skip
async def review_by_button(request: Person, tx: Transaction, feedback_id: FromPath[Id]) -> Template:
    """Asks a happy patient for a public review, once; what speaks against it shows in a corner."""
    given = await ask_for_review(tx, feedback_id=feedback_id, wanted=ReviewRequest(), actor=request.user)
    return said("Asked for a review", f"{given.patient_name} gets the link in a moment.")


CENTRE_PAGES: list[Any] = [
    centre_page, centre_rows, feedback_page, feedback_region, answer_dialog, answer_by_form, review_by_button,
]  # fmt: skip
