"""The lists that a patient or owner is on, which lie in a room above this one: handed down, and shown where they say
what they like to hear."""

from collections.abc import Awaitable, Callable

from bedside.kit.database import Tx
from bedside.messaging.links import Written
from bedside.messaging.model import PersonRef
from bedside.messaging.preferring import reader

# (tx, whose) -> id and name of each list; (tx, whose, list) -> off it
ListsOf = Callable[[Tx, PersonRef], Awaitable[list[tuple[int, str]]]]
Leave = Callable[[Tx, PersonRef, int], Awaitable[None]]

_lists_of: ListsOf | None = None
_leave: Leave | None = None


def install_lists(*, of: ListsOf, leave: Leave) -> None:
    """Hands over who knows the lists. Called once, by app and worker."""
    global _lists_of, _leave  # they lie above this room, and nothing here may import them
    _lists_of, _leave = of, leave


async def lists_joined(tx: Tx, message: Written) -> list[tuple[int, str]]:
    """The lists that whoever opened a message's link is on."""
    whose = await _whose(tx, message)
    return await _lists_of(tx, whose) if _lists_of and whose else []


async def leave_list(tx: Tx, message: Written, list_id: int) -> None:
    """Takes them off one of these."""
    whose = await _whose(tx, message)
    if _leave and whose:
        await _leave(tx, whose, list_id)


async def _whose(tx: Tx, message: Written) -> PersonRef | None:
    """Somebody at an owner's, with an address of their own, does not speak for the owner."""
    if message.patient_id is not None:
        return PersonRef(id=message.patient_id)
    whose = await reader(tx, message=message)
    return PersonRef(kind="owner", id=whose.id) if whose and whose.kind == "owner" else None
