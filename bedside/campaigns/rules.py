"""Who an audience is: conditions on what is known of a person, joined by all, any and none. Pure.

What may be asked is a table (`PATIENT_FIELDS`, `OWNER_FIELDS`), which the builder shows and the API gives out; how it
is asked of the database stands in `store_rules.py`, field by field.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal

import msgspec

from bedside.kit.http.problems import Invalid
from bedside.kit.wire import Wire

Whose = Literal["patients", "owners"]
Kind = Literal["number", "choice", "records", "past", "ahead", "text", "date", "yes_no", "dose"]

DEEPEST = 5  # groups within groups
MOST_CONDITIONS = 60
MOST_VALUES = 200
LONGEST_TEXT = 100
FURTHEST = 36_500  # days
LARGEST = 1_000_000_000
CODED = frozenset({"tiers", "vaccines"})  # records that are named by a code, not by an id

OPERATORS: dict[Kind, tuple[str, ...]] = {
    "number": ("at_least", "at_most", "between"),
    "choice": ("is_one_of", "is_none_of"),
    "records": ("is_one_of", "is_none_of"),
    # of something that happened: a visit, a registration
    "past": ("within_days", "longer_ago_than_days", "ever", "never"),
    # of something that is to come
    "ahead": ("within_days", "some", "none"),
    "text": ("is_one_of", "is_none_of", "contains"),
    "date": ("before", "after", "between"),
    "yes_no": ("is",),
    # of a dose of some vaccines, or of any: the days and the vaccines must hold of the same dose, so one value has both
    "dose": ("due_within_days", "overdue_by_days"),
}
WITHOUT_VALUE = frozenset({"ever", "never", "some", "none"})


class Rule(Wire, kw_only=True, omit_defaults=True):
    """Either one condition (`field`, `operator`, `value`) or several joined: `match` all, any or none of `rules`.

    Neither, an empty rule, is everybody.
    """

    match: Literal["all", "any", "none"] | None = None
    rules: list["Rule"] = msgspec.field(default_factory=list)
    field: str | None = None
    operator: str | None = None
    value: Any = None


class Field(Wire, kw_only=True):
    """What a condition may ask of a person. `choices`: code and label, for kind choice; `records`: what kind `records`
    names by id (hospitals, departments ...); `unit` of a number."""

    key: str
    label: str
    group: str
    kind: Kind
    choices: tuple[tuple[str, str], ...] = ()
    records: str = ""
    unit: str = ""

    @property
    def operators(self) -> tuple[str, ...]:
        """What may be asked of it."""
        return OPERATORS[self.kind]


_SEX = (("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Not known"))
_CHANNELS = (("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email"))

PATIENT_FIELDS: tuple[Field, ...] = (
    Field(key="age", label="Age", group="Person", kind="number", unit="years"),
    Field(key="sex", label="Sex", group="Person", kind="choice", choices=_SEX),
    Field(key="language", label="Language", group="Person", kind="text"),
    Field(key="hospital", label="Hospital", group="Person", kind="records", records="hospitals"),
    Field(key="preferred_channel", label="Preferred channel", group="Person", kind="choice", choices=_CHANNELS),
    Field(key="tag", label="Tag", group="Person", kind="records", records="tags"),
    Field(key="birthday", label="Birthday", group="Person", kind="ahead", unit="days"),
    Field(key="registered", label="Registered", group="Person", kind="past", unit="days"),
    Field(key="last_visit", label="Last visit", group="Visits", kind="past", unit="days"),
    Field(key="next_visit", label="Next visit", group="Visits", kind="ahead", unit="days"),
    Field(key="department", label="Was seen in", group="Visits", kind="records", records="departments"),
    Field(key="service", label="Came for", group="Visits", kind="records", records="services"),
    Field(key="practitioner", label="Was seen by", group="Visits", kind="records", records="practitioners"),
    Field(key="visits", label="Visits completed", group="Visits", kind="number", unit="visits"),
    Field(key="missed_visits", label="Visits missed", group="Visits", kind="number", unit="visits"),
    Field(key="tier", label="Tier", group="Loyalty", kind="records", records="tiers"),
    Field(key="points", label="Points", group="Loyalty", kind="number", unit="points"),
    Field(
        key="vaccination_overdue", label="Overdue vaccination", group="Vaccinations", kind="records", records="vaccines"
    ),
    Field(key="vaccination_due", label="Vaccination", group="Vaccinations", kind="dose", records="vaccines"),
    Field(key="campaign_received", label="Was sent", group="Campaigns", kind="records", records="campaigns"),
    Field(key="campaign_opened", label="Opened or read", group="Campaigns", kind="records", records="campaigns"),
    Field(key="campaign_clicked", label="Followed a link of", group="Campaigns", kind="records", records="campaigns"),
    Field(key="campaign_booked", label="Booked after", group="Campaigns", kind="records", records="campaigns"),
    Field(key="last_engaged", label="Engaged with news", group="Campaigns", kind="past", unit="days"),
    Field(key="rating", label="Last rating", group="Feedback", kind="number", unit="of 5"),
)
OWNER_FIELDS: tuple[Field, ...] = (
    Field(
        key="kind", label="Kind", group="Owner", kind="choice", choices=(("person", "Person"), ("company", "Company"))
    ),
    Field(key="language", label="Language", group="Owner", kind="text"),
    Field(key="hospital", label="Hospital", group="Owner", kind="records", records="hospitals"),
    Field(key="tag", label="Tag", group="Owner", kind="records", records="tags"),
    Field(key="registered", label="Added", group="Owner", kind="past", unit="days"),
)
CUSTOM = "custom."  # before the key of a custom field


def catalogue(whose: Whose, custom: tuple[Field, ...] = ()) -> dict[str, Field]:
    """Everything that may be asked, by key; `custom` are the hospital's own fields."""
    fields = PATIENT_FIELDS if whose == "patients" else OWNER_FIELDS
    return {one.key: one for one in (*fields, *custom)}


