"""REST of the catalogue of rewards, and the address that their pictures are served at."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, audit, public, requires, signed_in
from bedside.kit.database import Database
from bedside.kit.files import IMAGES, Files, headers_of
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, table
from bedside.kit.http.transaction import Transaction
from bedside.loyalty import rewards, store_rewards
from bedside.loyalty.reward_model import Cost, Id, NewReward, Reward, RewardChanges, TierCode

Person = Request[SignedIn, Any, Any]
TAGS = ["Loyalty"]
EDIT = Permission.LOYALTY_EDIT
LARGEST_PICTURE = 5_000_000  # bytes
# A form wraps the picture in its own lines, and whoever sends a little too much is told the limit by us.
LARGEST_BODY = LARGEST_PICTURE + 1_000_000

_CATALOGUE = "what points buy is no secret of anybody's, and names no patient"

Archived = Annotated[bool | None, QueryParameter(description="True: only those put away.")]
Available = Annotated[bool | None, QueryParameter(description="True: only those offered now.")]
InStock = Annotated[bool | None, QueryParameter(name="inStock", description="True: only those of which some are left.")]
OfTier = Annotated[TierCode | None, QueryParameter(name="tierCode")]
MostPoints = Annotated[Cost | None, QueryParameter(name="mostPoints", description="Cost so much or less.")]
Search = Annotated[str | None, QueryParameter(max_length=100, description="A part of the name.")]


def _answer(one: Reward) -> Response[Reward]:
    return Response(one, headers={"ETag": etag(one.version)})


@get("/api/loyalty/rewards", guards=[signed_in(_CATALOGUE)], tags=TAGS, summary="The catalogue of rewards")
async def list_rewards(
    tx: Transaction,
    q: Search = None,
    archived: Archived = False,
    available: Available = None,
    in_stock: InStock = None,
    tier_code: OfTier = None,
    most_points: MostPoints = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Reward]:
    """Rewards by `sort` (points, name, created; `-` before it for descending). A reward's picture is served at
    `/reward-pictures/{pictureFileId}`."""
    filters = {
        "q": q or None, "archived": archived, "available": available, "in_stock": in_stock, "tier_code": tier_code,
        "most_points": most_points,
    }  # fmt: skip
    found = await store_rewards.REWARDS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)
    return Page(items=[store_rewards.plain(one) for one in found.items], next=found.next)


@get(
    "/api/loyalty/rewards/export",
    guards=[requires(Permission.LOYALTY_REPORTS)],
    tags=TAGS,
    summary="The catalogue of rewards as a table",
    media_type="text/csv",
)
async def export_rewards(
    request: Person,
    tx: Transaction,
    archived: Archived = None,
    kind: Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")] = "csv",
) -> Stream:
    """Every reward with its cost, stock and how often it was redeemed, as CSV in UTF-8 or as a workbook."""
    await audit(tx, actor=request.user, action="loyalty_rewards.exported", subject="loyalty_reward")
    database: Database = request.app.state.database

    async def rows() -> AsyncIterator[Sequence[Any]]:
        async with database.transaction() as own:
            async for one in store_rewards.everything(own, {"archived": archived}):
                yield (
                    one.id, one.name, one.points_cost, one.stock, one.tier_code, one.available_from,
                    one.available_until, one.per_person_limit, one.redeemed, one.archived_at,
                )  # fmt: skip

    columns = (
        "id", "name", "points", "stock", "tier", "available from", "available until", "limit a person", "redeemed",
        "archived",
    )  # fmt: skip
    return await table(kind, columns, rows(), name="rewards")


@post("/api/loyalty/rewards", guards=[requires(EDIT)], tags=TAGS, summary="Add a reward")
async def add_reward(data: JSONBody[NewReward], request: Person, tx: Transaction) -> Response[Reward]:
    """Adds a reward, offered at once unless `availableFrom` says otherwise. 422 `reward-refused` for a tier that the
    program does not have, or an end before its beginning."""
    adding = rewards.add_reward(tx, new=data, actor=request.user)
    return await once(
        request,
        tx,
        adding,
        headers=lambda one: {"ETag": etag(one.version), "Location": f"/api/loyalty/rewards/{one.id}"},
    )


@get("/api/loyalty/rewards/{reward_id:int}", guards=[signed_in(_CATALOGUE)], tags=TAGS, summary="One reward")
async def read_reward(reward_id: FromPath[Id], tx: Transaction) -> Response[Reward]:
    """A reward, put away or not."""
    return _answer(await rewards.reward(tx, reward_id))


@patch("/api/loyalty/rewards/{reward_id:int}", guards=[requires(EDIT)], tags=TAGS, summary="Change a reward")
async def change_reward(
    reward_id: FromPath[Id], data: JSONBody[RewardChanges], request: Person, tx: Transaction
) -> Response[Reward]:
    """Changes what the body names; `archived` true puts it away, false brings it back. Vouchers already issued stay as
    they are. 412 where it was changed since (`If-Match`); redeeming one of a counted stock changes it too."""
    changed = await rewards.change_reward(
        tx, reward_id=reward_id, changes=data, actor=request.user, expected_version=expected_version(request)
    )
    return _answer(changed)


def _files(request: Request[Any, Any, Any]) -> Files:
    files: Files = request.app.state.files
    return files


@post(
    "/api/loyalty/rewards/{reward_id:int}/picture",
    guards=[requires(EDIT)],
    request_max_body_size=LARGEST_BODY,
    status_code=200,
    tags=TAGS,
    summary="Set a reward's picture",
)
async def set_picture(reward_id: FromPath[Id], request: Person, tx: Transaction) -> Response[Reward]:
    """Takes the image itself as the body, or a form (`multipart/form-data`) with the field `picture`.

    PNG, JPEG, WebP or GIF of 5 MB at most, as its bytes say and whatever the header does; else 422 or 413.
    """
    before = await rewards.reward(tx, reward_id)
    content: Any = request.stream()
    if request.content_type[0] == "multipart/form-data":
        upload = (await request.form()).get("picture")
        if not isinstance(upload, UploadFile):
            raise Invalid("The form has no file in its field picture.", pointer="/picture", next_step="Choose a file.")
        content = await upload.read()
    kept = await _files(request).keep(
        tx, name=f"{before.name} picture", content=content, accepted=IMAGES, largest=LARGEST_PICTURE, pointer="/picture"
    )
    changed = await rewards.set_picture(
        tx, reward_id=reward_id, file_id=kept.id, actor=request.user, expected_version=expected_version(request)
    )
    return _answer(changed)


@delete(
    "/api/loyalty/rewards/{reward_id:int}/picture",
    guards=[requires(EDIT)],
    status_code=200,
    tags=TAGS,
    summary="Take a reward's picture away",
)
async def remove_picture(reward_id: FromPath[Id], request: Person, tx: Transaction) -> Response[Reward]:
    """The picture is no longer served; where there is none, nothing happens."""
    changed = await rewards.set_picture(
        tx, reward_id=reward_id, file_id=None, actor=request.user, expected_version=expected_version(request)
    )
    return _answer(changed)


@get(
    "/reward-pictures/{file_id:int}",
    guards=[public("rewards' pictures stand on patients' own pages; every other file is a 404 here")],
    include_in_schema=False,
)
async def show_picture(file_id: FromPath[Id], request: Request[Any, Any, Any], tx: Transaction) -> Response[Any]:
    """A reward's picture, while it is that; any other file is a 404."""
    found = await _files(request).file(tx, file_id) if await store_rewards.is_picture(tx, file_id) else None
    if found is None:
        raise NotFound("There is no such picture.", next_step="It may have been replaced: open the page again.")
    headers = headers_of(found, public=True)
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(
            None, status_code=304, headers={"etag": headers["etag"], "cache-control": headers["cache-control"]}
        )
    try:
        content = await _files(request).read(found)
    except FileNotFoundError:
        raise NotFound("The picture was lost.", next_step="Set it again.") from None
    return Stream(content, headers=headers, media_type=found.media_type)


ROUTES: list[Any] = [
    list_rewards, export_rewards, add_reward, read_reward, change_reward, set_picture, remove_picture, show_picture,
]  # fmt: skip
