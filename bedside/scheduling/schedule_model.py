"""Weekly schedules, their exceptions, and whom a change hits."""

from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedside.kit.wire import Wire
from bedside.scheduling.views import AppointmentView, Id

Hour = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", examples=["09:00"])]
SlotMinutes = Annotated[int, Meta(ge=5, le=480)]
Lanes = Annotated[int, Meta(ge=1, le=50)]
Buffer = Annotated[int, Meta(ge=0, le=240)]
Weekday = Annotated[int, Meta(ge=1, le=7)]
Kind = Literal["leave", "extra_clinic", "closure"]


class Schedule(Wire, kw_only=True):
    """When a practitioner sees patients on a weekday (1 is Monday), in the hospital's time. `lanes` are patients at a
    time. `starts` and `ends` are `HH:MM`; `ends` may be `24:00`."""

    id: int
    practitioner_id: int
    practitioner_name: str
    hospital_id: int
    hospital: str
    time_zone: str
    department_id: int
    department: str
    weekday: int
    starts: str
    ends: str
    slot_minutes: int
    lanes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    valid_from: date
    valid_to: date | None
    resource_id: int | None
    resource: str | None
    version: int


class NewSchedule(Wire, kw_only=True):
    """A weekly schedule to add. `validFrom` is today where left out, `validTo` (included) never."""

    practitioner_id: Id
    department_id: Id
    weekday: Weekday
    starts: Hour
    ends: Hour
    hospital_id: Id | None = None
    slot_minutes: SlotMinutes = 30
    lanes: Lanes = 1
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    valid_from: date | None = None
    valid_to: date | None = None
    resource_id: Id | None = None


class ScheduleChanges(Wire, kw_only=True):
    """What to change of a schedule; what is left out stays."""

    weekday: Weekday | UnsetType = UNSET
    starts: Hour | UnsetType = UNSET
    ends: Hour | UnsetType = UNSET
    slot_minutes: SlotMinutes | UnsetType = UNSET
    lanes: Lanes | UnsetType = UNSET
    buffer_before_minutes: Buffer | UnsetType = UNSET
    buffer_after_minutes: Buffer | UnsetType = UNSET
    valid_from: date | UnsetType = UNSET
    valid_to: date | UnsetType | None = UNSET
    resource_id: Id | UnsetType | None = UNSET


class Absence(Wire, kw_only=True):
    """Leave takes a practitioner's time away, an extra clinic adds some, a closure takes everybody's at a hospital or
    one of its departments."""

    id: int
    kind: Kind
    practitioner_id: int | None
    practitioner_name: str | None
    hospital_id: int | None
    hospital: str | None
    time_zone: str
    department_id: int | None
    department: str | None
    starts_at: datetime
    ends_at: datetime
    slot_minutes: int | None
    lanes: int | None
    reason: str
    created_by_name: str
    created_at: datetime
    version: int

    def local(self) -> "Absence":
        """The same, with the hospital's offset on its times."""
        zone = ZoneInfo(self.time_zone)
        return msgspec.structs.replace(
            self, starts_at=self.starts_at.astimezone(zone), ends_at=self.ends_at.astimezone(zone)
        )


class NewException(Wire, kw_only=True):
    """Leave, an extra clinic or a closure. Either whole days (`fromDate` to `toDate`, included) or times (`startsAt`,
    `endsAt`, with offset or as the hospital's local time).

    `leave` needs `practitionerId`; without `hospitalId` it holds everywhere. `extra_clinic` needs `practitionerId`,
    `departmentId` and times. `closure` needs `hospitalId`, and may name one `departmentId`.
    """

    kind: Kind
    practitioner_id: Id | None = None
    hospital_id: Id | None = None
    department_id: Id | None = None
    from_date: date | None = None
    to_date: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    slot_minutes: SlotMinutes | None = None
    lanes: Lanes | None = None
    reason: Annotated[str, Meta(max_length=500)] = ""


class Affected(Wire, kw_only=True):
    """What a change does: the visits that lose their time. They are kept, marked `needsNewTime`, and a task is opened
    for each. With `preview=true` nothing was written, and `id` is null."""

    id: int | None
    preview: bool
    affected: list[AppointmentView]


class HolidayPolicy(Wire, kw_only=True):
    """Whether weekly schedules stand still on public holidays, and which those of the coming year are."""

    hospital_id: int
    closed: bool
    holidays: dict[str, str]


class SetHolidayPolicy(Wire, kw_only=True):
    """Whether weekly schedules stand still on public holidays."""

    closed: bool
