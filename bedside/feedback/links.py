"""Links by which patients say how a visit was: 128 random bits each, stored hashed. Opening one changes nothing."""

from datetime import datetime

from bedside.feedback import store_inviting as store
from bedside.feedback.model import Invitation, InvitationOver, NoSuchInvitation
from bedside.kit.database import Tx
from bedside.kit.tokens import hashed, new_token
from bedside.messaging import Stale

_public_url = "http://localhost:7002"


def install_public_url(url: str) -> None:
    """Hands over the address that links carry, without a slash at its end. Called once, by app and worker."""
    global _public_url  # only settings reads the environment, and it lies above this room
    _public_url = url.rstrip("/")


async def feedback_link(tx: Tx, invitation_id: int) -> str | Stale:
    """A fresh link to an invitation, made just before a message leaves; it is nowhere kept in clear. Stale where the
    visit was rated meanwhile, the invitation withdrawn or over."""
    found = await store.invitation(tx, invitation_id)
    because = why_over(found, now=tx.now) if found else "The invitation is gone."
    if because is not None:
        return Stale(because)
    token = new_token()
    await store.insert_link(tx, invitation_id=invitation_id, token_hash=hashed(token))
    return f"{_public_url}/f/{token}"


async def open_invitation(tx: Tx, token: str) -> Invitation:
    """The invitation that a link leads to; changes nothing. Raises NoSuchInvitation (404), InvitationOver (410), whose
    `because` is `answered`, `expired` or `withdrawn`."""
    found = await store.invitation_of_token(tx, hashed(token))
    if found is None:
        raise NoSuchInvitation("This link leads nowhere.", next_step="Open it from the message once more.")
    if found.status == "answered":
        raise InvitationOver("You have told us how it was. Thank you.", because="answered")
    if found.status == "cancelled":
        raise InvitationOver("There is nothing to say of this visit.", because="withdrawn")
    if found.expires_at <= tx.now:
        raise InvitationOver("The time for this is over.", next_step="You can always call us.", because="expired")
    return found


def why_over(one: Invitation, *, now: datetime) -> str | None:
    """Why an invitation is not to be sent any more; None where it is."""
    if one.status == "answered":
        return "The visit was rated meanwhile."
    if one.status == "cancelled":
        return one.because or "The invitation was withdrawn."
    return "The time to answer is over." if one.sent_at and one.expires_at <= now else None
