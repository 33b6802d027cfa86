"""Pages of how satisfied owners are: the panel on an owner's page, and the report over every owner."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template

from bedside.accounts import Permission, requires
from bedside.directory import hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.month_bars import months_drawn
from bedside.owner_relations import satisfaction, surveys
from bedside.owner_relations import store_satisfaction as store
from bedside.owner_relations.pages_common import Person, zone_of
from bedside.owner_relations.satisfaction_model import Id, SurveyPolicyChanges
from bedside.owner_relations.survey_form import RATED, STEPS, answer_of, errors_of, words
from bedside.owners import Owner, seen_owner

READ = Permission.SATISFACTION_READ
EDIT = Permission.SATISFACTION_EDIT
AT_ONCE = 10
OWNERS_AT_ONCE = 25
WINDOWS = [(3, "3 months"), (6, "6 months"), (12, "12 months"), (24, "24 months")]
NAMES = {"overall": "All in all"} | {name: name.capitalize() for name in RATED[1:]}
SOURCES = {
    "link": ("By link", "link"), "portal": ("On their page", "user"), "staff": ("Told to staff", "pencil"),
    "api": ("By another system", "file-import"),
}  # fmt: skip
_FALLS = [(step, f"{step} {'star' if step == '1' else 'stars'}") for step in STEPS[1:]]
_POLICY_WORDS = {"every_months": "From 1 to 24 months.", "open_days": "From 1 to 365 days."}


def _said(title: str, text: str = "") -> Template:
    """What happened, in a corner; the dialog closes, and what shows ratings draws itself anew."""
    headers = {"HX-Trigger": '{"dialog:close": {}, "satisfaction": {}}'}
    return Template("owner_relations/said.html", context={"title": title, "text": text}, headers=headers)


@get("/owners/{owner_id:int}/satisfaction-panel", guards=[requires(READ)], include_in_schema=False)
async def satisfaction_panel(
    owner_id: FromPath[Id], request: Person, tx: Transaction, cursor: FromQuery[str] = ""
) -> Template:
    """How satisfied an owner is, as it stands on their page; with a `cursor`, the answers that come after."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    page = await satisfaction.page(tx, owner_id=owner_id, user=request.user, cursor=cursor or None, limit=AT_ONCE)
    context = {"owner": whose, "answers": page.items, "next": page.next, "names": NAMES, "sources": SOURCES}
    if cursor:
        return Template("owner_relations/satisfaction_answers.html", context=context)
    today = tx.now.astimezone(await zone_of(tx, whose, request.user)).date()
    context |= {
        "summary": page.summary, "may_edit": request.user.may(EDIT), "now": tx.now,
        "asked": await store.last_survey(tx, owner_id),
        "chart": months_drawn(page.summary.months, until=today, months=12),
        "withheld": all(one.withheld for one in page.summary.comparisons),
    }  # fmt: skip
    return Template("owner_relations/satisfaction_panel.html", context=context)


async def _rating_form(
    request: Person, tx: Tx, whose: Owner, values: dict[str, str], errors: dict[str, str]
) -> Template:
    theirs = [one for one in whose.hospital_ids if request.user.works_at(one)]
    today = tx.now.astimezone(await zone_of(tx, whose, request.user)).date()
    blank = {"survey_date": today.isoformat(), "hospital_id": "", "words": ""} | dict.fromkeys(RATED, "")
    context = {
        "owner": whose, "errors": errors, "rated": RATED, "names": NAMES, "today": today.isoformat(),
        "values": blank | values,
        "places": [(one.id, one.name) for one in await hospitals(tx, ids=theirs)] if theirs else [],
    }  # fmt: skip
    return Template("owner_relations/rating_form.html", context=context, status_code=422 if errors else 200)


