"""SQL of what patients do themselves."""

from datetime import date, datetime
from typing import LiteralString

from bedside.kit.database import Tx
from bedside.patient_access.model import LIMIT_WINDOW, Link, OnlineBooking, Usage


async def insert_link(tx: Tx, *, token_hash: bytes, appointment_id: int, outlives: object) -> bool:
    """Keeps a link for the visit's patient until well after the visit; False where there is no such visit."""
    return bool(
        await tx.execute(
            """insert into crm.access_links (token_hash, purpose, patient_id, appointment_id, expires_at, created_at)
               select %(hash)s, 'manage_appointment', a.patient_id, a.id, a.ends_at + %(outlives)s, %(now)s
               from crm.appointments a where a.id = %(id)s and a.patient_id is not null""",
            hash=token_hash,
            id=appointment_id,
            outlives=outlives,
        )
    )


async def insert_links(
    tx: Tx, *, token_hashes: list[bytes], appointment_ids: list[int], outlives: object
) -> set[bytes]:
    """The same for many at once; gives the tokens that were kept."""
    rows = await tx.rows(
        """insert into crm.access_links (token_hash, purpose, patient_id, appointment_id, expires_at, created_at)
           select n.hash, 'manage_appointment', a.patient_id, a.id, a.ends_at + %(outlives)s, %(now)s
           from unnest(%(hashes)s::bytea[], %(ids)s::bigint[]) as n (hash, id)
           join crm.appointments a on a.id = n.id and a.patient_id is not null
           returning token_hash""",
        hashes=token_hashes,
        ids=appointment_ids,
        outlives=outlives,
    )
    return {bytes(row[0]) for row in rows}


async def link(tx: Tx, *, token_hash: bytes) -> Link | None:
    """The link with this token. The visit may have moved since: then the link lives as long as its new time asks."""
    return await tx.maybe(
        Link,
        """select l.id, l.patient_id, l.appointment_id, greatest(l.expires_at, a.ends_at) as expires_at, l.revoked_at,
                  p.first_name || ' ' || p.last_name as patient_name, p.first_name as patient_first_name,
                  p.language as patient_language
           from crm.access_links l
           join crm.appointments a on a.id = l.appointment_id
           join crm.patients p on p.id = l.patient_id
           where l.token_hash = %(hash)s and l.purpose = 'manage_appointment'""",
        hash=token_hash,
    )


async def use_link(tx: Tx, *, link_id: int) -> None:
    """Notes that a link was acted on (looking at it changes nothing)."""
    await tx.execute("update crm.access_links set last_used_at = %(now)s where id = %(id)s", id=link_id)


async def revoke_links(tx: Tx, *, patient_id: int) -> int:
    """Revokes every link of a patient (a phone was lost, or given away)."""
    return await tx.execute(
        "update crm.access_links set revoked_at = %(now)s where patient_id = %(id)s and revoked_at is null",
        id=patient_id,
    )


async def insert_booking(
    tx: Tx,
    *,
    token_hash: bytes,
    appointment_id: int,
    hospital_id: int,
    any_practitioner: bool,
    language: str,
    address: str | None,
    referral_code: str | None,
) -> None:
    """Keeps an online booking that has just its hold."""
    await tx.execute(
        """insert into crm.online_bookings (token_hash, appointment_id, hospital_id, any_practitioner, language,
                                            address, referral_code, created_at)
           values (%(hash)s, %(appointment)s, %(hospital)s, %(any)s, %(language)s, %(address)s::inet, %(code)s,
                   %(now)s)""",
        hash=token_hash,
        appointment=appointment_id,
        hospital=hospital_id,
        any=any_practitioner,
        language=language,
        address=address,
        code=referral_code,
    )


_BOOKING: LiteralString = """
select id, appointment_id, hospital_id, any_practitioner, language, first_name, last_name, date_of_birth, phone, email,
       consent_words, marketing_words, code_hash, code_sent_at, codes_sent, attempts, referral_code, completed_at,
       created_at
from crm.online_bookings where token_hash = %(hash)s
"""


