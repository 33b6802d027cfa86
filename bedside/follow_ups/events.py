"""What happens to notes, tags, custom values and tasks. An event carries no note's words: a page fetches them."""

from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class TaskOpened(Event, frozen=True, kw_only=True):
    """Somebody, or the system, asks for something to be done."""

    kind: ClassVar[str] = "task.opened"
    subject: ClassVar[str] = "task"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    task_id: int
    title: str
    priority: str


class TaskDone(Event, frozen=True, kw_only=True):
    """A task was done."""

    kind: ClassVar[str] = "task.done"
    subject: ClassVar[str] = "task"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    task_id: int
    title: str


class TaskChanged(Event, frozen=True, kw_only=True):
    """A task was edited, given to somebody, dropped or opened again: `how` is edited, assigned, dropped or reopened."""

    kind: ClassVar[str] = "task.changed"
    subject: ClassVar[str] = "task"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    task_id: int
    title: str
    how: str


class NoteAdded(Event, frozen=True, kw_only=True):
    """A note was written about a record: `about` is its noun, `about_id` its id."""

    kind: ClassVar[str] = "note.added"
    subject: ClassVar[str] = "note"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    note_id: int
    about: str
    about_id: int


class NoteChanged(Event, frozen=True, kw_only=True):
    """A note was changed: `how` is edited, pinned, unpinned, deleted or restored."""

    kind: ClassVar[str] = "note.changed"
    subject: ClassVar[str] = "note"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    note_id: int
    about: str
    about_id: int
    how: str


class TagsChanged(Event, frozen=True, kw_only=True):
    """A tag was put on a record or taken off it."""

    kind: ClassVar[str] = "tags.changed"
    subject: ClassVar[str] = "tag"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    tag_id: int
    name: str
    about: str
    about_id: int
    how: str


class CustomValuesChanged(Event, frozen=True, kw_only=True):
    """The value of a custom field of a record was set or cleared."""

    kind: ClassVar[str] = "custom_values.changed"
    subject: ClassVar[str] = "custom_field"
    seen_with: ClassVar[str] = Permission.FOLLOW_UPS_READ

    custom_field_id: int
    label: str
    about: str
    about_id: int
