"""Notes, tags, custom fields and staff tasks, as structs; and what may go wrong with them."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedside.accounts import Role
from bedside.kit.http.problems import Conflict, Forbidden, Invalid, NotFound
from bedside.kit.wire import Wire

RecordId = Annotated[int, Meta(ge=1, le=2**63 - 1)]
TaskStatus = Literal["open", "done", "dropped"]
Priority = Literal["normal", "urgent"]
Colour = Literal["neutral", "teal", "blue", "violet", "green", "amber", "red"]
FieldType = Literal["text", "number", "date", "boolean", "choice"]
Noun = Annotated[str, Meta(min_length=1, max_length=40, examples=["patient"])]
Title = Annotated[str, Meta(min_length=1, max_length=300, examples=["Call about the lab results"])]
NoteBody = Annotated[str, Meta(min_length=1, max_length=10_000, examples=["Prefers to be called after five."])]
TagName = Annotated[str, Meta(min_length=1, max_length=60, examples=["Interpreter needed"])]
Label = Annotated[str, Meta(min_length=1, max_length=100, examples=["Blood group"])]
Choices = Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=100)]
CustomValue = str | int | float | bool | None

# A task without a due time comes after all that have one; the index and the sorting know this instant too.
NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


class NoSuchTask(NotFound):
    """404: no task has this id, or it is of a hospital that one does not work at."""

    type = "no-such-task"


class TaskTransitionRefused(Conflict):
    """409: a task goes from open to done or dropped, and from these back to open."""

    type = "task-transition-refused"


class NoSuchAssignee(Invalid):
    """422: the task cannot be given to this person."""

    type = "no-such-assignee"


class SubjectUnknown(Invalid):
    """422: nothing can be kept about this kind of record."""

    type = "subject-unknown"


class NoSuchSubject(NotFound):
    """404: there is no such record to keep something about."""

    type = "no-such-subject"


class NoSuchNote(NotFound):
    """404: no note has this id."""

    type = "no-such-note"


class NoteNotYours(Forbidden):
    """403: a note's words are changed, and taken away, by who wrote it or an administrator."""

    type = "note-not-yours"


class NoSuchTag(NotFound):
    """404: no tag has this id."""

    type = "no-such-tag"


class TagNameTaken(Conflict):
    """409: another tag is called so, capitals aside; `tagId` says which."""

    type = "tag-name-taken"


class NoSuchField(NotFound):
    """404: no custom field has this id."""

    type = "no-such-custom-field"


class FieldKeyTaken(Conflict):
    """409: another custom field of this kind of record has the key."""

    type = "custom-field-key-taken"


class FieldInUse(Conflict):
    """409: values stand in the field that the change would make wrong; `records` says how many."""

    type = "custom-field-in-use"


class ValueRefused(Invalid):
    """422: a custom field does not take this value."""

    type = "custom-value-refused"


