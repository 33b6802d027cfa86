"""The only place that reads the time. Everything else is handed it, in SQL too (`%(now)s`), so tests can set it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands still until it is moved: for tests, and for writing the past of the demonstration."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("A clock is set to an instant: give the time with its zone.")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._at

    def set(self, at: datetime) -> None:
        """Sets it to an instant, forwards or back."""
        self._at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> datetime:
        """Moves it on and gives the new instant."""
        self._at += by
        return self._at
