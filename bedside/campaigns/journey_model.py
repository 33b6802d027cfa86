"""Campaigns of several steps: what a step is, by what people come in, and how many stand where."""

from typing import Annotated, Literal

from msgspec import Meta, field

from bedside.kit.wire import Wire
from bedside.message_templates import Channel

MOST_STEPS = 50
DEEPEST = 5  # branches within branches
# how often a question is asked again while it may still come true: each tenth of the time gone by, within these
SOONEST_MINUTES, LATEST_MINUTES = 1, 5

StepKind = Literal["send", "wait", "if", "split", "go_to", "end"]
Asks = Literal["opened", "clicked", "answered", "booked"]
EntryOn = Literal["visit_completed", "registered", "birthday", "rule", "list_joined"]
StepId = Annotated[str, Meta(min_length=1, max_length=20, pattern="^[A-Za-z0-9_-]+$")]
TimeOfDay = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Part(Wire, kw_only=True):
    """One way of a split: `share` of a hundred people go it."""

    share: Annotated[int, Meta(ge=1, le=99)]
    steps: "Annotated[list[Step], Meta(max_length=50)]" = field(default_factory=list)


class Step(Wire, kw_only=True, omit_defaults=True):
    """One step of a campaign; its kind says what else counts.

    `send` writes to the person: `message` or `templateKey`, by `channels` (left out: the campaign's own). `wait` lets
    `days` and `hours` pass, and then until `at` by the person's own clock. `if` goes on with `yes` as soon as the
    person `opened`, `clicked`, `answered` or `booked` after the message `of` that step (left out: the last one they
    got), and with `no` after `withinHours`. `split` sends each person one of `parts`, always the same. `go_to` goes
    back (or on) `to` a step, `times` a person at most, and then on with what follows. `end` is the end for them.
    After a branch, what follows in the list around it goes on."""

    id: StepId
    kind: StepKind
    channels: Annotated[list[Channel], Meta(min_length=1, max_length=3)] | None = None
    channel_choice: Literal["preferred", "every"] | None = None
    message: Annotated[str, Meta(max_length=5000)] | None = None
    template_key: Annotated[str, Meta(min_length=2, max_length=61)] | None = None
    subject: Annotated[str, Meta(max_length=200)] = ""
    days: Annotated[int, Meta(ge=0, le=366)] = 0
    hours: Annotated[int, Meta(ge=0, le=8784)] = 0
    at: TimeOfDay | None = None
    asks: Asks | None = None
    of: StepId | None = None
    within_hours: Annotated[int, Meta(ge=1, le=2160)] = 48
    yes: "Annotated[list[Step], Meta(max_length=50)]" = field(default_factory=list)
    no: "Annotated[list[Step], Meta(max_length=50)]" = field(default_factory=list)
    parts: Annotated[list[Part], Meta(max_length=5)] = field(default_factory=list)
    to: StepId | None = None
    times: Annotated[int, Meta(ge=1, le=50)] = 1


Steps = Annotated[list[Step], Meta(max_length=MOST_STEPS)]


class Entry(Wire, kw_only=True):
    """By what people come into a standing campaign, of those whom its audience or rule names; for `rule` that is all.

    `again`: whether somebody may come in a second time: `never`, `always` (each visit, each year's birthday, each
    joining of the list), or after so many days. `listId`: for `list_joined`; who leaves the list leaves the campaign.
    """

    on: EntryOn
    again: Literal["never", "always"] | Annotated[int, Meta(ge=1, le=3660)] = "never"
    list_id: Annotated[int, Meta(ge=1, le=9223372036854775807)] | None = None


class StepFigures(Wire, kw_only=True):
    """How many came to a step, stand at it, and what came of what it sent. People who came in twice are two.
    `delivered`: a receipt says so; `reached`: that, or it went by mail and did not come back."""

    step_id: str
    entered: int
    waiting: int
    sent: int
    reached: int
    delivered: int
    opened: int
    clicked: int
    answered: int
    booked: int


class JourneyFigures(Wire, kw_only=True):
    """Each step's figures, in the order of the steps, and how many are on their way or no more."""

    items: list[StepFigures]
    going: int
    reached_goal: int
    finished: int
    left: int
    control: int
    cancelled: int
