"""Campaigns: what one is, what may follow what, and what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from bedside.campaigns.journey_model import Entry, Step, Steps
from bedside.campaigns.rules import Rule, Whose
from bedside.campaigns.split_model import DecideAfterHours, Variant, Variants, WinnerBy
from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.money import AmountIn, CurrencyIn
from bedside.kit.wire import Wire
from bedside.message_templates import Channel

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
CampaignName = Annotated[str, Meta(min_length=1, max_length=120)]
Words = Annotated[str, Meta(min_length=1, max_length=5000)]
Subject = Annotated[str, Meta(max_length=200)]
TemplateKey = Annotated[str, Meta(min_length=2, max_length=61)]
Channels = Annotated[list[Channel], Meta(min_length=1, max_length=3)]
ChannelChoice = Literal["preferred", "every"]
# who a whole campaign may be for without an audience of its own
Target = Literal["all_patients", "all_owners"]
ControlPercent = Annotated[int, Meta(ge=0, le=50)]
PerMinute = Annotated[int, Meta(ge=1, le=1_000_000)]
LocalTime = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5)]
AttributionDays = Annotated[int, Meta(ge=1, le=90)]


class CampaignStatus(StrEnum):
    """Where a campaign stands. `active`: a standing one; `overdue`: its time passed while the system was down."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    OVERDUE = "overdue"
    SENDING = "sending"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


_S = CampaignStatus
# what may follow what
FOLLOWING: dict[CampaignStatus, frozenset[CampaignStatus]] = {
    _S.DRAFT: frozenset({_S.AWAITING_APPROVAL, _S.SCHEDULED, _S.SENDING, _S.CANCELLED}),
    _S.AWAITING_APPROVAL: frozenset({_S.DRAFT, _S.SCHEDULED, _S.SENDING, _S.OVERDUE, _S.CANCELLED}),
    _S.SCHEDULED: frozenset({_S.DRAFT, _S.SENDING, _S.OVERDUE, _S.CANCELLED}),
    _S.OVERDUE: frozenset({_S.DRAFT, _S.SENDING, _S.CANCELLED}),
    _S.SENDING: frozenset({_S.PAUSED, _S.COMPLETED, _S.CANCELLED, _S.FAILED}),
    _S.ACTIVE: frozenset({_S.PAUSED, _S.COMPLETED, _S.CANCELLED}),
    _S.PAUSED: frozenset({_S.SENDING, _S.ACTIVE, _S.CANCELLED}),
    _S.COMPLETED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.FAILED: frozenset(),
}
CHANGEABLE = frozenset({_S.DRAFT, _S.AWAITING_APPROVAL, _S.SCHEDULED, _S.OVERDUE})


class NoSuchCampaign(NotFound):
    """There is no such campaign, or it is of a hospital that is not theirs."""

    type = "no-such-campaign"
    title = "There is no such campaign"


class WordsLack(Invalid):
    """422: somebody would get a text with a hole in it."""

    type = "words-lack"
    title = "The text cannot be made for everybody"


class CampaignStands(Conflict):
    """The campaign stands where this cannot follow."""

    type = "campaign-stands"
    title = "The campaign stands where this cannot follow"


class Campaign(Wire, kw_only=True):
    """One campaign. `target` is there for one without an audience or a rule of its own; `because` says why it failed.

    `message` may name the person (`{{ patient.first_name }}`); it is empty where `templateKey` names a template of the
    library instead. `frozenAt`: from when the ledger holds everybody whom it is for. `decideAt`: from when it is
    decided which of `variants` the rest get; `winner`: that one. `approvedPeople`: to how many people it went when
    somebody approved of it; beyond a tenth more, or with new words of its template, it needs approval again.

    One with `steps` says what they say, one after the other. One with an `entry` stands: once launched it is `active`,
    and people come in by themselves. Who fulfils the `goal` leaves."""

    id: int
    name: str
    hospital_id: int | None
    status: CampaignStatus
    whose: Whose
    audience_id: int | None
    audience_version: int | None
    rule: Rule
    channels: list[Channel]
    channel_choice: ChannelChoice
    subject: str
    message: str
    template_key: str | None
    steps: list[Step]
    entry: Entry | None
    goal: Rule | None
    scheduled_at: datetime | None
    control_percent: int
    attribution_days: int
    variants: list[Variant]
    winner_by: WinnerBy | None
    decide_after_hours: int | None
    decide_at: datetime | None
    winner: str | None
    started_at: datetime | None
    frozen_at: datetime | None
    ended_at: datetime | None
    because: str
    created_by_name: str
    created_at: datetime
    updated_at: datetime
    version: int
    budget: str | None = None
    budget_currency: str | None = None
    per_minute: int | None = None
    local_time: str | None = None
    approved_by_name: str | None = None
    approved_at: datetime | None = None
    approved_people: int | None = None


