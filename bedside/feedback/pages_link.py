"""How a visit was, by a link: read as often as one likes, answered once. GET changes nothing. No scripts needed."""

from typing import Any

from litestar import Request, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import public
from bedside.directory import Hospital, hospital
from bedside.event_log import Actor
from bedside.feedback import store, store_inviting
from bedside.feedback.form_model import Question
from bedside.feedback.forms import form_version
from bedside.feedback.giving import give
from bedside.feedback.links import open_invitation
from bedside.feedback.model import Feedback, FeedbackGivenAlready, Invitation, InvitationOver, NoSuchInvitation
from bedside.feedback.page_form import condition_of, errors_of, read
from bedside.feedback.page_words import WORDS, words
from bedside.feedback.policies import policy_of
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import COOKIE, locale_of, spoken
from bedside.kit.tokens import hashed

Asked = Request[Any, Any, Any]

# A page behind a token is nobody else's: no cache keeps it, no search engine lists it, no link tells its address.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow"}
_LINKED = "the link is the permission: 128 random bits, sent to the patient"
_ICONS = {"answered": "circle-check", "expired": "hourglass", "withdrawn": "calendar-off", "unknown": "link"}


@get("/f/{token:str}", guards=[public(_LINKED)], include_in_schema=False)
async def link_page(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """The form. Changes nothing."""
    try:
        asked = await open_invitation(tx, token)
    except (NoSuchInvitation, InvitationOver) as problem:
        return await _nowhere(request, tx, token, problem)
    return await _form(request, tx, asked, token)


@post("/f/{token:str}", guards=[public(_LINKED)], status_code=200, include_in_schema=False)
async def answer_by_link(request: Asked, tx: Transaction, token: FromPath[str]) -> Template:
    """Keeps the answer once, or draws the form again with what was filled in and what is wrong."""
    try:
        asked = await open_invitation(tx, token)
        fields = await fields_of(request)
        categories = await store.categories(tx, archived=False)
        new, errors = read(fields, categories=categories, questions=await _questions(tx, asked))
        if not errors:
            new.language = _language_of(request, asked)
            async with tx.savepoint():
                kept = await give(
                    tx, new=new, source="link", actor=Actor(kind="patient", id=asked.patient_id), invitation=asked
                )
            return await _thanks(request, tx, asked, kept)
    except (NoSuchInvitation, InvitationOver) as problem:
        return await _nowhere(request, tx, token, problem)
    except FeedbackGivenAlready:
        return await _said(request, tx, "answered", asked, 410)
    except Problem as problem:
        errors = errors_of(problem)
    return await _form(request, tx, asked, token, values=fields, errors=errors)


async def _questions(tx: Tx, asked: Invitation) -> list[Question]:
    return [] if asked.form_version_id is None else (await form_version(tx, asked.form_version_id)).questions


async def _form(
    request: Asked,
    tx: Tx,
    asked: Invitation,
    token: str,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Template:
    language = _language_of(request, asked)
    visit = await store_inviting.visit_words(tx, appointment_id=asked.appointment_id)
    context = {
        "name": visit.patient_first_name if visit else "",
        "visit": visit,
        "offered": asked.anonymous_offered,
        "categories": [(one.code, one.label(language)) for one in await store.categories(tx, archived=False)],
        "questions": [(one, condition_of(one)) for one in await _questions(tx, asked)],
        "values": values or {},
        "in_detail": any(value for name, value in (values or {}).items() if name.startswith("category_")),
        "errors": errors or {},
        "action": f"/f/{token}",
    }
    return await _page(request, tx, "link", asked, context, 422 if errors else 200)


async def _thanks(request: Asked, tx: Tx, asked: Invitation, kept: Feedback) -> Template:
    policy = await policy_of(tx, asked.hospital_id)
    what = ("low_anonymous" if kept.anonymous else "low") if kept.is_low else "done"
    context = {
        "title": "low_title" if kept.is_low else "done_title",
        "lead": f"{what}_lead",
        "icon_name": "heart-handshake" if kept.is_low else "heart",
        "review_url": policy.review_url if policy.asks_for_review(kept.rating) else "",
        "rating": kept.rating,
    }
    return await _page(request, tx, "link_said", asked, context, 200)


async def _nowhere(request: Asked, tx: Tx, token: str, problem: NoSuchInvitation | InvitationOver) -> Template:
    asked = await store_inviting.invitation_of_token(tx, hashed(token))
    because = str(problem.members.get("because", "expired")) if isinstance(problem, InvitationOver) else "unknown"
    return await _said(request, tx, because, asked, problem.status)


async def _said(request: Asked, tx: Tx, what: str, asked: Invitation | None, status_code: int) -> Template:
    context = {
        "title": f"{what}_title", "lead": f"{what}_lead", "icon_name": _ICONS[what], "review_url": "", "rating": 0,
    }  # fmt: skip
    return await _page(request, tx, "link_said", asked, context, status_code)


def _language_of(request: Asked, asked: Invitation | None) -> str:
    """`?lang=`, else the one chosen before, else the patient's, else the browser's."""
    return spoken(
        request.query_params.get("lang"),
        request.cookies.get(COOKIE),
        asked.language if asked else None,
        accepted=request.headers.get("accept-language", ""),
    )


async def _page(
    request: Asked, tx: Tx, name: str, asked: Invitation | None, context: dict[str, Any], status_code: int
) -> Template:
    language = _language_of(request, asked)
    place: Hospital | None = await hospital(tx, asked.hospital_id) if asked else None
    around = {
        "t": words(language),
        "language": language,
        "languages": [(code, there["language"]) for code, there in WORDS.items()],
        "hospital": place,
        "locale": locale_of(language, place.locale) if place else language,
        "zone": place.time_zone if place else "UTC",
        "here": request.url.path,
        "query": request.url.query,
    }
    keep = [Cookie(key=COOKIE, value=language, max_age=31_536_000, samesite="lax", httponly=True)]
    return Template(
        f"feedback/{name}.html",
        context=around | context,
        status_code=status_code,
        headers=PRIVATE,
        cookies=keep if "lang" in request.query_params else [],
    )


LINK_PAGES: list[Any] = [link_page, answer_by_link]
