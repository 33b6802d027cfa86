"""Recording an event, and calling what reacts to it, in one transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bedside.event_log import store
from bedside.event_log.model import SYSTEM, Actor, Event
from bedside.kit.database import Tx

Reaction = Callable[..., Awaitable[None]]

_reactions: Mapping[type[Event], Sequence[Reaction]] = {}


def install_reactions(table: Mapping[type[Event], Sequence[Reaction]]) -> None:
    """Hands over the one table of reactions (bedside/reactions.py). Called once, by app and worker."""
    global _reactions  # the table lies above this room, and nothing here may import it
    _reactions = table


async def record(tx: Tx, event: Event, *, actor: Actor = SYSTEM) -> None:
    """Writes the event and calls its reactions in order: each `async def reaction(tx, event, *, actor)`.

    A reaction only writes rows. If it raises, nothing of this transaction happened.
    """
    await store.append(tx, event, actor)
    for reaction in _reactions.get(type(event), ()):
        await reaction(tx, event, actor=actor)
