"""A visit by its link: see it, confirm it, move it, call it off. Opening any of these pages changes nothing."""

from datetime import date, timedelta
from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from bedside.accounts import public
from bedside.directory import department, hospital
from bedside.kit.database import Tx
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.patient_access.free_days import SHOWN, free_days
from bedside.patient_access.links import open_link
from bedside.patient_access.model import Link, LinkOver, LinkUnknown
from bedside.patient_access.pages_common import PRIVATE, Asked, go, language_of, moment, number, page
from bedside.patient_access.visits import cancel_by_link, confirm_by_link, may_change, move_by_link
from bedside.scheduling import Appointment, appointment, calendar_file

REASONS = ("time", "better", "ill", "elsewhere", "other")
_LINKED = "the link is the permission: 128 random bits, sent to the patient"


async def _opened(tx: Tx, token: str) -> tuple[Link, Appointment]:
    link = await open_link(tx, token)
    return link, await appointment(tx, link.appointment_id)


def _nowhere(request: Asked, problem: LinkUnknown | LinkOver) -> Template:
    what = "link_over" if isinstance(problem, LinkOver) else "link_unknown"
    return page(
        request,
        "nowhere",
        language=language_of(request),
        hospital=None,
        status_code=problem.status,
        private=True,
        title=what,
        lead=f"{what}_lead",
        icon_name="hourglass" if what == "link_over" else "link",
        start=None,
    )


async def _visit_page(
    request: Asked, tx: Tx, token: str, link: Link, visit: Appointment, *, done: str = "", status_code: int = 200
) -> Template:
    place = await hospital(tx, visit.hospital_id)
    ahead = may_change(visit, now=tx.now)
    unit = await department(tx, visit.department_id)
    if ahead:
        said = {
            ("booked", "scheduled"): "booked",
            ("booked", "confirmed"): "booked",
            ("moved", "scheduled"): "moved",
            ("moved", "confirmed"): "moved",
        }.get((done, visit.status), "confirmed" if visit.status == "confirmed" else "ask")
    elif visit.status in ("scheduled", "confirmed"):
        said = "over"
    else:
        said = {"arrived": "arrived", "no_show": "missed", "cancelled": "cancelled"}.get(visit.status, "over")
    return page(
        request,
        "visit",
        language=language_of(request, link.patient_language),
        hospital=place,
        status_code=status_code,
        private=True,
        token=token,
        visit=visit,
        name=link.patient_first_name,
        said=said,
        just_cancelled=done == "cancelled",
        ahead=ahead,
        may_move=ahead and unit.online_booking,
        refused=done == "refused",
    )


@get("/m/{token:str}", guards=[public(_LINKED)], include_in_schema=False)
async def visit_page(
    request: Asked,
    tx: Transaction,
    token: FromPath[str],
    done: Annotated[str, QueryParameter(name="done")] = "",
) -> Template:
    """The visit as it stands, with what can be done about it. `done` only chooses the words of the heading."""
    try:
        link, visit = await _opened(tx, token)
    except (LinkUnknown, LinkOver) as problem:
        return _nowhere(request, problem)
    return await _visit_page(request, tx, token, link, visit, done=done)


@post("/m/{token:str}/confirm", guards=[public(_LINKED)], include_in_schema=False)
async def confirm_visit(request: Asked, tx: Transaction, token: FromPath[str]) -> Template | Redirect:
    """The patient will come."""
    try:
        async with tx.savepoint():
            await confirm_by_link(tx, token)
    except (LinkUnknown, LinkOver) as problem:
        return _nowhere(request, problem)
    except Problem:
        return go(f"/m/{token}", done="refused")
    return go(f"/m/{token}", done="confirmed")


@get("/m/{token:str}/cancel", guards=[public(_LINKED)], include_in_schema=False)
async def ask_before_cancelling(request: Asked, tx: Transaction, token: FromPath[str]) -> Template | Redirect:
    """Are you sure, and why."""
    try:
        link, visit = await _opened(tx, token)
    except (LinkUnknown, LinkOver) as problem:
        return _nowhere(request, problem)
    if not may_change(visit, now=tx.now):
        return go(f"/m/{token}")
    return page(
        request,
        "cancel",
        language=language_of(request, link.patient_language),
        hospital=await hospital(tx, visit.hospital_id),
        private=True,
        token=token,
        visit=visit,
        reasons=REASONS,
    )


