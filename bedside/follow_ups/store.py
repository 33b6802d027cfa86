"""SQL of notes, tags and custom fields."""

from datetime import datetime
from typing import Any, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.follow_ups.model import CustomField, CustomValue, Note, Tag
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

_NOTE: LiteralString = """
select id, subject, subject_id, body, pinned, created_by, created_by_name, created_at, updated_at, version
from crm.notes
"""
_FIELD: LiteralString = """
select id, subject, key, label, type, choices, required, position, archived_at from crm.custom_fields
"""

NOTES = Listing(
    into=Note,
    select=_NOTE,
    sorts={"id": (Key("id", "bigint", "id"),)},
    default_sort="-id",
    filters={"subject": "subject = %(subject)s", "subject_id": "subject_id = %(subject_id)s"},
    always="deleted_at is null",
)


async def note(tx: Tx, note_id: int) -> Note | None:
    """A note that was not deleted."""
    return await tx.maybe(Note, _NOTE + "where id = %(id)s and deleted_at is null", id=note_id)


async def lock_note(tx: Tx, note_id: int) -> Note | None:
    """A note, for changing it."""
    return await tx.maybe(Note, _NOTE + "where id = %(id)s and deleted_at is null for update", id=note_id)


async def notes(tx: Tx, *, subject: str, subject_id: int, limit: int) -> list[Note]:
    """Notes on a subject, pinned ones first, then the newest."""
    return await tx.all(
        Note,
        _NOTE
        + """where subject = %(subject)s and subject_id = %(subject_id)s and deleted_at is null
             order by pinned desc, id desc limit %(limit)s""",
        subject=subject,
        subject_id=subject_id,
        limit=limit,
    )


async def notes_by_id(tx: Tx, ids: list[int]) -> list[Note]:
    """Notes with the ids given; deleted ones left out."""
    return await tx.all(Note, _NOTE + "where id = any(%(ids)s) and deleted_at is null", ids=ids)


async def insert_note(
    tx: Tx, *, subject: str, subject_id: int, body: str, pinned: bool, by: int | None, by_name: str
) -> Note:
    """Writes a note."""
    return await tx.one(
        Note,
        """insert into crm.notes (subject, subject_id, body, pinned, created_by, created_by_name,
                                  created_at, updated_at)
           values (%(subject)s, %(subject_id)s, %(body)s, %(pinned)s, %(by)s, %(by_name)s, %(now)s, %(now)s)
           returning id, subject, subject_id, body, pinned, created_by, created_by_name, created_at, updated_at,
                     version""",
        subject=subject,
        subject_id=subject_id,
        body=body,
        pinned=pinned,
        by=by,
        by_name=by_name,
    )


async def update_note(tx: Tx, *, note_id: int, body: str, pinned: bool, deleted: bool = False) -> None:
    """Writes a note, or marks it deleted."""
    await tx.execute(
        """update crm.notes set body = %(body)s, pinned = %(pinned)s, version = version + 1, updated_at = %(now)s,
               deleted_at = case when %(deleted)s then %(now)s end
           where id = %(id)s""",
        id=note_id,
        body=body,
        pinned=pinned,
        deleted=deleted,
    )


async def all_tags(tx: Tx) -> list[Tag]:
    """Every tag, by name."""
    return await tx.all(Tag, "select id, name, colour from crm.tags order by lower(name)")


async def tags_of(tx: Tx, *, subject: str, subject_id: int) -> list[Tag]:
    """The tags on a subject, by name."""
    return await tx.all(
        Tag,
        """select g.id, g.name, g.colour from crm.taggings t join crm.tags g on g.id = t.tag_id
           where t.subject = %(subject)s and t.subject_id = %(id)s order by lower(g.name)""",
        subject=subject,
        id=subject_id,
    )


