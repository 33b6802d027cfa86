"""Online booking, page by page: department, practitioner, time, who is coming, the code. It works without scripts."""

from datetime import datetime, timedelta
from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Template

from bedside.accounts import public
from bedside.directory import Department, Hospital, department, departments, hospital_by_slug, hospitals
from bedside.kit.database import Tx
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.patient_access.details_form import read_details
from bedside.patient_access.free_days import SHOWN, free_days, soonest
from bedside.patient_access.model import BookingUnknown, OnlineBooking, TooOften, Verdict
from bedside.patient_access.online import give_details, hold_time, is_held, send_another, try_code, under_way
from bedside.patient_access.pages_common import Asked, address_of, go, language_of, moment, number, page, referral_of
from bedside.patient_access.pages_visit import day_or_none, week_from
from bedside.scheduling import Appointment, HoldGone

_OPEN = "anybody may book; a code proves the phone, and limits hold per phone and address"


@get("/book", guards=[public(_OPEN)], include_in_schema=False)
async def choose_hospital(request: Asked, tx: Transaction) -> Template | Redirect:
    """The hospitals that can be booked online; where there is one, its own page."""
    places = [one for one in await hospitals(tx) if one.online_booking]
    if len(places) == 1:
        return go(f"/book/{places[0].slug}")
    return page(request, "hospitals", language=language_of(request), hospital=None, places=places)


@get("/book/{slug:str}", guards=[public(_OPEN)], include_in_schema=False)
async def choose_department(request: Asked, tx: Transaction, slug: FromPath[str]) -> Template:
    """The departments that can be booked online, with when they are next free."""
    place = await hospital_by_slug(tx, slug)
    language = language_of(request, place.language if "accept-language" not in request.headers else None)
    if not place.online_booking:
        return _closed(request, place, language)
    units = [one for one in await departments(tx, hospital_id=place.id) if one.online_booking]
    today = tx.now.astimezone(place.zone).date()
    next_free = {one.id: await soonest(tx, today=today, department_id=one.id) for one in units}
    return page(
        request,
        "departments",
        language=language,
        hospital=place,
        units=[(one, next((free.first for free in next_free[one.id] if free.first), None)) for one in units],
    )


def _closed(request: Asked, place: Hospital, language: str) -> Template:
    return page(
        request,
        "nowhere",
        language=language,
        hospital=place,
        title="book_closed",
        lead="book_closed_lead",
        icon_name="phone",
        start=None,
    )


async def _place_and_unit(tx: Tx, slug: str, department_id: int) -> tuple[Hospital, Department | None]:
    place = await hospital_by_slug(tx, slug)
    unit = await department(tx, department_id)
    offered = place.online_booking and unit.online_booking and unit.hospital_id == place.id
    return place, unit if offered and unit.archived_at is None else None


@get("/book/{slug:str}/{department_id:int}", guards=[public(_OPEN)], include_in_schema=False)
async def choose_practitioner(
    request: Asked, tx: Transaction, slug: FromPath[str], department_id: FromPath[int]
) -> Template | Redirect:
    """Whom to see: whoever is free first, or somebody by name."""
    place, unit = await _place_and_unit(tx, slug, department_id)
    if unit is None:
        return go(f"/book/{slug}")
    found = await soonest(tx, today=tx.now.astimezone(place.zone).date(), department_id=unit.id)
    return page(request, "practitioners", language=language_of(request), hospital=place, unit=unit, found=found)


@get("/book/{slug:str}/{department_id:int}/times", guards=[public(_OPEN)], include_in_schema=False)
async def choose_time(
    request: Asked,
    tx: Transaction,
    slug: FromPath[str],
    department_id: FromPath[int],
    who: Annotated[str, QueryParameter(name="with")] = "any",
    since: Annotated[str, QueryParameter(name="from")] = "",
    before: Annotated[str, QueryParameter(name="before")] = "",
    day: Annotated[str, QueryParameter(name="day")] = "",
    notice: Annotated[str, QueryParameter(name="notice")] = "",
) -> Template | Redirect:
    """Free times of a week; the first free one stands out. `before` is the token of a time held until now."""
    place, unit = await _place_and_unit(tx, slug, department_id)
    if unit is None:
        return go(f"/book/{slug}")
    chosen = number(who) if who != "any" else None
    today = tx.now.astimezone(place.zone).date()
    nearest = await soonest(tx, today=today, department_id=unit.id, practitioner_id=chosen)
    first_at = next((one.first for one in nearest if one.first), None)
    wanted = day_or_none(day)
    first = week_from(since or (wanted.isoformat() if wanted else ""), today=today)
    if not since and wanted is None and first_at:
        first = first_at.date()
    days = await free_days(tx, zone=place.zone, since=first, department_id=unit.id, practitioner_id=chosen)
    return page(
        request,
        "times",
        language=language_of(request),
        hospital=place,
        unit=unit,
        who=who,
        practitioner_name=next((one.practitioner_name for one in nearest), "") if chosen else "",
        days=days,
        asked_day=wanted,
        first_at=first_at,
        first_with=next((one.practitioner_id for one in nearest if one.first), None),
        first=first,
        earlier=max(first - timedelta(days=SHOWN), today) if first > today else None,
        later=first + timedelta(days=SHOWN),
        today=today,
        before=before,
        notice=notice if notice in ("taken", "expired", "busy") else "",
        action=f"/book/{slug}/{unit.id}/times",
        hidden={"with": who, "before": before},
    )


