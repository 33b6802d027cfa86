"""Money as whole minor units of a currency (4500000 of USD is 45000.00). No float anywhere (RULES, Money 1)."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated

from babel.numbers import get_currency_precision, list_currencies
from msgspec import Meta

from bedside.kit.http.problems import Invalid

LARGEST = 10**15  # minor units: more than any hospital has, and far from where a bigint ends

# An amount as it comes in: a string, or a number of at most 15 significant digits (JSON numbers travel as floats).
AmountIn = (
    Annotated[str, Meta(min_length=1, max_length=40, examples=["45000.00"], description="A decimal, as text.")]
    | int
    | float
)
# An ISO 4217 code as it comes in.
CurrencyIn = Annotated[str, Meta(min_length=3, max_length=3, pattern="^[A-Z]{3}$", examples=["USD"])]


class AmountRefused(Invalid):
    """422: the amount is none, is negative where it may not be, or is more precise than its currency."""

    type = "amount-refused"


@lru_cache(maxsize=512)
def exponent(currency: str) -> int:
    """How many decimals a currency has: 2 for USD, 0 for JPY, 3 for BHD (ISO 4217)."""
    return get_currency_precision(currency)


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """The codes there are."""
    return frozenset(list_currencies())


def check_currency(code: str, *, pointer: str = "/currency") -> str:
    """The code. Raises AmountRefused (422) for one that ISO 4217 does not have."""
    if code not in currencies():
        raise AmountRefused(f"“{code[:10]}” is no currency.", pointer=pointer, next_step="Use an ISO 4217 code: USD.")
    return code


def minor_units(
    given: str | int | float, currency: str, *, pointer: str = "/amount", negative: bool = False, zero: bool = False
) -> int:
    """An amount as somebody sent it, in minor units of the currency.

    Raises AmountRefused (422) for what is no number, has more decimals than the currency or more than 15 significant
    digits where it came as a JSON number, is below zero unless `negative`, or is zero unless `zero`.
    """
    amount = _decimal(given, pointer)
    decimals = exponent(currency)
    scaled = amount.scaleb(decimals)
    if scaled != scaled.to_integral_value(rounding=ROUND_DOWN):
        raise AmountRefused(
            f"{currency} has {decimals} decimals; {given} has more.",
            pointer=pointer,
            next_step="Round the amount to what can be paid.",
        )
    units = int(scaled)
    if abs(units) > LARGEST:
        raise AmountRefused("The amount is larger than anything that is paid here.", pointer=pointer)
    if units < 0 and not negative:
        raise AmountRefused("The amount is below zero.", pointer=pointer, next_step="Give an amount above zero.")
    if units == 0 and not zero:
        raise AmountRefused("The amount is zero.", pointer=pointer, next_step="Give an amount above zero.")
    return units


def amount_text(units: int, currency: str) -> str:
    """Minor units as the API shows an amount: `"45000.00"`, `"-3.50"`, `"1200"` for JPY."""
    decimals = exponent(currency)
    if decimals == 0:
        return str(units)
    whole, part = divmod(abs(units), 10**decimals)
    return f"{'-' if units < 0 else ''}{whole}.{part:0{decimals}d}"


def exact_amount(given: str | int | float, *, decimals: int, pointer: str) -> Decimal:
    """An amount of zero or more that may be finer than its currency, such as what a part of an SMS costs.

    Raises AmountRefused (422) for what is no number, is below zero or too large, or has more decimals."""
    amount = _decimal(given, pointer)
    if amount.normalize().as_tuple().exponent < -decimals:  # type: ignore[operator]  # it is finite
        raise AmountRefused(f"{str(given)[:40]} has more than {decimals} decimals.", pointer=pointer)
    if amount < 0 or amount >= 100_000:
        raise AmountRefused("This is between 0 and 100,000.", pointer=pointer)
    return amount


def rounded(amount: Decimal, currency: str) -> int:
    """An exact amount in minor units, half to even: once, at the end of a sum."""
    return int(amount.scaleb(exponent(currency)).to_integral_value(rounding=ROUND_HALF_EVEN))


def exact_text(amount: Decimal) -> str:
    """An exact amount as the API shows it, without noughts at its end: `"0.0079"`, `"12"`."""
    return f"{amount.normalize():f}"


def _decimal(given: str | int | float, pointer: str) -> Decimal:
    text = given.strip() if isinstance(given, str) else repr(given)
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    # the plain form only: no 1e3, no 1_000, no digits of other scripts
    plain = text.isascii() and "_" not in text and (not isinstance(given, str) or text.lower().find("e") < 0)
    if not plain or not amount.is_finite() or abs(amount.adjusted()) > 30:
        raise AmountRefused(
            f"“{text[:40]}” is no amount.", pointer=pointer, next_step="Write it as a decimal, such as 45000.00."
        )
    if isinstance(given, float) and len(amount.normalize().as_tuple().digits) > 15:
        raise AmountRefused(
            "A JSON number of more than 15 significant digits is not exact.",
            pointer=pointer,
            next_step="Send the amount as a string.",
        )
    return amount
