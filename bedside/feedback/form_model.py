"""Survey forms: further questions after the stars, in versions, with conditions; and which of them are asked. Pure."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from bedside.feedback.model import Answer, AnswerIn, Labels
from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.wire import Wire

Kind = Literal["nps", "csat", "text", "choice", "yes_no"]
Key = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["recommend"])]
NUMBERS: dict[str, tuple[int, int]] = {"nps": (0, 10), "csat": (1, 5), "yes_no": (0, 1)}
LONGEST_ANSWER = 2000
LONGEST_QUESTION = 300
Asking = Annotated[
    dict[
        Annotated[str, Meta(pattern=r"^[a-z]{2,3}$")],
        Annotated[str, Meta(min_length=1, max_length=LONGEST_QUESTION)],
    ],
    Meta(min_length=1, max_length=20, examples=[{"en": "How likely are you to recommend us to your family?"}]),
]


class NoSuchForm(NotFound):
    """404: there is no such survey form, or no such version of it."""

    type = "no-such-feedback-form"


class FormRefused(Invalid):
    """422: a form cannot be so: a question twice, a choice without options, a condition on a later question."""

    type = "feedback-form-refused"


class AnswerRefused(Invalid):
    """422: an answer is none to its question, or the question is not asked."""

    type = "feedback-answer-refused"


class FormArchived(Conflict):
    """409: the form was put away."""

    type = "feedback-form-archived"


class Option(Wire, kw_only=True):
    """Something to choose: its key, and what it is called by language."""

    key: Key
    labels: Labels


class Condition(Wire, kw_only=True):
    """When a question is asked: another one, asked before it, was answered like this. `rating` is the stars of the
    whole. One of `is`, `atMost`, `atLeast`."""

    question: Key
    equals: Annotated[str | int | bool, Meta()] | msgspec.UnsetType = field(name="is", default=msgspec.UNSET)
    at_most: Annotated[int, Meta(ge=0, le=10)] | msgspec.UnsetType = msgspec.UNSET
    at_least: Annotated[int, Meta(ge=0, le=10)] | msgspec.UnsetType = msgspec.UNSET

    def holds(self, answer: AnswerIn) -> bool:
        """Whether an answer is like this; none never is."""
        if answer is None:
            return False
        if self.equals is not msgspec.UNSET:
            return answer == self.equals and isinstance(answer, bool) == isinstance(self.equals, bool)
        if isinstance(answer, str):
            return False
        low = self.at_least is msgspec.UNSET or int(answer) >= self.at_least
        return low and (self.at_most is msgspec.UNSET or int(answer) <= self.at_most)


class Question(Wire, kw_only=True):
    """A question: `nps` takes 0 to 10, `csat` 1 to 5, `yes_no` true or false, `choice` an option's key, `text`
    words."""

    key: Key
    kind: Kind
    labels: Asking
    options: Annotated[list[Option], Meta(max_length=20)] = field(default_factory=list)
    required: bool = False
    condition: Condition | None = None

    def label(self, language: str) -> str:
        """What is asked, in a language, else in English."""
        return self.labels.get(language.partition("-")[0]) or self.labels["en"]


Questions = Annotated[list[Question], Meta(min_length=1, max_length=30)]


class FormVersion(Wire, kw_only=True):
    """One version of a form; it never changes."""

    id: int
    form_id: int
    number: int
    questions: list[Question]
    created_by_name: str
    created_at: datetime


class Form(Wire, kw_only=True):
    """A survey form with its newest version."""

    id: int
    name: str
    archived_at: datetime | None
    created_by_name: str
    created_at: datetime
    version: int
    current: FormVersion
    used_by: int


class NewForm(Wire, kw_only=True):
    """A form to add, with its first questions."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    questions: Questions


class NewFormVersion(Wire, kw_only=True):
    """The questions of a form's next version."""

    questions: Questions


class FormChanges(Wire, kw_only=True):
    """What to change of a form beside its questions."""

    name: Annotated[str, Meta(min_length=1, max_length=120)] | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET


def check_questions(questions: list[Question]) -> None:
    """Raises FormRefused (422) with a pointer for questions that cannot be asked."""
    before: dict[str, Question] = {}
    for place, one in enumerate(questions):
        at = f"/questions/{place}"
        if one.key in before or one.key == "rating":
            raise FormRefused(f"There are two questions “{one.key}”.", pointer=f"{at}/key")
        if "en" not in one.labels:
            raise FormRefused(
                "Ask it in English too: that stands where a language has none.", pointer=f"{at}/labels/en"
            )
        _check_options(one, at)
        if one.condition is not None:
            _check_condition(one.condition, before, f"{at}/condition")
        before[one.key] = one


