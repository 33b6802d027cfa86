"""The pages of who owns a hospital: theirs alone. Contracts and payouts are panels of their own rooms.

Whose they are is who is signed in (`SignedIn.owner_id`), by password or by a link; no address names an owner.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires, staff_member
from bedside.directory import hospital
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of
from bedside.kit.http.problems import NotFound, Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import spoken
from bedside.owner_relations import reading, satisfaction, surveys
from bedside.owner_relations import store_satisfaction as store
from bedside.owner_relations.model import CHANNELS, Id
from bedside.owner_relations.pages_common import NOTICES
from bedside.owner_relations.satisfaction_model import SurveyOver
from bedside.owner_relations.survey_form import answer_of, errors_of, form_context
from bedside.owners import Owner, contacts, every_payment_details, hospitals_of, owner

Person = Request[SignedIn, Any, Any]
OWN = Permission.OWN_RECORD_READ
MESSAGES_AT_ONCE = 8
RATINGS_AT_ONCE = 6
_METHODS = {
    "bank_transfer": ("Bank transfer", "building-bank"),
    "check": ("Check", "writing-sign"),
    "mobile_wallet": ("Mobile wallet", "wallet"),
    "cash": ("Cash", "cash"),
}


def own_id(user: SignedIn) -> int:
    """Whose pages somebody sees. Raises NotFound (404) for who signs in for no owner."""
    if user.owner_id is None:
        raise NotFound("You sign in for no owner.", next_step="Look at the list of owners.")
    return user.owner_id


@get("/my", guards=[requires(OWN)], include_in_schema=False)
async def own_page(request: Person, tx: Transaction) -> Template:
    """Everything that an owner has here; who signs in for none is told where the owners are."""
    user = request.user
    if user.owner_id is None:
        return Template("owner_relations/own_none.html", context={})
    whose = await owner(tx, user.owner_id)
    context = await _profile(tx, whose, user) | await _messages(tx, user) | await _ratings(tx, user)
    context |= {"greeting": _greeting(tx.now, ZoneInfo(context["zone"])), "by_link": user.link_id is not None}
    return Template("owner_relations/own_page.html", context=context)


def _greeting(now: datetime, zone: ZoneInfo) -> str:
    hour = now.astimezone(zone).hour
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"


async def _profile(tx: Tx, whose: Owner, user: SignedIn) -> dict[str, Any]:
    """Who they are to us: contact data, people, parts in hospitals, how they are paid (masked), and whom to ask."""
    place = await hospital(tx, whose.hospital_ids[0]) if whose.hospital_ids else None
    manager = None
    if whose.account_manager_id is not None:
        manager = await staff_member(tx, whose.account_manager_id)
    zone = whose.time_zone or (place.time_zone if place is not None else "UTC")
    return {
        "owner": whose,
        "hospitals": await hospitals_of(tx, whose.id),
        "people": await contacts(tx, owner_id=whose.id),
        "details": await every_payment_details(tx, owner_id=whose.id, user=user),
        "methods": _METHODS,
        "place": place,
        "manager": manager if manager is not None and manager.active else None,
        "zone": zone,
        "locale": place.locale if place is not None else "en",
    }


async def _messages(tx: Tx, user: SignedIn, cursor: str | None = None) -> dict[str, Any]:
    page = await reading.log(tx, owner_id=own_id(user), user=user, filters={}, cursor=cursor, limit=MESSAGES_AT_ONCE)
    return {
        "messages": page.items, "next": page.next, "going_on": cursor is not None, "notices": NOTICES,
        "channels": CHANNELS, "now": tx.now,
    }  # fmt: skip


async def _ratings(tx: Tx, user: SignedIn) -> dict[str, Any]:
    owner_id = own_id(user)
    newest = await store.ANSWERS.page(tx, filters={"owner_id": owner_id}, limit=RATINGS_AT_ONCE)
    return {
        "open_surveys": await store.open_surveys(tx, owner_id),
        "ratings": [satisfaction.view(one) for one in newest.items],
    }


@get("/my/messages-panel", guards=[requires(OWN)], include_in_schema=False)
async def own_messages(request: Person, tx: Transaction, cursor: FromQuery[str | None] = None) -> Template:
    """What was said to the owner and by them, newest first; with a `cursor`, what comes after."""
    whose = await owner(tx, own_id(request.user))
    zone = {"zone": whose.time_zone} if whose.time_zone else {}
    context = await _messages(tx, request.user, cursor) | zone
    return Template("owner_relations/own_messages.html", context=context)


@get("/my/surveys/{survey_id:int}", guards=[requires(OWN)], include_in_schema=False)
async def own_survey_page(survey_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """A survey that waits for the owner's answer. Raises NoSuchSurvey (404), also for another owner's."""
    try:
        survey = await surveys.own_survey(tx, survey_id=survey_id, owner_id=own_id(request.user))
    except SurveyOver as problem:
        return _survey_over(problem)
    return _survey_form(request.user, survey.id)


@post("/my/surveys/{survey_id:int}", guards=[requires(OWN)], status_code=200, include_in_schema=False)
async def answer_own_survey(survey_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Keeps the answer, once, or draws the form again with what was filled in and what is wrong."""
    fields = await fields_of(request)
    new, errors = answer_of(fields)
    try:
        survey = await surveys.own_survey(tx, survey_id=survey_id, owner_id=own_id(request.user))
        if not errors:
            async with tx.savepoint():
                await surveys.answer(tx, survey=survey, new=new, source="portal", actor=request.user)
    except SurveyOver as problem:
        return _survey_over(problem)
    except NotFound:
        raise
    except Problem as problem:
        errors = errors_of(problem)
    if errors:
        return _survey_form(request.user, survey_id, fields, errors)
    return Template("owner_relations/own_survey_said.html", context={"because": "done"})


def _survey_form(
    user: SignedIn, survey_id: int, values: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> Template:
    context = form_context(spoken(user.language), action=f"/my/surveys/{survey_id}", values=values, errors=errors)
    return Template("owner_relations/own_survey.html", context=context, status_code=422 if errors else 200)


def _survey_over(problem: SurveyOver) -> Template:
    context = {"because": str(problem.members.get("because", "expired"))}
    return Template("owner_relations/own_survey_said.html", context=context, status_code=problem.status)


PAGES: list[Any] = [own_page, own_messages, own_survey_page, answer_own_survey]