async def booking(tx: Tx, *, token_hash: bytes, lock: bool = False) -> OnlineBooking | None:
    """The online booking with this token; `lock` makes two answers to one code wait for each other."""
    query: LiteralString = _BOOKING + (" for update" if lock else "")
    return await tx.maybe(OnlineBooking, query, hash=token_hash)


async def rehold(tx: Tx, *, booking_id: int, token_hash: bytes, appointment_id: int) -> None:
    """Another time was chosen, and is held under a new token. What was told stays; a code has to be sent anew.

    When the last one was sent, and how many were, stays too: choosing again is no way around the limits.
    """
    await tx.execute(
        """update crm.online_bookings set token_hash = %(hash)s, appointment_id = %(appointment)s, code_hash = null,
                  attempts = 0
           where id = %(id)s""",
        id=booking_id,
        hash=token_hash,
        appointment=appointment_id,
    )


async def keep_details(
    tx: Tx,
    *,
    booking_id: int,
    first_name: str,
    last_name: str,
    date_of_birth: date | None,
    phone: str,
    email: str | None,
    language: str,
    consent_words: str,
    marketing_words: str | None,
) -> None:
    """Keeps who the booking is for."""
    await tx.execute(
        """update crm.online_bookings
           set first_name = %(first)s, last_name = %(last)s, date_of_birth = %(born)s, phone = %(phone)s,
               email = %(email)s, language = %(language)s, consent_words = %(consent)s, marketing_words = %(marketing)s
           where id = %(id)s""",
        id=booking_id,
        first=first_name,
        last=last_name,
        born=date_of_birth,
        phone=phone,
        email=email,
        language=language,
        consent=consent_words,
        marketing=marketing_words,
    )


async def keep_code(tx: Tx, *, booking_id: int, code_hash: bytes) -> int:
    """Keeps a fresh code and gives which one it is, from 1. Guesses at the one before it still count."""
    return int(
        await tx.value(
            """update crm.online_bookings
               set code_hash = %(hash)s, code_sent_at = %(now)s, codes_sent = codes_sent + 1
               where id = %(id)s returning codes_sent""",
            id=booking_id,
            hash=code_hash,
        )
    )


async def count_attempt(tx: Tx, *, booking_id: int) -> int:
    """Counts a wrong code and gives how many there were."""
    return int(
        await tx.value(
            "update crm.online_bookings set attempts = least(attempts + 1, 10) where id = %(id)s returning attempts",
            id=booking_id,
        )
    )


async def complete(tx: Tx, *, booking_id: int) -> None:
    """The booking is made: its code is gone, and so is what was only needed to make it."""
    await tx.execute(
        """update crm.online_bookings set completed_at = %(now)s, code_hash = null
           where id = %(id)s""",
        id=booking_id,
    )


async def usage(tx: Tx, *, phone: str | None, address: str | None) -> Usage:
    """What a phone and an address have asked for within the window.

    Until the transaction ends, others from the same address or for the same phone wait: a burst counts as it should.
    The codes to a phone are counted where they were sent, since a booking may have named another phone meanwhile.
    """
    for what in (f"online booking from {address}", f"booking code to {phone}" if phone else None):
        if what:
            await tx.execute("select pg_advisory_xact_lock(hashtextextended(%(what)s, 0))", what=what)
    since: datetime = tx.now - LIMIT_WINDOW
    return await tx.one(
        Usage,
        """select
             (select count(*) from communications.message_queue
              where to_address = %(phone)s and template_key = 'booking_code'
                and created_at > %(since)s) as codes_to_phone,
             (select coalesce(sum(codes_sent), 0) from crm.online_bookings
              where address = %(address)s::inet and created_at > %(since)s) as codes_from_address,
             (select count(*) from crm.online_bookings
              where address = %(address)s::inet and created_at > %(since)s) as holds_from_address,
             (select count(*) from crm.online_bookings b join crm.appointments a on a.id = b.appointment_id
              where b.address = %(address)s::inet and b.created_at > %(since)s
                and a.status = 'held' and a.hold_expires_at > %(now)s) as holds_now""",
        phone=phone,
        address=address,
        since=since,
    )
