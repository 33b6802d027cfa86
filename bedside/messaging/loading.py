"""Where the variables of a template come from, just before the wire: a loader for each noun that messages are about.

The rooms that know appointments lie above this one, so app and worker hand their loaders down.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bedside.kit.database import Tx
from bedside.messaging.model import Stale

# (tx, id of what it is about, channel, language) -> the variables, or Stale where the message no longer holds.
# The variable `calendar`, an iCalendar text, goes out as a text/calendar part of mail; `attachments`, a list of
# Attachment, as files beside it.
Loader = Callable[[Tx, int, str, str], Awaitable[Mapping[str, Any] | Stale]]

_loaders: Mapping[str, Loader] = {}


def install_loaders(loaders: Mapping[str, Loader]) -> None:
    """Hands over the loaders by the noun that they load (`appointment`). Called once, by app and worker."""
    global _loaders  # they lie above this room, and nothing here may import them
    _loaders = loaders


async def load(
    tx: Tx, *, about: str | None, about_id: int | None, channel: str, language: str
) -> dict[str, Any] | Stale:
    """The variables for a message, or Stale. What nobody has a loader for has none but its own."""
    loader = _loaders.get(about) if about else None
    if loader is None or about_id is None:
        return {}
    loaded = await loader(tx, about_id, channel, language)
    return loaded if isinstance(loaded, Stale) else dict(loaded)
