"""What notes, tags, custom fields and tasks may be about, of this room."""

from bedside.accounts import Permission, SignedIn
from bedside.follow_ups import Subject
from bedside.kit.database import Tx
from bedside.owners import store


async def _may_see(tx: Tx, owner_id: int, user: SignedIn) -> bool:
    return await store.seen_owner(tx, owner_id, user.hospitals) is not None


async def _looked_after_by(tx: Tx, owner_id: int) -> int | None:
    found = await store.owner(tx, owner_id)
    return found.account_manager_id if found else None


OWNER_SUBJECT = Subject(
    label="Owner", seen_with=Permission.OWNERS_READ, page="/owners/{id}", names=store.names, may_see=_may_see,
    looked_after_by=_looked_after_by,
)  # fmt: skip
