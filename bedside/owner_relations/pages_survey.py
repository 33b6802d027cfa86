"""A survey by its link: read as often as one likes, answered once. GET changes nothing at all. No scripts needed."""

from typing import Any

from litestar import Request, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import public
from bedside.directory import Hospital, hospital
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import COOKIE, spoken
from bedside.kit.tokens import hashed
from bedside.owner_relations import store_satisfaction as store
from bedside.owner_relations import surveys
from bedside.owner_relations.satisfaction_model import NoSuchSurvey, Survey, SurveyOver
from bedside.owner_relations.survey_form import answer_of, errors_of, form_context, words
from bedside.owner_relations.survey_words import WORDS
from bedside.owners import Owner, owner

Asked = Request[Any, Any, Any]

# A page behind a token is nobody else's: no cache keeps it, no search engine lists it, no link tells its address.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow"}
_LINKED = "the link is the permission: 128 random bits, sent to the owner"
_ICONS = {"answered": "circle-check", "expired": "hourglass", "unknown": "link"}


@get("/survey/{token:str}", guards=[public(_LINKED)], include_in_schema=False)
async def survey_page(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """The form. Changes nothing."""
    try:
        survey = await surveys.open_survey(tx, token)
    except (NoSuchSurvey, SurveyOver) as problem:
        return await _nowhere(request, tx, token, problem)
    return await _form(request, tx, survey, token)


@post("/survey/{token:str}", guards=[public(_LINKED)], status_code=200, include_in_schema=False)
async def answer_survey(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """Keeps the answer once, or draws the form again with what was filled in and what is wrong."""
    try:
        survey = await surveys.open_survey(tx, token)
        fields = await fields_of(request)
        new, errors = answer_of(fields)
        if not errors:
            async with tx.savepoint():
                await surveys.answer(tx, survey=survey, new=new, source="link")
    except (NoSuchSurvey, SurveyOver) as problem:
        return await _nowhere(request, tx, token, problem)
    except Problem as problem:
        errors = errors_of(problem)
    if errors:
        return await _form(request, tx, survey, token, values=fields, errors=errors)
    return await _said(request, tx, "done", "heart-handshake", await owner(tx, survey.owner_id), 200)


async def _form(
    request: Asked,
    tx: Tx,
    survey: Survey,
    token: str,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Template:
    whose = await owner(tx, survey.owner_id)
    language = language_of(request, whose)
    context = await look_of_page(request, tx, language, whose)
    context |= form_context(language, action=f"/survey/{token}", values=values, errors=errors)
    context |= {"survey": survey, "name": whose.name}
    return _answer(request, "survey", language, context, 422 if errors else 200)


async def _nowhere(request: Asked, tx: Tx, token: str, problem: NoSuchSurvey | SurveyOver) -> Template:
    known = await store.survey_of_token(tx, hashed(token))
    whose = await owner(tx, known.owner_id) if known is not None else None
    because = str(problem.members.get("because", "expired")) if isinstance(problem, SurveyOver) else "unknown"
    return await _said(request, tx, because, _ICONS[because], whose, problem.status)


async def _said(request: Asked, tx: Tx, what: str, icon_name: str, whose: Owner | None, status_code: int) -> Template:
    language = language_of(request, whose)
    context = await look_of_page(request, tx, language, whose)
    context |= {"t": words(language), "what": what, "icon_name": icon_name}
    return _answer(request, "survey_said", language, context, status_code)


def _answer(request: Asked, name: str, language: str, context: dict[str, Any], status_code: int) -> Template:
    chosen = "lang" in request.query_params
    keep = [Cookie(key=COOKIE, value=language, max_age=31_536_000, samesite="lax", httponly=True)] if chosen else []
    return Template(
        f"owner_relations/{name}.html", context=context, status_code=status_code, headers=PRIVATE, cookies=keep
    )


def language_of(request: Asked, whose: Owner | None) -> str:
    """`?lang=`, else the one chosen before, else the owner's, else the browser's."""
    return spoken(
        request.query_params.get("lang"),
        request.cookies.get(COOKIE),
        whose.language if whose is not None else None,
        accepted=request.headers.get("accept-language", ""),
    )


async def look_of_page(request: Asked, tx: Tx, language: str, whose: Owner | None) -> dict[str, Any]:
    """What stands around a page: the owner's hospital where they have one alone, and the switch of languages."""
    place: Hospital | None = None
    if whose is not None and len(whose.hospital_ids) == 1:
        place = await hospital(tx, whose.hospital_ids[0])
    speaks = place is not None and place.locale.replace("_", "-").split("-")[0] == language
    return {
        "language": language,
        "languages": [(code, there["language"]) for code, there in WORDS.items()],
        "hospital": place,
        "locale": place.locale if place is not None and speaks else language,
        "zone": place.time_zone if place is not None else "UTC",
        "here": request.url.path,
        "query": request.url.query,
    }


SURVEY_PAGES: list[Any] = [survey_page, answer_survey]
