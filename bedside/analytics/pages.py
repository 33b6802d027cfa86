"""The dashboard: its page, and the regions of it that fetch themselves again when something happens."""

from datetime import timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.response import Redirect, Template

from bedside.accounts import Permission, SignedIn, requires, signed_in
from bedside.analytics import store
from bedside.analytics.dashboard import dashboard, day_of
from bedside.analytics.experience import experience, sees_experience
from bedside.analytics.model import SetUp
from bedside.analytics.model_owners import SOON_DAYS
from bedside.analytics.owners import owner_figures, sees_owners
from bedside.directory import HOSPITAL_COOKIE, Hospital, hospital_chosen, hospitals
from bedside.kit.database import Tx
from bedside.kit.http.transaction import Transaction
from bedside.messaging import answer_times


async def _place(tx: Tx, request: Request[SignedIn, Any, Any]) -> Hospital:
    return await hospital_chosen(tx, user=request.user, cookie=request.cookies.get(HOSPITAL_COOKIE))


async def _figures(tx: Tx, request: Request[SignedIn, Any, Any]) -> dict[str, Any]:
    hospital = await _place(tx, request)
    figures = await dashboard(tx, hospitals=[hospital.id], zone=hospital.zone, user=request.user)
    return {"figures": figures, "place": hospital} | _sights(request.user)


async def _visits(tx: Tx, request: Request[SignedIn, Any, Any]) -> dict[str, Any]:
    hospital = await _place(tx, request)
    since, until = day_of(tx.now, hospital.zone)
    visits = await store.expected_visits(tx, hospitals=[hospital.id], since=since, until=until)
    hours = await store.hours(tx, hospitals=[hospital.id], since=since, until=until, zone=hospital.time_zone)
    return {
        "visits": visits,
        "hours": hours,
        "busiest": max((hour.visits for hour in hours), default=0),
        "this_hour": tx.now.astimezone(hospital.zone).hour,
        "may_check_in": request.user.may(Permission.APPOINTMENTS_BOOK),
    }


def _sights(user: SignedIn) -> dict[str, bool]:
    """What of the dashboard is theirs to see."""
    return {
        "sees_visits": user.may(Permission.APPOINTMENTS_READ),
        "sees_patients": user.may(Permission.PATIENTS_READ),
        "sees_messages": user.may(Permission.MESSAGES_READ),
        "sees_reminders": user.may(Permission.REMINDERS_READ),
        "sees_tasks": user.may(Permission.FOLLOW_UPS_READ),
        "sees_owners": sees_owners(user),
        "sees_experience": sees_experience(user),
        "sees_feedback": user.may(Permission.FEEDBACK_READ),
    }


async def _owners(tx: Tx, request: Request[SignedIn, Any, Any]) -> dict[str, Any]:
    """Of every hospital of theirs: what is owed is owed in all of them, whichever is looked at."""
    zone = (await _place(tx, request)).zone
    return {
        "owners": await owner_figures(tx, user=request.user, zone=zone, hospitals=request.user.hospitals),
        "soon": tx.now.astimezone(zone).date() + timedelta(days=SOON_DAYS + 1),
    }


async def _experience(tx: Tx, request: Request[SignedIn, Any, Any]) -> dict[str, Any]:
    hospital = await _place(tx, request)
    found = await experience(tx, user=request.user, hospitals=[hospital.id])
    return {"experience": found} | _sights(request.user)


async def _latest(tx: Tx, request: Request[SignedIn, Any, Any]) -> dict[str, Any]:
    hospital = await _place(tx, request)
    seen_with = sorted(map(str, request.user.permissions))
    sees = _sights(request.user)
    latest = await store.latest(tx, seen_with=seen_with, hospitals=[hospital.id], patients=sees["sees_patients"])
    return {"latest": latest} | sees


def _beginning(request: Request[SignedIn, Any, Any], greeting: str, there: SetUp) -> Template:
    """The list of what has to be there before the first visit."""
    context = {
        "greeting": greeting,
        "set_up": there,
        "may_direct": request.user.may(Permission.DIRECTORY_EDIT),
        "may_schedule": request.user.may(Permission.SCHEDULES_EDIT),
        "may_register": request.user.may(Permission.PATIENTS_EDIT),
        "may_book": request.user.may(Permission.APPOINTMENTS_BOOK),
        "may_own": request.user.may(Permission.OWNERS_EDIT),
    }
    return Template("analytics/beginning.html", context=context)