class NewCampaign(Wire, kw_only=True):
    """A campaign as it is added. It is launched at once, unless `status` is `draft`, or `scheduledAt` is given.

    Whom it is for is one of `targetAudience`, `audienceId`, `rule` (of `whose`). News goes to those alone who agreed to
    it. What it says is `message`, or the template that `templateKey` names; both may name the person:
    `{{ patient.first_name }}`, `{{ patient.last_visit }}`, `{{ patient.vaccine_due }}` and
    `{{ patient.vaccine_due_on }}` (the vaccination that they lack and is due first), `{{ loyalty.tier }}`,
    `{{ hospital.name }}`, `{{ links.book }}`.
    It is not launched while somebody would get a text with a hole in it. With a `budget` it pauses by itself before it
    costs more than that.

    `variants` are versions of it, each tried on its share of the people; `decideAfterHours` hours after all of these
    have got it, the rest get the one that did best by `winnerBy`. Shares that come to a hundred leave no rest.

    With `steps` it says what they say, and needs no words of its own. With an `entry` it stands, and people come in by
    themselves, of those whom it is for. Who fulfils the `goal` leaves, looked at whenever their next step is due.

    `visitWorth`: what a visit is assumed to be worth that its people book, which its analytics reckon revenue with;
    left out, it is what the settings of its hospital say, or of all hospitals where they say the same.

    `perMinute`: no more than so many a minute. `localTime` (`09:00`): each gets it when their own clock first shows
    that hour after the start.
    """

    name: CampaignName
    channels: Channels
    message: Words | None = None
    template_key: TemplateKey | None = None
    target_audience: Target | None = None
    audience_id: Id | None = None
    rule: Rule | None = None
    whose: Whose = "patients"
    subject: Subject = ""
    channel_choice: ChannelChoice = "preferred"
    status: Literal["draft"] | None = None
    scheduled_at: datetime | None = None
    hospital_id: Id | None = None
    control_percent: ControlPercent = 0
    attribution_days: AttributionDays = 14
    variants: Variants = field(default_factory=list)
    winner_by: WinnerBy | None = None
    decide_after_hours: DecideAfterHours | None = None
    budget: AmountIn | None = None
    budget_currency: CurrencyIn | None = None
    visit_worth: AmountIn | None = None
    visit_worth_currency: CurrencyIn | None = None
    steps: Steps = field(default_factory=list)
    entry: Entry | None = None
    goal: Rule | None = None
    per_minute: PerMinute | None = None
    local_time: LocalTime | None = None


class CampaignChanges(Wire, kw_only=True):
    """What of a campaign changes that has not started; what is left out stays. A new `message` takes a template's
    place, and a `templateKey` that of a message. `scheduledAt` null makes it a draft. One of `targetAudience`,
    `audienceId` and `rule` takes the place of whom it was for; a `rule` is about patients or owners as before."""

    name: CampaignName | UnsetType = UNSET
    target_audience: Target | UnsetType = UNSET
    audience_id: Id | UnsetType = UNSET
    rule: Rule | UnsetType = UNSET
    message: Words | UnsetType = UNSET
    template_key: TemplateKey | UnsetType = UNSET
    subject: Subject | UnsetType = UNSET
    channels: Channels | UnsetType = UNSET
    channel_choice: ChannelChoice | UnsetType = UNSET
    scheduled_at: datetime | UnsetType | None = UNSET
    control_percent: ControlPercent | UnsetType = UNSET
    attribution_days: AttributionDays | UnsetType = UNSET
    variants: Variants | UnsetType = UNSET
    winner_by: WinnerBy | UnsetType | None = UNSET
    decide_after_hours: DecideAfterHours | UnsetType | None = UNSET
    steps: Steps | UnsetType = UNSET
    entry: Entry | UnsetType | None = UNSET
    goal: Rule | UnsetType | None = UNSET
    per_minute: PerMinute | UnsetType | None = UNSET
    local_time: LocalTime | UnsetType | None = UNSET


class NoWords(Wire, kw_only=True):
    """People for whom the words cannot be made: how many, the names of some, which variables are not known of them, and
    why. Without people: they cannot be made for anybody."""

    people: int
    names: list[str]
    missing: list[str]
    because: str


class Figure(Wire, kw_only=True):
    """How many of a channel stand somewhere. `state`: of those not written to why (`no_address`, `no_consent`,
    `refused`, `stopped`, `another_channel`, `too_often`, `control`, `cancelled`), `held` of those who wait for
    the version that wins, of the others how far their message is. No delivery receipt comes for mail: it stays
    `sent`, unless it comes back (`undelivered`)."""

    channel: Channel
    state: str
    people: int


class Progress(Wire, kw_only=True):
    """How far a campaign is: lines of its ledger, and each channel's figures."""

    campaign_id: int
    status: CampaignStatus
    lines: int
    figures: list[Figure]


class Recipient(Wire, kw_only=True):
    """What became of one person on one channel; with steps, of each message: `step`, of which time they came in
    (`entryId`), and how often they had been there before (`turn`)."""

    person_id: int
    name: str
    channel: Channel
    state: str
    address: str | None
    message_id: int | None
    error: str | None
    step: str
    entry_id: int
    turn: int
