"""What is worked out from contracts and shown: a month tried out, and what differs between two versions."""

from typing import Annotated, Literal

from msgspec import Meta

from bedside.contracts.terms import Id, Terms
from bedside.kit.wire import Wire


class AmountsGiven(Wire, kw_only=True):
    """What a department earned with a service line, for a calculation that changes nothing."""

    amount: Annotated[str, Meta(min_length=1, max_length=40)] | int | float
    department_id: Id | None = None
    service_line: Annotated[str, Meta(max_length=100)] = ""


class PreviewGiven(Wire, kw_only=True):
    """A month's revenue to try the terms on. `terms` null: those of the version, the latest where none is named."""

    amounts: Annotated[list[AmountsGiven], Meta(min_length=1, max_length=200)]
    terms: Terms | None = None
    version: Annotated[int, Meta(ge=1, le=100_000)] | None = None


class PartyTotal(Wire, kw_only=True):
    """What a party would get. `ownerId` null: the hospital."""

    owner_id: int | None
    name: str
    amount: str
    percent: str


class PreviewStep(Wire, kw_only=True):
    """One rule with revenue: what came in, what was taken off, and how the rest was shared, in sentences."""

    rule: int
    scope: str
    gross: str
    base: str
    lines: list[str]
    parts: list[PartyTotal]


class Preview(Wire, kw_only=True):
    """What a month would give. The parties' amounts, what was deducted and what no rule covers make the total."""

    currency: str
    total: str
    deducted: str
    uncovered: str
    parties: list[PartyTotal]
    steps: list[PreviewStep]
    guarantees: list[str]


class Difference(Wire, kw_only=True):
    """What differs between two versions, line by line: `kept`, `added` or `removed`."""

    from_number: int
    to_number: int
    terms: list["DifferenceLine"]
    words: list["DifferenceLine"]
    changed: bool


class DifferenceLine(Wire, kw_only=True):
    """One sentence or paragraph, and which of the two versions has it."""

    sign: Literal["kept", "added", "removed"]
    text: str
