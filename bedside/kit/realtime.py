"""Hands what is new to whoever is listening in this process. It keeps nothing: the database is the truth.

A listener that does not keep up is dropped, never waited for: it connects again and fetches what it shows.
"""

import asyncio
from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")

LARGEST_BACKLOG = 200


class TooSlow(Exception):
    """The listener fell behind by more than its backlog holds, and was dropped."""


class Listener(Generic[T]):
    """One who listens: the items that it `wants`, in batches as they came. Those with one `key` want the same."""

    def __init__(self, wants: Callable[[T], bool], key: Hashable = None) -> None:
        self.wants = wants
        self.key = key
        self._batches: asyncio.Queue[list[T] | None] = asyncio.Queue(LARGEST_BACKLOG)
        self._dropped = False

    def offer(self, wanted: list[T]) -> None:
        """Puts down what it wanted of what there was; drops the listener where its backlog is full."""
        if not wanted or self._dropped:
            return
        try:
            self._batches.put_nowait(wanted)
        except asyncio.QueueFull:
            self._dropped = True

    def end(self) -> None:
        """Lets `next` give None once what is there has been read."""
        if not self._batches.full():
            self._batches.put_nowait(None)
        else:
            self._dropped = True

    async def next(self) -> list[T] | None:
        """Waits for the next batch, which takes in everything that has piled up; None at the end.

        Raises TooSlow where the listener was dropped.
        """
        batch = await self._batches.get()
        while batch is not None and not self._batches.empty():
            more = self._batches.get_nowait()
            if more is None:
                self._batches.put_nowait(None)
                break
            batch = batch + more  # a new one: others were offered the same
        if self._dropped:
            raise TooSlow
        return batch


class Hub(Generic[T]):
    """All listeners of this process."""

    def __init__(self) -> None:
        self._listeners: set[Listener[T]] = set()

    @contextmanager
    def listen(self, wants: Callable[[T], bool], *, key: Hashable = None) -> Generator[Listener[T]]:
        """A listener for as long as the block lasts. Of those with the same `key`, not None, one is asked what it wants
        for all of them: two thousand pages of one role are one question."""
        listener = Listener(wants, key)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def publish(self, items: Sequence[T]) -> None:
        """Offers the items to every listener; never waits."""
        if not items:
            return
        known: dict[Hashable, list[T]] = {}
        for listener in tuple(self._listeners):
            wanted = known.get(listener.key)
            if wanted is None:
                wanted = [item for item in items if listener.wants(item)]
                if listener.key is not None:
                    known[listener.key] = wanted
            listener.offer(wanted)

    def end(self) -> None:
        """Ends every listener, when the process stops."""
        for listener in tuple(self._listeners):
            listener.end()

    def __len__(self) -> int:
        return len(self._listeners)
