"""SQL of the journal. Rows are only ever added, and balance at commit (migrations/0015.payouts.sql)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing


class EntryRow(msgspec.Struct, kw_only=True):
    """A posting without its sides."""

    id: int
    hospital_id: int
    period: date
    kind: str
    payout_id: int
    reverses: int | None
    description: str
    posted_by_name: str
    posted_at: datetime


class SideRow(msgspec.Struct, kw_only=True):
    """One side of a posting."""

    entry_id: int
    account: str
    owner_id: int
    amount_minor: int
    currency: str


_ENTRY: LiteralString = """
select j.id, j.hospital_id, j.period, j.kind, j.payout_id, j.reverses, j.description, j.posted_by_name, j.posted_at
from crm.journal_entries j
"""
JOURNAL = Listing(
    into=EntryRow,
    select=_ENTRY,
    sorts={"id": (Key("j.id", "bigint", "id"),)},
    default_sort="-id",
    filters={
        "hospitals": "j.hospital_id = any(%(hospitals)s::bigint[])",
        "hospital_id": "j.hospital_id = %(hospital_id)s",
        "payout_id": "j.payout_id = %(payout_id)s",
        "period": "j.period = %(period)s",
        "kind": "j.kind = %(kind)s",
    },
)


async def sides(tx: Tx, entry_ids: Sequence[int]) -> list[SideRow]:
    """The sides of postings, debits first."""
    return await tx.all(
        SideRow,
        """select entry_id, account, owner_id, amount_minor, currency from crm.journal_lines
           where entry_id = any(%(ids)s) order by entry_id, amount_minor desc, id""",
        ids=list(entry_ids),
    )


async def post(
    tx: Tx,
    *,
    hospital_id: int,
    period: date,
    kind: str,
    payout_id: int,
    description: str,
    by: str,
    owner_id: int,
    currency: str,
    sides: dict[str, int],
) -> None:
    """Writes a posting with its sides, in one statement."""
    await tx.execute(
        """with entry as (
               insert into crm.journal_entries (hospital_id, period, kind, payout_id, description, posted_by_name,
                                                posted_at)
               values (%(hospital_id)s, %(period)s, %(kind)s, %(payout_id)s, %(description)s, %(by)s, %(now)s)
               returning id)
           insert into crm.journal_lines (entry_id, account, owner_id, currency, amount_minor)
           select entry.id, side.account, %(owner_id)s, %(currency)s, side.amount
           from entry, unnest(%(accounts)s::text[], %(amounts)s::bigint[]) as side (account, amount)""",
        hospital_id=hospital_id,
        period=period,
        kind=kind,
        payout_id=payout_id,
        description=description,
        by=by,
        owner_id=owner_id,
        currency=currency,
        accounts=list(sides),
        amounts=list(sides.values()),
    )


async def unmirrored(tx: Tx, *, payout_id: int, kinds: Sequence[str]) -> list[int]:
    """The postings of a payout that no reversal mirrors yet, the latest first."""
    rows = await tx.rows(
        """select j.id from crm.journal_entries j
           where j.payout_id = %(payout_id)s and j.kind = any(%(kinds)s)
             and not exists (select from crm.journal_entries r where r.reverses = j.id)
           order by j.id desc""",
        payout_id=payout_id,
        kinds=list(kinds),
    )
    return [row[0] for row in rows]


async def mirror(tx: Tx, *, entry_id: int, hospital_id: int, period: date, description: str, by: str) -> None:
    """Writes the mirror image of a posting. The unique key on `reverses` lets each have one."""
    await tx.execute(
        """with entry as (
               insert into crm.journal_entries (hospital_id, period, kind, payout_id, reverses, description,
                                                posted_by_name, posted_at)
               select %(hospital_id)s, %(period)s, 'reversal', payout_id, id, %(description)s, %(by)s, %(now)s
               from crm.journal_entries where id = %(entry_id)s
               returning id)
           insert into crm.journal_lines (entry_id, account, owner_id, currency, amount_minor)
           select entry.id, l.account, l.owner_id, l.currency, -l.amount_minor
           from entry, crm.journal_lines l where l.entry_id = %(entry_id)s""",
        entry_id=entry_id,
        hospital_id=hospital_id,
        period=period,
        description=description,
        by=by,
    )


class BalanceRow(msgspec.Struct, kw_only=True):
    """What an account stands at in a currency."""

    account: str
    currency: str
    amount_minor: int


async def balances(
    tx: Tx, *, hospitals: list[int] | None, hospital_id: int | None, owner_id: int | None, until: date | None
) -> list[BalanceRow]:
    """What every account stands at, by currency, to the end of a month (`until`, None: all)."""
    return await tx.all(
        BalanceRow,
        """select l.account, l.currency, sum(l.amount_minor)::bigint as amount_minor
           from crm.journal_lines l join crm.journal_entries j on j.id = l.entry_id
           where (%(hospitals)s::bigint[] is null or j.hospital_id = any(%(hospitals)s))
             and (%(hospital_id)s::bigint is null or j.hospital_id = %(hospital_id)s)
             and (%(owner_id)s::bigint is null or l.owner_id = %(owner_id)s)
             and (%(until)s::date is null or j.period <= %(until)s)
           group by l.account, l.currency order by l.currency, l.account""",
        hospitals=hospitals,
        hospital_id=hospital_id,
        owner_id=owner_id,
        until=until,
    )
