"""How many messages a sender may hand over now: a bucket that fills at its rate, and holds a second's worth."""


class Bucket:
    """Seconds are those of a steady clock, not of the calendar."""

    def __init__(self, per_second: int, *, at: float) -> None:
        self._per_second = per_second
        self._level = float(per_second)
        self._at = at

    def room(self, *, at: float, per_second: int) -> int:
        """How many may go now."""
        self._level = min(self._level + (at - self._at) * self._per_second, float(per_second))
        self._per_second, self._at = per_second, at
        return int(self._level)

    def take(self, count: int) -> None:
        """Counts as many as gone."""
        self._level -= count

    def hold(self, seconds: float) -> None:
        """Lets nothing go for as long: the provider said that it was too quick."""
        self._level = min(self._level, 0.0) - seconds * self._per_second
