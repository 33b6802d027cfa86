"""Ready-made standing campaigns: what one is for, and what it makes."""

from typing import Literal

import msgspec

from bedside.campaigns.audience_model import Id
from bedside.campaigns.journey_model import Entry, Step
from bedside.campaigns.rules import Rule
from bedside.kit.http.problems import NotFound
from bedside.kit.wire import Wire

RecipeKind = Literal["follow_up", "chronic_care", "tips"]


class NoSuchRecipe(NotFound):
    """404: there is no such recipe."""

    type = "no-such-recipe"
    title = "There is no such recipe"


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """A ready-made campaign. `rule` holds besides that they have the tag `tag`; `list_name` and `words` are those of
    the list by which a series is joined."""

    key: str
    kind: RecipeKind
    name: str
    description: str
    icon: str
    when: str
    steps: tuple[Step, ...]
    entry: Entry
    rule: Rule | None = None
    goal: Rule | None = None
    tag: str | None = None
    list_name: str | None = None
    words: tuple[tuple[str, str], ...] = ()


class RecipeView(Wire, kw_only=True):
    """A ready-made campaign: what it is for, when people come in, how many messages it sends over how many days, and
    the words by which its list is joined."""

    key: str
    kind: RecipeKind
    name: str
    description: str
    when: str
    messages: int
    days: int
    template_keys: list[str]
    words: list[str]


class UseRecipe(Wire, kw_only=True):
    """Where a campaign of a recipe is to be: of one hospital, or left out, of the whole group."""

    hospital_id: Id | None = None
