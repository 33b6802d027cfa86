"""Pages of owner relations."""

from typing import Any

PAGES: list[Any] = []
