"""REST of what is said to owners: their log, writing to them, notices and who gets them, links to their own pages."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from bedside.accounts import Permission, SignedIn, audit, requires
from bedside.kit.database import Database
from bedside.kit.http.conditional import etag, expected_version
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.streaming import Stream
from bedside.kit.http.transaction import Transaction
from bedside.kit.wire import Wire
from bedside.owner_relations import communicating, exporting, notices, own_links, preferences, reading, writing_down
from bedside.owner_relations.model import (
    Communication,
    CommunicationChanges,
    CommunicationKind,
    Direction,
    Id,
    NewCommunication,
    Notice,
    NoticeChanges,
    NoticeKind,
    NoticePreferences,
    OwnerLink,
    SendOwnLink,
)
from bedside.owner_relations.writing_down import of_this_world
from bedside.owners import seen_owner

Person = Request[SignedIn, Any, Any]
TAGS = ["Owner communications"]
READ = Permission.OWNER_COMMUNICATIONS_READ
SEND = Permission.OWNER_COMMUNICATIONS_SEND

Kinds = Annotated[
    list[CommunicationKind] | None, QueryParameter(name="kind", description="May be given several times.")
]
Way = Annotated[Direction | None, QueryParameter(name="direction")]
Since = Annotated[datetime | None, QueryParameter(name="from", description="An instant with its offset.")]
Until = Annotated[datetime | None, QueryParameter(name="to", description="An instant with its offset, not included.")]
Contact = Annotated[
    Annotated[int, Meta(ge=0, le=2**63 - 1)] | None,
    QueryParameter(name="contactId", description="0 is the owner's own phone and email."),
]
About = Annotated[str | None, QueryParameter(max_length=40, description="What it was about: payout, contract ...")]
AboutId = Annotated[Id | None, QueryParameter(name="aboutId")]
Search = Annotated[
    str | None, QueryParameter(max_length=200, description="A part of the words, of a name, or of an address.")
]
Archived = Annotated[bool, QueryParameter(description="True: what was put away, alone.")]
NoticeFilter = Annotated[NoticeKind | None, QueryParameter(name="notice")]


def _filters(
    kind: list[CommunicationKind] | None,
    direction: Direction | None,
    since: datetime | None,
    until: datetime | None,
    contact_id: int | None,
    notice: NoticeKind | None,
    about: str | None,
    about_id: int | None,
    q: str | None,
    archived: bool,
) -> dict[str, Any]:
    return {
        "kind": list(kind) if kind else None,
        "direction": direction,
        "from": None if since is None else of_this_world(since, "/from"),
        "to": None if until is None else of_this_world(until, "/to"),
        "contact_id": contact_id,
        "notice": notice,
        "about": about,
        "about_id": about_id,
        "search": q.strip() if q and q.strip() else None,
        "archived": archived,
    }


@get(
    "/api/owners/{owner_id:int}/communications",
    guards=[requires(READ, own=True)],
    tags=TAGS,
    summary="What was said to an owner and by them",
)
async def list_communications(
    owner_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    kind: Kinds = None,
    direction: Way = None,
    since: Since = None,
    until: Until = None,
    contact_id: Contact = None,
    notice: NoticeFilter = None,
    about: About = None,
    about_id: AboutId = None,
    q: Search = None,
    archived: Archived = False,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Communication]:
    """One log, newest first (`sort`: `happenedAt` or `-happenedAt`): messages with how far they came, what the owner's
    people wrote, calls, meetings and letters. An owner sees what was sent to them, and of meetings when they were and
    about what; calls and what staff wrote down are staff's."""
    filters = _filters(kind, direction, since, until, contact_id, notice, about, about_id, q, archived)
    return await reading.log(
        tx, owner_id=owner_id, user=request.user, filters=filters, sort=sort, cursor=cursor, limit=limit
    )


