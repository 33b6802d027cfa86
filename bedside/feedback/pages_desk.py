"""Feedback where staff meet patients: written down at the desk, on a visit, and beside who the patient is."""

from datetime import date
from typing import Annotated, Any

from litestar import get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, audit_reading, requires
from bedside.feedback import store, store_desk
from bedside.feedback.categories import categories
from bedside.feedback.form_model import Question
from bedside.feedback.forms import form_version
from bedside.feedback.giving import give
from bedside.feedback.model import Id, NewFeedback
from bedside.feedback.page_form import condition_of, read
from bedside.feedback.page_words import words
from bedside.feedback.pages_common import STAR_WORDS, Person, said
from bedside.feedback.policies import asked_form_version, policy_of
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of, number_in, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.patients import patient
from bedside.scheduling import appointment

GIVE = Permission.FEEDBACK_GIVE
SHOWN = 5


async def _desk_form(request: Person, tx: Tx, values: dict[str, str], errors: dict[str, str]) -> Template:
    """The form; whose it is once that is known, and their visits that can still be rated."""
    whose = number_in(values.get("patient_id", ""))
    who = await patient(tx, whose) if whose else None
    visits = await store_desk.visits_to_rate(tx, patient_id=who.id, within=request.user.hospitals) if who else []
    # the browser chooses the first of them by itself
    chosen = number_in(values.get("appointment_id", "")) or (visits[0].id if visits else None)
    context = {
        "values": values,
        "errors": errors,
        "questions": [(one, condition_of(one)) for one in await _questions_of(request, tx, chosen)],
        "t": words("en"),
        "who": who,
        "visits": visits,
        "categories": [(one.code, one.label()) for one in await categories(tx)],
        "star_words": STAR_WORDS,
        "today": tx.now.date().isoformat(),
    }
    return Template("feedback/desk.html", context=context, status_code=422 if errors else 200)


async def _questions_of(request: Person, tx: Tx, visit_id: int | None) -> list[Question]:
    """What the hospital of a visit asks now; nothing for a visit that is none of theirs."""
    found = await store.visit(tx, visit_id) if visit_id else None
    if found is None or not request.user.works_at(found.hospital_id):
        return []
    version_id = await asked_form_version(tx, await policy_of(tx, found.hospital_id))
    return [] if version_id is None else (await form_version(tx, version_id)).questions


@get("/feedback/new", guards=[requires(GIVE)], include_in_schema=False)
async def desk_dialog(request: Person, tx: Transaction) -> Template:
    """The form for what a patient says at the desk: of a visit (`appointmentId`), or of a patient's (`patientId`)."""
    values = {
        "patient_id": request.query_params.get("patientId", ""),
        "appointment_id": request.query_params.get("appointmentId", ""),
    }
    visit = number_in(values["appointment_id"])
    found = await store.visit(tx, visit) if visit else None
    if found is not None and request.user.works_at(found.hospital_id):
        values["patient_id"] = str(found.patient_id)
    return await _desk_form(request, tx, values, {})


@get("/feedback/new/questions", guards=[requires(GIVE)], include_in_schema=False)
async def desk_questions(
    request: Person, tx: Transaction, visit: Annotated[str, QueryParameter(name="appointment_id")] = ""
) -> Template:
    """The part of the form with the questions of the hospital of another visit."""
    questions = [(one, condition_of(one)) for one in await _questions_of(request, tx, number_in(visit))]
    context = {"questions": questions, "values": {}, "errors": {}, "t": words("en")}
    return Template("feedback/desk_questions.html", context=context)


@post("/feedback/new", guards=[requires(GIVE)], status_code=200, include_in_schema=False)
async def give_at_the_desk(request: Person, tx: Transaction) -> Template:
    """Keeps it, or draws the form again with what was wrong."""
    fields = await fields_of(request)
    # who was asked none of the hospital's questions need not answer any
    asked = any(given for name, given in fields.items() if name.startswith("answer_"))
    questions = await _questions_of(request, tx, number_in(fields.get("appointment_id", ""))) if asked else []
    new, wrong = read(fields, categories=await categories(tx), questions=questions)
    t = words("en")
    errors = {name: t(key) for name, key in wrong.items()}
    _name_the_visit(new, fields, errors)
    if not errors:
        try:
            async with tx.savepoint():
                kept = await give(tx, new=new, source="desk", actor=request.user)
            return said("Feedback kept", "A task is open to make up for it." if kept.is_low else "Thank them from us.")
        except Problem as problem:
            errors = told(problem, ("rating", "words", "appointment_id", "patient_id", "visit_date"))
    return await _desk_form(request, tx, fields, errors)


def _name_the_visit(new: NewFeedback, fields: dict[str, str], errors: dict[str, str]) -> None:
    """The visit that was chosen; else whose it was, and the day."""
    new.anonymous = False
    new.appointment_id = number_in(fields.get("appointment_id", ""))
    if new.appointment_id:
        return
    new.appointment_id = None
    new.patient_id = number_in(fields.get("patient_id", "")) or None
    if new.patient_id is None:
        errors["patient_id"] = "Choose whose visit it was."
    try:
        new.visit_date = date.fromisoformat(fields.get("visit_date", ""))
    except ValueError:
        errors["visit_date"] = "Choose the visit, or give the day."


@get("/panels/patients/{patient_id:int}/feedback", guards=[requires(Permission.FEEDBACK_READ)],
     include_in_schema=False)  # fmt: skip
async def patient_panel(patient_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """What a patient said of their visits, as far as it is not anonymous."""
    who = await patient(tx, patient_id)
    await audit_reading(tx, actor=request.user, patient_id=who.id)
    filters = {"within": request.user.hospitals, "patient_id": who.id}
    page = await store.FEEDBACK.page(tx, filters=filters, limit=SHOWN)
    context = {
        "patient_id": who.id, "voices": page.items, "more": page.next is not None, "now": tx.now,
        "may_give": request.user.may(GIVE),
    }  # fmt: skip
    return Template("feedback/patient_panel.html", context=context)


@get("/appointments/{appointment_id:int}/feedback", guards=[requires(Permission.FEEDBACK_READ)],
     include_in_schema=False)  # fmt: skip
async def visit_panel(appointment_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """What was said of a visit, or how it stands with asking; nothing for one that has not taken place."""
    await appointment(tx, appointment_id, actor=request.user)
    seen = await store.visit(tx, appointment_id)
    filters = {"within": request.user.hospitals, "appointment_id": appointment_id}
    given = (await store.FEEDBACK.page(tx, filters=filters, limit=1)).items if seen else []
    context = {
        "visit": seen,
        "given": given[0] if given else None,
        "asked": await store_desk.asked_about(tx, appointment_id=appointment_id) if seen else None,
        "now": tx.now,
        "may_give": request.user.may(GIVE),
    }
    return Template("feedback/visit_panel.html", context=context)


DESK_PAGES: list[Any] = [desk_dialog, desk_questions, give_at_the_desk, patient_panel, visit_panel]
