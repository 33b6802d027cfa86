"""SQL of the revenue entries behind a payout's line: exactly those that were counted, page by page."""

from datetime import date

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.payouts.store_calculating import LATE
from bedside.payouts.store_revenue import COLUMNS, EntryRow

BEHIND = Listing(
    into=EntryRow,
    select=COLUMNS,
    sorts={"day": (Key("e.revenue_on", "date", "revenue_on"), Key("e.id", "bigint", "id"))},
    default_sort="day",
    filters={
        "hospital_id": "e.hospital_id = %(hospital_id)s",
        "currency": "e.currency = %(currency)s",
        "through": "e.id <= %(through)s",
        "first": "e.revenue_on >= %(first)s",
        "last": "e.revenue_on <= %(last)s",
        "booked_in": "e.period = %(booked_in)s",
        "booked_until": "e.period <= %(booked_until)s",
        # late, as store_calculating.py has it
        "late": "(" + LATE.replace("%(period)s", "%(booked_until)s") + ")",
        # the days, departments (0: none) and service lines that a rule is about
        "lines": """exists (select from unnest(%(firsts)s::date[], %(lasts)s::date[], %(departments)s::bigint[],
                                              %(lines)s::text[]) as about (first, last, department, line)
                            where e.revenue_on between about.first and about.last and e.service_line = about.line
                              and coalesce(e.department_id, 0) = about.department)""",
    },
)


async def scopes(tx: Tx, *, hospital_id: int, currency: str, first: date, last: date) -> list[tuple[int | None, str]]:
    """The departments and service lines that revenue of these days is of."""
    rows = await tx.rows(
        """select distinct department_id, service_line from crm.revenue_entries
           where hospital_id = %(hospital_id)s and currency = %(currency)s
             and revenue_on between %(first)s and %(last)s""",
        hospital_id=hospital_id,
        currency=currency,
        first=first,
        last=last,
    )
    return [(row[0], row[1]) for row in rows]