@get(
    "/api/owners/{owner_id:int}/communications/export",
    guards=[requires(READ, own=True)],
    tags=TAGS,
    summary="An owner's log as a table",
    media_type="text/csv",
)
async def export_communications(
    owner_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    kind: Kinds = None,
    direction: Way = None,
    since: Since = None,
    until: Until = None,
    contact_id: Contact = None,
    notice: NoticeFilter = None,
    about: About = None,
    about_id: AboutId = None,
    q: Search = None,
    archived: Archived = False,
) -> Stream:
    """The same filters as the list, every entry, as CSV in UTF-8. It is an audit fact."""
    await seen_owner(tx, owner_id=owner_id, user=request.user)
    chosen = _filters(kind, direction, since, until, contact_id, notice, about, about_id, q, archived)
    filters = reading.log_filters(owner_id, request.user, chosen)
    await audit(
        tx,
        actor=request.user,
        action="communications.exported",
        subject="owner",
        subject_id=owner_id,
        after={name: value for name, value in chosen.items() if value is not None},
    )
    database: Database = request.app.state.database
    return Stream(
        exporting.csv_lines(database, filters=filters),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="communications-{owner_id}.csv"'},
    )


def _headers(made: Communication) -> dict[str, str]:
    return {
        "ETag": etag(made.version),
        "Location": f"/api/owners/{made.owner_id}/communications/{made.id}",
    }


@post(
    "/api/owners/{owner_id:int}/communications",
    guards=[requires(SEND)],
    tags=TAGS,
    summary="Write to an owner, or write down what was said",
)
async def add_communication(
    owner_id: FromPath[Id], data: JSONBody[NewCommunication], request: Person, tx: Transaction
) -> Response[Communication]:
    """`kind` email, sms or whatsapp sends to each of `contactIds` (0, or left out: the owner's own address), with
    `subject` and `body`, or a `templateKey`; each recipient in the answer has their own message, or says why there is
    none. 422 `nobody-reached` where all were refused. `kind` call, meeting or letter writes down what happened.
    `followUp` opens a task for staff. The same Idempotency-Key never sends twice."""
    work = communicating.add(tx, owner_id=owner_id, new=data, actor=request.user)
    return await once(request, tx, work, headers=_headers)


@get(
    "/api/owners/{owner_id:int}/communications/{communication_id:int}",
    guards=[requires(READ, own=True)],
    tags=TAGS,
    summary="One entry of an owner's log",
)
async def read_communication(
    owner_id: FromPath[Id], communication_id: FromPath[Id], request: Person, tx: Transaction
) -> Response[Communication]:
    """The entry, archived or not, with whom it reached."""
    found = await reading.communication(tx, owner_id=owner_id, communication_id=communication_id, user=request.user)
    return Response(found, headers={"ETag": etag(found.version)})


