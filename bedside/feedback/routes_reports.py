"""REST of what feedback comes to."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Annotated, Any

from litestar import Request, get
from litestar.params import QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.feedback import reports
from bedside.feedback.model import Id
from bedside.feedback.report_model import FeedbackReport
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, table
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]
TAGS = ["Feedback"]

Since = Annotated[date | None, QueryParameter(name="from", description="First day; 90 days where left out.")]
Until = Annotated[date | None, QueryParameter(name="to", description="Last day, included; today where left out.")]
AtHospital = Annotated[Id | None, QueryParameter(name="hospitalId", description="Of this hospital.")]
AtDepartment = Annotated[Id | None, QueryParameter(name="departmentId", description="Of this department.")]
OfPractitioner = Annotated[
    Id | None, QueryParameter(name="practitionerId", description="Of this practitioner; nothing anonymous then.")
]


@get(
    "/api/patient-feedback/report",
    guards=[requires(Permission.FEEDBACK_REPORTS)],
    tags=TAGS,
    summary="What feedback comes to",
)
async def read_report(
    request: Person,
    tx: Transaction,
    since: Since = None,
    until: Until = None,
    hospital_id: AtHospital = None,
    department_id: AtDepartment = None,
    practitioner_id: OfPractitioner = None,
) -> FeedbackReport:
    """Mean, spread and share of five stars between two days, against as many days before; by month, department,
    practitioner and category; how many of those asked answered; NPS and CSAT of the survey forms' questions.

    Each number says how many answered. Where people may answer without their name, groups under five are withheld, and
    `withheldBecause` says so. Names no patient.
    """
    return await reports.report(
        tx,
        since=since,
        until=until,
        hospital_id=hospital_id,
        department_id=department_id,
        practitioner_id=practitioner_id,
        user=request.user,
    )


@get(
    "/api/patient-feedback/report/export",
    guards=[requires(Permission.FEEDBACK_REPORTS)],
    tags=TAGS,
    summary="The report as a table",
    media_type="text/csv",
)
async def export_report(
    request: Person,
    tx: Transaction,
    since: Since = None,
    until: Until = None,
    hospital_id: AtHospital = None,
    department_id: AtDepartment = None,
    practitioner_id: OfPractitioner = None,
    kind: Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")] = "csv",
) -> Stream:
    """A line for each month, department, practitioner and category: mean, share of five stars, answers. What is
    withheld is empty."""
    found = await reports.report(
        tx,
        since=since,
        until=until,
        hospital_id=hospital_id,
        department_id=department_id,
        practitioner_id=practitioner_id,
        user=request.user,
    )
    return await table(kind, ("by", "name", "mean", "topBoxPercent", "answers"), _lines(found), name="feedback-report")


async def _lines(found: FeedbackReport) -> AsyncIterator[Sequence[Any]]:
    yield ["all", "", found.mean, found.top_box, found.answers]
    for month in found.months:
        yield ["month", f"{month.month:%Y-%m}", month.mean, None, month.answers]
    for by, groups in (
        ("department", found.departments),
        ("practitioner", found.practitioners),
        ("category", found.categories),
    ):
        for group in groups:
            yield [by, group.name, group.mean, group.top_box, group.answers]
    yield ["nps", "", found.nps.score, None, found.nps.answers]
    yield ["csat", "", found.csat.percent, None, found.csat.answers]


ROUTES: list[Any] = [read_report, export_report]
