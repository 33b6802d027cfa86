"""REST of payouts."""

from typing import Any

ROUTES: list[Any] = []
