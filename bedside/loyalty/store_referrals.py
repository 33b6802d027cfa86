"""SQL of referrals, and of the links by which patients see their own points."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, LiteralString

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.loyalty.referral_model import Pair, Referral

_REFERRAL: LiteralString = """
select f.id, f.referrer_id, r.first_name || ' ' || r.last_name as referrer_name, f.friend_id,
       p.first_name || ' ' || p.last_name as friend_name, f.status, f.because, f.appointment_id, f.created_by_name,
       f.created_at, f.completed_at
from loyalty.referrals f
join crm.patients r on r.id = f.referrer_id
join crm.patients p on p.id = f.friend_id
"""

REFERRALS = Listing(
    into=Referral,
    select=_REFERRAL,
    sorts={"created": (Key("f.created_at", "timestamptz", "created_at"), Key("f.id", "bigint", "id"))},
    default_sort="-created",
    filters={
        "status": "f.status = %(status)s",
        "referrer_id": "f.referrer_id = %(referrer_id)s",
        "friend_id": "f.friend_id = %(friend_id)s",
        "since": "f.created_at >= %(since)s",
        "until": "f.created_at < %(until)s",
    },
)


async def referral(tx: Tx, referral_id: int) -> Referral | None:
    """One referral."""
    return await tx.maybe(Referral, _REFERRAL + "where f.id = %(id)s", id=referral_id)


async def of_friend(tx: Tx, friend_id: int, *, lock: bool = False) -> Referral | None:
    """The referral of somebody who was brought, if they were."""
    query: LiteralString = _REFERRAL + "where f.friend_id = %(friend_id)s" + (" for update of f" if lock else "")
    return await tx.maybe(Referral, query, friend_id=friend_id)


async def completed_by(tx: Tx, appointment_id: int) -> Referral | None:
    """The referral that a visit completed, held until the transaction ends."""
    return await tx.maybe(
        Referral,
        _REFERRAL + "where f.appointment_id = %(appointment_id)s and f.status = 'completed' for update of f",
        appointment_id=appointment_id,
    )


async def everything(tx: Tx, filters: Mapping[str, Any]) -> AsyncIterator[Referral]:
    """Every referral that the filters leave, the newest first, page by page."""
    cursor: str | None = None
    while True:
        page = await REFERRALS.page(tx, filters=filters, cursor=cursor, limit=200)
        for one in page.items:
            yield one
        cursor = page.next
        if cursor is None:
            return


async def owner_of_code(tx: Tx, code: str) -> int | None:
    """Whose personal code it is."""
    found: int | None = await tx.value(
        """select a.patient_id from loyalty.patient_points a join crm.patients p on p.id = a.patient_id
           where a.referral_code = %(code)s and p.archived_at is null""",
        code=code,
    )
    return found


async def code_of(tx: Tx, patient_id: int) -> str | None:
    """The personal code of somebody who has an account."""
    found: str | None = await tx.value(
        "select referral_code from loyalty.patient_points where patient_id = %(id)s", id=patient_id
    )
    return found


async def pair(tx: Tx, *, referrer_id: int, friend_id: int, but_for: int | None = None) -> Pair:
    """What is known of the two. `but_for`: the visit that is being completed, which is not one before."""
    return await tx.one(
        Pair,
        """select %(referrer_id)s::bigint as referrer_id, %(friend_id)s::bigint as friend_id,
                  exists (select from crm.contact_points a
                          join crm.contact_points b on b.value = a.value and b.kind = 'phone'
                          where a.kind = 'phone' and a.patient_id = %(referrer_id)s
                            and b.patient_id = %(friend_id)s) as share_phone,
                  exists (select from crm.appointments v where v.patient_id = %(friend_id)s
                          and v.status = 'completed' and v.id is distinct from %(but_for)s) as friend_came_before,
                  exists (select from loyalty.referrals f where f.friend_id = %(referrer_id)s
                          and f.referrer_id = %(friend_id)s and f.status <> 'refused') as referrer_brought_by_friend""",
        referrer_id=referrer_id,
        friend_id=friend_id,
        but_for=but_for,
    )


async def insert_referral(
    tx: Tx, *, referrer_id: int, friend_id: int, status: str, because: str, by: str
) -> int | None:
    """Keeps a referral and gives its id; None where this friend was brought already.

    One that had been refused gives way: what stood against it may be mended, or somebody else's code is the right one.
    """
    made: int | None = await tx.value(
        """insert into loyalty.referrals as f (referrer_id, friend_id, status, because, created_by_name, created_at)
           values (%(referrer_id)s, %(friend_id)s, %(status)s, %(because)s, %(by)s, %(now)s)
           on conflict (friend_id) do update
           set referrer_id = excluded.referrer_id, status = excluded.status, because = excluded.because,
               created_by_name = excluded.created_by_name, created_at = excluded.created_at
           where f.status = 'refused'
           returning f.id""",
        referrer_id=referrer_id,
        friend_id=friend_id,
        status=status,
        because=because,
        by=by,
    )
    return made


async def complete(tx: Tx, *, referral_id: int, appointment_id: int) -> None:
    """The friend has been here."""
    await tx.execute(
        """update loyalty.referrals set status = 'completed', because = '', appointment_id = %(appointment_id)s,
                  completed_at = %(now)s
           where id = %(id)s""",
        id=referral_id,
        appointment_id=appointment_id,
    )


async def refuse(tx: Tx, *, referral_id: int, because: str) -> None:
    """The friend does not count after all."""
    await tx.execute(
        "update loyalty.referrals set status = 'refused', because = %(because)s where id = %(id)s",
        id=referral_id,
        because=because,
    )


async def reopen(tx: Tx, *, referral_id: int) -> None:
    """The visit that had completed it did not take place after all: the next one may."""
    await tx.execute(
        """update loyalty.referrals set status = 'pending', appointment_id = null, completed_at = null
           where id = %(id)s""",
        id=referral_id,
    )


async def lean_on(tx: Tx, *, referral_id: int, appointment_id: int) -> None:
    """Another visit of the friend's completes it instead."""
    await tx.execute(
        "update loyalty.referrals set appointment_id = %(appointment_id)s where id = %(id)s",
        id=referral_id,
        appointment_id=appointment_id,
    )


