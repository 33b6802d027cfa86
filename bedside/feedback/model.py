"""What patients say of their visits, as structs; and what may go wrong with it."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from bedside.kit.http.problems import Conflict, Gone, Invalid, NotFound
from bedside.kit.wire import Wire

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]
Stars = Annotated[int, Meta(ge=1, le=5, examples=[5])]
Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["parking"])]
Source = Literal["link", "desk", "api"]
Channel = Literal["sms", "whatsapp", "email"]
CHANNELS: tuple[Channel, ...] = ("sms", "whatsapp", "email")
# what a question of a form takes; what each kind of question takes of these, forms.check_answers says
AnswerIn = str | int | bool | None

LOW = 2  # a rating up to this opens a recovery task (RULES.md, Scores 4)


class NoSuchFeedback(NotFound):
    """404: there is no such feedback, or it is of a hospital that is not yours."""

    type = "no-such-feedback"


class VisitNotCompleted(Invalid):
    """422: the visit has not taken place, so there is nothing to say of it yet; `visitStatus` says where it stands."""

    type = "visit-not-completed"


class VisitRefused(Invalid):
    """422: there is no such visit, or it is another patient's, or of another day."""

    type = "visit-refused"


class VisitUnclear(Invalid):
    """422: the patient had several visits on that day; `visits` lists them."""

    type = "visit-unclear"


class FeedbackGivenAlready(Conflict):
    """409: something was said of this visit before; `feedbackId` names it where it was not anonymous."""

    type = "feedback-given-already"


class AnonymityNotOffered(Invalid):
    """422: this hospital does not offer anonymous feedback."""

    type = "anonymity-not-offered"


class NoSuchInvitation(NotFound):
    """404: nobody is asked by this link."""

    type = "no-such-feedback-invitation"


class InvitationOver(Gone):
    """410: the visit was rated, the time is over, or the invitation was withdrawn; `because` says which."""

    type = "feedback-invitation-over"


class NobodyToAnswer(Conflict):
    """409: the feedback is anonymous, so that nobody can be written to."""

    type = "feedback-anonymous"


class NotReached(Invalid):
    """422: the patient cannot be written to like this; the detail says why."""

    type = "patient-not-reached"


class ReviewRefused(Conflict):
    """409: they were asked for a public review before, the rating is too low for it, or the hospital asks nobody."""

    type = "review-request-refused"


class CategoryTaken(Conflict):
    """409: there is a category with this code."""

    type = "feedback-category-taken"


class NoSuchCategory(NotFound):
    """404: there is no such category."""

    type = "no-such-feedback-category"


class NewFeedback(Wire, kw_only=True):
    """What a patient says of a visit: `appointmentId`, or `patientId` with `visitDate`, and a rating from 1 to 5 stars.

    `categories` has stars by the category's code, `answers` the answers to the survey form's questions by their key.
    `anonymous`, where the hospital offers it, keeps neither patient nor visit, and earns no points.
    """

    rating: Stars
    appointment_id: Id | None = None
    patient_id: Id | None = None
    visit_date: date | None = None
    hospital_id: Id | None = None
    words: Annotated[str, Meta(max_length=5000, examples=["Kind people, a short wait."])] = ""
    categories: Annotated[dict[str, int], Meta(max_length=100, examples=[{"staff": 5, "waiting_time": 3}])] = field(
        default_factory=dict
    )
    anonymous: bool = False
    answers: Annotated[dict[str, AnswerIn], Meta(max_length=200)] = field(default_factory=dict)
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None


class Answer(Wire, kw_only=True):
    """An answer to a question of a survey form: a number (NPS, CSAT, yes is 1 and no 0), or words."""

    question: str
    kind: Literal["nps", "csat", "text", "choice", "yes_no"]
    number: int | None
    words: str | None


class Response(Wire, kw_only=True):
    """What staff answered: a message to the patient, or a note for themselves. `messageStatus`: how far it has come."""

    id: int
    kind: Literal["message", "private"]
    body: str
    message_id: int | None
    message_status: str | None
    created_by_name: str
    created_at: datetime


class Recovery(Wire, kw_only=True):
    """What is done about a low rating: a task, and whether somebody else was told that it was not done in time."""

    task_id: int
    status: Literal["open", "done", "dropped"]
    assigned_to_name: str | None
    for_role: str | None
    due_at: datetime
    escalated_at: datetime | None
    escalation_task_id: int | None


