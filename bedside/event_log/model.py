"""Who acts, what an event is, and how one is read back."""

from datetime import datetime
from typing import Any, ClassVar

import msgspec

from bedside.kit.wire import Wire


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who did something: `staff`, `api_key`, `patient`, `owner`, `provider` or `system`."""

    kind: str
    id: int | None = None
    name: str = ""


SYSTEM = Actor(kind="system", name="Bedside")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, named in the past tense. Rooms subclass it in their events.py.

    `kind` is its stable name (`appointment.booked`), `subject` the noun whose id is in the field `<subject>_id`, and
    `seen_with` the permission that a person needs to be told of it. No secret ever stands in an event.
    """

    kind: ClassVar[str]
    subject: ClassVar[str]
    seen_with: ClassVar[str]

    hospital_id: int | None = None
    patient_id: int | None = None
    owner_id: int | None = None

    @property
    def subject_id(self) -> int:
        """The id of the record that the event is about."""
        return int(getattr(self, f"{self.subject}_id"))


class Happening(Wire, kw_only=True):
    """An event as it is read back: for timelines, live pages and webhooks."""

    id: int
    kind: str
    occurred_at: datetime
    hospital_id: int | None
    patient_id: int | None
    owner_id: int | None
    subject: str
    subject_id: int
    actor_kind: str
    actor_id: int | None
    actor_name: str
    seen_with: str
    data: dict[str, Any]