@post("/book/{slug:str}/{department_id:int}/times", guards=[public(_OPEN)], include_in_schema=False)
async def hold_chosen_time(
    request: Asked, tx: Transaction, slug: FromPath[str], department_id: FromPath[int]
) -> Template | Redirect:
    """A time was chosen: it is held while the patient says who is coming."""
    form = await request.form()
    starts_at, practitioner_id = moment(form.get("starts_at")), number(form.get("practitioner_id"))
    who, before = str(form.get("with", "any")), str(form.get("before", ""))[:64]
    times = f"/book/{slug}/{department_id}/times"
    place, unit = await _place_and_unit(tx, slug, department_id)
    if unit is None or starts_at is None or practitioner_id is None:
        return go(times)
    try:
        async with tx.savepoint():
            token = await hold_time(
                tx,
                hospital=place,
                department_id=unit.id,
                practitioner_id=practitioner_id,
                starts_at=starts_at,
                any_practitioner=who == "any",
                language=language_of(request),
                address=address_of(request),
                before=before or None,
                referral_code=referral_of(request),
            )
    except TooOften as problem:
        return _too_often(request, place, problem)
    except Problem:
        day = starts_at.astimezone(place.zone).date().isoformat()
        return go(
            times, notice="taken", before=before, **{"with": who if who == "any" else str(practitioner_id), "day": day}
        )
    return go(f"/book/{slug}/now/{token}")


def _too_often(request: Asked, place: Hospital, problem: TooOften) -> Template:
    return page(
        request,
        "nowhere",
        language=language_of(request),
        hospital=place,
        status_code=problem.status,
        private=True,
        title="not_possible",
        lead="too_often",
        icon_name="hand-stop",
        start=None,
    )


def _times_again(slug: str, booking: OnlineBooking, held: Appointment, token: str, notice: str) -> Redirect:
    who = "any" if booking.any_practitioner else str(held.practitioner_id)
    return go(f"/book/{slug}/{held.department_id}/times", notice=notice, before=token, **{"with": who})


def _finished(request: Asked, place: Hospital, slug: str) -> Template:
    return page(
        request,
        "nowhere",
        language=language_of(request),
        hospital=place,
        status_code=404,
        private=True,
        title="unknown_booking",
        lead="unknown_booking_lead",
        icon_name="calendar",
        start=f"/book/{slug}",
    )


def _step_page(
    request: Asked,
    place: Hospital,
    slug: str,
    token: str,
    booking: OnlineBooking,
    held: Appointment,
    *,
    now: datetime,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status_code: int = 200,
    edit: bool = False,
    note: str = "",
) -> Template:
    """Who is coming, or the code: whichever is next."""
    language = language_of(request, booking.language)
    at_code = booking.code_hash is not None and not edit
    given = values or {
        "first_name": booking.first_name or "",
        "last_name": booking.last_name or "",
        "date_of_birth": booking.date_of_birth.isoformat() if booking.date_of_birth else "",
        "phone": booking.phone or "",
        "email": booking.email or "",
        "consent": "yes" if booking.consent_words else "",
        "marketing": "yes" if booking.marketing_words else "",
    }
    soonest_resend = booking.may_resend_at()
    who = "any" if booking.any_practitioner else str(held.practitioner_id)
    return page(
        request,
        "code" if at_code else "details",
        language=language,
        hospital=place,
        status_code=status_code,
        private=True,
        slug=slug,
        token=token,
        booking=booking,
        held=held,
        values=given,
        errors=errors or {},
        note=note,
        may_resend=soonest_resend is not None,
        resend_now=soonest_resend is not None and soonest_resend <= now,
        today=now.astimezone(place.zone).date(),
        change=f"/book/{slug}/{held.department_id}/times?with={who}&before={token}",
        base=f"/book/{slug}/now/{token}",
    )


