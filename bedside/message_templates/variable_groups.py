"""The variables of the library by what they are about, each with an example: what an editor offers."""

from typing import Any

import msgspec

from bedside.message_templates.model import Category
from bedside.message_templates.samples import sample_variables

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Patient", ("patient",)),
    ("Visit", ("appointment", "visits")),
    ("Hospital", ("hospital",)),
    ("Brand kit", ("brand",)),
    ("Links", ("links",)),
    ("Loyalty", ("loyalty", "tier", "points", "expiring", "reward")),
    ("Owner", ("owner", "recipient")),
    ("Payout", ("payout",)),
    ("Contract", ("contract",)),
    ("Other", ("code", "minutes", "words", "list")),
)
# what a template of the category is about; the first of them stands open
_FIRST = {Category.OWNER: ("Owner", "Payout", "Contract", "Hospital")}
VISITS = "{% for visit in visits %}{{ visit.first_name }}, {{ visit.time }}{% endfor %}"


class Variable(msgspec.Struct, frozen=True):
    """A variable, an example of its value, and what is written to have it."""

    path: str
    example: str
    written: str


class Group(msgspec.Struct, frozen=True):
    """Variables about one thing. `fits`: templates of this category are about it."""

    label: str
    fits: bool
    variables: tuple[Variable, ...]


def variable_groups(category: str, *, language: str) -> list[Group]:
    """Every variable, those that the category is about before the others."""
    known = sample_variables(language)
    first = _FIRST.get(Category(category), ("Patient", "Visit", "Hospital", "Links"))
    groups = [
        Group(label, label in first, tuple(one for name in names for one in _variables(name, known[name])))
        for label, names in _GROUPS
    ]
    return sorted(groups, key=lambda group: (not group.fits, first.index(group.label) if group.fits else 0))


def _variables(name: str, value: Any) -> list[Variable]:
    if isinstance(value, dict):
        return [one for key, inner in value.items() for one in _variables(f"{name}.{key}", inner)]
    if isinstance(value, list):
        return [Variable(name, ", ".join(str(one["first_name"]) for one in value), VISITS)]
    return [Variable(name, str(value), "{{ " + name + " }}")]
