"""Sessions: begun by a password, kept up by a refresh token that changes with every use, ended by signing out."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from bedside.accounts import store, store_sessions, tokens
from bedside.accounts.auditing import audit
from bedside.accounts.events import SessionRevoked
from bedside.accounts.model import Credentials, StaffMember
from bedside.accounts.permissions import Role, SignedIn
from bedside.event_log import SYSTEM, Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.problems import NotFound, TooMany
from bedside.kit.tokens import hashed

FOR_A_SHIFT = timedelta(hours=12)
REMEMBERED = timedelta(days=30)
# Two tabs, or a client whose answer was lost, may send the token before the present one for this long.
GRACE = timedelta(seconds=30)

ATTEMPTS_WITHIN = timedelta(minutes=15)
FAILURES_PER_EMAIL = 10
FAILURES_PER_ADDRESS = 50  # a whole hospital may stand behind one


class Grant(msgspec.Struct, kw_only=True):
    """What a sign-in or a refresh gives: who, and the tokens."""

    user: SignedIn
    staff: StaffMember
    access_token: str
    refresh_token: str
    expires_at: datetime
    remembered: bool


class Refused(StrEnum):
    """Why a refresh token gives nothing."""

    UNKNOWN = "unknown"
    ENDED = "ended"
    USED_TWICE = "used_twice"


def signed_in_as(member: StaffMember, *, session_id: int | None, address: str | None = None) -> SignedIn:
    """A member of staff as a request knows them."""
    return SignedIn(
        kind="staff",
        id=member.id,
        name=member.name,
        role=member.role,
        hospital_ids=member.hospitals,
        session_id=session_id,
        language=member.language,
        owner_id=member.owner_id,
        address=address,
    )


async def issue_token(tx: Tx, *, role: Role, key: str, name: str = "Command line") -> str:
    """An access token of 15 minutes for a script: a role at every hospital, nobody's session. `key` signs it."""
    await audit(tx, actor=SYSTEM, action="token.issued", subject="token", after={"role": role, "name": name})
    return tokens.access_token(secret_key=key, now=tx.now, role=role, name=name)


async def begin_attempt(tx: Tx, *, email: str, address: str | None) -> tuple[int, Credentials | None]:
    """Counts an attempt to sign in, and gives its id with what the password is to be checked against.

    Raises TooMany (429, with Retry-After) after 10 failures with the e-mail address, or 50 from the network address,
    within 15 minutes. Attempts wait for each other here, so that a burst of them is counted too.
    """
    await store_sessions.lock_attempts(tx, email=email, address=address)
    with_email, email_since, from_address, address_since = await store_sessions.failures(
        tx, email=email, address=address, window=ATTEMPTS_WITHIN
    )
    for count, most, since in (
        (with_email, FAILURES_PER_EMAIL, email_since),
        (from_address, FAILURES_PER_ADDRESS, address_since),
    ):
        if count >= most and since is not None:
            seconds = max(1, int((since + ATTEMPTS_WITHIN - tx.now).total_seconds()) + 1)
            raise TooMany(
                "Too many attempts to sign in failed.",
                next_step=f"Try again in {-(-seconds // 60)} minutes, or have an administrator reset the password.",
                headers={"Retry-After": str(seconds)},
            )
    return await store_sessions.insert_attempt(tx, email=email, address=address), await store.credentials(tx, email)


async def begin_session(
    tx: Tx,
    *,
    staff_id: int,
    secret_key: str,
    address: str | None,
    user_agent: str | None,
    remember: bool,
    attempt_id: int | None = None,
) -> Grant | None:
    """Begins a session for somebody whose password was right; None where they were deactivated meanwhile."""
    member = await store.staff_member_held(tx, staff_id)
    if member is None or not member.active:
        return None
    if attempt_id is not None:
        await store_sessions.attempt_succeeded(tx, attempt_id)
    id = await store_sessions.next_session_id(tx)
    refresh_token = tokens.first_refresh_token(id, key=tokens.derived_key(secret_key, "refresh token"))
    expires_at = tx.now + (REMEMBERED if remember else FOR_A_SHIFT)
    await store_sessions.insert_session(
        tx,
        id=id,
        staff_id=staff_id,
        refresh_hash=hashed(refresh_token),
        expires_at=expires_at,
        address=address,
        user_agent=(user_agent or "").replace("\x00", "")[:300] or None,
    )
    user = signed_in_as(member, session_id=id, address=address)
    await audit(tx, actor=user, action="session.begun", subject="session", subject_id=id)
    return _grant(user, member, refresh_token, expires_at, remember, secret_key, tx.now)


