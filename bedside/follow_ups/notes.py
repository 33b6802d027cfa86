"""Notes: written, changed, pinned, deleted. Deleted ones are kept out of sight, not destroyed."""

from bedside.accounts import audit
from bedside.event_log import Actor, record
from bedside.follow_ups import store
from bedside.follow_ups.events import NoteWritten
from bedside.follow_ups.model import PATIENT, NewNote, Note, NoteChanges
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import NotFound
from bedside.kit.text import many_lines
from bedside.kit.wire import given


async def write_note(tx: Tx, *, new: NewNote, actor: Actor) -> Note:
    """Writes a note on a subject. Raises Invalid (422) for text that cannot be kept."""
    made = await store.insert_note(
        tx,
        subject=new.subject,
        subject_id=new.subject_id,
        body=many_lines(new.body, pointer="/body", needed=True),
        pinned=new.pinned,
        by=actor.id if actor.kind == "staff" else None,
        by_name=actor.name,
    )
    await _changed(tx, made, how="written", before=None, after=made, actor=actor)
    return made


async def note(tx: Tx, *, note_id: int) -> Note:
    """A note. Raises NotFound (404)."""
    found = await store.note(tx, note_id)
    if found is None:
        raise _no_note()
    return found


async def notes(tx: Tx, *, subject: str, subject_id: int, limit: int = 100) -> list[Note]:
    """Notes on a subject, pinned ones first, then the newest."""
    return await store.notes(tx, subject=subject, subject_id=subject_id, limit=limit)


async def notes_by_id(tx: Tx, *, ids: list[int]) -> dict[int, Note]:
    """Notes with the ids given, by id; deleted ones left out."""
    return {one.id: one for one in await store.notes_by_id(tx, ids)} if ids else {}


async def change_note(
    tx: Tx, *, note_id: int, changes: NoteChanges, actor: Actor, expected_version: int | None = None
) -> Note:
    """Changes a note. Raises NotFound (404), Changed (412), Invalid (422)."""
    before = await store.lock_note(tx, note_id)
    if before is None:
        raise _no_note()
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    body = many_lines(sent.get("body", before.body), pointer="/body", needed=True)
    await store.update_note(tx, note_id=note_id, body=body, pinned=sent.get("pinned", before.pinned))
    after = await note(tx, note_id=note_id)
    await _changed(tx, after, how="changed", before=before, after=after, actor=actor)
    return after


async def delete_note(tx: Tx, *, note_id: int, actor: Actor) -> None:
    """Deletes a note. Raises NotFound (404)."""
    before = await store.lock_note(tx, note_id)
    if before is None:
        raise _no_note()
    await store.update_note(tx, note_id=note_id, body=before.body, pinned=before.pinned, deleted=True)
    await _changed(tx, before, how="deleted", before=before, after=None, actor=actor)


def _no_note() -> NotFound:
    return NotFound("There is no note with this id.", next_step="It may have been deleted: open the record again.")


async def _changed(tx: Tx, note: Note, *, how: str, before: Note | None, after: Note | None, actor: Actor) -> None:
    patient_id = note.subject_id if note.subject == PATIENT else None
    await audit(
        tx, actor=actor, action=f"note.{how}", subject="note", subject_id=note.id, patient_id=patient_id,
        before=before, after=after,
    )  # fmt: skip
    await record(tx, NoteWritten(note_id=note.id, how=how, patient_id=patient_id), actor=actor)
