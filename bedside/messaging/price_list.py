"""The prices of messages that staff keep: what one costs where the provider does not say so, or has not yet."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from bedside.accounts import SignedIn, audit
from bedside.kit.database import Tx
from bedside.kit.http.problems import Forbidden, Invalid
from bedside.kit.money import AmountIn, CurrencyIn, check_currency, exact_amount, exact_text
from bedside.kit.wire import Wire
from bedside.message_templates import Channel
from bedside.messaging import store_price_list

DECIMALS = 6
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class MessagePrice(Wire, kw_only=True):
    """What a part of an SMS, or a whole message by another channel, costs from a day on. `callingCode`: to numbers that
    begin like this (the longest that fits counts); empty: to all others."""

    channel: Channel
    calling_code: str
    price: str
    currency: str
    since: date
    said_by_name: str
    said_at: datetime


class NewMessagePrice(Wire, kw_only=True):
    """A price as it is kept, from `since` (left out: from today) on. `price` null: this one is taken off the list."""

    channel: Channel
    calling_code: Annotated[str, Meta(max_length=7, pattern="^([1-9][0-9]{0,6})?$")] = ""
    price: AmountIn | None
    currency: CurrencyIn
    since: date | None = None


async def put_price(tx: Tx, *, new: NewMessagePrice, user: SignedIn) -> MessagePrice | None:
    """Keeps a price; one for the same channel, calling code and day gives way to it. Gives it, or None for one that was
    taken off. Raises Invalid (422) for an amount, a currency or a day that is none, Forbidden (403) for who does not
    work at every hospital: prices are the whole group's."""
    if user.hospital_ids is not None:
        raise Forbidden("Prices are the whole group's.", next_step="Ask an administrator of every hospital.")
    check_currency(new.currency)
    if new.channel is Channel.EMAIL and new.calling_code:
        raise Invalid("Mail goes to no number.", pointer="/callingCode", next_step="Leave the calling code out.")
    since = new.since or tx.now.date()
    if not EARLIEST <= since <= LATEST:
        raise Invalid("That day is not of this century.", pointer="/since")
    kept: MessagePrice | None = None
    if new.price is None:
        await store_price_list.take_off(tx, channel=new.channel, calling_code=new.calling_code, since=since)
    else:
        price: Decimal = exact_amount(new.price, decimals=DECIMALS, pointer="/price")
        await store_price_list.keep(
            tx, channel=new.channel, calling_code=new.calling_code, since=since, price=price, currency=new.currency,
            by=user.name,
        )  # fmt: skip
        kept = MessagePrice(
            channel=new.channel, calling_code=new.calling_code, price=exact_text(price), currency=new.currency,
            since=since, said_by_name=user.name, said_at=tx.now,
        )  # fmt: skip
    after = kept or {"channel": new.channel, "callingCode": new.calling_code, "since": since, "price": None}
    await audit(tx, actor=user, action="message_price.set", subject="message_prices", after=after)
    return kept
