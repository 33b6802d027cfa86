"""What happens to the directory. One event for any change: live pages fetch what they show."""

from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class DirectoryChanged(Event, frozen=True, kw_only=True):
    """Something of the directory was added, changed, archived or brought back.

    `what` is the noun (`hospital`, `department`, `practitioner`, `service`, `resource`), `directory_id` its id.
    """

    kind: ClassVar[str] = "directory.changed"
    subject: ClassVar[str] = "directory"
    seen_with: ClassVar[str] = Permission.DIRECTORY_READ

    directory_id: int
    what: str
    how: str
