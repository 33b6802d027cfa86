"""Pages of owners."""

from typing import Any

PAGES: list[Any] = []
