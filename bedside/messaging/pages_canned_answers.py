"""Pages of canned answers: what `/` offers in the answer box, and the settings."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, read_as
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.messaging import canned_answers, store_canned_answers
from bedside.messaging.canned_answers import CannedAnswerChanges, NewCannedAnswer

Asked = Request[SignedIn, Any, Any]
READ, EDIT = [requires(Permission.MESSAGES_READ)], [requires(Permission.TEMPLATES_EDIT)]


@get("/inbox/{conversation_id:int}/canned-answers", guards=READ, include_in_schema=False)
async def filled_answers(conversation_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """What `/` offers in the answer box: each as it would read to this person."""
    found = await canned_answers.filled(tx, conversation_id=conversation_id, user=request.user)
    return Template("messaging/canned_options.html", context={"answers": found})


@get("/settings/canned-answers", guards=EDIT, include_in_schema=False)
async def canned_answers_page(request: Asked, tx: Transaction) -> Template:
    """All of them."""
    page = await store_canned_answers.CANNED_ANSWERS.page(
        tx, filters={"hospital_ids": request.user.hospitals}, limit=200
    )
    return Template("messaging/canned_answers.html", context={"answers": page.items})


@get("/settings/canned-answers/new", guards=EDIT, include_in_schema=False)
async def new_dialog() -> Template:
    """The form for a new one."""
    return _form(None, {"name": "", "language": "en", "body": ""}, {})


@get("/settings/canned-answers/{answer_id:int}", guards=EDIT, include_in_schema=False)
async def edit_dialog(answer_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """The form for one that is there."""
    found = await canned_answers.canned_answer(tx, answer_id=answer_id, user=request.user)
    return _form(found.id, {"name": found.name, "language": found.language, "body": found.body}, {})


def _form(answer_id: int | None, values: dict[str, str], errors: dict[str, str]) -> Template:
    context = {"answer_id": answer_id, "values": values, "errors": errors}
    return Template("messaging/canned_form.html", context=context, status_code=422 if errors else 200)


_WORDS = {"name": "Small letters, digits and dashes, 40 at most.", "body": "Write the words, 1600 letters at most."}


@post("/settings/canned-answers", guards=EDIT, status_code=200, include_in_schema=False)
async def add_by_form(request: Asked, tx: Transaction) -> Template | Response[str]:
    """Keeps a new one, or draws the form again with what was wrong."""
    return await _save(request, tx, None)


@post("/settings/canned-answers/{answer_id:int}", guards=EDIT, status_code=200, include_in_schema=False)
async def change_by_form(answer_id: FromPath[int], request: Asked, tx: Transaction) -> Template | Response[str]:
    """Changes one, or draws the form again with what was wrong."""
    return await _save(request, tx, answer_id)


async def _save(request: Asked, tx: Tx, answer_id: int | None) -> Template | Response[str]:
    form = await request.form()
    values = {name: str(form.get(name, "")).strip() for name in ("name", "language", "body")}
    try:
        async with tx.savepoint():
            if answer_id is None:
                await canned_answers.add(tx, new=read_as(NewCannedAnswer, values, _WORDS), user=request.user)
            else:
                changes = read_as(CannedAnswerChanges, values, _WORDS)
                await canned_answers.change(tx, answer_id=answer_id, changes=changes, user=request.user)
    except Wrong as wrong:
        return _form(answer_id, values, wrong.errors)
    except Problem as problem:
        return _form(answer_id, values, {"body": f"{problem.detail} {problem.next_step or ''}"})
    return Response("", media_type="text/html", headers={"HX-Redirect": "/settings/canned-answers"})


@post("/settings/canned-answers/{answer_id:int}/archive", guards=EDIT, status_code=200, include_in_schema=False)
async def archive_by_hand(answer_id: FromPath[int], request: Asked, tx: Transaction) -> Response[str]:
    """Takes it out of use."""
    await canned_answers.archive(tx, answer_id=answer_id, user=request.user)
    return Response("", media_type="text/html", headers={"HX-Redirect": "/settings/canned-answers"})


PAGES = [
    filled_answers, canned_answers_page, new_dialog, edit_dialog, add_by_form, change_by_form, archive_by_hand,
]  # fmt: skip
