"""Fields that a group adds to records, and their values, checked by type."""

import math
from datetime import date
from typing import Any

import msgspec

from bedside.accounts import audit
from bedside.event_log import Actor, record
from bedside.follow_ups import store
from bedside.follow_ups.events import CustomFieldsChanged
from bedside.follow_ups.model import (
    PATIENT,
    CustomField,
    CustomFieldChanges,
    CustomValue,
    NewCustomField,
)
from bedside.kit.database import Tx
from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.text import many_lines, one_line
from bedside.kit.wire import given


async def fields(tx: Tx, *, subject: str | None = None, archived: bool = False) -> list[CustomField]:
    """The fields of a kind of record, or of every kind, in the order they are shown in."""
    return await store.fields(tx, subject=subject, archived=archived)


async def add_field(tx: Tx, *, new: NewCustomField, actor: Actor) -> CustomField:
    """Adds a field. Raises Invalid (422) for choices where there can be none, Conflict (409) for a key in use."""
    row = msgspec.structs.asdict(new) | {"label": one_line(new.label, pointer="/label", longest=80)}
    row["choices"] = _choices(new.choices)
    if (new.type == "choice") != bool(row["choices"]):
        raise Invalid("A field of the type choice has choices, and no other has.", pointer="/choices")
    made = await store.insert_field(tx, row)
    if made is None:
        raise Conflict(f"{new.subject} has a field “{new.key}” already.", pointer="/key", next_step="Use another key.")
    await audit(tx, actor=actor, action="custom_field.added", subject="custom_field", subject_id=made.id, after=made)
    return made


async def change_field(tx: Tx, *, field_id: int, changes: CustomFieldChanges, actor: Actor) -> CustomField:
    """Changes, archives or restores a field; values stay. Raises NotFound (404), Invalid (422)."""
    before = await store.lock_field(tx, field_id)
    if before is None:
        raise NotFound("There is no custom field with this id.", next_step="Look it up in /api/custom-fields.")
    sent = given(changes)
    archived = sent.pop("archived", None)
    after = msgspec.structs.replace(before, **sent)
    after.label = one_line(after.label, pointer="/label", longest=80)
    after.choices = _choices(after.choices)
    if (after.type == "choice") != bool(after.choices):
        raise Invalid("A field of the type choice has choices, and no other has.", pointer="/choices")
    if archived is not None:
        after.archived_at = (before.archived_at or tx.now) if archived else None
    await store.update_field(tx, after)
    await audit(
        tx, actor=actor, action="custom_field.changed", subject="custom_field", subject_id=field_id,
        before=before, after=after,
    )  # fmt: skip
    return after


async def values(tx: Tx, *, subject: str, subject_id: int) -> list[CustomValue]:
    """Every field of a kind of record, with the value that one record has or null."""
    return await store.values(tx, subject=subject, subject_id=subject_id)


async def set_values(
    tx: Tx, *, subject: str, subject_id: int, wanted: dict[str, Any], actor: Actor
) -> list[CustomValue]:
    """Writes values by their fields' keys; what is left out stays. Raises Invalid (422) with a pointer to the first."""
    before = {one.key: one for one in await store.values(tx, subject=subject, subject_id=subject_id)}
    changed: dict[str, Any] = {}
    for key, value in wanted.items():
        field = before.get(key)
        pointer = f"/values/{key}"
        if field is None:
            raise Invalid(
                f"A {subject} has no field “{key[:40]}”.", pointer=pointer, next_step="See /api/custom-fields."
            )
        checked = check_value(field, value, pointer=pointer)
        if checked != field.value:
            changed[key] = checked
    for key, value in changed.items():
        await store.set_value(tx, field_id=before[key].field_id, subject_id=subject_id, value=value)
    if changed:
        patient_id = subject_id if subject == PATIENT else None
        await audit(
            tx, actor=actor, action="custom_fields.changed", subject=subject, subject_id=subject_id,
            patient_id=patient_id, before={key: before[key].value for key in changed}, after=changed,
        )  # fmt: skip
        event = CustomFieldsChanged(record_id=subject_id, fields=sorted(changed), patient_id=patient_id)
        await record(tx, event, actor=actor)
    return await store.values(tx, subject=subject, subject_id=subject_id)


def check_value(field: CustomValue, value: Any, *, pointer: str) -> Any:
    """The value as it is kept. Pure. Raises Invalid (422) where the field's type does not take it."""
    if value is None or value == "":
        if field.required:
            raise Invalid(f"{field.label} must be given.", pointer=pointer)
        return None
    match field.type:
        case "text":
            if isinstance(value, str):
                return many_lines(value, pointer=pointer, longest=2000)
        case "number":
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                return value
        case "boolean":
            if isinstance(value, bool):
                return value
        case "date":
            if isinstance(value, date):
                return value.isoformat()
            if isinstance(value, str):
                try:
                    return date.fromisoformat(value).isoformat()
                except ValueError:
                    pass
        case "choice":
            if value in field.choices:
                return value
            raise Invalid(
                f"{field.label} is one of: {', '.join(field.choices)}.",
                pointer=pointer,
                next_step="Choose one of them.",
            )
    wanted = {"text": "a text", "number": "a number", "boolean": "true or false", "date": "a date such as 2027-03-01"}
    raise Invalid(f"{field.label} is {wanted[field.type]}.", pointer=pointer)


def _choices(given: list[str]) -> list[str]:
    choices = [one_line(one, pointer=f"/choices/{n}", longest=80) for n, one in enumerate(given)]
    if len(set(choices)) < len(choices):
        raise Invalid("A choice stands in the list twice.", pointer="/choices")
    return choices
