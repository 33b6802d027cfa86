"""Tables as CSV that a spreadsheet opens without computing anything that somebody typed into a name."""

import csv
import io
from collections.abc import Iterable
from typing import Any

# what spreadsheets go by to read UTF-8
BYTE_ORDER_MARK = "\ufeff".encode()
# the wide forms too: spreadsheets set to Japanese or Chinese read them as the narrow ones
_BEGINS_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def safe_cell(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it (RULES, records of people, 2)."""
    if isinstance(value, str) and (value.startswith(("\t", "\r")) or value.lstrip().startswith(_BEGINS_FORMULA)):
        return f"'{value}"
    return value


def csv_line(cells: Iterable[Any]) -> bytes:
    """One line, safe cell by cell, with the line break."""
    out = io.StringIO()
    csv.writer(out).writerow([safe_cell(cell) for cell in cells])
    return out.getvalue().encode()
