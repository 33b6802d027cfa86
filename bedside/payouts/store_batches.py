"""SQL of files for the bank, and of the accounts that hospitals pay from."""

from datetime import date, datetime
from typing import LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing


class BatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """A batch, with how many payments it has and what they come to."""

    id: int
    hospital_id: int
    message_id: str
    execute_on: date
    currency: str
    status: str
    payments: int
    total_minor: int
    created_by_name: str
    created_at: datetime
    ended_at: datetime | None
    ended_by_name: str | None
    version: int


class Payable(msgspec.Struct, frozen=True, kw_only=True):
    """A payout with all that decides whether the bank can pay it. `details_current`: where it goes is still where the
    owner wants to be paid; `in_batch`: the batch in force that it stands in."""

    payout_id: int
    reference_number: str
    hospital_id: int
    owner_id: int
    owner_name: str
    period: date
    currency: str
    status: str
    method: str | None
    amount_minor: int
    details_id: int | None
    masked: str
    details_current: bool
    in_batch: int | None
    version: int


class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """The account that a hospital pays from, sealed."""

    hospital_id: int
    holder: str
    details_sealed: bytes
    masked: str
    updated_by_name: str
    updated_at: datetime


_BATCH: LiteralString = """
select b.id, b.hospital_id, b.message_id, b.execute_on, b.currency, b.status, coalesce(i.payments, 0) as payments,
       coalesce(i.total_minor, 0) as total_minor, b.created_by_name, b.created_at, b.ended_at, b.ended_by_name,
       b.version
from crm.payment_batches b
-- of a discarded batch all that it had
left join lateral (
    select count(*) as payments, sum(p.amount_minor)::bigint as total_minor
    from crm.payment_batch_items i join crm.owner_payouts p on p.id = i.payout_id
    where i.batch_id = b.id and (i.in_force or b.status = 'discarded')) i on true
"""

BATCHES = Listing(
    into=BatchRow,
    select=_BATCH,
    sorts={
        "created": (Key("b.id", "bigint", "id"),),
        "executeOn": (Key("b.execute_on", "date", "execute_on"), Key("b.id", "bigint", "id")),
    },
    default_sort="-created",
    filters={
        "hospital_id": "b.hospital_id = %(hospital_id)s",
        "hospitals": "b.hospital_id = any(%(hospitals)s)",
        "status": "b.status = %(status)s",
        "currency": "b.currency = %(currency)s",
    },
)

PAYABLE: LiteralString = """
select p.id as payout_id, p.reference_number, p.hospital_id, p.owner_id, o.name as owner_name, p.period, p.currency,
       p.status, p.method, p.amount_minor, p.payment_details_id as details_id, coalesce(pinned.masked, '') as masked,
       coalesce(pinned.method = 'bank_transfer' and pinned.id = (
           select d.id from crm.owner_payment_details d
           where d.owner_id = p.owner_id and d.retired_at is null
             and coalesce(d.hospital_id, p.hospital_id) = p.hospital_id
           order by d.hospital_id nulls last limit 1), false) as details_current,
       (select i.batch_id from crm.payment_batch_items i where i.payout_id = p.id and i.in_force) as in_batch,
       p.version
from crm.owner_payouts p
join crm.hospital_owners o on o.id = p.owner_id
left join crm.owner_payment_details pinned on pinned.id = p.payment_details_id
"""


async def batch(tx: Tx, batch_id: int) -> BatchRow | None:
    """A batch."""
    return await tx.maybe(BatchRow, _BATCH + "where b.id = %(id)s", id=batch_id)


async def lock_batch(tx: Tx, batch_id: int) -> BatchRow | None:
    """A batch, for changing it."""
    return await tx.maybe(BatchRow, _BATCH + "where b.id = %(id)s for no key update of b", id=batch_id)


async def payable(tx: Tx, payout_ids: list[int]) -> list[Payable]:
    """Payouts by id, held as they are until the transaction ends."""
    return await tx.all(
        Payable, PAYABLE + "where p.id = any(%(ids)s) order by p.id for no key update of p", ids=payout_ids
    )


