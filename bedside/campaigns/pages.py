"""The pages of campaigns: writing one and seeing whom it reaches, and its report while it sends and after."""

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import (
    approval,
    approving,
    arriving,
    audiences,
    campaigns,
    costing,
    naming,
    personal,
    store_campaigns,
)
from bedside.campaigns.audience_model import Question
from bedside.campaigns.journeys import messages_of
from bedside.campaigns.model import Campaign, Id, NewCampaign, NoSuchCampaign
from bedside.campaigns.pages_approval import SENDING_FIELDS, approval_shown, left_of, sending_fields
from bedside.campaigns.pages_details import CHANNELS, audience_choices, audience_in
from bedside.campaigns.pages_journey_report import journey_of
from bedside.campaigns.pages_money import MONEY_FIELDS, money_fields, money_shown
from bedside.campaigns.pages_split import (
    DID,
    SPLIT_FIELDS,
    SPLIT_WORDS,
    WINNERS,
    split_in,
    split_shown,
    versions_of,
)
from bedside.campaigns.personal import LINKS, Example
from bedside.campaigns.store_personal import VARIABLES
from bedside.campaigns.whom import people_of
from bedside.directory import HOSPITAL_COOKIE, hospital_chosen, hospitals
from bedside.kit.database import Tx
from bedside.kit.http.forms import Wrong, fields_of, number_in, read_as, told
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.kit.languages import languages
from bedside.message_templates import Channel, sms_length, templates_for_news, words_to_stop

Asked = Request[SignedIn, Any, Any]
READ, EDIT, SEND = (
    [requires(permission)]
    for permission in (Permission.CAMPAIGNS_READ, Permission.CAMPAIGNS_EDIT, Permission.CAMPAIGNS_SEND)
)
FIELDS = (
    "name",
    "message",
    "template_key",
    "subject",
    "audience",
    "channels",
    "scheduled_at",
    "control_percent",
    "hospital_id",
    *SPLIT_FIELDS,
    *MONEY_FIELDS,
    *SENDING_FIELDS,
)
_WORDS = {
    "name": "Give it a name that your colleagues will know it by.",
    "message": "Write what is to be said, in 5,000 characters at most.",
    "channels": "Choose at least one way.",
    "control_percent": "Between 0 and 50.",
    "subject": "At most 200 characters.",
    "per_minute": "A whole number from 1 to 1,000,000, or nothing.",
    "local_time": "An hour such as 09:00, or nothing.",
    **SPLIT_WORDS,
    "budget_currency": "Three capital letters, such as USD.",
    "visit_worth_currency": "Three capital letters, such as USD.",
}
# of those whom a channel does not reach, why, in the order of the report
LEFT_OUT = {
    "no_address": ("No address", "no phone or mailbox of theirs takes it"),
    "no_consent": ("Not agreed", "they have not agreed to news"),
    "refused": ("Refused", "they asked not to be written to this way"),
    "stopped": ("Stopped", "they stopped us, or the address no longer works"),
    "another_channel": ("By another way", "they get it by the way they prefer"),
    "too_often": ("Heard enough", "they had all the news that a day or a week may bring"),
    "control": ("Held back", "the control group, to compare with"),
    "held": ("Waits", "for the version that does best"),
    "no_words": ("No words", "what the text says of them was not known any more"),
    "cancelled": ("Not sent", "the campaign was cancelled before their turn"),
}


@get("/campaigns/new", guards=EDIT, include_in_schema=False)
async def new_campaign_page(
    request: Asked, tx: Transaction, audience: Annotated[str, QueryParameter(name="audience", max_length=20)] = ""
) -> Template:
    """Where one is written."""
    user = request.user
    places = [(one.id, one.name) for one in await hospitals(tx, ids=user.hospitals)]
    context = {
        "audiences": await audience_choices(tx, user),
        "audience": f"audience:{audience}" if audience else "all_patients",
        "places": places,
        "place": places[0][0] if user.hospitals is not None and places else "",
        "of_the_group": user.hospitals is None,
        "channels": CHANNELS,
        "templates": await templates_for_news(tx),
        "variables": sorted({*VARIABLES["patients"], *LINKS}),
        "winners": WINNERS,
    }
    return Template("campaigns/new.html", context=context)


@post("/campaigns/preview", guards=EDIT, include_in_schema=False, status_code=200)
async def preview_campaign(request: Asked, tx: Transaction) -> Template:
    """Whom it reaches, as it is written now. Nothing leaves."""
    values, channels = await given(request)
    return await _previewed(request, tx, values, channels, {})


