"""Settings of schedules: the weekly hours of each practitioner, leave, extra clinics, closures, public holidays."""

from datetime import date, timedelta
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Response, Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import HOSPITAL_COOKIE, Hospital, departments, hospital_chosen, practitioners, resources
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid, NotFound, Problem
from bedside.kit.http.transaction import Transaction
from bedside.scheduling import schedules, store_schedules
from bedside.scheduling.pages_booking import number, options, wall
from bedside.scheduling.schedule_model import Affected, NewException, NewSchedule, Schedule, ScheduleChanges

Asked = Request[SignedIn, Any, Any]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_FIELD_OF = {
    "/departmentId": "department_id", "/practitionerId": "practitioner_id", "/ends": "ends", "/validTo": "valid_to",
    "/startsAt": "starts_at", "/endsAt": "ends_at", "/fromDate": "from_date", "/toDate": "to_date",
}  # fmt: skip


async def _place(tx: Tx, request: Asked) -> Hospital:
    return await hospital_chosen(tx, user=request.user, cookie=request.cookies.get(HOSPITAL_COOKIE))


@get("/settings/schedules", guards=[requires(Permission.SCHEDULES_EDIT)], include_in_schema=False)
async def schedules_page(
    request: Asked, tx: Transaction, department: Annotated[str, QueryParameter(name="department")] = ""
) -> Template:
    """The weekly hours of everybody at the hospital, and what departs from them."""
    place = await _place(tx, request)
    found = await store_schedules.schedules(
        tx, hospital_ids=request.user.hospitals, hospital_id=place.id, department_id=number(department)
    )
    weeks: dict[int, dict[int, list[Schedule]]] = {}
    for one in found:
        weeks.setdefault(one.practitioner_id, {}).setdefault(one.weekday, []).append(one)
    people = await practitioners(tx, hospital_id=place.id, department_id=number(department))
    away = await store_schedules.exceptions(tx, hospital_ids=request.user.hospitals, since=tx.now, hospital_id=place.id)
    policy = await schedules.holiday_policy(tx, hospital_id=place.id, actor=request.user)
    return Template(
        "scheduling/schedules.html",
        context={
            "place": place,
            "zone": place.time_zone,
            "people": [{"id": one.id, "name": one.display_name, "week": weeks.get(one.id, {})} for one in people],
            "weekdays": WEEKDAYS,
            "exceptions": away,
            "policy": policy,
            "next_holidays": [(date.fromisoformat(day), name) for day, name in list(policy.holidays.items())[:3]],
            "department": department,
            "department_options": options(await departments(tx, hospital_id=place.id)),
        },
    )


async def _hours_form(
    tx: Tx, request: Asked, *, values: dict[str, Any], schedule_id: int | None, errors: dict[str, str] | None = None,
    status: int = 200,
) -> Template:  # fmt: skip
    place = await _place(tx, request)
    return Template(
        "scheduling/hours.html",
        context={
            "values": values,
            "schedule_id": schedule_id,
            "errors": errors or {},
            "weekdays": list(enumerate(WEEKDAYS, 1)),
            "department_options": options(await departments(tx, hospital_id=place.id)),
            "practitioner_options": options(await practitioners(tx, hospital_id=place.id), "display_name"),
            "resource_options": [(one.id, one.name) for one in await resources(tx, hospital_id=place.id)],
        },
        status_code=status,
    )


@get("/settings/schedules/new", guards=[requires(Permission.SCHEDULES_EDIT)], include_in_schema=False)
async def new_hours(
    request: Asked,
    tx: Transaction,
    practitioner_id: Annotated[str, QueryParameter(name="practitionerId")] = "",
    weekday: Annotated[str, QueryParameter(name="weekday")] = "",
) -> Template:
    """The form for hours on one or several weekdays."""
    place = await _place(tx, request)
    doctor = number(practitioner_id)
    found = await practitioners(tx, hospital_id=place.id, ids=[doctor]) if doctor else []
    values = {
        "practitioner_id": practitioner_id, "weekdays": [number(weekday) or 1], "starts": "09:00", "ends": "17:00",
        "slot_minutes": 30, "lanes": 1, "buffer_before_minutes": 0, "buffer_after_minutes": 0,
        "valid_from": tx.now.astimezone(place.zone).date().isoformat(), "valid_to": "", "resource_id": "",
        "department_id": found[0].department_ids[0] if found and found[0].department_ids else "",
    }  # fmt: skip
    return await _hours_form(tx, request, values=values, schedule_id=None)


