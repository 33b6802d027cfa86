"""Recording an event, and calling what reacts to it, in one transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bedside.event_log import store
from bedside.event_log.model import SYSTEM, Actor, Event
from bedside.kit.database import Tx

Reaction = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Together:
    """A reaction that takes many events of one kind at once, `async def reaction(tx, events, *, actor)`: for what
    comes by the thousand, and would otherwise ask the database about each."""

    react: Reaction


_reactions: Mapping[type[Event], Sequence[Reaction | Together]] = {}


def install_reactions(table: Mapping[type[Event], Sequence[Reaction | Together]]) -> None:
    """Hands over the one table of reactions (bedside/reactions.py). Called once, by app and worker."""
    global _reactions  # the table lies above this room, and nothing here may import it
    _reactions = table


async def record(tx: Tx, event: Event, *, actor: Actor = SYSTEM) -> None:
    """Writes the event and calls its reactions in order: each `async def reaction(tx, event, *, actor)`.

    A reaction only writes rows. If it raises, nothing of this transaction happened.
    """
    await store.append(tx, event, actor)
    await _react(tx, [event], actor)


async def record_many(tx: Tx, events: Sequence[Event], *, actor: Actor = SYSTEM) -> None:
    """Writes events in their order and calls the reactions to them; what takes many together is called once for those
    of its kind, after the reactions to the single ones that stand before it in the table."""
    await store.append_many(tx, events, actor)
    kinds: dict[type[Event], list[Event]] = {}
    for event in events:
        kinds.setdefault(type(event), []).append(event)
    for alike in kinds.values():
        await _react(tx, alike, actor)


async def _react(tx: Tx, alike: Sequence[Event], actor: Actor) -> None:
    for reaction in _reactions.get(type(alike[0]), ()):
        if isinstance(reaction, Together):
            await reaction.react(tx, alike, actor=actor)
        else:
            for event in alike:
                await reaction(tx, event, actor=actor)
