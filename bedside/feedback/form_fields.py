"""The editor of a survey form: its fields as text, and the questions that they say. Works without a script. Pure."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from bedside.feedback.form_model import LONGEST_QUESTION, Condition, Option, Question
from bedside.kit.http.forms import number_in
from bedside.kit.http.problems import Problem
from bedside.kit.languages import WRITTEN

KINDS = [
    ("nps", "Would recommend, 0 to 10"),
    ("csat", "How satisfied, 1 to 5"),
    ("yes_no", "Yes or no"),
    ("choice", "One of several"),
    ("text", "Words"),
]
WAYS = [("is", "is"), ("at_most", "is at most"), ("at_least", "is at least"), ("between", "is between")]
MOST_QUESTIONS = 30
LONGEST_OPTION = 80
_NUMBER = {"nps": (0, 10), "csat": (1, 5)}
_COLUMNS = (
    "key", "kind", "en", "es", "ar", "options_en", "options_es", "options_ar", "required", "when", "way", "value",
)  # fmt: skip


class Row(msgspec.Struct, kw_only=True):
    """A question as the editor has it: options one a line, in the same order in each language."""

    key: str = ""
    kind: str = "nps"
    en: str = ""
    es: str = ""
    ar: str = ""
    options_en: str = ""
    options_es: str = ""
    options_ar: str = ""
    required: str = ""
    when: str = ""
    way: str = "is"
    value: str = ""

    def words(self, language: str) -> str:
        """What is asked, in a language of the editor."""
        return str(getattr(self, language))


def rows_of(questions: Sequence[Question]) -> list[Row]:
    """The editor as it opens."""
    known = {one.key: one for one in questions}
    made = []
    for one in questions:
        way, value = _said(one.condition, known)
        options = {
            language: "\n".join(option.labels.get(language, "") for option in one.options).rstrip("\n")
            for language in WRITTEN
        }
        made.append(
            Row(
                key=one.key,
                kind=one.kind,
                required="yes" if one.required else "",
                when=one.condition.question if one.condition else "",
                way=way,
                value=value,
                **{language: one.labels.get(language, "") for language in WRITTEN},
                **{f"options_{language}": words for language, words in options.items()},
            )
        )
    return made


def _said(one: Condition | None, known: dict[str, Question]) -> tuple[str, str]:
    """A condition's way and value, as they are written."""
    if one is None:
        return "is", ""
    if one.equals is not msgspec.UNSET:
        if isinstance(one.equals, bool):
            return "is", "yes" if one.equals else "no"
        asked = known.get(one.question)
        names = {option.key: option.labels["en"] for option in asked.options} if asked else {}
        return "is", names.get(str(one.equals), str(one.equals))
    if one.at_most is msgspec.UNSET:
        return "at_least", str(one.at_least)
    if one.at_least is msgspec.UNSET:
        return "at_most", str(one.at_most)
    return "between", f"{one.at_least} to {one.at_most}"


def read_rows(form: Any) -> list[Row]:
    """What was sent, as text. A question that has words and no key yet gets one, so that others can ask for it."""
    columns = [[str(value)[:4000] for value in form.getall(f"q_{name}", [])[:MOST_QUESTIONS]] for name in _COLUMNS]
    long = max(map(len, columns), default=0)
    rows = [
        Row(**{name: (column[place] if place < len(column) else "").strip("\n\r ")
               for name, column in zip(_COLUMNS, columns, strict=True)})
        for place in range(long)
    ]  # fmt: skip
    taken = {row.key for row in rows}
    for row in rows:
        if not re.fullmatch("[a-z][a-z0-9_]{0,39}", row.key):
            row.key = key_of(row.en, taken) if row.en else ""
            taken.add(row.key)
        row.kind = row.kind if row.kind in dict(KINDS) else "text"
        row.way = row.way if row.way in dict(WAYS) else "is"
    return rows


def key_of(words: str, taken: set[str]) -> str:
    """A key for words: `would_you_recommend_us`, with a number behind it where that is taken."""
    plain = re.sub("[^a-z0-9]+", "_", words.lower()).strip("_")[:32].strip("_")
    base = plain if plain[:1].isalpha() else f"question_{plain}".strip("_")
    key, number = base, 2
    while key in taken or key == "rating":
        key, number = f"{base}_{number}", number + 1
    return key


def changed(rows: list[Row], act: str) -> list[Row] | None:
    """The rows after a button: another (`add`, of a kind: `add-nps`), one less, one up, one down. None: no such."""
    what, _, which = act.partition("-")
    if what == "add":
        kind = which if which in dict(KINDS) else "nps"
        return [*rows, Row(kind=kind)] if len(rows) < MOST_QUESTIONS else rows
    place = number_in(which)
    if what not in ("remove", "up", "down"):
        return None
    if place is None or place >= len(rows):
        return rows
    if what == "remove":
        return [row for number, row in enumerate(rows) if number != place]
    other = place - 1 if what == "up" else place + 1
    made = list(rows)
    if 0 <= other < len(rows):
        made[place], made[other] = made[other], made[place]
    return made


