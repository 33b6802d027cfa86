"""SQL of accounting periods: a month without a row is open."""

from datetime import date
from typing import Any, LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.payouts.model import AccountingPeriod

_PERIOD: LiteralString = """
select hospital_id, period, status, closed_at, closed_by_name, reopened_at, reopened_by_name, reopened_because, version
from crm.accounting_periods
"""


async def periods(
    tx: Tx, *, hospitals: list[int] | None, hospital_id: int | None, status: str | None
) -> list[AccountingPeriod]:
    """Months that were written into or closed, the newest first."""
    return await tx.all(
        AccountingPeriod,
        _PERIOD
        + """where (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))
               and (%(hospital_id)s::bigint is null or hospital_id = %(hospital_id)s)
               and (%(status)s::text is null or status = %(status)s)
             order by period desc, hospital_id limit 1200""",
        hospitals=hospitals,
        hospital_id=hospital_id,
        status=status,
    )


async def lock_period(tx: Tx, *, hospital_id: int, period: date) -> AccountingPeriod:
    """A month, which nobody writes into until the end of the transaction; a row is made where there is none."""
    await tx.execute(
        """insert into crm.accounting_periods (hospital_id, period) values (%(hospital_id)s, %(period)s)
           on conflict do nothing""",
        hospital_id=hospital_id,
        period=period,
    )
    return await tx.one(
        AccountingPeriod,
        _PERIOD + "where hospital_id = %(hospital_id)s and period = %(period)s for update",
        hospital_id=hospital_id,
        period=period,
    )


async def is_closed(tx: Tx, *, hospital_id: int, period: date) -> bool:
    """Whether a month is closed, as things stand."""
    return (
        await tx.value(
            """select 1 from crm.accounting_periods
               where hospital_id = %(hospital_id)s and period = %(period)s and status = 'closed'""",
            hospital_id=hospital_id,
            period=period,
        )
        is not None
    )


async def last_closed(tx: Tx, *, hospital_id: int, since: date, until: date | None) -> date | None:
    """The latest closed month from one to another (None: whichever)."""
    found: date | None = await tx.value(
        """select max(period) from crm.accounting_periods
           where hospital_id = %(hospital_id)s and period >= %(since)s and status = 'closed'
             and (%(until)s::date is null or period <= %(until)s)""",
        hospital_id=hospital_id,
        since=since,
        until=until,
    )
    return found


class StillOpen(msgspec.Struct, frozen=True):
    """What stands in the way of closing a month."""

    drafts: int
    approved: int
    runs: int


async def still_open(tx: Tx, *, hospital_id: int, period: date) -> StillOpen:
    """How many drafts, approved payouts and runs of a month there are."""
    return await tx.one(
        StillOpen,
        """select (select count(*) from crm.owner_payouts where hospital_id = %(hospital_id)s and period = %(period)s
                     and status = 'draft') as drafts,
                  (select count(*) from crm.owner_payouts where hospital_id = %(hospital_id)s and period = %(period)s
                     and status = 'approved') as approved,
                  (select count(*) from crm.payout_runs where period = %(period)s and status = 'calculating'
                     and (hospital_id is null or hospital_id = %(hospital_id)s)) as runs""",
        hospital_id=hospital_id,
        period=period,
    )


async def close(tx: Tx, *, hospital_id: int, period: date, by: str) -> AccountingPeriod:
    """Closes a month."""
    return await tx.one(
        AccountingPeriod,
        """update crm.accounting_periods set status = 'closed', closed_at = %(now)s, closed_by_name = %(by)s,
                  version = version + 1
           where hospital_id = %(hospital_id)s and period = %(period)s
           returning hospital_id, period, status, closed_at, closed_by_name, reopened_at, reopened_by_name,
                     reopened_because, version""",
        hospital_id=hospital_id,
        period=period,
        by=by,
    )


async def reopen(tx: Tx, *, hospital_id: int, period: date, by: str, because: str) -> AccountingPeriod:
    """Opens a month again."""
    return await tx.one(
        AccountingPeriod,
        """update crm.accounting_periods set status = 'open', reopened_at = %(now)s, reopened_by_name = %(by)s,
                  reopened_because = %(because)s, version = version + 1
           where hospital_id = %(hospital_id)s and period = %(period)s
           returning hospital_id, period, status, closed_at, closed_by_name, reopened_at, reopened_by_name,
                     reopened_because, version""",
        hospital_id=hospital_id,
        period=period,
        by=by,
        because=because,
    )


def is_about_a_closed_period(error: Any) -> bool:
    """Whether the database refused a row since its month is closed."""
    return getattr(getattr(error, "diag", None), "constraint_name", None) == "period_closed"
