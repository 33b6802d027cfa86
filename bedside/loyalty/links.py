"""Links that patients follow: to their own points (a secret, stored hashed), and the one by which they bring friends.

Opening one changes nothing.
"""

from datetime import timedelta

from bedside.accounts import audit
from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.tokens import hashed, new_token
from bedside.loyalty import store_referrals as store
from bedside.loyalty.accounts import open_account
from bedside.loyalty.store_referrals import AccountLink
from bedside.patient_access import LinkOver, LinkUnknown
from bedside.patients import patient

# Points are no clinical matter, and a voucher is looked for months after the message that brought it.
LINK_LASTS = timedelta(days=180)

_public_url = "http://localhost:7002"


def install_public_url(url: str) -> None:
    """Hands over the address that links carry, without a slash at its end. Called once, by app and worker."""
    global _public_url  # only settings reads the environment, and it lies above this room
    _public_url = url.rstrip("/")


def referral_link(code: str) -> str:
    """The link by which the owner of a code brings friends; no secret: it is there to be shared."""
    return f"{_public_url}/r/{code}"


async def account_link(tx: Tx, patient_id: int) -> str:
    """A fresh link by which a patient sees their points, redeems and shows vouchers. They have an account by then."""
    token = new_token()
    await store.insert_account_link(tx, token_hash=hashed(token), patient_id=patient_id, expires_at=tx.now + LINK_LASTS)
    return f"{_public_url}/p/{token}"


async def open_account_link(tx: Tx, token: str, *, acting: bool = False) -> AccountLink:
    """Whose link this is. `acting`: it is noted that something was done by it, which looking is not. Raises LinkUnknown
    (404), LinkOver (410)."""
    link = await store.account_link(tx, hashed(token))
    if link is None:
        raise LinkUnknown(
            "This link leads nowhere.",
            next_step="It may have been cut off on its way: open it from the message once more, or call the hospital.",
        )
    if link.revoked_at is not None or link.expires_at <= tx.now:
        raise LinkOver("This link has ended.", next_step="Please call the hospital.")
    if acting:
        await store.use_account_link(tx, hashed(token))
    return link


async def make_account_link(tx: Tx, *, patient_id: int, actor: Actor) -> str:
    """The same for staff to hand over; it opens an account where there is none, and is an audit fact. Raises
    NoSuchPatient (404)."""
    await patient(tx, patient_id)
    await open_account(tx, patient_id)
    made = await account_link(tx, patient_id)
    await audit(
        tx, actor=actor, action="loyalty.link_made", subject="patient", subject_id=patient_id, patient_id=patient_id
    )
    return made


async def end_account_links(tx: Tx, *, patient_id: int, actor: Actor) -> int:
    """Ends every link to somebody's points (a phone was lost, or given away), and says how many. Raises NoSuchPatient
    (404)."""
    await patient(tx, patient_id)
    ended = await store.revoke_account_links(tx, patient_id)
    await audit(
        tx, actor=actor, action="loyalty.links_ended", subject="patient", subject_id=patient_id, patient_id=patient_id,
        after={"ended": ended},
    )  # fmt: skip
    return ended
