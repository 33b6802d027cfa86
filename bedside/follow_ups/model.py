"""Notes, tags, typed custom fields and staff tasks: on anybody and anything. A subject is a noun and an id."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedside.kit.http.problems import Conflict, NotFound
from bedside.kit.wire import Wire

Subject = Annotated[str, Meta(pattern="^[a-z][a-z_]{0,40}$")]
Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
Body = Annotated[str, Meta(min_length=1, max_length=10_000)]
Title = Annotated[str, Meta(min_length=1, max_length=300)]
Label = Annotated[str, Meta(min_length=1, max_length=80)]
TaskStatus = Literal["open", "done", "dropped"]
Priority = Literal["normal", "urgent"]
FieldType = Literal["text", "number", "date", "boolean", "choice"]
Colour = Literal["teal", "blue", "indigo", "purple", "pink", "red", "orange", "yellow", "green", "grey"]

# Subjects whose id is a patient's own, so that what happens to them stands on the patient's timeline.
PATIENT = "patient"

# What a task's status may become: an open one is done or dropped, and either can be opened again.
NEXT_STATUS: dict[str, frozenset[str]] = {
    "open": frozenset({"done", "dropped"}),
    "done": frozenset({"open"}),
    "dropped": frozenset({"open"}),
}


class NoSuchTask(NotFound):
    """404: no task has this id, or it is not for you."""

    type = "no-such-task"


class TaskTransitionRefused(Conflict):
    """409: a task cannot go from the status it has to the one asked for."""

    type = "task-transition-refused"


class Note(Wire, kw_only=True):
    """Something that staff wrote down about somebody or something."""

    id: int
    subject: str
    subject_id: int
    body: str
    pinned: bool
    created_by: int | None
    created_by_name: str
    created_at: datetime
    updated_at: datetime
    version: int


class NewNote(Wire, kw_only=True):
    """A note to write."""

    subject: Subject
    subject_id: Id
    body: Body
    pinned: bool = False


class NoteChanges(Wire, kw_only=True):
    """What to change of a note; what is left out stays."""

    body: Body | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET


class Tag(Wire, kw_only=True):
    """A word that people and things are marked with."""

    id: int
    name: str
    colour: str


class NewTag(Wire, kw_only=True):
    """A tag to make. A name that is there already gives the tag there is."""

    name: Annotated[str, Meta(min_length=1, max_length=60)]
    colour: Colour = "teal"


class Tagging(Wire, kw_only=True):
    """A tag by its name, put on a subject or taken off it. A name not known makes a tag."""

    subject: Subject
    subject_id: Id
    name: Annotated[str, Meta(min_length=1, max_length=60)]


class CustomField(Wire, kw_only=True):
    """A field that this group added to a kind of record, and what kind of value it takes."""

    id: int
    subject: str
    key: str
    label: str
    type: FieldType
    choices: list[str]
    required: bool
    position: int
    archived_at: datetime | None


class NewCustomField(Wire, kw_only=True):
    """A field to add. `choices` for the type `choice`, and only there."""

    subject: Subject
    key: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,40}$")]
    label: Label
    type: FieldType
    choices: Annotated[list[Label], Meta(max_length=100)] = msgspec.field(default_factory=list)
    required: bool = False
    position: Annotated[int, Meta(ge=0, le=1000)] = 0


class CustomFieldChanges(Wire, kw_only=True):
    """What to change of a field; its key and type stay, since values depend on them."""

    label: Label | UnsetType = UNSET
    choices: Annotated[list[Label], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    required: bool | UnsetType = UNSET
    position: Annotated[int, Meta(ge=0, le=1000)] | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class CustomValue(Wire, kw_only=True):
    """The value of a field for one record; null where none was given."""

    field_id: int
    key: str
    label: str
    type: FieldType
    choices: list[str]
    required: bool
    value: Any


class CustomValues(Wire, kw_only=True):
    """Values by the fields' keys; null takes a value away, and what is left out stays."""

    values: dict[str, str | float | bool | date | None]


class Task(Wire, kw_only=True):
    """Something that a member of staff has to do. `forRole`: who should take it while nobody in particular has."""

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


class NewTask(Wire, kw_only=True):
    """A task to open."""

    title: Title
    details: Annotated[str, Meta(max_length=10_000)] = ""
    subject: Subject | None = None
    subject_id: Id | None = None
    hospital_id: Id | None = None
    priority: Priority = "normal"
    assigned_to: Id | None = None
    for_role: Literal["admin", "front_desk", "clinician", "marketing", "finance"] | None = None
    due_at: datetime | None = None


class TaskChanges(Wire, kw_only=True):
    """What to change of a task; what is left out stays."""

    title: Title | UnsetType = UNSET
    details: Annotated[str, Meta(max_length=10_000)] | UnsetType = UNSET
    status: TaskStatus | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    assigned_to: Id | UnsetType | None = UNSET
    due_at: datetime | UnsetType | None = UNSET
