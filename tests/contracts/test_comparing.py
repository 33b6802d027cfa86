"""What differs between two texts: both can be read out of it again, however long they are."""

from hypothesis import given
from hypothesis import strategies as st

from bedside.contracts.comparing import MOST_PAIRS, lines_between

texts = st.lists(st.sampled_from("abcdef"), max_size=30)


@given(before=texts, after=texts)
def test_both_texts_can_be_read_out_of_their_difference(before: list[str], after: list[str]) -> None:
    lines = lines_between(before, after)
    assert [one.text for one in lines if one.sign != "added"] == before
    assert [one.text for one in lines if one.sign != "removed"] == after
    if before == after:
        assert {one.sign for one in lines} <= {"kept"}


def test_a_line_put_between_others_is_all_that_is_added() -> None:
    lines = lines_between(["one", "two", "four"], ["one", "two", "three", "four"])
    assert [(one.sign, one.text) for one in lines] == [
        ("kept", "one"), ("kept", "two"), ("added", "three"), ("kept", "four"),
    ]  # fmt: skip


def test_a_text_of_fifty_thousand_lines_that_all_changed_keeps_nobody_waiting() -> None:
    before = ["first", *(str(n % 7) for n in range(50_000)), "last"]
    after = ["first", *(str(n % 5) for n in range(1, 50_000)), "last"]
    assert len(before) * len(after) > MOST_PAIRS
    lines = lines_between(before, after)  # minutes, were every pair of lines looked at
    assert [one.text for one in lines if one.sign != "added"] == before
    assert [one.text for one in lines if one.sign != "removed"] == after
    assert (lines[0].sign, lines[-1].sign) == ("kept", "kept")
