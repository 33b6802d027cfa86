"""The lists that a patient is on, which lie in a room above this one: handed down, and shown where they say what they
like to hear."""

from collections.abc import Awaitable, Callable

from bedside.kit.database import Tx
from bedside.messaging.links import Written

# (tx, patient) -> id and name of each list; (tx, patient, list) -> off it
ListsOf = Callable[[Tx, int], Awaitable[list[tuple[int, str]]]]
Leave = Callable[[Tx, int, int], Awaitable[None]]

_lists_of: ListsOf | None = None
_leave: Leave | None = None


def install_lists(*, of: ListsOf, leave: Leave) -> None:
    """Hands over who knows the lists. Called once, by app and worker."""
    global _lists_of, _leave  # they lie above this room, and nothing here may import them
    _lists_of, _leave = of, leave


async def lists_joined(tx: Tx, message: Written) -> list[tuple[int, str]]:
    """The lists that whoever opened a message's link is on."""
    return await _lists_of(tx, message.patient_id) if _lists_of and message.patient_id is not None else []


async def leave_list(tx: Tx, message: Written, list_id: int) -> None:
    """Takes them off one of these."""
    if _leave is not None and message.patient_id is not None:
        await _leave(tx, message.patient_id, list_id)
