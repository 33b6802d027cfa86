"""Vouchers' codes: read as people type them, drawn so that a scanner reads them, and whether they are still good."""

import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.kit.qr import qr_png, qr_svg
from bedside.loyalty.reward_model import Redemption, voucher_ends, voucher_fault
from bedside.loyalty.vouchers import ALPHABET, CODE, new_code, read_code

NOW = datetime(2027, 3, 1, 14, tzinfo=UTC)


def test_a_code_has_eight_signs_that_cannot_be_taken_for_each_other() -> None:
    assert not set(ALPHABET) & set("0O1ILZSBDUAE")
    codes = {new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert all(CODE.match(code) for code in codes)


@given(
    code=st.builds(lambda signs: f"{signs[:4]}-{signs[4:]}", st.text(ALPHABET, min_size=8, max_size=8)),
    between=st.sampled_from(["", " ", " - ", "–", "_", "."]),
    small=st.booleans(),
)
def test_however_a_code_is_typed_it_is_the_same(code: str, between: str, small: bool) -> None:
    typed = f"  {code.replace('-', between)} "
    assert read_code(typed.lower() if small else typed) == code


@pytest.mark.parametrize(
    "typed", ["", "C2F4", "C2F4-GH67-2", "C2F4-GH60", "ONE TIME", "x" * 5000, "C2F4\x00GH67", "🎁" * 8]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_a_letter_that_looks_like_a_digit_is_taken_for_it_and_an_arabic_keyboard_types_its_own() -> None:
    assert read_code("cZf4-sh6B") == "C2F4-5H68"
    assert read_code("C٢F٤-٥H٦٨") == "C2F4-5H68"


@given(st.text(max_size=80))
def test_anything_can_be_typed(text: str) -> None:
    read = read_code(text)
    assert read is None or CODE.match(read)


def test_the_picture_is_an_svg_without_script_or_style_and_a_png() -> None:
    drawn = qr_svg("C2F4-GH67")
    root = ElementTree.fromstring(drawn)  # noqa: S314 - we drew it ourselves
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not [node for node in root.iter() if node.tag.endswith(("script", "style", "image"))]
    assert b"style=" not in drawn
    assert qr_png("C2F4-GH67").startswith(b"\x89PNG\r\n\x1a\n")


def test_a_voucher_is_good_until_the_day_ends_where_the_program_is() -> None:
    new_york = ZoneInfo("America/New_York")
    assert voucher_ends(NOW, days=1, zone=new_york) == datetime(2027, 3, 3, 5, tzinfo=UTC)
    # the night in which clocks go forward has an hour less
    assert voucher_ends(datetime(2027, 3, 13, 14, tzinfo=UTC), days=1, zone=new_york) == datetime(
        2027, 3, 15, 4, tzinfo=UTC
    )
    # late in the evening it is the next day elsewhere already, but not there
    assert voucher_ends(datetime(2027, 3, 2, 4, tzinfo=UTC), days=1, zone=new_york) == datetime(
        2027, 3, 3, 5, tzinfo=UTC
    )


def redemption(status: Any) -> Redemption:
    return Redemption(
        id=1, patient_id=1, patient_name="Maria", reward_id=1, reward_name="Priority appointment", points=250,
        code="C2F4-GH67", status=status, issued_at=NOW, expires_at=NOW + timedelta(days=90), used_at=NOW,
        used_by_name="Frida", used_hospital_id=1, cancelled_at=None, cancelled_because=None, source="desk",
        created_by_name="Frida",
    )  # fmt: skip


def test_only_an_issued_voucher_can_be_used_and_any_other_says_what_became_of_it() -> None:
    assert voucher_fault(redemption("issued")) is None
    told = {status: voucher_fault(redemption(status)) for status in ("used", "cancelled", "expired")}
    assert {status: problem.type for status, problem in told.items() if problem} == {
        "used": "voucher-used", "cancelled": "voucher-cancelled", "expired": "voucher-expired",
    }  # fmt: skip
    assert told["used"] is not None
    assert told["used"].members["usedByName"] == "Frida"
