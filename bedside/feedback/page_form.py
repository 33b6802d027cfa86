"""What a form about a visit sends, read: stars, words, categories, answers to the survey form. Pure."""

from collections.abc import Mapping, Sequence

import msgspec

from bedside.feedback.form_model import Question, asked
from bedside.feedback.model import AnswerIn, Category, NewFeedback
from bedside.kit.http.forms import number_in
from bedside.kit.http.problems import Problem

LONGEST = 5000


def read(
    fields: Mapping[str, str], *, categories: Sequence[Category], questions: Sequence[Question]
) -> tuple[NewFeedback, dict[str, str]]:
    """What was filled in, and what is wrong with it by field: keys of `page_words`.

    What was answered to a question that is not asked of somebody who answered so, is left out: without a script every
    question shows.
    """
    errors: dict[str, str] = {}
    rating = number_in(fields.get("rating", ""))
    if rating is None or not 1 <= rating <= 5:
        errors["rating"], rating = "wrong_rating", 1
    if len(fields.get("words", "")) > LONGEST:
        errors["words"] = "wrong_words"
    stars: dict[str, int] = {}
    for one in categories:
        given = fields.get(f"category_{one.code}", "")
        if given in ("1", "2", "3", "4", "5"):
            stars[one.code] = int(given)
        elif given:
            errors["categories"] = "wrong_categories"
    answers: dict[str, AnswerIn] = {
        each.key: answer for each in questions if (answer := answer_of(each, fields)) is not None
    }
    shown = {each.key for each in asked(list(questions), answers, rating=rating)}
    for each in questions:
        if each.required and each.key in shown and each.key not in answers and "rating" not in errors:
            errors[f"answer_{each.key}"] = "wrong_answer"
    new = NewFeedback(
        rating=rating,
        words=fields.get("words", "")[:LONGEST],
        categories=stars,
        answers={key: answer for key, answer in answers.items() if key in shown},
        anonymous=fields.get("anonymous") == "true",
    )
    return new, errors


def answer_of(one: Question, fields: Mapping[str, str]) -> AnswerIn:
    """What was answered to a question; None for nothing. What is none of its answers the rules refuse."""
    given = fields.get(f"answer_{one.key}", "")
    if not given:
        return None
    if one.kind == "yes_no":
        return {"yes": True, "no": False}.get(given)
    if one.kind in ("nps", "csat"):
        return number_in(given)
    return given


def errors_of(problem: Problem) -> dict[str, str]:
    """A problem that the rules found as errors of the form: keys of `page_words`, under `""` what has no field."""
    for error in problem.errors:
        head, _, rest = error["pointer"].strip("/").partition("/")
        if head == "words":
            return {"words": "wrong_words"}
        if head == "answers" and rest:
            return {f"answer_{rest}": "wrong_answer"}
        if head == "categories":
            return {"categories": "wrong_categories"}
    return {"": "refused"}


def condition_of(one: Question) -> str:
    """A question's condition as the page's script reads it, as JSON; empty for none."""
    if one.condition is None:
        return ""
    return msgspec.json.encode(one.condition).decode()
