"""One owner's page: who they are, and panels that each room serves. Record, timeline and documents are ours."""

from typing import Annotated, Any

from babel import Locale
from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from bedside.accounts import Permission, SignedIn, requires
from bedside.accounts import staff_member as staff_of
from bedside.follow_ups import tags_of
from bedside.kit.http.forms import Wrong, told
from bedside.kit.http.problems import NotFound, Problem
from bedside.kit.http.transaction import Transaction
from bedside.owners import consenting, documents, paying, people, registering, sign_ins, timeline
from bedside.owners.model import Id
from bedside.owners.pages_said import said
from bedside.owners.routes_documents import LARGEST_BODY, files_of

Person = Request[SignedIn, Any, Any]
# name, permission, where its panel comes from, which events draw it anew
VIEWS = (
    ("contracts", "Contracts", Permission.CONTRACTS_READ, "contracts-panel", "contract"),
    ("payouts", "Payouts", Permission.PAYOUTS_READ, "payouts-panel", "payout"),
    (
        "communications", "Communications", Permission.OWNER_COMMUNICATIONS_READ, "communications-panel",
        "owner_communication message",
    ),
    ("satisfaction", "Satisfaction", Permission.SATISFACTION_READ, "satisfaction-panel", "satisfaction owner_survey"),
)  # fmt: skip
DOCUMENT_KINDS = [
    ("identity", "Identity"), ("tax", "Tax form"), ("registration", "Registration"),
    ("correspondence", "Correspondence"), ("other", "Other"),
]  # fmt: skip


async def _profile(request: Person, tx: Transaction, owner_id: int) -> dict[str, Any]:
    user = request.user
    owner = await registering.seen_owner(tx, owner_id=owner_id, user=user)
    manager = ""
    if owner.account_manager_id is not None:
        try:
            manager = (await staff_of(tx, owner.account_manager_id)).name
        except NotFound:
            manager = ""
    return {
        "owner": owner,
        "manager": manager,
        "country": Locale("en").territories.get(owner.country, owner.country) if owner.country else "",
        "hospitals": await registering.hospitals_of(tx, owner_id),
        "contacts": await people.contacts(tx, owner_id=owner_id),
        "details": await paying.every_payment_details(tx, owner_id=owner_id, user=user),
        "sign_ins": await sign_ins.sign_ins(tx, owner_id=owner_id),
        "consents": consenting.in_force(await consenting.owner_consents(tx, owner_id=owner_id)),
        "may_edit": user.may(Permission.OWNERS_EDIT),
        "may_unseal": user.may(Permission.OWNER_SECRETS_READ),
    }


@get("/owners/{owner_id:int}", guards=[requires(Permission.OWNERS_READ)], include_in_schema=False)
async def owner_page(
    owner_id: FromPath[Id],
    request: Person,
    tx: Transaction,
    show: FromQuery[str] = "overview",
    new: FromQuery[str] = "",
    alike: Annotated[list[Id] | None, QueryParameter(max_items=10)] = None,
) -> Template:
    """Everything about an owner, of what the reader may see."""
    user = request.user
    views = [view for view in VIEWS if user.may(view[2])]
    shown = next((view for view in views if view[0] == show), None)
    context = await _profile(request, tx, owner_id)
    context |= {
        "views": views, "view": shown, "show": show if shown or show in ("timeline", "documents") else "overview",
        "new": new == "yes", "alike": await registering.owners(tx, ids=alike) if alike else [],
        "tags": await tags_of(tx, subject="owner", subject_id=owner_id),
        "sees_follow_ups": user.may(Permission.FOLLOW_UPS_READ), "may_task": user.may(Permission.FOLLOW_UPS_EDIT),
        "may_write": user.may(Permission.OWNER_COMMUNICATIONS_SEND),
        "may_contract": user.may(Permission.CONTRACTS_EDIT), "may_record": user.may(Permission.PAYOUTS_RECORD),
    }  # fmt: skip
    return Template("owners/owner.html", context=context)


