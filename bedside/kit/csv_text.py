"""Tables as CSV that a spreadsheet opens without computing anything that somebody typed into a name."""

import csv
import io
from collections.abc import Iterable
from typing import Any

# what spreadsheets go by to read UTF-8
BYTE_ORDER_MARK = "\ufeff".encode()


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it (RULES, records of people, 2)."""
    return (
        f"'{value}"
        if isinstance(value, str) and value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
        else value
    )


def csv_line(cells: Iterable[Any]) -> bytes:
    """One line, safe cell by cell, with the line break."""
    out = io.StringIO()
    csv.writer(out).writerow([safe_cell(cell) for cell in cells])
    return out.getvalue().encode()
