"""REST of audiences: the catalogue of fields, counting, keeping, versions."""

from typing import Annotated, Any

from litestar import Request, Response, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.campaigns import audiences, store_audiences
from bedside.campaigns.audience_model import (
    Audience,
    AudienceChanges,
    AudienceKind,
    AudienceVersion,
    Id,
    NewAudience,
    Question,
    Reach,
)
from bedside.campaigns.rules import Field, Whose
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction

Asked = Request[SignedIn, Any, Any]
TAGS = ["Audiences"]


@get(
    "/api/audiences",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="Audiences",
)
async def list_audiences(
    request: Asked,
    tx: Transaction,
    q: Annotated[str | None, QueryParameter(max_length=120, description="A part of the name.")] = None,
    whose: Annotated[Whose | None, QueryParameter(description="patients or owners")] = None,
    kind: Annotated[AudienceKind | None, QueryParameter(description="rule or list")] = None,
    hospital_id: Annotated[Id | None, QueryParameter(name="hospitalId")] = None,
    archived: Annotated[bool | None, QueryParameter(description="True: those put away.")] = False,
    sort: Annotated[str | None, QueryParameter(name="sort")] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[Audience]:
    """Those of the group and of your hospitals, the newest first (`sort`: `name`, `created`)."""
    filters = {
        "q": q.strip() if q and q.strip() else None,
        "whose": whose,
        "kind": kind,
        "hospital_id": hospital_id,
        "archived": archived,
        "within": request.user.hospitals,
    }
    return await store_audiences.AUDIENCES.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/audiences/fields",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="What a rule may ask",
)
async def list_fields(
    request: Asked, tx: Transaction, whose: Annotated[Whose, QueryParameter(description="patients or owners")]
) -> Page[Field]:
    """Every field with its kind, the hospital's own fields among them. The kind says the operators: number `at_least
    at_most between`; choice and records `is_one_of is_none_of`; past `within_days longer_ago_than_days ever never`;
    ahead `within_days some none`; text `is_one_of is_none_of contains`; date `before after between`; yes_no `is`;
    dose `due_within_days overdue_by_days` with `{"days": 30, "of": ["influenza"]}` (no `of`: any vaccine). Records are
    named by id, tiers and vaccines by code."""
    return Page(items=await audiences.fields(tx, whose=whose))


@post(
    "/api/audiences/count",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="Count whom a rule reaches",
    status_code=200,
)
async def count_audience(data: JSONBody[Question], request: Asked, tx: Transaction) -> Reach:
    """Changes nothing. How many people a rule (or `audienceId`) names, how many of them each channel reaches, why it
    leaves the others out, and some of them by name for those who may know. A rule nests: {"match": "all", "rules":
    [{"field": "age", "operator": "at_least", "value": 65}, ...]}. 422 points at what cannot be asked."""
    return await audiences.reach(tx, question=data, user=request.user)


@post(
    "/api/audiences",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="Add an audience",
)
async def add_audience(data: JSONBody[NewAudience], request: Asked, tx: Transaction) -> Response[Any]:
    """Keeps a rule under a name, or begins an empty list. 409 where the name is taken, 422 where the rule asks what
    cannot be asked."""
    work = audiences.add(tx, new=data, user=request.user)
    return await once(request, tx, work, headers=lambda made: {"Location": f"/api/audiences/{made.id}"})


@get(
    "/api/audiences/{audience_id:int}",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="One audience",
)
async def read_audience(request: Asked, tx: Transaction, audience_id: FromPath[int]) -> Response[Audience]:
    """The audience with its rule as it is now, and its ETag."""
    found = await audiences.audience(tx, audience_id=audience_id, user=request.user)
    return Response(found, headers={"ETag": etag(found.version)})


@patch(
    "/api/audiences/{audience_id:int}",
    guards=[requires(Permission.CAMPAIGNS_EDIT)],
    tags=TAGS,
    summary="Change an audience",
)
async def change_audience(
    data: JSONBody[AudienceChanges], request: Asked, tx: Transaction, audience_id: FromPath[int]
) -> Response[Audience]:
    """Changes what is sent; the rule that it had is kept as a version. `If-Match` guards against another's change
    (412). `archived` puts it away: campaigns that were sent to it keep what they know of it."""
    changed = await audiences.change(
        tx,
        audience_id=audience_id,
        changes=data,
        expected_version=expected_version(request),
        user=request.user,
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@get(
    "/api/audiences/{audience_id:int}/versions",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="The rules that an audience has had",
)
async def list_audience_versions(request: Asked, tx: Transaction, audience_id: FromPath[int]) -> Page[AudienceVersion]:
    """The newest first. A list has none."""
    found = await audiences.audience(tx, audience_id=audience_id, user=request.user)
    return Page(items=await store_audiences.versions(tx, found.id))


ROUTES = [
    list_audiences,
    list_fields,
    count_audience,
    add_audience,
    read_audience,
    change_audience,
    list_audience_versions,
]
