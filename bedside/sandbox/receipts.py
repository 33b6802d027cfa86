"""A message on its way: status after status, each told to the product, in good order or as the faults would have it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from bedside.sandbox.outside import Outside
from bedside.sandbox.phones import Message


class Step(NamedTuple):
    """A status that comes after a while (seconds)."""

    status: str
    after: float
    error_code: int | None = None


Tell = Callable[[str, int | None], Awaitable[None]]


async def travel(outside: Outside, message: Message, steps: list[Step], tell: Tell | None) -> None:
    """Takes a message through its steps. `tell` posts one receipt (status, error code); None when nobody asked.

    A receipt fault strikes whole messages: every receipt of the message is lost, doubled, late, or in reverse order.
    """
    faults, channel, person = outside.faults, message.channel, message.recipient
    lost = faults.strike(channel, person, "receipts_lost") is not None
    late = faults.strike(channel, person, "receipts_delayed")
    reordered = faults.strike(channel, person, "receipts_reordered") is not None
    twice = faults.strike(channel, person, "receipts_duplicated") is not None
    held: list[tuple[str, int | None]] = []
    for step in steps:
        await asyncio.sleep(step.after + (late.seconds if late else 0))
        if message.status in ("read", "failed", "undelivered"):
            continue  # the person has opened it meanwhile, or a later fault ended it
        outside.phones.advance(message, step.status, outside.clock.now(), error_code=step.error_code)
        held.append((step.status, step.error_code))
        if tell is None or lost:
            held.clear()
        elif not reordered:
            await _tell_all(tell, held, twice=twice)
    if tell is not None:
        await _tell_all(tell, held[::-1], twice=twice)


async def _tell_all(tell: Tell, receipts: list[tuple[str, int | None]], *, twice: bool) -> None:
    for status, error_code in receipts:
        await tell(status, error_code)
        if twice:
            await tell(status, error_code)
    receipts.clear()
