"""What happens to notes and tasks. Never what they say: events are read by more people than notes are."""

from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class NoteWritten(Event, frozen=True, kw_only=True):
    """A note was written, changed or deleted (`how`)."""

    kind: ClassVar[str] = "note.written"
    subject: ClassVar[str] = "note"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    note_id: int
    how: str


class TagsChanged(Event, frozen=True, kw_only=True):
    """A tag was put on a record, or taken off it. The subject of the event is the tag."""

    kind: ClassVar[str] = "tags.changed"
    subject: ClassVar[str] = "tag"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    tag_id: int
    tag: str
    put_on: bool


class CustomFieldsChanged(Event, frozen=True, kw_only=True):
    """Values of custom fields were changed; `fields` names them, never the values."""

    kind: ClassVar[str] = "custom_fields.changed"
    subject: ClassVar[str] = "record"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    record_id: int
    fields: list[str]


class TaskOpened(Event, frozen=True, kw_only=True):
    """Something needs a person: this rings the bell."""

    kind: ClassVar[str] = "task.opened"
    subject: ClassVar[str] = "task"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    task_id: int
    title: str
    priority: str
    assigned_to: int | None = None
    for_role: str | None = None


class TaskChanged(Event, frozen=True, kw_only=True):
    """A task was assigned, given another due time or other words, done, dropped or opened again (`how`)."""

    kind: ClassVar[str] = "task.changed"
    subject: ClassVar[str] = "task"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    task_id: int
    how: str