async def waiting(tx: Tx, *, hospital_id: int, currency: str, limit: int) -> list[Payable]:
    """Approved payouts that wait for a bank transfer and stand in no batch, held as they are."""
    return await tx.all(
        Payable,
        PAYABLE
        + """where p.status = 'approved' and p.method = 'bank_transfer' and p.hospital_id = %(hospital_id)s
               and p.currency = %(currency)s and p.amount_minor > 0
               and not exists (select from crm.payment_batch_items i where i.payout_id = p.id and i.in_force)
             order by p.id limit %(limit)s for no key update of p""",
        hospital_id=hospital_id,
        currency=currency,
        limit=limit,
    )


async def payments(tx: Tx, batch_id: int) -> list[Payable]:
    """The payouts of a batch; of a discarded one, those that it had."""
    return await tx.all(
        Payable,
        PAYABLE
        + """join crm.payment_batch_items i on i.payout_id = p.id
             join crm.payment_batches b on b.id = i.batch_id
             where i.batch_id = %(id)s and (i.in_force or b.status = 'discarded') order by p.id""",
        id=batch_id,
    )


async def insert_batch(
    tx: Tx, *, hospital_id: int, message_id: str, execute_on: date, currency: str, created_by_name: str
) -> int:
    """Adds a batch and gives its id."""
    return int(
        await tx.value(
            """insert into crm.payment_batches
                   (hospital_id, message_id, execute_on, currency, status, created_by_name, created_at)
               values (%(hospital_id)s, %(message_id)s, %(execute_on)s, %(currency)s, 'open', %(by)s, %(now)s)
               returning id""",
            hospital_id=hospital_id,
            message_id=message_id,
            execute_on=execute_on,
            currency=currency,
            by=created_by_name,
        )
    )


async def insert_items(tx: Tx, batch_id: int, payout_ids: list[int]) -> list[int]:
    """Puts payouts into a batch and gives those that are: one that stands in another in force is left out."""
    found = await tx.rows(
        """insert into crm.payment_batch_items (batch_id, payout_id)
           select %(batch_id)s, unnest(%(ids)s::bigint[]) on conflict do nothing returning payout_id""",
        batch_id=batch_id,
        ids=payout_ids,
    )
    return [row[0] for row in found]


async def take_out(tx: Tx, batch_id: int, payout_id: int | None = None) -> int:
    """Takes a payout, or all of them, out of a batch; gives how many there were."""
    return await tx.execute(
        """update crm.payment_batch_items set in_force = false
           where batch_id = %(batch_id)s and in_force
             and (%(payout_id)s::bigint is null or payout_id = %(payout_id)s)""",
        batch_id=batch_id,
        payout_id=payout_id,
    )


async def end_batch(tx: Tx, batch_id: int, *, status: str, by: str) -> None:
    """Ends an open batch."""
    await tx.execute(
        """update crm.payment_batches set status = %(status)s, ended_at = %(now)s, ended_by_name = %(by)s,
               version = version + 1
           where id = %(id)s and status = 'open'""",
        id=batch_id,
        status=status,
        by=by,
    )


async def touch_batch(tx: Tx, batch_id: int) -> None:
    """Counts the version up: something in it was changed."""
    await tx.execute("update crm.payment_batches set version = version + 1 where id = %(id)s", id=batch_id)


async def paying_account(tx: Tx, hospital_id: int) -> AccountRow | None:
    """The account that a hospital pays from."""
    return await tx.maybe(
        AccountRow,
        """select hospital_id, holder, details_sealed, masked, updated_by_name, updated_at
           from crm.paying_accounts where hospital_id = %(id)s""",
        id=hospital_id,
    )


async def write_paying_account(
    tx: Tx, *, hospital_id: int, holder: str, details_sealed: bytes, masked: str, by: str
) -> None:
    """Sets the account that a hospital pays from."""
    await tx.execute(
        """insert into crm.paying_accounts (hospital_id, holder, details_sealed, masked, updated_by_name, updated_at)
           values (%(id)s, %(holder)s, %(sealed)s, %(masked)s, %(by)s, %(now)s)
           on conflict (hospital_id) do update set holder = excluded.holder, details_sealed = excluded.details_sealed,
               masked = excluded.masked, updated_by_name = excluded.updated_by_name,
               updated_at = excluded.updated_at""",
        id=hospital_id,
        holder=holder,
        sealed=details_sealed,
        masked=masked,
        by=by,
    )
