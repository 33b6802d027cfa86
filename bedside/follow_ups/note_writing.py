"""Notes: written, edited, pinned, deleted and brought back. A deleted one is kept out of sight, not destroyed."""

import msgspec

from bedside.accounts import Permission, SignedIn, audit
from bedside.event_log import Actor, record
from bedside.follow_ups import store_notes as store
from bedside.follow_ups.events import NoteAdded, NoteChanged
from bedside.follow_ups.model import NewNote, NoSuchNote, Note, NoteChanges, NoteNotYours
from bedside.follow_ups.subjects import check_subject, owner_of, patient_of, subject_of
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.text import many_lines
from bedside.kit.wire import given


async def add_note(tx: Tx, *, new: NewNote, actor: Actor) -> Note:
    """Writes a note about a record. Raises SubjectUnknown (422), NoSuchSubject (404), Invalid (422)."""
    await check_subject(tx, noun=new.subject, subject_id=new.subject_id, actor=actor)
    made = await store.insert_note(
        tx,
        subject=new.subject,
        subject_id=new.subject_id,
        body=many_lines(new.body, pointer="/body", needed=True),
        pinned=new.pinned,
        by=actor.id if actor.kind == "staff" else None,
        by_name=actor.name,
    )
    patient_id = patient_of(made.subject, made.subject_id)
    await audit(
        tx, actor=actor, action="note.added", subject="note", subject_id=made.id, patient_id=patient_id, after=made
    )
    event = NoteAdded(
        note_id=made.id,
        about=made.subject,
        about_id=made.subject_id,
        patient_id=patient_id,
        owner_id=owner_of(made.subject, made.subject_id),
    )
    await record(tx, event, actor=actor)
    return made


async def note(tx: Tx, note_id: int, *, seen_by: Actor) -> Note:
    """A note, not deleted. Raises NoSuchNote (404), NoSuchSubject (404) where such records are not theirs to see."""
    return _seen(await store.note(tx, note_id), seen_by)


async def notes(tx: Tx, *, subject: str, subject_id: int, limit: int = 100) -> list[Note]:
    """Notes about a record: pinned ones first, then the newest."""
    page = await store.NOTES.page(tx, filters={"subject": subject, "subject_id": subject_id}, limit=limit)
    return page.items


async def change_note(
    tx: Tx, *, note_id: int, changes: NoteChanges, actor: Actor, expected_version: int | None = None
) -> Note:
    """Changes a note's words (who wrote it, or an administrator) or pins it (anybody who may write notes).

    Raises NoSuchNote (404), NoteNotYours (403), Changed (412), Invalid (422).
    """
    before = _seen(await store.lock_note(tx, note_id), actor)
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    if "body" in sent:
        sent["body"] = many_lines(sent["body"], pointer="/body", needed=True)
        if sent["body"] != before.body:
            _check_writer(before, actor)
    wanted = msgspec.structs.replace(before, **sent)
    if wanted == before:
        return before
    how = "edited" if wanted.body != before.body else "pinned" if wanted.pinned else "unpinned"
    return await _write(tx, before, wanted, how=how, actor=actor)


async def delete_note(tx: Tx, *, note_id: int, actor: Actor, expected_version: int | None = None) -> Note:
    """Deletes a note; `restore_note` undoes it. Raises NoSuchNote (404), NoteNotYours (403), Changed (412)."""
    before = _seen(await store.lock_note(tx, note_id), actor)
    check_version(expected=expected_version, actual=before.version)
    _check_writer(before, actor)
    return await _write(tx, before, msgspec.structs.replace(before, deleted_at=tx.now), how="deleted", actor=actor)


async def restore_note(tx: Tx, *, note_id: int, actor: Actor) -> Note:
    """Brings a deleted note back; one that is there stays as it is. Raises NoSuchNote (404), NoteNotYours (403)."""
    before = _seen(await store.lock_note(tx, note_id), actor, deleted_too=True)
    _check_writer(before, actor)
    if before.deleted_at is None:
        return before
    return await _write(tx, before, msgspec.structs.replace(before, deleted_at=None), how="restored", actor=actor)


def may_edit(note: Note, actor: Actor) -> bool:
    """Whether its words are theirs to change: who wrote it, or an administrator. Pure."""
    if isinstance(actor, SignedIn) and actor.may(Permission.STAFF_MANAGE):
        return True
    return actor.kind == "staff" and actor.id is not None and actor.id == note.created_by


def _check_writer(note: Note, actor: Actor) -> None:
    if not may_edit(note, actor):
        raise NoteNotYours(
            f"{note.created_by_name} wrote this note.",
            next_step="Ask them, or an administrator; or write one of your own.",
        )


def _seen(found: Note | None, actor: Actor, *, deleted_too: bool = False) -> Note:
    if found is None or (found.deleted_at is not None and not deleted_too):
        raise NoSuchNote("There is no note with this id.", next_step="It may have been deleted: open the record again.")
    subject_of(found.subject, actor=actor)
    return found


async def _write(tx: Tx, before: Note, wanted: Note, *, how: str, actor: Actor) -> Note:
    after = await store.update_note(tx, wanted)
    patient_id = patient_of(after.subject, after.subject_id)
    await audit(
        tx, actor=actor, action=f"note.{how}", subject="note", subject_id=after.id, patient_id=patient_id,
        before=before, after=after,
    )  # fmt: skip
    event = NoteChanged(
        note_id=after.id,
        about=after.subject,
        about_id=after.subject_id,
        how=how,
        patient_id=patient_id,
        owner_id=owner_of(after.subject, after.subject_id),
    )
    await record(tx, event, actor=actor)
    return after
