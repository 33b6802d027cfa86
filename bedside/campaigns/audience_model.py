"""Audiences: whom a campaign is for."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from bedside.campaigns.rules import Rule, Whose
from bedside.kit.http.problems import Conflict, NotFound
from bedside.kit.wire import Wire
from bedside.message_templates import Channel

AudienceKind = Literal["rule", "list"]
AudienceName = Annotated[str, Meta(min_length=1, max_length=120)]
Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]


class NoSuchAudience(NotFound):
    """There is no such audience, or it is of a hospital that is not theirs."""

    type = "no-such-audience"
    title = "There is no such audience"


class AudienceNameTaken(Conflict):
    """Another audience has this name."""

    type = "audience-name-taken"
    title = "Another audience has this name"


class Audience(Wire, kw_only=True):
    """Whom a campaign may be for. Of kind `rule` it is asked anew each time; a `list` holds who was put on it.

    `members`: of a list, how many are on it."""

    id: int
    name: str
    description: str
    whose: Whose
    kind: AudienceKind
    rule: Rule
    hospital_id: int | None
    members: int | None
    archived_at: datetime | None
    created_by_name: str
    created_at: datetime
    updated_at: datetime
    version: int


class NewAudience(Wire, kw_only=True):
    """An audience as it is added. A list begins empty."""

    name: AudienceName
    description: Annotated[str, Meta(max_length=1000)] = ""
    whose: Whose = "patients"
    kind: AudienceKind = "rule"
    rule: Rule | None = None
    hospital_id: Id | None = None


class AudienceChanges(Wire, kw_only=True):
    """What of an audience changes; what is left out stays."""

    name: AudienceName | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=1000)] | UnsetType = UNSET
    rule: Rule | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class AudienceVersion(Wire, kw_only=True):
    """A rule that an audience has, or has had."""

    version: int
    rule: Rule
    changed_by_name: str
    changed_at: datetime


class Question(Wire, kw_only=True):
    """Whom a rule, or an audience by its id, would reach by these channels. `hospitalId`: of one hospital's people.
    `roughly`: of more than 100,000 people the channels are counted on a sample, which takes a second instead of ten."""

    whose: Whose = "patients"
    rule: Rule | None = None
    audience_id: Id | None = None
    hospital_id: Id | None = None
    channels: Annotated[list[Channel], Meta(min_length=1, max_length=3)] = field(default_factory=lambda: list(Channel))
    roughly: bool = False


class Outcome(Wire, kw_only=True):
    """How many a channel reaches, or leaves out and why."""

    channel: Channel
    outcome: Literal["reached", "no_address", "no_consent", "refused", "stopped"]
    people: int


class SamplePerson(Wire, kw_only=True):
    """Somebody of an audience."""

    id: int
    name: str


class Reach(Wire, kw_only=True):
    """What an audience comes to: `people` it names, `reached` by one channel or more, each channel's outcomes, and some
    of the people. News needs consent, so this counts what news may reach.

    `sampled`: all but `people` is worked out from so many of them; None where everybody was looked at."""

    people: int
    reached: int
    sampled: int | None = None
    outcomes: list[Outcome]
    sample: list[SamplePerson]