@get("/owners/{owner_id:int}/satisfaction/new", guards=[requires(EDIT)], include_in_schema=False)
async def rating_dialog(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for what an owner told somebody."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    return await _rating_form(request, tx, whose, {}, {})


@post("/owners/{owner_id:int}/satisfaction", guards=[requires(EDIT)], status_code=200, include_in_schema=False)
async def record_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Keeps a rating, or draws the form again with what was wrong."""
    whose = await seen_owner(tx, owner_id=owner_id, user=request.user)
    fields = await fields_of(request)
    new, wrong = answer_of(fields)
    t = words("en")
    errors = {name: t(key) for name, key in wrong.items()}
    try:
        new.survey_date = date.fromisoformat(fields.get("survey_date", ""))
    except ValueError:
        errors["survey_date"] = "Give a day."
    theirs = [one for one in whose.hospital_ids if request.user.works_at(one)]
    chosen = number_in(fields.get("hospital_id", ""))
    new.hospital_id = chosen if chosen in theirs else next(iter(theirs), None)
    if errors:
        return await _rating_form(request, tx, whose, fields, errors)
    try:
        async with tx.savepoint():
            await satisfaction.record_satisfaction(tx, owner_id=owner_id, new=new, source="staff", actor=request.user)
    except Problem as problem:
        errors = told(problem, ("survey_date", "words", *RATED))
        if "" in errors:
            errors = {name: t(key) for name, key in errors_of(problem).items() if name} or errors
        return await _rating_form(request, tx, whose, fields, errors)
    return _said("Rating kept", f"It counts for {whose.name} from now on.")


@post("/owners/{owner_id:int}/surveys", guards=[requires(EDIT)], status_code=200, include_in_schema=False)
async def ask_by_hand(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Sends an owner the survey. Raises AskedAlready (409), which shows in a corner, where they were asked today."""
    await surveys.ask(tx, owner_id=owner_id, actor=request.user)
    return _said("Survey sent", "It goes to whoever gets the notice that a survey is due.")


@get("/owners/satisfaction", guards=[requires(READ)], include_in_schema=False)
async def report_page(
    request: Person,
    tx: Transaction,
    months: FromQuery[str] = "12",
    hospital: FromQuery[str] = "",
    every: FromQuery[str] = "",
) -> Template:
    """How satisfied owners are: the months chosen against as many before. `every=yes` lists every owner at once."""
    user = request.user
    window = number_in(months)
    if window is None or window not in dict(WINDOWS):
        window = 12
    places = [(one.id, one.name) for one in await hospitals(tx, ids=user.hospitals)]
    place = number_in(hospital)
    place = place if place in dict(places) else None
    report = await satisfaction.report(tx, user=user, months=window, hospital_id=place)
    shown = {"months": window} | ({"hospital": place} if place else {})
    context = {
        "report": report, "until": min(report.until, tx.now.date()), "months": window, "hospital": place or "",
        "windows": WINDOWS, "places": places,
        "names": NAMES, "owners": report.owners if every == "yes" else report.owners[:OWNERS_AT_ONCE],
        "every": f"/owners/satisfaction?{urlencode(shown | {'every': 'yes'})}",
        "export": "/api/owner-satisfaction/report/export?"
        + urlencode({"months": window} | ({"hospitalId": place} if place else {})),
        "chart": months_drawn(report.months, until=tx.now.date(), months=window),
        "policy": await surveys.survey_policy(tx), "may_edit": user.may(EDIT),
    }  # fmt: skip
    return Template("owner_relations/satisfaction_report.html", context=context)


def _policy_form(values: dict[str, Any], errors: dict[str, str]) -> Template:
    context = {"values": values, "errors": errors, "falls": _FALLS}
    return Template("owner_relations/survey_policy.html", context=context, status_code=422 if errors else 200)


@get("/owners/satisfaction/policy", guards=[requires(EDIT)], include_in_schema=False)
async def policy_dialog(tx: Transaction) -> Template:
    """The form for how often owners are asked."""
    found = await surveys.survey_policy(tx)
    values = {
        "enabled": found.enabled, "every_months": found.every_months, "open_days": found.open_days,
        "warn_at_fall": f"{found.warn_at_fall.normalize():f}", "version": found.version,
    }  # fmt: skip
    return _policy_form(values, {})


@post("/owners/satisfaction/policy", guards=[requires(EDIT)], status_code=200, include_in_schema=False)
async def change_policy_by_form(request: Person, tx: Transaction) -> Template:
    """Changes how often owners are asked, or draws the form again with what was wrong."""
    fields = await fields_of(request)
    values: dict[str, Any] = {
        "enabled": fields.get("enabled") == "true", "every_months": fields.get("every_months", ""),
        "open_days": fields.get("open_days", ""), "warn_at_fall": fields.get("warn_at_fall", ""),
        "version": number_in(fields.get("version", "")),
    }  # fmt: skip
    try:
        given = {
            "enabled": values["enabled"], "warn_at_fall": values["warn_at_fall"],
            "every_months": number_in(values["every_months"]), "open_days": number_in(values["open_days"]),
        }  # fmt: skip
        changes = read_as(SurveyPolicyChanges, given, _POLICY_WORDS)
        async with tx.savepoint():
            kept = await surveys.change_policy(
                tx, changes=changes, actor=request.user, expected_version=values["version"]
            )
    except Wrong as wrong:
        return _policy_form(values, wrong.errors)
    except Problem as problem:
        return _policy_form(values, told(problem, ("every_months", "open_days", "warn_at_fall")))
    text = f"Owners are asked every {kept.every_months} months." if kept.enabled else "Owners are asked by hand alone."
    return _said("Kept", text)


SATISFACTION_PAGES: list[Any] = [
    satisfaction_panel, rating_dialog, record_by_form, ask_by_hand, report_page, policy_dialog, change_policy_by_form,
]  # fmt: skip
