"""SQL that works every lot and account out anew from the ledger's entries."""

import msgspec

from bedside.kit.database import Tx


class LotDifference(msgspec.Struct, kw_only=True):
    """A lot that does not hold what its entries come to."""

    patient_id: int
    lot_id: int
    left_over: int
    by_entries: int


class OwedDifference(msgspec.Struct, kw_only=True):
    """An account that does not owe what its entries come to."""

    patient_id: int
    owed: int
    by_entries: int


class UsesDifference(msgspec.Struct, kw_only=True):
    """A redemption whose lots do not come to its points, or whose points did not come back when it was cancelled."""

    patient_id: int
    redemption_id: int
    points: int
    by_entries: int


async def lots(tx: Tx, patient_id: int | None) -> list[LotDifference]:
    """Lots that differ, of one patient or (None) of all."""
    return await tx.all(
        LotDifference,
        """select l.patient_id, l.id as lot_id, l.left_over, coalesce(e.points, 0) as by_entries
           from loyalty.point_lots l
           left join (select lot_id, sum(points)::bigint as points from loyalty.point_entries
                      where lot_id is not null
                        and (%(patient)s::bigint is null or patient_id = %(patient)s) group by lot_id) e
             on e.lot_id = l.id
           where (%(patient)s::bigint is null or l.patient_id = %(patient)s)
             and l.left_over <> coalesce(e.points, 0)
           order by l.id""",
        patient=patient_id,
    )


async def owed(tx: Tx, patient_id: int | None) -> list[OwedDifference]:
    """Accounts that differ in what they owe."""
    return await tx.all(
        OwedDifference,
        """select a.patient_id, a.owed, coalesce(e.owed, 0) as by_entries
           from loyalty.patient_points a
           left join (select patient_id,
                             sum(case kind when 'missing' then -points else points end)::bigint as owed
                      from loyalty.point_entries where kind in ('missing', 'settled') group by patient_id) e
             on e.patient_id = a.patient_id
           where (%(patient)s::bigint is null or a.patient_id = %(patient)s) and a.owed <> coalesce(e.owed, 0)
           order by a.patient_id""",
        patient=patient_id,
    )


async def uses(tx: Tx, patient_id: int | None) -> list[UsesDifference]:
    """Redemptions that differ: spent is what they cost, and what was cancelled came back whole."""
    return await tx.all(
        UsesDifference,
        """select r.patient_id, r.id as redemption_id,
                  case when r.status = 'cancelled' then 0 else r.points end as points,
                  coalesce(e.points, 0) as by_entries
           from loyalty.redemptions r
           left join (select redemption_id, -sum(points)::bigint as points from loyalty.point_entries
                      where redemption_id is not null group by redemption_id) e on e.redemption_id = r.id
           where (%(patient)s::bigint is null or r.patient_id = %(patient)s)
             and coalesce(e.points, 0) <> case when r.status = 'cancelled' then 0 else r.points end
           order by r.id""",
        patient=patient_id,
    )


async def set_lot(tx: Tx, *, lot_id: int, left_over: int) -> None:
    """Gives a lot what its entries say."""
    await tx.execute("update loyalty.point_lots set left_over = %(left)s where id = %(id)s", id=lot_id, left=left_over)


async def set_owed(tx: Tx, *, patient_id: int, owed: int) -> None:
    """Has an account owe what its entries say."""
    await tx.execute(
        "update loyalty.patient_points set owed = %(owed)s where patient_id = %(id)s", id=patient_id, owed=owed
    )
