"""SQL of statements: everything that one says, in three queries whatever its length."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from bedside.kit.database import Tx
from bedside.payouts.calculating import Before
from bedside.payouts.store_calculating import LATE, NEVER


class StatementPayout(msgspec.Struct, frozen=True, kw_only=True):
    """A payout with whom it is for, whom it is from, and how it is or was paid."""

    id: int
    reference_number: str
    hospital_id: int
    owner_id: int
    contract_id: int | None
    kind: str
    paid_before: bool
    period: date
    currency: str
    revision: int
    status: str
    amount_minor: int
    method: str | None
    account: str
    payment_reference: str
    paid_on: date | None
    inputs_sha256: bytes | None
    approved_at: datetime | None
    reversed_at: datetime | None
    discarded_at: datetime | None
    reviewed_at: datetime | None
    created_at: datetime
    hospital_name: str
    hospital_address: str
    hospital_phone: str | None
    hospital_email: str | None
    hospital_country: str
    hospital_locale: str
    hospital_zone: str
    hospital_language: str | None
    owner_name: str
    owner_legal_name: str
    owner_address: str
    owner_language: str
    contract_number: str | None
    contract_title: str | None
    replaced_by: str | None


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a payout, with the version of the terms that it pins and the payment that it deducts."""

    position: int
    kind: str
    description: str
    amount_minor: int
    base_minor: int | None
    entries: int
    inputs: dict[str, Any]
    version_id: int | None
    version_number: int | None
    effective_from: date | None
    terms: dict[str, Any] | None
    recorded_reference: str | None
    recorded_on: date | None


class EntryBehind(msgspec.Struct, frozen=True, kw_only=True):
    """A revenue entry behind a payout."""

    id: int
    revenue_on: date
    period: date
    department_id: int | None
    department: str | None
    service_line: str
    kind: str
    amount_minor: int
    description: str
    source: str
    external_id: str | None


async def newest_told_of(tx: Tx, *, owner_id: int, hospital_ids: list[int] | None) -> int | None:
    """The payout that an owner was told of last."""
    found: int | None = await tx.value(
        """select (select id from crm.owner_payouts
                   where owner_id = %(owner_id)s and status in ('approved', 'paid')
                     and (%(hospital_ids)s::bigint[] is null or hospital_id = any(%(hospital_ids)s::bigint[]))
                   order by period desc, id desc limit 1)""",
        owner_id=owner_id,
        hospital_ids=hospital_ids,
    )
    return found


async def statement_payout(tx: Tx, payout_id: int) -> StatementPayout | None:
    """The payout. Where to: as pinned when it was approved; until then, as the owner is paid at present."""
    return await tx.maybe(
        StatementPayout,
        """select p.id, p.reference_number, p.hospital_id, p.owner_id, p.contract_id, p.kind, p.paid_before, p.period,
               p.currency, p.revision, p.status, p.amount_minor, coalesce(p.method, d.method) as method,
               case when p.method is null or d.method = p.method then coalesce(d.masked, '') else '' end as account,
               p.payment_reference, p.paid_on, p.inputs_sha256, p.approved_at, p.reversed_at,
               p.discarded_at, p.reviewed_at, p.created_at,
               h.name as hospital_name, h.address as hospital_address, h.phone as hospital_phone,
               h.email as hospital_email, h.country as hospital_country, h.locale as hospital_locale,
               h.time_zone as hospital_zone, h.languages[1] as hospital_language,
               o.name as owner_name, o.legal_name as owner_legal_name, o.address as owner_address,
               o.language as owner_language, c.number as contract_number, c.title as contract_title,
               -- by owner and month, which the index has
               (select r.reference_number from crm.owner_payouts r
                where r.owner_id = p.owner_id and r.period = p.period and r.replaces = p.id and r.status <> 'discarded'
                order by r.id desc limit 1) as replaced_by
           from crm.owner_payouts p
           join crm.hospitals h on h.id = p.hospital_id
           join crm.hospital_owners o on o.id = p.owner_id
           left join crm.owner_contracts c on c.id = p.contract_id
           left join lateral (
               select method, masked from crm.owner_payment_details d
               where case when p.payment_details_id is not null then d.id = p.payment_details_id
                          else p.status in ('draft', 'approved') and d.owner_id = p.owner_id and d.retired_at is null
                               and coalesce(d.hospital_id, p.hospital_id) = p.hospital_id end
               order by d.hospital_id nulls last limit 1) d on true
           where p.id = %(id)s""",
        id=payout_id,
    )


async def statement_lines(tx: Tx, payout_id: int) -> list[StatementLine]:
    """The lines of a payout, in order."""
    return await tx.all(
        StatementLine,
        """select l.position, l.kind, l.description, l.amount_minor, l.base_minor, l.entries, l.inputs,
               v.id as version_id, v.number as version_number, v.effective_from, v.terms,
               r.reference_number as recorded_reference, r.paid_on as recorded_on
           from crm.payout_lines l
           left join crm.contract_versions v on v.id = l.contract_version_id
           left join crm.owner_payouts r on r.id = l.recorded_payout_id
           where l.payout_id = %(id)s order by l.position""",
        id=payout_id,
    )


async def department_names(tx: Tx, hospital_id: int) -> dict[int, str]:
    """Names of a hospital's departments by id, archived ones too."""
    found = await tx.rows("select id, name from crm.departments where hospital_id = %(id)s", id=hospital_id)
    return {row[0]: row[1] for row in found}


def entries_behind(
    tx: Tx, payout: StatementPayout, *, through: int, late: Sequence[date], before: Before | None
) -> AsyncIterator[EntryBehind]:
    """The revenue entries of a hospital and currency that a payout counted, one by one: those of its month, and of the
    `late` months what had not been counted before."""
    return tx.stream(
        EntryBehind,
        """with behind as (
               select e.* from crm.revenue_entries e
               where e.hospital_id = %(hospital_id)s and e.currency = %(currency)s and e.period = %(period)s
                 and e.revenue_on >= %(period)s and e.id <= %(through)s
               union all
               select e.* from crm.revenue_entries e
               where e.hospital_id = %(hospital_id)s and e.currency = %(currency)s and e.period <= %(period)s
                 and e.revenue_on >= %(earliest)s and e.revenue_on < %(period)s and e.id <= %(through)s
                 and date_trunc('month', e.revenue_on)::date = any(%(late)s::date[]) and """
        + LATE
        + """)
           select e.id, e.revenue_on, e.period, e.department_id, d.name as department, e.service_line, e.kind,
               e.amount_minor, e.description, e.source, e.external_id
           from behind e left join crm.departments d on d.id = e.department_id
           order by e.revenue_on, e.id""",
        hospital_id=payout.hospital_id,
        period=payout.period,
        currency=payout.currency,
        through=through,
        late=list(late),
        earliest=min(late, default=payout.period),
        counted=before.through if before else 0,
        counted_in=before.period if before else NEVER,
    )
