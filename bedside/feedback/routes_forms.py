"""REST of survey forms."""

from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.feedback import forms, store_forms
from bedside.feedback.form_model import Form, FormChanges, FormVersion, NewForm, NewFormVersion
from bedside.feedback.model import Id
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]
TAGS = ["Feedback"]


@get("/api/feedback-forms", guards=[requires(Permission.FEEDBACK_REPORTS)], tags=TAGS, summary="Survey forms")
async def list_forms(
    tx: Transaction, archived: Annotated[bool, QueryParameter(description="Those put away too.")] = False
) -> Page[Form]:
    """Every form by name, with its newest version and by how many hospitals it is asked."""
    return Page(items=await forms.forms(tx, archived=archived))


@post("/api/feedback-forms", guards=[requires(Permission.FEEDBACK_EDIT)], tags=TAGS, summary="Add a survey form")
async def add_form(data: JSONBody[NewForm], request: Person, tx: Transaction) -> Response[Form]:
    """`{"name": "After a visit", "questions": [{"key": "recommend", "kind": "nps", "labels": {"en": "Would you
    recommend us?"}}]}`. 422 `feedback-form-refused` with a pointer: a question twice, a choice without options, a
    condition on a later question."""
    made = forms.add_form(tx, new=data, actor=request.user)
    return await once(
        request,
        tx,
        made,
        headers=lambda one: {"Location": f"/api/feedback-forms/{one.id}", "ETag": etag(one.version)},
    )


@get("/api/feedback-forms/{form_id:int}", guards=[requires(Permission.FEEDBACK_REPORTS)], tags=TAGS, summary="One form")
async def read_form(form_id: FromPath[Id], tx: Transaction) -> Response[Form]:
    """The form with its newest version. 404 `no-such-feedback-form`."""
    found = await forms.form(tx, form_id)
    return Response(found, headers={"ETag": etag(found.version)})


@get(
    "/api/feedback-forms/{form_id:int}/versions",
    guards=[requires(Permission.FEEDBACK_REPORTS)],
    tags=TAGS,
    summary="A form's versions",
)
async def list_versions(form_id: FromPath[Id], tx: Transaction) -> Page[FormVersion]:
    """Every version, the newest first: an answer belongs to the one that was asked."""
    await forms.form(tx, form_id)
    return Page(items=await store_forms.versions(tx, form_id))


@post(
    "/api/feedback-forms/{form_id:int}/versions",
    guards=[requires(Permission.FEEDBACK_EDIT)],
    tags=TAGS,
    summary="Ask other questions from now on",
)
async def add_version(
    form_id: FromPath[Id], data: JSONBody[NewFormVersion], request: Person, tx: Transaction
) -> Response[Form]:
    """The next version, asked from now on. Takes `If-Match`. 409 `feedback-form-archived`; 422 `feedback-form-refused`
    with a pointer."""
    made = forms.publish_version(
        tx, form_id=form_id, new=data, actor=request.user, expected_version=expected_version(request)
    )
    return await once(request, tx, made, headers=lambda one: {"ETag": etag(one.version)})


@patch(
    "/api/feedback-forms/{form_id:int}", guards=[requires(Permission.FEEDBACK_EDIT)], tags=TAGS, summary="Change a form"
)
async def change_form(
    form_id: FromPath[Id], data: JSONBody[FormChanges], request: Person, tx: Transaction
) -> Response[Form]:
    """Its name, or whether it is put away (`archived`). Takes `If-Match`; 412 where somebody was quicker."""
    changed = await forms.change_form(
        tx, form_id=form_id, changes=data, actor=request.user, expected_version=expected_version(request)
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


ROUTES: list[Any] = [list_forms, add_form, read_form, list_versions, add_version, change_form]