def check(rule: Rule, fields: Mapping[str, Field], *, pointer: str = "/rule") -> None:
    """Raises Invalid (422) at the first thing that cannot be asked, pointing at it."""
    if sum(1 for _ in conditions(rule)) > MOST_CONDITIONS:
        raise Invalid(f"More than {MOST_CONDITIONS} conditions.", pointer=pointer, next_step="Save parts as lists.")
    _check(rule, fields, pointer, depth=0)


def conditions(rule: Rule) -> Iterator[Rule]:
    """Every condition, however deep."""
    if rule.field is not None:
        yield rule
    for one in rule.rules:
        yield from conditions(one)


def _check(rule: Rule, fields: Mapping[str, Field], pointer: str, depth: int) -> None:
    if rule.match is not None and rule.field is not None:
        raise Invalid("A rule is a condition or a group, not both.", pointer=pointer)
    if rule.match is None and rule.rules:
        raise Invalid("Say whether all, any or none of these must hold.", pointer=f"{pointer}/match")
    if rule.field is not None:
        _check_condition(rule, fields, pointer)
        return
    if rule.match is None:
        if rule.operator is not None or rule.value is not None:
            raise Invalid("Say what this asks about.", pointer=f"{pointer}/field")
        if depth:
            raise Invalid("This condition asks nothing.", pointer=pointer, next_step="Choose a field, or remove it.")
        return
    if depth >= DEEPEST:
        raise Invalid(f"Groups go {DEEPEST} deep at most.", pointer=pointer)
    if not rule.rules:
        raise Invalid("This group is empty.", pointer=f"{pointer}/rules", next_step="Add a condition, or remove it.")
    for n, one in enumerate(rule.rules):
        _check(one, fields, f"{pointer}/rules/{n}", depth + 1)


def _check_condition(rule: Rule, fields: Mapping[str, Field], pointer: str) -> None:
    field = fields.get(str(rule.field))
    if field is None:
        raise Invalid(
            f"There is no field “{str(rule.field)[:60]}”.",
            pointer=f"{pointer}/field",
            next_step="Use one of GET /api/audiences/fields.",
        )
    if rule.operator not in field.operators:
        raise Invalid(
            f"{field.label} cannot be asked that way.",
            pointer=f"{pointer}/operator",
            next_step="Use " + ", ".join(field.operators) + ".",
        )
    if (fault := _fault(field, rule.operator, rule.value)) is not None:
        raise Invalid(f"{field.label}: {fault}", pointer=f"{pointer}/value")


def _fault(field: Field, operator: str, value: Any) -> str | None:
    """What is wrong with a value, in words; None where it fits."""
    if operator in WITHOUT_VALUE:
        return None if value is None else "this takes no value."
    if operator in ("within_days", "longer_ago_than_days"):
        fits = type(value) is int and 0 <= value <= FURTHEST
        return None if fits else f"give a whole number of days, up to {FURTHEST:,}."
    if field.kind == "dose":
        return _fault_of_dose(field, value)
    if operator == "is":
        return None if isinstance(value, bool) else "give true or false."
    if operator == "contains":
        fits = isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_TEXT and "\0" not in value
        return None if fits else f"give some words, {LONGEST_TEXT} letters at most."
    if operator in ("is_one_of", "is_none_of"):
        return _fault_of_list(field, value)
    one, words = (_is_date, "a date, such as 2027-10-25") if field.kind == "date" else (_is_number, "a number")
    if operator == "between":
        if not (isinstance(value, list) and len(value) == 2 and all(one(each) for each in value)):
            return f"give two values, each {words}."
        return None if value[0] <= value[1] else "the first is greater than the second."
    return None if one(value) else f"give {words}."


def _fault_of_dose(field: Field, value: Any) -> str | None:
    if not isinstance(value, dict) or value.keys() - {"days", "of"} or "days" not in value:
        return 'give {"days": 30, "of": ["influenza"]}; of any vaccine where `of` is left out.'
    if not (type(value["days"]) is int and 0 <= value["days"] <= FURTHEST):
        return f"give a whole number of days, up to {FURTHEST:,}."
    return _fault_of_list(field, value["of"]) if value.get("of", []) != [] else None


def named_records(field: Field, rule: Rule) -> list[Any]:
    """The records that a condition, which has been checked, names."""
    if not field.records:
        return []
    return list(rule.value.get("of", []) if field.kind == "dose" else rule.value)


def _fault_of_list(field: Field, value: Any) -> str | None:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_VALUES:
        return f"give a list of one to {MOST_VALUES}."
    if field.kind == "records" and field.records not in CODED:
        return None if all(type(one) is int and 0 < one < 2**63 for one in value) else "give ids."
    if not all(isinstance(one, str) and 0 < len(one) <= LONGEST_TEXT and "\0" not in one for one in value):
        return f"give words, each {LONGEST_TEXT} letters at most."
    known = [code for code, _ in field.choices]
    unknown = next((one for one in value if known and one not in known), None)
    return None if unknown is None else f"there is no “{unknown[:40]}”; use " + ", ".join(known) + "."


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and -LARGEST <= value <= LARGEST


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).year > 0
    except ValueError:
        return False


def rule_of(stored: Any) -> Rule:
    """A rule as it was stored."""
    return msgspec.convert(stored, Rule)
