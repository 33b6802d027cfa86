"""SQL of what becomes of reminders when their messages come further."""

from collections.abc import Sequence

import msgspec

from bedside.kit.database import Tx


class Carried(msgspec.Struct, kw_only=True):
    """A reminder that a message carries, and where it stands."""

    id: int
    message_id: int
    appointment_id: int
    channel: str
    hospital_id: int
    patient_id: int
    status: str
    because: str


async def of_messages(tx: Tx, *, message_ids: list[int]) -> list[Carried]:
    """The reminders that messages carry."""
    return await tx.all(
        Carried,
        """select id, message_id, appointment_id, channel, hospital_id, patient_id, status, because
           from crm.appointment_reminders where message_id = any(%(ids)s) order by id for update""",
        ids=message_ids,
    )


async def settle_many(tx: Tx, reminders: Sequence[Carried]) -> None:
    """Writes down where locked reminders stand now."""
    await tx.write(
        """update crm.appointment_reminders r set status = s.status, because = s.because, updated_at = %(now)s
           from unnest(%(ids)s::bigint[], %(statuses)s::text[], %(reasons)s::text[]) as s (id, status, because)
           where r.id = s.id""",
        ids=[one.id for one in reminders],
        statuses=[str(one.status) for one in reminders],
        reasons=[one.because[:500] for one in reminders],
    )
