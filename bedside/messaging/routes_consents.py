"""REST of what people agreed to and refused, over everybody: looked through, and taken out as a table."""

from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter, SkipValidation

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.database import Database, Tx
from bedside.kit.http.paging import Listing, Page
from bedside.kit.http.request import read_moment
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import every, table
from bedside.kit.http.transaction import Transaction
from bedside.message_templates import Channel, Purpose
from bedside.messaging.store_consents import OF_OWNERS, OF_PATIENTS, ConsentOfPerson
from bedside.messaging.views import RecordId

Asked = Request[SignedIn, Any, Any]
TAGS = ["Messages"]
PersonId = Annotated[RecordId | None, QueryParameter(name="personId", description="Of one patient or owner alone.")]
ByChannel = Annotated[Channel | None, QueryParameter(name="channel")]
ForPurpose = Annotated[Purpose | None, QueryParameter(name="purpose")]
Granted = Annotated[bool | None, QueryParameter(name="granted", description="True: what they agreed to.")]
InForce = Annotated[
    bool | None,
    QueryParameter(name="inForce", description="True: their newest words alone; false: what was said over since."),
]
HospitalId = Annotated[RecordId | None, QueryParameter(name="hospitalId")]
Since = Annotated[
    str | None, QueryParameter(name="from", description="Said at this instant or later, with its offset.")
]
Until = Annotated[str | None, QueryParameter(name="to", description="Said before this instant, with its offset.")]
Sort = Annotated[str | None, QueryParameter(name="sort", description="id or name; with - before it, descending.")]
_COLUMNS = ("kind", "id", "name", "channel", "purpose", "agreed", "how", "words", "recorded by", "at", "in force")


async def read_filters(
    person_id: PersonId = None,
    channel: ByChannel = None,
    purpose: ForPurpose = None,
    granted: Granted = None,
    in_force: InForce = None,
    hospital_id: HospitalId = None,
    since: Since = None,
    until: Until = None,
) -> dict[str, Any]:
    """What the query asks for, the same for a list and its table."""
    return {
        "person_id": person_id,
        "channel": channel,
        "purpose": purpose,
        "granted": granted,
        "in_force": in_force,
        "hospital_id": hospital_id,
        "since": read_moment(since, pointer="/from"),
        "until": read_moment(until, pointer="/to"),
    }


FILTERED = {"filters": Provide(read_filters)}
Filters = NamedDependency[SkipValidation[dict[str, Any]]]


async def _table(
    request: Asked, tx: Tx, listed: Listing[ConsentOfPerson], filters: dict[str, Any], sort: str | None, *, name: str
) -> Stream:
    await audit(tx, actor=request.user, action=f"{name}.exported", subject=name, after=filters)
    database: Database = request.app.state.database
    return await table("csv", _COLUMNS, every(database, listed, filters=filters, sort=sort, row=_row), name=name)


@get(
    "/api/consents",
    guards=[requires(Permission.PATIENTS_READ)],
    dependencies=FILTERED,
    tags=TAGS,
    summary="What patients agreed to and refused",
)
async def list_consents(
    request: Asked,
    tx: Transaction,
    filters: Filters,
    sort: Sort = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[ConsentOfPerson]:
    """The newest first. Who agreed to news by SMS: `channel=sms&purpose=marketing&granted=true&inForce=true`."""
    return await OF_PATIENTS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/consents/export",
    guards=[requires(Permission.PATIENTS_READ)],
    dependencies=FILTERED,
    tags=TAGS,
    summary="What patients agreed to and refused, as a table",
    media_type="text/csv",
)
async def export_consents(
    request: Asked,
    tx: Transaction,
    filters: Filters,
    sort: Sort = None,
) -> Stream:
    """Every word that the same filters leave, as CSV in UTF-8. That they were taken out is an audit fact."""
    return await _table(request, tx, OF_PATIENTS, filters, sort, name="consents")


@get(
    "/api/owner-consents",
    guards=[requires(Permission.OWNERS_READ)],
    dependencies=FILTERED,
    tags=TAGS,
    summary="What owners agreed to and refused",
)
async def list_owner_consents(
    request: Asked,
    tx: Transaction,
    filters: Filters,
    sort: Sort = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[ConsentOfPerson]:
    """The newest first. Staff of some hospitals see owners with a part in one of these, or in none."""
    filters = filters | {"within": request.user.hospitals}
    return await OF_OWNERS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/owner-consents/export",
    guards=[requires(Permission.OWNERS_READ)],
    dependencies=FILTERED,
    tags=TAGS,
    summary="What owners agreed to and refused, as a table",
    media_type="text/csv",
)
async def export_owner_consents(
    request: Asked,
    tx: Transaction,
    filters: Filters,
    sort: Sort = None,
) -> Stream:
    """Every word that the same filters leave, as CSV in UTF-8. That they were taken out is an audit fact."""
    filters = filters | {"within": request.user.hospitals}
    return await _table(request, tx, OF_OWNERS, filters, sort, name="owner_consents")


def _row(one: ConsentOfPerson) -> list[Any]:
    return [
        one.person_kind, one.person_id, one.name, one.channel, one.purpose, "yes" if one.granted else "no", one.how,
        one.words, one.recorded_by, one.at, "yes" if one.in_force else "no",
    ]  # fmt: skip


ROUTES: list[Any] = [list_consents, export_consents, list_owner_consents, export_owner_consents]
