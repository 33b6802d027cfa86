"""Who can be reached at once, by every channel there is: asked before many are written to, for all of them together."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec

from bedside.kit.database import Tx
from bedside.message_templates import Channel, Purpose
from bedside.messaging import store_enqueue, store_reaching
from bedside.messaging.consent import NAMES, ORDER, Recipient, judge

# what is paused for less than this is no news
A_WHILE = timedelta(minutes=1)


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, the address that it reaches somebody at, and what speaks against it."""

    channel: Channel
    address: str | None
    refused_because: str | None


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """Every channel of one person, in a fixed order, and the language that they are written to in."""

    language: str
    phone: str | None
    ways: Sequence[Way]


async def ways_to_reach(tx: Tx, *, patient_ids: Iterable[int], hospital_id: int) -> dict[int, Ways]:
    """How patients can be told something urgent about their care, by the same judgement that `enqueue` makes. What no
    sender carries counts as a way that is closed: such a message would only wait."""
    return {
        patient_id: Ways(
            language=recipient.language,
            phone=recipient.phone,
            ways=[_way(tx, recipient, channel) for channel in ORDER],
        )
        for patient_id, recipient in (
            await store_enqueue.patients(tx, ids=list(patient_ids), hospital_id=hospital_id)
        ).items()
    }


async def channels_at_rest(tx: Tx, *, hospital_id: int) -> dict[str, str]:
    """The channels by which nothing leaves for the next minute, with a sentence that says why."""
    paused = await store_reaching.paused_senders(tx, hospital_id=hospital_id, beyond=A_WHILE)
    return {
        channel: f"{NAMES[Channel(channel)]} is paused, so its messages wait. {because}".strip()
        for channel, because in paused.items()
    }


def _way(tx: Tx, recipient: Recipient, channel: Channel) -> Way:
    decision = judge(recipient, channel, Purpose.TRANSACTIONAL, known_person=True, urgent=True, wanted=tx.now)
    because = decision.refused_because
    if because is None and recipient.sender_id(channel) is None:
        because = f"Nothing sends {NAMES[channel]} from this hospital yet."
    return Way(channel=channel, address=recipient.address(channel), refused_because=because)
