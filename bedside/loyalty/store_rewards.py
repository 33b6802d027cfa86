"""SQL of the rewards catalogue."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.loyalty.reward_model import Reward

_COLUMNS: LiteralString = """
select r.id, r.name, r.description, r.translations, r.picture_file_id, r.points_cost, r.stock, r.tier_code,
       r.available_from, r.available_until, r.per_person_limit, r.voucher_days, r.archived_at, r.created_by_name,
       r.created_at, r.version,
       (select count(*) from loyalty.redemptions d where d.reward_id = r.id and d.status <> 'cancelled') as redeemed"""
_FROM: LiteralString = "\nfrom loyalty.rewards r\n"

_AVAILABLE: LiteralString = """(r.archived_at is null and (r.available_from is null or r.available_from <= %(now)s)
    and (r.available_until is null or r.available_until > %(now)s))"""


class Listed(Reward, kw_only=True):
    """A reward in the list, with what the list is sorted by, which its cursor carries."""

    sort_name: str


REWARDS = Listing(
    into=Listed,
    select=_COLUMNS + ", lower(r.name) as sort_name" + _FROM,
    sorts={
        "points": (Key("r.points_cost", "integer", "points_cost"), Key("r.id", "bigint", "id")),
        "name": (Key('(lower(r.name) collate "C")', "text", "sort_name"), Key("r.id", "bigint", "id")),
        "created": (Key("r.created_at", "timestamptz", "created_at"), Key("r.id", "bigint", "id")),
    },
    default_sort="points",
    filters={
        "archived": "(r.archived_at is not null) = %(archived)s",
        "available": _AVAILABLE + " = %(available)s",
        "in_stock": "(r.stock is null or r.stock > 0) = %(in_stock)s",
        "tier_code": "r.tier_code = %(tier_code)s",
        "most_points": "r.points_cost <= %(most_points)s",
        "q": "crm.searchable(r.name) like '%%' || crm.searchable(%(q)s) || '%%'",
    },
)


def plain(one: Listed) -> Reward:
    """The reward without what the list is sorted by."""
    row = msgspec.structs.asdict(one)
    row.pop("sort_name")
    return Reward(**row)


async def reward(tx: Tx, reward_id: int, *, lock: bool = False) -> Reward | None:
    """A reward, put away or not. `lock`: nobody else changes it, or takes of its stock, until this transaction ends."""
    query: LiteralString = _COLUMNS + _FROM + "where r.id = %(id)s" + (" for update of r" if lock else "")
    return await tx.maybe(Reward, query, id=reward_id)


async def offered(tx: Tx, *, limit: int = 200) -> list[Reward]:
    """What is offered now, in stock or not, the cheapest first."""
    query = _COLUMNS + _FROM + "where " + _AVAILABLE + " order by r.points_cost, r.id limit %(limit)s"
    return await tx.all(Reward, query, limit=limit)


async def everything(tx: Tx, filters: Mapping[str, Any]) -> AsyncIterator[Reward]:
    """Every reward that the filters leave, the cheapest first."""
    cursor: str | None = None
    while True:
        page = await REWARDS.page(tx, filters=filters, cursor=cursor, limit=200)
        for one in page.items:
            yield one
        cursor = page.next
        if cursor is None:
            return


async def insert_reward(tx: Tx, row: dict[str, Any], *, by: str) -> int:
    """Adds a reward and gives its id."""
    return int(
        await tx.value(
            """insert into loyalty.rewards (name, description, translations, points_cost, stock, tier_code,
                   available_from, available_until, per_person_limit, voucher_days, created_by_name, created_at)
               values (%(name)s, %(description)s, %(translations)s, %(points_cost)s, %(stock)s, %(tier_code)s,
                   %(available_from)s, %(available_until)s, %(per_person_limit)s, %(voucher_days)s, %(by)s, %(now)s)
               returning id""",
            **_stored(row),
            by=by,
        )
    )


async def update_reward(tx: Tx, changed: Reward) -> int:
    """Writes a reward and gives its new version."""
    return int(
        await tx.value(
            """update loyalty.rewards
               set name = %(name)s, description = %(description)s, translations = %(translations)s,
                   picture_file_id = %(picture_file_id)s, points_cost = %(points_cost)s, stock = %(stock)s,
                   tier_code = %(tier_code)s, available_from = %(available_from)s,
                   available_until = %(available_until)s, per_person_limit = %(per_person_limit)s,
                   voucher_days = %(voucher_days)s, archived_at = %(archived_at)s, version = version + 1
               where id = %(id)s returning version""",
            **_stored(msgspec.structs.asdict(changed)),
        )
    )


async def move_stock(tx: Tx, reward_id: int, *, by: int) -> None:
    """Takes one of the stock (`by` -1) or puts it back, where stock is counted. Whoever has the reward's form open
    is told, by its version, that it changed: else their saving would bring back what was redeemed meanwhile."""
    await tx.execute(
        """update loyalty.rewards set stock = stock + %(by)s, version = version + 1
           where id = %(id)s and stock is not null""",
        id=reward_id,
        by=by,
    )


async def is_picture(tx: Tx, file_id: int) -> bool:
    """Whether a file is some reward's picture."""
    return bool(
        await tx.value(
            "select exists (select from loyalty.rewards where picture_file_id = %(file_id)s)", file_id=file_id
        )
    )


def _stored(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"translations": Jsonb(msgspec.to_builtins(row["translations"]))}
