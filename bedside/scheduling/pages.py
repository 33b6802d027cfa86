"""Pages of visits: the calendar and the list. One visit, booking and schedules have files of their own."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, get
from litestar.params import QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import HOSPITAL_COOKIE, Hospital, departments, hospital_chosen, practitioners
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.http.transaction import Transaction
from bedside.scheduling import store, store_availability
from bedside.scheduling.availability import windows
from bedside.scheduling.model import MOVABLE, Appointment, Status
from bedside.scheduling.pages_booking import BOOKING_PAGES, number, options
from bedside.scheduling.pages_schedules import SCHEDULE_PAGES
from bedside.scheduling.pages_visit import VISIT_PAGES
from bedside.scheduling.routes import chosen

Asked = Request[SignedIn, Any, Any]
LONGEST_VIEW = timedelta(days=62)


async def place_of(tx: Tx, request: Asked) -> Hospital:
    """The hospital that the visitor looks at."""
    return await hospital_chosen(tx, user=request.user, cookie=request.cookies.get(HOSPITAL_COOKIE))


@get("/calendar", guards=[requires(Permission.APPOINTMENTS_READ)], include_in_schema=False)
async def calendar_page(request: Asked, tx: Transaction) -> Template:
    """The calendar of a hospital: day, week, month, and practitioners side by side."""
    place = await place_of(tx, request)
    people = await practitioners(tx, hospital_id=place.id)
    return Template(
        "scheduling/calendar.html",
        context={
            "place": place,
            "department_options": options(await departments(tx, hospital_id=place.id)),
            "practitioner_options": options(people, "display_name"),
            "people": msgspec.json.encode([{"id": str(one.id), "title": one.display_name} for one in people]).decode(),
            "today": tx.now.astimezone(place.zone).replace(tzinfo=None),
            "offset": _offset(tx.now.astimezone(place.zone)),
            "may_book": request.user.may(Permission.APPOINTMENTS_BOOK),
        },
    )


def _offset(at: datetime) -> str:
    """`+05:30`, as the calendar library takes a zone."""
    text = at.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


@get("/calendar/visits", guards=[requires(Permission.APPOINTMENTS_READ)], include_in_schema=False)
async def calendar_visits(
    request: Asked,
    tx: Transaction,
    start: Annotated[str, QueryParameter(name="start")],
    end: Annotated[str, QueryParameter(name="end")],
    department_id: Annotated[str, QueryParameter(name="department")] = "",
    practitioner_id: Annotated[str, QueryParameter(name="practitioner")] = "",
) -> dict[str, Any]:
    """What the calendar draws between two local times: visits, the hours of work, leave; all in the hospital's time
    without zone, as its library wants it."""
    place = await place_of(tx, request)
    since, until = _local(start, place.zone), _local(end, place.zone)
    if not timedelta() < until - since <= LONGEST_VIEW:
        raise Invalid("A calendar shows 62 days at most.", pointer="/end")
    department, doctor = number(department_id), number(practitioner_id)
    found = await store.between(
        tx,
        since=since,
        until=until,
        hospital_ids=[place.id],
        department_id=department,
        practitioner_ids=None if doctor is None else [doctor],
    )
    hours = await _hours(tx, place, since, until, department, doctor) if until - since < timedelta(days=15) else []
    return {"visits": [_event(one) for one in found], "hours": hours}


def _local(text: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(text.removesuffix("Z")[:19]).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("Not a time.", pointer="/start") from None


def _event(one: Appointment) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "resourceId": str(one.practitioner_id),
        "start": one.starts_local.strftime("%Y-%m-%dT%H:%M:%S"),
        "end": one.ends_local.strftime("%Y-%m-%dT%H:%M:%S"),
        "title": one.patient_name or "Held",
        "editable": one.status in MOVABLE,
        "extendedProps": {
            "status": one.status,
            "doctor": one.practitioner_name,
            "department": one.department,
            "needsNewTime": one.needs_new_time,
            "reason": one.reason,
            "listed": _listed(one),
        },
    }


def _listed(one: Appointment) -> str:
    """`Ortiz, Amelia`: in a narrow column the end of a name is cut off, and last names tell people apart."""
    last = one.patient_last_name or ""
    first = (one.patient_name or "").removesuffix(last).strip()
    return f"{last}, {first}" if last and first else one.patient_name or "Held"


async def _hours(
    tx: Tx, place: Hospital, since: datetime, until: datetime, department: int | None, doctor: int | None
) -> list[dict[str, Any]]:
    """When practitioners see patients, and when they are away, for the background."""
    first, last = since.astimezone(place.zone).date(), until.astimezone(place.zone).date()
    facts = await store_availability.facts(
        tx,
        since=first,
        until=last,
        hospital_ids=[place.id],
        department_ids=None if department is None else [department],
        practitioner_id=doctor,
    )
    days = range(first.toordinal(), last.toordinal())
    drawn = []
    for one in facts.practitioners:
        for _, window in windows(facts, one, days):
            for kind, starts, ends in (
                ("open", window.starts, window.ends),
                *(("away", max(a, window.starts), min(b, window.ends)) for a, b in window.blocked),
            ):
                drawn.append(
                    {
                        "id": f"{kind}-{one}-{starts}",
                        "resourceId": str(one),
                        "start": _wall(starts, place.zone),
                        "end": _wall(ends, place.zone),
                        "display": "background",
                        "classNames": [f"hours-{kind}"],
                        "extendedProps": {"hours": kind},
                    }
                )
    return drawn


def _wall(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%dT%H:%M:%S")


@get("/appointments", guards=[requires(Permission.APPOINTMENTS_READ)], include_in_schema=False)
async def appointments_page(
    request: Asked,
    tx: Transaction,
    department_id: Annotated[str, QueryParameter(name="department")] = "",
    practitioner_id: Annotated[str, QueryParameter(name="practitioner")] = "",
    status: Annotated[str, QueryParameter(name="status")] = "",
    since: Annotated[str, QueryParameter(name="from")] = "",
    until: Annotated[str, QueryParameter(name="to")] = "",
    needs_new_time: Annotated[str, QueryParameter(name="needsNewTime")] = "",
    sort: Annotated[str, QueryParameter(name="sort")] = "startsAt",
    cursor: Annotated[str, QueryParameter(name="cursor")] = "",
) -> Template:
    """The list of visits of a hospital, filtered and sorted. Without dates it begins today."""
    place = await place_of(tx, request)
    today = tx.now.astimezone(place.zone).date()
    since = _day(since) or ("" if until or needs_new_time else today.isoformat())
    filters = await chosen(
        tx,
        request.user,
        hospital_id=place.id,
        status=[Status(status)] if status in set(Status) else None,
        since=since or None,
        until=_day(until) or None,
        department_id=number(department_id),
        practitioner_id=number(practitioner_id),
        needs_new_time=True if needs_new_time else None,
    )
    found = await store.APPOINTMENTS.page(tx, filters=filters, sort=sort, cursor=cursor or None, limit=50)
    return Template(
        "scheduling/list.html",
        context={
            "place": place, "zone": place.time_zone, "visits": found.items, "next": found.next, "sort": sort,
            "query": request.url.query,
            "department_options": options(await departments(tx, hospital_id=place.id)),
            "practitioner_options": options(await practitioners(tx, hospital_id=place.id), "display_name"),
            "department": department_id,
            "practitioner": practitioner_id, "status": status, "since": since, "until": until,
            "needs_new_time": needs_new_time, "may_book": request.user.may(Permission.APPOINTMENTS_BOOK),
            "statuses": [one.value for one in Status if one is not Status.HELD],
        },
    )  # fmt: skip


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


PAGES = [
    calendar_page,
    calendar_visits,
    appointments_page,
    *VISIT_PAGES,
    *BOOKING_PAGES,
    *SCHEDULE_PAGES,
]
