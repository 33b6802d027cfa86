"""SQL of sessions and of attempts to sign in."""

from datetime import datetime, timedelta
from typing import LiteralString

from bedside.accounts.model import Session, SessionShown
from bedside.kit.database import Tx

_SESSION: LiteralString = """
select id, staff_id, refresh_hash, previous_refresh_hash, rotated_at, created_at, last_used_at, expires_at, revoked_at
from crm.sessions"""


async def lock_attempts(tx: Tx, *, email: str, address: str | None) -> None:
    """Makes attempts from one address, and with one e-mail address, wait for each other, so that a burst counts."""
    for what in (f"sign-in from {address}", f"sign-in as {email.lower()}"):
        await tx.execute("select pg_advisory_xact_lock(hashtextextended(%(what)s, 0))", what=what)


async def failures(
    tx: Tx, *, email: str, address: str | None, window: timedelta
) -> tuple[int, datetime | None, int, datetime | None]:
    """Failed attempts within the window, since the last one that succeeded: with the e-mail address, and the oldest
    of them; from the network address, and the oldest of them."""
    rows = await tx.rows(
        """with recent as (
               select email, address, at, succeeded from crm.sign_in_attempts
               where at > %(now)s - %(window)s and (email = lower(%(email)s) or address = %(address)s::inet)
           ), by_email as (
               select at from recent r where email = lower(%(email)s) and not succeeded
                 and at > coalesce((select max(at) from recent where email = lower(%(email)s) and succeeded),
                                   '-infinity')
           ), by_address as (
               select at from recent where address = %(address)s::inet and not succeeded
           )
           select (select count(*) from by_email), (select min(at) from by_email),
                  (select count(*) from by_address), (select min(at) from by_address)""",
        email=email,
        address=address,
        window=window,
    )
    return rows[0]


async def insert_attempt(tx: Tx, *, email: str, address: str | None) -> int:
    """Notes an attempt, as failed until it succeeds; gives its id."""
    return int(
        await tx.value(
            """insert into crm.sign_in_attempts (email, address, at, succeeded)
               values (lower(%(email)s), %(address)s::inet, %(now)s, false) returning id""",
            email=email,
            address=address,
        )
    )


async def attempt_succeeded(tx: Tx, attempt_id: int) -> None:
    """Notes that the password was right."""
    await tx.execute("update crm.sign_in_attempts set succeeded = true, at = %(now)s where id = %(id)s", id=attempt_id)


async def forget_attempts(tx: Tx) -> int:
    """Forgets attempts older than a month; gives their number."""
    return await tx.execute("delete from crm.sign_in_attempts where at < %(now)s - interval '30 days'")


async def next_session_id(tx: Tx) -> int:
    """The id of a session about to be written: its refresh token carries it."""
    return int(await tx.value("select nextval(pg_get_serial_sequence('crm.sessions', 'id'))"))


async def insert_session(
    tx: Tx,
    *,
    id: int,
    staff_id: int,
    refresh_hash: bytes,
    expires_at: datetime,
    address: str | None,
    user_agent: str | None,
) -> None:
    """Writes a new session."""
    await tx.execute(
        """insert into crm.sessions (id, staff_id, refresh_hash, created_at, last_used_at, expires_at, address,
                                     user_agent)
           overriding system value
           values (%(id)s, %(staff_id)s, %(refresh_hash)s, %(now)s, %(now)s, %(expires_at)s, %(address)s::inet,
                   %(user_agent)s)""",
        id=id,
        staff_id=staff_id,
        refresh_hash=refresh_hash,
        expires_at=expires_at,
        address=address,
        user_agent=user_agent,
    )


async def session_for_change(tx: Tx, session_id: int) -> Session | None:
    """One session, whose row nobody else changes until the transaction ends."""
    return await tx.maybe(Session, _SESSION + " where id = %(id)s for no key update", id=session_id)


async def session(tx: Tx, session_id: int) -> Session | None:
    """One session."""
    return await tx.maybe(Session, _SESSION + " where id = %(id)s", id=session_id)


async def rotate(tx: Tx, *, session_id: int, refresh_hash: bytes) -> None:
    """The refresh token gives way to its successor."""
    await tx.execute(
        """update crm.sessions set previous_refresh_hash = refresh_hash, refresh_hash = %(hash)s,
                  rotated_at = %(now)s, last_used_at = %(now)s
           where id = %(id)s""",
        id=session_id,
        hash=refresh_hash,
    )


async def revoke(
    tx: Tx, *, because: str, staff_id: int, session_id: int | None = None, but: int | None = None
) -> list[int]:
    """Ends one session of a person, or all of them `but` one; gives the ids of those that were in force."""
    rows = await tx.rows(
        """update crm.sessions set revoked_at = %(now)s, revoked_because = %(because)s
           where staff_id = %(staff_id)s and revoked_at is null and expires_at > %(now)s
             and (%(session_id)s::bigint is null or id = %(session_id)s)
             and (%(but)s::bigint is null or id <> %(but)s)
           returning id""",
        because=because,
        staff_id=staff_id,
        session_id=session_id,
        but=but,
    )
    return sorted(id for (id,) in rows)


async def sessions_of(tx: Tx, staff_id: int) -> list[SessionShown]:
    """A person's sessions in force, the one used last first."""
    return await tx.all(
        SessionShown,
        """select id, created_at, last_used_at, expires_at, host(address) as address, user_agent from crm.sessions
           where staff_id = %(staff_id)s and revoked_at is null and expires_at > %(now)s
           order by last_used_at desc, id desc""",
        staff_id=staff_id,
    )


async def revoked_since(tx: Tx, since: datetime) -> list[tuple[int, datetime]]:
    """Sessions ended since then, and when."""
    rows = await tx.rows("select id, revoked_at from crm.sessions where revoked_at > %(since)s", since=since)
    return [(id, at) for id, at in rows]


async def links_ended_since(tx: Tx, since: datetime) -> list[tuple[int, datetime]]:
    """Links to owners' own pages taken back since then, and when; by the index event_log_subject."""
    rows = await tx.rows(
        """select subject_id, occurred_at from crm.event_log
           where subject = 'owner_link' and kind = 'owner_link.ended' and occurred_at > %(since)s""",
        since=since,
    )
    return [(id, at) for id, at in rows]


async def staff_changed_since(tx: Tx, since: datetime) -> list[tuple[int, datetime]]:
    """People whose row changed since then, and when."""
    rows = await tx.rows("select id, updated_at from crm.staff where updated_at > %(since)s", since=since)
    return [(id, at) for id, at in rows]
