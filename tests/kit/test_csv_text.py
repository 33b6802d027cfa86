"""What people typed into a name is text in a spreadsheet, and never computed."""

import pytest

from bedside.kit.csv_text import csv_line, safe_cell


@pytest.mark.parametrize(
    "typed", ["=1+1", "+1", "-2", "@sum", "  =1+1", "\t=1+1", "\r\n=1", "\u00a0=1", "＝1+1", "＠sum", "\tx"]
)
def test_what_begins_as_a_formula_becomes_text(typed: str) -> None:
    assert safe_cell(typed) == f"'{typed}"


def test_other_cells_stay_as_they_are() -> None:
    assert csv_line([7, None, "O'Neil, Ann", 'a "b"', "1 = 1"]) == b'7,,"O\'Neil, Ann","a ""b""",1 = 1\r\n'
