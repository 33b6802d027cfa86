"""REST of bringing friends, and of the links by which patients see their own points."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.database import Database
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, table
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.loyalty import links, referrals, store_referrals
from bedside.loyalty.referral_model import Id, NewReferral, Referral, ReferralCode, ReferralStatus

Person = Request[SignedIn, Any, Any]
TAGS = ["Loyalty"]
READ = Permission.LOYALTY_READ
REDEEM = Permission.LOYALTY_REDEEM

Status = Annotated[ReferralStatus | None, QueryParameter(description="pending, completed, refused")]
OfReferrer = Annotated[Id | None, QueryParameter(name="referrerId", description="Friends whom this patient brought.")]
OfFriend = Annotated[Id | None, QueryParameter(name="friendId")]


class AccountLinkMade(Wire, kw_only=True):
    """A link that was just made. It is shown this once: only its hash is kept."""

    link: str
    expires_at: datetime


class LinksEnded(Wire, kw_only=True):
    """How many links were ended."""

    ended: int


@get("/api/loyalty/{patient_id:int}/referral-code", guards=[requires(READ)], tags=TAGS, summary="A patient's own code")
async def read_code(patient_id: FromPath[Id], tx: Transaction) -> ReferralCode:
    """The code and the link by which this patient brings friends. 404 for a patient without an account of points yet:
    one is opened with the first points, or with a link to their own page."""
    code = await referrals.code_of(tx, patient_id)
    return ReferralCode(code=code, link=links.referral_link(code))


@post("/api/loyalty/referrals", guards=[requires(REDEEM)], tags=TAGS, summary="Say who brought a friend")
async def add_referral(data: JSONBody[NewReferral], request: Person, tx: Transaction) -> Response[Referral]:
    """Notes that the owner of a personal code brought a friend. Points follow when the friend's first visit has taken
    place, and are taken back where that is undone.

    422 `referral-code-unknown`; 409 `referral-refused` for oneself, the same phone, a friend who has been here before;
    409 `referral-exists` where somebody brought them already."""
    adding = referrals.refer(tx, new=data, actor=request.user)
    return await once(request, tx, adding, headers=lambda one: {"Location": f"/api/loyalty/referrals/{one.id}"})


@get("/api/loyalty/referrals", guards=[requires(READ)], tags=TAGS, summary="Friends who were brought")
async def list_referrals(
    tx: Transaction,
    status: Status = None,
    referrer_id: OfReferrer = None,
    friend_id: OfFriend = None,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Referral]:
    """The newest first (`sort`: `created`, `-created`). `because` says why one was refused."""
    filters = {"status": status, "referrer_id": referrer_id, "friend_id": friend_id}
    return await store_referrals.REFERRALS.page(tx, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/loyalty/referrals/export",
    guards=[requires(READ)],
    tags=TAGS,
    summary="Friends who were brought, as a table",
    media_type="text/csv",
)
async def export_referrals(
    request: Person,
    tx: Transaction,
    status: Status = None,
    referrer_id: OfReferrer = None,
    friend_id: OfFriend = None,
    kind: Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")] = "csv",
) -> Stream:
    """The same filters as the list, every row, as CSV in UTF-8 or as a workbook. It is an audit fact."""
    filters = {"status": status, "referrer_id": referrer_id, "friend_id": friend_id}
    await audit(tx, actor=request.user, action="referrals.exported", subject="loyalty_referral", after=filters)
    database: Database = request.app.state.database

    async def rows() -> AsyncIterator[Sequence[Any]]:
        async with database.transaction() as own:
            async for one in store_referrals.everything(own, filters):
                yield (
                    one.id, one.referrer_id, one.referrer_name, one.friend_id, one.friend_name, one.status,
                    one.because, one.created_at, one.completed_at, one.created_by_name,
                )  # fmt: skip

    columns = (
        "id", "brought by id", "brought by", "friend id", "friend", "status", "because", "since", "completed", "by",
    )  # fmt: skip
    return await table(kind, columns, rows(), name="referrals")


@get("/api/loyalty/referrals/{referral_id:int}", guards=[requires(READ)], tags=TAGS, summary="One referral")
async def read_referral(referral_id: FromPath[Id], tx: Transaction) -> Referral:
    """A friend who was brought, and whether their first visit has taken place."""
    return await referrals.referral(tx, referral_id)


@post(
    "/api/loyalty/{patient_id:int}/links",
    guards=[requires(REDEEM)],
    tags=TAGS,
    summary="A link to a patient's own points",
)
async def make_link(patient_id: FromPath[Id], request: Person, tx: Transaction) -> AccountLinkMade:
    """A fresh link by which this patient sees their points, redeems rewards, and shows vouchers. Hand it to nobody
    else. It opens an account where there is none yet. That it was made is an audit fact. Each call makes another one,
    an Idempotency-Key or not: a link is kept nowhere from which it could be given again."""
    made = await links.make_account_link(tx, patient_id=patient_id, actor=request.user)
    return AccountLinkMade(link=made, expires_at=tx.now + links.LINK_LASTS)


@delete(
    "/api/loyalty/{patient_id:int}/links",
    guards=[requires(REDEEM)],
    status_code=200,
    tags=TAGS,
    summary="End the links to a patient's points",
)
async def end_links(patient_id: FromPath[Id], request: Person, tx: Transaction) -> LinksEnded:
    """Ends every link to this patient's points: a phone was lost, or given away."""
    ended = await links.end_account_links(tx, patient_id=patient_id, actor=request.user)
    return LinksEnded(ended=ended)


ROUTES: list[Any] = [
    read_code, add_referral, list_referrals, export_referrals, read_referral, make_link, end_links,
]  # fmt: skip
