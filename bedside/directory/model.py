"""Hospitals and what they are made of: departments, practitioners, services, rooms and equipment."""

from datetime import datetime, time
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.money import AmountIn
from bedside.kit.wire import Wire

Line = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=5000)]
Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
Minutes = Annotated[int, Meta(ge=0, le=240)]
Sex = Literal["female", "male", "other"]
PersonName = Annotated[str, Meta(min_length=1, max_length=100)]


class NoSuchHospital(NotFound):
    """404: no hospital has this id, or it is not for you."""

    type = "no-such-hospital"


class PractitionerUnclear(Invalid):
    """422: a name that means no practitioner, or several; `candidates` lists who may be meant."""

    type = "practitioner-unclear"


class NameTaken(Conflict):
    """409: another one in the same place has this name."""

    type = "name-taken"


class Hospital(Wire, kw_only=True, dict=True):
    """A site of the group. Times of day, money and words are its own: `timeZone`, `currency`, `locale`. `visitWorth`:
    what a visit is assumed to be worth, in its currency; new campaigns reckon revenue with it."""

    id: int
    name: str
    slug: str
    time_zone: str
    currency: str
    locale: str
    languages: list[str]
    country: str
    subdivision: str | None
    phone: str | None
    email: str | None
    address: str
    directions: str
    online_booking: bool
    quiet_from: time | None
    quiet_until: time | None
    archived_at: datetime | None
    version: int
    visit_worth: str | None = None

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone that local times at this hospital are in."""
        return ZoneInfo(self.time_zone)

    @property
    def language(self) -> str:
        """The language of people of whom nothing else is known: the first of its languages."""
        return self.languages[0] if self.languages else "en"


class NewHospital(Wire, kw_only=True):
    """A hospital to add. `slug` names its public pages; made from the name where left out. `visitWorth`: what a visit
    is assumed to be worth, in its currency."""

    name: Line
    time_zone: Line
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    slug: Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)] | None = None
    locale: Annotated[str, Meta(max_length=35)] = "en-US"
    languages: Annotated[list[str], Meta(min_length=1, max_length=20)] = msgspec.field(default_factory=lambda: ["en"])
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "US"
    subdivision: Annotated[str, Meta(max_length=10)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    email: Annotated[str, Meta(max_length=254)] | None = None
    address: Text = ""
    directions: Text = ""
    online_booking: bool = True
    quiet_from: time | None = None
    quiet_until: time | None = None
    visit_worth: AmountIn | None = None


class HospitalChanges(Wire, kw_only=True):
    """What to change of a hospital; what is left out stays, but for `visitWorth` where the currency changes: nothing is
    assumed then until it is said in the new one. Null: nothing is assumed."""

    name: Line | UnsetType = UNSET
    time_zone: Line | UnsetType = UNSET
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | UnsetType = UNSET
    slug: Annotated[str, Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)] | UnsetType = UNSET
    locale: Annotated[str, Meta(max_length=35)] | UnsetType = UNSET
    languages: Annotated[list[str], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | UnsetType = UNSET
    subdivision: Annotated[str, Meta(max_length=10)] | UnsetType | None = UNSET
    phone: Annotated[str, Meta(max_length=40)] | UnsetType | None = UNSET
    email: Annotated[str, Meta(max_length=254)] | UnsetType | None = UNSET
    address: Text | UnsetType = UNSET
    directions: Text | UnsetType = UNSET
    online_booking: bool | UnsetType = UNSET
    quiet_from: time | UnsetType | None = UNSET
    quiet_until: time | UnsetType | None = UNSET
    visit_worth: AmountIn | UnsetType | None = UNSET
    archived: bool | UnsetType = UNSET


class OpeningHours(Wire, kw_only=True):
    """Hours of one weekday, 1 (Monday) to 7 (Sunday), in the hospital's zone. A day may have several."""

    weekday: Annotated[int, Meta(ge=1, le=7)]
    opens: time
    closes: time


class Department(Wire, kw_only=True):
    """A part of a hospital. `discreet`: its name says too much about a person, so messages leave it out."""

    id: int
    hospital_id: int
    name: str
    discreet: bool
    online_booking: bool
    position: int
    archived_at: datetime | None
    version: int


class NewDepartment(Wire, kw_only=True):
    """A department to add."""

    hospital_id: Id
    name: Line
    discreet: bool = False
    online_booking: bool = True
    position: Annotated[int, Meta(ge=0, le=1000)] = 0


