"""Owners, contracts and payouts as rows, in any state, for stories about documents and reports."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from bedside.kit.database import Tx

APPROVED_AT = datetime(2027, 2, 3, 15, tzinfo=UTC)
TERMS = {
    "rules": [
        {
            "departmentId": 1,
            "method": "fixed",
            "tiers": [{"fromAmount": "0", "shares": [{"ownerId": 1, "percent": "30"}, {"ownerId": None}]}],
            "deductions": [{"name": "Consumables", "percent": "5"}],
        },
        {"method": "fixed", "tiers": [{"fromAmount": "0", "shares": [{"ownerId": 1, "percent": "5"}]}]},
    ],
}


async def add_owner(tx: Tx, *, hospital_id: int, name: str = "Harborview Partners", **more: Any) -> int:
    """An owner of a hospital."""
    row = {"legal_name": "", "address": "80 South Street\nNew York, NY 10038", "language": "en"} | more
    owner_id = int(
        await tx.value(
            """insert into crm.hospital_owners (kind, name, legal_name, address, language, created_at, updated_at)
               values ('company', %(name)s, %(legal_name)s, %(address)s, %(language)s, %(now)s, %(now)s)
               returning id""",
            name=name,
            **row,
        )
    )
    await tx.execute(
        "insert into crm.owner_hospitals (owner_id, hospital_id, created_at) values (%(owner)s, %(hospital)s, %(now)s)",
        owner=owner_id,
        hospital=hospital_id,
    )
    return owner_id


async def add_contract(
    tx: Tx, *, hospital_id: int, owner_id: int, currency: str = "USD", terms: dict[str, Any] = TERMS
) -> tuple[int, int]:
    """A contract with one version: their ids."""
    contract_id = int(
        await tx.value(
            """insert into crm.owner_contracts
                   (number, hospital_id, owner_id, title, currency, starts_on, created_by_name, created_at, updated_at)
               values ('C-' || nextval('crm.contract_numbers'), %(hospital)s, %(owner)s, 'Revenue share', %(currency)s,
                   '2026-01-01', 'Felix', %(now)s, %(now)s) returning id""",
            hospital=hospital_id,
            owner=owner_id,
            currency=currency,
        )
    )
    version_id = int(
        await tx.value(
            """insert into crm.contract_versions
                   (contract_id, number, effective_from, terms, owner_ids, words, words_sha256, created_by_name,
                    created_at)
               values (%(contract)s, 1, '2026-01-01', %(terms)s::jsonb, array[%(owner)s::bigint], 'As agreed.',
                   sha256('As agreed.'), 'Felix', %(now)s) returning id""",
            contract=contract_id,
            owner=owner_id,
            terms=msgspec.json.encode(terms).decode(),
        )
    )
    return contract_id, version_id


async def add_payout(tx: Tx, *, hospital_id: int, owner_id: int, status: str = "approved", **more: Any) -> int:
    """A payout in a state, of January 2027 unless told otherwise, without lines."""
    settled = status in ("approved", "paid", "reversed") and not more.get("paid_before")
    row: dict[str, Any] = {
        "number": None, "contract_id": None, "kind": "share" if more.get("contract_id") else "manual",
        "paid_before": False, "period": date(2027, 1, 1), "currency": "USD", "amount": 4275000,
        "method": "bank_transfer" if status != "draft" else None, "details_id": None, "payment_reference": "",
        "paid_on": date(2027, 2, 5) if status in ("paid", "reversed") else None, "entries_through": None,
        "approved_at": APPROVED_AT if settled else None, "approved_by": "Fatima" if settled else None,
        "inputs_sha256": None, "replaces": None, "revision": 1,
    } | more  # fmt: skip
    return int(
        await tx.value(
            """insert into crm.owner_payouts
                   (reference_number, hospital_id, owner_id, contract_id, kind, paid_before, period, currency, revision,
                    status, amount_minor, method, payment_details_id, payment_reference, paid_on, entries_through,
                    inputs_sha256, replaces, created_by_kind, created_by_name, changed_by_kind, changed_by_name,
                    approved_at, approved_by_name, paid_at, reversed_at, discarded_at, created_at, updated_at)
               values (coalesce(%(number)s, (select 'BELL-2027-' || lpad((count(*) + 1)::text, 4, '0')
                        from crm.owner_payouts)),
                   %(hospital_id)s, %(owner_id)s, %(contract_id)s, %(kind)s, %(paid_before)s, %(period)s, %(currency)s,
                   %(revision)s, %(status)s, %(amount)s, %(method)s, %(details_id)s, %(payment_reference)s, %(paid_on)s,
                   %(entries_through)s, %(inputs_sha256)s, %(replaces)s, 'staff', 'Felix', 'staff', 'Felix',
                   %(approved_at)s, %(approved_by)s, case when %(status)s in ('paid', 'reversed') then %(now)s end,
                   case when %(status)s = 'reversed' then %(now)s end,
                   case when %(status)s = 'discarded' then %(now)s end, '2027-02-02T15:00Z', %(now)s)
               returning id""",
            hospital_id=hospital_id,
            owner_id=owner_id,
            status=status,
            **row,
        )
    )


async def add_line(tx: Tx, payout_id: int, kind: str, amount: int, **more: Any) -> None:
    """The next line of a payout."""
    row = {"description": "", "base": None, "entries": 0, "version_id": None, "inputs": {}, "recorded": None} | more
    row["inputs"] = msgspec.json.encode(row["inputs"]).decode()
    await tx.execute(
        """insert into crm.payout_lines
               (payout_id, position, kind, description, amount_minor, base_minor, entries, contract_version_id, inputs,
                recorded_payout_id)
           select %(payout)s, coalesce(max(position), 0) + 1, %(kind)s, %(description)s, %(amount)s, %(base)s,
               %(entries)s, %(version_id)s, %(inputs)s::jsonb, %(recorded)s
           from crm.payout_lines where payout_id = %(payout)s""",
        payout=payout_id,
        kind=kind,
        amount=amount,
        **row,
    )


async def add_entry(tx: Tx, *, hospital_id: int, amount: int, **more: Any) -> int:
    """A revenue entry, of 10 January 2027 unless told otherwise."""
    row = {
        "department_id": 1, "service_line": "", "day": date(2027, 1, 10), "period": date(2027, 1, 1),
        "currency": "USD", "description": "", "external_id": None, "kind": "charge" if amount > 0 else "refund",
    } | more  # fmt: skip
    return int(
        await tx.value(
            """insert into crm.revenue_entries
                   (hospital_id, department_id, service_line, revenue_on, period, kind, amount_minor, currency,
                    description, external_id, created_by_name, created_at)
               values (%(hospital)s, %(department_id)s, %(service_line)s, %(day)s, %(period)s, %(kind)s, %(amount)s,
                   %(currency)s, %(description)s, %(external_id)s, 'Billing', %(now)s) returning id""",
            hospital=hospital_id,
            amount=amount,
            **row,
        )
    )
