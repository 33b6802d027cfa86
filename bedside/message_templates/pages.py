"""Pages of the library: the list, and one template with its words, how they read, and what they were before."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, audit, audit_reading, requires
from bedside.kit.database import Tx
from bedside.kit.http.forms import number_in
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import library, store
from bedside.message_templates.buttons import ReplyButton, WhatsAppHeader
from bedside.message_templates.comparing import difference
from bedside.message_templates.how_to_stop import words_to_stop
from bedside.message_templates.mail_check import advice
from bedside.message_templates.mail_frame import in_a_frame
from bedside.message_templates.mail_reading import reading_advice
from bedside.message_templates.mjml import compiled
from bedside.message_templates.model import Category, Channel, Purpose, Rendered, TemplateFault, Words
from bedside.message_templates.pages_brands import BRAND_PAGES
from bedside.message_templates.previewing import preview
from bedside.message_templates.variable_groups import variable_groups
from bedside.message_templates.views import Preview

Person = Request[SignedIn, Any, Any]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]

CHANNELS = [("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]
LANGUAGES = [("en", "English"), ("es", "Español"), ("ar", "العربية"), ("fr", "Français"), ("de", "Deutsch")]
APPROVALS = [
    ("rejected", "Rejected"),
    ("paused", "Paused"),
    ("draft", "Not handed in"),
    ("submitted", "With WhatsApp"),
    ("approved", "Approved"),
]
FIELD_NAMES = {
    "subject": "Subject",
    "body": "Words",
    "html": "HTML",
    "mjml": "MJML",
    "whatsappName": "Approved under the name",
    "whatsappVariables": "Numbered places",
    "whatsappButtons": "Buttons",
    "whatsappHeader": "Header",
}
# older versions show their words as they are: comparing takes time, and nobody reads that far back
SHOWN_CHANGES = 20
CATEGORIES = [(one.value, one.value.replace("_", " ").capitalize()) for one in Category]


@get("/templates", guards=[requires(Permission.TEMPLATES_READ)], include_in_schema=False)
async def templates_page(
    request: Person,
    tx: Transaction,
    q: FromQuery[str] = "",
    category: FromQuery[str] = "",
    channel: FromQuery[str] = "",
    language: FromQuery[str] = "",
    approval: FromQuery[str] = "",
    standing: FromQuery[str] = "",
    sort: FromQuery[str] = "name",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """The library, searched as one types."""
    filters = {
        "search": q.replace("\0", "").strip()[:100] or None,
        "category": category if category in dict(CATEGORIES) else None,
        "channel": channel if channel in dict(CHANNELS) else None,
        "language": language if language in dict(LANGUAGES) else None,
        "approval": approval if approval in dict(APPROVALS) else None,
        "archived": standing == "archived",
    }
    page = await store.TEMPLATES.page(tx, filters=filters, sort=sort or "name", cursor=cursor)
    context = {
        "templates": page.items,
        "next": page.next,
        "q": q,
        "category": category,
        "channel": channel,
        "language": language,
        "approval": approval,
        "approvals": APPROVALS,
        "standing": standing,
        "sort": sort,
        "query": request.url.query,
        "channels": CHANNELS,
        "choices": LANGUAGES,
        "categories": CATEGORIES,
        "category_names": dict(CATEGORIES),
        "languages": dict(LANGUAGES),
    }
    return Template("message_templates/list.html", context=context)


@get("/templates/new", guards=[requires(Permission.TEMPLATES_EDIT)], include_in_schema=False)
async def new_template_dialog() -> Template:
    """The form for a new template."""
    return _form({"name": "", "key": "", "category": "notice", "purpose": "transactional", "description": ""}, {})


def _form(values: dict[str, Any], errors: dict[str, str]) -> Template:
    context = {"values": values, "errors": errors, "categories": CATEGORIES}
    return Template("message_templates/new.html", context=context, status_code=422 if errors else 200)


@post("/templates", guards=[requires(Permission.TEMPLATES_EDIT)], status_code=200, include_in_schema=False)
async def create_template(request: Person, tx: Transaction) -> Response[Any]:
    """Adds a template and opens it, or draws the form again with what was wrong."""
    values = await _fields(request, "name", "key", "category", "purpose", "description")
    try:
        async with tx.savepoint():
            made = await library.create(
                tx,
                key=values["key"],
                name=values["name"][:120],
                description=values["description"][:1000],
                category=Category(values["category"]) if values["category"] in dict(CATEGORIES) else Category.NOTICE,
                purpose=Purpose.MARKETING if values["purpose"] == "marketing" else Purpose.TRANSACTIONAL,
            )
    except Problem as problem:
        field = (problem.errors or [{"pointer": "/key"}])[0]["pointer"].strip("/")
        return _form(values, {field: f"{problem.detail} {problem.next_step or ''}"})
    await audit(
        tx, actor=request.user, action="create", subject="template", subject_id=made.id, after={"key": made.key}
    )
    return Response("", media_type="text/html", headers={"HX-Redirect": f"/templates/{made.id}"})


@get("/templates/{template_id:int}", guards=[requires(Permission.TEMPLATES_READ)], include_in_schema=False)
async def template_page(
    template_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    channel: FromQuery[str] = "sms",
    language: FromQuery[str] = "en",
) -> Template:
    """One template: the words for a channel and language, editable, with how they read and what they were before."""
    one = await library.template(tx, template_id=template_id)
    chosen = channel if channel in dict(CHANNELS) else "sms"
    versions = await store.versions(tx, template_id=template_id)
    spoken = language if language in {known for known, _ in LANGUAGES} | {each.language for each in versions} else "en"
    here = [each for each in versions if each.channel == chosen and each.language == spoken]
    words = here[0].words() if here else Words(body="", subject="" if chosen == "email" else None)
    context = {
        "template": one,
        "channel": chosen,
        "language": spoken,
        "channels": CHANNELS,
        "languages": LANGUAGES,
        "written": {(each.channel.value, each.language) for each in versions},
        "versions": here,
        # each beside the one before it; the first has nothing to differ from
        "changes": {after.id: difference(before, after).fields for after, before in pairwise(here[:SHOWN_CHANGES])},
        "field_names": FIELD_NAMES,
        "words": words,
        "may_edit": request.user.may(Permission.TEMPLATES_EDIT),
        "groups": variable_groups(one.category, language=spoken),
        **await _read(request, tx, template_id, chosen, spoken, words),
    }
    return Template("message_templates/template.html", context=context)


@post(
    "/templates/{template_id:int}/preview",
    guards=[requires(Permission.TEMPLATES_READ)],
    status_code=200,
    include_in_schema=False,
)
async def preview_words(template_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """How the words in the editor read, as a fragment."""
    values, channel = await _edited(request)
    context = await _read(request, tx, template_id, channel, values["language"] or "en", _typed(values), read_as=values)
    return Template("message_templates/preview.html", context={"channel": channel, **context})


@post(
    "/templates/{template_id:int}/mail",
    guards=[requires(Permission.TEMPLATES_READ)],
    status_code=200,
    include_in_schema=False,
)
async def preview_mail(template_id: FromPath[Id], request: Person, tx: Transaction) -> Response[str]:
    """The mail in the editor as it looks, for the frame beside it."""
    values, _ = await _edited(request)
    context = await _read(request, tx, template_id, "email", values["language"] or "en", _typed(values), read_as=values)
    shown: Preview | None = context["shown"]
    return in_a_frame(shown.html if shown else None, dark=bool(values["dark"]))


@post(
    "/templates/{template_id:int}/versions",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def save_version(template_id: FromPath[Id], request: Person, tx: Transaction) -> Response[Any]:
    """Keeps the words as the next version; what is wrong shows where they are previewed."""
    values, channel = await _edited(request)
    language = values["language"] or "en"
    try:
        async with tx.savepoint():
            made = await library.add_version(
                tx,
                template_id=template_id,
                channel=Channel(channel),
                language=language,
                words=_typed(values),
                actor=request.user,
            )
    except Problem as problem:
        context = {"channel": channel, "shown": None, "problem": problem.detail, "next_step": problem.next_step}
        return Template("message_templates/preview.html", context=context)
    after = {"channel": made.channel, "language": made.language, "number": made.number}
    await audit(tx, actor=request.user, action="add version", subject="template", subject_id=template_id, after=after)
    return Response(
        "",
        media_type="text/html",
        headers={"HX-Redirect": f"/templates/{template_id}?channel={channel}&language={language}"},
    )


@post(
    "/templates/{template_id:int}/versions/{version_id:int}/restore",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def restore_version(
    template_id: FromPath[Id], version_id: FromPath[Id], request: Person, tx: Transaction
) -> Response[Any]:
    """Makes an earlier version's words the newest again; what keeps them from it shows where they are previewed."""
    try:
        async with tx.savepoint():
            made = await library.restore_version(tx, template_id=template_id, version_id=version_id, actor=request.user)
    except TemplateFault as fault:
        context = {"channel": "sms", "shown": None, "problem": fault.detail, "next_step": fault.next_step}
        return Template("message_templates/preview.html", context=context)
    after = {"channel": made.channel, "language": made.language, "number": made.number, "restored": version_id}
    await audit(
        tx, actor=request.user, action="restore version", subject="template", subject_id=template_id, after=after
    )
    address = f"/templates/{template_id}?channel={made.channel}&language={made.language}"
    return Response("", media_type="text/html", headers={"HX-Redirect": address})