@get("/panels/owners/{owner_id:int}/profile", guards=[requires(Permission.OWNERS_READ)], include_in_schema=False)
async def profile_panel(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The record: hospitals, contacts, how they are paid, sign-ins."""
    return Template("owners/profile.html", context=await _profile(request, tx, owner_id))


@get("/panels/owners/{owner_id:int}/timeline", guards=[requires(Permission.OWNERS_READ)], include_in_schema=False)
async def timeline_panel(
    owner_id: FromPath[Id], request: Person, tx: Transaction, before: FromQuery[Id | None] = None
) -> Template:
    """What happened around the owner, newest first; `before`: the part that goes on from there."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    part = await timeline.story(tx, owner_id=owner_id, user=request.user, before=before)
    context = {"story": part.items, "next": part.next, "owner_id": owner_id, "going_on": before is not None}
    return Template("owners/timeline.html", context=context)


@get("/panels/owners/{owner_id:int}/documents", guards=[requires(Permission.OWNERS_READ)], include_in_schema=False)
async def documents_panel(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The owner's documents."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    context = {
        "owner_id": owner_id, "documents": await documents.documents(tx, owner_id=owner_id),
        "kind_names": dict(DOCUMENT_KINDS), "may_edit": request.user.may(Permission.OWNERS_EDIT),
    }  # fmt: skip
    return Template("owners/documents.html", context=context)


def _document_form(owner_id: int, values: dict[str, str], errors: dict[str, str]) -> Template:
    context = {"owner_id": owner_id, "values": values, "errors": errors, "kinds": DOCUMENT_KINDS}
    return Template("owners/document_form.html", context=context, status_code=422 if errors else 200)


@get("/owners/{owner_id:int}/documents/new", guards=[requires(Permission.OWNERS_EDIT)], include_in_schema=False)
async def document_dialog(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """The form for a document."""
    await registering.seen_owner(tx, owner_id=owner_id, user=request.user)
    return _document_form(owner_id, {"title": "", "kind": "other"}, {})


@post(
    "/owners/{owner_id:int}/documents",
    guards=[requires(Permission.OWNERS_EDIT)],
    request_max_body_size=LARGEST_BODY,
    status_code=200,
    include_in_schema=False,
)
async def add_document_by_form(owner_id: FromPath[Id], request: Person, tx: Transaction) -> Template:
    """Keeps a PDF or an image with the owner."""
    form = await request.form()
    upload = form.get("file")
    values = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    values = {"title": values.get("title", ""), "kind": values.get("kind", "other")}
    try:
        if not isinstance(upload, UploadFile) or not upload.filename:
            raise Wrong({"file": "Choose a file."})
        async with tx.savepoint():
            made = await documents.add_document(
                tx,
                files=files_of(request),
                owner_id=owner_id,
                name=upload.filename,
                content=await upload.read(),
                title=values["title"],
                kind=values["kind"],
                actor=request.user,
            )
    except Wrong as wrong:
        return _document_form(owner_id, values, wrong.errors)
    except Problem as problem:
        return _document_form(owner_id, values, told(problem, ("title", "kind", "file")))
    return said("Kept", made.title)


@post(
    "/owners/{owner_id:int}/documents/{document_id:int}/{what:str}",
    guards=[requires(Permission.OWNERS_EDIT)],
    status_code=200,
    include_in_schema=False,
)
async def act_on_document(
    owner_id: FromPath[Id], document_id: FromPath[Id], what: FromPath[str], request: Person, tx: Transaction
) -> Template:
    """`archive` puts a document away; its toast undoes it by `restore`."""
    if what not in ("archive", "restore"):
        raise NotFound("A document does not know that.", next_step="Reload the page.")
    await documents.put_away(
        tx, owner_id=owner_id, document_id=document_id, archived=what == "archive", actor=request.user
    )
    undo = f"/owners/{owner_id}/documents/{document_id}/restore" if what == "archive" else ""
    title = "Put away" if what == "archive" else "The document is back"
    context = {"title": title, "text": "", "undo": undo}
    return Template("owners/said.html", context=context, headers={"HX-Trigger": "owner"})


PAGES: list[Any] = [
    owner_page, profile_panel, timeline_panel, documents_panel, document_dialog, add_document_by_form,
    act_on_document,
]  # fmt: skip
