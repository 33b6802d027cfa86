"""REST of members: the list with its export, and the report."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import FromQuery, QueryParameter

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.csv_text import BYTE_ORDER_MARK, csv_line
from bedside.kit.database import Database
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.tables import TableKind, table
from bedside.kit.http.transaction import Transaction
from bedside.loyalty import members, store_members
from bedside.loyalty.member_model import LoyaltyReport, Member
from bedside.loyalty.model import Id
from bedside.loyalty.program import program_in_force

Person = Request[SignedIn, Any, Any]
TAGS = ["Loyalty"]

OfTier = Annotated[str | None, QueryParameter(max_length=40, description="In this tier, by its code.")]
AtLeast = Annotated[int | None, QueryParameter(name="minBalance", ge=0, le=10**9, description="Points to spend.")]
InGrace = Annotated[bool | None, QueryParameter(name="inGrace", description="Whose tier lapses unless they earn.")]
Lapses = Annotated[
    int | None, QueryParameter(name="lapsesWithinDays", ge=0, le=730, description="Whose points begin to expire then.")
]
AtHospital = Annotated[Id | None, QueryParameter(name="hospitalId", description="Patients of this hospital.")]
Named = Annotated[str | None, QueryParameter(name="q", max_length=80, description="A part of the name.")]
Since = Annotated[date | None, QueryParameter(name="from", description="First day; a year ago where left out.")]
Until = Annotated[date | None, QueryParameter(name="to", description="Last day, included; today where left out.")]

_COLUMNS = (
    "patientId", "name", "tier", "tierSince", "tierUntil", "balance", "owed", "earnedInWindow", "nextExpiry",
    "joinedAt", "lastEarnedAt",
)  # fmt: skip


@get("/api/loyalty", guards=[requires(Permission.LOYALTY_READ)], tags=TAGS, summary="The members")
async def list_members(
    tx: Transaction,
    tier: OfTier = None,
    min_balance: AtLeast = None,
    in_grace: InGrace = None,
    lapses: Lapses = None,
    hospital_id: AtHospital = None,
    q: Named = None,
    sort: Annotated[str | None, QueryParameter(description="name, balance, earned, joined; - to turn round")] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Member]:
    """Patients with an account: what they can spend, their tier, what they earned in the qualification window, and when
    their points begin to expire. Those with the most points first, unless `sort` says otherwise."""
    wanted = members.filters(
        tier=tier,
        min_balance=min_balance,
        in_grace=in_grace,
        expires_by=None if lapses is None else tx.now + timedelta(days=lapses),
        hospital_id=hospital_id,
        q=q,
    )
    parameters = await members.list_parameters(tx)
    return await store_members.MEMBERS.page(tx, filters=wanted, sort=sort, cursor=cursor, limit=limit, **parameters)


@get(
    "/api/loyalty/export",
    guards=[requires(Permission.LOYALTY_READ)],
    tags=TAGS,
    summary="The members as a table",
    media_type="text/csv",
)
async def export_members(
    request: Person,
    tx: Transaction,
    tier: OfTier = None,
    min_balance: AtLeast = None,
    in_grace: InGrace = None,
    lapses: Lapses = None,
    hospital_id: AtHospital = None,
    q: Named = None,
    kind: Annotated[TableKind, QueryParameter(name="format", description="csv or xlsx")] = "csv",
) -> Stream:
    """The same members as the list, as CSV or as a workbook. That they were taken out is an audit fact."""
    wanted = members.filters(
        tier=tier,
        min_balance=min_balance,
        in_grace=in_grace,
        expires_by=None if lapses is None else tx.now + timedelta(days=lapses),
        hospital_id=hospital_id,
        q=q,
    )
    parameters = await members.list_parameters(tx)
    await audit(tx, actor=request.user, action="loyalty.exported", subject="loyalty", after={"filters": dict(wanted)})
    database: Database = request.app.state.database

    async def rows() -> AsyncIterator[Sequence[Any]]:
        async with database.transaction() as reading:
            async for one in store_members.every_member(reading, wanted, parameters):
                yield [
                    one.patient_id, one.patient_name, one.tier, one.tier_since, one.tier_until, one.balance, one.owed,
                    one.earned_in_window, one.next_expiry, one.joined_at, one.last_earned_at,
                ]  # fmt: skip

    return await table(kind, _COLUMNS, rows(), name="members")


@get("/api/loyalty/report", guards=[requires(Permission.LOYALTY_REPORTS)], tags=TAGS, summary="The program in numbers")
async def read_report(tx: Transaction, since: Since = None, until: Until = None) -> LoyaltyReport:
    """Members by tier; points earned, spent, expired and taken back between two days and by month; what is outstanding
    and what that costs by the program's value; whose points expire within 30 days. Names nobody."""
    last = until or tx.now.astimezone((await program_in_force(tx)).zone).date()
    return await members.report(tx, since=since or last.replace(day=1) - timedelta(days=334), until=last)


@get(
    "/api/loyalty/report/export",
    guards=[requires(Permission.LOYALTY_REPORTS)],
    tags=TAGS,
    summary="The months of the report as CSV",
    media_type="text/csv",
)
async def export_report(tx: Transaction, since: Since = None, until: Until = None) -> Response[bytes]:
    """A line for each month: earned, spent, expired, taken back, outstanding at its end."""
    last = until or tx.now.astimezone((await program_in_force(tx)).zone).date()
    found = await members.report(tx, since=since or last.replace(day=1) - timedelta(days=334), until=last)
    lines = [csv_line(["month", "earned", "spent", "expired", "reversed", "outstanding"])]
    lines += [
        csv_line([f"{one.month:%Y-%m}", one.earned, one.spent, one.expired, one.reversed, one.outstanding])
        for one in found.months
    ]
    headers = {"Content-Disposition": 'attachment; filename="loyalty.csv"'}
    return Response(BYTE_ORDER_MARK + b"".join(lines), media_type="text/csv; charset=utf-8", headers=headers)


ROUTES: list[Any] = [list_members, export_members, read_report, export_report]
