"""Events of a time before there was a log: for the demonstration's past. Nothing reacts to them."""

from datetime import datetime

import msgspec

from bedside.event_log import store_history
from bedside.event_log.model import Actor, Event
from bedside.event_log.store import ABOUT
from bedside.kit.database import Tx


class PastEvent(msgspec.Struct, frozen=True):
    """What happened, who did it, and when."""

    event: Event
    actor: Actor
    at: datetime


async def write_events(tx: Tx, past: list[PastEvent]) -> None:
    """Writes them in the order of their times, in one statement."""
    rows = []
    for one in sorted(past, key=lambda each: each.at):
        event = one.event
        names = (name for name in event.__struct_fields__ if name not in ABOUT)
        rows.append(
            {
                "kind": event.kind,
                "at": one.at,
                "hospital_id": event.hospital_id,
                "patient_id": event.patient_id,
                "owner_id": event.owner_id,
                "subject": event.subject,
                "subject_id": event.subject_id,
                "actor_kind": one.actor.kind,
                "actor_id": one.actor.id,
                "actor_name": one.actor.name,
                "seen_with": event.seen_with,
                "data": {name: value for name in names if (value := getattr(event, name)) is not None},
            }
        )
    await store_history.append_many(tx, rows)
