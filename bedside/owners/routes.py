"""REST of owners: list and search, one owner, adding, changing, hospitals and stakes, contacts, timeline, export."""

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
from bedside.owners import exporting, listing, people, registering, timeline
from bedside.owners.model import (
    AddedOwner,
    ContactChanges,
    Id,
    NewContact,
    NewOwner,
    Owner,
    OwnerChanges,
    OwnerContact,
    OwnerHospital,
    OwnerKind,
    StakeGiven,
)
from bedside.owners.routes_consents import ROUTES as CONSENTS
from bedside.owners.routes_documents import ROUTES as DOCUMENTS
from bedside.owners.routes_paying import ROUTES as PAYING
from bedside.owners.timeline import Story

Person = Request[SignedIn, Any, Any]
TAGS = ["Owners"]
Search = Annotated[
    str | None,
    QueryParameter(
        max_length=200,
        description="A name or a part of it, misspelt too; four digits of a phone or more; the beginning of an email; "
        "a contact's name.",
    ),
]
HospitalId = Annotated[Id | None, QueryParameter(name="hospitalId")]
ManagerId = Annotated[Id | None, QueryParameter(name="accountManagerId")]
TagName = Annotated[str | None, QueryParameter(max_length=60, description="The name of a tag.")]
Kind = Annotated[OwnerKind | None, QueryParameter(description="person or company")]
Archived = Annotated[bool | None, QueryParameter(description="True: archived ones only.")]


class Contacts(Wire, kw_only=True):
    """An owner's contacts."""

    items: list[OwnerContact]


class Hospitals(Wire, kw_only=True):
    """The hospitals that an owner has a part in."""

    hospitals: list[OwnerHospital]


class HospitalsGiven(Wire, kw_only=True):
    """The hospitals that an owner has a part in from now on."""

    hospitals: Annotated[list[StakeGiven], Meta(max_length=200)]


def _answer(one: Owner) -> Response[Any]:
    return Response(one, headers={"ETag": etag(one.version)})


