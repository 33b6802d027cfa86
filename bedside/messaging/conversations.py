"""What staff do with conversations: read, give to a colleague, put off, close, say whose it is, note."""

from datetime import UTC, datetime, timedelta

from bedside.accounts import PERMISSIONS, Permission, SignedIn, active_staff, audit
from bedside.event_log import SYSTEM, record
from bedside.follow_ups import NewNote, Note, add_note, notes
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Forbidden, Invalid
from bedside.messaging import store_attachments, store_conversations, store_threads
from bedside.messaging.conversation_model import (
    ConversationView,
    ConversationWithLines,
    Line,
    PersonOfConversation,
    Way,
)
from bedside.messaging.events import ConversationChanged, OwnerConversationChanged
from bedside.messaging.model import Channel, ConversationNotFound
from bedside.owners import seen_owner
from bedside.patients import patient

WINDOW = timedelta(hours=24)
FURTHEST_SNOOZE = timedelta(days=366)
LINES = 200
MOST_LINES = 2000


async def conversation(tx: Tx, *, conversation_id: int, user: SignedIn) -> ConversationView:
    """One conversation; for one that was brought into another, that other. Raises ConversationNotFound (404)."""
    found = await store_conversations.conversation(tx, conversation_id=conversation_id, user=user)
    if found is not None and found.merged_into is not None:
        found = await store_conversations.conversation(tx, conversation_id=found.merged_into, user=user)
    if found is None:
        raise ConversationNotFound("There is no such conversation.", next_step="Look it up in the inbox.")
    return found


async def read_conversation(
    tx: Tx, *, conversation_id: int, user: SignedIn, most: int = LINES
) -> ConversationWithLines:
    """A conversation with its newest messages and staff's notes on it, 200 together or as many as asked for. Raises
    ConversationNotFound (404)."""
    found = await conversation(tx, conversation_id=conversation_id, user=user)
    until = None
    if found.last_whatsapp_at is not None:
        closes = found.last_whatsapp_at + WINDOW
        until = closes if closes > tx.now else None
    said = await store_conversations.lines(tx, conversation=found, limit=most)
    about = [found.id, *await store_conversations.merged(tx, conversation_id=found.id)]
    written = [_noted(one) for each in about for one in await notes(tx, subject="conversation", subject_id=each)]
    lines = sorted([*said, *written], key=lambda line: line.at)[-most:]
    await _with_files(tx, lines)
    ways = one_a_channel(await store_conversations.ways(tx, conversation=found))
    return ConversationWithLines(conversation=found, lines=lines, ways=ways, free_words_until=until)


async def _with_files(tx: Tx, lines: list[Line]) -> None:
    said = [line for line in lines if line.kind == "message"]
    theirs, ours = await store_attachments.of_lines(
        tx,
        inbound_ids=[line.id for line in said if not line.ours],
        message_ids=[line.id for line in said if line.ours],
    )
    for line in said:
        line.attachments = (ours if line.ours else theirs).get(line.id, [])


def one_a_channel(ways: list[Way]) -> list[Way]:
    """The first address of each channel, in the order given. Pure."""
    first: dict[Channel, Way] = {}
    for way in ways:
        first.setdefault(way.channel, way)
    return list(first.values())


def _noted(note: Note) -> Line:
    return Line(
        id=note.id,
        kind="note",
        ours=True,
        channel=None,
        address="",
        subject=None,
        body=note.body,
        status="note",
        at=note.created_at,
        by=note.created_by_name,
        acted="",
        automatic=False,
    )


async def close(
    tx: Tx, *, conversation_id: int, user: SignedIn, expected_version: int | None = None
) -> ConversationView:
    """Closes a conversation until the person writes again. Raises ConversationNotFound (404), Changed (412)."""
    found = await _held(tx, conversation_id, user, expected_version)
    await store_threads.end_waiting(tx, conversation_id=found.id, how="closed", by=user.id, by_name=user.name)
    await store_threads.set_status(tx, conversation_id=found.id, status="closed")
    return await _changed(tx, found, how="closed", user=user)


