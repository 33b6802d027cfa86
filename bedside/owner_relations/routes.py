"""REST of owner relations."""

from typing import Any

ROUTES: list[Any] = []
