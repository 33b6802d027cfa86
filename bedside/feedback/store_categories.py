"""SQL that changes the categories that visits are rated by."""

from psycopg.types.json import Jsonb

from bedside.feedback.model import Category
from bedside.kit.database import Tx


async def insert(tx: Tx, *, code: str, labels: dict[str, str]) -> Category | None:
    """Adds a category after the others; None where there is one with this code."""
    return await tx.maybe(
        Category,
        """insert into crm.feedback_categories (code, labels, position)
           values (%(code)s, %(labels)s,
                   (select coalesce(max(position), 0) + 1 from crm.feedback_categories))
           on conflict (code) do nothing returning id, code, labels, position, archived_at, version""",
        code=code,
        labels=Jsonb(labels),
    )


async def lock_all(tx: Tx) -> list[Category]:
    """Every category in order, which nobody else changes before the transaction ends."""
    return await tx.all(
        Category,
        """select id, code, labels, position, archived_at, version from crm.feedback_categories
           order by position, id for update""",
    )


async def update(tx: Tx, changed: Category) -> Category:
    """Writes a category's names and whether it is asked for."""
    return await tx.one(
        Category,
        """update crm.feedback_categories
           set labels = %(labels)s, archived_at = %(archived_at)s, version = version + 1 where id = %(id)s
           returning id, code, labels, position, archived_at, version""",
        id=changed.id,
        labels=Jsonb(changed.labels),
        archived_at=changed.archived_at,
    )


async def put_in_order(tx: Tx, *, ids: list[int]) -> None:
    """Gives every category its place."""
    await tx.write(
        """update crm.feedback_categories c set position = place.number
           from unnest(%(ids)s::bigint[]) with ordinality as place (id, number) where place.id = c.id""",
        ids=ids,
    )