class DepartmentChanges(Wire, kw_only=True):
    """What to change of a department; what is left out stays."""

    name: Line | UnsetType = UNSET
    discreet: bool | UnsetType = UNSET
    online_booking: bool | UnsetType = UNSET
    position: Annotated[int, Meta(ge=0, le=1000)] | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class Practitioner(Wire, kw_only=True):
    """Somebody who sees patients. `serviceIds` empty: every service of their departments."""

    id: int
    prefix: str
    first_name: str
    last_name: str
    specialty: str
    languages: list[str]
    sex: Sex | None
    photo_file_id: int | None
    department_ids: list[int]
    service_ids: list[int]
    archived_at: datetime | None
    version: int

    @property
    def display_name(self) -> str:
        """“Dr. Amelia Smith”."""
        return " ".join(part for part in (self.prefix, self.first_name, self.last_name) if part)

    @property
    def short_name(self) -> str:
        """“Dr. Smith”, or the whole name of somebody without a prefix."""
        return f"{self.prefix} {self.last_name}" if self.prefix else f"{self.first_name} {self.last_name}"


class NewPractitioner(Wire, kw_only=True):
    """A practitioner to add, with the departments they work for."""

    first_name: PersonName
    last_name: PersonName
    prefix: Annotated[str, Meta(max_length=40)] = "Dr."
    specialty: Annotated[str, Meta(max_length=200)] = ""
    languages: Annotated[list[str], Meta(min_length=1, max_length=20)] = msgspec.field(default_factory=lambda: ["en"])
    sex: Sex | None = None
    department_ids: Annotated[list[Id], Meta(max_length=50)] = msgspec.field(default_factory=list)
    service_ids: Annotated[list[Id], Meta(max_length=200)] = msgspec.field(default_factory=list)


class PractitionerChanges(Wire, kw_only=True):
    """What to change of a practitioner; what is left out stays. Lists replace what was there."""

    first_name: PersonName | UnsetType = UNSET
    last_name: PersonName | UnsetType = UNSET
    prefix: Annotated[str, Meta(max_length=40)] | UnsetType = UNSET
    specialty: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    languages: Annotated[list[str], Meta(min_length=1, max_length=20)] | UnsetType = UNSET
    sex: Sex | UnsetType | None = UNSET
    department_ids: Annotated[list[Id], Meta(max_length=50)] | UnsetType = UNSET
    service_ids: Annotated[list[Id], Meta(max_length=200)] | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class PractitionerAt(Wire, kw_only=True):
    """A practitioner at one department of one hospital: what a name in a request comes to."""

    id: int
    name: str
    department_id: int
    department: str
    hospital_id: int
    hospital: str


class Service(Wire, kw_only=True):
    """What patients come for: how long it takes, and the kind of room or equipment that it needs one of."""

    id: int
    department_id: int
    name: str
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    needs_resource_kind: str | None
    online_booking: bool
    instructions: str
    archived_at: datetime | None
    version: int


class NewService(Wire, kw_only=True):
    """A service to add."""

    department_id: Id
    name: Line
    duration_minutes: Annotated[int, Meta(ge=5, le=720)]
    buffer_before_minutes: Minutes = 0
    buffer_after_minutes: Minutes = 0
    needs_resource_kind: Annotated[str, Meta(min_length=1, max_length=80)] | None = None
    online_booking: bool = True
    instructions: Text = ""


class ServiceChanges(Wire, kw_only=True):
    """What to change of a service; what is left out stays."""

    name: Line | UnsetType = UNSET
    duration_minutes: Annotated[int, Meta(ge=5, le=720)] | UnsetType = UNSET
    buffer_before_minutes: Minutes | UnsetType = UNSET
    buffer_after_minutes: Minutes | UnsetType = UNSET
    needs_resource_kind: Annotated[str, Meta(min_length=1, max_length=80)] | UnsetType | None = UNSET
    online_booking: bool | UnsetType = UNSET
    instructions: Text | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class Resource(Wire, kw_only=True):
    """A room or a piece of equipment. `kind` is what services ask for (`ultrasound`)."""

    id: int
    hospital_id: int
    name: str
    kind: str
    is_room: bool
    archived_at: datetime | None
    version: int


class NewResource(Wire, kw_only=True):
    """A room or a piece of equipment to add."""

    hospital_id: Id
    name: Line
    kind: Annotated[str, Meta(min_length=1, max_length=80)]
    is_room: bool = True


class ResourceChanges(Wire, kw_only=True):
    """What to change of a room or equipment; what is left out stays."""

    name: Line | UnsetType = UNSET
    kind: Annotated[str, Meta(min_length=1, max_length=80)] | UnsetType = UNSET
    is_room: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
