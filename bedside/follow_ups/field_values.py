"""Fields that a group adds to kinds of records, and their values, checked by type."""

import re
from datetime import date
from typing import Any

import msgspec

from bedside.accounts import audit
from bedside.event_log import Actor, record
from bedside.follow_ups import store_custom_fields as store
from bedside.follow_ups.events import CustomValuesChanged
from bedside.follow_ups.model import (
    CustomField,
    CustomFieldChanges,
    CustomValue,
    FieldInUse,
    FieldKeyTaken,
    FieldValue,
    NewCustomField,
    NoSuchField,
    ValueRefused,
)
from bedside.follow_ups.subjects import check_subject, owner_of, patient_of, subject_of
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.text import many_lines, one_line, without_marks
from bedside.kit.wire import given

LARGEST_NUMBER = 10**15  # up to here a JSON number is exact


async def custom_fields(tx: Tx, *, subject: str | None = None, archived: bool = False) -> list[CustomField]:
    """The fields of a kind of record, or of every kind, in the order they are shown in; archived ones where asked."""
    return await store.fields(tx, subject=subject, archived=archived)


async def custom_field(tx: Tx, field_id: int) -> CustomField:
    """One field. Raises NoSuchField (404)."""
    found = await store.field(tx, field_id)
    if found is None:
        raise _no_field()
    return found


async def add_custom_field(tx: Tx, *, new: NewCustomField, actor: Actor) -> CustomField:
    """Adds a field. Raises SubjectUnknown (422), Invalid (422), FieldKeyTaken (409)."""
    subject_of(new.subject, actor=actor)
    label = one_line(new.label, pointer="/label", longest=100)
    choices = _choices(new.choices)
    _check_choices(new.type, choices)
    key = new.key or _key(label)
    made = await store.insert_field(
        tx,
        subject=new.subject,
        key=key,
        label=label,
        type=new.type,
        choices=choices,
        required=new.required,
        position=new.position,
    )
    if made is None:
        raise FieldKeyTaken(
            f"A {new.subject} has a field “{key}” already.", pointer="/key", next_step="Use another key, or that field."
        )
    await audit(tx, actor=actor, action="custom_field.added", subject="custom_field", subject_id=made.id, after=made)
    return made


async def change_custom_field(tx: Tx, *, field_id: int, changes: CustomFieldChanges, actor: Actor) -> CustomField:
    """Changes, archives or restores a field; values stay. Raises NoSuchField (404), FieldInUse (409), Invalid (422)."""
    before = await store.lock_field(tx, field_id)
    if before is None:
        raise _no_field()
    sent = given(changes)
    archived = sent.pop("archived", None)
    if "label" in sent:
        sent["label"] = one_line(sent["label"], pointer="/label", longest=100)
    if "choices" in sent:
        sent["choices"] = _choices(sent["choices"])
        _check_choices(before.type, sent["choices"])
        gone = [choice for choice in before.choices if choice not in sent["choices"]]
        if gone and (used := await store.records_with(tx, field_id=field_id, values=gone)):
            raise FieldInUse(
                f"{used} record{'s have' if used > 1 else ' has'} a choice that would go: {', '.join(gone)}.",
                pointer="/choices",
                next_step="Keep it, or change those records first.",
                records=used,
            )
    if archived is not None:
        sent["archived_at"] = (before.archived_at or tx.now) if archived else None
    after = msgspec.structs.replace(before, **sent)
    if after == before:
        return before
    await store.update_field(tx, after)
    await audit(
        tx, actor=actor, action="custom_field.changed", subject="custom_field", subject_id=field_id,
        before=before, after=after,
    )  # fmt: skip
    return after


async def custom_values_of(tx: Tx, *, subject: str, subject_id: int) -> list[FieldValue]:
    """Every field of a kind of record, in order, with what stands in it for one record."""
    return await store.values(tx, subject=subject, subject_id=subject_id)


