"""Where the variables of a template come from, just before the wire: a loader for each noun that messages are about.

The rooms that know appointments lie above this one, so app and worker hand their loaders down.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from bedside.kit.database import Tx
from bedside.messaging.model import Message, Stale

log = structlog.get_logger()

# (tx, id of what it is about, channel, language) -> the variables, or Stale where the message no longer holds.
# The variable `calendar`, an iCalendar text, goes out as a text/calendar part of mail; `attachments`, a list of
# Attachment, as files beside it.
Loader = Callable[[Tx, int, str, str], Awaitable[Mapping[str, Any] | Stale]]

# The same for many messages about one noun at once: (id, channel, language) of each -> what a loader gives, in order.
LoaderOfMany = Callable[[Tx, Sequence[tuple[int, str, str]]], Awaitable[list[Mapping[str, Any] | Stale]]]

# The variable of a message by hand that says which buttons stand below its words.
BUTTONS = "buttons"

_loaders: Mapping[str, Loader] = {}
_loaders_of_many: Mapping[str, LoaderOfMany] = {}


def install_loaders(loaders: Mapping[str, Loader], *, of_many: Mapping[str, LoaderOfMany] | None = None) -> None:
    """Hands over the loaders by the noun that they load (`appointment`). Called once, by app and worker."""
    global _loaders, _loaders_of_many  # they lie above this room, and nothing here may import them
    _loaders, _loaders_of_many = loaders, of_many or {}


def is_loaded(about: str | None) -> bool:
    """Whether anybody has variables for messages about that."""
    return about in _loaders


async def load_many(tx: Tx, messages: Sequence[Message]) -> dict[int, dict[str, Any] | Stale]:
    """The variables of those messages whose noun is loaded for many at once, by message. Where that fails they are left
    out, to be loaded one by one, so that it is known which is at fault."""
    loaded: dict[int, dict[str, Any] | Stale] = {}
    for about, loader in _loaders_of_many.items():
        some = [
            (message.id, message.about_id, str(message.channel), message.language)
            for message in messages
            if message.about == about and message.about_id is not None and message.template_key is not None
        ]
        if len(some) < 2:
            continue
        try:
            async with tx.savepoint():
                found = await loader(tx, [(about_id, channel, language) for _, about_id, channel, language in some])
        except Exception:
            log.exception("not_loaded_together", about=about, messages=len(some))
            continue
        for (message_id, *_), variables in zip(some, found, strict=True):
            loaded[message_id] = variables if isinstance(variables, Stale) else dict(variables)
    return loaded


async def load(
    tx: Tx, *, about: str | None, about_id: int | None, channel: str, language: str
) -> dict[str, Any] | Stale:
    """The variables for a message, or Stale. What nobody has a loader for has none but its own."""
    loader = _loaders.get(about) if about else None
    if loader is None or about_id is None:
        return {}
    loaded = await loader(tx, about_id, channel, language)
    return loaded if isinstance(loaded, Stale) else dict(loaded)
