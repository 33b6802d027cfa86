"""What every change of the directory leaves behind: a line in the audit log, and one event."""

from typing import Any, TypeVar

import msgspec

from bedside.accounts import audit
from bedside.directory.events import DirectoryChanged
from bedside.event_log import Actor, record
from bedside.kit.database import Tx

T = TypeVar("T", bound=msgspec.Struct)


async def changed(
    tx: Tx,
    *,
    actor: Actor,
    what: str,
    how: str,
    id: int,
    hospital_id: int | None,
    before: Any = None,
    after: Any = None,
) -> None:
    """Writes both. `how` is added, changed, archived or restored; `before` and `after` are structs or None."""
    await audit(
        tx,
        actor=actor,
        action=f"{what}.{how}",
        subject=what,
        subject_id=id,
        before=None if before is None else msgspec.to_builtins(before),
        after=None if after is None else msgspec.to_builtins(after),
    )
    await record(tx, DirectoryChanged(directory_id=id, what=what, how=how, hospital_id=hospital_id), actor=actor)


def applied(tx: Tx, before: T, sent: dict[str, Any]) -> tuple[T, str]:
    """The struct with what was sent put in, and how it changed; `archived` true or false becomes a time or none."""
    archived = sent.pop("archived", None)
    how = "changed"
    if archived is not None:
        was: Any = getattr(before, "archived_at")  # noqa: B009 - every struct handed in has it, the type does not say so
        how = "archived" if archived else "restored"
        sent["archived_at"] = (was or tx.now) if archived else None
    return msgspec.structs.replace(before, **sent), how
