"""Public holidays by country, from the `holidays` package."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=512)
def public_holidays(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    """The public holidays of a year with their names; none where the country is not known to the package."""
    import holidays  # read only where somebody asks: it is large

    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=year)
    except NotImplementedError:  # no such subdivision, or no such country
        return {} if subdivision is None else public_holidays(country, None, year)
    return dict(found.items())
