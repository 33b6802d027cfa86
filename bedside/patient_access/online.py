"""Online booking: a time is held, somebody says who is coming, a code proves the phone, the hold becomes a visit."""

import unicodedata
from datetime import date, datetime, timedelta

import msgspec

from bedside.directory import Hospital, department
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.http.problems import Problem
from bedside.kit.phone import show_phone
from bedside.kit.tokens import hashed, new_code
from bedside.messaging import enqueue
from bedside.patient_access import store
from bedside.patient_access.events import BookedByReferral
from bedside.patient_access.free_days import free_beginnings
from bedside.patient_access.links import manage_link
from bedside.patient_access.model import (
    CODE_ATTEMPTS,
    CODE_LIFETIME,
    BookingUnknown,
    NotOffered,
    OnlineBooking,
    TooOften,
    Verdict,
    check_may_hold,
    check_may_send_code,
    code_hash,
    judge_code,
)
from bedside.patients import (
    ConsentGiven,
    NewPatient,
    Patient,
    find_by_phone,
    mark_verified,
    record_consent,
    register,
)
from bedside.scheduling import Appointment, HoldGone, PatientBusy, appointment, book, hold, release_hold

# Long enough to type in a name on a phone and to wait for two codes.
HELD_FOR = timedelta(minutes=15)
VISITOR = Actor(kind="patient", name="Online booking")


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """Who is coming, as the form was read. The words are those that were shown and agreed to."""

    first_name: str
    last_name: str
    date_of_birth: date | None
    phone: str
    email: str | None
    consent_words: str
    marketing_words: str | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a code: right with the link to the visit, or why not. `busy`: right, but they have a visit then."""

    verdict: Verdict
    left: int = 0
    manage_url: str | None = None
    busy: bool = False
    hold_gone: bool = False


async def hold_time(
    tx: Tx,
    *,
    hospital: Hospital,
    department_id: int,
    practitioner_id: int,
    starts_at: datetime,
    any_practitioner: bool,
    language: str,
    address: str | None,
    before: str | None = None,
    referral_code: str | None = None,
) -> str:
    """Holds a time that is on offer, and gives the booking's token. `before`: the token of a time held until now;
    `referral_code`: of the friend who sent them.

    Raises NotOffered (409) for a time that is not free or not bookable online, TooOften (429).
    """
    place = await department(tx, department_id)
    if not hospital.online_booking or place.hospital_id != hospital.id or not place.online_booking:
        raise NotOffered("This cannot be booked online.", next_step="Please call us.")
    former = await store.booking(tx, token_hash=hashed(before), lock=True) if before else None
    if former is not None and (former.completed_at is not None or former.hospital_id != hospital.id):
        former = None
    if former is not None and before:
        await release_hold(tx, token=before)
    check_may_hold(await store.usage(tx, phone=None, address=address))
    if starts_at not in await free_beginnings(
        tx,
        day=starts_at.astimezone(hospital.zone).date(),
        department_id=department_id,
        practitioner_id=practitioner_id,
    ):
        raise NotOffered("That time has just been taken.", next_step="Choose another one.")
    held, token = await hold(
        tx,
        actor=VISITOR,
        practitioner_id=practitioner_id,
        starts_at=starts_at,
        hospital_id=hospital.id,
        department_id=department_id,
        source="online",
        lasts=HELD_FOR,
    )
    if former is not None:
        await store.rehold(tx, booking_id=former.id, token_hash=hashed(token), appointment_id=held.id)
    else:
        await store.insert_booking(
            tx,
            token_hash=hashed(token),
            appointment_id=held.id,
            hospital_id=hospital.id,
            any_practitioner=any_practitioner,
            language=language,
            address=address,
            referral_code=referral_code,
        )
    return token


async def under_way(tx: Tx, token: str, *, hospital_id: int, lock: bool = False) -> tuple[OnlineBooking, Appointment]:
    """The booking and its hold. Raises BookingUnknown (404) for one that was finished, or never was."""
    booking = await store.booking(tx, token_hash=hashed(token), lock=lock)
    if booking is None or booking.completed_at is not None or booking.hospital_id != hospital_id:
        raise BookingUnknown("This booking is no longer under way.", next_step="Begin again.")
    return booking, await appointment(tx, booking.appointment_id)


def is_held(held: Appointment, *, now: datetime) -> bool:
    """Whether the time is still kept for its holder."""
    return held.status == "held" and held.hold_expires_at is not None and held.hold_expires_at > now


async def give_details(
    tx: Tx, token: str, *, hospital: Hospital, details: Details, language: str, address: str | None
) -> None:
    """Keeps who is coming, and sends a code to their phone: the same way whether or not we know the number.

    Raises BookingUnknown (404), HoldGone (410), TooOften (429).
    """
    booking, held = await under_way(tx, token, hospital_id=hospital.id, lock=True)
    if not is_held(held, now=tx.now):
        raise HoldGone("The time is no longer held.", next_step="Choose a time again.")
    await store.keep_details(
        tx,
        booking_id=booking.id,
        first_name=details.first_name,
        last_name=details.last_name,
        date_of_birth=details.date_of_birth,
        phone=details.phone,
        email=details.email,
        language=language,
        consent_words=details.consent_words,
        marketing_words=details.marketing_words,
    )
    await _send_code(tx, token, booking, hospital=hospital, phone=details.phone, language=language, address=address)


async def send_another(tx: Tx, token: str, *, hospital: Hospital, address: str | None) -> bool:
    """Another code, half a minute after the last at the earliest. False where it is too soon, or there were enough.

    Raises BookingUnknown (404), HoldGone (410), TooOften (429).
    """
    booking, held = await under_way(tx, token, hospital_id=hospital.id, lock=True)
    if not is_held(held, now=tx.now):
        raise HoldGone("The time is no longer held.", next_step="Choose a time again.")
    soonest = booking.may_resend_at()
    if booking.phone is None or soonest is None or soonest > tx.now:
        return False
    await _send_code(
        tx, token, booking, hospital=hospital, phone=booking.phone, language=booking.language, address=address
    )
    return True


async def _send_code(
    tx: Tx,
    token: str,
    booking: OnlineBooking,
    *,
    hospital: Hospital,
    phone: str,
    language: str,
    address: str | None,
) -> None:
    check_may_send_code(await store.usage(tx, phone=phone, address=address))
    if booking.codes_sent and booking.may_resend_at() is None:
        raise TooOften("Enough codes were sent for this booking.", next_step="Begin again later, or call us.")
    code = new_code()
    number = await store.keep_code(tx, booking_id=booking.id, code_hash=code_hash(token, code))
    # Refused or not, the page says the same: nobody is to learn here who is our patient, or has stopped our messages.
    await enqueue(
        tx,
        key=f"booking-code:{booking.id}:{number}",
        to=phone,
        channel="sms",
        purpose="transactional",
        template_key="booking_code",
        variables={
            "code": code,
            "minutes": CODE_LIFETIME // timedelta(minutes=1),
            "hospital": {"name": hospital.name, "phone": show_phone(hospital.phone) if hospital.phone else ""},
        },
        language=language,
        hospital_id=hospital.id,
        priority=0,
        sensitive=True,
        urgent=True,
        actor=VISITOR,
    )


async def try_code(tx: Tx, token: str, *, hospital: Hospital, code: str) -> Outcome:
    """Judges a code; where it is right, finds or registers the patient and books the time that was held.

    A wrong code is counted, so this never raises for one. Raises BookingUnknown (404).
    """
    booking, held = await under_way(tx, token, hospital_id=hospital.id, lock=True)
    verdict = judge_code(booking, token=token, code=code, now=tx.now)
    if verdict is Verdict.WRONG:
        attempts = await store.count_attempt(tx, booking_id=booking.id)
        left = max(0, CODE_ATTEMPTS - attempts)
        return Outcome(verdict=Verdict.WRONG if left else Verdict.USED_UP, left=left)
    if verdict is not Verdict.RIGHT:
        return Outcome(verdict=verdict)
    if not is_held(held, now=tx.now):
        return Outcome(verdict=verdict, hold_gone=True)
    try:
        async with tx.savepoint():
            return Outcome(verdict=verdict, manage_url=await _book(tx, token, booking, hospital))
    except PatientBusy:
        return Outcome(verdict=verdict, busy=True)
    except Problem:
        return Outcome(verdict=verdict, hold_gone=True)


async def _book(tx: Tx, token: str, booking: OnlineBooking, hospital: Hospital) -> str:
    if not (booking.phone and booking.first_name and booking.last_name):
        raise BookingUnknown("Nobody said who is coming.")
    who = await _known_patient(tx, booking) or await _registered(tx, booking, hospital)
    patient = Actor(kind="patient", id=who.id, name=who.name)
    for given in _consents(booking):
        await record_consent(
            tx,
            patient_id=who.id,
            channel=given.channel,
            purpose=given.purpose,
            granted=True,
            how=given.how,
            words=given.words,
            actor=patient,
        )
    await mark_verified(tx, patient_id=who.id, value=booking.phone)
    visit = await book(
        tx,
        actor=patient,
        patient_id=who.id,
        practitioner_id=0,  # the hold says with whom, when and where
        starts_at=tx.now,
        hold_token=token,
        source="online",
    )
    await store.complete(tx, booking_id=booking.id)
    if booking.referral_code is not None:
        event = BookedByReferral(
            appointment_id=visit.id, hospital_id=hospital.id, patient_id=who.id, referral_code=booking.referral_code
        )
        await record(tx, event, actor=patient)
    return await manage_link(tx, visit.id)


async def _known_patient(tx: Tx, booking: OnlineBooking) -> Patient | None:
    alike = [
        one
        for one in await find_by_phone(tx, booking.phone or "")
        if is_same_person(
            one,
            first_name=booking.first_name or "",
            last_name=booking.last_name or "",
            date_of_birth=booking.date_of_birth,
        )
    ]
    # whoever is the same by birth date too comes first; of two such records the older one
    alike.sort(key=lambda one: (one.date_of_birth is None or one.date_of_birth != booking.date_of_birth, one.id))
    return alike[0] if alike else None


def is_same_person(known: Patient, *, first_name: str, last_name: str, date_of_birth: date | None) -> bool:
    """Whether a patient with the same, verified phone is the one who books: same name, and no other birth date. Pure.

    A family shares a phone, so the name has to agree; case, accents and blanks do not count.
    """
    same_name = _plain(f"{known.first_name} {known.last_name}") == _plain(f"{first_name} {last_name}")
    return same_name and (known.date_of_birth is None or date_of_birth is None or known.date_of_birth == date_of_birth)


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in letters if sign.isalnum() and not unicodedata.combining(sign))


async def _registered(tx: Tx, booking: OnlineBooking, hospital: Hospital) -> Patient:
    new = NewPatient(
        first_name=booking.first_name or "",
        last_name=booking.last_name or "",
        phone=booking.phone,
        email=booking.email,
        date_of_birth=booking.date_of_birth,
        language=booking.language,
        hospital_id=hospital.id,
    )
    return await register(tx, new=new, actor=VISITOR)


def _consents(booking: OnlineBooking) -> list[ConsentGiven]:
    channels = ["sms", "whatsapp", *(["email"] if booking.email else [])]
    agreed = [("transactional", booking.consent_words), ("marketing", booking.marketing_words)]
    return [
        msgspec.convert(
            {"channel": channel, "purpose": purpose, "granted": True, "how": "online booking", "words": words},
            ConsentGiven,
        )
        for purpose, words in agreed
        if words
        for channel in channels
    ]