@post("/m/{token:str}/cancel", guards=[public(_LINKED)], include_in_schema=False)
async def cancel_visit(request: Asked, tx: Transaction, token: FromPath[str]) -> Template | Redirect:
    """The patient will not come."""
    chosen = str((await request.form()).get("reason", "other"))
    reason = chosen if chosen in REASONS else "other"
    try:
        async with tx.savepoint():
            await cancel_by_link(tx, token, reason=f"By the patient: {_for_staff(reason)}")
    except (LinkUnknown, LinkOver) as problem:
        return _nowhere(request, problem)
    except Problem:
        return go(f"/m/{token}", done="refused")
    return go(f"/m/{token}", done="cancelled")


def _for_staff(reason: str) -> str:
    return {
        "time": "the time does not suit",
        "better": "no longer needed",
        "ill": "ill",
        "elsewhere": "treated elsewhere",
    }.get(reason, "no reason given")


@get("/m/{token:str}/times", guards=[public(_LINKED)], include_in_schema=False)
async def other_times(
    request: Asked,
    tx: Transaction,
    token: FromPath[str],
    since: Annotated[str, QueryParameter(name="from")] = "",
    day: Annotated[str, QueryParameter(name="day")] = "",
    taken: Annotated[str, QueryParameter(name="taken")] = "",
) -> Template | Redirect:
    """Free times to move the visit to, with the same practitioner."""
    try:
        link, visit = await _opened(tx, token)
    except (LinkUnknown, LinkOver) as problem:
        return _nowhere(request, problem)
    if not may_change(visit, now=tx.now):
        return go(f"/m/{token}")
    today = tx.now.astimezone(visit.zone).date()
    first = week_from(since or day, today=today)
    days = await free_days(
        tx,
        zone=visit.zone,
        since=first,
        department_id=visit.department_id,
        practitioner_id=visit.practitioner_id,
        service_id=visit.service_id,
        duration_minutes=None if visit.service_id else visit.duration_minutes,
        but_not=visit.id,
    )
    return page(
        request,
        "move",
        language=language_of(request, link.patient_language),
        hospital=await hospital(tx, visit.hospital_id),
        private=True,
        token=token,
        visit=visit,
        days=[(one, [free for free in times if free.starts_at != visit.starts_at]) for one, times in days],
        asked_day=day_or_none(day),
        first=first,
        earlier=first - timedelta(days=SHOWN) if first > today else None,
        later=first + timedelta(days=SHOWN),
        today=today,
        taken=taken == "1",
        action=f"/m/{token}/times",
        hidden={},
    )


def day_or_none(text: str) -> date | None:
    """A day as our own links carry it; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def week_from(text: str, *, today: date) -> date:
    """The first day to show: the one asked for, today at the earliest, a year ahead at the latest."""
    asked = day_or_none(text) or today
    return min(max(asked, today), today + timedelta(days=365))


@post("/m/{token:str}/times", guards=[public(_LINKED)], include_in_schema=False)
async def move_visit(request: Asked, tx: Transaction, token: FromPath[str]) -> Template | Redirect:
    """The patient takes another time."""
    form = await request.form()
    starts_at, practitioner_id = moment(form.get("starts_at")), number(form.get("practitioner_id"))
    if starts_at is None or practitioner_id is None:
        return go(f"/m/{token}/times")
    try:
        async with tx.savepoint():
            await move_by_link(tx, token, starts_at=starts_at, practitioner_id=practitioner_id)
    except (LinkUnknown, LinkOver) as problem:
        return _nowhere(request, problem)
    except Problem:
        return go(f"/m/{token}/times", taken="1", day=starts_at.date().isoformat())
    return go(f"/m/{token}", done="moved")


@get("/m/{token:str}/visit.ics", guards=[public(_LINKED)], include_in_schema=False)
async def visit_calendar(request: Asked, tx: Transaction, token: FromPath[str]) -> Response[bytes] | Template:
    """The visit for the patient's own calendar."""
    try:
        _, visit = await _opened(tx, token)
    except (LinkUnknown, LinkOver) as problem:
        return _nowhere(request, problem)
    place = await hospital(tx, visit.hospital_id)
    return Response(
        calendar_file(visit, place_name=place.name, address=place.address),
        media_type="text/calendar; charset=utf-8",
        headers={**PRIVATE, "Content-Disposition": 'attachment; filename="visit.ics"'},
    )


VISIT_PAGES = [
    visit_page,
    confirm_visit,
    ask_before_cancelling,
    cancel_visit,
    other_times,
    move_visit,
    visit_calendar,
]