class Feedback(Wire, kw_only=True):
    """What a patient said of a visit. Without `patientId` it is anonymous; named but without `appointmentId` it matched
    no completed visit, and earns nothing. Of an anonymous one `visitDate` is the month's first day."""

    id: int
    hospital_id: int | None
    hospital: str | None
    time_zone: str | None
    patient_id: int | None
    patient_name: str | None
    appointment_id: int | None
    visit_date: date
    department_id: int | None
    department: str | None
    practitioner_id: int | None
    practitioner_name: str | None
    rating: int
    words: str
    anonymous: bool
    language: str
    source: Source
    categories: dict[str, int]
    form_version_id: int | None
    answers: list[Answer]
    review_asked_at: datetime | None
    recovery: Recovery | None
    responses: list[Response]
    created_by_name: str
    created_at: datetime
    version: int

    @property
    def is_low(self) -> bool:
        """Whether somebody has to make up for it."""
        return self.rating <= LOW


class Visit(msgspec.Struct, kw_only=True):
    """A visit as far as feedback asks: whose, where, when by the hospital's calendar, and whether it took place."""

    id: int
    patient_id: int
    hospital_id: int
    department_id: int
    practitioner_id: int
    status: str
    starts_at: datetime
    day: date
    practitioner_name: str
    hospital: str


class NewResponse(Wire, kw_only=True):
    """An answer of staff: `message` goes to the patient (by `channel`, else by the one that they prefer of those that
    reach them), `private` is a note for colleagues."""

    kind: Literal["message", "private"]
    body: Annotated[str, Meta(min_length=1, max_length=2000, examples=["Thank you. We are sorry that you waited."])]
    channel: Channel | None = None


class ReviewRequest(Wire, kw_only=True):
    """To ask for a public review; without `channel` by the one that they prefer of those that reach them."""

    channel: Channel | None = None


class Category(Wire, kw_only=True):
    """What a visit is rated by besides as a whole. `labels` by language, English among them."""

    id: int
    code: str
    labels: dict[str, str]
    position: int
    archived_at: datetime | None
    version: int

    def label(self, language: str = "en") -> str:
        """What it is called in a language, else in English."""
        return self.labels.get(language.partition("-")[0]) or self.labels["en"]


Labels = Annotated[
    dict[
        Annotated[str, Meta(pattern=r"^[a-z]{2,3}$")],
        Annotated[str, Meta(min_length=1, max_length=80)],
    ],
    Meta(min_length=1, max_length=20),
]


class NewCategory(Wire, kw_only=True):
    """A category to add; it comes last."""

    code: Code
    labels: Labels


class CategoryChanges(Wire, kw_only=True):
    """What to change about a category; what is left out stays. Its code stays for good: old feedback speaks of it."""

    labels: Labels | msgspec.UnsetType = msgspec.UNSET
    position: Annotated[int, Meta(ge=1, le=1000)] | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET


class NewPolicy(Wire, kw_only=True):
    """How a hospital asks, as it is written: what is left out is as the defaults say.

    `channels` are tried in order; `language` null is the patient's own; `reminderAfterHours` null reminds nobody;
    `reviewUrl` empty asks nobody for a public review.
    """

    enabled: bool = True
    delay_minutes: Annotated[int, Meta(ge=0, le=20160)] = 120
    channels: Annotated[list[Channel], Meta(min_length=1, max_length=3)] = field(default_factory=lambda: list(CHANNELS))
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    reminder_after_hours: Annotated[int, Meta(ge=1, le=336)] | None = 48
    open_days: Annotated[int, Meta(ge=1, le=365)] = 30
    anonymous_offered: bool = False
    form_id: Id | None = None
    review_url: Annotated[str, Meta(max_length=500, examples=["https://reviews.example.org/bellevue"])] = ""
    review_from_stars: Annotated[int, Meta(ge=4, le=5)] = 5
    recovery_assigned_to: Id | None = None
    recovery_role: Annotated[str, Meta(max_length=40)] = "front_desk"
    recovery_hours: Annotated[int, Meta(ge=1, le=336)] = 24
    escalate_to: Id | None = None
    escalate_role: Annotated[str, Meta(max_length=40)] = "admin"


class Policy(NewPolicy, kw_only=True):
    """How a hospital asks. Version 0: as the defaults say, nobody has changed them here."""

    hospital_id: int
    version: int = 0
    updated_by_name: str = ""
    updated_at: datetime | None = None

    def asks_for_review(self, rating: int) -> bool:
        """Whether somebody who gave this rating may be asked to tell others."""
        return bool(self.review_url) and rating >= self.review_from_stars


class Invitation(Wire, kw_only=True):
    """A patient being asked how a visit was. `because` says why nobody was."""

    id: int
    appointment_id: int
    patient_id: int
    patient_name: str
    hospital_id: int
    status: Literal["planned", "sent", "answered", "cancelled", "skipped"]
    because: str
    channels: list[Channel]
    language: str
    form_version_id: int | None
    anonymous_offered: bool
    due_at: datetime
    remind_at: datetime | None
    expires_at: datetime
    sent_at: datetime | None
    reminded_at: datetime | None
    answered_at: datetime | None
    message_id: int | None
    message_status: str | None
    created_at: datetime
