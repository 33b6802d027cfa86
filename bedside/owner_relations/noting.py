"""What this room hears of: what owners wrote, what was written to them elsewhere, what did not arrive."""

from datetime import timedelta

from bedside.event_log import Actor
from bedside.follow_ups import open_task
from bedside.kit.database import Tx
from bedside.messaging import OwnerMessageReceived, OwnerMessageStatusChanged, OwnerMessageWritten
from bedside.owner_relations import store_communications as store
from bedside.owners import find_by_email, find_by_phone

SOON = timedelta(hours=4)
_MISSED = frozenset({"failed", "undelivered"})


async def keep_inbound(tx: Tx, event: OwnerMessageReceived, *, actor: Actor) -> None:
    """What an owner wrote stands in their log, once, under the name of whoever has that address."""
    owner_id = event.owner_id
    if owner_id is None:
        return
    contact_id, name = await _who_has(tx, owner_id, event.from_address, actor.name)
    made = await store.insert(
        tx,
        owner_id=owner_id,
        hospital_id=event.hospital_id,
        kind=event.channel,
        direction="inbound",
        body=event.body,
        inbound_message_id=event.inbound_message_id,
        happened_at=tx.now,
        by=name,
    )
    if made is not None:
        await store.insert_recipient(
            tx,
            communication_id=made,
            contact_id=contact_id,
            name=name,
            address=event.from_address,
            channel=event.channel,
        )


async def keep_written(tx: Tx, event: OwnerMessageWritten, *, actor: Actor) -> None:
    """What was written to an owner from the inbox or the messages stands in their log too; sent again, it takes the
    place of the first."""
    owner_id = event.owner_id
    if owner_id is None:
        return
    if event.repeats is not None and await store.replace_message(tx, old=event.repeats, new=event.message_id):
        return
    message = await store.written(tx, message_id=event.message_id)
    contact_id, name = await _who_has(tx, owner_id, message.to_address, message.to_address)
    made = await store.insert(
        tx,
        owner_id=owner_id,
        hospital_id=event.hospital_id,
        kind=message.channel,
        direction="outbound",
        template_key=message.template_key,
        happened_at=tx.now,
        by=message.created_by_name,
    )
    if made is not None:
        await store.insert_recipient(
            tx,
            communication_id=made,
            contact_id=contact_id,
            name=name,
            address=message.to_address,
            channel=message.channel,
            message_id=event.message_id,
        )


async def follow_message(tx: Tx, event: OwnerMessageStatusChanged, *, actor: Actor) -> None:
    """An automatic notice that did not arrive is somebody's task: nobody was there to see it fail."""
    if event.status not in _MISSED:
        return
    of = await store.of_message(tx, message_id=event.message_id)
    if of is None or of.notice is None:
        return
    about = of.notice.replace("_", " ")
    await open_task(
        tx,
        key=f"owner-notice:{event.message_id}",
        title=f"{of.name} did not get a notice ({about}, {of.channel} to {of.address})",
        details=f"{event.error or 'It could not be delivered.'}\nMend the address, then send it again from the log.",
        subject="owner",
        subject_id=of.owner_id,
        hospital_id=of.hospital_id,
        for_role="finance",
        due_at=tx.now + SOON,
    )


async def _who_has(tx: Tx, owner_id: int, address: str, otherwise: str) -> tuple[int | None, str]:
    """Which of an owner's people has an address: the owner before their contacts."""
    found = await (find_by_email(tx, address) if "@" in address else find_by_phone(tx, address))
    theirs = [(contact_id, name) for whose, contact_id, name in found if whose == owner_id]
    return theirs[0] if theirs else (None, otherwise)
