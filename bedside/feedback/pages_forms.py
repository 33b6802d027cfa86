"""Pages of survey forms: the list, the editor with a preview, and a form's versions."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.feedback import forms, store_forms
from bedside.feedback.form_fields import (
    KINDS,
    MOST_QUESTIONS,
    WAYS,
    Row,
    changed,
    errors_of,
    questions_said,
    read_rows,
    rows_of,
)
from bedside.feedback.form_model import Form, FormChanges, NewForm, NewFormVersion, Question, check_questions
from bedside.feedback.model import Id
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of, number_in
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import WRITTEN, languages

Person = Request[SignedIn, Any, Any]
EDIT = Permission.FEEDBACK_EDIT
FIRST_PROBLEM = "Nothing is saved yet: see what is marked."
_FIRST = [Row(key="recommend", kind="nps", en="How likely are you to recommend us to friends or family?",
              es="¿Recomendaría nuestro hospital a amigos o familiares?",
              ar="ما مدى احتمال أن توصي بنا لأصدقائك أو عائلتك؟")]  # fmt: skip
_LANGUAGES = [(tag, name) for tag, name in languages() if tag in WRITTEN]


@get("/settings/feedback-forms", guards=[requires(EDIT)], include_in_schema=False)
async def forms_page(request: Person, tx: Transaction) -> Template:
    """Every form; those put away last."""
    return Template("feedback/forms.html", context=await _listed(request, tx))


@get("/settings/feedback-forms/list", guards=[requires(EDIT)], include_in_schema=False)
async def forms_list(request: Person, tx: Transaction) -> Template:
    """The list alone, as it is drawn anew."""
    return Template("feedback/form_list.html", context=await _listed(request, tx))


async def _listed(request: Person, tx: Tx) -> dict[str, Any]:
    every = await forms.forms(tx, archived=True)
    return {
        "forms": [one for one in every if one.archived_at is None],
        "away": [one for one in every if one.archived_at is not None],
        "everywhere": request.user.hospital_ids is None,
    }


@get("/settings/feedback-forms/new", guards=[requires(EDIT)], include_in_schema=False)
async def new_form_page(tx: Transaction) -> Template:
    """The editor with a first question: whether they would recommend the hospital."""
    return _editor(None, "", _FIRST, {})


@get("/settings/feedback-forms/{form_id:int}", guards=[requires(EDIT)], include_in_schema=False)
async def form_page(form_id: FromPath[Id], tx: Transaction) -> Template:
    """The editor of a form's next version, with what is asked now."""
    one = await forms.form(tx, form_id)
    return _editor(one, one.name, rows_of(one.current.questions), {})


@get("/settings/feedback-forms/{form_id:int}/versions", guards=[requires(EDIT)], include_in_schema=False)
async def versions_page(form_id: FromPath[Id], tx: Transaction) -> Template:
    """What a form asked, version by version."""
    one = await forms.form(tx, form_id)
    context = {"form": one, "versions": await store_forms.versions(tx, form_id), "kinds": dict(KINDS), "told": _told}
    return Template("feedback/form_versions.html", context=context)


@post("/settings/feedback-forms/new", guards=[requires(EDIT)], status_code=200, include_in_schema=False)
async def add_by_form(request: Person, tx: Transaction) -> Response[Any]:
    """By the button that was pressed: a row more or less, moved, a preview, or the form added."""
    return await _pressed(request, tx, None)


@post("/settings/feedback-forms/{form_id:int}", guards=[requires(EDIT)], status_code=200, include_in_schema=False)
async def change_by_form(form_id: FromPath[Id], request: Person, tx: Transaction) -> Response[Any]:
    """As above; what is saved is the form's next version, asked from now on."""
    return await _pressed(request, tx, await forms.form(tx, form_id))


