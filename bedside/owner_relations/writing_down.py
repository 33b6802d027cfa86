"""Writing down what was said otherwise than by a message of ours: calls, meetings, letters."""

from datetime import UTC, datetime, timedelta

import msgspec

from bedside.accounts import SignedIn, audit
from bedside.event_log import record
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid
from bedside.kit.text import many_lines, one_line
from bedside.kit.wire import given
from bedside.owner_relations import store_communications as store
from bedside.owner_relations.delivering import Person
from bedside.owner_relations.events import CommunicationChanged, CommunicationRecorded
from bedside.owner_relations.model import CHANNELS, Communication, CommunicationChanges, NewCommunication, NotByHand
from bedside.owner_relations.reading import communication
from bedside.owners import Owner


async def write_down_by_hand(
    tx: Tx, whose: Owner, new: NewCommunication, people: list[Person], hospital_id: int | None, actor: SignedIn
) -> int:
    """Writes down a call, a meeting or a letter, and gives its id. Raises Invalid (422)."""
    for name, pointer in (("template_key", "/templateKey"), ("send_at", "/sendAt"), ("variables", "/variables")):
        if getattr(new, name):
            raise Invalid(f"A {new.kind} is written down, not sent.", pointer=pointer, next_step="Leave this out.")
    subject = one_line(new.subject, pointer="/subject", needed=False)
    body = many_lines(new.body, pointer="/body")
    if not subject and not body:
        raise Invalid("Say what it was about.", pointer="/subject")
    made = await store.insert(
        tx,
        owner_id=whose.id,
        hospital_id=hospital_id,
        kind=new.kind,
        direction=new.direction,
        subject=subject,
        body=body,
        happened_at=_past(tx, new.happened_at),
        duration_minutes=new.duration_minutes,
        by=actor.name,
    )
    if made is None:
        raise LookupError("an entry without a key was not written")
    for who in people:
        await store.insert_recipient(tx, communication_id=made, contact_id=who.contact_id, name=who.name)
    happened = CommunicationRecorded(communication_id=made, how=new.kind, owner_id=whose.id, hospital_id=hospital_id)
    await record(tx, happened, actor=actor)
    return made


async def change(
    tx: Tx,
    *,
    owner_id: int,
    communication_id: int,
    changes: CommunicationChanges,
    actor: SignedIn,
    expected_version: int | None = None,
) -> Communication:
    """Changes a call, a meeting or a letter, puts it away or brings it back.

    Raises NoSuchCommunication (404), NotByHand (409) for a message, Changed (412), Invalid (422).
    """
    await store.lock(tx, communication_id=communication_id)
    before = await communication(tx, owner_id=owner_id, communication_id=communication_id, user=actor)
    if before.kind in CHANNELS:
        raise NotByHand("A message stays as it was sent.", next_step="Write a new one.")
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    archived = sent.pop("archived", None)
    after = msgspec.structs.replace(before, **sent)
    if "happened_at" in sent:
        after.happened_at = _past(tx, after.happened_at)
    after.subject = one_line(after.subject, pointer="/subject", needed=False)
    after.body = many_lines(after.body, pointer="/body")
    if not after.subject and not after.body:
        raise Invalid("Say what it was about.", pointer="/subject")
    if archived is not None:
        after.archived_at = (before.archived_at or tx.now) if archived else None
    await store.update(tx, after)
    await audit(
        tx,
        actor=actor,
        action="communication.changed",
        subject="communication",
        subject_id=before.id,
        before=before,
        after=after,
    )
    changed = CommunicationChanged(
        communication_id=before.id, how=before.kind, owner_id=owner_id, hospital_id=before.hospital_id
    )
    await record(tx, changed, actor=actor)
    return await communication(tx, owner_id=owner_id, communication_id=communication_id, user=actor)


def _past(tx: Tx, at: datetime | None) -> datetime:
    if at is None:
        return tx.now
    at = of_this_world(at, "/happenedAt")
    if at > tx.now + timedelta(minutes=5):
        raise Invalid(
            "That is still to come.", pointer="/happenedAt", next_step="Open a task for it, and write it down after."
        )
    return at


def of_this_world(at: datetime, pointer: str) -> datetime:
    """The instant in UTC. Raises Invalid (422) for one that no log needs."""
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        at = datetime.min.replace(tzinfo=UTC)
    if not 1900 <= at.year <= 2200:
        raise Invalid("That time is not of this world.", pointer=pointer)
    return at