@get("/api/owners", guards=[requires(Permission.OWNERS_READ)], tags=TAGS, summary="List or search owners")
async def list_owners(
    request: Person,
    tx: Transaction,
    q: Search = None,
    hospital_id: HospitalId = None,
    kind: Kind = None,
    account_manager_id: ManagerId = None,
    tag: TagName = None,
    archived: Archived = False,
    sort: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> Page[Owner]:
    """Owners by `sort` (name, created, id; `-` before it for descending). Staff of some hospitals see those with a part
    in one of these, or in none."""
    filters = {
        "q": q, "hospital_id": hospital_id, "kind": kind, "account_manager_id": account_manager_id, "tag": tag,
        "archived": archived,
    }  # fmt: skip
    return await listing.page(tx, user=request.user, filters=filters, sort=sort, cursor=cursor, limit=limit)


@get(
    "/api/owners/export",
    guards=[requires(Permission.OWNERS_READ)],
    tags=TAGS,
    summary="Owners as a table",
    media_type="text/csv",
)
async def export_owners(
    request: Person,
    tx: Transaction,
    q: Search = None,
    hospital_id: HospitalId = None,
    kind: Kind = None,
    account_manager_id: ManagerId = None,
    tag: TagName = None,
    archived: Archived = False,
) -> Stream:
    """The same filters as the list, every row, as CSV in UTF-8, without account numbers. It is an audit fact."""
    filters: dict[str, Any] = {
        "q": listing.words(q), "hospital_id": hospital_id, "kind": kind, "account_manager_id": account_manager_id,
        "tag": tag, "archived": archived, "within": request.user.hospitals,
    }  # fmt: skip
    await audit(tx, actor=request.user, action="owners.exported", subject="owners", after=filters)
    database: Database = request.app.state.database
    return Stream(
        exporting.csv_lines(database, filters=filters),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="owners.csv"'},
    )


@post("/api/owners", guards=[requires(Permission.OWNERS_EDIT)], tags=TAGS, summary="Add an owner")
async def add_owner(data: JSONBody[NewOwner], request: Person, tx: Transaction) -> Response[AddedOwner]:
    """Adds a person or a company. `possibleDuplicates` in the answer are owners who may be the same: a warning, not a
    refusal. 422 for a phone or email that cannot be, and for a hospital that is not there."""
    return await once(
        request,
        tx,
        registering.add_owner(tx, new=data, actor=request.user),
        headers=lambda made: {"ETag": etag(made.version), "Location": f"/api/owners/{made.id}"},
    )


@get(
    "/api/owners/{owner_id:int}",
    guards=[requires(Permission.OWNERS_READ, own=True)],
    tags=TAGS,
    summary="One owner",
)
async def show_owner(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Response[Owner]:
    """An owner's record. Somebody who signs in as an owner reads their own."""
    return _answer(await registering.seen_owner(tx, owner_id=owner_id, user=request.user))


@patch("/api/owners/{owner_id:int}", guards=[requires(Permission.OWNERS_EDIT)], tags=TAGS, summary="Change an owner")
async def change_owner(
    owner_id: FromPath[Id], data: JSONBody[OwnerChanges], request: Person, tx: Transaction
) -> Response[Owner]:
    """Changes what the body names; null takes a phone, email or the like away. `archived` true puts the record away,
    false brings it back. 412 where somebody else changed it since (`If-Match`)."""
    return _answer(
        await registering.change(
            tx, owner_id=owner_id, changes=data, actor=request.user, expected_version=expected_version(request)
        )
    )


@get(
    "/api/owners/{owner_id:int}/hospitals",
    guards=[requires(Permission.OWNERS_READ, own=True)],
    tags=TAGS,
    summary="Hospitals and stakes",
)
async def list_hospitals(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Hospitals:
    """Which hospitals the owner has a part in, and how large it is."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return Hospitals(hospitals=await registering.hospitals_of(tx, owner_id))


@put(
    "/api/owners/{owner_id:int}/hospitals",
    guards=[requires(Permission.OWNERS_EDIT)],
    tags=TAGS,
    summary="Set hospitals and stakes",
)
async def set_hospitals(
    owner_id: FromPath[Id], data: JSONBody[HospitalsGiven], request: Person, tx: Transaction
) -> Hospitals:
    """Makes these the owner's hospitals. 422 where the stakes in one would come to more than 100 percent on a day; 412
    where the owner was changed since (`If-Match`, with the owner's ETag)."""
    kept = await registering.set_stakes(
        tx,
        owner_id=owner_id,
        stakes=data.hospitals,
        actor=request.user,
        expected_version=expected_version(request),
    )
    return Hospitals(hospitals=kept)


@get(
    "/api/owners/{owner_id:int}/contacts",
    guards=[requires(Permission.OWNERS_READ, own=True)],
    tags=TAGS,
    summary="Contacts of an owner",
)
async def list_contacts(
    owner_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    archived: Annotated[bool, QueryParameter(description="True: those put away too.")] = False,
) -> Contacts:
    """People at the owner's who are written to."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return Contacts(items=await people.contacts(tx, owner_id=owner_id, archived=archived))


@post(
    "/api/owners/{owner_id:int}/contacts", guards=[requires(Permission.OWNERS_EDIT)], tags=TAGS, summary="Add a contact"
)
async def add_contact(
    owner_id: FromPath[Id], data: JSONBody[NewContact], request: Person, tx: Transaction
) -> Response[OwnerContact]:
    """Adds somebody at the owner's, with a phone, an email, or both."""
    return await once(
        request,
        tx,
        people.add_contact(tx, owner_id=owner_id, new=data, actor=request.user),
        headers=lambda made: {"ETag": etag(made.version)},
    )


@patch(
    "/api/owners/{owner_id:int}/contacts/{contact_id:int}",
    guards=[requires(Permission.OWNERS_EDIT)],
    tags=TAGS,
    summary="Change a contact",
)
async def change_contact(
    owner_id: FromPath[Id],
    contact_id: FromPath[Id],
    data: JSONBody[ContactChanges],
    request: Person,
    tx: Transaction,
) -> Response[OwnerContact]:
    """Changes what the body names; `archived` true puts the contact away: nothing is sent to them then."""
    changed = await people.change_contact(
        tx,
        owner_id=owner_id,
        contact_id=contact_id,
        changes=data,
        actor=request.user,
        expected_version=expected_version(request),
    )
    return Response(changed, headers={"ETag": etag(changed.version)})


@get(
    "/api/owners/{owner_id:int}/timeline",
    guards=[requires(Permission.OWNERS_READ)],
    tags=TAGS,
    summary="Everything that happened around an owner",
)
async def show_timeline(
    owner_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    before: Annotated[
        Id | None, QueryParameter(description="Go on before this event: the `next` of the last part.")
    ] = None,
) -> Story:
    """The newest first, of what the reader may see: contracts, payouts, messages, notes, changes of the record."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return await timeline.story(tx, owner_id=owner_id, user=request.user, before=before)


ROUTES: list[Any] = [
    list_owners, export_owners, add_owner, show_owner, change_owner, list_hospitals, set_hospitals, list_contacts,
    add_contact, change_contact, show_timeline, *CONSENTS, *PAYING, *DOCUMENTS,
]  # fmt: skip
