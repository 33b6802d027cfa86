"""Pages of payouts."""

from typing import Any

PAGES: list[Any] = []
