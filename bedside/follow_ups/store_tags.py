"""SQL of tags."""

from typing import LiteralString

import msgspec

from bedside.follow_ups.model import Tag
from bedside.kit.database import Tx

_TAG: LiteralString = """
select g.id, g.name, g.colour, (select count(*) from crm.taggings t where t.tag_id = g.id) as used, g.created_at
from crm.tags g
"""


async def tags(tx: Tx) -> list[Tag]:
    """Every tag, by name."""
    return await tx.all(Tag, _TAG + "order by lower(g.name)")


async def tag(tx: Tx, tag_id: int) -> Tag | None:
    """One tag."""
    return await tx.maybe(Tag, _TAG + "where g.id = %(id)s", id=tag_id)


async def lock_tag(tx: Tx, tag_id: int) -> Tag | None:
    """One tag, which nobody puts on a record or changes before the transaction ends."""
    return await tx.maybe(Tag, _TAG + "where g.id = %(id)s for update of g", id=tag_id)


async def hold_tag(tx: Tx, tag_id: int) -> Tag | None:
    """One tag, which is not deleted before the transaction ends."""
    return await tx.maybe(Tag, _TAG + "where g.id = %(id)s for key share of g", id=tag_id)


async def tag_named(tx: Tx, name: str) -> Tag | None:
    """The tag called so, capitals aside."""
    return await tx.maybe(Tag, _TAG + "where lower(g.name) = lower(%(name)s)", name=name)


async def insert_tag(tx: Tx, *, name: str, colour: str) -> Tag | None:
    """Makes a tag; None where there is one called so."""
    return await tx.maybe(
        Tag,
        """insert into crm.tags (name, colour, created_at) values (%(name)s, %(colour)s, %(now)s)
           on conflict (lower(name)) do nothing
           returning id, name, colour, 0 as used, created_at""",
        name=name,
        colour=colour,
    )


async def update_tag(tx: Tx, changed: Tag) -> None:
    """Writes a tag's name and colour."""
    await tx.execute(
        "update crm.tags set name = %(name)s, colour = %(colour)s where id = %(id)s", **msgspec.structs.asdict(changed)
    )


async def delete_tag(tx: Tx, tag_id: int) -> None:
    """Takes a tag off everything and deletes it."""
    await tx.execute("delete from crm.taggings where tag_id = %(id)s", id=tag_id)
    await tx.execute("delete from crm.tags where id = %(id)s", id=tag_id)


class _Tagged(Tag, kw_only=True):
    """A tag and the record that it is on."""

    subject_id: int


async def tags_of_many(tx: Tx, *, subject: str, ids: list[int]) -> list[tuple[int, Tag]]:
    """The tags on records, by name: each with the record's id."""
    found = await tx.all(
        _Tagged,
        """select g.id, g.name, g.colour, (select count(*) from crm.taggings u where u.tag_id = g.id) as used,
                  g.created_at, t.subject_id
           from crm.taggings t join crm.tags g on g.id = t.tag_id
           where t.subject = %(subject)s and t.subject_id = any(%(ids)s::bigint[]) order by lower(g.name)""",
        subject=subject,
        ids=ids,
    )
    return [
        (one.subject_id, Tag(id=one.id, name=one.name, colour=one.colour, used=one.used, created_at=one.created_at))
        for one in found
    ]


async def put_tag(tx: Tx, *, tag_id: int, subject: str, subject_id: int) -> bool:
    """Puts a tag on a record; False where it is on it already."""
    return bool(
        await tx.execute(
            """insert into crm.taggings (tag_id, subject, subject_id, created_at)
               values (%(tag)s, %(subject)s, %(id)s, %(now)s) on conflict do nothing""",
            tag=tag_id,
            subject=subject,
            id=subject_id,
        )
    )


async def take_tag(tx: Tx, *, tag_id: int, subject: str, subject_id: int) -> bool:
    """Takes a tag off a record; False where it was not on it."""
    return bool(
        await tx.execute(
            """delete from crm.taggings
               where tag_id = %(tag)s and subject = %(subject)s and subject_id = %(id)s""",
            tag=tag_id,
            subject=subject,
            id=subject_id,
        )
    )
