"""REST of canned answers."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction
from bedside.messaging import canned_answers, store_canned_answers
from bedside.messaging.canned_answer_model import CannedAnswer
from bedside.messaging.canned_answers import CannedAnswerChanges, NewCannedAnswer

Asked = Request[SignedIn, Any, Any]
TAGS = ["Conversations"]
READ, EDIT = [requires(Permission.MESSAGES_READ)], [requires(Permission.TEMPLATES_EDIT)]


@get("/api/canned-answers", guards=READ, tags=TAGS, summary="Canned answers by name")
async def list_canned_answers(
    request: Asked,
    tx: Transaction,
    q: Annotated[str | None, QueryParameter(max_length=200, description="A part of the name or the words.")] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[CannedAnswer]:
    """Those in use, of your hospitals and of every hospital."""
    filters = {"hospital_ids": request.user.hospitals, "search": q or None}
    return await store_canned_answers.CANNED_ANSWERS.page(tx, filters=filters, cursor=cursor, limit=limit)


@post("/api/canned-answers", guards=EDIT, tags=TAGS, summary="Keep a canned answer", status_code=201)
async def add_canned_answer(data: JSONBody[NewCannedAnswer], request: Asked, tx: Transaction) -> Response[Any]:
    """Words with variables: `person.first_name`, `person.last_name`, `person.name`, `hospital.name`, `hospital.phone`,
    `hospital.address`, `hospital.email`, `staff.name`. 422 where they name another; 409 where the name is taken."""
    return await once(request, tx, canned_answers.add(tx, new=data, user=request.user))


@patch("/api/canned-answers/{answer_id:int}", guards=EDIT, tags=TAGS, summary="Change a canned answer")
async def change_canned_answer(
    data: JSONBody[CannedAnswerChanges], request: Asked, tx: Transaction, answer_id: FromPath[int]
) -> Response[CannedAnswer]:
    """Changes what is sent; `If-Match` guards against another's change meanwhile (412)."""
    changed = await canned_answers.change(
        tx, answer_id=answer_id, changes=data, user=request.user, expected_version=expected_version(request)
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@delete("/api/canned-answers/{answer_id:int}", guards=EDIT, tags=TAGS, summary="Archive a canned answer")
async def archive_canned_answer(request: Asked, tx: Transaction, answer_id: FromPath[int]) -> None:
    """Takes it out of use."""
    await canned_answers.archive(tx, answer_id=answer_id, user=request.user)


ROUTES = [list_canned_answers, add_canned_answer, change_canned_answer, archive_canned_answer]
