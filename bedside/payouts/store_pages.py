"""SQL of pages: figures and lists with the names beside them. Only reads."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from bedside.kit.database import Tx
from bedside.payouts.store_batches import PAYABLE, AccountRow, Payable


async def payout_names(tx: Tx, ids: list[int]) -> dict[int, str]:
    """What payouts are called: their reference and whose they are."""
    rows = await tx.rows(
        """select p.id, p.reference_number || ', ' || o.name
           from crm.owner_payouts p join crm.hospital_owners o on o.id = p.owner_id where p.id = any(%(ids)s)""",
        ids=ids,
    )
    return {row[0]: row[1] for row in rows}


class Figure(msgspec.Struct, frozen=True):
    """So many payouts of a state, and what they come to in one currency."""

    state: str
    currency: str
    payouts: int
    amount_minor: int


async def figures(
    tx: Tx, *, hospitals: list[int] | None, hospital_id: int | None, since: date, until: date
) -> list[Figure]:
    """What waits for approval, for payment and for review, and what was paid from one day to another."""
    return await tx.all(
        Figure,
        """select states.state, p.currency, count(*) as payouts, sum(p.amount_minor)::bigint as amount_minor
           from crm.owner_payouts p
           cross join lateral (
               select 'draft' as state where p.status = 'draft'
               union all select 'approved' where p.status = 'approved'
               union all select 'paid' where p.status = 'paid' and p.paid_on between %(since)s and %(until)s
               union all select 'review' where p.paid_before and p.reviewed_at is null and p.status = 'paid') as states
           where (p.status in ('draft', 'approved') or p.paid_on between %(since)s and %(until)s
                  or (p.paid_before and p.reviewed_at is null))
             and (%(hospitals)s::bigint[] is null or p.hospital_id = any(%(hospitals)s))
             and (%(hospital_id)s::bigint is null or p.hospital_id = %(hospital_id)s)
           group by states.state, p.currency order by states.state, p.currency""",
        hospitals=hospitals,
        hospital_id=hospital_id,
        since=since,
        until=until,
    )


async def made_by_run(tx: Tx, run_id: int) -> list[Figure]:
    """What a run made, by state as it is now and currency."""
    return await tx.all(
        Figure,
        """select status as state, currency, count(*) as payouts, sum(amount_minor)::bigint as amount_minor
           from crm.owner_payouts where run_id = %(id)s group by status, currency order by currency, status""",
        id=run_id,
    )


class Unpayable(msgspec.Struct, frozen=True):
    """An owner whom a run owes something, but nobody knows where to pay it."""

    owner_id: int
    name: str
    payouts: int


async def without_payment_details(tx: Tx, run_id: int) -> list[Unpayable]:
    """Owners of a run's open payouts for whom no payment details are known."""
    return await tx.all(
        Unpayable,
        """select p.owner_id, o.name, count(*) as payouts
           from crm.owner_payouts p join crm.hospital_owners o on o.id = p.owner_id
           where p.run_id = %(id)s and p.status in ('draft', 'approved') and p.amount_minor > 0
             and not exists (select from crm.owner_payment_details d where d.owner_id = p.owner_id
                             and d.retired_at is null and coalesce(d.hospital_id, p.hospital_id) = p.hospital_id)
           group by p.owner_id, o.name order by o.name""",
        id=run_id,
    )


class MonthThere(msgspec.Struct, frozen=True):
    """What there is of a month at a hospital and in a currency."""

    hospital_id: int
    period: date
    currency: str
    revenue_minor: int
    payouts: int
    drafts: int
    approved: int
    payouts_minor: int
    paid_minor: int


async def months(
    tx: Tx, *, hospitals: list[int] | None, hospital_id: int | None, since: date, until: date
) -> list[MonthThere]:
    """Revenue and payouts of months, by hospital and currency; reversed and discarded payouts do not count."""
    return await tx.all(
        MonthThere,
        """with earned as (
               select hospital_id, period, currency, sum(amount_minor)::bigint as revenue_minor
               from crm.revenue_entries
               where period between %(since)s and %(until)s
                 and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))
                 and (%(hospital_id)s::bigint is null or hospital_id = %(hospital_id)s)
               group by 1, 2, 3),
           owed as (
               select hospital_id, period, currency, count(*) as payouts,
                      count(*) filter (where status = 'draft') as drafts,
                      count(*) filter (where status = 'approved') as approved,
                      sum(amount_minor)::bigint as payouts_minor,
                      coalesce(sum(amount_minor) filter (where status = 'paid'), 0)::bigint as paid_minor
               from crm.owner_payouts
               where status not in ('reversed', 'discarded') and period between %(since)s and %(until)s
                 and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))
                 and (%(hospital_id)s::bigint is null or hospital_id = %(hospital_id)s)
               group by 1, 2, 3)
           select hospital_id, period, currency, coalesce(revenue_minor, 0) as revenue_minor,
                  coalesce(payouts, 0) as payouts, coalesce(drafts, 0) as drafts, coalesce(approved, 0) as approved,
                  coalesce(payouts_minor, 0) as payouts_minor, coalesce(paid_minor, 0) as paid_minor
           from earned full join owed using (hospital_id, period, currency)
           order by period desc, hospital_id, currency""",
        hospitals=hospitals,
        hospital_id=hospital_id,
        since=since,
        until=until,
    )


class Words(msgspec.Struct, frozen=True):
    """What revenue may be filtered by, besides hospitals and departments."""

    service_lines: list[str]
    sources: list[str]


