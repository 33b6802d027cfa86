"""SQL of redemptions and their vouchers."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.loyalty.reward_model import Redemption

# No row says that a voucher ran out: its time is simply past, whether or not anybody looked.
_STATUS: LiteralString = "case when d.status = 'issued' and d.expires_at <= %(now)s then 'expired' else d.status end"

_REDEMPTION: LiteralString = (
    """
select d.id, d.patient_id, p.first_name || ' ' || p.last_name as patient_name, d.reward_id, d.reward_name, d.points,
       d.code, """
    + _STATUS
    + """ as status, d.issued_at, d.expires_at, d.used_at, d.used_by_name, d.used_hospital_id, d.cancelled_at,
       d.cancelled_because, d.source, d.created_by_name
from loyalty.redemptions d join crm.patients p on p.id = d.patient_id
"""
)

REDEMPTIONS = Listing(
    into=Redemption,
    select=_REDEMPTION,
    sorts={
        "issued": (Key("d.issued_at", "timestamptz", "issued_at"), Key("d.id", "bigint", "id")),
        "expires": (Key("d.expires_at", "timestamptz", "expires_at"), Key("d.id", "bigint", "id")),
        "points": (Key("d.points", "integer", "points"), Key("d.id", "bigint", "id")),
    },
    default_sort="-issued",
    filters={
        "patient_id": "d.patient_id = %(patient_id)s",
        "reward_id": "d.reward_id = %(reward_id)s",
        "status": _STATUS + " = %(status)s",
        "used_hospital_id": "d.used_hospital_id = %(used_hospital_id)s",
        "since": "d.issued_at >= %(since)s",
        "until": "d.issued_at < %(until)s",
        "code": "d.code = %(code)s",
    },
)


async def redemption(tx: Tx, redemption_id: int) -> Redemption | None:
    """One redemption."""
    return await tx.maybe(Redemption, _REDEMPTION + "where d.id = %(id)s", id=redemption_id)


async def voucher(tx: Tx, code: str) -> Redemption | None:
    """The redemption whose voucher has this code."""
    return await tx.maybe(Redemption, _REDEMPTION + "where d.code = %(code)s", code=code)


async def of_patient(tx: Tx, patient_id: int, *, limit: int = 50) -> list[Redemption]:
    """Somebody's redemptions: the vouchers that are good first, the newest first."""
    return await tx.all(
        Redemption,
        _REDEMPTION
        + """where d.patient_id = %(patient_id)s
             order by (d.status = 'issued' and d.expires_at > %(now)s) desc, d.id desc limit %(limit)s""",
        patient_id=patient_id,
        limit=limit,
    )


async def everything(tx: Tx, filters: Mapping[str, Any]) -> AsyncIterator[Redemption]:
    """Every redemption that the filters leave, the newest first, page by page."""
    cursor: str | None = None
    while True:
        page = await REDEMPTIONS.page(tx, filters=filters, cursor=cursor, limit=200)
        for one in page.items:
            yield one
        cursor = page.next
        if cursor is None:
            return


class Purse(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has to spend now, and their tier."""

    balance: int
    tier_code: str | None


async def purse(tx: Tx, patient_id: int) -> Purse:
    """What somebody has to spend: expired lots do not count, whether or not a job has emptied them."""
    return await tx.one(
        Purse,
        """select (select coalesce(sum(l.left_over), 0) from loyalty.point_lots l
                   where l.patient_id = %(id)s and l.left_over > 0
                     and (l.expires_at is null or l.expires_at > %(now)s)) as balance,
                  (select a.tier_code from loyalty.patient_points a where a.patient_id = %(id)s) as tier_code""",
        id=patient_id,
    )


async def taken(tx: Tx, *, patient_id: int) -> dict[int, int]:
    """How often somebody redeemed each reward; what was cancelled does not count."""
    rows = await tx.rows(
        """select reward_id, count(*) from loyalty.redemptions
           where patient_id = %(patient_id)s and status <> 'cancelled' group by reward_id""",
        patient_id=patient_id,
    )
    return {row[0]: int(row[1]) for row in rows}


async def insert_redemption(
    tx: Tx,
    *,
    patient_id: int,
    reward_id: int,
    reward_name: str,
    points: int,
    code: str,
    expires_at: datetime,
    source: str,
    by: str,
) -> int | None:
    """Makes a voucher and gives its id; None where the code is on another one."""
    made: int | None = await tx.value(
        """insert into loyalty.redemptions (patient_id, reward_id, reward_name, points, code, status, issued_at,
               expires_at, source, created_by_name)
           values (%(patient_id)s, %(reward_id)s, %(reward_name)s, %(points)s, %(code)s, 'issued', %(now)s,
               %(expires_at)s, %(source)s, %(by)s)
           on conflict (code) do nothing returning id""",
        patient_id=patient_id,
        reward_id=reward_id,
        reward_name=reward_name,
        points=points,
        code=code,
        expires_at=expires_at,
        source=source,
        by=by,
    )
    return made


async def use(tx: Tx, *, code: str, hospital_id: int, by: str) -> int | None:
    """Marks the voucher as used and gives its redemption's id; None where it cannot be, or not any more.

    Of two at once the second waits for the first, then looks again and finds it used.
    """
    used: int | None = await tx.value(
        """update loyalty.redemptions
           set status = 'used', used_at = %(now)s, used_by_name = %(by)s, used_hospital_id = %(hospital_id)s
           where code = %(code)s and status = 'issued' and expires_at > %(now)s returning id""",
        code=code,
        hospital_id=hospital_id,
        by=by,
    )
    return used


async def cancel(tx: Tx, *, redemption_id: int, reason: str) -> bool:
    """Cancels a redemption that was not used; False where it was, or where it is cancelled already."""
    return bool(
        await tx.execute(
            """update loyalty.redemptions set status = 'cancelled', cancelled_at = %(now)s,
                      cancelled_because = %(reason)s
               where id = %(id)s and status = 'issued'""",
            id=redemption_id,
            reason=reason,
        )
    )
