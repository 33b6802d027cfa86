"""SQL of the senders."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString

from bedside.kit.database import Tx
from bedside.messaging.model import SendingAddress
from bedside.messaging.provider_accounts import NamedSender

# a pause by hand has no end, and nobody stands in during it: staff want its messages to wait
BY_HAND: LiteralString = "timestamptz '2999-01-01'"


def is_by_hand(paused_until: datetime | None) -> bool:
    """Whether a sender's pause is one by hand."""
    return paused_until is not None and paused_until.year == 2999


async def ensure(tx: Tx, *, sender: NamedSender, per_second: int) -> None:
    """Makes this one of the group's senders for its channel."""
    await tx.execute(
        """insert into communications.senders (channel, provider, address, account, per_second, created_at, updated_at)
           values (%(channel)s, %(provider)s, %(address)s, %(account)s, %(per_second)s, %(now)s, %(now)s)
           on conflict (channel, provider, address, account) do update set active = true, updated_at = %(now)s
               where not senders.active""",
        channel=sender.channel,
        provider=sender.provider,
        address=sender.address,
        account=sender.account,
        per_second=per_second,
    )


async def retire_others(tx: Tx, *, named: Sequence[NamedSender]) -> None:
    """Retires the group's senders that have no account any more, and hands what waits for them, or for none, to the
    first of its channel. A channel without any account keeps what it had."""
    channels = {sender.channel for sender in named}
    await tx.execute(
        """update communications.senders s set active = false, updated_at = %(now)s
           where hospital_id is null and active and channel = any(%(channels)s)
             and (channel, provider, address, account) not in (
                 select * from unnest(%(channel)s::text[], %(provider)s::text[], %(address)s::text[],
                                      %(account)s::smallint[]))""",
        channels=list(channels),
        channel=[sender.channel for sender in named],
        provider=[sender.provider for sender in named],
        address=[sender.address for sender in named],
        account=[sender.account for sender in named],
    )
    await tx.execute(
        """update communications.message_queue q set sender_id = s.id
           from (select distinct on (channel) channel, id from communications.senders
                 where active and hospital_id is null order by channel, account, id) s
           where q.status = 'queued' and q.channel = s.channel and q.channel = any(%(channels)s)
             and (q.sender_id is null or q.sender_id in (select id from communications.senders where not active))""",
        channels=list(channels),
    )


ADDRESS: LiteralString = """
id, hospital_id, channel, provider, account, address, name, per_second, daily_cap, active, paused_until, paused_because,
tripped_at, tripped_because, try_at as next_try_at, version,
case when sent_on = (%(now)s at time zone 'UTC')::date then sent_that_day else 0 end as sent_today
"""


async def find(tx: Tx, *, sender_id: int) -> SendingAddress | None:
    """One sender."""
    return await tx.maybe(
        SendingAddress, "select " + ADDRESS + " from communications.senders where id = %(id)s", id=sender_id
    )


async def change(
    tx: Tx,
    *,
    sender_id: int,
    name: str,
    per_second: int,
    daily_cap: int | None,
    paused: bool,
    because: str | None,
) -> SendingAddress:
    """Changes a sender and gives it. A pause by hand lasts until it is lifted by hand."""
    return await tx.one(
        SendingAddress,
        """update communications.senders
           set name = %(name)s, per_second = %(per_second)s, daily_cap = %(daily_cap)s,
               version = version + 1, updated_at = %(now)s,
               paused_until = case when %(paused)s then """
        + BY_HAND
        + """ end,
               paused_because = case when %(paused)s then %(because)s end
           where id = %(id)s returning """
        + ADDRESS,
        id=sender_id,
        name=name,
        per_second=per_second,
        daily_cap=daily_cap,
        paused=paused,
        because=because,
    )


async def takes_mail(tx: Tx, *, address: str) -> bool:
    """Whether mail to an address is for us: it is, or was, one that our mail comes from."""
    return bool(
        await tx.value(
            """select exists (select from communications.senders
                              where channel = 'email' and lower(address) = lower(%(address)s))""",
            address=address,
        )
    )
