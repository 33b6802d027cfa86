"""SQL of what messages cost."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from bedside.kit.database import Tx
from bedside.messaging.providers.outcomes import Price


class Unpriced(msgspec.Struct, kw_only=True):
    """A message whose price is not known, and the account that sent it."""

    id: int
    provider_id: str
    carrier: str


async def claim(tx: Tx, *, carriers: list[str], after: timedelta, limit: int) -> list[Unpriced]:
    """Messages that Twilio took so long ago, within a day, and was not asked about; notes that it is."""
    return await tx.all(
        Unpriced,
        """with due as (
               select q.id, s.provider || case s.account when 1 then '' else ' ' || s.account end as carrier
               from communications.message_queue q join communications.senders s on s.id = q.sender_id
               where q.price_asked_at is null and (q.provider_id like 'SM%%' or q.provider_id like 'MM%%')
                 and q.sent_at between %(now)s - interval '1 day' and %(now)s - %(after)s
                 and s.provider || case s.account when 1 then '' else ' ' || s.account end = any(%(carriers)s)
               order by q.sent_at limit %(limit)s for update of q skip locked)
           update communications.message_queue q set price_asked_at = %(now)s
           from due where due.id = q.id returning q.id, q.provider_id, due.carrier""",
        carriers=carriers,
        after=after,
        limit=limit,
    )


async def keep(tx: Tx, priced: Sequence[tuple[int, Price]]) -> None:
    """Writes what messages cost."""
    await tx.execute(
        """update communications.message_queue q
           set price = p.amount, price_currency = p.currency, segments = coalesce(p.segments, q.segments)
           from unnest(%(ids)s::bigint[], %(amounts)s::numeric[], %(currencies)s::text[], %(segments)s::smallint[])
               as p (id, amount, currency, segments)
           where p.id = q.id""",
        ids=[message_id for message_id, _ in priced],
        amounts=[price.amount for _, price in priced],
        currencies=[price.currency for _, price in priced],
        segments=[price.segments for _, price in priced],
    )


async def ask_again(tx: Tx, *, message_ids: list[int]) -> None:
    """Has these asked about once more: the provider could not be reached."""
    await tx.execute(
        "update communications.message_queue set price_asked_at = null where id = any(%(ids)s)", ids=message_ids
    )