async def tags_of_many(tx: Tx, *, subject: str, ids: list[int]) -> list[tuple[int, str, str]]:
    """The tags on many subjects: subject's id, name, colour."""
    found = await tx.rows(
        """select t.subject_id, g.name, g.colour from crm.taggings t join crm.tags g on g.id = t.tag_id
           where t.subject = %(subject)s and t.subject_id = any(%(ids)s) order by lower(g.name)""",
        subject=subject,
        ids=ids,
    )
    return [(row[0], row[1], row[2]) for row in found]


async def tag_named(tx: Tx, *, name: str, colour: str) -> Tag:
    """The tag with this name, made where there is none."""
    await tx.execute(
        """insert into crm.tags (name, colour, created_at) values (%(name)s, %(colour)s, %(now)s)
           on conflict (lower(name)) do nothing""",
        name=name,
        colour=colour,
    )
    return await tx.one(Tag, "select id, name, colour from crm.tags where lower(name) = lower(%(name)s)", name=name)


async def put_tag(tx: Tx, *, tag_id: int, subject: str, subject_id: int) -> bool:
    """Puts a tag on a subject; False where it is there already."""
    return bool(
        await tx.execute(
            """insert into crm.taggings (tag_id, subject, subject_id, created_at)
               values (%(tag)s, %(subject)s, %(id)s, %(now)s) on conflict do nothing""",
            tag=tag_id,
            subject=subject,
            id=subject_id,
        )
    )


async def take_tag(tx: Tx, *, name: str, subject: str, subject_id: int) -> int | None:
    """Takes a tag off a subject and gives the tag's id; None where it was not there."""
    found = await tx.value(
        """delete from crm.taggings t using crm.tags g
           where g.id = t.tag_id and lower(g.name) = lower(%(name)s) and t.subject = %(subject)s
             and t.subject_id = %(id)s returning g.id""",
        name=name,
        subject=subject,
        id=subject_id,
    )
    return None if found is None else int(found)


async def fields(tx: Tx, *, subject: str | None, archived: bool = False) -> list[CustomField]:
    """The fields of a kind of record (or of every kind), in the order they are shown in."""
    return await tx.all(
        CustomField,
        _FIELD
        + """where (%(subject)s::text is null or subject = %(subject)s) and (archived_at is null or %(archived)s)
             order by subject, position, label""",
        subject=subject,
        archived=archived,
    )


async def lock_field(tx: Tx, field_id: int) -> CustomField | None:
    """A field, for changing it."""
    return await tx.maybe(CustomField, _FIELD + "where id = %(id)s for update", id=field_id)


async def insert_field(tx: Tx, row: dict[str, Any]) -> CustomField | None:
    """Adds a field; None where the subject has one with this key."""
    return await tx.maybe(
        CustomField,
        """insert into crm.custom_fields (subject, key, label, type, choices, required, position, created_at)
           values (%(subject)s, %(key)s, %(label)s, %(type)s, %(choices)s, %(required)s, %(position)s, %(now)s)
           on conflict (subject, key) do nothing
           returning id, subject, key, label, type, choices, required, position, archived_at""",
        **row,
    )


async def update_field(tx: Tx, changed: CustomField) -> None:
    """Writes a field."""
    await tx.execute(
        """update crm.custom_fields set label = %(label)s, choices = %(choices)s, required = %(required)s,
               position = %(position)s, archived_at = %(archived_at)s where id = %(id)s""",
        **msgspec.structs.asdict(changed),
    )


async def values(tx: Tx, *, subject: str, subject_id: int) -> list[CustomValue]:
    """Every field of a kind of record with the value that one record has."""
    return await tx.all(
        CustomValue,
        """select f.id as field_id, f.key, f.label, f.type, f.choices, f.required, v.value
           from crm.custom_fields f
           left join crm.custom_values v on v.field_id = f.id and v.subject_id = %(id)s
           where f.subject = %(subject)s and f.archived_at is null order by f.position, f.label""",
        subject=subject,
        id=subject_id,
    )


async def set_value(tx: Tx, *, field_id: int, subject_id: int, value: Any) -> None:
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
        value=Jsonb(value.isoformat() if isinstance(value, datetime) else value),
    )
