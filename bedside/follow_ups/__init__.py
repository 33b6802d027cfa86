"""Notes, tags, typed custom fields, staff tasks: on anybody and anything. The front door."""

from bedside.follow_ups.custom_fields import add_field, set_values, values
from bedside.follow_ups.events import CustomFieldsChanged, NoteWritten, TagsChanged, TaskChanged, TaskOpened
from bedside.follow_ups.model import NewCustomField, NewNote, Note, Tag, Task, TaskChanges
from bedside.follow_ups.notes import notes, notes_by_id, write_note
from bedside.follow_ups.staff_tasks import change_task, open_task, task
from bedside.follow_ups.tags import all_tags, put_tag, tags_of, tags_of_many, take_tag

__all__ = [
    "CustomFieldsChanged", "NewCustomField", "NewNote", "Note", "NoteWritten", "Tag", "TagsChanged", "Task",
    "TaskChanged", "TaskChanges", "TaskOpened", "add_field", "all_tags", "change_task", "notes", "notes_by_id",
    "open_task", "put_tag", "set_values", "tags_of", "tags_of_many", "take_tag", "task", "values", "write_note",
]  # fmt: skip