async def other_visit(tx: Tx, *, patient_id: int, but_for: int) -> int | None:
    """The first of somebody's completed visits besides this one."""
    found: int | None = await tx.value(
        """select id from crm.appointments
           where patient_id = %(patient_id)s and status = 'completed' and id <> %(but_for)s
           order by starts_at, id limit 1""",
        patient_id=patient_id,
        but_for=but_for,
    )
    return found


class AccountLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link by which a patient sees their own points."""

    patient_id: int
    expires_at: datetime
    revoked_at: datetime | None


async def insert_account_link(tx: Tx, *, token_hash: bytes, patient_id: int, expires_at: datetime) -> None:
    """Keeps a link."""
    await tx.execute(
        """insert into loyalty.account_links (token_hash, patient_id, expires_at, created_at)
           values (%(hash)s, %(patient_id)s, %(expires_at)s, %(now)s)""",
        hash=token_hash,
        patient_id=patient_id,
        expires_at=expires_at,
    )


async def account_link(tx: Tx, token_hash: bytes) -> AccountLink | None:
    """The link with this token."""
    return await tx.maybe(
        AccountLink,
        "select patient_id, expires_at, revoked_at from loyalty.account_links where token_hash = %(hash)s",
        hash=token_hash,
    )


async def use_account_link(tx: Tx, token_hash: bytes) -> None:
    """Notes that a link was acted on (looking at it changes nothing)."""
    await tx.execute(
        "update loyalty.account_links set last_used_at = %(now)s where token_hash = %(hash)s", hash=token_hash
    )


async def revoke_account_links(tx: Tx, patient_id: int) -> int:
    """Ends every link of somebody's, and says how many."""
    return await tx.execute(
        """update loyalty.account_links set revoked_at = %(now)s
           where patient_id = %(patient_id)s and revoked_at is null and expires_at > %(now)s""",
        patient_id=patient_id,
    )
