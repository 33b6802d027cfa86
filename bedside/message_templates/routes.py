"""REST of the library of texts."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.openapi.spec import Example
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, audit, audit_reading, requires
from bedside.kit.database import Database, Tx
from bedside.kit.http.conditional import check_version, etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Forbidden, Invalid
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import every, table
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import library, routes_brands, routes_versions, store
from bedside.message_templates.approval_model import ApprovalState
from bedside.message_templates.exporting import COLUMNS, row
from bedside.message_templates.model import Category, Channel, Purpose, Template, TemplateVersion
from bedside.message_templates.previewing import preview
from bedside.message_templates.views import (
    AskPreview,
    NewTemplate,
    NewVersion,
    Preview,
    TemplateRow,
    TemplateView,
)

Asked = Request[SignedIn, Any, Any]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
TAGS = ["Templates"]


async def whole(tx: Tx, one: Template) -> TemplateView:
    """A template with its versions."""
    return TemplateView.of(one, await store.versions(tx, template_id=one.id))


def _headers(one: TemplateView) -> dict[str, str]:
    return {"ETag": etag(one.version), "Location": f"/api/templates/{one.id}"}


In = Annotated[Category | None, QueryParameter(name="category")]
For = Annotated[Purpose | None, QueryParameter(name="purpose")]
Away = Annotated[bool | None, QueryParameter(name="archived", description="True: only those put away.")]
By = Annotated[
    Channel | None,
    QueryParameter(
        name="channel",
        description="With words for this channel.",
        examples=[Example(summary="Those sent by mail", value="email")],
    ),
]
Spoken = Annotated[
    str | None, QueryParameter(name="language", max_length=30, description="With words in this language.")
]
Approved = Annotated[
    ApprovalState | None,
    QueryParameter(
        name="approval",
        description="Where its words for WhatsApp stand: those whose `whatsappApproval` is this.",
        examples=[Example(summary="What WhatsApp rejected", value="rejected")],
    ),
]
Search = Annotated[str | None, QueryParameter(max_length=100, description="A part of the name or key.")]
Sort = Annotated[
    str | None,
    QueryParameter(
        name="sort",
        description="name, category or updatedAt; with - before it, descending.",
        examples=[Example(summary="What was changed last, first", value="-updatedAt")],
    ),
]


async def read_filters(
    category: In = None,
    purpose: For = None,
    archived: Away = False,
    channel: By = None,
    language: Spoken = None,
    approval: Approved = None,
    q: Search = None,
) -> dict[str, Any]:
    """The filters of the list and of its table."""
    return {
        "category": category,
        "purpose": purpose,
        "archived": archived,
        "channel": channel,
        "language": (language or "").replace("\0", "") or None,
        "approval": approval,
        "search": (q or "").replace("\0", "") or None,
    }


FILTERED = {"filters": Provide(read_filters)}
Filters = NamedDependency[SkipValidation[dict[str, Any]]]


@get(
    "/api/templates",
    guards=[requires(Permission.TEMPLATES_READ)],
    dependencies=FILTERED,
    tags=TAGS,
    summary="The library of texts",
)
async def list_templates(
    tx: Transaction,
    filters: Filters,
    sort: Sort = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[TemplateRow]:
    """The templates by name, with the channels and languages they have words for."""
    return await store.TEMPLATES.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/templates/export",
    guards=[requires(Permission.TEMPLATES_READ)],
    dependencies=FILTERED,
    tags=TAGS,
    summary="The library as a table",
    media_type="text/csv",
)
async def export_templates(
    request: Asked,
    tx: Transaction,
    filters: Filters,
    sort: Sort = None,
) -> Stream:
    """Every template that the same filters leave, as CSV in UTF-8."""
    await audit(tx, actor=request.user, action="templates.exported", subject="templates", after=filters)
    database: Database = request.app.state.database
    rows = every(database, store.TEMPLATES, filters=filters, sort=sort, row=row)
    return await table("csv", COLUMNS, rows, name="templates")


@post(
    "/api/templates",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    tags=TAGS,
    summary="Add a template",
    status_code=201,
)
async def create_template(data: JSONBody[NewTemplate], request: Asked, tx: Transaction) -> Response[Any]:
    """Adds a template without words; give it some as versions. 409 `template-key-taken` where the key is another's."""

    async def create() -> TemplateView:
        made = await library.create(
            tx,
            key=data.key,
            name=data.name,
            description=data.description,
            category=data.category,
            purpose=data.purpose,
            clinical=data.clinical,
        )
        await audit(
            tx, actor=request.user, action="create", subject="template", subject_id=made.id, after={"key": made.key}
        )
        return await whole(tx, made)

    return await once(request, tx, create(), headers=_headers)


