"""SQL of custom fields and their values."""

from typing import LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.follow_ups.model import CustomField, CustomValue, FieldValue
from bedside.kit.database import Tx

_COLUMNS: LiteralString = "id, subject, key, label, type, choices, required, position, archived_at, created_at"
_FIELD: LiteralString = "select " + _COLUMNS + " from crm.custom_fields "
_VALUES: LiteralString = """
select f.id as field_id, f.key, f.label, f.type, f.choices, f.required, v.value
from crm.custom_fields f
left join crm.custom_values v on v.field_id = f.id and v.subject_id = %(id)s
where f.subject = %(subject)s and f.archived_at is null order by f.position, f.id
"""


async def fields(tx: Tx, *, subject: str | None, archived: bool) -> list[CustomField]:
    """The fields of a kind of record (or of every kind), in the order they are shown in; archived ones last."""
    return await tx.all(
        CustomField,
        _FIELD
        + """where (%(subject)s::text is null or subject = %(subject)s) and (archived_at is null or %(archived)s)
             order by subject, archived_at is not null, position, id""",
        subject=subject,
        archived=archived,
    )


async def field(tx: Tx, field_id: int) -> CustomField | None:
    """One field, archived or not."""
    return await tx.maybe(CustomField, _FIELD + "where id = %(id)s", id=field_id)


async def lock_field(tx: Tx, field_id: int) -> CustomField | None:
    """One field, into which nobody writes a value before the transaction ends."""
    return await tx.maybe(CustomField, _FIELD + "where id = %(id)s for update", id=field_id)


async def insert_field(
    tx: Tx,
    *,
    subject: str,
    key: str,
    label: str,
    type: str,
    choices: list[str],
    required: bool,
    position: int | None,
) -> CustomField | None:
    """Adds a field, last where no position is given; None where the kind of record has one with this key."""
    return await tx.maybe(
        CustomField,
        """insert into crm.custom_fields (subject, key, label, type, choices, required, position, created_at)
           values (%(subject)s, %(key)s, %(label)s, %(type)s, %(choices)s, %(required)s,
                   coalesce(%(position)s::smallint, (select least(max(position), 29999) + 1
                                                     from crm.custom_fields where subject = %(subject)s), 0), %(now)s)
           on conflict (subject, key) do nothing returning """
        + _COLUMNS,
        subject=subject,
        key=key,
        label=label,
        type=type,
        choices=choices,
        required=required,
        position=position,
    )


async def update_field(tx: Tx, changed: CustomField) -> None:
    """Writes a field."""
    await tx.execute(
        """update crm.custom_fields set label = %(label)s, choices = %(choices)s, required = %(required)s,
               position = %(position)s, archived_at = %(archived_at)s where id = %(id)s""",
        **msgspec.structs.asdict(changed),
    )


async def records_with(tx: Tx, *, field_id: int, values: list[str]) -> int:
    """How many records have one of these values in a field."""
    return int(
        await tx.value(
            """select count(*) from crm.custom_values
               where field_id = %(field)s and value #>> '{}' = any(%(values)s::text[])""",
            field=field_id,
            values=values,
        )
    )


async def values(tx: Tx, *, subject: str, subject_id: int) -> list[FieldValue]:
    """Every field of a kind of record, with the value that one record has."""
    return await tx.all(FieldValue, _VALUES, subject=subject, id=subject_id)


async def hold_values(tx: Tx, *, subject: str, subject_id: int) -> list[FieldValue]:
    """The same; and no field changes before the transaction ends."""
    return await tx.all(FieldValue, _VALUES + "for key share of f", subject=subject, id=subject_id)


async def set_value(tx: Tx, *, field_id: int, subject_id: int, value: CustomValue) -> None:
    """Writes a value, or takes it away where it is None."""
    if value is None:
        await tx.execute(
            "delete from crm.custom_values where field_id = %(field)s and subject_id = %(id)s",
            field=field_id,
            id=subject_id,
        )
        return
    await tx.execute(
        """insert into crm.custom_values (field_id, subject_id, value, updated_at)
           values (%(field)s, %(id)s, %(value)s, %(now)s)
           on conflict (field_id, subject_id) do update set value = excluded.value, updated_at = excluded.updated_at""",
        field=field_id,
        id=subject_id,
        value=Jsonb(value),
    )
