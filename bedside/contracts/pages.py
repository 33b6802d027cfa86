"""Pages of contracts."""

from typing import Any

PAGES: list[Any] = []
