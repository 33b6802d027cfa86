"""Notes, tags, custom fields and staff tasks, on anybody and anything. The front door."""

from bedside.follow_ups.events import (
    CustomValuesChanged,
    NoteAdded,
    NoteChanged,
    TagsChanged,
    TaskChanged,
    TaskDone,
    TaskOpened,
)
from bedside.follow_ups.field_values import add_custom_field, custom_fields, custom_values_of, set_custom_values
from bedside.follow_ups.model import (
    FieldValue,
    NewCustomField,
    NewNote,
    NewTag,
    NewTask,
    NoSuchTask,
    Note,
    Tag,
    Task,
    TaskChanges,
)
from bedside.follow_ups.note_writing import add_note, notes
from bedside.follow_ups.staff_tasks import add_task, change_task, close_task, open_task, task
from bedside.follow_ups.subjects import Subject, install_subjects
from bedside.follow_ups.tagging import make_tag, tag, tags, tags_of, tags_of_many, take_tag

__all__ = [
    "CustomValuesChanged", "FieldValue", "NewCustomField", "NewNote", "NewTag", "NewTask", "NoSuchTask", "Note",
    "NoteAdded", "NoteChanged", "Subject", "Tag", "TagsChanged", "Task", "TaskChanged", "TaskChanges", "TaskDone",
    "TaskOpened", "add_custom_field", "add_note", "add_task", "change_task", "close_task", "custom_fields",
    "custom_values_of", "install_subjects", "make_tag", "notes", "open_task", "set_custom_values", "tag", "tags",
    "tags_of", "tags_of_many", "take_tag", "task",
]  # fmt: skip
