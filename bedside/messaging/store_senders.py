"""SQL of the senders."""

from typing import LiteralString

from bedside.kit.database import Tx
from bedside.messaging.model import SendingAddress


async def ensure(tx: Tx, *, channel: str, provider: str, address: str, per_second: int) -> None:
    """Makes this the group's sender for a channel; messages that wait for another of the group's, or none, are its."""
    await tx.execute(
        """insert into communications.senders (channel, provider, address, per_second, created_at, updated_at)
           values (%(channel)s, %(provider)s, %(address)s, %(per_second)s, %(now)s, %(now)s)
           on conflict (channel, provider, address) do update set active = true, updated_at = %(now)s
               where not senders.active""",
        channel=channel,
        provider=provider,
        address=address,
        per_second=per_second,
    )
    await tx.execute(
        """update communications.senders set active = false, updated_at = %(now)s
           where channel = %(channel)s and hospital_id is null and active
             and (provider, address) <> (%(provider)s, %(address)s)""",
        channel=channel,
        provider=provider,
        address=address,
    )
    await tx.execute(
        """update communications.message_queue q set sender_id = s.id
           from communications.senders s
           where (s.channel, s.provider, s.address) = (%(channel)s, %(provider)s, %(address)s)
             and q.status = 'queued' and q.channel = s.channel
             and (q.sender_id is null or q.sender_id in (select id from communications.senders where not active))""",
        channel=channel,
        provider=provider,
        address=address,
    )


_ADDRESS: LiteralString = """
id, hospital_id, channel, provider, address, name, per_second, active, paused_until, paused_because, version
"""


async def find(tx: Tx, *, sender_id: int) -> SendingAddress | None:
    """One sender."""
    return await tx.maybe(
        SendingAddress, "select " + _ADDRESS + " from communications.senders where id = %(id)s", id=sender_id
    )


async def change(
    tx: Tx, *, sender_id: int, name: str, per_second: int, paused: bool, because: str | None
) -> SendingAddress:
    """Changes a sender and gives it. A pause by hand lasts until it is lifted by hand."""
    return await tx.one(
        SendingAddress,
        """update communications.senders
           set name = %(name)s, per_second = %(per_second)s, version = version + 1, updated_at = %(now)s,
               paused_until = case when %(paused)s then timestamptz '2999-01-01' end,
               paused_because = case when %(paused)s then %(because)s end
           where id = %(id)s returning """
        + _ADDRESS,
        id=sender_id,
        name=name,
        per_second=per_second,
        paused=paused,
        because=because,
    )
