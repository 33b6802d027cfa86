"""Keys of machines: `bk_` and 128 random bits, shown once, stored hashed."""

from bedside.accounts import staff, store
from bedside.accounts.auditing import audit
from bedside.accounts.events import ApiKeyRevoked
from bedside.accounts.model import ApiKey, NewApiKey
from bedside.accounts.permissions import Role, SignedIn
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.tokens import hashed, new_token

PREFIX = "bk_"


async def make_api_key(tx: Tx, *, new: NewApiKey, actor: Actor) -> tuple[ApiKey, str]:
    """Makes a key; gives it with its text, which is not to be had again.

    Raises Invalid (422) for the role `owner`, a hospital that is not there or an end that has passed,
    HospitalsNotYours (403).
    """
    if new.role is Role.OWNER:
        raise Invalid("A key cannot be an owner.", pointer="/role", next_step="Use the role integration.")
    if new.expires_at is not None and new.expires_at <= tx.now:
        raise Invalid("The key would have ended already.", pointer="/expiresAt", next_step="Take a time to come.")
    await staff.check_hospitals(tx, actor=actor, every_hospital=new.every_hospital, hospital_ids=new.hospital_ids)
    text = PREFIX + new_token()
    made = await store.insert_api_key(
        tx,
        new=new,
        hint=text[:7],
        key_hash=hashed(text),
        created_by=actor.id if actor.kind == "staff" else None,
    )
    await audit(tx, actor=actor, action="api_key.made", subject="api_key", subject_id=made.id, after=made)
    return made, text


async def revoke_api_key(tx: Tx, *, api_key_id: int, actor: SignedIn) -> ApiKey:
    """Ends a key, at once and for good; again is harmless. Raises NotFound (404), HospitalsNotYours (403)."""
    key = await store.api_key(tx, api_key_id)
    if key is None:
        raise NotFound("There is no such key.", next_step="Look at the list of keys.")
    staff.check_hands_out(actor, every_hospital=key.every_hospital, hospital_ids=key.hospital_ids)
    if key.revoked_at is None:
        await store.revoke_api_key(tx, api_key_id)
        await record(tx, ApiKeyRevoked(api_key_id=api_key_id), actor=actor)
        await audit(tx, actor=actor, action="api_key.revoked", subject="api_key", subject_id=api_key_id)
    return await store.api_key(tx, api_key_id) or key


def signed_in_as(key: ApiKey) -> SignedIn:
    """A machine as a request knows it."""
    return SignedIn(
        kind="api_key",
        id=key.id,
        name=key.name,
        role=key.role,
        hospital_ids=None if key.every_hospital else frozenset(key.hospital_ids),
    )
