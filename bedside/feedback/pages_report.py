"""The page of what feedback comes to. It names no patient."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get
from litestar.params import FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import departments, hospitals, practitioners
from bedside.feedback import reports
from bedside.feedback.report_model import FeedbackReport
from bedside.kit.database import Tx
from bedside.kit.http.forms import number_in
from bedside.kit.http.transaction import Transaction
from bedside.kit.month_bars import months_drawn

Person = Request[SignedIn, Any, Any]
REPORTS = Permission.FEEDBACK_REPORTS
WINDOWS = [(30, "30 days"), (90, "90 days"), (182, "Half a year"), (365, "A year"), (730, "Two years")]
SHOWN_AT_ONCE = 20  # practitioners; the rest stands behind "Show all"


@get("/feedback/report", guards=[requires(REPORTS)], include_in_schema=False)
async def report_page(
    request: Person,
    tx: Transaction,
    days: FromQuery[str] = "90",
    hospital: FromQuery[str] = "",
    department: FromQuery[str] = "",
    practitioner: FromQuery[str] = "",
    every: FromQuery[str] = "",
) -> Template:
    """Mean, spread, months, departments, practitioners and categories of the days chosen, against as many before."""
    context = await _figures(request, tx, days, hospital, department, practitioner, every)
    return Template("feedback/report.html", context=context)


@get("/feedback/report/figures", guards=[requires(REPORTS)], include_in_schema=False)
async def report_figures(
    request: Person,
    tx: Transaction,
    days: FromQuery[str] = "90",
    hospital: FromQuery[str] = "",
    department: FromQuery[str] = "",
    practitioner: FromQuery[str] = "",
    every: FromQuery[str] = "",
) -> Template:
    """The figures alone, as they are drawn anew when somebody has said something."""
    context = await _figures(request, tx, days, hospital, department, practitioner, every)
    return Template("feedback/report_figures.html", context=context)


async def _figures(
    request: Person, tx: Tx, days: str, hospital: str, department: str, practitioner: str, every: str
) -> dict[str, Any]:
    user = request.user
    window = number_in(days)
    window = window if window in dict(WINDOWS) else 90
    every_place = await hospitals(tx, ids=user.hospitals)
    places = [(one.id, one.name) for one in every_place]
    place = _one_of(hospital, places)
    rooms = [one for one in await departments(tx, hospital_id=place) if place or one.hospital_id in dict(places)]
    names = {one.name for one in rooms}
    several = len(names) < len(rooms)
    parts = [
        (one.id, f"{one.name}, {dict(places)[one.hospital_id]}" if several and not place else one.name) for one in rooms
    ]
    part = _one_of(department, parts)
    theirs = {one.id for one in rooms}
    people = [
        (one.id, one.display_name)
        for one in await practitioners(tx, department_id=part, hospital_id=place)
        if theirs & set(one.department_ids)
    ]
    who = _one_of(practitioner, people)
    last = await reports.today(tx, hospitals=[place] if place else user.hospitals)
    found = await reports.report(
        tx, since=last - timedelta(days=window - 1), until=last, hospital_id=place, department_id=part,
        practitioner_id=who, user=user,
    )  # fmt: skip
    asked = {"days": window, "hospital": place, "department": part, "practitioner": who}
    chosen = {name: value for name, value in asked.items() if value}
    table = {"from": found.since, "to": found.until, "hospitalId": place, "departmentId": part, "practitionerId": who}
    query = urlencode({name: value for name, value in table.items() if value})
    return {
        "report": found, "windows": WINDOWS, "days": window, "places": places, "hospital": place or "",
        "parts": parts, "department": part or "", "people": people, "practitioner": who or "",
        "chart": months_drawn(found.months, until=found.until, months=_months(found.since, found.until)),
        "doctors": found.practitioners if every == "yes" else found.practitioners[:SHOWN_AT_ONCE],
        "all": f"/feedback/report?{urlencode(chosen | {'every': 'yes'})}#practitioners-head",
        "figures": f"/feedback/report/figures?{urlencode(chosen | ({'every': 'yes'} if every == 'yes' else {}))}",
        "export": f"/api/patient-feedback/report/export?{query}",
        "may_edit": user.may(Permission.FEEDBACK_EDIT), "reads": user.may(Permission.FEEDBACK_READ),
        "most": max((one.answers for one in found.distribution), default=0), "said": _said(found),
    }  # fmt: skip


def _one_of(text: str, options: list[tuple[int, str]]) -> int | None:
    number = number_in(text)
    return number if number in dict(options) else None


def _months(since: date, until: date) -> int:
    """How many months lie before the last one that is drawn."""
    return (until.year - since.year) * 12 + until.month - since.month


def _said(found: FeedbackReport) -> str:
    """How the mean stands against the time before, in words."""
    if found.change is None:
        return "nothing to compare with"
    return "as in the time before" if float(found.change) == 0 else "against the time before"


REPORT_PAGES: list[Any] = [report_page, report_figures]
