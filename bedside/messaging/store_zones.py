"""By whose clock somebody lives: their own zone, else their hospital's."""

from typing import Literal, LiteralString

from bedside.kit.database import Tx

# of `p`, a patient or an owner, and `h`, their hospital
ZONE: LiteralString = "coalesce(p.time_zone, h.time_zone, 'UTC')"

# people with their hospital: the one that writes, else their own
PATIENTS: LiteralString = """crm.patients p
               left join crm.hospitals h on h.id = coalesce(%(hospital_id)s::bigint, p.hospital_id)"""
OWNERS: LiteralString = """crm.hospital_owners p
               left join crm.hospitals h on h.id = coalesce(
                   %(hospital_id)s::bigint,
                   (select min(hospital_id) from crm.owner_hospitals where owner_id = p.id))"""


async def people_by_zone(
    tx: Tx, *, kind: Literal["patient", "owner"], ids: list[int], hospital_id: int | None
) -> dict[str, list[int]]:
    """Who of these lives by which clock, as it counts for their quiet hours."""
    people = PATIENTS if kind == "patient" else OWNERS
    query: LiteralString = (
        "select "
        + ZONE
        + " as zone, array_agg(p.id) from "
        + people
        + " where p.id = any(%(ids)s::bigint[]) group by 1"
    )
    return dict(await tx.rows(query, ids=ids, hospital_id=hospital_id))
