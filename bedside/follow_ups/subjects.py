"""What notes, tags, custom fields and tasks may be about: each kind of record is named once, by who mounts the rooms.

The rooms whose records these are lie above this one, so app hands in what is asked of them: whether a record is
there, and what it is called.
"""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from bedside.accounts import Permission, SignedIn
from bedside.event_log import Actor
from bedside.follow_ups.model import NoSuchSubject, SubjectUnknown
from bedside.kit.database import Tx

Names = Callable[[Tx, list[int]], Awaitable[dict[int, str]]]
MaySee = Callable[[Tx, int, SignedIn], Awaitable[bool]]
LookedAfterBy = Callable[[Tx, int], Awaitable[int | None]]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of record: the permission that it takes to see one, its page (`/patients/{id}`), and its `names`: given
    ids, what each of those that there are is called. `may_see`, for records of one hospital or another: whether
    somebody may see one of them. `looked_after_by`: who of the staff gets a task about one that is nobody's else."""

    label: str
    seen_with: Permission
    page: str
    names: Names
    may_see: MaySee | None = None
    looked_after_by: LookedAfterBy | None = None


_subjects: dict[str, Subject] = {}


def install_subjects(table: Mapping[str, Subject]) -> None:
    """Hands over the kinds of records, by noun. Called once, by app."""
    _subjects.clear()
    _subjects.update(table)


def subjects() -> Mapping[str, Subject]:
    """The kinds of records there are, by noun."""
    return _subjects


def subject_of(noun: str, *, actor: Actor, pointer: str = "/subject") -> Subject:
    """The kind of record called so. Raises SubjectUnknown (422), NoSuchSubject (404) where they may not see such."""
    found = _subjects.get(noun)
    if found is None:
        raise SubjectUnknown(
            f"Nothing can be kept about “{noun[:40]}”.",
            pointer=pointer,
            next_step="Use: " + ", ".join(sorted(_subjects)),
        )
    if isinstance(actor, SignedIn) and not actor.may(found.seen_with):
        raise NoSuchSubject(f"There is no {noun} with this id, or it is not yours to see.")
    return found


async def check_subject(tx: Tx, *, noun: str, subject_id: int, actor: Actor, pointer: str = "/subject") -> str:
    """What the record is called. Raises SubjectUnknown (422), and NoSuchSubject (404) where there is none."""
    kind = subject_of(noun, actor=actor, pointer=pointer)
    named = await kind.names(tx, [subject_id])
    hidden = kind.may_see is not None and isinstance(actor, SignedIn) and not await kind.may_see(tx, subject_id, actor)
    if subject_id not in named or hidden:
        raise NoSuchSubject(
            f"There is no {noun} with this id, or it is not yours to see.",
            pointer=pointer.removesuffix("subject") + "subjectId",
        )
    return named[subject_id]


async def who_looks_after(tx: Tx, *, noun: str | None, subject_id: int | None) -> int | None:
    """Who of the staff looks after a record; None for nobody in particular."""
    kind = _subjects.get(noun or "")
    if kind is None or kind.looked_after_by is None or subject_id is None:
        return None
    return await kind.looked_after_by(tx, subject_id)


def owner_of(noun: str | None, subject_id: int | None) -> int | None:
    """The owner that a record is, for their timeline; None for another kind of record."""
    return subject_id if noun == "owner" else None


def patient_of(noun: str | None, subject_id: int | None) -> int | None:
    """The patient that a record is, for the audit log and their timeline; None for another kind of record."""
    return subject_id if noun == "patient" else None
