"""SQL of the prices of messages that staff keep."""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing


class KeptPrice(msgspec.Struct):
    """A price on the list."""

    id: int
    channel: str
    calling_code: str
    price: Decimal
    currency: str
    since: date
    said_by_name: str
    said_at: datetime


PRICES = Listing(
    into=KeptPrice,
    select="""select k.id, k.channel, k.calling_code, k.price, k.currency, k.since, k.said_by_name, k.said_at
from communications.message_prices k""",
    sorts={
        "channel": (
            Key('(k.channel collate "C")', "text", "channel"),
            Key('(k.calling_code collate "C")', "text", "calling_code"),
            Key("k.since", "date", "since"),
        )
    },
    default_sort="channel",
    filters={"channel": "k.channel = %(channel)s"},
)


async def keep(tx: Tx, *, channel: str, calling_code: str, since: date, price: Decimal, currency: str, by: str) -> None:
    """Writes a price, in the place of one for the same numbers and day."""
    await tx.execute(
        """insert into communications.message_prices
               (channel, calling_code, price, currency, since, said_by_name, said_at)
           values (%(channel)s, %(calling_code)s, %(price)s, %(currency)s, %(since)s, %(by)s, %(now)s)
           on conflict (channel, calling_code, since) do update
               set price = excluded.price, currency = excluded.currency, said_by_name = excluded.said_by_name,
                   said_at = excluded.said_at""",
        channel=channel,
        calling_code=calling_code,
        since=since,
        price=price,
        currency=currency,
        by=by,
    )


async def take_off(tx: Tx, *, channel: str, calling_code: str, since: date) -> None:
    """Takes a price off the list."""
    await tx.execute(
        """delete from communications.message_prices
           where channel = %(channel)s and calling_code = %(calling_code)s and since = %(since)s""",
        channel=channel,
        calling_code=calling_code,
        since=since,
    )