@post(
    "/templates/{template_id:int}/archive",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def archive_template(
    template_id: FromPath[Id], request: Person, tx: Transaction, archived: FromQuery[bool] = True
) -> Response[str]:
    """Puts a template away, or takes it out again; one that the product itself uses stays (422)."""
    await library.archive(tx, template_id=template_id, archived=archived)
    action = "archive" if archived else "restore"
    await audit(tx, actor=request.user, action=action, subject="template", subject_id=template_id)
    return Response("", media_type="text/html", headers={"HX-Redirect": f"/templates/{template_id}"})


def _owner(request: Person, values: Mapping[str, str]) -> int | None:
    """Whose records the words are previewed with: an owner's, for whoever may see owners."""
    return (number_in(values["owner_id"]) or None) if request.user.may(Permission.OWNERS_READ) else None


async def _patient(tx: Tx, request: Person, values: Mapping[str, str]) -> int | None:
    """Whom the words are previewed with: a patient that whoever looks may see; None for somebody made up."""
    whom = number_in(values["patient_id"])
    if not whom or not request.user.may(Permission.PATIENTS_READ):
        return None
    if await store.patient_variables(tx, patient_id=whom) is None:
        return None
    await audit_reading(tx, actor=request.user, patient_id=whom)
    return whom


async def _read(
    request: Person,
    tx: Tx,
    template_id: int,
    channel: str,
    language: str,
    words: Words,
    *,
    read_as: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """How words read with a patient (`patient_id`) or an owner (`owner_id`) whom whoever looks may see, or with
    somebody made up; or what keeps them from being read."""
    if not words.body.strip() and not words.mjml:
        return {"shown": None, "problem": "", "next_step": None}
    try:
        rendered = await preview(
            tx,
            template_id=template_id,
            channel=Channel(channel),
            language=language,
            words=words,
            patient_id=await _patient(tx, request, read_as) if read_as else None,
            owner_id=_owner(request, read_as) if read_as else None,
            variables={},
            user=request.user,
        )
    except TemplateFault as fault:
        return {"shown": None, "problem": fault.detail, "next_step": fault.next_step}
    except Problem as problem:
        return {"shown": None, "problem": problem.detail, "next_step": problem.next_step}
    said = await _advice(tx, template_id, channel, words, rendered)
    return {"shown": Preview.of(rendered, Channel(channel)), "problem": "", "next_step": None, **said}


async def _advice(tx: Tx, template_id: int, channel: str, words: Words, rendered: Rendered) -> dict[str, Any]:
    """What words should mend before they go to many: a mail for who reads it, news by SMS how it is ended."""
    one = await library.template(tx, template_id=template_id)
    news = one.purpose is Purpose.MARKETING
    found: dict[str, Any] = {"how_to_stop": None, "advice": []}
    if channel == "sms" and news:
        found["how_to_stop"] = words_to_stop(words.body, language=rendered.language)
    if channel != "email":
        return found
    source = compiled(words.mjml) if words.mjml else words.html or words.body
    said = advice(subject=words.subject or "", html=source, news=news)
    said += reading_advice(html=rendered.html or "", text=rendered.body, language=rendered.language)
    return found | {"advice": said}


async def _fields(request: Person, *names: str) -> dict[str, str]:
    form = await request.form()
    return {name: str(form.get(name, "")).strip() for name in names}


async def _edited(request: Person) -> tuple[dict[str, str], str]:
    fields = ("channel", "language", "subject", "body", "html", "mjml", "whatsapp_name", "whatsapp_variables",
              "whatsapp_buttons", "whatsapp_header", "whatsapp_header_value", "patient_id", "owner_id",
              "dark")  # fmt: skip
    values = await _fields(request, *fields)
    return values, values["channel"] if values["channel"] in dict(CHANNELS) else "sms"


def _typed(values: dict[str, str]) -> Words:
    return Words(
        subject=values["subject"] or None,
        body=values["body"].replace("\r\n", "\n"),
        html=values["html"].replace("\r\n", "\n") or None,
        mjml=values["mjml"].replace("\r\n", "\n") or None,
        whatsapp_name=values["whatsapp_name"] or None,
        whatsapp_variables=tuple(line.strip() for line in values["whatsapp_variables"].splitlines() if line.strip()),
        whatsapp_buttons=_buttons(values["whatsapp_buttons"]),
        whatsapp_header=_header(values["whatsapp_header"], values["whatsapp_header_value"]),
    )


def _buttons(typed: str) -> tuple[ReplyButton, ...]:
    """A button a line: what a press answers, then what stands on it; a single word is both."""
    split = [line.strip().partition(" ") for line in typed.splitlines() if line.strip()]
    return tuple(ReplyButton(id=id_[:1000], title=(title.strip() or id_)[:1000]) for id_, _, title in split)


def _header(kind: str, value: str) -> WhatsAppHeader | None:
    known: dict[str, Literal["text", "image", "document"]] = {"text": "text", "image": "image", "document": "document"}
    return WhatsAppHeader(kind=known[kind], value=value[:2000]) if kind in known and value else None


PAGES = [
    templates_page,
    new_template_dialog,
    create_template,
    template_page,
    preview_words,
    preview_mail,
    save_version,
    restore_version,
    archive_template,
    *BRAND_PAGES,
]
