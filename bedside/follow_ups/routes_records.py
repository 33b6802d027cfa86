"""REST of tags and custom fields: how a hospital group marks its records, and what it adds to them."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, audit_reading, requires
from bedside.follow_ups import field_values, tagging
from bedside.follow_ups.model import (
    CustomField,
    CustomFieldChanges,
    NewCustomField,
    NewTag,
    Noun,
    RecordId,
    Tag,
    TagChanges,
    ValuesGiven,
)
from bedside.follow_ups.subjects import check_subject, patient_of
from bedside.follow_ups.views import Values
from bedside.kit.http.idempotency import once
from bedside.kit.http.paging import Page
from bedside.kit.http.problems import Invalid
from bedside.kit.http.transaction import Transaction

Person = Request[SignedIn, Any, Any]


@get("/api/tags", guards=[requires(Permission.FOLLOW_UPS_READ)], tags=["Follow-ups"], summary="List tags")
async def list_tags(
    request: Person,
    tx: Transaction,
    subject: FromQuery[Noun] = "patient",
    subject_id: Annotated[RecordId | None, QueryParameter(name="subjectId")] = None,
    patient_id: Annotated[RecordId | None, QueryParameter(name="patientId", description="Short for a subject.")] = None,
) -> Page[Tag]:
    """Every tag by name, or those on one record; `used` says on how many records each is. In one page."""
    subject_id = subject_id or patient_id
    if subject_id is None:
        return Page(items=await tagging.tags(tx))
    await check_subject(tx, noun=subject, subject_id=subject_id, actor=request.user)
    return Page(items=await tagging.tags_of(tx, subject=subject, subject_id=subject_id))


@post("/api/tags", guards=[requires(Permission.FOLLOW_UPS_EDIT)], tags=["Follow-ups"], summary="Make a tag")
async def make_tag(data: JSONBody[NewTag], request: Person, tx: Transaction) -> Response[Tag]:
    """Makes a tag. 409 with `tagId` where one is called so, capitals aside."""
    return await once(
        request,
        tx,
        tagging.make_tag(tx, new=data, actor=request.user),
        headers=lambda made: {"Location": f"/api/tags/{made.id}"},
    )


@get("/api/tags/{tag_id:int}", guards=[requires(Permission.FOLLOW_UPS_READ)], tags=["Follow-ups"], summary="One tag")
async def show_tag(tag_id: FromPath[RecordId], tx: Transaction) -> Tag:
    """One tag, and on how many records it is."""
    return await tagging.tag_with_id(tx, tag_id)


@patch(
    "/api/tags/{tag_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    tags=["Follow-ups"],
    summary="Rename or recolour a tag",
)
async def change_tag(tag_id: FromPath[RecordId], data: JSONBody[TagChanges], request: Person, tx: Transaction) -> Tag:
    """Changes a tag wherever it is. 409 with `tagId` where another is called so."""
    return await tagging.change_tag(tx, tag_id=tag_id, changes=data, actor=request.user)


@delete(
    "/api/tags/{tag_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    tags=["Follow-ups"],
    summary="Delete a tag",
)
async def delete_tag(tag_id: FromPath[RecordId], request: Person, tx: Transaction) -> None:
    """Takes a tag off every record and does away with it. The audit log keeps on how many it was."""
    await tagging.delete_tag(tx, tag_id=tag_id, actor=request.user)


@put(
    "/api/tags/{tag_id:int}/on/{subject:str}/{subject_id:int}",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    tags=["Follow-ups"],
    summary="Put a tag on a record",
)
async def put_tag(
    tag_id: FromPath[RecordId],
    subject: FromPath[Noun],
    subject_id: FromPath[RecordId],
    request: Person,
    tx: Transaction,
) -> Tag:
    """Puts a tag on a record (`/api/tags/3/on/patient/7`); twice is once."""
    return await tagging.put_tag(tx, tag_id=tag_id, subject=subject, subject_id=subject_id, actor=request.user)


@delete(
    "/api/tags/{tag_id:int}/on/{subject:str}/{subject_id:int}",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    tags=["Follow-ups"],
    summary="Take a tag off a record",
)
async def take_tag(
    tag_id: FromPath[RecordId],
    subject: FromPath[Noun],
    subject_id: FromPath[RecordId],
    request: Person,
    tx: Transaction,
) -> None:
    """Takes a tag off a record; where it is not on it, nothing happens."""
    await tagging.take_tag(tx, tag_id=tag_id, subject=subject, subject_id=subject_id, actor=request.user)


@get(
    "/api/custom-fields",
    guards=[requires(Permission.FOLLOW_UPS_READ)],
    tags=["Follow-ups"],
    summary="List custom fields",
)
async def list_custom_fields(
    tx: Transaction, subject: FromQuery[Noun | None] = None, archived: FromQuery[bool] = False
) -> Page[CustomField]:
    """The fields added to a kind of record, or to every kind, in the order they are shown in; archived ones, last, only
    where asked. In one page."""
    return Page(items=await field_values.custom_fields(tx, subject=subject, archived=archived))


@post(
    "/api/custom-fields",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    tags=["Follow-ups"],
    summary="Add a custom field",
)
async def add_custom_field(data: JSONBody[NewCustomField], request: Person, tx: Transaction) -> Response[CustomField]:
    """Adds a field to a kind of record: text, number, date, boolean, or choice with its `choices`. 409 where the kind
    of record has one with the key."""
    return await once(
        request,
        tx,
        field_values.add_custom_field(tx, new=data, actor=request.user),
        headers=lambda made: {"Location": f"/api/custom-fields/{made.id}"},
    )


@get(
    "/api/custom-fields/{field_id:int}",
    guards=[requires(Permission.FOLLOW_UPS_READ)],
    tags=["Follow-ups"],
    summary="One custom field",
)
async def show_custom_field(field_id: FromPath[RecordId], tx: Transaction) -> CustomField:
    """One field, archived or not."""
    return await field_values.custom_field(tx, field_id)


@patch(
    "/api/custom-fields/{field_id:int}",
    guards=[requires(Permission.DIRECTORY_EDIT)],
    tags=["Follow-ups"],
    summary="Change a custom field",
)
async def change_custom_field(
    field_id: FromPath[RecordId], data: JSONBody[CustomFieldChanges], request: Person, tx: Transaction
) -> CustomField:
    """Changes a field's words, choices or place, or archives it (`archived`); values stay, and show again when it is
    restored. 409 with `records` where a choice would go that records have."""
    return await field_values.change_custom_field(tx, field_id=field_id, changes=data, actor=request.user)


@get(
    "/api/custom-values",
    guards=[requires(Permission.FOLLOW_UPS_READ)],
    tags=["Follow-ups"],
    summary="Custom values of a record",
)
async def show_custom_values(
    request: Person,
    tx: Transaction,
    subject: FromQuery[Noun] = "patient",
    subject_id: Annotated[RecordId | None, QueryParameter(name="subjectId")] = None,
    patient_id: Annotated[RecordId | None, QueryParameter(name="patientId", description="Short for a subject.")] = None,
) -> Values:
    """Every custom field of a record and what stands in it; null: nothing."""
    subject_id = subject_id or patient_id
    if subject_id is None:
        raise Invalid("Say whose values.", pointer="/patientId", next_step="Send patientId, or subject and subjectId.")
    await check_subject(tx, noun=subject, subject_id=subject_id, actor=request.user)
    if (patient := patient_of(subject, subject_id)) is not None:
        await audit_reading(tx, actor=request.user, patient_id=patient)
    return Values(items=await field_values.custom_values_of(tx, subject=subject, subject_id=subject_id))


@patch(
    "/api/custom-values",
    guards=[requires(Permission.FOLLOW_UPS_EDIT)],
    tags=["Follow-ups"],
    summary="Set custom values of a record",
)
async def set_custom_values(data: JSONBody[ValuesGiven], request: Person, tx: Transaction) -> Values:
    """Writes values by their fields' keys, all or none: `{"subject": "patient", "subjectId": 7, "values":
    {"blood_group": "0+"}}`. Afterwards every required field has a value, or it is a 422 that points at each fault."""
    return Values(
        items=await field_values.set_custom_values(
            tx, subject=data.subject, subject_id=data.subject_id, wanted=data.values, actor=request.user
        )
    )


ROUTES = [
    list_tags, make_tag, show_tag, change_tag, delete_tag, put_tag, take_tag, list_custom_fields, add_custom_field,
    show_custom_field, change_custom_field, show_custom_values, set_custom_values,
]  # fmt: skip
