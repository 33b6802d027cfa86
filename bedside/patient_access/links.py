"""Links in messages: 128 random bits each, stored hashed, for one visit of one patient. Opening one changes nothing."""

from collections.abc import Sequence

from bedside.kit.database import Tx
from bedside.kit.tokens import hashed, new_token
from bedside.patient_access import store
from bedside.patient_access.model import LINK_OUTLIVES_VISIT, Link, LinkOver, LinkUnknown

_public_url = "http://localhost:7002"


def install_public_url(url: str) -> None:
    """Hands over the address that links carry, without a slash at its end. Called once, by app and worker."""
    global _public_url  # only settings reads the environment, and it lies above this room
    _public_url = url.rstrip("/")


async def manage_link(tx: Tx, appointment_id: int) -> str:
    """A fresh link by which the visit's patient sees, confirms, moves or calls it off; it ends two weeks after it.

    Raises LinkUnknown (404) where there is no such visit with a patient.
    """
    token = new_token()
    if not await store.insert_link(
        tx, token_hash=hashed(token), appointment_id=appointment_id, outlives=LINK_OUTLIVES_VISIT
    ):
        raise LinkUnknown("There is no such appointment to link to.")
    return f"{_public_url}/m/{token}"


async def manage_links(tx: Tx, appointment_ids: Sequence[int]) -> list[str | None]:
    """Fresh links for many visits at once, in order; None where there is no such visit with a patient."""
    tokens = [new_token() for _ in appointment_ids]
    kept = await store.insert_links(
        tx,
        token_hashes=[hashed(token) for token in tokens],
        appointment_ids=list(appointment_ids),
        outlives=LINK_OUTLIVES_VISIT,
    )
    return [f"{_public_url}/m/{token}" if hashed(token) in kept else None for token in tokens]


async def open_link(tx: Tx, token: str) -> Link:
    """Whose link this is, and for which visit. Raises LinkUnknown (404), LinkOver (410)."""
    link = await store.link(tx, token_hash=hashed(token))
    if link is None:
        raise LinkUnknown(
            "This link leads nowhere.",
            next_step="It may have been cut off on its way: open it from the message once more, or call the hospital.",
        )
    if link.revoked_at is not None or link.expires_at <= tx.now:
        raise LinkOver("This link has ended.", next_step="Please call the hospital.")
    return link
