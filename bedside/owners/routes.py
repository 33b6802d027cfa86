"""REST of owners."""

from typing import Any

ROUTES: list[Any] = []