async def continue_session(
    tx: Tx, *, refresh_token: str, secret_key: str, address: str | None = None, rotate: bool = True
) -> Grant | Refused:
    """Gives new tokens for a refresh token, and makes that one the previous.

    The previous one gives the same answer again for 30 seconds; any older one of ours means that it was copied, and
    ends the session. That must be committed, so it is told by what is given back and not by raising. Without `rotate`
    (a WebSocket cannot set cookies) the token stays, and only who it speaks for is of use.
    """
    key = tokens.derived_key(secret_key, "refresh token")
    session_id = tokens.session_of(refresh_token, key=key)
    if session_id is None:
        return Refused.UNKNOWN
    session = await store_sessions.session_for_change(tx, session_id)
    if session is None:
        return Refused.UNKNOWN
    if session.revoked_at is not None or session.expires_at <= tx.now:
        return Refused.ENDED
    given = hashed(refresh_token)
    successor = refresh_token
    if given == session.refresh_hash:
        if rotate:
            successor = tokens.next_refresh_token(refresh_token, key=key)
            await store_sessions.rotate(tx, session_id=session.id, refresh_hash=hashed(successor))
    elif given == session.previous_refresh_hash and session.rotated_at and tx.now - session.rotated_at <= GRACE:
        successor = tokens.next_refresh_token(refresh_token, key=key)
    else:
        await end_session(tx, session_id=session.id, staff_id=session.staff_id, because="token used twice")
        return Refused.USED_TWICE
    member = await store.staff_member_held(tx, session.staff_id)
    if member is None or not member.active:
        return Refused.ENDED
    return _grant(
        signed_in_as(member, session_id=session.id, address=address),
        member,
        successor,
        session.expires_at,
        session.expires_at - session.created_at > FOR_A_SHIFT,
        secret_key,
        tx.now,
    )


async def end_session(tx: Tx, *, session_id: int, staff_id: int, because: str, actor: Actor = SYSTEM) -> list[int]:
    """Ends one session; gives its id, or nothing where it had ended before."""
    ended = await store_sessions.revoke(tx, because=because, staff_id=staff_id, session_id=session_id)
    await _tell(tx, ended, staff_id=staff_id, because=because, actor=actor)
    return ended


async def end_sessions_of(tx: Tx, *, staff_id: int, because: str, actor: Actor, but: int | None = None) -> list[int]:
    """Ends all sessions of a person, `but` one; gives the ids of those that were in force."""
    ended = await store_sessions.revoke(tx, because=because, staff_id=staff_id, but=but)
    await _tell(tx, ended, staff_id=staff_id, because=because, actor=actor)
    return ended


async def end_own_session(tx: Tx, *, session_id: int, actor: SignedIn) -> list[int]:
    """Ends another session of one's own. Raises NotFound (404) where it is somebody else's, or over."""
    session = await store_sessions.session(tx, session_id)
    if session is None or actor.kind != "staff" or session.staff_id != actor.id or session.revoked_at is not None:
        raise NotFound("There is no such sign-in of yours.", next_step="Look at the list again.")
    return await end_session(tx, session_id=session_id, staff_id=session.staff_id, because="signed out", actor=actor)


async def _tell(tx: Tx, ended: list[int], *, staff_id: int, because: str, actor: Actor) -> None:
    for id in ended:
        await record(tx, SessionRevoked(session_id=id, staff_id=staff_id, because=because), actor=actor)
        await audit(
            tx, actor=actor, action="session.revoked", subject="session", subject_id=id,
            after={"staffId": staff_id, "because": because},
        )  # fmt: skip


def _grant(
    user: SignedIn,
    member: StaffMember,
    refresh_token: str,
    expires_at: datetime,
    remembered: bool,
    secret_key: str,
    now: datetime,
) -> Grant:
    token = tokens.access_token(
        secret_key=secret_key,
        now=now,
        role=user.role,
        kind=user.kind,
        id=user.id,
        name=user.name,
        hospital_ids=user.hospital_ids,
        session_id=user.session_id,
        language=user.language,
        owner_id=user.owner_id,
    )
    return Grant(
        user=user,
        staff=member,
        access_token=token,
        refresh_token=refresh_token,
        expires_at=expires_at,
        remembered=remembered,
    )