def _check_options(one: Question, at: str) -> None:
    if one.kind != "choice":
        if one.options:
            raise FormRefused("Only a choice has options.", pointer=f"{at}/options")
        return
    if len(one.options) < 2:
        raise FormRefused("A choice has two options at least.", pointer=f"{at}/options")
    keys = [option.key for option in one.options]
    for place, option in enumerate(one.options):
        if keys.index(option.key) != place:
            raise FormRefused(f"There are two options “{option.key}”.", pointer=f"{at}/options/{place}/key")
        if "en" not in option.labels:
            raise FormRefused("Name it in English too.", pointer=f"{at}/options/{place}/labels/en")


def _check_condition(one: Condition, before: dict[str, Question], at: str) -> None:
    asked = before.get(one.question)
    if asked is None and one.question != "rating":
        raise FormRefused(
            f"“{one.question}” is not asked before this question.",
            pointer=f"{at}/question",
            next_step="A condition is on the stars (`rating`), or on an earlier question.",
        )
    said = [one.equals is not msgspec.UNSET, one.at_most is not msgspec.UNSET or one.at_least is not msgspec.UNSET]
    if sum(said) != 1:
        raise FormRefused("Say `is`, or `atMost` and `atLeast`.", pointer=at)
    kind = asked.kind if asked else "csat"
    if said[1] and kind not in ("nps", "csat"):
        raise FormRefused("Only an answer in numbers is at most or at least something.", pointer=at)
    if said[0] and asked is not None and kind == "choice" and one.equals not in [o.key for o in asked.options]:
        raise FormRefused("This is none of its options.", pointer=f"{at}/is")
    fits = {"nps": int, "csat": int, "yes_no": bool, "choice": str, "text": str}[kind]
    if said[0] and (not isinstance(one.equals, fits) or (fits is int and isinstance(one.equals, bool))):
        raise FormRefused("No answer to that question is like this.", pointer=f"{at}/is")


def asked(questions: list[Question], answers: dict[str, AnswerIn], *, rating: int | None) -> list[Question]:
    """The questions that are asked of somebody who answered so: those whose conditions hold, on questions asked
    themselves."""
    shown: list[Question] = []
    known: dict[str, AnswerIn] = {"rating": rating}
    for one in questions:
        if one.condition is None or one.condition.holds(known.get(one.condition.question)):
            shown.append(one)
            known[one.key] = answers.get(one.key)
    return shown


def checked_answers(questions: list[Question], answers: dict[str, AnswerIn], *, rating: int) -> list[Answer]:
    """The answers as they are kept; a question that was skipped has none. Raises AnswerRefused (422) with a pointer."""
    shown = asked(questions, answers, rating=rating)
    keys = {one.key for one in shown}
    for key, answer in answers.items():
        if key not in keys and answer is not None:
            raise AnswerRefused(
                f"“{key[:40]}” is not asked here.",
                pointer=f"/answers/{key[:40]}",
                next_step="Asked are: " + (", ".join(keys) or "no further questions"),
            )
    made = []
    for one in shown:
        answer = answers.get(one.key)
        if isinstance(answer, str):
            answer = answer.strip() or None
        if answer is None:
            if one.required:
                raise AnswerRefused("This question has to be answered.", pointer=f"/answers/{one.key}")
            continue
        made.append(_checked(one, answer))
    return made


def _checked(one: Question, answer: str | int | bool) -> Answer:
    pointer = f"/answers/{one.key}"
    if one.kind == "yes_no":
        if not isinstance(answer, bool):
            raise AnswerRefused("Say true or false.", pointer=pointer)
        return Answer(question=one.key, kind=one.kind, number=int(answer), words=None)
    if one.kind in ("nps", "csat"):
        low, high = NUMBERS[one.kind]
        if isinstance(answer, bool) or not isinstance(answer, int) or not low <= answer <= high:
            raise AnswerRefused(f"Answer with a number from {low} to {high}.", pointer=pointer)
        return Answer(question=one.key, kind=one.kind, number=answer, words=None)
    if not isinstance(answer, str):
        raise AnswerRefused("Answer in words.", pointer=pointer)
    if one.kind == "choice" and answer not in [option.key for option in one.options]:
        raise AnswerRefused(
            "This is none of the options.",
            pointer=pointer,
            next_step="Use: " + ", ".join(option.key for option in one.options),
        )
    if len(answer) > LONGEST_ANSWER:
        raise AnswerRefused(f"An answer has {LONGEST_ANSWER} characters at most.", pointer=pointer)
    return Answer(question=one.key, kind=one.kind, number=None, words=answer)
