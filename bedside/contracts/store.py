"""SQL of contracts: the contract itself, its parties and where it stands."""

from datetime import date
from typing import Any, LiteralString

import msgspec

from bedside.contracts.model import Contract
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

# The hospital's calendar decides what day it is.
_TODAY: LiteralString = "(%(now)s at time zone h.time_zone)::date"

# The same rule as model.status_on, which a property test holds it to.
STATUS: LiteralString = (
    "case when c.terminated_on <= " + _TODAY + " then 'terminated'"
    " when c.ends_on < " + _TODAY + " then 'expired'"
    " when c.signed_at is null or c.starts_on > " + _TODAY + " then 'pending' else 'active' end"
)

_COLUMNS: LiteralString = (
    """
select c.id, c.number, c.hospital_id, h.name as hospital_name, c.owner_id, o.name as owner_name,
       array(select p.owner_id from crm.contract_parties p where p.contract_id = c.id
             order by p.owner_id <> c.owner_id, p.owner_id) as owner_ids,
       c.title, c.currency, c.starts_on, c.ends_on, c.renewal, c.renewal_months, c.notice_days, """
    + STATUS
    + """ as status,
       c.signed_at, c.terminated_on, c.termination_reason, c.archived_at, c.created_by_name, c.created_at,
       c.updated_at, c.version"""
)
_FROM: LiteralString = """
from crm.owner_contracts c
join crm.hospitals h on h.id = c.hospital_id
join crm.hospital_owners o on o.id = c.owner_id
"""
CONTRACT: LiteralString = _COLUMNS + _FROM

_IS_PARTY: LiteralString = (
    "exists (select from crm.contract_parties p where p.contract_id = c.id and p.owner_id = %(owner_id)s)"
)
# What an owner may see: what was sent to them to sign, and what they signed; never what only others had before them.
SHOWN_TO_OWNER: LiteralString = """(
    exists (select from crm.contract_signatures s where s.contract_id = c.id and s.owner_id = %(shown_to)s)
    or exists (select from crm.contract_signing_links l join crm.contract_versions v on v.id = l.version_id
               where v.contract_id = c.id and l.owner_id = %(shown_to)s))"""


class Listed(Contract, kw_only=True):
    """A contract in the list, with what the list is sorted by, which its cursor carries."""

    sort_title: str
    sort_owner: str
    sort_ends: date


FILTERS: dict[str, LiteralString] = {
    "within": "c.hospital_id = any(%(within)s::bigint[])",
    "hospital_id": "c.hospital_id = %(hospital_id)s",
    "owner_id": _IS_PARTY,
    "shown_to": SHOWN_TO_OWNER,
    "status": STATUS + " = %(status)s",
    # what has no end never ends before a day
    "ends_before": "least(c.ends_on, c.terminated_on) < %(ends_before)s",
    "archived": "(c.archived_at is not null) = %(archived)s",
    "q": """(crm.searchable(c.title || ' ' || o.name) like '%%' || crm.searchable(%(q)s) || '%%'
             or c.number like %(q)s || '%%')""",
}
_ENDS: LiteralString = "coalesce(c.ends_on, '9999-12-31'::date)"

CONTRACTS = Listing(
    into=Listed,
    select=_COLUMNS
    + """, crm.searchable(c.title) as sort_title, crm.searchable(o.name) as sort_owner, """
    + _ENDS
    + " as sort_ends"
    + _FROM,
    sorts={
        "number": (Key("c.id", "bigint", "id"),),
        "title": (Key('(crm.searchable(c.title) collate "C")', "text", "sort_title"), Key("c.id", "bigint", "id")),
        "owner": (Key('(crm.searchable(o.name) collate "C")', "text", "sort_owner"), Key("c.id", "bigint", "id")),
        "startsOn": (Key("c.starts_on", "date", "starts_on"), Key("c.id", "bigint", "id")),
        "endsOn": (Key(_ENDS, "date", "sort_ends"), Key("c.id", "bigint", "id")),
    },
    default_sort="-number",
    filters=FILTERS,
)


async def contract(tx: Tx, contract_id: int) -> Contract | None:
    """A contract, put away or not."""
    return await tx.maybe(Contract, CONTRACT + "where c.id = %(id)s", id=contract_id)


async def contracts(tx: Tx, ids: list[int]) -> list[Contract]:
    """Contracts with the ids given, by id."""
    return await tx.all(Contract, CONTRACT + "where c.id = any(%(ids)s) order by c.id", ids=ids)


async def lock_contract(tx: Tx, contract_id: int) -> Contract | None:
    """A contract, for changing it: whoever writes a version, a date or a signature of it holds this."""
    return await tx.maybe(Contract, CONTRACT + "where c.id = %(id)s for no key update of c", id=contract_id)


async def contracts_of(tx: Tx, owner_id: int) -> list[Contract]:
    """Every contract that an owner is party to, the latest first."""
    return await tx.all(
        Contract, CONTRACT + "where c.archived_at is null and " + _IS_PARTY + " order by c.id desc", owner_id=owner_id
    )