async def reopen(
    tx: Tx, *, conversation_id: int, user: SignedIn, expected_version: int | None = None
) -> ConversationView:
    """Opens a closed conversation again, or brings a snoozed one back. Raises as `close` does."""
    found = await _held(tx, conversation_id, user, expected_version)
    await store_threads.set_status(tx, conversation_id=found.id, status="open")
    return await _changed(tx, found, how="reopened", user=user)


async def no_answer_needed(
    tx: Tx, *, conversation_id: int, user: SignedIn, expected_version: int | None = None
) -> ConversationView:
    """Says that nobody need answer what they wrote last, and leaves it open. Raises as `close` does."""
    found = await _held(tx, conversation_id, user, expected_version)
    await store_threads.end_waiting(tx, conversation_id=found.id, how="no_answer_needed", by=user.id, by_name=user.name)
    return await _changed(tx, found, how="no_answer_needed", user=user)


async def snooze(
    tx: Tx, *, conversation_id: int, until: datetime | None, user: SignedIn, expected_version: int | None = None
) -> ConversationView:
    """Puts a conversation out of sight until then, or until they write; None brings it back now.

    Raises ConversationNotFound (404), Changed (412), Invalid (422) for a time that is past, a year off or without zone.
    """
    if until is not None:
        until = _later(tx, until)
    found = await _held(tx, conversation_id, user, expected_version)
    await store_threads.snooze(tx, conversation_id=found.id, until=until)
    return await _changed(tx, found, how="snoozed" if until else "woken", user=user)


def _later(tx: Tx, until: datetime) -> datetime:
    if until.tzinfo is None:
        raise Invalid("This needs its offset, such as 2027-10-25T10:00:00-04:00.", pointer="/until")
    try:
        until = until.astimezone(UTC)
    except OverflowError:
        raise Invalid("That time is not of this world.", pointer="/until") from None
    if until <= tx.now:
        raise Invalid("That time has passed.", pointer="/until", next_step="Choose a later one.")
    if until > tx.now + FURTHEST_SNOOZE:
        raise Invalid("That is more than a year ahead.", pointer="/until")
    return until


async def assign(
    tx: Tx, *, conversation_id: int, staff_id: int | None, user: SignedIn, expected_version: int | None = None
) -> ConversationView:
    """Gives a conversation to a colleague who may read messages, or back to everybody.

    Raises ConversationNotFound (404), Changed (412), Invalid (422) for somebody who is not there or may not read it.
    """
    found = await _held(tx, conversation_id, user, expected_version)
    if staff_id is not None and staff_id not in {one for one, _ in await may_take(tx, found)}:
        raise Invalid(
            "Nobody of that id reads messages here.", pointer="/staffId", next_step="Choose a colleague of the list."
        )
    await store_threads.assign(tx, conversation_id=found.id, staff_id=staff_id)
    return await _changed(tx, found, how="assigned" if staff_id else "unassigned", user=user)


async def may_take(tx: Tx, found: ConversationView) -> list[tuple[int, str]]:
    """Who may be given a conversation, by name: those who answer messages (of owners, those who write to owners)."""
    needed = Permission.OWNER_COMMUNICATIONS_SEND if found.owner_id else Permission.MESSAGES_SEND
    return [(one.id, one.name) for one in await active_staff(tx) if needed in PERMISSIONS[one.role]]


