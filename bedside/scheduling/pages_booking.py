"""The dialogue that books a visit: patient, department, practitioner, service, and live free times. Keyboard first."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import QueryParameter
from litestar.response import Response, Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.directory import HOSPITAL_COOKIE, Hospital, departments, hospital_chosen, practitioners, services
from bedside.kit.database import Tx
from bedside.kit.http.forms import number_in
from bedside.kit.http.problems import Invalid, Problem
from bedside.kit.http.transaction import Transaction
from bedside.patients import NewPatient, NoSuchPatient, patient, register, search
from bedside.scheduling import booking
from bedside.scheduling.deciding import may_override
from bedside.scheduling.free_times import PractitionerAvailability, availability
from bedside.scheduling.local_time import resolve_local

Asked = Request[SignedIn, Any, Any]
SHOWN_DAYS = 4  # as many as fit beside the form without scrolling far
LOOKED_AHEAD = timedelta(days=20)


class Wish(msgspec.Struct, kw_only=True):
    """What the form says so far; empty text where nothing was said."""

    patient_id: str = ""
    department_id: str = ""
    practitioner_id: str = ""
    service_id: str = ""
    from_: str = ""
    slot: str = ""
    reason: str = ""
    override_reason: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""

    @property
    def time(self) -> datetime | None:
        """The local time that was picked."""
        try:
            return datetime.fromisoformat(self.slot.partition("|")[2][:19])
        except ValueError:
            return None

    @property
    def doctor(self) -> int | None:
        """The practitioner that goes with it."""
        return number(self.slot.partition("|")[0]) or number(self.practitioner_id)


def number(text: str) -> int | None:
    """A number from 0 up, or None."""
    return number_in(text)


def _wish(form: Any) -> Wish:
    names = [name for name in Wish.__struct_fields__ if name != "from_"]
    return Wish(from_=str(form.get("from", "")), **{name: str(form.get(name, "")).strip() for name in names})


async def _place(tx: Tx, request: Asked) -> Hospital:
    return await hospital_chosen(tx, user=request.user, cookie=request.cookies.get(HOSPITAL_COOKIE))


async def _choices(tx: Tx, place: Hospital, wish: Wish) -> dict[str, Any]:
    """Department, practitioner, service and the free times that go with them."""
    known = await departments(tx, hospital_id=place.id)
    department = next((one for one in known if str(one.id) == wish.department_id), known[0] if known else None)
    doctors = await practitioners(tx, department_id=department.id) if department else []
    if wish.practitioner_id and wish.practitioner_id not in {str(one.id) for one in doctors}:
        wish.practitioner_id = ""
    offered = await services(tx, department_id=department.id) if department else []
    if wish.service_id not in {str(one.id) for one in offered}:
        wish.service_id = ""
    today = tx.now.astimezone(place.zone).date()
    try:
        since = max(date.fromisoformat(wish.from_), today)
    except ValueError:
        picked = wish.time
        since = max(picked.date(), today) if picked else today
    since = min(since, today + timedelta(days=3 * 365))
    found = (
        await availability(
            tx, hospital_id=place.id, department_id=department.id, practitioner_id=number(wish.practitioner_id),
            service_id=number(wish.service_id), since=since, until=since + LOOKED_AHEAD,
        )
        if department
        else []
    )  # fmt: skip
    days = by_day(found)[:SHOWN_DAYS]
    slots = [slot["value"] for day in days for slot in day["slots"]]
    if wish.slot and wish.slot not in slots:
        wish.slot = _nearest(wish, days) or wish.slot
    if wish.slot not in slots and wish.time is None:
        wish.slot = slots[0] if slots else ""
    picked = wish.time
    return {
        "wish": wish,
        "department": department,
        "department_options": options(known),
        "practitioner_options": options(doctors, "display_name"),
        "service_options": options(offered),
        "since": since.isoformat(),
        "today": today.isoformat(),
        "days": days,
        "later": (days[-1]["day"] + timedelta(days=1)).isoformat() if days else None,
        # a time clicked in the calendar that is not among the free ones
        "apart": picked if wish.slot and wish.slot not in slots else None,
        "apart_at": picked.replace(tzinfo=place.zone) if picked else None,
        "zone": place.time_zone,
    }


def wall(day: date, clock: str) -> datetime:
    """A local time from two fields of a form. Raises Invalid (422)."""
    try:
        return datetime.combine(day, time.fromisoformat(clock[:5]))
    except ValueError:
        raise Invalid("Give a time.", pointer="/startsAt") from None


def options(rows: Sequence[Any], name: str = "name") -> list[tuple[int, str]]:
    """Rows as the options of a select."""
    return [(row.id, getattr(row, name)) for row in rows]


def offers(alternatives: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """What a 409 offers, as buttons: the value that books it, when, with whom."""
    return [
        {
            "value": f"{one['practitionerId']}|{one['startsAt'][:16]}",
            "at": datetime.fromisoformat(one["startsAt"]),
            "who": one["practitionerName"],
        }
        for one in alternatives or []
    ]


def _nearest(wish: Wish, days: list[dict[str, Any]]) -> str | None:
    """The free time within a quarter of an hour of the one that was clicked, with the same practitioner. Pure."""
    picked, doctor = wish.time, wish.slot.partition("|")[0]
    near = [
        (abs(slot["at"].replace(tzinfo=None) - picked), slot["value"])
        for day in days
        if picked and day["day"] == picked.date()
        for slot in day["slots"]
        if slot["value"].startswith(f"{doctor}|")
    ]
    distance, value = min(near, default=(timedelta(days=1), None))
    return value if distance <= timedelta(minutes=15) else None


def by_day(found: list[PractitionerAvailability]) -> list[dict[str, Any]]:
    """Free times grouped by day; of several practitioners free at one time, the first is named. Pure."""
    grouped: dict[date, dict[str, dict[str, Any]]] = {}
    for one in found:
        for at in one.times():
            wall = at.replace(tzinfo=None)
            if at.utcoffset() != at.replace(fold=1 - at.fold).utcoffset():
                continue  # an hour that comes twice cannot be said without its offset; the API can
            key = f"{wall:%H:%M}"
            value = {"value": f"{one.practitioner_id}|{wall:%Y-%m-%dT%H:%M}", "at": at, "who": one.practitioner_name}
            grouped.setdefault(wall.date(), {}).setdefault(key, value)
    return [{"day": day, "slots": [times[key] for key in sorted(times)]} for day, times in sorted(grouped.items())]


@get("/appointments/new", guards=[requires(Permission.APPOINTMENTS_BOOK)], include_in_schema=False)
async def booking_form(
    request: Asked,
    tx: Transaction,
    patient_id: Annotated[str, QueryParameter(name="patientId")] = "",
    practitioner_id: Annotated[str, QueryParameter(name="practitionerId")] = "",
    department_id: Annotated[str, QueryParameter(name="departmentId")] = "",
    starts_at: Annotated[str, QueryParameter(name="startsAt")] = "",
) -> Template:
    """The dialogue; `startsAt` is a local time clicked in the calendar."""
    place = await _place(tx, request)
    if practitioner_id and not department_id:
        found = await practitioners(tx, hospital_id=place.id, ids=[number(practitioner_id) or 0])
        department_id = str(found[0].department_ids[0]) if found and found[0].department_ids else ""
    wish = Wish(
        patient_id=patient_id,
        practitioner_id=practitioner_id,
        department_id=department_id,
        slot=f"{practitioner_id}|{starts_at}" if starts_at else "",
    )
    return await _drawn(tx, request, place, wish)


async def _drawn(
    tx: Tx, request: Asked, place: Hospital, wish: Wish, *, errors: dict[str, str] | None = None, status: int = 200,
    alternatives: list[dict[str, Any]] | None = None,
) -> Template:  # fmt: skip
    words = ""
    if (who := number(wish.patient_id)) is not None:
        try:
            words = (await patient(tx, who)).name
        except NoSuchPatient:
            wish.patient_id = ""
    context = await _choices(tx, place, wish) | {
        "place": place,
        "patient_words": words,
        "errors": errors or {},
        "alternatives": offers(alternatives),
        "may_override": may_override(request.user),
    }
    return Template("scheduling/book.html", context=context, status_code=status)


@get("/appointments/choices", guards=[requires(Permission.APPOINTMENTS_BOOK)], include_in_schema=False)
async def booking_choices(request: Asked, tx: Transaction) -> Template:
    """The part of the dialogue that follows from what was chosen in it."""
    place = await _place(tx, request)
    wish = _wish(request.query_params)
    wish.slot = ""
    return Template("scheduling/choices.html", context=await _choices(tx, place, wish) | {"errors": {}})


@get("/appointments/patients", guards=[requires(Permission.APPOINTMENTS_BOOK)], include_in_schema=False)
async def patient_options(tx: Transaction, q: Annotated[str, QueryParameter(name="q")] = "") -> Template:
    """Patients as options while one types, and the one who is not there yet as the last."""
    found = await search(tx, text=q[:200], limit=8) if q.strip() else []
    return Template("scheduling/patient_options.html", context={"patients": found, "q": q.strip()})


@post("/appointments/new", guards=[requires(Permission.APPOINTMENTS_BOOK)], include_in_schema=False, status_code=200)
async def book_by_form(request: Asked, tx: Transaction) -> Response[Any]:
    """Books; where that cannot be, draws the dialogue again with what to take instead, one key each."""
    form = await request.form()
    place, wish = await _place(tx, request), _wish(form)
    if picked := str(form.get("pick", "")):
        wish.slot = picked
    errors = {} if wish.patient_id else {"patient_id": "Choose a patient."}
    if wish.patient_id == "new" and not (wish.first_name and wish.last_name):
        errors = {"first_name": "Give both names."}
    if wish.time is None:
        errors["slot"] = "Choose a time."
    if errors:
        return await _drawn(tx, request, place, wish, errors=errors, status=422)
    try:
        async with tx.savepoint():
            visit = await _booked(tx, request, place, wish)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        pointer = problem.errors[0]["pointer"] if problem.errors else ""
        field = {"/phone": "phone", "/firstName": "first_name", "/lastName": "last_name"}.get(pointer, "slot")
        return await _drawn(
            tx, request, place, wish, errors={field: problem.detail}, status=problem.status,
            alternatives=problem.members.get("alternatives"),
        )  # fmt: skip
    return Template(
        "scheduling/booked.html",
        context={"visit": visit, "zone": visit.time_zone},
        headers={"HX-Trigger": "dialog:close, visits:changed"},
    )


async def _booked(tx: Tx, request: Asked, place: Hospital, wish: Wish) -> Any:
    if wish.patient_id == "new":
        new = NewPatient(
            first_name=wish.first_name[:100], last_name=wish.last_name[:100], phone=wish.phone or None,
            hospital_id=place.id,
        )  # fmt: skip
        who = (await register(tx, new=new, actor=request.user)).id
    else:
        who = number(wish.patient_id) or 0
    wall = wish.time
    if wall is None or wish.doctor is None:
        raise Invalid("Choose a time.", pointer="/startsAt")
    return await booking.book(
        tx,
        actor=request.user,
        patient_id=who,
        practitioner_id=wish.doctor,
        starts_at=resolve_local(wall.date(), time(wall.hour, wall.minute), place.zone),
        hospital_id=place.id,
        department_id=number(wish.department_id),
        service_id=number(wish.service_id),
        reason=wish.reason[:2000],
        override_reason=wish.override_reason[:500] or None,
    )


BOOKING_PAGES = [booking_form, booking_choices, patient_options, book_by_form]
