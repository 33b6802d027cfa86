"""What is done about messages of which nobody knows whether they left: asked about, never blindly sent again."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from bedside.kit.database import Database, Tx
from bedside.messaging import store_sending
from bedside.messaging.asking_staff import ask_about_unknown
from bedside.messaging.model import Message, SendingAddress
from bedside.messaging.providers.outcomes import Outcome, Outgoing, Provider
from bedside.messaging.reports import Report
from bedside.messaging.status_changes import PROVIDER, apply

BATCH = 50
AGAIN_AFTER = timedelta(seconds=30)
# by then a receipt would have come
ASK_AFTER = timedelta(minutes=5)


async def end_leases(database: Database) -> int:
    """Marks as unknown all that a sender had in hand when it died, a batch a transaction; gives how many."""
    words, ended = "The sender ended while it had this message in hand.", 0
    while True:
        async with database.transaction() as tx:
            ids = await store_sending.expired_leases(tx, limit=BATCH)
            moved = await apply(tx, [Report(message_id=one, status="unknown", words=words) for one in ids])
        ended += moved
        if moved < BATCH:
            return ended


async def reconcile(database: Database, providers: Mapping[str, Provider]) -> int:
    """Looks for messages of unknown fate where a provider can be asked, outside any transaction; gives how many were
    found. What stays unknown for five minutes is put before staff, with *send again*."""
    async with database.transaction() as tx:
        messages = await store_sending.to_reconcile(tx, again_after=AGAIN_AFTER, limit=BATCH)
        senders = {address.id: address for address in await store_sending.every_address(tx)} if messages else {}
        for message in messages:
            if message.sending_at is not None and tx.now - message.sending_at >= ASK_AFTER:
                await ask_about_unknown(tx, message)
    # at once: whoever waits to be sent waits as long as one question takes, and not all of them
    answers = await asyncio.gather(*(_candidates(message, senders, providers) for message in messages))
    found = 0
    for message, candidates in zip(messages, answers, strict=True):
        if candidates:
            async with database.transaction() as tx:
                ids = [str(candidate.provider_id) for candidate in candidates]
                known = await store_sending.known_provider_ids(tx, provider_ids=ids)
                # the same words may have gone to the same person twice: one that is known to be another is not this
                found += await _settle(tx, message, [c for c in candidates if c.provider_id not in known])
    return found


async def _candidates(
    message: Message, senders: Mapping[int, SendingAddress], providers: Mapping[str, Provider]
) -> list[Outcome]:
    address = senders.get(message.sender_id or 0)
    provider = providers.get(address.carrier) if address else None
    return await provider.look_up(_as_sent(message, address.address)) if address and provider else []


async def _settle(tx: Tx, message: Message, candidates: list[Outcome]) -> int:
    if not candidates:
        return 0
    first = candidates[0]
    report = Report(
        message_id=message.id,
        provider_id=first.provider_id,
        status=first.status or "sent",
        code=first.code,
        segments=first.segments,
        words="Found at the provider.",
    )
    return await apply(tx, [report], actor=PROVIDER)


def _as_sent(message: Message, sender_address: str) -> Outgoing:
    return Outgoing(
        message_id=message.id,
        channel=message.channel,
        sender_address=sender_address,
        to=message.to_address,
        purpose=message.purpose,
        language=message.language,
        subject=message.subject,
        body=message.body or "",
        sending_at=message.sending_at or message.created_at,
    )