async def _pressed(request: Person, tx: Tx, one: Form | None) -> Response[Any]:
    form, fields = await request.form(), await fields_of(request)
    name, act = fields.get("name", "")[:200], fields.get("act", "preview")
    rows = read_rows(form)
    language = fields.get("language", "en")
    moved = changed(rows, act)
    if moved is not None:
        return _editor(one, name, moved, {}, version=fields.get("version"))
    questions, errors = questions_said(rows, one.current.questions if one else [])
    if not 1 <= len(name) <= 120:
        errors["name"] = "Give the form a name of 120 letters at most."
    if errors:
        return _editor(one, name, rows, errors, version=fields.get("version"))
    try:
        check_questions(questions)
        if act == "save":
            async with tx.savepoint():
                await _save(request, tx, one, name, questions, number_in(fields.get("version", "")))
            return Redirect("/settings/feedback-forms", status_code=303)
    except Problem as problem:
        return _editor(one, name, rows, errors_of(problem), version=fields.get("version"))
    return _editor(one, name, rows, {}, preview=questions, language=language, version=fields.get("version"))


async def _save(
    request: Person, tx: Tx, one: Form | None, name: str, questions: list[Question], expected: int | None
) -> None:
    if one is None:
        await forms.add_form(tx, new=NewForm(name=name, questions=questions), actor=request.user)
        return
    if name != one.name:
        one = await forms.change_form(
            tx, form_id=one.id, changes=FormChanges(name=name), actor=request.user, expected_version=expected
        )
        expected = one.version
    if msgspec.to_builtins(questions) != msgspec.to_builtins(one.current.questions):
        await forms.publish_version(
            tx, form_id=one.id, new=NewFormVersion(questions=questions), actor=request.user, expected_version=expected
        )


def _editor(
    one: Form | None,
    name: str,
    rows: list[Row],
    errors: dict[str, str],
    *,
    preview: list[Question] | None = None,
    language: str = "en",
    version: str | None = None,
) -> Template:
    context = {
        "form": one, "name": name, "rows": rows, "errors": errors, "kinds": KINDS, "ways": WAYS,
        "languages": _LANGUAGES, "language": language if language in WRITTEN else "en",
        "earlier": [
            [("rating", "The stars of the visit")] + [(row.key, row.en) for row in rows[:place] if row.key and row.en]
            for place in range(len(rows))
        ],
        "may_add": len(rows) < MOST_QUESTIONS, "preview": preview, "told": _told,
        "problem": errors.get("") or (FIRST_PROBLEM if errors else ""),
        "version": version if version is not None else (one.version if one else ""),
    }  # fmt: skip
    return Template("feedback/form_editor.html", context=context, status_code=422 if errors else 200)


def _told(question: Question, questions: list[Question]) -> str:
    """When a question is asked, in words; empty: always."""
    row = next((one for one in rows_of(questions) if one.key == question.key and one.when), None)
    if row is None:
        return ""
    named = {one.key: one.labels["en"] for one in questions}
    about = "the stars" if row.when == "rating" else f"“{named.get(row.when, row.when)}”"
    return f"Asked when {about} {dict(WAYS)[row.way]} {row.value}"


@post(
    "/settings/feedback-forms/{form_id:int}/put-away",
    guards=[requires(EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def put_away_by_button(form_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Puts a form away."""
    kept = await forms.change_form(tx, form_id=form_id, changes=FormChanges(archived=True), actor=request.user)
    return _said(f"{kept.name} was put away", "It is asked nowhere from now on.")


@post(
    "/settings/feedback-forms/{form_id:int}/bring-back",
    guards=[requires(EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def bring_back_by_button(form_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Brings a form back."""
    kept = await forms.change_form(tx, form_id=form_id, changes=FormChanges(archived=False), actor=request.user)
    return _said(f"{kept.name} is back", "Hospitals whose policy names it ask it again.")


def _said(title: str, text: str) -> Template:
    headers = {"HX-Trigger": '{"dialog:close": {}, "feedback_settings": {}}'}
    return Template("feedback/form_said.html", context={"title": title, "text": text}, headers=headers)


FORM_PAGES: list[Any] = [
    forms_page, forms_list, new_form_page, form_page, versions_page, add_by_form, change_by_form, put_away_by_button,
    bring_back_by_button,
]  # fmt: skip