async def set_custom_values(
    tx: Tx, *, subject: str, subject_id: int, wanted: dict[str, CustomValue], actor: Actor
) -> list[FieldValue]:
    """Writes values by their fields' keys, all or none; null takes one away, what is left out stays.

    Afterwards every required field has a value. Raises ValueRefused (422) with a pointer to each that cannot be,
    SubjectUnknown (422), NoSuchSubject (404).
    """
    await check_subject(tx, noun=subject, subject_id=subject_id, actor=actor)
    before = await store.hold_values(tx, subject=subject, subject_id=subject_id)
    fields = {one.key: one for one in before}
    wrong = [
        {"pointer": f"/values/{key}", "detail": f"A {subject} has no field “{key[:40]}”."}
        for key in wanted
        if key not in fields
    ]
    changed: dict[str, CustomValue] = {}
    for key, field in fields.items():
        try:
            value = checked_value(field, wanted.get(key, field.value))
        except ValueRefused as refused:
            wrong += refused.errors
            continue
        if value != field.value or type(value) is not type(field.value):
            changed[key] = value
    if wrong:
        raise ValueRefused(" ".join(one["detail"] for one in wrong), errors=wrong, next_step="Nothing was written.")
    patient_id = patient_of(subject, subject_id)
    for key, value in changed.items():
        field = fields[key]
        await store.set_value(tx, field_id=field.field_id, subject_id=subject_id, value=value)
        event = CustomValuesChanged(
            custom_field_id=field.field_id,
            label=field.label,
            about=subject,
            about_id=subject_id,
            patient_id=patient_id,
            owner_id=owner_of(subject, subject_id),
        )
        await record(tx, event, actor=actor)
    if changed:
        await audit(
            tx, actor=actor, action="custom_values.changed", subject=subject, subject_id=subject_id,
            patient_id=patient_id, before={key: fields[key].value for key in changed}, after=changed,
        )  # fmt: skip
    return [msgspec.structs.replace(one, value=changed.get(one.key, one.value)) for one in before]


def checked_value(field: FieldValue, value: Any) -> CustomValue:
    """The value as it is kept, None for nothing. Pure. Raises ValueRefused (422) where the field does not take it."""
    pointer = f"/values/{field.key}"
    if isinstance(value, str):
        try:
            value = many_lines(value, pointer=pointer, longest=2000)
        except Invalid as invalid:
            raise ValueRefused(f"{field.label}: {invalid.detail}", pointer=pointer) from None
    if value is None or value == "":
        if field.required:
            raise ValueRefused(f"{field.label} must be given.", pointer=pointer)
        return None
    match field.type:
        case "text" if isinstance(value, str):
            return value
        case "number" if isinstance(value, int | float) and not isinstance(value, bool):
            if abs(value) < LARGEST_NUMBER:
                return value
        case "boolean" if isinstance(value, bool):
            return value
        case "date" if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                pass  # a day that no month has
        case "choice" if value in field.choices:
            return str(value)
    takes = {
        "text": "a text",
        "number": "a number under 10 to the 15th",
        "boolean": "true or false",
        "date": "a date such as 2027-03-01",
        "choice": "one of: " + ", ".join(field.choices),
    }
    raise ValueRefused(f"{field.label} is {takes[field.type]}.", pointer=pointer)


def _no_field() -> NoSuchField:
    return NoSuchField("There is no custom field with this id.", next_step="Look it up in /api/custom-fields.")


def _key(label: str) -> str:
    letters = re.sub(r"[^a-z0-9]+", "_", without_marks(label)).strip("_")[:41].strip("_")
    if not letters or not letters[0].isalpha():
        raise Invalid("No key can be made of this label.", pointer="/key", next_step="Send a key of a-z, 0-9 and _.")
    return letters


def _choices(given: list[str]) -> list[str]:
    choices = [one_line(one, pointer=f"/choices/{n}", longest=100) for n, one in enumerate(given)]
    if len({one.lower() for one in choices}) < len(choices):
        raise Invalid("A choice stands in the list twice.", pointer="/choices")
    return choices


def _check_choices(type: str, choices: list[str]) -> None:
    if (type == "choice") != bool(choices):
        raise Invalid("A field of the type choice has choices, and no other has.", pointer="/choices")
