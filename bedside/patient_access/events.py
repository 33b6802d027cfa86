"""What patients do themselves that other rooms hear of."""

from typing import ClassVar

from bedside.accounts import Permission
from bedside.event_log import Event


class BookedByReferral(Event, frozen=True, kw_only=True):
    """Somebody who was sent by a friend has booked online. The code is the friend's own, which they share openly."""

    kind: ClassVar[str] = "online_booking.by_referral"
    subject: ClassVar[str] = "appointment"
    seen_with: ClassVar[str] = Permission.APPOINTMENTS_READ

    appointment_id: int
    referral_code: str
