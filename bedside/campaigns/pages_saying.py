"""How a campaign reads, before it is kept and after, to a person or somebody made up: its words and its mail."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, audit_reading, requires
from bedside.campaigns import campaigns, naming, personal
from bedside.campaigns.journeys import messages_of
from bedside.campaigns.model import Campaign, Id
from bedside.campaigns.pages import FIELDS, given, messages_named, read_form, said_shown
from bedside.campaigns.personal import Example
from bedside.kit.database import Tx
from bedside.kit.http.forms import fields_of, number_in
from bedside.kit.http.problems import Invalid, Problem
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import Channel, in_a_frame
from bedside.owners import NoSuchOwner, seen_owner

Asked = Request[SignedIn, Any, Any]
READ, EDIT = [requires(Permission.CAMPAIGNS_READ)], [requires(Permission.CAMPAIGNS_EDIT)]


@post("/campaigns/said", guards=EDIT, include_in_schema=False, status_code=200)
async def words_written(request: Asked, tx: Transaction) -> Template:
    """What the campaign in the form says to the one who was chosen, as a fragment. Nothing is kept."""
    values, channels = await given(request)
    try:
        made = await _written(request, tx, values, channels)
    except Problem as problem:
        return Template("campaigns/preview_words.html", context={"problem": problem.detail})
    return Template("campaigns/preview_words.html", context=await _shown(request, tx, made, values))


@post("/campaigns/mail", guards=EDIT, include_in_schema=False, status_code=200)
async def mail_written(request: Asked, tx: Transaction) -> Response[str]:
    """Its mail as it looks to them, for the frame beside; what is wrong stands with the words."""
    values, channels = await given(request)
    try:
        return await _mail(request, tx, await _written(request, tx, values, channels), values)
    except Problem:
        return in_a_frame(None, dark=bool(values.get("dark")))


@get("/campaigns/{campaign_id:int}/says", guards=READ, include_in_schema=False)
async def says_page(request: Asked, tx: Transaction, campaign_id: FromPath[Id]) -> Template:
    """What a campaign says, each of its messages: for who wrote it, and who is to approve of it."""
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    messages = messages_of(found)
    context: dict[str, Any] = {
        "one": found,
        "said_at": f"/campaigns/{found.id}",
        "messages": await messages_named(tx, found),
        "named": await naming.templates_of(tx, found),
        "fields": (), "values": {}, "channels": (),
    }  # fmt: skip
    if messages:
        context |= await _shown(request, tx, messages[0][1], {})
        context["by_mail"] = any(Channel.EMAIL in said.channels for _, said in messages)
    return Template("campaigns/says.html", context=context)


@post("/campaigns/{campaign_id:int}/said", guards=READ, include_in_schema=False, status_code=200)
async def words_kept(request: Asked, tx: Transaction, campaign_id: FromPath[Id]) -> Template:
    """What the chosen one of its messages says to the one who was chosen, as a fragment."""
    values = await fields_of(request)
    made = await _kept(request, tx, campaign_id, values)
    return Template("campaigns/preview_words.html", context=await _shown(request, tx, made, values))


@post("/campaigns/{campaign_id:int}/mail", guards=READ, include_in_schema=False, status_code=200)
async def mail_kept(request: Asked, tx: Transaction, campaign_id: FromPath[Id]) -> Response[str]:
    """That message's mail, for the frame beside."""
    values = await fields_of(request)
    return await _mail(request, tx, await _kept(request, tx, campaign_id, values), values)


async def _written(request: Asked, tx: Tx, values: dict[str, str], channels: list[str]) -> Campaign:
    new, wrong = await read_form(request, tx, values, channels)
    if new is None:
        raise Invalid(" ".join(wrong.values()), pointer=f"/{next(iter(wrong), FIELDS[0])}")
    return _chosen(await campaigns.check_new(tx, new=new, user=request.user), values)


async def _kept(request: Asked, tx: Tx, campaign_id: int, values: dict[str, str]) -> Campaign:
    return _chosen(await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user), values)


def _chosen(found: Campaign, values: dict[str, str]) -> Campaign:
    """The campaign as it speaks in the message that was chosen of those it sends. Raises Invalid (422)."""
    messages = messages_of(found)
    which = number_in(values.get("which", "")) or 0
    if not 0 <= which < len(messages):
        raise Invalid("It has no such message any more.", pointer="/which", next_step="Load the page again.")
    return messages[which][1]


async def _shown(request: Asked, tx: Tx, made: Campaign, values: dict[str, str]) -> dict[str, Any]:
    try:
        said = await _read_as(request, tx, made, values)
    except Problem as problem:
        return said_shown([], user=request.user, made=made) | {"problem": problem.detail}
    wrong = "" if said else "The words cannot be made: look at them where they are written."
    return said_shown(said, user=request.user, made=made) | {"problem": wrong}


async def _mail(request: Asked, tx: Tx, made: Campaign, values: dict[str, str]) -> Response[str]:
    try:
        said = await _read_as(request, tx, made, values)
    except Problem:
        said = []
    # to somebody made up it reads in every language, and the frame shows one
    mails = {one.language: one.html for one in said if one.channel is Channel.EMAIL}
    html = mails.get(request.user.language) or mails.get("en") or next(iter(mails.values()), None)
    return in_a_frame(html, dark=bool(values.get("dark")))


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


SAYING_PAGES: list[Any] = [words_written, mail_written, says_page, words_kept, mail_kept]