@get(
    ["/", "/crm-portal-complete.html"],
    guards=[signed_in("the first page of everybody: an owner is sent to their own")],
    include_in_schema=False,
)
async def dashboard_page(request: Request[SignedIn, Any, Any], tx: Transaction) -> Response[Any]:
    """The page that the day starts with; before the first visit it says how to get there. An owner has another."""
    if not request.user.may(Permission.DASHBOARD_READ):
        return Redirect("/my" if request.user.may(Permission.OWN_RECORD_READ) else "/profile", status_code=303)
    if not await hospitals(tx, ids=request.user.hospitals):
        return _beginning(request, f"Welcome, {request.user.name.split()[0]}", SetUp())
    place = await _place(tx, request)
    there = await store.set_up(tx, hospital=place.id)
    sees_visits = request.user.may(Permission.APPOINTMENTS_READ)
    if not there.visit and sees_visits:
        return _beginning(request, f"Welcome to {place.name}", there)
    context = (
        await _owners(tx, request)
        | await _experience(tx, request)
        | await _latest(tx, request)
        | await _figures(tx, request)
    )
    if sees_visits:
        context |= await _visits(tx, request)
    hour = tx.now.astimezone(place.zone).hour
    greeting = "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"
    context |= {"greeting": f"{greeting}, {request.user.name.split()[0]}", "now": tx.now, "place": place}
    return Template("analytics/dashboard.html", context=context)


@get("/dashboard/figures", guards=[requires(Permission.DASHBOARD_READ)], include_in_schema=False)
async def figures_region(request: Request[SignedIn, Any, Any], tx: Transaction) -> Template:
    """The row of numbers."""
    return Template("analytics/figures.html", context=await _figures(tx, request))


@get("/dashboard/visits", guards=[requires(Permission.APPOINTMENTS_READ)], include_in_schema=False)
async def visits_region(request: Request[SignedIn, Any, Any], tx: Transaction) -> Template:
    """Who is here and who comes next, and the day by its hours."""
    return Template("analytics/visits.html", context=await _visits(tx, request))


@get("/dashboard/latest", guards=[requires(Permission.DASHBOARD_READ)], include_in_schema=False)
async def latest_region(request: Request[SignedIn, Any, Any], tx: Transaction) -> Template:
    """The newest events."""
    return Template("analytics/latest.html", context=await _latest(tx, request))


@get("/dashboard/owners", guards=[requires(Permission.DASHBOARD_READ)], include_in_schema=False)
async def owners_region(request: Request[SignedIn, Any, Any], tx: Transaction) -> Template:
    """Owners and payouts; empty for whom no part of it is."""
    return Template("analytics/owners.html", context=await _owners(tx, request))


@get("/dashboard/experience", guards=[requires(Permission.DASHBOARD_READ)], include_in_schema=False)
async def experience_region(request: Request[SignedIn, Any, Any], tx: Transaction) -> Template:
    """What patients say and redeem; empty for whom no part of it is."""
    return Template("analytics/experience.html", context=await _experience(tx, request))


@get("/bell", guards=[requires(Permission.DASHBOARD_READ)], include_in_schema=False)
async def bell(request: Request[SignedIn, Any, Any], tx: Transaction) -> Template:
    """What rang lately, and how much waits for a person; nothing where there is no hospital yet."""
    sees = _sights(request.user)
    if not await hospitals(tx, ids=request.user.hospitals):
        return Template("analytics/bell.html", context={"items": [], "unread": 0} | sees)
    hospital = await _place(tx, request)
    since, _ = day_of(tx.now, hospital.zone)
    seen_with = sorted(map(str, request.user.permissions))
    items = await store.bell(tx, seen_with=seen_with, hospitals=[hospital.id], patients=sees["sees_patients"])
    waiting = await store.needs_a_person(tx, hospitals=[hospital.id], since=since)
    answers = await answer_times(tx, since=since, user=request.user, hospitals=[hospital.id])
    waiting.unanswered = answers.waiting
    unread = waiting.total if sees["sees_messages"] else waiting.open_tasks if sees["sees_tasks"] else 0
    return Template("analytics/bell.html", context={"items": items, "unread": unread} | sees)


PAGES = [dashboard_page, figures_region, visits_region, latest_region, owners_region, experience_region, bell]
