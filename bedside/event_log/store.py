"""SQL of the event log. Rows are never changed: a trigger refuses it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString

import msgspec

from bedside.event_log.model import Actor, Event, Happening
from bedside.kit.database import Tx

_HAPPENING: LiteralString = """
select id, kind, occurred_at, hospital_id, patient_id, owner_id, subject, subject_id,
       actor_kind, actor_id, actor_name, seen_with, data
from crm.event_log
"""


# what an event is about stands in columns of its own
ABOUT = ("hospital_id", "patient_id", "owner_id")


async def append(tx: Tx, event: Event, actor: Actor) -> None:
    """Writes one event."""
    await tx.write(
        """insert into crm.event_log (kind, occurred_at, hospital_id, patient_id, owner_id, subject, subject_id,
                                      actor_kind, actor_id, actor_name, seen_with, data)
           values (%(kind)s, %(now)s, %(hospital)s, %(patient)s, %(owner)s, %(subject)s, %(subject_id)s,
                   %(actor_kind)s, %(actor_id)s, %(actor_name)s, %(seen_with)s, %(data)s)""",
        kind=event.kind,
        hospital=event.hospital_id,
        patient=event.patient_id,
        owner=event.owner_id,
        subject=event.subject,
        subject_id=event.subject_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        seen_with=event.seen_with,
        data=_data(event),
    )


async def append_many(tx: Tx, events: Sequence[Event], actor: Actor) -> None:
    """Writes many events of one actor in one statement, in their order."""
    await tx.write(
        """insert into crm.event_log (kind, occurred_at, hospital_id, patient_id, owner_id, subject, subject_id,
                                      actor_kind, actor_id, actor_name, seen_with, data)
           select e.kind, %(now)s, e.hospital, e.patient, e.owner, e.subject, e.subject_id,
                  %(actor_kind)s, %(actor_id)s, %(actor_name)s, e.seen_with, e.data::jsonb
           from unnest(%(kinds)s::text[], %(hospitals)s::bigint[], %(patients)s::bigint[], %(owners)s::bigint[],
                       %(subjects)s::text[], %(subject_ids)s::bigint[], %(seen)s::text[], %(data)s::text[])
               with ordinality as e (kind, hospital, patient, owner, subject, subject_id, seen_with, data, place)
           order by e.place""",
        kinds=[event.kind for event in events],
        hospitals=[event.hospital_id for event in events],
        patients=[event.patient_id for event in events],
        owners=[event.owner_id for event in events],
        subjects=[event.subject for event in events],
        subject_ids=[event.subject_id for event in events],
        seen=[event.seen_with for event in events],
        data=[_data(event) for event in events],
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
    )


def _data(event: Event) -> str:
    values = {
        name: value
        for name in event.__struct_fields__
        if name not in ABOUT and (value := getattr(event, name)) is not None
    }
    return msgspec.json.encode(values).decode()


async def timeline(tx: Tx, *, patient_id: int, before: int | None = None, limit: int = 50) -> list[Happening]:
    """What happened around a patient, newest first, older than the event `before`."""
    return await tx.all(
        Happening,
        _HAPPENING
        + """where patient_id = %(patient_id)s and id < coalesce(%(before)s::bigint, 9223372036854775807)
             order by id desc limit %(limit)s""",
        patient_id=patient_id,
        before=before,
        limit=limit,
    )


async def timeline_of_owner(tx: Tx, *, owner_id: int, before: int | None = None, limit: int = 50) -> list[Happening]:
    """What happened around an owner, newest first, older than the event `before`."""
    return await tx.all(
        Happening,
        _HAPPENING
        + """where owner_id = %(owner_id)s and id < coalesce(%(before)s::bigint, 9223372036854775807)
             order by id desc limit %(limit)s""",
        owner_id=owner_id,
        before=before,
        limit=limit,
    )


async def newest(tx: Tx, *, seen_with: list[str], hospital_ids: list[int] | None, limit: int = 20) -> list[Happening]:
    """The newest events that somebody may see. `hospital_ids` None means every hospital."""
    return await tx.all(
        Happening,
        _HAPPENING
        + """where seen_with = any(%(seen_with)s)
               and (%(hospitals)s::bigint[] is null or hospital_id is null or hospital_id = any(%(hospitals)s))
             order by id desc limit %(limit)s""",
        seen_with=seen_with,
        hospitals=hospital_ids,
        limit=limit,
    )


class NewSince(msgspec.Struct, kw_only=True):
    """A row of the log as the tail reads it."""

    id: int
    transaction: int
    kind: str
    occurred_at: datetime
    hospital_id: int | None
    patient_id: int | None
    owner_id: int | None
    subject: str
    subject_id: int
    actor_kind: str
    actor_id: int | None
    actor_name: str
    seen_with: str
    data: dict[str, Any]

    def happening(self) -> Happening:
        """Without the transaction, which is of no use to anybody else."""
        return Happening(**{name: getattr(self, name) for name in Happening.__struct_fields__})


async def low_water_mark(tx: Tx) -> int:
    """The oldest transaction still open: everything before it has been committed or undone."""
    return int(await tx.value("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))


async def new_since(tx: Tx, mark: int) -> tuple[int, list[NewSince]]:
    """The events of transactions from the mark on, and the mark to read from next time.

    The mark is read first: what commits in between is then read again next time, rather than missed.
    """
    settled = await low_water_mark(tx)
    rows = await tx.all(
        NewSince,
        """select id, transaction_id::text::bigint as transaction, kind, occurred_at, hospital_id, patient_id, owner_id,
                  subject, subject_id, actor_kind, actor_id, actor_name, seen_with, data
           from crm.event_log where transaction_id >= %(mark)s::text::xid8 order by id""",
        mark=mark,
    )
    return settled, rows
