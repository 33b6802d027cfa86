"""REST of feedback: given at the desk or by a machine, and read."""

from datetime import date, datetime
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.feedback import store
from bedside.feedback.exporting import columns, rows
from bedside.feedback.giving import feedback, give
from bedside.feedback.model import Feedback, Id, NewFeedback, Source
from bedside.kit.database import Database
from bedside.kit.http.conditional import etag
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, table
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]
TAGS = ["Feedback"]

AtHospital = Annotated[Id | None, QueryParameter(name="hospitalId")]
AtDepartment = Annotated[Id | None, QueryParameter(name="departmentId")]
OfPractitioner = Annotated[Id | None, QueryParameter(name="practitionerId")]
OfPatient = Annotated[Id | None, QueryParameter(name="patientId")]
OfVisit = Annotated[Id | None, QueryParameter(name="appointmentId")]
WithRating = Annotated[int | None, QueryParameter(name="rating", ge=1, le=5)]
AtMost = Annotated[int | None, QueryParameter(name="atMost", ge=1, le=5, description="No more stars than this.")]
AtLeast = Annotated[int | None, QueryParameter(name="atLeast", ge=1, le=5, description="No fewer stars than this.")]
Since = Annotated[datetime | None, QueryParameter(name="since", description="Given from this instant on.")]
Before = Annotated[datetime | None, QueryParameter(name="before", description="Given before this instant.")]
VisitedSince = Annotated[date | None, QueryParameter(name="visitedSince", description="First day of the visit.")]
VisitedUntil = Annotated[
    date | None, QueryParameter(name="visitedUntil", description="Last day of the visit, included.")
]
IsAnonymous = Annotated[bool | None, QueryParameter(name="anonymous")]
IsMatched = Annotated[bool | None, QueryParameter(name="matched", description="Whether it is about a visit we know.")]
FromSource = Annotated[Source | None, QueryParameter(name="source")]
HasWords = Annotated[bool | None, QueryParameter(name="hasWords")]
WithWords = Annotated[str | None, QueryParameter(name="words", max_length=200, description="What the words contain.")]
NeedsRecovery = Annotated[
    bool | None, QueryParameter(name="needsRecovery", description="Whether its recovery task is open.")
]
IsAnswered = Annotated[bool | None, QueryParameter(name="answered", description="Whether staff answered.")]
Sort = Annotated[
    str | None,
    QueryParameter(name="sort", description="createdAt, rating, visitDate or id; `-` before it: descending."),
]


@post(
    "/api/patient-feedback",
    guards=[requires(Permission.FEEDBACK_GIVE)],
    tags=TAGS,
    summary="Record what a patient says of a visit",
)
async def post_feedback(request: Person, tx: Transaction, data: JSONBody[NewFeedback]) -> Response[Any]:
    """`{"appointmentId": 17, "rating": 5, "words": "Kind people.", "categories": {"staff": 5}}`, or
    `{"patientId": 3, "visitDate": "2026-11-20", "rating": 4}`: a completed visit of that day is found by itself.

    A day without a completed visit is kept, but matches none and earns no points. `answers` go to the questions of the
    hospital's survey form, by their key. `anonymous`, where the hospital offers it, keeps neither patient nor visit.
    Problems: 409 `feedback-given-already` for a second one of a visit; 422 `visit-refused` for a visit that is not this
    patient's, `visit-not-completed`, `visit-unclear` with the `visits` where there were several on that day,
    `anonymity-not-offered`. A rating of 1 or 2 opens a recovery task.
    """
    source: Source = "api" if request.user.kind == "api_key" else "desk"
    work = give(tx, new=data, source=source, actor=request.user)
    return await once(request, tx, work, headers=lambda made: {"ETag": etag(made.version)})


async def read_filters(
    request: Person,
    hospital_id: AtHospital = None,
    department_id: AtDepartment = None,
    practitioner_id: OfPractitioner = None,
    patient_id: OfPatient = None,
    appointment_id: OfVisit = None,
    rating: WithRating = None,
    at_most: AtMost = None,
    at_least: AtLeast = None,
    since: Since = None,
    before: Before = None,
    visited_since: VisitedSince = None,
    visited_until: VisitedUntil = None,
    anonymous: IsAnonymous = None,
    matched: IsMatched = None,
    source: FromSource = None,
    has_words: HasWords = None,
    words: WithWords = None,
    needs_recovery: NeedsRecovery = None,
    answered: IsAnswered = None,
) -> dict[str, Any]:
    """The filters of the list and of its table."""
    return {
        "within": request.user.hospitals, "hospital_id": hospital_id, "department_id": department_id,
        "practitioner_id": practitioner_id, "patient_id": patient_id, "appointment_id": appointment_id,
        "rating": rating, "at_most": at_most, "at_least": at_least, "since": since, "before": before,
        "visited_since": visited_since, "visited_until": visited_until, "anonymous": anonymous, "matched": matched,
        "source": source, "has_words": has_words, "words": words or None, "needs_recovery": needs_recovery,
        "answered": answered,
    }  # fmt: skip


FILTERED = {"filters": Provide(read_filters)}
Filters = NamedDependency[SkipValidation[dict[str, Any]]]


@get(
    "/api/patient-feedback",
    guards=[requires(Permission.FEEDBACK_READ)],
    dependencies=FILTERED,
    tags=TAGS,
    summary="What patients say of their visits",
)
async def list_feedback(
    tx: Transaction,
    filters: Filters,
    sort: Sort = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[Feedback]:
    """Of your hospitals, the newest first (`sort`: `-createdAt`), with categories, answers, recovery and what staff
    answered. Filters narrow it; several at once must all hold."""
    return await store.FEEDBACK.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/patient-feedback/export",
    guards=[requires(Permission.FEEDBACK_READ)],
    dependencies=FILTERED,
    tags=TAGS,
    summary="What patients say, as a table",
    media_type="text/csv",
)
async def export_feedback(
    request: Person,
    tx: Transaction,
    filters: Filters,
    sort: Sort = None,
    kind: Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")] = "csv",
) -> Stream:
    """What the list would show, as CSV in UTF-8 or as a workbook, with a column for each category. It is an audit
    fact."""
    await store.FEEDBACK.page(tx, filters=filters, sort=sort, limit=1)  # refuses now what it would while it goes out
    asked = {name: value for name, value in filters.items() if value is not None}
    await audit(tx, actor=request.user, action="feedback.exported", subject="feedback", after=asked)
    database: Database = request.app.state.database
    titles, codes = await columns(tx)
    found = rows(database, codes=codes, filters=filters, sort=sort)
    return await table(kind, titles, found, name="patient-feedback")


@get(
    "/api/patient-feedback/{feedback_id:int}",
    guards=[requires(Permission.FEEDBACK_READ)],
    tags=TAGS,
    summary="One feedback",
)
async def get_feedback(request: Person, tx: Transaction, feedback_id: FromPath[Id]) -> Response[Feedback]:
    """With its categories, answers to the survey form, recovery task and what staff answered."""
    found = await feedback(tx, feedback_id, seen_by=request.user)
    return Response(found, headers={"ETag": etag(found.version)})


ROUTES = [post_feedback, list_feedback, export_feedback, get_feedback]
