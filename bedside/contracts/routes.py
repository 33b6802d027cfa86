"""REST of contracts."""

from typing import Any

ROUTES: list[Any] = []
