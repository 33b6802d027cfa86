"""How much more a campaign's people did than those held back, and how sure that is. Pure."""

from math import sqrt

import msgspec

Z = 1.959963984540054  # of the standard normal distribution, for 95 of a hundred


class Lift(msgspec.Struct, frozen=True, kw_only=True):
    """The difference of two shares, and the interval that holds the true one 95 times of a hundred."""

    difference: float
    low: float
    high: float


def wilson(done: int, people: int) -> tuple[float, float]:
    """The score interval of a share (Wilson, JASA 22 (1927) 209-212)."""
    share = done / people
    middle = share + Z * Z / (2 * people)
    reach = Z * sqrt(share * (1 - share) / people + Z * Z / (4 * people * people))
    scale = 1 + Z * Z / people
    return (middle - reach) / scale, (middle + reach) / scale


def lift(*, done: int, people: int, control_done: int, control: int) -> Lift | None:
    """The difference between those written to and the control group, with Newcombe's hybrid score interval (method 10
    of Newcombe, Statistics in Medicine 17 (1998) 873-890). None where either group is empty."""
    if not people or not control:
        return None
    share, held = done / people, control_done / control
    low, high = wilson(done, people)
    held_low, held_high = wilson(control_done, control)
    difference = share - held
    return Lift(
        difference=difference,
        low=difference - sqrt((share - low) ** 2 + (held_high - held) ** 2),
        high=difference + sqrt((high - share) ** 2 + (held - held_low) ** 2),
    )
