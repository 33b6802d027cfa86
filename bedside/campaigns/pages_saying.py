"""The part of a campaign's preview that says how it reads, to a person or somebody made up: its words and its mail."""

from typing import Any

from litestar import Request, Response, post
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, audit_reading, requires
from bedside.campaigns import campaigns, personal
from bedside.campaigns.model import Campaign
from bedside.campaigns.pages import FIELDS, given, read_form, said_shown
from bedside.campaigns.personal import Example
from bedside.kit.database import Tx
from bedside.kit.http.forms import number_in
from bedside.kit.http.problems import Invalid, Problem
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import Channel, in_a_frame
from bedside.owners import NoSuchOwner, seen_owner

Asked = Request[SignedIn, Any, Any]
EDIT = [requires(Permission.CAMPAIGNS_EDIT)]


@post("/campaigns/said", guards=EDIT, include_in_schema=False, status_code=200)
async def words_said(request: Asked, tx: Transaction) -> Template:
    """What it says to the one who was chosen, as a fragment. Nothing is kept."""
    values, channels = await given(request)
    context: dict[str, Any] = {"said": [], "lengths": [], "values": values, "problem": ""}
    try:
        made = await _campaign(request, tx, values, channels)
        said = await _read_as(request, tx, made, values)
        context |= said_shown(said, user=request.user, whose=made.whose)
    except Problem as problem:
        context["problem"] = problem.detail
    return Template("campaigns/preview_words.html", context=context)


@post("/campaigns/mail", guards=EDIT, include_in_schema=False, status_code=200)
async def mail_said(request: Asked, tx: Transaction) -> Response[str]:
    """Its mail as it looks to them, for the frame beside; what is wrong stands with the words."""
    values, channels = await given(request)
    try:
        said = await _read_as(request, tx, await _campaign(request, tx, values, channels), values)
    except Problem:
        said = []
    # to somebody made up it reads in every language, and the frame shows one
    mails = {one.language: one.html for one in said if one.channel is Channel.EMAIL}
    html = mails.get(request.user.language) or mails.get("en") or next(iter(mails.values()), None)
    return in_a_frame(html, dark=bool(values.get("dark")))


async def _campaign(request: Asked, tx: Tx, values: dict[str, str], channels: list[str]) -> Campaign:
    new, wrong = await read_form(request, tx, values, channels)
    if new is None:
        raise Invalid(" ".join(wrong.values()), pointer=f"/{next(iter(wrong), FIELDS[0])}")
    return await campaigns.check_new(tx, new=new, user=request.user)


async def _read_as(request: Asked, tx: Tx, made: Campaign, values: dict[str, str]) -> list[Example]:
    """How it reads to the patient or owner who was chosen, for those who may see them; else to somebody made up."""
    whom, language = await _whom(request, tx, made, values), values.get("language") or None
    said = await personal.examples_for(tx, made, person_id=whom, language=language) if whom else None
    if whom is None or said is None:
        every = await personal.examples(tx, made)
        return [one for one in every if one.language == language] or every
    if made.whose == "patients":
        await audit_reading(tx, actor=request.user, patient_id=whom)
    return said


async def _whom(request: Asked, tx: Tx, made: Campaign, values: dict[str, str]) -> int | None:
    if made.whose == "patients":
        return (number_in(values.get("patient_id", "")) or None) if request.user.may(Permission.PATIENTS_READ) else None
    owner_id = number_in(values.get("owner_id", ""))
    if not owner_id or not request.user.may(Permission.OWNERS_READ):
        return None
    try:
        return (await seen_owner(tx, owner_id=owner_id, user=request.user)).id
    except NoSuchOwner:
        return None


SAYING_PAGES: list[Any] = [words_said, mail_said]