@get("/book/{slug:str}/now/{token:str}", guards=[public(_OPEN)], include_in_schema=False)
async def booking_step(
    request: Asked,
    tx: Transaction,
    slug: FromPath[str],
    token: FromPath[str],
    edit: Annotated[str, QueryParameter(name="edit")] = "",
    sent: Annotated[str, QueryParameter(name="sent")] = "",
) -> Template | Redirect:
    """Where the booking stands: who is coming, or the code."""
    place = await hospital_by_slug(tx, slug)
    try:
        booking, held = await under_way(tx, token, hospital_id=place.id)
    except BookingUnknown:
        return _finished(request, place, slug)
    if not is_held(held, now=tx.now):
        return _times_again(slug, booking, held, token, "expired")
    note = "code_resent" if sent == "1" else "code_resend_wait" if sent == "0" else ""
    return _step_page(request, place, slug, token, booking, held, now=tx.now, edit=edit == "1", note=note)


@post("/book/{slug:str}/now/{token:str}/details", guards=[public(_OPEN)], include_in_schema=False)
async def take_details(
    request: Asked, tx: Transaction, slug: FromPath[str], token: FromPath[str]
) -> Template | Redirect:
    """Who is coming was told: a code goes to the phone."""
    place = await hospital_by_slug(tx, slug)
    try:
        booking, held = await under_way(tx, token, hospital_id=place.id)
    except BookingUnknown:
        return _finished(request, place, slug)
    form = {name: str(value) for name, value in (await request.form()).items()}
    if form.get("website"):  # a field that people do not see: whoever fills it in is a program
        return go(f"/book/{slug}")
    language = language_of(request, booking.language)
    details, errors = read_details(form, language=language, hospital=place, today=tx.now.date())
    if details is None:
        return _step_page(
            request, place, slug, token, booking, held,
            now=tx.now, values=form, errors=errors, status_code=422, edit=True,
        )  # fmt: skip
    try:
        async with tx.savepoint():
            await give_details(
                tx, token, hospital=place, details=details, language=language, address=address_of(request)
            )
    except HoldGone:
        return _times_again(slug, booking, held, token, "expired")
    except TooOften as problem:
        return _too_often(request, place, problem)
    return go(f"/book/{slug}/now/{token}")


@post("/book/{slug:str}/now/{token:str}/resend", guards=[public(_OPEN)], include_in_schema=False)
async def resend_code(
    request: Asked, tx: Transaction, slug: FromPath[str], token: FromPath[str]
) -> Template | Redirect:
    """Another code was asked for."""
    place = await hospital_by_slug(tx, slug)
    try:
        async with tx.savepoint():
            sent = await send_another(tx, token, hospital=place, address=address_of(request))
    except BookingUnknown:
        return _finished(request, place, slug)
    except HoldGone:
        return go(f"/book/{slug}/now/{token}")
    except TooOften as problem:
        return _too_often(request, place, problem)
    return go(f"/book/{slug}/now/{token}", sent="1" if sent else "0")


@post("/book/{slug:str}/now/{token:str}/code", guards=[public(_OPEN)], include_in_schema=False)
async def take_code(request: Asked, tx: Transaction, slug: FromPath[str], token: FromPath[str]) -> Template | Redirect:
    """The code was typed in: right, and the visit is booked; wrong, and it is counted."""
    place = await hospital_by_slug(tx, slug)
    typed = "".join(sign for sign in str((await request.form()).get("code", "")) if sign.isdigit())[:12]
    try:
        outcome = await try_code(tx, token, hospital=place, code=as_ascii(typed))
        if outcome.manage_url is not None:
            return go(outcome.manage_url.partition("/m/")[1] + outcome.manage_url.partition("/m/")[2], done="booked")
        booking, held = await under_way(tx, token, hospital_id=place.id)
    except BookingUnknown:
        return _finished(request, place, slug)
    if outcome.hold_gone or outcome.busy:
        return _times_again(slug, booking, held, token, "busy" if outcome.busy else "expired")
    t = {
        Verdict.WRONG: "code_wrong_one" if outcome.left == 1 else "code_wrong",
        Verdict.EXPIRED: "code_expired",
        Verdict.USED_UP: "code_used_up",
    }[outcome.verdict]
    return _step_page(
        request, place, slug, token, booking, held,
        now=tx.now, errors={"code": t, "left": str(outcome.left)}, status_code=422,
    )  # fmt: skip


def as_ascii(digits: str) -> str:
    """Digits of any script as 0 to 9: an Arabic keyboard types its own."""
    return "".join(str(int(sign)) for sign in digits if sign.isdecimal())


BOOKING_PAGES = [
    choose_hospital,
    choose_department,
    choose_practitioner,
    choose_time,
    hold_chosen_time,
    booking_step,
    take_details,
    resend_code,
    take_code,
]
