"""Messages of a time before there was a queue: for the demonstration. Nothing of this leaves."""

from collections import defaultdict
from datetime import datetime, timedelta

import msgspec

from bedside.kit.database import Tx
from bedside.message_templates import Channel
from bedside.messaging import store_history, store_preferences, store_prices, store_sending
from bedside.messaging.contact_policies import ContactPolicyGiven, set_contact_policy
from bedside.messaging.links import Written
from bedside.messaging.model import PersonRef, SendingAddress
from bedside.messaging.preferring import ask_for_news, unsubscribe
from bedside.messaging.preparing import prepare
from bedside.messaging.price_list import NewMessagePrice, put_price
from bedside.messaging.providers.outcomes import Price
from bedside.messaging.reports import Report
from bedside.messaging.status_changes import apply
from bedside.messaging.tracking import links_in

__all__ = [
    "Channel", "ContactPolicyGiven", "LeftMessage", "NewMessagePrice", "PastAnswer", "PastClick", "PastMessage",
    "PastOpen", "PersonRef", "Price", "Report", "apply", "ask_for_news", "let_leave", "put_price",
    "set_contact_policy", "unsubscribed", "write_answers", "write_looks", "write_messages", "write_prices",
]  # fmt: skip


class PastMessage(msgspec.Struct, kw_only=True):
    """A message that left, and how far it came."""

    channel: str
    hospital_id: int
    patient_id: int
    to_address: str
    template_key: str
    language: str
    about: str
    about_id: int
    body: str
    status: str
    at: datetime
    subject: str | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failed_at: datetime | None = None
    error_code: str | None = None
    error: str | None = None
    segments: int | None = 1


class PastAnswer(msgspec.Struct, kw_only=True):
    """What somebody wrote back; `acted` says what it did by itself, empty where a person has to read it."""

    channel: str
    from_address: str
    to_address: str
    patient_id: int
    body: str
    at: datetime
    answers: int | None
    acted: str


class LeftMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the queue that has left, with what decides on what becomes of it. `links`: where its words lead."""

    id: int
    channel: str
    patient_id: int
    to_address: str
    subject: str | None
    segments: int | None
    links: tuple[str, ...]
    at: datetime


class PastOpen(msgspec.Struct, kw_only=True):
    """A mail that was opened; `machine`: why it was no person, as `machines` says it."""

    message_id: int
    at: datetime
    machine: str = ""


class PastClick(msgspec.Struct, kw_only=True):
    """A mail's link that was followed."""

    message_id: int
    at: datetime
    url: str
    machine: str = ""


async def write_messages(tx: Tx, past: list[PastMessage]) -> list[int]:
    """Writes them in the order given, and gives their ids."""
    return await store_history.insert_messages(tx, [msgspec.structs.asdict(one) for one in past])


async def write_answers(tx: Tx, past: list[PastAnswer]) -> list[tuple[int, int]]:
    """Writes them in the order given; gives the ids of each message and its conversation."""
    return await store_history.insert_answers(tx, [msgspec.structs.asdict(one) for one in past])


async def let_leave(tx: Tx, *, about: str, about_id: int) -> list[LeftMessage]:
    """Has what waits in the queue about something leave at the transaction's time, to nobody: its words are made as the
    sender makes them, and a provider is said to have taken it. Gives those that left; whose words cannot be made, or
    who stopped meanwhile, is noted as the sender notes it."""
    waiting = await store_history.waiting(tx, about=about, about_id=about_id)
    if not waiting:
        return []
    batch = await prepare(tx, waiting, defaultdict(_nowhere))
    await store_sending.take(tx, claimed=waiting, prepared=batch.kept, lease=timedelta(minutes=1))
    taken = [
        Report(message_id=one.id, provider_id=f"demonstration-of-{about}-{one.id}", status="sent")
        for one, _ in batch.ready
    ]
    await apply(tx, [*batch.reports, *taken])
    words = {one.id: one for one in batch.kept}
    return [
        LeftMessage(
            id=one.id,
            channel=one.channel.value,
            patient_id=one.person_id or 0,
            to_address=one.to_address,
            subject=words[one.id].subject,
            segments=words[one.id].segments,
            links=tuple(links_in(words[one.id].body)),
            at=tx.now,
        )
        for one, _ in batch.ready
    ]


def _nowhere() -> SendingAddress:
    """The account of a time before the worker knew of any."""
    return SendingAddress(
        id=0, hospital_id=None, channel=Channel.SMS, provider="", account=1, address="", name="", per_second=1,
        daily_cap=None, sent_today=0, active=True, paused_until=None, paused_because=None, tripped_at=None,
        tripped_because=None, next_try_at=None, version=1,
    )  # fmt: skip


async def write_prices(tx: Tx, priced: list[tuple[int, Price]]) -> None:
    """Writes what a provider took for messages, by their ids."""
    await store_prices.keep(tx, priced)


async def write_looks(tx: Tx, *, opens: list[PastOpen], clicks: list[PastClick]) -> None:
    """Writes that mails were opened, and their first link followed; a mail's clicks are all given at once."""
    await store_history.insert_looks(
        tx,
        opens=[msgspec.structs.asdict(one) for one in opens],
        clicks=[msgspec.structs.asdict(one) for one in clicks],
    )


async def unsubscribed(tx: Tx, *, message_id: int, how: str) -> None:
    """Somebody wants no more news on the channel that a message came by, since the transaction's time."""
    message = await store_preferences.written(tx, Written, message_id=message_id)
    if message is not None:
        await unsubscribe(tx, message=message, how=how)
