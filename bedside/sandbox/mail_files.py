"""Files that came with mails, to be opened from the mailbox. Held in memory and bounded: the oldest are forgotten."""

from collections import OrderedDict

import msgspec


class MailFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it came."""

    name: str
    media_type: str
    content: bytes


class MailFiles:
    """All files of the demonstration's mails, by mail and place."""

    def __init__(self, *, capacity: int = 64 * 1024 * 1024) -> None:
        self._files: OrderedDict[tuple[str, int], MailFile] = OrderedDict()
        self._room = capacity

    def keep(self, message_id: str, place: int, file: MailFile) -> None:
        """Keeps a file, and forgets the oldest where there is no more room."""
        self._files[message_id, place] = file
        self._room -= len(file.content)
        while self._room < 0 and len(self._files) > 1:
            self._room += len(self._files.popitem(last=False)[1].content)

    def get(self, message_id: str, place: int) -> MailFile | None:
        """The file at a place of a mail, while it is remembered."""
        return self._files.get((message_id, place))
