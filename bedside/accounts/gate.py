"""Where people and machines come in: what the routes, the pages and the middleware do about signing in alike.

These begin and commit transactions of their own, unlike everything below: a failed attempt must be counted though the
request fails, and checking a password takes long enough that no transaction is kept open for it.
"""

import ipaddress
from datetime import datetime, timedelta
from functools import lru_cache

from msgspec import structs

from bedside.accounts import api_keys, passwords, sessions, store, store_sessions, tokens
from bedside.accounts.model import SignInRefused, TokenExpired, TokenRevoked
from bedside.accounts.permissions import Role, SignedIn
from bedside.accounts.revocations import Revocations
from bedside.accounts.sessions import Grant, Refused
from bedside.kit.database import Database
from bedside.kit.http.problems import Unauthenticated
from bedside.kit.tokens import hashed

# An API key is looked up again after this long; its revocation is heard of sooner.
KEY_KEPT = timedelta(seconds=10)
_MOST_KEPT = 10_000


class Gate:
    """One for each web process; `app` makes it and keeps it in the application's state as `gate`."""

    def __init__(self, database: Database, *, secret_key: str) -> None:
        self.database = database
        self.revocations = Revocations()
        self._secret_key = secret_key
        self._access_key = tokens.derived_key(secret_key, "access token")
        self._refresh_key = tokens.derived_key(secret_key, "refresh token")
        self._keys: dict[bytes, tuple[SignedIn | None, datetime]] = {}
        # tokens whose signature was found right: checking one takes longer than all else that is done to know somebody
        self._tokens: dict[str, tokens.AccessToken] = {}
        self.revocations.listen_for_keys(lambda _: self._keys.clear())

    async def open(self) -> None:
        """Learns which tokens no longer hold: before the first request is answered."""
        async with self.database.transaction() as tx:
            await self.revocations.load(tx)

    async def sign_in(
        self, *, email: str, password: str, address: str | None, user_agent: str | None, remember: bool = True
    ) -> Grant:
        """Begins a session. Raises SignInRefused (401), TooMany (429)."""
        email = email.strip().replace("\x00", "")[:254]
        address = _as_address(address)
        async with self.database.transaction() as tx:
            attempt_id, credentials = await sessions.begin_attempt(tx, email=email, address=address)
        right = await passwords.matches(credentials.password_hash if credentials else None, password)
        if right and credentials and credentials.active:
            async with self.database.transaction() as tx:
                grant = await sessions.begin_session(
                    tx,
                    staff_id=credentials.staff_id,
                    secret_key=self._secret_key,
                    address=address,
                    user_agent=user_agent,
                    remember=remember,
                    attempt_id=attempt_id,
                )
            if grant is not None:
                return grant
        raise SignInRefused(
            "The email address or the password is not right.",
            next_step="Try again; an administrator can reset the password.",
        )

    async def refresh(self, refresh_token: str, *, address: str | None) -> Grant:
        """New tokens for a refresh token. Raises Unauthenticated (401)."""
        address = _as_address(address)
        async with self.database.transaction() as tx:
            outcome = await sessions.continue_session(
                tx, refresh_token=refresh_token, secret_key=self._secret_key, address=address
            )
            now = tx.now
        if isinstance(outcome, Grant):
            return outcome
        if outcome is Refused.USED_TWICE:
            session_id = tokens.session_of(refresh_token, key=self._refresh_key)
            self.revocations.end_session(session_id or 0, at=now)
            raise TokenRevoked(
                "This refresh token was used before, so somebody may have copied it: the sign-in was ended.",
                next_step="Sign in again.",
            )
        raise Unauthenticated("The sign-in has ended.", next_step="Sign in again.")

    def let_in_by_link(
        self, *, owner_id: int, link_id: int, name: str, language: str, until: datetime
    ) -> tuple[str, datetime]:
        """A token by which somebody with a link reads one owner's own pages, and when it ends: with the link at the
        latest. It is not refreshed, belongs to no member of staff, and holds at no hospital."""
        now = self.database.clock.now()
        lasts = min(tokens.LINK_LASTS, until - now)
        token = tokens.access_token(
            secret_key=self._secret_key,
            now=now,
            role=Role.OWNER,
            kind="owner",
            id=owner_id,
            name=name,
            hospital_ids=frozenset(),
            language=language,
            owner_id=owner_id,
            link_id=link_id,
            lasts=lasts,
        )
        return token, now + lasts

    async def sign_out(self, *, session_id: int, staff_id: int, actor: SignedIn) -> None:
        """Ends a session; its tokens hold no more, here from now on and elsewhere as soon as it is heard of."""
        async with self.database.transaction() as tx:
            ended = await sessions.end_session(
                tx, session_id=session_id, staff_id=staff_id, because="signed out", actor=actor
            )
            now = tx.now
        for id in ended:
            self.revocations.end_session(id, at=now)

    async def sign_out_by(self, refresh_token: str) -> None:
        """Ends the session that a refresh token belongs to; nothing where it is none of ours."""
        session_id = tokens.session_of(refresh_token, key=self._refresh_key)
        if session_id is None:
            return
        async with self.database.transaction() as tx:
            session = await store_sessions.session(tx, session_id)
            member = await store.staff_member(tx, session.staff_id) if session else None
        if member is not None:
            actor = sessions.signed_in_as(member, session_id=session_id)
            await self.sign_out(session_id=session_id, staff_id=member.id, actor=actor)

    async def peek(self, refresh_token: str, *, address: str | None) -> SignedIn | None:
        """Who a refresh token speaks for, without using it up: for WebSockets, which cannot set cookies."""
        async with self.database.transaction() as tx:
            outcome = await sessions.continue_session(
                tx, refresh_token=refresh_token, secret_key=self._secret_key, address=address, rotate=False
            )
        return outcome.user if isinstance(outcome, Grant) else None

    def recognise_token(self, token: str, *, address: str | None) -> SignedIn:
        """Who an access token speaks for; no look at the database. Raises Unauthenticated (401), with why."""
        known = self._tokens.get(token)
        if known is None:
            known = tokens.read_token(token, key=self._access_key)
            if len(self._tokens) >= _MOST_KEPT:
                self._tokens.clear()
            self._tokens[token] = known
        if known.expires <= self.database.clock.now():
            self._tokens.pop(token, None)
            raise TokenExpired(
                "The token has expired.", next_step="Get a new one at /api/auth/refresh, or sign in again."
            )
        if self.revocations.refuses(known.user, issued=known.issued):
            raise TokenRevoked("This sign-in was ended or changed.", next_step="Refresh the token, or sign in again.")
        return structs.replace(known.user, address=_as_address(address))

    async def recognise_key(self, text: str, *, address: str | None) -> SignedIn:
        """Which machine a key belongs to; looked up once in ten seconds. Raises Unauthenticated (401)."""
        now = self.database.clock.now()
        key_hash = hashed(text)
        user, until = self._keys.get(key_hash, (None, now))
        if until <= now:
            async with self.database.transaction() as tx:
                key = await store.api_key_in_force(tx, key_hash)
                if key is not None:
                    await store.api_key_used(tx, key.id)
            user = api_keys.signed_in_as(key) if key else None
            if len(self._keys) >= _MOST_KEPT:
                self._keys.clear()
            self._keys[key_hash] = (user, now + KEY_KEPT)
        if user is None:
            raise Unauthenticated(
                "The API key is unknown, revoked or over.", next_step="Have an administrator make a new one."
            )
        return structs.replace(user, address=_as_address(address))


@lru_cache(maxsize=4096)
def _as_address(address: str | None) -> str | None:
    """A network address as the database takes one; None for what is none (a test's client, a socket file)."""
    try:
        return str(ipaddress.ip_address(address or ""))
    except ValueError:
        return None