async def link(
    tx: Tx, *, conversation_id: int, person: PersonOfConversation, user: SignedIn, expected_version: int | None = None
) -> ConversationView:
    """Says whose a conversation is that was nobody's; where they have one already, this one is brought into it.

    Raises ConversationNotFound (404), Changed (412), NoSuchPatient or NoSuchOwner (404), Invalid (422) where it is
    somebody's already or not exactly one person is named.
    """
    found = await _held(tx, conversation_id, user, expected_version)
    if found.patient_id is not None or found.owner_id is not None:
        raise Invalid("This conversation has its person already.", pointer="/patientId")
    if (person.patient_id is None) == (person.owner_id is None):
        raise Invalid("Say whose it is: patientId or ownerId.", pointer="/patientId")
    if person.patient_id is not None:
        theirs = await patient(tx, person.patient_id)
        user.check_works_at(theirs.hospital_id)
        kind, whose = "patient", theirs.id
    else:
        if not user.may(Permission.OWNER_COMMUNICATIONS_SEND):
            raise Forbidden(f"The role {user.role} may not write to owners.", next_step="Ask somebody in finance.")
        kind, whose = "owner", (await seen_owner(tx, owner_id=person.owner_id or 0, user=user)).id
    into = await store_threads.give_to(tx, conversation_id=found.id, person_kind=kind, person_id=whose)
    linked = await conversation(tx, conversation_id=into, user=user)
    return await _changed(tx, linked, how="linked", user=user)


async def note(tx: Tx, *, conversation_id: int, body: str, user: SignedIn) -> Note:
    """Writes a note that colleagues read in the thread, and nobody else. Raises ConversationNotFound (404)."""
    found = await conversation(tx, conversation_id=conversation_id, user=user)
    made = await add_note(tx, new=NewNote(subject="conversation", subject_id=found.id, body=body), actor=user)
    await record(tx, _event(found, "noted"), actor=user)
    return made


async def wake(tx: Tx) -> int:
    """Brings back what was snoozed until now; gives how many there were."""
    woken = await store_threads.wake(tx)
    for conversation_id, kind, person_id in woken:
        of = OwnerConversationChanged if kind == "owner" else ConversationChanged
        await record(
            tx,
            of(
                conversation_id=conversation_id,
                how="woken",
                patient_id=person_id if kind == "patient" else None,
                owner_id=person_id if kind == "owner" else None,
            ),
            actor=SYSTEM,
        )
    return len(woken)


async def _held(tx: Tx, conversation_id: int, user: SignedIn, expected_version: int | None) -> ConversationView:
    """The conversation, which nobody else changes before the transaction ends, checked for its version."""
    found = await conversation(tx, conversation_id=conversation_id, user=user)
    check_may_write(found, user)
    await store_threads.lock(tx, conversation_id=found.id)
    found = await conversation(tx, conversation_id=found.id, user=user)
    check_version(expected=expected_version, actual=found.version)
    return found


def check_may_write(found: ConversationView, user: SignedIn) -> None:
    """Raises Forbidden (403) for a conversation with an owner where they may not write to owners."""
    if found.owner_id is not None and not user.may(Permission.OWNER_COMMUNICATIONS_SEND):
        raise Forbidden(f"The role {user.role} may not write to owners.", next_step="Ask somebody in finance to write.")


async def _changed(tx: Tx, before: ConversationView, *, how: str, user: SignedIn) -> ConversationView:
    after = await conversation(tx, conversation_id=before.id, user=user)
    await audit(
        tx, actor=user, action=f"conversation.{how}", subject="conversation", subject_id=before.id,
        patient_id=after.patient_id, before=_kept(before), after=_kept(after),
    )  # fmt: skip
    await record(tx, _event(after, how), actor=user)
    return after


def _kept(view: ConversationView) -> dict[str, object]:
    return {
        "status": view.status, "assigned_to": view.assigned_to, "snoozed_until": view.snoozed_until,
        "patient_id": view.patient_id, "owner_id": view.owner_id,
    }  # fmt: skip


def _event(found: ConversationView, how: str) -> ConversationChanged:
    of = OwnerConversationChanged if found.owner_id else ConversationChanged
    return of(conversation_id=found.id, how=how, patient_id=found.patient_id, owner_id=found.owner_id)
