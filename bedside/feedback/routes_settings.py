"""REST of how feedback is asked for: policies, categories, and who was asked."""

from typing import Annotated, Any, Literal

from litestar import Request, Response, get, patch, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires, signed_in
from bedside.feedback import store_inviting
from bedside.feedback.categories import add_category, categories, change_category
from bedside.feedback.model import (
    Category,
    CategoryChanges,
    Id,
    Invitation,
    NewCategory,
    NewPolicy,
    Policy,
)
from bedside.feedback.policies import change_policy, seen_policy
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]
TAGS = ["Feedback"]


@get(
    "/api/feedback-policies/{hospital_id:int}",
    guards=[requires(Permission.FEEDBACK_REPORTS)],
    tags=TAGS,
    summary="How a hospital asks for feedback",
)
async def get_policy(request: Person, tx: Transaction, hospital_id: FromPath[Id]) -> Response[Policy]:
    """Whether, when and by which channels patients are asked, and who takes care of low ratings. `version` 0: as the
    defaults say."""
    found = await seen_policy(tx, hospital_id=hospital_id, user=request.user)
    return Response(found, headers={"ETag": etag(found.version)})


@put(
    "/api/feedback-policies/{hospital_id:int}",
    guards=[requires(Permission.FEEDBACK_EDIT)],
    tags=TAGS,
    summary="Change how a hospital asks for feedback",
)
async def put_policy(
    request: Person, tx: Transaction, hospital_id: FromPath[Id], data: JSONBody[NewPolicy]
) -> Response[Policy]:
    """Writes the policy anew; what the body leaves out is as the defaults say. It holds for whoever is asked from now
    on. Takes `If-Match`; 412 where somebody else changed it meanwhile."""
    changed = await change_policy(
        tx, hospital_id=hospital_id, new=data, actor=request.user, expected_version=expected_version(request)
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@get(
    "/api/feedback-categories",
    guards=[signed_in("what visits are rated by is on the public page too")],
    tags=TAGS,
    summary="What visits are rated by",
)
async def list_categories(
    tx: Transaction,
    archived: Annotated[bool, QueryParameter(name="archived", description="Those put away too.")] = False,
) -> Page[Category]:
    """The categories in order, with their names by language."""
    return Page(items=await categories(tx, archived=archived))


@post(
    "/api/feedback-categories",
    guards=[requires(Permission.FEEDBACK_EDIT)],
    tags=TAGS,
    summary="Add a category",
)
async def post_category(request: Person, tx: Transaction, data: JSONBody[NewCategory]) -> Response[Category]:
    """`{"code": "parking", "labels": {"en": "Parking", "es": "Aparcamiento"}}`. It comes last. 409
    `feedback-category-taken` where the code was used, put away ones included."""
    work = add_category(tx, new=data, actor=request.user)
    return await once(request, tx, work, headers=lambda made: {"ETag": etag(made.version)})


@patch(
    "/api/feedback-categories/{category_id:int}",
    guards=[requires(Permission.FEEDBACK_EDIT)],
    tags=TAGS,
    summary="Change a category",
)
async def patch_category(
    request: Person, tx: Transaction, category_id: FromPath[Id], data: JSONBody[CategoryChanges]
) -> Response[Category]:
    """Its names, its place among the others, or whether it is asked for (`archived`). Takes `If-Match`; 412 where
    somebody else changed it meanwhile."""
    changed = await change_category(
        tx, category_id=category_id, changes=data, actor=request.user, expected_version=expected_version(request)
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@get(
    "/api/feedback-invitations",
    guards=[requires(Permission.FEEDBACK_READ)],
    tags=TAGS,
    summary="Who was asked how a visit was",
)
async def list_invitations(
    request: Person,
    tx: Transaction,
    hospital_id: Annotated[Id | None, QueryParameter(name="hospitalId")] = None,
    patient_id: Annotated[Id | None, QueryParameter(name="patientId")] = None,
    appointment_id: Annotated[Id | None, QueryParameter(name="appointmentId")] = None,
    status: Annotated[
        Literal["planned", "sent", "answered", "cancelled", "skipped"] | None, QueryParameter(name="status")
    ] = None,
    sort: Annotated[
        str | None, QueryParameter(name="sort", description="id or dueAt; `-` before it: descending.")
    ] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[Invitation]:
    """One a visit, at your hospitals, the newest first: planned, sent, answered, or with the reason why nobody was
    asked. Who answered anonymously is not told: it stands here as if nobody had answered."""
    filters = {
        "within": request.user.hospitals, "hospital_id": hospital_id, "patient_id": patient_id,
        "appointment_id": appointment_id, "status": status,
    }  # fmt: skip
    return await store_inviting.INVITATIONS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


ROUTES = [get_policy, put_policy, list_categories, post_category, patch_category, list_invitations]