@get(
    "/api/templates/{template_id:int}",
    guards=[requires(Permission.TEMPLATES_READ)],
    tags=TAGS,
    summary="One template with every version",
)
async def read_template(tx: Transaction, template_id: FromPath[Id]) -> Response[TemplateView]:
    """The template and its versions, newest first within each channel and language."""
    found = await whole(tx, await library.template(tx, template_id=template_id))
    return Response(found, headers={"ETag": etag(found.version)})


@post(
    "/api/templates/{template_id:int}/versions",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    tags=TAGS,
    summary="Add a version of the words",
    status_code=201,
)
async def add_version(
    data: JSONBody[NewVersion], request: Asked, tx: Transaction, template_id: FromPath[Id]
) -> Response[Any]:
    """The next version for a channel and language; messages that have not left take it at once. Versions never change.

    422 `template-fault` where the Liquid does not parse, a loop does not end, or the mail's HTML would run something;
    `unknown-variable` where no message has that variable, with what may be meant. Values that a message brings itself
    are named `custom.…`. `If-Match` guards against another's version meanwhile (412).
    """

    async def add() -> TemplateVersion:
        found = await library.template(tx, template_id=template_id)
        check_version(expected=expected_version(request), actual=found.version)
        made = await library.add_version(
            tx,
            template_id=template_id,
            channel=data.channel,
            language=data.language,
            words=data.words(),
            actor=request.user,
        )
        after = {"channel": made.channel, "language": made.language, "number": made.number}
        await audit(
            tx, actor=request.user, action="add version", subject="template", subject_id=template_id, after=after
        )
        return made

    return await once(request, tx, add())


@post(
    "/api/templates/{template_id:int}/preview",
    guards=[requires(Permission.TEMPLATES_READ)],
    tags=TAGS,
    summary="The words as somebody would read them",
    status_code=200,
)
async def preview_template(
    data: JSONBody[AskPreview], request: Asked, tx: Transaction, template_id: FromPath[Id]
) -> Preview:
    """Fills in a made-up visit, payout and contract, or a real patient with their next visit, or a real owner with
    their newest payout and contract. 422 `missing-variable` names what is missing."""
    if data.patient_id is not None:
        if not request.user.may(Permission.PATIENTS_READ):
            raise Forbidden("Your role may not look at patients.", next_step="Preview without patientId.")
        if await store.patient_variables(tx, patient_id=data.patient_id) is None:
            raise Invalid("There is no such patient.", pointer="/patientId")
        await audit_reading(tx, actor=request.user, patient_id=data.patient_id)
    if data.owner_id is not None and not request.user.may(Permission.OWNERS_READ):
        raise Forbidden("Your role may not look at owners.", next_step="Preview without ownerId.")
    rendered = await preview(
        tx,
        template_id=template_id,
        channel=data.channel,
        language=data.language,
        words=data.words.words() if data.words else None,
        patient_id=data.patient_id,
        owner_id=data.owner_id,
        variables=data.variables,
        user=request.user,
    )
    return Preview.of(rendered, data.channel)


@post(
    "/api/templates/{template_id:int}/archive",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    tags=TAGS,
    summary="Archive a template",
    status_code=200,
)
async def archive_template(request: Asked, tx: Transaction, template_id: FromPath[Id]) -> TemplateView:
    """Puts it away; one that the product itself uses cannot be (422)."""
    found = await library.archive(tx, template_id=template_id)
    await audit(tx, actor=request.user, action="archive", subject="template", subject_id=template_id)
    return await whole(tx, found)


@post(
    "/api/templates/{template_id:int}/restore",
    guards=[requires(Permission.TEMPLATES_EDIT)],
    tags=TAGS,
    summary="Take a template out of the archive",
    status_code=200,
)
async def restore_template(request: Asked, tx: Transaction, template_id: FromPath[Id]) -> TemplateView:
    """Takes it out again."""
    found = await library.archive(tx, template_id=template_id, archived=False)
    await audit(tx, actor=request.user, action="restore", subject="template", subject_id=template_id)
    return await whole(tx, found)


ROUTES = [
    list_templates,
    export_templates,
    create_template,
    read_template,
    add_version,
    preview_template,
    archive_template,
    restore_template,
    *routes_versions.ROUTES,
    *routes_brands.ROUTES,
]
