"""What an owner sees of their own contracts: what was sent to them or signed by them, and what waits for their name."""

from bedside.accounts import Role, SignedIn
from bedside.contracts import reading, store_versions
from bedside.contracts.model import Contract, ContractVersion
from bedside.kit.database import Tx


async def own_contracts(tx: Tx, owner_id: int) -> list[tuple[Contract, ContractVersion, bool]]:
    """What an owner may see: each contract that was sent to them or signed by them, its version, and whether it waits
    for their signature. Three queries, however many there are."""
    user = SignedIn(kind="owner", role=Role.OWNER, owner_id=owner_id, hospital_ids=frozenset())
    found = (await reading.page(tx, user=user, filters={}, sort="-startsOn", limit=200)).items
    ids = [one.id for one in found]
    if not ids:
        return []
    by_contract: dict[int, list[ContractVersion]] = {}
    for version in await store_versions.versions(tx, ids):
        by_contract.setdefault(version.contract_id, []).append(version)
    sent = await store_versions.sent_versions(tx, contract_ids=ids, owner_id=owner_id)
    signed = await store_versions.signed_by(tx, contract_ids=ids, owner_id=owner_id)
    return [
        (one, *version_for_owner(tx, one, by_contract[one.id], sent.get(one.id, set()), signed, owner_id))
        for one in found
    ]


def version_for_owner(
    tx: Tx, one: Contract, versions: list[ContractVersion], sent: set[int], signed: set[int], owner_id: int
) -> tuple[ContractVersion, bool]:
    """Which version an owner reads: the latest that waits for them, else the one that stands for the contract."""
    open_ = one.status in ("pending", "active")
    waiting = [v for v in versions if v.id in sent - signed and owner_id in v.owner_ids and open_]
    if waiting:
        return waiting[-1], True
    shown = [v for v in versions if v.id in sent | signed]  # never empty for a contract that they may see
    return reading.version_shown(one, shown, tx.now.date()), False


async def own_contract(tx: Tx, *, contract_id: int, user: SignedIn) -> tuple[Contract, ContractVersion, bool]:
    """A contract of the signed-in owner's. Raises NoSuchContract (404), for staff too, who have pages of their own."""
    if user.owner_id is None:
        raise reading.nothing_there()
    one = await reading.seen_contract(tx, contract_id=contract_id, user=user)
    versions = await store_versions.versions(tx, [one.id])
    sent = await store_versions.sent_versions(tx, contract_ids=[one.id], owner_id=user.owner_id)
    signed = await store_versions.signed_by(tx, contract_ids=[one.id], owner_id=user.owner_id)
    version, waiting = version_for_owner(tx, one, versions, sent.get(one.id, set()), signed, user.owner_id)
    return one, version, waiting