async def shown_to(tx: Tx, *, contract_id: int, owner_id: int) -> bool:
    """Whether an owner may see a contract: they are party to it, and it was sent to them or signed by them."""
    return bool(
        await tx.value(
            "select exists (select from crm.owner_contracts c where c.id = %(id)s and c.archived_at is null and "
            + _IS_PARTY
            + " and "
            + SHOWN_TO_OWNER
            + ")",
            id=contract_id,
            owner_id=owner_id,
            shown_to=owner_id,
        )
    )


async def contracts_in_force(
    tx: Tx,
    *,
    hospital_ids: list[int] | None,
    begins: date,
    ends: date,
    contract_ids: list[int] | None,
    after_id: int,
    limit: int | None,
) -> list[Contract]:
    """Contracts with a signed version and at least a day in [begins, ends], by id."""
    return await tx.all(
        Contract,
        CONTRACT
        + """where c.id > %(after_id)s and c.signed_at is not null
               and (%(hospital_ids)s::bigint[] is null or c.hospital_id = any(%(hospital_ids)s))
               and (%(contract_ids)s::bigint[] is null or c.id = any(%(contract_ids)s))
               and c.starts_on <= %(ends)s
               and coalesce(least(c.ends_on, c.terminated_on), %(begins)s) >= %(begins)s
               and exists (select from crm.contract_versions v where v.contract_id = c.id
                           and v.effective_from <= coalesce(least(c.ends_on, c.terminated_on, %(ends)s), %(ends)s)
                           and cardinality(v.owner_ids) > 0
                           and not exists (select from unnest(v.owner_ids) must(sign)
                                           where not exists (select from crm.contract_signatures s
                                                             where s.version_id = v.id and s.owner_id = must.sign)))
             order by c.id limit %(limit)s""",
        hospital_ids=hospital_ids,
        contract_ids=contract_ids,
        begins=begins,
        ends=ends,
        after_id=after_id,
        limit=limit,
    )


async def insert_contract(tx: Tx, row: dict[str, Any]) -> int:
    """Adds a contract under the next number and gives the id."""
    return int(
        await tx.value(
            """insert into crm.owner_contracts (number, hospital_id, owner_id, title, currency, starts_on, ends_on,
                   renewal, renewal_months, notice_days, created_by_name, created_at, updated_at)
               values ('C-' || nextval('crm.contract_numbers'), %(hospital_id)s, %(owner_id)s, %(title)s,
                   %(currency)s, %(starts_on)s, %(ends_on)s, %(renewal)s, %(renewal_months)s, %(notice_days)s,
                   %(created_by_name)s, %(now)s, %(now)s)
               returning id""",
            **row,
        )
    )


async def update_contract(tx: Tx, changed: Contract) -> None:
    """Writes a contract's own row and counts its version up."""
    await tx.execute(
        """update crm.owner_contracts set title = %(title)s, starts_on = %(starts_on)s, ends_on = %(ends_on)s,
               renewal = %(renewal)s, renewal_months = %(renewal_months)s, notice_days = %(notice_days)s,
               signed_at = %(signed_at)s, terminated_on = %(terminated_on)s,
               termination_reason = %(termination_reason)s, archived_at = %(archived_at)s,
               version = version + 1, updated_at = %(now)s
           where id = %(id)s""",
        **msgspec.structs.asdict(changed),
    )


async def add_parties(tx: Tx, *, contract_id: int, owner_ids: list[int]) -> None:
    """Makes owners parties to a contract; those who are already stay so."""
    await tx.execute(
        """insert into crm.contract_parties (contract_id, owner_id)
           select %(contract_id)s, unnest(%(owner_ids)s::bigint[]) on conflict do nothing""",
        contract_id=contract_id,
        owner_ids=owner_ids,
    )


async def department_names(tx: Tx, *, hospital_id: int, ids: list[int] | None = None) -> dict[int, str]:
    """The hospital's departments by id, archived ones too; of these ids, or all."""
    found = await tx.rows(
        """select id, name from crm.departments
           where hospital_id = %(hospital_id)s and (%(ids)s::bigint[] is null or id = any(%(ids)s))
           order by position, name""",
        hospital_id=hospital_id,
        ids=ids,
    )
    return {row[0]: row[1] for row in found}


async def owner_names(tx: Tx, ids: list[int]) -> dict[int, str]:
    """What owners are called, by id."""
    found = await tx.rows("select id, name from crm.hospital_owners where id = any(%(ids)s)", ids=ids)
    return {row[0]: row[1] for row in found}


async def names(tx: Tx, ids: list[int]) -> dict[int, str]:
    """What contracts are called, by id, for notes and tasks about them."""
    found = await tx.rows("select id, number || ' ' || title from crm.owner_contracts where id = any(%(ids)s)", ids=ids)
    return {row[0]: row[1] for row in found}


async def owner_options(tx: Tx, *, within: list[int] | None) -> list[tuple[int, str]]:
    """Owners to choose among, by name: those of these hospitals (None: every one), and those of none."""
    found = await tx.rows(
        """select o.id, o.name from crm.hospital_owners o
           where o.archived_at is null
             and (%(within)s::bigint[] is null
                  or exists (select from crm.owner_hospitals h
                             where h.owner_id = o.id and h.hospital_id = any(%(within)s::bigint[]))
                  or not exists (select from crm.owner_hospitals h where h.owner_id = o.id))
           order by crm.searchable(o.name) collate "C", o.id limit 1000""",
        within=within,
    )
    return [(row[0], row[1]) for row in found]
