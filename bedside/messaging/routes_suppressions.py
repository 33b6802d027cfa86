"""REST of suppressions, and of why somebody would not get a message."""

from typing import Annotated, Any

from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.openapi.spec import Example
from litestar.params import FromPath, JSONBody, QueryParameter, SkipValidation

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.database import Database
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.request import read_moment
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import every, table
from bedside.kit.http.transaction import Transaction
from bedside.kit.http.uploads import as_file, upload_of
from bedside.message_templates import Channel, Purpose
from bedside.messaging import contact_policies, importing_suppressions, suppressing
from bedside.messaging.contact_policies import ContactPolicyGiven
from bedside.messaging.exporting import COLUMNS, row, searched
from bedside.messaging.importing_suppressions import LARGEST, SuppressionsImported
from bedside.messaging.routes_consents import ROUTES as CONSENTS
from bedside.messaging.store_contact_policies import ContactPolicy
from bedside.messaging.store_suppressions import SUPPRESSIONS, Suppression
from bedside.messaging.suppressing import Explanation, Lifting, NewSuppression
from bedside.messaging.views import RecordId

Asked = Request[SignedIn, Any, Any]
TAGS = ["Messages"]
READ, CHANGE = [requires(Permission.MESSAGES_READ)], [requires(Permission.MESSAGES_SEND)]


NewsAlone = Annotated[
    bool | None,
    QueryParameter(name="newsAlone", description="True: those that stop news alone; false: that stop everything."),
]
Address = Annotated[str | None, QueryParameter(name="address", max_length=320, description="The whole address.")]
Search = Annotated[str | None, QueryParameter(name="search", max_length=320, description="A part of the address.")]
Since = Annotated[
    str | None, QueryParameter(name="from", description="Stopped at this instant or later, with its offset.")
]
Until = Annotated[str | None, QueryParameter(name="to", description="Stopped before this instant, with its offset.")]
Sort = Annotated[str | None, QueryParameter(name="sort", description="id or address; with - before it, descending.")]


async def read_filters(
    channel: Annotated[Channel | None, QueryParameter(name="channel")] = None,
    reason: Annotated[str | None, QueryParameter(name="reason", max_length=20)] = None,
    in_force: Annotated[bool | None, QueryParameter(name="inForce")] = None,
    news_alone: NewsAlone = None,
    address: Address = None,
    search: Search = None,
    since: Since = None,
    until: Until = None,
) -> dict[str, Any]:
    """The filters of the list and of its table."""
    return {
        "channel": channel,
        "reason": reason or None,
        "in_force": in_force,
        "news_alone": news_alone,
        "address": searched(address or ""),
        "search": searched(search or ""),
        "since": read_moment(since, pointer="/from"),
        "until": read_moment(until, pointer="/to"),
    }


FILTERED = {"filters": Provide(read_filters)}
Filters = NamedDependency[SkipValidation[dict[str, Any]]]


@get(
    "/api/suppressions",
    guards=READ,
    dependencies=FILTERED,
    tags=TAGS,
    summary="Addresses that get nothing, or no news",
)
async def list_suppressions(
    request: Asked,
    tx: Transaction,
    filters: Filters,
    sort: Sort = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[Suppression]:
    """The newest first; `reason` is `opt_out`, `bounce`, `complaint`, `provider` or `staff`."""
    filters = filters | suppressing.seen(request.user)
    return await SUPPRESSIONS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/suppressions/export",
    guards=READ,
    dependencies=FILTERED,
    tags=TAGS,
    summary="Suppressions as a table",
    media_type="text/csv",
)
async def export_suppressions(
    request: Asked,
    tx: Transaction,
    filters: Filters,
    sort: Sort = None,
) -> Stream:
    """Every suppression that the same filters leave, as CSV in UTF-8. That they were taken out is an audit fact."""
    await audit(tx, actor=request.user, action="suppressions.exported", subject="suppressions", after=filters)
    database: Database = request.app.state.database
    rows = every(database, SUPPRESSIONS, filters=filters | suppressing.seen(request.user), sort=sort, row=row)
    return await table("csv", COLUMNS, rows, name="suppressions")


@post("/api/suppressions", guards=CHANGE, tags=TAGS, summary="Stop an address", status_code=201)
async def add_suppression(data: JSONBody[NewSuppression], request: Asked, tx: Transaction) -> Response[Any]:
    """Nothing more goes there on the channel, from any sender, what waits included; 409 where it is stopped already."""
    return await once(request, tx, suppressing.add(tx, new=data, user=request.user))


