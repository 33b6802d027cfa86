"""SQL of webhooks that were refused: how often in a day, by provider and why. Of the calls nothing is kept."""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing
from bedside.kit.wire import Wire


class RefusedOnDay(Wire, kw_only=True):
    """How often webhooks were refused on a day (UTC). `reason`: `signature` and `token` (not the provider's), `address`
    (a mail that came back, but not to an address of ours), `malformed` (rightly signed, and makes no sense)."""

    day: date
    provider: str
    reason: str
    times: int
    last_at: datetime


class RefusedLately(msgspec.Struct, kw_only=True):
    """How often lately, for one provider and reason."""

    provider: str
    reason: str
    today: int
    week: int
    last_at: datetime


REFUSED: Listing[RefusedOnDay] = Listing(
    into=RefusedOnDay,
    select="select r.day, r.provider, r.reason, r.times, r.last_at from communications.refused_webhooks r",
    sorts={
        "day": (Key("r.day", "date", "day"), Key("r.provider", "text", "provider"), Key("r.reason", "text", "reason"))
    },
    default_sort="-day",
    filters={"provider": "r.provider = %(provider)s", "reason": "r.reason = %(reason)s"},
)


async def count(tx: Tx, refused: Mapping[tuple[str, str], int]) -> None:
    """Counts refusals, by provider and reason, to the day (UTC) that it is."""
    counted = sorted(refused.items())  # in one order, so that two processes never wait for each other
    await tx.execute(
        """insert into communications.refused_webhooks as r (day, provider, reason, times, last_at)
           select (%(now)s at time zone 'UTC')::date, given.provider, given.reason, given.times, %(now)s
           from unnest(%(providers)s::text[], %(reasons)s::text[], %(times)s::bigint[])
               as given (provider, reason, times)
           on conflict (day, provider, reason) do update
               set times = r.times + excluded.times, last_at = greatest(r.last_at, excluded.last_at)""",
        providers=[provider for (provider, _), _ in counted],
        reasons=[reason for (_, reason), _ in counted],
        times=[times for _, times in counted],
    )


async def lately(tx: Tx) -> list[RefusedLately]:
    """What was refused in the last seven days, today (UTC) among them; most of today first."""
    return await tx.all(
        RefusedLately,
        """select provider, reason, max(last_at) as last_at, sum(times)::bigint as week,
                  coalesce(sum(times) filter (where day = (%(now)s at time zone 'UTC')::date), 0)::bigint as today
           from communications.refused_webhooks
           where day > (%(now)s at time zone 'UTC')::date - 7
           group by provider, reason order by today desc, week desc, provider, reason""",
    )


async def forget(tx: Tx, *, days: int) -> int:
    """Forgets counts older than that."""
    return await tx.execute(
        "delete from communications.refused_webhooks where day < (%(now)s at time zone 'UTC')::date - %(days)s::int",
        days=days,
    )
