"""SQL of payouts, their lines and their numbers."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Any, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.payouts.calculating import Line

_COLUMNS: LiteralString = """
select p.id, p.reference_number, p.hospital_id, p.owner_id, o.name as owner_name, p.contract_id,
       c.number as contract_number, p.kind, p.status, p.period, p.currency, p.amount_minor, p.revision,
       p.method, p.payment_reference, p.paid_on, p.payment_details_id, d.masked as account, p.note, p.paid_before,
       p.created_by_kind, p.created_by_id, p.created_by_name, p.created_at, p.changed_by_kind, p.changed_by_id,
       p.changed_by_name, p.approved_at, p.approved_by_id, p.approved_by_name, p.paid_at, p.paid_by_name,
       p.reversed_at, p.reversed_by_name, p.reversal_reason, p.discarded_at, p.reviewed_at, p.reviewed_by_name,
       p.replaces, p.deducted_in, p.run_id, p.entries_through, p.inputs, p.inputs_sha256, p.version
"""
_FROM: LiteralString = """
from crm.owner_payouts p
join crm.hospital_owners o on o.id = p.owner_id
left join crm.owner_contracts c on c.id = p.contract_id
left join crm.owner_payment_details d on d.id = p.payment_details_id
"""
PAYOUT: LiteralString = _COLUMNS + _FROM


class PayoutRow(msgspec.Struct, kw_only=True):
    """A payout as it is stored, with the names around it."""

    id: int
    reference_number: str
    hospital_id: int
    owner_id: int
    owner_name: str
    contract_id: int | None
    contract_number: str | None
    kind: str
    status: str
    period: date
    currency: str
    amount_minor: int
    revision: int
    method: str | None
    payment_reference: str
    paid_on: date | None
    payment_details_id: int | None
    account: str | None
    note: str
    paid_before: bool
    created_by_kind: str
    created_by_id: int | None
    created_by_name: str
    created_at: datetime
    changed_by_kind: str
    changed_by_id: int | None
    changed_by_name: str
    approved_at: datetime | None
    approved_by_id: int | None
    approved_by_name: str | None
    paid_at: datetime | None
    paid_by_name: str | None
    reversed_at: datetime | None
    reversed_by_name: str | None
    reversal_reason: str | None
    discarded_at: datetime | None
    reviewed_at: datetime | None
    reviewed_by_name: str | None
    replaces: int | None
    deducted_in: int | None
    run_id: int | None
    entries_through: int | None
    inputs: dict[str, Any]
    inputs_sha256: bytes | None
    version: int


FILTERS: dict[str, LiteralString] = {
    "hospitals": "p.hospital_id = any(%(hospitals)s::bigint[])",
    "hospital_id": "p.hospital_id = %(hospital_id)s",
    "owner_id": "p.owner_id = %(owner_id)s",
    "contract_id": "p.contract_id = %(contract_id)s",
    "status": "p.status = %(status)s",
    "statuses": "p.status = any(%(statuses)s::text[])",
    "period": "p.period = %(period)s",
    "kind": "p.kind = %(kind)s",
    "method": "p.method = %(method)s",
    "run_id": "p.run_id = %(run_id)s",
    "needs_review": "(p.paid_before and p.reviewed_at is null and p.status = 'paid') = %(needs_review)s",
    "q": """(lower(p.reference_number) like lower(%(q)s) || '%%'
             or crm.searchable(o.name) like '%%' || crm.searchable(%(q)s) || '%%')""",
}

PAYOUTS = Listing(
    into=PayoutRow,
    select=PAYOUT,
    sorts={
        "period": (Key("p.period", "date", "period"), Key("p.id", "bigint", "id")),
        "amount": (Key("p.amount_minor", "bigint", "amount_minor"), Key("p.id", "bigint", "id")),
        "owner": (Key("o.name", "text", "owner_name"), Key("p.id", "bigint", "id")),
        "reference": (Key("p.reference_number", "text", "reference_number"), Key("p.id", "bigint", "id")),
        "id": (Key("p.id", "bigint", "id"),),
    },
    default_sort="-period",
    filters=FILTERS,
)


async def payout(tx: Tx, payout_id: int) -> PayoutRow | None:
    """One payout."""
    return await tx.maybe(PayoutRow, PAYOUT + "where p.id = %(id)s", id=payout_id)


async def payouts(tx: Tx, ids: Sequence[int]) -> list[PayoutRow]:
    """The payouts with these ids, by id."""
    return await tx.all(PayoutRow, PAYOUT + "where p.id = any(%(ids)s) order by p.id", ids=list(ids))


async def payout_by_reference(tx: Tx, reference: str) -> PayoutRow | None:
    """The payout with a reference number, in letters of either case."""
    return await tx.maybe(PayoutRow, PAYOUT + "where lower(p.reference_number) = lower(%(it)s)", it=reference)


async def lock_payout(tx: Tx, payout_id: int) -> PayoutRow | None:
    """One payout, which nobody else changes until the transaction ends."""
    return await tx.maybe(PayoutRow, PAYOUT + "where p.id = %(id)s for no key update of p", id=payout_id)


def export(tx: Tx, filters: dict[str, Any]) -> AsyncIterator[PayoutRow]:
    """Payouts one by one, by id. A filter that is None does not count."""
    wanted: dict[str, Any] = {name: filters.get(name) for name in FILTERS}
    return tx.stream(
        PayoutRow,
        PAYOUT
        + """where (%(hospitals)s::bigint[] is null or p.hospital_id = any(%(hospitals)s))
               and (%(hospital_id)s::bigint is null or p.hospital_id = %(hospital_id)s)
               and (%(owner_id)s::bigint is null or p.owner_id = %(owner_id)s)
               and (%(contract_id)s::bigint is null or p.contract_id = %(contract_id)s)
               and (%(status)s::text is null or p.status = %(status)s)
               and (%(statuses)s::text[] is null or p.status = any(%(statuses)s))
               and (%(period)s::date is null or p.period = %(period)s)
               and (%(kind)s::text is null or p.kind = %(kind)s)
               and (%(method)s::text is null or p.method = %(method)s)
               and (%(run_id)s::bigint is null or p.run_id = %(run_id)s)
               and (%(needs_review)s::boolean is null
                    or (p.paid_before and p.reviewed_at is null and p.status = 'paid') = %(needs_review)s)
               and (%(q)s::text is null or lower(p.reference_number) like lower(%(q)s) || '%%'
                    or crm.searchable(o.name) like '%%' || crm.searchable(%(q)s) || '%%')
             order by p.id""",
        **wanted,
    )


async def next_number(tx: Tx, *, hospital_id: int, year: int) -> int:
    """The next number of a hospital and year. Whoever took it holds the row until commit, so that an undone transaction
    gives it back and there are no gaps."""
    return int(
        await tx.value(
            """insert into crm.payout_numbers (hospital_id, year, last) values (%(hospital_id)s, %(year)s, 1)
               on conflict (hospital_id, year) do update set last = crm.payout_numbers.last + 1
               returning last""",
            hospital_id=hospital_id,
            year=year,
        )
    )


async def next_revision(tx: Tx, *, contract_id: int, owner_id: int, period: date, currency: str) -> int:
    """The revision that another payout of this contract, owner and month would be."""
    return int(
        await tx.value(
            """select coalesce(max(revision), 0) + 1 from crm.owner_payouts
               where contract_id = %(contract_id)s and owner_id = %(owner_id)s and period = %(period)s
                 and currency = %(currency)s and kind = 'share'""",
            contract_id=contract_id,
            owner_id=owner_id,
            period=period,
            currency=currency,
        )
    )


async def in_force(tx: Tx, *, contract_id: int, owner_id: int, period: date, currency: str) -> int | None:
    """The payout of this contract, owner and month that is neither reversed nor discarded."""
    found: int | None = await tx.value(
        """select id from crm.owner_payouts
           where contract_id = %(contract_id)s and owner_id = %(owner_id)s and period = %(period)s
             and currency = %(currency)s and kind = 'share' and status not in ('reversed', 'discarded')""",
        contract_id=contract_id,
        owner_id=owner_id,
        period=period,
        currency=currency,
    )
    return found


async def every_in_force(tx: Tx, *, period: date, contract_ids: Sequence[int]) -> set[tuple[int, int]]:
    """The contracts and owners of those given that have a payout in force for a month."""
    rows = await tx.rows(
        """select contract_id, owner_id from crm.owner_payouts
           where period = %(period)s and contract_id = any(%(ids)s) and kind = 'share'
             and status not in ('reversed', 'discarded')""",
        period=period,
        ids=list(contract_ids),
    )
    return {(row[0], row[1]) for row in rows}


async def last_ended(tx: Tx, *, contract_id: int, owner_id: int, period: date, currency: str) -> int | None:
    """The last reversed or discarded payout of this contract, owner and month, which another stands in for."""
    found: int | None = await tx.value(
        """select id from crm.owner_payouts
           where contract_id = %(contract_id)s and owner_id = %(owner_id)s and period = %(period)s
             and currency = %(currency)s and kind = 'share' and status in ('reversed', 'discarded')
           order by revision desc limit 1""",
        contract_id=contract_id,
        owner_id=owner_id,
        period=period,
        currency=currency,
    )
    return found


async def insert_payout(tx: Tx, row: dict[str, Any]) -> int | None:
    """Adds a payout and gives its id; None where its reference, or one like it in force, is there already."""
    values = row | {"inputs": Jsonb(row.get("inputs") or {})}
    made: int | None = await tx.value(
        """insert into crm.owner_payouts (reference_number, hospital_id, owner_id, contract_id, kind, paid_before,
               period, currency, revision, status, amount_minor, method, payment_details_id, payment_reference, paid_on,
               note,
               run_id, entries_through, inputs, inputs_sha256, replaces, created_by_kind, created_by_id,
               created_by_name, changed_by_kind, changed_by_id, changed_by_name, paid_at, paid_by_name, created_at,
               updated_at)
           values (%(reference_number)s, %(hospital_id)s, %(owner_id)s, %(contract_id)s, %(kind)s, %(paid_before)s,
               %(period)s, %(currency)s, %(revision)s, %(status)s, %(amount_minor)s, %(method)s,
               %(payment_details_id)s, %(payment_reference)s, %(paid_on)s, %(note)s, %(run_id)s, %(entries_through)s,
               %(inputs)s, %(inputs_sha256)s, %(replaces)s, %(by_kind)s, %(by_id)s, %(by_name)s, %(by_kind)s, %(by_id)s,
               %(by_name)s, case when %(status)s = 'paid' then %(now)s end,
               case when %(status)s = 'paid' then %(by_name)s end, %(now)s, %(now)s)
           on conflict do nothing returning id""",
        **values,
    )
    return made


async def insert_lines(tx: Tx, payout_id: int, lines: Sequence[Line]) -> None:
    """Writes a payout's lines, in order."""
    rows = [msgspec.structs.asdict(line) | {"position": n} for n, line in enumerate(lines, start=1)]
    await tx.execute(
        """insert into crm.payout_lines (payout_id, position, kind, description, amount_minor, base_minor, entries,
               contract_version_id, inputs, recorded_payout_id)
           select %(payout_id)s, position, kind, description, amount_minor, base_minor, entries, contract_version_id,
               inputs, recorded_payout_id
           from jsonb_to_recordset(%(rows)s::jsonb) as (position smallint, kind text, description text,
               amount_minor bigint, base_minor bigint, entries integer, contract_version_id bigint, inputs jsonb,
               recorded_payout_id bigint)
           order by position""",
        payout_id=payout_id,
        rows=msgspec.json.encode(rows).decode(),
    )


class LineRow(msgspec.Struct, kw_only=True):
    """A line as it is stored, with the number of the version that it pins."""

    id: int
    payout_id: int
    position: int
    kind: str
    description: str
    amount_minor: int
    base_minor: int | None
    entries: int
    contract_version_id: int | None
    contract_version: int | None
    inputs: dict[str, Any]
    recorded_payout_id: int | None


_LINE: LiteralString = """
select l.id, l.payout_id, l.position, l.kind, l.description, l.amount_minor, l.base_minor, l.entries,
       l.contract_version_id, v.number as contract_version, l.inputs, l.recorded_payout_id
from crm.payout_lines l left join crm.contract_versions v on v.id = l.contract_version_id
"""


async def lines(tx: Tx, payout_ids: Sequence[int]) -> list[LineRow]:
    """The lines of payouts, in order."""
    return await tx.all(
        LineRow, _LINE + "where l.payout_id = any(%(ids)s) order by l.payout_id, l.position", ids=list(payout_ids)
    )


async def line(tx: Tx, *, payout_id: int, line_id: int) -> LineRow | None:
    """One line of a payout."""
    return await tx.maybe(LineRow, _LINE + "where l.id = %(id)s and l.payout_id = %(of)s", id=line_id, of=payout_id)