@patch(
    "/api/owners/{owner_id:int}/communications/{communication_id:int}",
    guards=[requires(SEND)],
    tags=TAGS,
    summary="Change a call, a meeting or a letter",
)
async def change_communication(
    owner_id: FromPath[Id],
    communication_id: FromPath[Id],
    data: JSONBody[CommunicationChanges],
    request: Person,
    tx: Transaction,
) -> Response[Communication]:
    """Changes what the body names; `archived` true puts the entry away, false brings it back. 409 for a message, which
    stays as it was sent; 412 where somebody else changed it since (`If-Match`)."""
    changed = await writing_down.change(
        tx,
        owner_id=owner_id,
        communication_id=communication_id,
        changes=data,
        actor=request.user,
        expected_version=expected_version(request),
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@post(
    "/api/owners/{owner_id:int}/communications/{communication_id:int}/send-again",
    guards=[requires(SEND)],
    tags=TAGS,
    summary="Send again what did not arrive",
    status_code=201,
)
async def send_communication_again(
    owner_id: FromPath[Id], communication_id: FromPath[Id], request: Person, tx: Transaction
) -> Response[Communication]:
    """Sends it to those alone whom it did not reach, by the address that they have now. 409 where there are none."""
    work = communicating.send_again(tx, owner_id=owner_id, communication_id=communication_id, actor=request.user)
    return await once(request, tx, work, headers=_headers)


class Notices(Wire, kw_only=True):
    """Every automatic notice."""

    items: list[Notice]


@get("/api/owner-notices", guards=[requires(READ)], tags=TAGS, summary="Automatic notices to owners")
async def list_notices(tx: Transaction) -> Notices:
    """What owners are told by itself: each with its switch, its template and its channels."""
    return Notices(items=await notices.notices(tx))


@patch("/api/owner-notices/{kind:str}", guards=[requires(SEND)], tags=TAGS, summary="Change an automatic notice")
async def change_notice(
    kind: FromPath[str], data: JSONBody[NoticeChanges], request: Person, tx: Transaction
) -> Response[Notice]:
    """Switches it on or off, gives it another template or other channels; for the whole group. 422 for a template that
    has no words for one of the channels; 412 where somebody else changed it since (`If-Match`)."""
    changed = await notices.change_notice(
        tx, kind=kind, changes=data, actor=request.user, expected_version=expected_version(request)
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@get(
    "/api/owners/{owner_id:int}/notice-preferences",
    guards=[requires(READ, own=True)],
    tags=TAGS,
    summary="Who gets which notice",
)
async def read_preferences(owner_id: FromPath[Id], request: Person, tx: Transaction) -> NoticePreferences:
    """Which of the owner's people get which notice, by which channels. A kind that is not named goes to the owner's own
    phone and email, by the notice's channels."""
    return await preferences.notice_preferences(tx, owner_id=owner_id, user=request.user)


@put(
    "/api/owners/{owner_id:int}/notice-preferences",
    guards=[requires(SEND)],
    tags=TAGS,
    summary="Say who gets which notice",
)
async def set_preferences(
    owner_id: FromPath[Id], data: JSONBody[NoticePreferences], request: Person, tx: Transaction
) -> NoticePreferences:
    """Replaces the whole. Somebody with no channel does not get that notice."""
    return await preferences.set_notice_preferences(tx, owner_id=owner_id, given=data, actor=request.user)


class OwnerLinks(Wire, kw_only=True):
    """Links to an owner's own pages."""

    items: list[OwnerLink]


@get(
    "/api/owners/{owner_id:int}/own-links",
    guards=[requires(READ)],
    tags=TAGS,
    summary="Links to an owner's own pages",
)
async def list_own_links(owner_id: FromPath[Id], request: Person, tx: Transaction) -> OwnerLinks:
    """The newest hundred, those that ran out or were taken back too. The links themselves are kept nowhere."""
    return OwnerLinks(items=await own_links.own_links(tx, owner_id=owner_id, user=request.user))


@post(
    "/api/owners/{owner_id:int}/own-links",
    guards=[requires(SEND)],
    tags=TAGS,
    summary="Send a link to an owner's own pages",
)
async def send_own_link(
    owner_id: FromPath[Id], data: JSONBody[SendOwnLink], request: Person, tx: Transaction
) -> Response[Communication]:
    """Sends it by message; it holds for thirty days. Without `channel`, by the first that they can be reached by."""
    work = own_links.send_own_page_link(tx, owner_id=owner_id, wanted=data, actor=request.user)
    return await once(request, tx, work, headers=_headers)


@post(
    "/api/owners/{owner_id:int}/own-links/{link_id:int}/revoke",
    guards=[requires(SEND)],
    tags=TAGS,
    summary="Take a link back",
    status_code=200,
)
async def revoke_own_link(owner_id: FromPath[Id], link_id: FromPath[Id], request: Person, tx: Transaction) -> OwnerLink:
    """From now on the link leads nowhere. Twice is once."""
    return await own_links.revoke_own_link(tx, owner_id=owner_id, link_id=link_id, actor=request.user)


ROUTES = [
    list_communications, export_communications, add_communication, read_communication, change_communication,
    send_communication_again, list_notices, change_notice, read_preferences, set_preferences, list_own_links,
    send_own_link, revoke_own_link,
]  # fmt: skip
