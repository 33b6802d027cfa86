"""Messages of a time before there was a queue: for the demonstration. Nothing of this leaves."""

from datetime import datetime

import msgspec

from bedside.kit.database import Tx
from bedside.messaging import store_history
from bedside.messaging.contact_policies import ContactPolicyGiven, set_contact_policy

__all__ = [
    "ContactPolicyGiven", "PastAnswer", "PastMessage", "set_contact_policy", "write_answers", "write_messages",
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


async def write_messages(tx: Tx, past: list[PastMessage]) -> list[int]:
    """Writes them in the order given, and gives their ids."""
    return await store_history.insert_messages(tx, [msgspec.structs.asdict(one) for one in past])


async def write_answers(tx: Tx, past: list[PastAnswer]) -> list[tuple[int, int]]:
    """Writes them in the order given; gives the ids of each message and its conversation."""
    return await store_history.insert_answers(tx, [msgspec.structs.asdict(one) for one in past])
