"""Looking contracts up: for rooms, for staff of their hospitals, and for the owners who are party to them."""

from datetime import date
from typing import Any

import msgspec

from bedside.accounts import Role, SignedIn
from bedside.contracts import store, store_versions
from bedside.contracts.model import (
    Contract,
    ContractDetails,
    ContractInForce,
    ContractVersion,
    NoSuchContract,
    NoSuchVersion,
)
from bedside.contracts.sentences import Names, term_sentences
from bedside.contracts.terms import Terms
from bedside.kit.database import Tx
from bedside.kit.http.paging import Page

_FIELDS = Contract.__struct_fields__


async def contract(tx: Tx, contract_id: int) -> Contract:
    """A contract. Raises NoSuchContract (404)."""
    found = await store.contract(tx, contract_id)
    if found is None:
        raise nothing_there()
    return found


async def seen_contract(tx: Tx, *, contract_id: int, user: SignedIn, owner_id: int | None = None) -> Contract:
    """A contract that the user may see; of this owner, where one is named.

    Staff see those of their hospitals, an owner those that were sent to them or signed by them. Raises NoSuchContract
    (404).
    """
    found = await store.contract(tx, contract_id)
    if found is None or (owner_id is not None and owner_id not in found.owner_ids):
        raise nothing_there()
    if user.role is Role.OWNER:
        theirs = user.owner_id
        if theirs is None or not await store.shown_to(tx, contract_id=contract_id, owner_id=theirs):
            raise nothing_there()
        [found] = await _as_shown(tx, [found], theirs)
    elif not user.works_at(found.hospital_id):
        raise nothing_there()
    return found


async def _as_shown(tx: Tx, found: list[Contract], owner_id: int) -> list[Contract]:
    """Contracts as an owner sees them: who joins by a draft that was not sent to them is not named."""
    parties = await store_versions.parties_shown(tx, contract_ids=[one.id for one in found], owner_id=owner_id)
    return [
        msgspec.structs.replace(one, owner_ids=[party for party in one.owner_ids if party in parties.get(one.id, ())])
        for one in found
    ]


async def contracts_of(tx: Tx, *, owner_id: int) -> list[Contract]:
    """Every contract that an owner is party to, the latest first."""
    return await store.contracts_of(tx, owner_id)


async def contracts_in_force(
    tx: Tx,
    *,
    hospital_ids: list[int] | None,
    begins: date,
    ends: date,
    contract_ids: list[int] | None = None,
    after_id: int = 0,
    limit: int | None = None,
) -> list[ContractInForce]:
    """Contracts with a signed version and at least a day in [begins, ends], by id, each with its signed versions.

    `hospital_ids` None: every hospital's. Two queries, however many there are.
    """
    found = await store.contracts_in_force(
        tx,
        hospital_ids=hospital_ids,
        begins=begins,
        ends=ends,
        contract_ids=contract_ids,
        after_id=after_id,
        limit=limit,
    )
    signed: dict[int, list[ContractVersion]] = {one.id: [] for one in found}
    if found:
        for version in await store_versions.versions(tx, list(signed)):
            if version.signed_at is not None:
                signed[version.contract_id].append(version)
    return [ContractInForce(contract=one, versions=signed[one.id]) for one in found]


async def page(
    tx: Tx,
    *,
    user: SignedIn,
    filters: dict[str, Any],
    sort: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Contract]:
    """One page of the contracts that the user may see. A filter that is None does not count. Raises Invalid (422)."""
    wanted = {"archived": False} | filters | seen_filters(user)
    found = await store.CONTRACTS.page(tx, filters=wanted, sort=sort, cursor=cursor, limit=limit)
    items = [Contract(**{name: getattr(one, name) for name in _FIELDS}) for one in found.items]
    if user.role is Role.OWNER:
        items = await _as_shown(tx, items, user.owner_id or 0)
    return Page(items=items, next=found.next)


def seen_filters(user: SignedIn) -> dict[str, Any]:
    """The filters that keep a list to what the user may see."""
    if user.role is Role.OWNER:
        return {"owner_id": user.owner_id or 0, "shown_to": user.owner_id or 0}
    return {"within": user.hospitals}


async def versions_of(tx: Tx, *, contract: Contract, user: SignedIn | None = None) -> list[ContractVersion]:
    """A contract's versions in order; for an owner those that were sent to them, and those that they signed."""
    found = await store_versions.versions(tx, [contract.id])
    if user is None or user.role is not Role.OWNER:
        return found
    theirs = user.owner_id or 0
    sent = await store_versions.sent_versions(tx, contract_ids=[contract.id], owner_id=theirs)
    signed = await store_versions.signed_by(tx, contract_ids=[contract.id], owner_id=theirs)
    return [one for one in found if one.id in sent.get(contract.id, set()) | signed]


def version_numbered(versions: list[ContractVersion], number: int | None) -> ContractVersion:
    """The version with a number, the latest where none is named. Raises NoSuchVersion (404). Pure."""
    found = versions[-1:] if number is None else [one for one in versions if one.number == number]
    if not found:
        raise NoSuchVersion("The contract has no such version.", next_step="Look at its versions.")
    return found[0]


def version_shown(contract: Contract, versions: list[ContractVersion], today: date) -> ContractVersion:
    """Which version stands for a contract: the one in force today, else the next or last that is signed, else the
    latest. Pure."""
    signed = [one for one in versions if one.signed_at is not None]
    begun = [one for one in signed if one.effective_from <= today]
    return (begun[-1:] or signed[:1] or versions[-1:])[0]


async def names_in(tx: Tx, *, contract: Contract, terms: list[Terms]) -> Names:
    """What the parties and departments of some terms are called."""
    owner_ids = list({owner_id for one in terms for owner_id in one.owner_ids} | {contract.owner_id})
    department_ids = list({rule.department_id for one in terms for rule in one.rules if rule.department_id is not None})
    departments = (
        await store.department_names(tx, hospital_id=contract.hospital_id, ids=department_ids) if department_ids else {}
    )
    return Names(
        hospital=contract.hospital_name, owners=await store.owner_names(tx, owner_ids), departments=departments
    )


async def details(tx: Tx, *, contract: Contract, today: date, user: SignedIn | None = None) -> ContractDetails:
    """A contract with its versions, its signatures, and what holds today in sentences."""
    versions = await versions_of(tx, contract=contract, user=user)
    shown = version_shown(contract, versions, today)
    signatures = await store_versions.signatures(tx, contract.id)
    if user is not None and user.role is Role.OWNER:
        # where others signed from is theirs, and the hospital's, to know
        numbers = {one.number for one in versions}
        signatures = [
            one if one.owner_id == user.owner_id else msgspec.structs.replace(one, address=None, user_agent="")
            for one in signatures
            if one.version_number in numbers
        ]
    names = await names_in(tx, contract=contract, terms=[shown.terms])
    return ContractDetails(
        **msgspec.structs.asdict(contract),
        terms=shown.terms,
        words=shown.words,
        summary=term_sentences(shown.terms, names, currency=contract.currency),
        versions=versions,
        signatures=signatures,
    )


def nothing_there() -> NoSuchContract:
    """The 404 for a contract that is not there, or not for who asks."""
    return NoSuchContract(
        "There is no contract with this id, or it is not yours to see.", next_step="Look in /api/contracts."
    )