@post(
    "/api/suppressions/import",
    guards=CHANGE,
    request_max_body_size=LARGEST + 1_000_000,
    status_code=200,
    tags=TAGS,
    summary="Stop addresses from a table",
)
async def import_suppressions(
    request: Asked,
    tx: Transaction,
    dry_run: Annotated[
        bool, QueryParameter(name="dryRun", description="True: only say, line by line, what it would do.")
    ] = False,
) -> Response[SuppressionsImported]:
    """Takes CSV or XLSX, as a form with the field `file` or as the body. Its first line names the columns: address,
    channel, what (everything, news), reason, source. Each line is new, same (stopped already) or refused, with why; a
    refused line holds up no other. At most 20,000 lines."""
    name, content, _ = await upload_of(request, {})
    async with as_file(content, largest=LARGEST) as path:
        work = importing_suppressions.import_suppressions(
            tx, path=path, file_name=name, dry_run=dry_run, user=request.user
        )
        return Response(await work) if dry_run else await once(request, tx, work, status=200)


@post(
    "/api/suppressions/{suppression_id:int}/lift",
    guards=CHANGE,
    tags=TAGS,
    summary="Lift a suppression",
    status_code=200,
)
async def lift_suppression(
    data: JSONBody[Lifting], request: Asked, tx: Transaction, suppression_id: FromPath[int]
) -> Suppression:
    """Ends it, with why: for somebody's own stop, how they asked for messages again."""
    return await suppressing.lift(tx, suppression_id=suppression_id, lifting=data, user=request.user)


@get("/api/messages/explanation", guards=READ, tags=TAGS, summary="Why somebody would not get a message")
async def explain_message(
    request: Asked,
    tx: Transaction,
    patient_id: Annotated[
        RecordId | None, QueryParameter(name="patientId", description="Whom it is for; or one of the next two.")
    ] = None,
    owner_id: Annotated[RecordId | None, QueryParameter(name="ownerId")] = None,
    to: Annotated[
        str | None,
        QueryParameter(
            name="to",
            max_length=320,
            description="A number or mail address that need not be anybody's; with a channel.",
            examples=[Example(value="+12125550142")],
        ),
    ] = None,
    channel: Annotated[
        Channel | None,
        QueryParameter(
            name="channel",
            description="Left out: the one that they prefer of those that reach them.",
            examples=[Example(value="sms")],
        ),
    ] = None,
    purpose: Annotated[
        Purpose,
        QueryParameter(
            name="purpose", description="News (marketing) needs their consent.", examples=[Example(value="marketing")]
        ),
    ] = Purpose.TRANSACTIONAL,
    template_key: Annotated[
        str | None,
        QueryParameter(name="templateKey", max_length=61, description="Says too whether it has words for the channel."),
    ] = None,
    hospital_id: Annotated[
        RecordId | None, QueryParameter(name="hospitalId", description="Whose quiet hours, caps and senders count.")
    ] = None,
    urgent: Annotated[
        bool, QueryParameter(name="urgent", description="True: an answer to them, which quiet hours let pass.")
    ] = False,
) -> Explanation:
    """Everything that is looked at before a message goes out, in order (record, address, consent, refusal, suppression,
    sender, quiet_hours, frequency, template), each with its outcome (passes, refuses, delays, notes), in words, and
    where that stands since when. `at`: when it would go out; `refusedBecause`: the first that speaks against it. Sends
    nothing. What is said here is what sending does: both ask the same function."""
    return await suppressing.explain(
        tx,
        patient_id=patient_id,
        owner_id=owner_id,
        to=to,
        channel=channel,
        purpose=purpose,
        template_key=template_key,
        hospital_id=hospital_id,
        urgent=urgent,
        user=request.user,
    )


@get(
    "/api/contact-policies/{hospital_id:int}",
    guards=READ,
    tags=TAGS,
    summary="A hospital's quiet hours and holidays, and how often its news come",
)
async def read_contact_policy(request: Asked, tx: Transaction, hospital_id: FromPath[int]) -> Response[ContactPolicy]:
    """What is set, or what holds where nothing is."""
    found = await contact_policies.contact_policy(tx, hospital_id=hospital_id, user=request.user)
    return Response(found, headers={"ETag": etag(found.version)})


@put(
    "/api/contact-policies/{hospital_id:int}",
    guards=[requires(Permission.REMINDER_POLICIES_EDIT)],
    tags=TAGS,
    summary="Set a hospital's quiet hours and holidays, and how often its news come",
)
async def set_contact_policy(
    data: JSONBody[ContactPolicyGiven], request: Asked, tx: Transaction, hospital_id: FromPath[int]
) -> Response[ContactPolicy]:
    """Holds for what is queued from now on; `If-Match` guards against another's change meanwhile (412)."""
    after = await contact_policies.set_contact_policy(
        tx, hospital_id=hospital_id, given=data, expected_version=expected_version(request), user=request.user
    )
    return Response(after, headers={"ETag": etag(after.version)})


ROUTES = [
    list_suppressions,
    export_suppressions,
    add_suppression,
    import_suppressions,
    lift_suppression,
    explain_message,
    read_contact_policy,
    set_contact_policy,
    *CONSENTS,
]