class Task(Wire, kw_only=True):
    """Something for staff to do. `for_role` says who should take it while nobody in particular has."""

    id: int
    title: str
    details: str
    subject: str | None
    subject_id: int | None
    patient_id: int | None
    hospital_id: int | None
    status: TaskStatus
    priority: Priority
    assigned_to: int | None
    assigned_to_name: str | None
    for_role: str | None
    due_at: datetime | None
    created_by_name: str
    created_at: datetime
    updated_at: datetime
    done_at: datetime | None
    done_by_name: str | None
    version: int

    @property
    def due_or_never(self) -> datetime:
        """When it is due, as lists are sorted by it."""
        return self.due_at or NEVER

    @property
    def urgency(self) -> int:
        """0 for an urgent task, 1 for another: as lists are sorted by it."""
        return 0 if self.priority == "urgent" else 1

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is still open though its time has passed."""
        return self.status == "open" and self.due_at is not None and self.due_at < now


class NewTask(Wire, kw_only=True):
    """A task to open. About a patient (`patientId`), about another record (`subject` and `subjectId`), or neither."""

    title: Title
    details: Annotated[str, Meta(max_length=10_000)] = ""
    patient_id: RecordId | None = None
    subject: Noun | None = None
    subject_id: RecordId | None = None
    hospital_id: RecordId | None = None
    priority: Priority = "normal"
    assigned_to: RecordId | None = None
    for_role: Role | None = None
    due_at: Annotated[datetime, Meta(tz=True)] | None = None


class TaskChanges(Wire, kw_only=True):
    """What to change about a task; what is left out stays, null takes away. `status` done, dropped or open again."""

    title: Title | UnsetType = UNSET
    details: Annotated[str, Meta(max_length=10_000)] | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    hospital_id: RecordId | UnsetType | None = UNSET
    assigned_to: RecordId | UnsetType | None = UNSET
    for_role: Role | UnsetType | None = UNSET
    due_at: Annotated[datetime, Meta(tz=True)] | UnsetType | None = UNSET
    status: TaskStatus | UnsetType = UNSET


class Note(Wire, kw_only=True):
    """What somebody wrote about a record. A deleted one can be brought back."""

    id: int
    subject: str
    subject_id: int
    body: str
    pinned: bool
    created_by: int | None
    created_by_name: str
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int

    @property
    def pinned_first(self) -> int:
        """1 for a pinned note, 0 for another: as lists are sorted by it."""
        return int(self.pinned)


class NewNote(Wire, kw_only=True):
    """A note to write about a record."""

    subject: Noun
    subject_id: RecordId
    body: NoteBody
    pinned: bool = False


class NoteChanges(Wire, kw_only=True):
    """What to change about a note; what is left out stays."""

    body: NoteBody | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET


class Tag(Wire, kw_only=True):
    """A tag, and on how many records it is."""

    id: int
    name: str
    colour: Colour
    used: int
    created_at: datetime


class NewTag(Wire, kw_only=True):
    """A tag to make."""

    name: TagName
    colour: Colour = "teal"


class TagChanges(Wire, kw_only=True):
    """What to change about a tag; it changes on every record that has it."""

    name: TagName | UnsetType = UNSET
    colour: Colour | UnsetType = UNSET


class CustomField(Wire, kw_only=True):
    """A field that a hospital added to a kind of record."""

    id: int
    subject: str
    key: str
    label: str
    type: FieldType
    choices: list[str]
    required: bool
    position: int
    archived_at: datetime | None
    created_at: datetime


class NewCustomField(Wire, kw_only=True):
    """A custom field to add. `key` names it for machines, and is made of the label where it is left out; `choices`
    are for the type choice only."""

    subject: Noun
    label: Label
    type: FieldType
    key: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,40}$", examples=["blood_group"])] | None = None
    choices: Choices = msgspec.field(default_factory=list)
    required: bool = False
    position: Annotated[int, Meta(ge=0, le=30_000)] | None = None


class CustomFieldChanges(Wire, kw_only=True):
    """What to change about a custom field; its type and key stay for good, since values were written by them."""

    label: Label | UnsetType = UNSET
    choices: Choices | UnsetType = UNSET
    required: bool | UnsetType = UNSET
    position: Annotated[int, Meta(ge=0, le=30_000)] | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class ValuesGiven(Wire, kw_only=True):
    """Values of custom fields of one record, by the fields' keys: null takes one away, what is left out stays."""

    subject: Noun
    subject_id: RecordId
    values: Annotated[dict[str, CustomValue], Meta(max_length=200)]


class FieldValue(Wire, kw_only=True):
    """A custom field and what stands in it for one record; null: nothing. A date is YYYY-MM-DD."""

    field_id: int
    key: str
    label: str
    type: FieldType
    choices: list[str]
    required: bool
    value: Any  # a union would make 5 of the text "5" when a row is read

    @property
    def shown(self) -> str | date | None:
        """The value as people read it."""
        if self.value is None:
            return None
        if self.type == "boolean":
            return "Yes" if self.value else "No"
        if self.type == "date":
            return date.fromisoformat(str(self.value))
        return str(self.value)