async def _previewed(
    request: Asked, tx: Tx, values: dict[str, str], channels: list[str], errors: dict[str, str]
) -> Template:
    context: dict[str, Any] = {"values": values, "channels": channels, "fields": FIELDS}
    new, wrong = await read_form(request, tx, values, channels)
    errors = wrong | errors
    made = None
    if new is not None and not errors:
        try:
            made = await campaigns.check_new(tx, new=new, user=request.user)
        except Problem as problem:
            errors = told(problem, FIELDS)
    if new is not None and made is not None:
        question = Question(
            whose="owners" if new.target_audience == "all_owners" else "patients",
            audience_id=new.audience_id,
            channels=new.channels,
            hospital_id=new.hospital_id,
        )
        context["reach"] = await audiences.reach(tx, question=question, user=request.user)
        context["left_out"] = LEFT_OUT
        context["new"] = new
        context["needs_approval"] = await approval.exceeded(tx, made, role=request.user.role)
        context |= said_shown(await personal.examples(tx, made), user=request.user, made=made)
        context |= {"said_at": "/campaigns", "messages": await messages_named(tx, made)}
        by_sms = Channel.SMS in new.channels and new.template_key is None
        context["how_to_stop"] = words_to_stop(new.message or "") if by_sms else None
        named, found = await people_of(tx, made)
        context["estimate"] = await costing.estimate(tx, made)
        context["versions"], context["did"] = versions_of(made), DID
        context["named"] = await naming.templates_of(tx, made)
        context["without_words"] = [
            one
            for _, message in messages_of(made)
            for one in await personal.without_words(tx, message, named=named, values=found)
        ]
    return Template("campaigns/preview.html", context=context | {"errors": errors}, status_code=422 if errors else 200)


async def messages_named(tx: Tx, made: Campaign) -> list[tuple[int, str]]:
    """The messages that a campaign sends, each as it is called among the others: its version, or its place among the
    steps; and what it begins with."""
    templates = naming.names(await naming.templates_of(tx, made))
    messages = []
    for n, (_, said) in enumerate(messages_of(made)):
        begins = templates.get(said.template_key, said.template_key) if said.template_key else said.message[:60]
        version = f"Version {made.variants[n].name}: " if made.variants and not made.steps else f"{n + 1}. "
        messages.append((n, f"{version}{begins}"))
    return messages


def said_shown(said: list[Example], *, user: SignedIn, made: Campaign) -> dict[str, Any]:
    """What the part of the preview that says how it reads takes."""
    whose = made.whose
    tongues = {one.language for one in said}
    sees = {"patients": Permission.PATIENTS_READ, "owners": Permission.OWNERS_READ}
    return {
        "said": said,
        "problem": "",
        "message": None if made.template_key else made.message,
        "lengths": [sms_length(one.body) if one.channel is Channel.SMS else None for one in said],
        "by_mail": any(one.channel is Channel.EMAIL for one in said),
        "tongues": [one for one in languages() if one[0] in tongues] if len(tongues) > 1 else [],
        "whose": whose,
        "sees_people": user.may(sees[whose]),
    }


@post("/campaigns", guards=SEND, include_in_schema=False, status_code=200)
async def add_from_page(request: Asked, tx: Transaction) -> Template:
    """Launches it, schedules it, or keeps it as a draft."""
    values, channels = await given(request)
    new, errors = await read_form(request, tx, values, channels)
    if new is None:
        return await _previewed(request, tx, values, channels, errors)
    if values.get("how") == "draft":
        new.status = "draft"
    try:
        async with tx.savepoint():
            made = await campaigns.add(tx, new=new, user=request.user)
    except Problem as problem:
        return await _previewed(request, tx, values, channels, told(problem, FIELDS))
    context = {"title": "Kept", "text": made.name}
    return Template("campaigns/said.html", context=context, headers={"HX-Redirect": f"/campaigns/{made.id}"})


async def given(request: Asked) -> tuple[dict[str, str], list[str]]:
    """The fields of the form, and the channels that are ticked."""
    form = await request.form()
    return await fields_of(request), [str(one) for one in form.getall("channels", [])]