async def words_of_revenue(tx: Tx, *, hospitals: list[int] | None) -> Words:
    """The service lines and sources that entries name."""
    return await tx.one(
        Words,
        """select coalesce((select array_agg(distinct service_line order by service_line) from crm.revenue_entries
                            where service_line <> ''
                              and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))),
                           '{}') as service_lines,
                  coalesce((select array_agg(distinct source order by source) from crm.revenue_entries
                            where %(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s)),
                           '{}') as sources""",
        hospitals=hospitals,
    )


class Due(msgspec.Struct, frozen=True):
    """What an owner is owed and was paid, in one currency."""

    currency: str
    due_minor: int
    drafts_minor: int
    drafts: int
    paid_this_year_minor: int
    last_paid_on: date | None
    last_paid_minor: int | None


async def owner_balance(tx: Tx, *, owner_id: int, hospitals: list[int] | None, year_began: date) -> list[Due]:
    """An owner's balance by currency: approved and unpaid, in draft, paid since a day, and the last payment."""
    return await tx.all(
        Due,
        """select currency,
                  coalesce(sum(amount_minor) filter (where status = 'approved'), 0)::bigint as due_minor,
                  coalesce(sum(amount_minor) filter (where status = 'draft'), 0)::bigint as drafts_minor,
                  count(*) filter (where status = 'draft') as drafts,
                  coalesce(sum(amount_minor) filter (where status = 'paid' and paid_on >= %(year_began)s), 0)::bigint
                      as paid_this_year_minor,
                  max(paid_on) filter (where status = 'paid' and amount_minor > 0) as last_paid_on,
                  (array_agg(amount_minor order by paid_on desc, id desc)
                      filter (where status = 'paid' and amount_minor > 0))[1] as last_paid_minor
           from crm.owner_payouts
           where owner_id = %(owner_id)s and (%(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s))
           group by currency order by currency""",
        owner_id=owner_id,
        hospitals=hospitals,
        year_began=year_began,
    )


class Link(msgspec.Struct, frozen=True):
    """Another payout, to link to."""

    id: int
    reference_number: str
    status: str


async def payouts_around(tx: Tx, ids: Sequence[int]) -> dict[int, Link]:
    """Payouts that another is about, by id."""
    found = await tx.all(
        Link,
        "select id, reference_number, status from crm.owner_payouts where id = any(%(ids)s)",
        ids=list(ids),
    )
    return {one.id: one for one in found}


async def replaced_by(tx: Tx, payout_id: int) -> Link | None:
    """The revision that stands in for a payout."""
    return await tx.maybe(
        Link,
        "select id, reference_number, status from crm.owner_payouts where replaces = %(id)s order by id desc limit 1",
        id=payout_id,
    )


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a payout."""

    kind: str
    at: datetime
    who: str


async def history(tx: Tx, payout_id: int) -> list[Deed]:
    """What happened to a payout, the newest first."""
    return await tx.all(
        Deed,
        """select kind, occurred_at as at, actor_name as who from crm.event_log
           where subject = 'payout' and subject_id = %(id)s order by id desc limit 100""",
        id=payout_id,
    )


async def import_entries(tx: Tx, import_id: int) -> int:
    """How many entries an import made."""
    return int(await tx.value("select count(*) from crm.revenue_entries where import_id = %(id)s", id=import_id))


async def batch_of(tx: Tx, payout_id: int) -> int | None:
    """The bank file in force that a payout stands in."""
    found: int | None = await tx.value(
        "select batch_id from crm.payment_batch_items where payout_id = %(id)s and in_force", id=payout_id
    )
    return found


class Waiting(msgspec.Struct, frozen=True):
    """Approved payouts of a hospital that wait for a bank transfer, in one currency."""

    hospital_id: int
    currency: str
    payouts: int
    amount_minor: int


async def waiting_for_transfer(tx: Tx, *, hospitals: list[int] | None) -> list[Waiting]:
    """What waits for a bank transfer and stands in no file, by hospital and currency."""
    return await tx.all(
        Waiting,
        """select p.hospital_id, p.currency, count(*) as payouts, sum(p.amount_minor)::bigint as amount_minor
           from crm.owner_payouts p
           where p.status = 'approved' and p.method = 'bank_transfer' and p.amount_minor > 0
             and (%(hospitals)s::bigint[] is null or p.hospital_id = any(%(hospitals)s))
             and not exists (select from crm.payment_batch_items i where i.payout_id = p.id and i.in_force)
           group by p.hospital_id, p.currency order by p.hospital_id, p.currency""",
        hospitals=hospitals,
    )


async def transfers(tx: Tx, *, hospital_id: int, currency: str) -> list[Payable]:
    """The approved payouts that wait for a bank transfer and stand in no file, to look at."""
    return await tx.all(
        Payable,
        PAYABLE
        + """where p.status = 'approved' and p.method = 'bank_transfer' and p.hospital_id = %(hospital_id)s
               and p.currency = %(currency)s and p.amount_minor > 0
               and not exists (select from crm.payment_batch_items i where i.payout_id = p.id and i.in_force)
             order by o.name, p.id limit 1000""",
        hospital_id=hospital_id,
        currency=currency,
    )


async def paying_accounts(tx: Tx, *, hospitals: list[int] | None) -> list[AccountRow]:
    """The accounts that hospitals pay from."""
    return await tx.all(
        AccountRow,
        """select hospital_id, holder, details_sealed, masked, updated_by_name, updated_at from crm.paying_accounts
           where %(hospitals)s::bigint[] is null or hospital_id = any(%(hospitals)s)""",
        hospitals=hospitals,
    )
