"""The bytes of files that go with messages, read just before the wire and of a few messages at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from bedside.kit.files import Files
from bedside.messaging.providers.outcomes import Attachment, Fault, Outcome, Outgoing, Verdict, refused

AT_ONCE = 3  # messages whose files are in memory; one has 15 MB at most


class Contents:
    """Reads files for whichever providers take bytes."""

    def __init__(self, files: Files | None) -> None:
        self._files = files
        self._turns = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def of(self, message: Outgoing) -> AsyncIterator[Outgoing | Outcome]:
        """The message with its files' bytes among its attachments, until it has been handed over; or a refusal where a
        file was lost."""
        if not message.kept:
            yield message
            return
        async with self._turns:
            try:
                read = [await self._read(message, place) for place in range(len(message.kept))]
            except FileNotFoundError:
                yield refused(Fault(Verdict.PERMANENT, "A file that goes with it was lost."), "file")
                return
            yield msgspec.structs.replace(message, attachments=(*message.attachments, *read))

    async def _read(self, message: Outgoing, place: int) -> Attachment:
        kept = message.kept[place]
        if self._files is None:
            raise FileNotFoundError(kept.name)
        content = b"".join([chunk async for chunk in await self._files.read(kept.file)])
        return Attachment(name=kept.name, media_type=kept.file.media_type, content=content)