async def read_form(
    request: Asked, tx: Tx, values: dict[str, str], channels: list[str]
) -> tuple[NewCampaign | None, dict[str, str]]:
    """The form as a new campaign, or what is wrong with it. Its time is that of the hospital that is shown."""
    read: dict[str, Any] = {name: values.get(name, "") for name in ("name", "subject")}
    read |= {name: value for name in ("message", "template_key") if (value := values.get(name, "").strip())}
    read["channels"] = channels
    read["control_percent"] = number_in(values.get("control_percent") or "0")
    read["hospital_id"] = number_in(values.get("hospital_id", ""))
    read |= split_in(values)
    read |= money_fields(values) | sending_fields(values)
    read |= audience_in(values.get("audience", ""))
    if at := values.get("scheduled_at"):
        place = await hospital_chosen(tx, user=request.user, cookie=request.cookies.get(HOSPITAL_COOKIE))
        try:
            read["scheduled_at"] = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(place.time_zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            return None, {"scheduled_at": "Give a day and a time."}
    try:
        return read_as(NewCampaign, read, _WORDS), {}
    except Wrong as wrong:
        return None, wrong.errors


@get("/campaigns/{campaign_id:int}", guards=READ, include_in_schema=False)
async def campaign_page(
    request: Asked,
    tx: Transaction,
    campaign_id: FromPath[Id],
    standing: Annotated[str, QueryParameter(name="state")] = "",
    cursor: Annotated[str, QueryParameter(name="cursor")] = "",
) -> Template:
    """One campaign: how far it is, what came of it, and who got it."""
    return Template("campaigns/campaign.html", context=await _one(request, tx, campaign_id, standing, cursor))


@get("/campaigns/{campaign_id:int}/region", guards=READ, include_in_schema=False)
async def campaign_region(
    request: Asked,
    tx: Transaction,
    campaign_id: FromPath[Id],
    standing: Annotated[str, QueryParameter(name="state")] = "",
) -> Template:
    """What changes of it while it sends."""
    return Template("campaigns/region.html", context=await _one(request, tx, campaign_id, standing, ""))


async def _one(request: Asked, tx: Tx, campaign_id: int, state: str, cursor: str) -> dict[str, Any]:
    found = await campaigns.campaign(tx, campaign_id=campaign_id, user=request.user)
    figures = await store_campaigns.figures(tx, found.id)
    totals = arriving.totals(figures)
    named = await naming.templates_of(tx, found)
    words = {Channel(key): words for key, words in CHANNELS}
    by_channel = [
        (way, arriving.totals(one for one in figures if one.channel == way))
        for way in words
        if way in found.channels or any(one.channel == way for one in figures)
    ]
    recipients, following = [], None
    states = sorted({one.state for one in figures})
    state = state if state in states else ""
    if request.user.may(Permission.CAMPAIGNS_EDIT):
        page = await store_campaigns.RECIPIENTS.page(
            tx,
            filters={"campaign_id": found.id, "state": [state] if state else None},
            cursor=cursor or None,
            limit=50,
            whose=found.whose,
        )
        recipients, following = page.items, page.next
    return {
        "one": found,
        "totals": totals,
        "by_channel": by_channel,
        "ways": [channel for channel, sums in by_channel if sums.all],
        "confirming": " and ".join(words[key] for key, sums in by_channel if sums.all and key.confirms),
        "left_out": [
            (key, words, why, people) for key, (words, why) in LEFT_OUT.items()
            if (people := sum(f.people for f in figures if f.state == key))
        ],
        "recipients": recipients,
        "next": following,
        "state": state,
        "states": [(one, LEFT_OUT[one][0] if one in LEFT_OUT else one.capitalize()) for one in states],
        "state_words": LEFT_OUT,
        "path": f"/campaigns/{found.id}",
        "query": request.url.query,
        "left": await left_of(tx, found, gone=totals.gone, all_=totals.all),
        "approval": await approval_shown(tx, found, user=request.user),
        "may_send": request.user.may(Permission.CAMPAIGNS_SEND),
        "may_edit": request.user.may(Permission.CAMPAIGNS_EDIT),
        "journey": await journey_of(tx, found, named),
        "split": await split_shown(tx, found),
        "named": named,
        "money": await money_shown(tx, found),
    }  # fmt: skip


@post("/campaigns/{campaign_id:int}/{deed:str}", guards=SEND, include_in_schema=False, status_code=200)
async def move_from_page(request: Asked, tx: Transaction, campaign_id: FromPath[Id], deed: FromPath[str]) -> Template:
    """Launches, submits, pauses, resumes or cancels it."""
    deeds = {
        "launch": (campaigns.launch, "It sends now"),
        "pause": (campaigns.pause, "Paused: what was under way is finished"),
        "resume": (campaigns.resume, "It goes on"),
        "cancel": (campaigns.cancel, "Cancelled"),
        "submit": (approving.submit, "Approval is asked for"),
    }
    if deed not in deeds:
        raise NoSuchCampaign("A campaign is launched, submitted, paused, resumed or cancelled.")
    verb, words = deeds[deed]
    found = await verb(tx, campaign_id=campaign_id, user=request.user)
    context = {"title": words, "text": found.name}
    return Template("campaigns/said.html", context=context, headers={"HX-Trigger": "campaign"})


PAGES = [
    new_campaign_page,
    preview_campaign,
    add_from_page,
    campaign_page,
    campaign_region,
    move_from_page,
]
