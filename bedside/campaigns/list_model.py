"""Lists of people: who is on one, and what a file does to it."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from bedside.campaigns.audience_model import Id
from bedside.kit.wire import Wire

MOST_AT_ONCE = 1000  # people added by their ids


How = Literal["hand", "file", "word", "link"]


class Member(Wire, kw_only=True):
    """Somebody on a list. `number`: a patient's record number, empty of owners."""

    person_id: int
    name: str
    number: str
    how: How
    added_by_name: str
    added_at: datetime


class NewMembers(Wire, kw_only=True):
    """People to put on a list, patients or owners as the list is of."""

    person_ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST_AT_ONCE)]


class MembersAdded(Wire, kw_only=True):
    """How many came onto a list, and how many were on it already."""

    new: int
    same: int


class RefusedLine(Wire, kw_only=True):
    """A line of a file that puts nobody on the list: it names `nobody`, `several` people, somebody `twice`, or is
    `broken`. `said`: whom it names, as it stands there."""

    line: int
    said: str
    outcome: Literal["nobody", "several", "twice", "broken"]
    because: str


class ListImported(Wire, kw_only=True):
    """What a file would do to a list (`dryRun`), or did. `same`: on the list already."""

    dry_run: bool
    file_name: str
    lines: int
    new: int
    same: int
    nobody: int
    several: int
    twice: int
    broken: int
    refused: list[RefusedLine]
