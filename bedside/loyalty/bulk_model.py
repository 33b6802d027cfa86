"""Awards to many at once: what is asked for, and how far it is."""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta

from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.wire import Wire

Id = Annotated[int, Meta(ge=1, le=9223372036854775807)]


class BulkAwardRefused(Invalid):
    """422: points cannot be awarded to many like this."""

    type = "bulk-award-refused"


class NoSuchBulkAward(NotFound):
    """404: there is no such award to many."""

    type = "no-such-bulk-award"


class NewBulkAward(Wire, kw_only=True):
    """Either `fromDay` to `untilDay`: what the program gives for each visit completed on these days, at a hospital or
    at all; or `patientIds` with `points` and a `reason`: a bonus for each of them."""

    from_day: date | None = None
    until_day: date | None = None
    hospital_id: Id | None = None
    patient_ids: Annotated[list[Id], Meta(max_length=100_000)] | None = None
    points: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    reason: Annotated[str, Meta(max_length=500)] = ""


class BulkAward(Wire, kw_only=True):
    """Awards to many: how many there are, how many were awarded, and how many had been before."""

    id: int
    kind: Literal["visits", "people"]
    status: Literal["running", "done", "failed"]
    from_day: date | None
    until_day: date | None
    hospital_id: int | None
    points: int | None
    reason: str
    total: int
    awarded: int
    skipped: int
    because: str
    created_by_name: str
    created_at: datetime
    finished_at: datetime | None
