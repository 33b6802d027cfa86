"""What notes, tags, custom fields and tasks may be about, of this room: a contract."""

from bedside.accounts import Permission, SignedIn
from bedside.contracts import store
from bedside.follow_ups import Subject
from bedside.kit.database import Tx


async def _may_see(tx: Tx, contract_id: int, user: SignedIn) -> bool:
    found = await store.contract(tx, contract_id)
    return found is not None and user.works_at(found.hospital_id)


CONTRACT_SUBJECT = Subject(
    label="Contract", seen_with=Permission.CONTRACTS_READ, page="/contracts/{id}", names=store.names, may_see=_may_see
)