def questions_said(rows: Sequence[Row], before: Sequence[Question]) -> tuple[list[Question], dict[str, str]]:
    """The questions that the rows say, and what is wrong, by field and row: `en_2`. What the editor does not show of
    the version before (labels in further languages, the keys of options) stays."""
    errors: dict[str, str] = {}
    known = {one.key: one for one in before}
    made: list[Question] = []
    if not rows:
        errors[""] = "A form asks one question at least. Add one below."
    for place, row in enumerate(rows):
        old = known.get(row.key)
        labels = {language: words for language, words in (old.labels if old else {}).items() if language not in WRITTEN}
        for language in WRITTEN:
            words = row.words(language)
            if len(words) > LONGEST_QUESTION:
                errors[f"{language}_{place}"] = f"{LONGEST_QUESTION} letters at most."
            if words:
                labels[language] = words
        if not row.en:
            errors[f"en_{place}"] = "Ask it in English too: that stands where a language has none."
        made.append(
            Question(
                key=row.key or f"question_{place + 1}",
                kind=row.kind,  # type: ignore[arg-type]
                labels=labels,
                options=_options(row, place, old, errors),
                required=row.required == "yes",
                condition=_condition(row, place, made, errors),
            )
        )
    return made, errors


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def _options(row: Row, place: int, old: Question | None, errors: dict[str, str]) -> list[Option]:
    if row.kind != "choice":
        return []
    english = [line for line in _lines(row.options_en) if line]
    if len(english) < 2:
        errors[f"options_en_{place}"] = "Give two at least, one a line."
    if len(english) > 20 or max(map(len, english), default=0) > LONGEST_OPTION:
        errors[f"options_en_{place}"] = f"Twenty at most, each of {LONGEST_OPTION} letters at most."
    if len(set(english)) < len(english):
        errors[f"options_en_{place}"] = "Two of them are the same."
    known = {option.labels["en"]: option for option in old.options} if old else {}
    taken = {option.key for option in known.values()}
    others = {language: _lines(getattr(row, f"options_{language}")) for language in WRITTEN if language != "en"}
    for language, lines in others.items():
        if len(lines) > len(english):
            errors[f"options_{language}_{place}"] = "There are more lines than in English."
        if max(map(len, lines), default=0) > LONGEST_OPTION:
            errors[f"options_{language}_{place}"] = f"{LONGEST_OPTION} letters a line at most."
    made = []
    for number, words in enumerate(english[:20]):
        was = known.get(words)
        key = was.key if was else key_of(words, taken)
        taken.add(key)
        labels = {tag: text for tag, text in (was.labels if was else {}).items() if tag not in WRITTEN} | {"en": words}
        labels |= {tag: lines[number] for tag, lines in others.items() if number < len(lines) and lines[number]}
        made.append(Option(key=key, labels=labels))
    return made


def _condition(row: Row, place: int, before: Sequence[Question], errors: dict[str, str]) -> Condition | None:
    if not row.when:
        return None
    asked = next((one for one in before if one.key == row.when), None)
    kind = asked.kind if asked else "csat"
    value = row.value.strip()
    numbers = [int(one) for one in re.findall(r"\d{1,2}", value)]
    wrong = f"value_{place}"
    if asked is None and row.when != "rating":
        errors[f"when_{place}"] = "Ask that question before this one."
        return None
    if row.way == "between":
        if len(numbers) != 2 or numbers[0] > numbers[1]:
            errors[wrong] = "Two numbers, such as 0 to 6."
            return None
        return Condition(question=row.when, at_least=numbers[0], at_most=numbers[1])
    if kind in _NUMBER:
        low, high = _NUMBER[kind]
        number = number_in(value)
        if number is None or not low <= number <= high:
            errors[wrong] = f"A number from {low} to {high}."
            return None
        if row.way == "is":
            return Condition(question=row.when, equals=number)
        if row.way == "at_most":
            return Condition(question=row.when, at_most=number)
        return Condition(question=row.when, at_least=number)
    if row.way != "is":
        errors[f"way_{place}"] = "Only numbers are at most or at least something."
        return None
    if kind == "yes_no":
        if value.lower() not in ("yes", "no"):
            errors[wrong] = "Write yes or no."
            return None
        return Condition(question=row.when, equals=value.lower() == "yes")
    if kind == "choice" and asked is not None:
        names = {option.labels["en"].lower(): option.key for option in asked.options}
        if value.lower() not in names:
            errors[wrong] = "Write one of its options in English: " + ", ".join(o.labels["en"] for o in asked.options)
            return None
        return Condition(question=row.when, equals=names[value.lower()])
    if not value:
        errors[wrong] = "Write what the answer is."
        return None
    return Condition(question=row.when, equals=value)


def errors_of(problem: Problem) -> dict[str, str]:
    """A problem of saving, by the field that it is about; under `""` where it is about none."""
    words = f"{problem.detail} {problem.next_step or ''}".strip()
    for error in problem.errors:
        parts = error["pointer"].strip("/").split("/")
        if parts[0] == "questions" and len(parts) > 2:
            field = {"labels": "en", "key": "en", "options": "options_en", "condition": "value"}.get(parts[2], "en")
            if parts[2:] == ["condition", "question"]:
                field = "when"
            return {f"{field}_{parts[1]}": words}
        if parts[0] == "name":
            return {"name": words}
    return {"": words}
