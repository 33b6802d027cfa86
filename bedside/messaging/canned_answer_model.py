"""A canned answer as it is kept."""

from datetime import datetime

from bedside.kit.wire import Wire


class CannedAnswer(Wire, kw_only=True):
    """Words that staff write often, in Liquid, inserted by `/name`."""

    id: int
    name: str
    language: str
    body: str
    hospital_id: int | None
    created_by_name: str
    created_at: datetime
    updated_at: datetime
    version: int
