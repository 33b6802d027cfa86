"""Lists reach the database as they are."""

from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedside.kit.arrays import QuickListDumper
from bedside.kit.database import Database

texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=20)
AWKWARD: list[list[Any]] = [
    [], [None], ["", "null", "NULL", None], ['"', "\\", '\\"', "{a,b}", " a ", "\n"], [0, -1, 2**62, None],
    ["\u2003", "é"],
]  # fmt: skip


@pytest.mark.parametrize("given_list", AWKWARD)
async def test_awkward_items_arrive(database: Database, given_list: list[Any]) -> None:
    kind = "bigint[]" if any(isinstance(one, int) for one in given_list) else "text[]"
    async with database.transaction() as tx:
        assert await tx.value(f"select %(items)s::{kind}", items=given_list) == given_list  # type: ignore[arg-type]
        assert await tx.value("select count(*) from unnest(%(items)s::text[])", items=given_list) == len(given_list)


@given(st.lists(st.none() | texts) | st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
@settings(max_examples=300, deadline=None)
def test_it_says_what_psycopg_says(database_url: str, items: list[Any]) -> None:
    kind = "bigint[]" if any(isinstance(one, int) for one in items) else "text[]"
    with psycopg.connect(database_url) as connection:
        connection.adapters.register_dumper(list, QuickListDumper)
        ours = connection.execute(f"select %s::{kind}", (items,)).fetchone()  # type: ignore[arg-type]
        assert ours == (items,)


async def test_a_text_that_would_end_early_is_refused(database: Database) -> None:
    with pytest.raises(psycopg.DataError):
        async with database.transaction() as tx:
            await tx.value("select %(items)s::text[]", items=["a\0b"])
