"""What patients do themselves: the links that let them, online bookings in progress, and the limits on both."""

import hmac
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from bedside.kit.http.problems import Conflict, Gone, NotFound, TooMany
from bedside.kit.tokens import hashed

# A code is six digits: five guesses at it succeed once in 200,000.
CODE_LIFETIME = timedelta(minutes=10)
CODE_ATTEMPTS = 5
RESEND_AFTER = timedelta(seconds=30)
CODES_PER_BOOKING = 3
# Against those who would empty a clinic's calendar, or write to strangers through us. A household or a library shares
# an address, so that limit is wide; a phone is one person's.
CODES_PER_PHONE = 5
CODES_PER_ADDRESS = 30
HOLDS_PER_ADDRESS = 40
LIMIT_WINDOW = timedelta(hours=1)
HOLDS_AT_ONCE = 6
# A link in a message stays good until the visit is well over: who opens it then is told what became of the visit.
LINK_OUTLIVES_VISIT = timedelta(days=14)


class LinkUnknown(NotFound):
    """404: no such link; mistyped, or cut off by a mail program."""

    type = "link-unknown"


class LinkOver(Gone):
    """410: the link has expired or was revoked."""

    type = "link-over"


class BookingUnknown(NotFound):
    """404: no such booking in progress, or it was finished already."""

    type = "booking-unknown"


class NotOffered(Conflict):
    """409: what was asked for is not on offer, or no longer."""

    type = "not-offered"


class TooOften(TooMany):
    """429: more holds or codes than one person needs."""

    type = "too-often"


class Link(msgspec.Struct, kw_only=True):
    """A link that lets a patient act on one visit."""

    id: int
    patient_id: int
    appointment_id: int
    expires_at: datetime
    revoked_at: datetime | None
    patient_name: str
    patient_first_name: str
    patient_language: str


class OnlineBooking(msgspec.Struct, kw_only=True):
    """An online booking in progress: the hold, then who it is for, then the code."""

    id: int
    appointment_id: int
    hospital_id: int
    any_practitioner: bool
    language: str
    first_name: str | None
    last_name: str | None
    date_of_birth: date | None
    phone: str | None
    email: str | None
    consent_words: str | None
    marketing_words: str | None
    code_hash: bytes | None
    code_sent_at: datetime | None
    codes_sent: int
    attempts: int
    referral_code: str | None
    completed_at: datetime | None
    created_at: datetime

    @property
    def phone_ending(self) -> str:
        """The last two digits: enough to recognise one's own number, too few to learn somebody else's."""
        return (self.phone or "")[-2:]

    def may_resend_at(self) -> datetime | None:
        """When another code may be asked for; None where there were enough."""
        if self.codes_sent >= CODES_PER_BOOKING or self.code_sent_at is None:
            return None
        return self.code_sent_at + RESEND_AFTER


class Verdict(StrEnum):
    """What comes of a code that was typed in."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED_UP = "used_up"


def code_hash(token: str, code: str) -> bytes:
    """How a code is kept: with the booking's own 128 bits, since a million codes alone are soon tried."""
    return hashed(f"{token}:{code}")


def judge_code(booking: OnlineBooking, *, token: str, code: str, now: datetime) -> Verdict:
    """Whether a code is right. Compared in constant time, and not at all once it is too old or too often guessed."""
    if booking.attempts >= CODE_ATTEMPTS:
        return Verdict.USED_UP
    if booking.code_hash is None or booking.code_sent_at is None or now > booking.code_sent_at + CODE_LIFETIME:
        return Verdict.EXPIRED
    if hmac.compare_digest(booking.code_hash, code_hash(token, code)):
        return Verdict.RIGHT
    return Verdict.WRONG


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone and an address have asked for lately."""

    codes_to_phone: int = 0
    codes_from_address: int = 0
    holds_from_address: int = 0
    holds_now: int = 0


def check_may_hold(usage: Usage) -> None:
    """Raises TooOften (429) where an address holds, or has held, more times than a household needs."""
    if usage.holds_now >= HOLDS_AT_ONCE or usage.holds_from_address >= HOLDS_PER_ADDRESS:
        raise TooOften(
            "Too many times are being held from where you are.",
            next_step="Wait a few minutes and try again, or call us.",
            headers={"Retry-After": "300"},
        )


def check_may_send_code(usage: Usage) -> None:
    """Raises TooOften (429) where a phone or an address has had its codes for this hour."""
    if usage.codes_to_phone >= CODES_PER_PHONE or usage.codes_from_address >= CODES_PER_ADDRESS:
        raise TooOften(
            "Too many codes were asked for.",
            next_step="Try again in an hour, or call us.",
            headers={"Retry-After": "3600"},
        )
