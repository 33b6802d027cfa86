"""REST of how satisfied owners are: ratings, what they come to, surveys and how often they are sent."""

from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.csv_text import BYTE_ORDER_MARK, csv_line
from bedside.kit.database import Tx
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.transaction import Transaction
from bedside.owner_relations import satisfaction, surveys
from bedside.owner_relations.satisfaction_model import (
    Id,
    NewSatisfaction,
    Report,
    Satisfaction,
    SatisfactionPage,
    Survey,
    SurveyPolicy,
    SurveyPolicyChanges,
)

Person = Request[SignedIn, Any, Any]
TAGS = ["Owner satisfaction"]
READ = Permission.SATISFACTION_READ
EDIT = Permission.SATISFACTION_EDIT

Months = Annotated[int, QueryParameter(ge=1, le=60, description="So many months, against as many before.")]
AtHospital = Annotated[
    Id | None, QueryParameter(name="hospitalId", description="Only owners with a part in this hospital.")
]
Since = Annotated[date | None, QueryParameter(name="from", description="First day.")]
Until = Annotated[date | None, QueryParameter(name="to", description="Last day, included.")]


@get(
    "/api/owners/{owner_id:int}/satisfaction",
    guards=[requires(READ, own=True)],
    tags=TAGS,
    summary="How satisfied an owner is",
)
async def list_satisfaction(
    owner_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    since: Since = None,
    until: Until = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> SatisfactionPage:
    """Their ratings, newest first, and a summary of the last year: by month and by category with how many answers, and
    beside them the median of the other owners' means. The median is withheld where fewer than five others answered."""
    return await satisfaction.page(
        tx, owner_id=owner_id, user=request.user, since=since, until=until, cursor=cursor, limit=limit
    )


@post("/api/owners/{owner_id:int}/satisfaction", guards=[requires(EDIT)], tags=TAGS, summary="Record an owner's rating")
async def record_satisfaction(
    owner_id: FromPath[Id], data: JSONBody[NewSatisfaction], request: Person, tx: Transaction
) -> Response[Satisfaction]:
    """A rating from 0 to 5 in half steps (`rating` or `overall`), ratings by category, or both; null is "not rated",
    0 is a rating. `surveyDate` is today where left out. 422 `score-refused` with a pointer for what cannot be.

    A rating of 2 or less, or one that lies under the two before it by more than the policy allows, opens a task for the
    account manager."""

    async def work() -> Satisfaction:
        kept = await satisfaction.record_satisfaction(
            tx,
            owner_id=owner_id,
            new=data,
            source="api" if request.user.kind == "api_key" else "staff",
            actor=request.user,
        )
        if kept is None:
            raise LookupError("only a survey is answered once")
        return kept

    return await once(request, tx, work())


@post("/api/owners/{owner_id:int}/surveys", guards=[requires(EDIT)], tags=TAGS, summary="Ask an owner how satisfied")
async def ask_owner(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Response[Survey]:
    """Sends the survey now, to whoever gets the notice `survey_due`, by link; it may be answered once, for as many days
    as the policy says. 409 `survey-asked-already` where they were asked today."""
    return await once(request, tx, surveys.ask(tx, owner_id=owner_id, actor=request.user))


@get("/api/owner-satisfaction/report", guards=[requires(READ)], tags=TAGS, summary="How satisfied owners are")
async def read_report(request: Person, tx: Transaction, months: Months = 12, hospital_id: AtHospital = None) -> Report:
    """By month and by category with how many answered, the last `months` against as many before; the owners themselves,
    those whose rating fell most first. `few` marks numbers that rest on fewer than thirty answers."""
    return await _report(tx, request.user, months, hospital_id)


async def _report(tx: Tx, user: SignedIn, months: int, hospital_id: int | None) -> Report:
    if hospital_id is not None:
        user.check_works_at(hospital_id)
    return await satisfaction.report(tx, user=user, months=months, hospital_id=hospital_id)


@get(
    "/api/owner-satisfaction/report/export",
    guards=[requires(READ)],
    tags=TAGS,
    summary="Owners' satisfaction as a table",
    media_type="text/csv",
)
async def export_report(
    request: Person, tx: Transaction, months: Months = 12, hospital_id: AtHospital = None
) -> Response[bytes]:
    """One line an owner, as CSV in UTF-8. It is an audit fact."""
    found = await _report(tx, request.user, months, hospital_id)
    await audit(
        tx, actor=request.user, action="satisfaction.exported", subject="satisfaction",
        after={"months": months, "hospitalId": hospital_id},
    )  # fmt: skip
    columns = ("owner", "owner id", "latest", "latest on", "mean", "answers", "fell by")
    lines = [
        csv_line([one.owner_name, one.owner_id, one.latest, one.latest_on, one.mean, one.answers, one.fell_by])
        for one in found.owners
    ]
    return Response(
        BYTE_ORDER_MARK + csv_line(columns) + b"".join(lines),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="owner-satisfaction-{found.until}.csv"'},
    )


@get("/api/owner-survey-policy", guards=[requires(READ)], tags=TAGS, summary="How often owners are asked")
async def read_policy(tx: Transaction) -> Response[SurveyPolicy]:
    """Whether owners are asked by themselves, every how many months, for how many days they may answer, and how large a
    fall warns their account manager."""
    found = await surveys.survey_policy(tx)
    return Response(found, headers={"ETag": etag(found.version)})


@patch("/api/owner-survey-policy", guards=[requires(EDIT)], tags=TAGS, summary="Change how often owners are asked")
async def change_policy(
    data: JSONBody[SurveyPolicyChanges], request: Person, tx: Transaction
) -> Response[SurveyPolicy]:
    """Changes what the body names, for the whole group. 412 where somebody else changed it since (`If-Match`)."""
    changed = await surveys.change_policy(
        tx, changes=data, actor=request.user, expected_version=expected_version(request)
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


ROUTES = [list_satisfaction, record_satisfaction, ask_owner, read_report, export_report, read_policy, change_policy]
