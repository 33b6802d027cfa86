"""The form of a survey, in the owner's language: what its template needs, what it sends, what was wrong with it. Pure.

Pages that show it include `owner_relations/survey_form.html` with `form_context(...)` in their context, and link
`css/satisfaction.css`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bedside.kit.http.problems import Problem
from bedside.owner_relations.satisfaction_model import Categories, NewSatisfaction, ScoreRefused
from bedside.owner_relations.scores import CATEGORIES
from bedside.owner_relations.survey_words import WORDS

RATED = ("overall", *CATEGORIES)
# 0.5 to 5: halves of five stars; 0 has a button of its own
HALVES = tuple(f"{half / 2:g}" for half in range(1, 11))
STEPS = ("0", *HALVES)
LONGEST = 5000


def words(language: str) -> Callable[..., str]:
    """The function that templates call `t`: `t("lead", name="Harbor Health")`."""
    there = WORDS[language]

    def t(key: str, **values: object) -> str:
        return there[key].format(**values) if values else there[key]

    return t


def form_context(
    language: str, *, action: str, values: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What the form's template needs: words, where it goes, what was filled in, and what is wrong (keys of words)."""
    kept = values or {}
    return {
        "t": words(language),
        "language": language,
        "action": action,
        "rated": RATED,
        "values": {name: kept.get(name, "") for name in (*RATED, "words")},
        "errors": dict(errors or {}),
        "halves": HALVES,
    }


def answer_of(fields: Mapping[str, str]) -> tuple[NewSatisfaction, dict[str, str]]:
    """What the form sent, and what is wrong with it by field: keys of `survey_words`. An empty rating is none."""
    errors = {name: "wrong_rating" for name in RATED if fields.get(name, "") not in ("", *STEPS)}
    if not errors and not any(fields.get(name) for name in RATED):
        errors["overall"] = "wrong_nothing"
    if len(fields.get("words", "")) > LONGEST:
        errors["words"] = "wrong_words"
    new = NewSatisfaction(
        overall=fields.get("overall") or None,
        categories=Categories(**{name: fields.get(name) or None for name in CATEGORIES}),
        words=fields.get("words", "")[:LONGEST],
    )
    return new, errors


def errors_of(problem: Problem) -> dict[str, str]:
    """A problem that the rules found as errors of the form: keys of `survey_words`, under `""` what has no field."""
    for error in problem.errors:
        field = error["pointer"].rpartition("/")[2]
        if field == "words":
            return {"words": "wrong_words"}
        if isinstance(problem, ScoreRefused):
            return {field if field in RATED else "overall": "wrong_rating"}
    return {"": "refused"}