@get("/settings/schedules/{schedule_id:int}", guards=[requires(Permission.SCHEDULES_EDIT)], include_in_schema=False)
async def edit_hours(schedule_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """The form for hours that there are."""
    one = await store_schedules.schedule(tx, schedule_id)
    if one is None or not request.user.works_at(one.hospital_id):
        raise NotFound("There is no schedule with this id.")
    values = {name: getattr(one, name) for name in one.__struct_fields__} | {"weekdays": [one.weekday]}
    values["valid_to"] = one.valid_to or ""
    values["resource_id"] = one.resource_id or ""
    return await _hours_form(tx, request, values=values, schedule_id=schedule_id)


def _hours(form: Any) -> dict[str, Any]:
    def whole(name: str, low: int, high: int) -> int:
        value = number(str(form.get(name, ""))) if str(form.get(name, "")) != "0" else 0
        if value is None or not low <= value <= high:
            raise Invalid(f"Between {low} and {high}.", pointer=f"/{name}")
        return value

    def hour(name: str) -> str:
        text = str(form.get(name, ""))[:5]
        if len(text) != 5 or text[2] != ":":
            raise Invalid("Give a time.", pointer=f"/{name}")
        return "24:00" if name == "ends" and text == "00:00" else text

    return {
        "starts": hour("starts"),
        "ends": hour("ends"),
        "slot_minutes": whole("slot_minutes", 5, 480),
        "lanes": whole("lanes", 1, 50),
        "buffer_before_minutes": whole("buffer_before_minutes", 0, 240),
        "buffer_after_minutes": whole("buffer_after_minutes", 0, 240),
        "valid_from": day_of(form, "valid_from"),
        "valid_to": day_of(form, "valid_to") if form.get("valid_to") else None,
        "resource_id": number(str(form.get("resource_id", ""))),
    }


def day_of(form: Any, name: str) -> date:
    """A date field. Raises Invalid (422)."""
    try:
        return date.fromisoformat(str(form.get(name, "")))
    except ValueError:
        raise Invalid("Give a date.", pointer=f"/{name}") from None


async def _save_hours(tx: Tx, request: Asked, form: Any, schedule_id: int | None, preview: bool) -> list[Affected]:
    values = _hours(form)
    weekdays = sorted({int(one) for one in form.getall("weekdays", []) if str(one) in "1234567"})
    if not weekdays:
        raise Invalid("Choose a weekday.", pointer="/weekdays")
    if schedule_id is not None:
        changes = ScheduleChanges(weekday=weekdays[0], **values)
        return [
            await schedules.change_schedule(
                tx, schedule_id=schedule_id, changes=changes, actor=request.user, preview=preview
            )
        ]
    who, where = number(str(form.get("practitioner_id", ""))), number(str(form.get("department_id", "")))
    if who is None or where is None:
        raise Invalid("Choose who, and in which department.", pointer="/practitionerId")
    done = []
    for weekday in weekdays:
        new = NewSchedule(practitioner_id=who, department_id=where, weekday=weekday, **values)
        done.append(await schedules.add_schedule(tx, new=new, actor=request.user, preview=preview))
    return done


@post(
    "/settings/schedules/new",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    include_in_schema=False,
    status_code=200,
)
async def save_new_hours(request: Asked, tx: Transaction) -> Response[Any]:
    """Adds hours on one or several weekdays."""
    return await _saved(tx, request, None)


@post(
    "/settings/schedules/{schedule_id:int}",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    include_in_schema=False,
    status_code=200,
)
async def save_hours(schedule_id: FromPath[int], request: Asked, tx: Transaction) -> Response[Any]:
    """Changes hours; where visits lose their time by it, shows them first and asks."""
    return await _saved(tx, request, schedule_id)


async def _saved(tx: Tx, request: Asked, schedule_id: int | None) -> Response[Any]:
    form = await request.form()
    sure = form.get("sure") == "yes"
    try:
        async with tx.savepoint():
            looked = await _save_hours(tx, request, form, schedule_id, preview=not sure)
            hit = [visit for one in looked for visit in one.affected]
            if not sure and not hit:
                await _save_hours(tx, request, form, schedule_id, preview=False)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return await _again(tx, request, form, schedule_id, problem)
    if hit and not sure:
        return Template("scheduling/hits.html", context=_hits(form, request.url.path, hit))
    return _done("Hours saved", f"{len(hit)} visits need a new time." if hit else "")


async def _again(tx: Tx, request: Asked, form: Any, schedule_id: int | None, problem: Problem) -> Template:
    pointer = problem.errors[0]["pointer"] if problem.errors else ""
    values = {name: str(form.get(name, "")) for name in (
        "practitioner_id", "department_id", "starts", "ends", "slot_minutes", "lanes", "buffer_before_minutes",
        "buffer_after_minutes", "valid_from", "valid_to", "resource_id")}  # fmt: skip
    weekdays = [number(str(one)) for one in form.getall("weekdays", [])]
    values |= {"weekdays": [day for day in weekdays if day is not None]}  # type: ignore[dict-item]
    errors = {_FIELD_OF.get(pointer, pointer.lstrip("/") or "starts"): problem.detail}
    return await _hours_form(tx, request, values=values, schedule_id=schedule_id, errors=errors, status=problem.status)


def _hits(form: Any, path: str, hit: list[Any]) -> dict[str, Any]:
    """The same form once more, hidden, with those whom it hits, and the question."""
    fields = [(name, str(value)) for name, value in form.multi_items() if name not in ("sure", "_csrf_token")]
    return {"fields": fields, "action": path, "hit": hit}


def _done(title: str, text: str) -> Template:
    return Template(
        "scheduling/saved.html",
        context={"title": title, "text": text},
        headers={"HX-Trigger": "dialog:close, schedules:changed"},
    )


@post(
    "/settings/schedules/{schedule_id:int}/remove",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    include_in_schema=False,
    status_code=200,
)
async def remove_hours(schedule_id: FromPath[int], request: Asked, tx: Transaction) -> Response[Any]:
    """Removes hours; shows first whom it hits."""
    form = await request.form()
    sure = form.get("sure") == "yes"
    looked = await schedules.remove_schedule(tx, schedule_id=schedule_id, actor=request.user, preview=not sure)
    if not sure and looked.affected:
        return Template("scheduling/hits.html", context=_hits(form, request.url.path, looked.affected))
    if not sure:
        await schedules.remove_schedule(tx, schedule_id=schedule_id, actor=request.user)
    return _done("Hours removed", f"{len(looked.affected)} visits need a new time." if looked.affected else "")


@get("/settings/schedules/exceptions/new", guards=[requires(Permission.SCHEDULES_EDIT)], include_in_schema=False)
async def new_exception(
    request: Asked, tx: Transaction, kind: Annotated[str, QueryParameter(name="kind")] = "leave"
) -> Template:
    """The form for leave, an extra clinic or a closure."""
    place = await _place(tx, request)
    today = tx.now.astimezone(place.zone).date()
    tomorrow = (today + timedelta(days=1)).isoformat()
    values = {"kind": kind, "from_date": tomorrow, "to_date": tomorrow, "starts": "09:00", "ends": "12:00"}
    return await _exception_form(tx, request, values)


async def _exception_form(
    tx: Tx, request: Asked, values: dict[str, Any], errors: dict[str, str] | None = None, status: int = 200
) -> Template:
    place = await _place(tx, request)
    kind = values["kind"] if values["kind"] in ("leave", "extra_clinic", "closure") else "leave"
    blank = {"practitioner_id": "", "department_id": "", "reason": "", "slot_minutes": 30, "whole": "true"}
    return Template(
        "scheduling/exception.html",
        context={
            "values": blank | values | {"kind": kind},
            "errors": errors or {},
            "place": place,
            "department_options": options(await departments(tx, hospital_id=place.id)),
            "practitioner_options": options(await practitioners(tx, hospital_id=place.id), "display_name"),
        },
        status_code=status,
    )


def _new_exception(form: Any, place: Hospital) -> NewException:
    kind = str(form.get("kind", "leave"))
    if kind not in ("leave", "extra_clinic", "closure"):
        raise Invalid("Choose what it is.", pointer="/kind")
    first, last = day_of(form, "from_date"), day_of(form, "to_date" if kind != "extra_clinic" else "from_date")
    times: dict[str, Any] = {"from_date": first, "to_date": last}
    if kind == "extra_clinic" or form.get("whole") != "true":
        times = {
            "starts_at": wall(first, str(form.get("starts", ""))),
            "ends_at": wall(last, str(form.get("ends", ""))),
        }
    return NewException(
        kind=kind,  # type: ignore[arg-type]  # one of the three
        practitioner_id=number(str(form.get("practitioner_id", ""))),
        hospital_id=None if kind == "leave" else place.id,
        department_id=number(str(form.get("department_id", ""))),
        slot_minutes=number(str(form.get("slot_minutes", ""))) if kind == "extra_clinic" else None,
        reason=str(form.get("reason", ""))[:500],
        **times,
    )


@post(
    "/settings/schedules/exceptions/new",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    include_in_schema=False,
    status_code=200,
)
async def save_exception(request: Asked, tx: Transaction) -> Response[Any]:
    """Adds leave, an extra clinic or a closure; shows first whom it hits."""
    form, place = await request.form(), await _place(tx, request)
    sure = form.get("sure") == "yes"
    try:
        async with tx.savepoint():
            new = _new_exception(form, place)
            looked = await schedules.add_exception(tx, new=new, actor=request.user, preview=not sure)
            if not sure and not looked.affected:
                await schedules.add_exception(tx, new=new, actor=request.user)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        pointer = problem.errors[0]["pointer"] if problem.errors else ""
        values = {name: str(form.get(name, "")) for name in (
            "kind", "practitioner_id", "department_id", "from_date", "to_date", "starts", "ends", "whole", "reason",
            "slot_minutes")}  # fmt: skip
        errors = {_FIELD_OF.get(pointer, pointer.lstrip("/") or "from_date"): problem.detail}
        return await _exception_form(tx, request, values, errors, status=problem.status)
    if looked.affected and not sure:
        return Template("scheduling/hits.html", context=_hits(form, request.url.path, looked.affected))
    words = {"leave": "Leave entered", "extra_clinic": "Extra clinic added", "closure": "Closure entered"}
    return _done(words[new.kind], f"{len(looked.affected)} visits need a new time." if looked.affected else "")


@post(
    "/settings/schedules/exceptions/{exception_id:int}/remove",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    include_in_schema=False,
    status_code=200,
)
async def drop_exception(exception_id: FromPath[int], request: Asked, tx: Transaction) -> Template:
    """Takes leave, an extra clinic or a closure back. An extra clinic's visits are kept, and need a new time."""
    done = await schedules.remove_exception(tx, exception_id=exception_id, actor=request.user)
    return _done("Taken back", f"{len(done.affected)} visits need a new time." if done.affected else "")


@post(
    "/settings/schedules/holidays",
    guards=[requires(Permission.SCHEDULES_EDIT)],
    include_in_schema=False,
    status_code=200,
)
async def set_holidays(request: Asked, tx: Transaction) -> Template:
    """Says whether the hospital closes on public holidays."""
    form, place = await request.form(), await _place(tx, request)
    closed = form.get("closed") == "true"
    done = await schedules.set_holiday_policy(tx, hospital_id=place.id, closed=closed, actor=request.user)
    text = f"{len(done.affected)} visits need a new time." if done.affected else ""
    return _done("Closed on public holidays" if closed else "Open on public holidays", text)


SCHEDULE_PAGES = [
    schedules_page,
    new_hours,
    edit_hours,
    save_new_hours,
    save_hours,
    remove_hours,
    new_exception,
    save_exception,
    drop_exception,
    set_holidays,
]
