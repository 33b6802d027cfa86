"""Patients: who they are, how they are reached, and what they agreed to."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.wire import Wire

Channel = Literal["sms", "whatsapp", "email"]
Purpose = Literal["transactional", "marketing"]
Sex = Literal["female", "male", "other", "unknown"]
Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
PersonName = Annotated[str, Meta(min_length=1, max_length=100)]
PhoneText = Annotated[str, Meta(min_length=1, max_length=40)]
EmailText = Annotated[str, Meta(min_length=3, max_length=254)]
Language = Annotated[str, Meta(min_length=2, max_length=35)]
Zone = Annotated[str, Meta(min_length=1, max_length=60)]
Address = Annotated[str, Meta(max_length=2000)]

CHANNELS: tuple[Channel, ...] = ("sms", "whatsapp", "email")
FIRST_BIRTHDAY = date(1880, 1, 2)


class NoSuchPatient(NotFound):
    """404: no patient has this id."""

    type = "no-such-patient"


class BirthDateImpossible(Invalid):
    """422: nobody alive was born then."""

    type = "birth-date-impossible"


class IdentifierTaken(Conflict):
    """409: somebody else has this identifier; `patientId` says who."""

    type = "identifier-taken"


class Patient(Wire, kw_only=True):
    """A patient. `phone` and `email` are the first of their contact points."""

    id: int
    record_number: str
    first_name: str
    last_name: str
    phone: str | None
    email: str | None
    date_of_birth: date | None
    sex: Sex
    language: str
    time_zone: str | None
    preferred_channel: Channel | None
    hospital_id: int | None
    address: str
    archived_at: datetime | None
    merged_into: int | None
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"

    def age(self, today: date) -> int | None:
        """Whole years on a day, None where the birth date is not known."""
        born = self.date_of_birth
        if born is None:
            return None
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


class ConsentGiven(Wire, kw_only=True):
    """What a patient said about being written to on a channel, for a purpose, and how they said it."""

    channel: Channel
    purpose: Purpose
    granted: bool
    how: Annotated[str, Meta(min_length=1, max_length=200)] = "told staff"
    words: Annotated[str, Meta(max_length=2000)] = ""


class Consent(Wire, kw_only=True):
    """One line of the history of consent; the newest for a channel and purpose is in force."""

    id: int
    channel: Channel
    purpose: Purpose
    granted: bool
    how: str
    words: str
    recorded_by: str
    at: datetime


class NewPatient(Wire, kw_only=True):
    """A patient to register. A phone without a country code is read as one of the hospital's country."""

    first_name: PersonName
    last_name: PersonName
    phone: PhoneText | None = None
    email: EmailText | None = None
    date_of_birth: date | None = None
    sex: Sex = "unknown"
    language: Language | None = None
    time_zone: Zone | None = None
    preferred_channel: Channel | None = None
    hospital_id: Id | None = None
    address: Address = ""
    consents: Annotated[list[ConsentGiven], Meta(max_length=12)] = msgspec.field(default_factory=list)


class PatientChanges(Wire, kw_only=True):
    """What to change of a patient; what is left out stays. `phone` and `email` null take the first one away."""

    first_name: PersonName | UnsetType = UNSET
    last_name: PersonName | UnsetType = UNSET
    phone: PhoneText | UnsetType | None = UNSET
    email: EmailText | UnsetType | None = UNSET
    date_of_birth: date | UnsetType | None = UNSET
    sex: Sex | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    time_zone: Zone | UnsetType | None = UNSET
    preferred_channel: Channel | UnsetType | None = UNSET
    hospital_id: Id | UnsetType | None = UNSET
    address: Address | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class PossibleDuplicate(Wire, kw_only=True):
    """Somebody already registered who may be the same person, and what makes one think so."""

    id: int
    record_number: str
    first_name: str
    last_name: str
    date_of_birth: date | None
    phone: str | None
    because: str


class Registered(Patient, kw_only=True):
    """A patient just registered, with those who may be the same person: a warning, not a refusal."""

    possible_duplicates: list[PossibleDuplicate] = msgspec.field(default_factory=list)


class ContactPoint(Wire, kw_only=True):
    """A phone or email. `position` 0 is the first, which the API calls `phone` or `email`."""

    id: int
    kind: Literal["phone", "email"]
    value: str
    label: str
    position: int
    takes_sms: bool
    takes_whatsapp: bool
    verified_at: datetime | None


class ContactPointGiven(Wire, kw_only=True):
    """A phone or email as it should be; their order in the list is the order they are tried in."""

    kind: Literal["phone", "email"]
    value: Annotated[str, Meta(min_length=3, max_length=254)]
    label: Annotated[str, Meta(max_length=80)] = ""
    takes_sms: bool = True
    takes_whatsapp: bool = True


class Identifier(Wire, kw_only=True):
    """A number that another system knows the patient by: an insurance card, another hospital's record."""

    id: int
    system: str
    value: str


class NewIdentifier(Wire, kw_only=True):
    """An identifier to add. Unique within its system."""

    system: Annotated[str, Meta(min_length=1, max_length=100)]
    value: Annotated[str, Meta(min_length=1, max_length=100)]


class Profile(Patient, kw_only=True):
    """A patient with everything about reaching them. `consents`: what is in force, one a channel and purpose."""

    contact_points: list[ContactPoint]
    identifiers: list[Identifier]
    consents: list[Consent]


class Reachability(msgspec.Struct, kw_only=True, frozen=True):
    """How a patient can be written to, and may be. `consents` maps `sms:marketing` to the newest word about it."""

    patient_id: int
    first_name: str
    last_name: str
    language: str
    preferred_channel: Channel | None
    time_zone: str | None
    hospital_id: int | None
    archived: bool
    phone: str | None
    email: str | None
    takes_sms: bool
    takes_whatsapp: bool
    consents: dict[str, bool]

    def refuses(self, channel: str, purpose: str = "transactional") -> bool:
        """Whether they said no. Whoever refuses a channel's transactional messages refuses its marketing too."""
        said_no = self.consents.get(f"{channel}:{purpose}") is False
        return said_no or self.consents.get(f"{channel}:transactional") is False

    def opted_in(self, channel: str) -> bool:
        """Whether they agreed to marketing on the channel, and take the channel at all."""
        return self.consents.get(f"{channel}:marketing") is True and not self.refuses(channel)

    def address_on(self, channel: str) -> str | None:
        """Where a message on the channel goes: the phone or email, None where there is none that takes it."""
        if channel == "email":
            return self.email
        takes = self.takes_sms if channel == "sms" else self.takes_whatsapp
        return self.phone if takes else None
