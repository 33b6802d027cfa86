"""Handing words to the queue for each of an owner's people, and writing down what became of it."""

from datetime import datetime

import msgspec

from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.messaging import Enqueued, Explanation, PersonRef, enqueue, would_get
from bedside.owner_relations import store_communications as store
from bedside.owner_relations.model import CHANNELS, Channel
from bedside.owners import Owner, OwnerContact, contacts

# What messages of this room are about: the entry of the log, from which their variables are loaded.
ABOUT = "owner_communication"
_NO_ADDRESS = {
    "email": "No email address is known.",
    "sms": "No phone number that takes SMS is known.",
    "whatsapp": "No phone number that takes WhatsApp is known.",
}


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One who is written to for an owner: the owner themselves, or one of their contacts."""

    owner_id: int
    contact_id: int | None
    name: str
    phone: str | None
    email: str | None
    language: str
    preferred: Channel | None

    def address(self, channel: str) -> str | None:
        """Where they are reached on a channel, if they are."""
        return self.email if channel == "email" else self.phone

    def in_order(self) -> list[Channel]:
        """The channels that could reach them, the one that they prefer first, then email, SMS, WhatsApp."""
        order: list[Channel] = [*([self.preferred] if self.preferred else []), "email", "sms", "whatsapp"]
        return [channel for channel in dict.fromkeys(order) if self.address(channel)]


def themselves(whose: Owner) -> Person:
    """The owner, by their own phone and email."""
    return Person(
        owner_id=whose.id,
        contact_id=None,
        name=whose.name,
        phone=whose.phone,
        email=whose.email,
        language=whose.language,
        preferred=whose.preferred_channel,
    )


def at_owner(whose: Owner, one: OwnerContact) -> Person:
    """One of an owner's contacts."""
    return Person(
        owner_id=whose.id,
        contact_id=one.id,
        name=one.name,
        phone=one.phone,
        email=one.email,
        language=one.language or whose.language,
        preferred=one.preferred_channel,
    )


async def people_of(tx: Tx, whose: Owner) -> dict[int, Person]:
    """Everybody who is written to for an owner, by the contact's id; 0 is the owner."""
    found = {0: themselves(whose)}
    for one in await contacts(tx, owner_id=whose.id):
        found[one.id] = at_owner(whose, one)
    return found


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What is said: from a template, or as it is."""

    template_key: str | None = None
    variables: dict[str, object] = {}
    subject: str | None = None
    body: str | None = None


async def hand_over(
    tx: Tx,
    *,
    communication_id: int,
    to: Person,
    channel: Channel,
    words: Words,
    key: str,
    hospital_id: int | None,
    urgent: bool,
    not_before: datetime | None,
    actor: Actor,
    repeats: int | None = None,
) -> Enqueued:
    """Queues the words for one person by one channel, or says why they cannot be written to. Writes no entry."""
    address = to.address(channel)
    if address is None:
        return Enqueued(message_id=None, refused_because=_NO_ADDRESS[channel])
    owner_ref = PersonRef(kind="owner", id=to.owner_id)
    return await enqueue(
        tx,
        key=key,
        to=owner_ref if to.contact_id is None else address,
        person=owner_ref,
        channel=channel,
        purpose="transactional",
        template_key=words.template_key,
        body=words.body,
        subject=words.subject if channel == "email" else None,
        variables={"recipient": {"name": to.name}, **words.variables},
        about=ABOUT,
        about_id=communication_id,
        language=to.language,
        hospital_id=hospital_id,
        urgent=urgent,
        not_before=not_before,
        repeats=repeats,
        actor=actor,
    )


async def would_reach(tx: Tx, to: Person, channel: Channel, *, hospital_id: int | None, at_a_time: bool) -> Explanation:
    """Whether `hand_over` would queue words for one person by one channel, and why not. Writes nothing."""
    address = to.address(channel)
    if address is None:
        return Explanation(goes=False, channel=None, at=None, refused_because=_NO_ADDRESS[channel], checks=[])
    whom = PersonRef(kind="owner", id=to.owner_id) if to.contact_id is None else address
    return await would_get(
        tx, to=whom, channel=channel, purpose="transactional", hospital_id=hospital_id, urgent=at_a_time
    )


async def write_down(tx: Tx, *, communication_id: int, to: Person, channel: Channel, became: Enqueued) -> None:
    """Writes a recipient into the entry, with their message or why there is none."""
    await store.insert_recipient(
        tx,
        communication_id=communication_id,
        contact_id=to.contact_id,
        name=to.name,
        address=to.address(channel) or "",
        channel=channel,
        message_id=became.message_id,
        refused_because=became.refused_because or "" if became.message_id is None else "",
    )


def in_order_of_channels(wanted: list[Channel]) -> list[Channel]:
    """Channels without doubles, in the order that they are named everywhere."""
    return [channel for channel in CHANNELS if channel in wanted]
