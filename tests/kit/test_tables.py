"""Tables to be downloaded: the same rows as CSV and as a workbook, and nothing that somebody typed is computed."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from bedside.kit.http.tables import table


async def rows() -> AsyncIterator[Sequence[Any]]:
    for number in range(450):
        yield number, "=1+1" if number == 0 else "María", None, datetime(2027, 3, 1, 14, tzinfo=UTC)


async def body_of(kind: Any) -> bytes:
    answer = await table(kind, ("number", "name", "nothing", "at"), rows(), name="people")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="people.{kind}"'
    return b"".join([chunk async for chunk in answer.iterator])  # type: ignore[union-attr, misc]


async def test_rows_come_out_as_csv_that_a_spreadsheet_does_not_compute() -> None:
    lines = list(csv.reader(io.StringIO((await body_of("csv")).decode("utf-8-sig"))))
    assert lines[0] == ["number", "name", "nothing", "at"]
    assert lines[1] == ["0", "'=1+1", "", "2027-03-01T14:00:00+00:00"]
    assert lines[450] == ["449", "María", "", "2027-03-01T14:00:00+00:00"]
    assert len(lines) == 451


async def test_the_workbook_says_the_same() -> None:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(await body_of("xlsx"))).get_sheet_by_index(0).to_python()
    assert sheet[0] == ["number", "name", "nothing", "at"]
    assert sheet[1] == [0, "'=1+1", "", "2027-03-01T14:00:00+00:00"]
    assert sheet[450][:2] == [449, "María"]
    assert len(sheet) == 451


async def test_a_workbook_whose_rows_fail_leaves_nothing_behind(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken() -> AsyncIterator[Sequence[Any]]:
        yield (1,)
        raise ValueError("the database went away")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ValueError, match="went away"):
        await table("xlsx", ("number",), broken(), name="people")
    assert not list(tmp_path.iterdir())


async def test_rows_that_cannot_be_read_are_said_before_the_answer_begins() -> None:
    async def refused() -> AsyncIterator[Sequence[Any]]:
        raise ValueError("no such number")
        yield ()

    with pytest.raises(ValueError, match="no such number"):
        await table("csv", ("number",), refused(), name="people")


async def test_no_rows_are_a_table_with_its_head() -> None:
    async def none() -> AsyncIterator[Sequence[Any]]:
        for row in ():
            yield row

    answer = await table("csv", ("number",), none(), name="people")
    assert b"".join([chunk async for chunk in answer.iterator]).decode("utf-8-sig") == "number\r\n"  # type: ignore[union-attr, misc]
