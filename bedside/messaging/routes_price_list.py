"""REST of the prices of messages that staff keep."""

from typing import Annotated, Any

from litestar import Request, get, put
from litestar.params import JSONBody, QueryParameter

from bedside.accounts import Permission, SignedIn, requires
from bedside.kit.http.paging import Page
from bedside.kit.http.transaction import Transaction
from bedside.kit.money import exact_text
from bedside.message_templates import Channel
from bedside.messaging import price_list, store_price_list
from bedside.messaging.price_list import MessagePrice, NewMessagePrice
from bedside.messaging.store_price_list import KeptPrice

Asked = Request[SignedIn, Any, Any]
TAGS = ["Messages"]


def shown(one: KeptPrice) -> MessagePrice:
    """A price as the API shows it."""
    return MessagePrice(
        channel=Channel(one.channel), calling_code=one.calling_code, price=exact_text(one.price),
        currency=one.currency, since=one.since, said_by_name=one.said_by_name, said_at=one.said_at,
    )  # fmt: skip


@get(
    "/api/message-prices",
    guards=[requires(Permission.CAMPAIGNS_READ)],
    tags=TAGS,
    summary="What messages cost, as staff keep it",
)
async def list_message_prices(
    tx: Transaction,
    channel: Annotated[Channel | None, QueryParameter(name="channel")] = None,
    cursor: Annotated[str | None, QueryParameter(name="cursor")] = None,
    limit: Annotated[int, QueryParameter(name="limit")] = 50,
) -> Page[MessagePrice]:
    """By channel, calling code and day. They count where the provider does not say what a message cost, or not yet."""
    page = await store_price_list.PRICES.page(tx, filters={"channel": channel}, cursor=cursor, limit=limit)
    return Page(items=[shown(one) for one in page.items], next=page.next)


@put(
    "/api/message-prices",
    guards=[requires(Permission.STAFF_MANAGE)],
    tags=TAGS,
    summary="Keep what messages cost",
)
async def put_message_price(data: JSONBody[NewMessagePrice], request: Asked, tx: Transaction) -> Page[MessagePrice]:
    """Puts one price on the list, in the place of one for the same `channel`, `callingCode` and `since`; `price` null
    takes that one off. An SMS is priced by the part, other messages whole. Answers with the prices of that channel."""
    await price_list.put_price(tx, new=data, user=request.user)
    page = await store_price_list.PRICES.page(tx, filters={"channel": str(data.channel)}, limit=200)
    return Page(items=[shown(one) for one in page.items], next=page.next)


PRICE_LIST_ROUTES = [list_message_prices, put_message_price]
