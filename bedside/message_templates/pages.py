"""Pages of the library: the list, and one template with its words, how they read, and what they were before."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Template
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.database import Tx
from bedside.kit.http.problems import Problem
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import library, store
from bedside.message_templates.model import Category, Channel, Purpose, TemplateFault, TemplateVersion, Words
from bedside.message_templates.previewing import preview
from bedside.message_templates.views import Preview

Person = Request[SignedIn, Any, Any]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]

CHANNELS = [("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]
LANGUAGES = [("en", "English"), ("es", "Español"), ("ar", "العربية"), ("fr", "Français"), ("de", "Deutsch")]
CATEGORIES = [(one.value, one.value.replace("_", " ").capitalize()) for one in Category]
# Mail brings its own styles, which the page's policy forbids; so it is shown in a frame of its own without any script.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; frame-ancestors 'self'; sandbox"


@get("/templates", guards=[requires(Permission.TEMPLATES_READ)], include_in_schema=False)
async def templates_page(
    request: Person,
    tx: Transaction,
    q: FromQuery[str] = "",
    category: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
) -> Template:
    """The library, searched as one types."""
    page = await store.TEMPLATES.page(
        tx,
        filters={"search": q.strip()[:100] or None, "category": category or None, "archived": False},
        cursor=cursor,
    )
    context = {
        "templates": page.items,
        "next": page.next,
        "q": q,
        "category": category,
        "query": request.url.query,
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
    template_id: FromPath[int],
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
    words = _words_of(here[0]) if here else Words(body="", subject="" if chosen == "email" else None)
    context = {
        "template": one,
        "channel": chosen,
        "language": spoken,
        "channels": CHANNELS,
        "languages": LANGUAGES,
        "written": {(each.channel.value, each.language) for each in versions},
        "versions": here,
        "words": words,
        "may_edit": request.user.may(Permission.TEMPLATES_EDIT),
        **await _read(tx, template_id, chosen, spoken, words),
    }
    return Template("message_templates/template.html", context=context)


@post(
    "/templates/{template_id:int}/preview",
    guards=[requires(Permission.TEMPLATES_READ)],
    status_code=200,
    include_in_schema=False,
)
async def preview_words(template_id: FromPath[int], request: Person, tx: Transaction) -> Template:
    """How the words in the editor read, as a fragment."""
    values, channel = await _edited(request)
    context = await _read(tx, template_id, channel, values["language"] or "en", _typed(values))
    return Template("message_templates/preview.html", context={"channel": channel, **context})


@post(
    "/templates/{template_id:int}/mail",
    guards=[requires(Permission.TEMPLATES_READ)],
    status_code=200,
    include_in_schema=False,
)
async def preview_mail(template_id: FromPath[int], request: Person, tx: Transaction) -> Response[str]:
    """The mail in the editor as it looks, for the frame beside it."""
    values, _ = await _edited(request)
    context = await _read(tx, template_id, "email", values["language"] or "en", _typed(values))
    shown: Preview | None = context["shown"]
    return Response(
        (shown.html if shown else None) or "<!doctype html>",
        media_type="text/html",
        headers={"Content-Security-Policy": MAIL_POLICY},
    )


@post(
    "/templates/{template_id:int}/versions",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def save_version(template_id: FromPath[int], request: Person, tx: Transaction) -> Response[Any]:
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


async def _read(tx: Tx, template_id: int, channel: str, language: str, words: Words) -> dict[str, Any]:
    """How words read with a made-up visit, or what keeps them from being read."""
    if not words.body.strip():
        return {"shown": None, "problem": "", "next_step": None}
    try:
        rendered = await preview(
            tx,
            template_id=template_id,
            channel=Channel(channel),
            language=language,
            words=words,
            patient_id=None,
            variables={},
        )
    except TemplateFault as fault:
        return {"shown": None, "problem": fault.detail, "next_step": fault.next_step}
    except Problem as problem:
        return {"shown": None, "problem": problem.detail, "next_step": problem.next_step}
    return {"shown": Preview.of(rendered, Channel(channel)), "problem": "", "next_step": None}


async def _fields(request: Person, *names: str) -> dict[str, str]:
    form = await request.form()
    return {name: str(form.get(name, "")).strip() for name in names}


async def _edited(request: Person) -> tuple[dict[str, str], str]:
    fields = ("channel", "language", "subject", "body", "html", "whatsapp_name", "whatsapp_variables")
    values = await _fields(request, *fields)
    return values, values["channel"] if values["channel"] in dict(CHANNELS) else "sms"


def _typed(values: dict[str, str]) -> Words:
    return Words(
        subject=values["subject"] or None,
        body=values["body"].replace("\r\n", "\n"),
        html=values["html"].replace("\r\n", "\n") or None,
        whatsapp_name=values["whatsapp_name"] or None,
        whatsapp_variables=tuple(line.strip() for line in values["whatsapp_variables"].splitlines() if line.strip()),
    )


def _words_of(version: TemplateVersion) -> Words:
    return Words(
        subject=version.subject,
        body=version.body,
        html=version.html,
        whatsapp_name=version.whatsapp_name,
        whatsapp_variables=tuple(version.whatsapp_variables),
    )


PAGES = [
    templates_page,
    new_template_dialog,
    create_template,
    template_page,
    preview_words,
    preview_mail,
    save_version,
]
