"""Money goes in and out exactly, for every currency there is, and what is not exact is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.kit.money import LARGEST, AmountRefused, amount_text, currencies, exponent, minor_units


@given(units=st.integers(-LARGEST, LARGEST), currency=st.sampled_from(sorted(currencies())))
def test_what_goes_out_comes_in_as_the_same(units: int, currency: str) -> None:
    assert minor_units(amount_text(units, currency), currency, negative=True, zero=True) == units


@given(units=st.integers(1, 10**14))
def test_a_number_of_fifteen_digits_is_exact(units: int) -> None:
    assert minor_units(float(amount_text(units, "USD")), "USD") == units


@pytest.mark.parametrize(
    ("given_", "currency", "units"),
    [
        ("45000", "USD", 4_500_000), (45000, "USD", 4_500_000), (0.1, "USD", 10), ("1200", "JPY", 1200),
        ("1.005", "BHD", 1005), (" 7.50 ", "EUR", 750), ("0.10", "USD", 10),
    ],
)  # fmt: skip
def test_amounts_are_read_as_they_are_written(given_: str | float, currency: str, units: int) -> None:
    assert minor_units(given_, currency) == units


@pytest.mark.parametrize(
    ("given_", "currency"),
    [
        ("0.001", "USD"), ("1.5", "JPY"), ("-1", "USD"), ("0", "USD"), ("1e3", "USD"), ("1_000", "USD"), ("١", "USD"),
        ("nan", "USD"), ("Infinity", "USD"), ("", "USD"), (123456789012345.6, "USD"), ("9" * 30, "USD"),
        (float("nan"), "USD"), (1e300, "USD"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_amount_is_refused(given_: str | float, currency: str) -> None:
    with pytest.raises(AmountRefused):
        minor_units(given_, currency)


def test_currencies_have_their_own_decimals() -> None:
    assert [exponent(code) for code in ("USD", "JPY", "BHD")] == [2, 0, 3]
    assert [amount_text(-350, code) for code in ("USD", "JPY", "BHD")] == ["-3.50", "-350", "-0.350"]
