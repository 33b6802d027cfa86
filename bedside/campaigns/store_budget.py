"""SQL of campaigns' budgets: what each may take, what it has taken, and what its next lines would."""

from decimal import Decimal
from typing import LiteralString

import msgspec

from bedside.campaigns.model import Campaign
from bedside.campaigns.store_analytics import GONE
from bedside.campaigns.store_cost import BEGINS, listed
from bedside.kit.database import Tx

_TODAY: LiteralString = "(%(now)s at time zone 'UTC')::date"


async def keep(tx: Tx, campaign_id: int, *, minor: int | None, currency: str | None, exponent: int | None) -> None:
    """Sets what a campaign may take; nulls: as much as it does."""
    await tx.execute(
        """update communications.campaigns
           set budget_minor = %(minor)s, budget_currency = %(currency)s, budget_exponent = %(exponent)s,
               budget_counted_at = null, updated_at = %(now)s, version = version + 1
           where id = %(id)s""",
        id=campaign_id,
        minor=minor,
        currency=currency,
        exponent=exponent,
    )


class Listed(msgspec.Struct):
    """A price on the list that holds today."""

    channel: str
    calling_code: str
    currency: str


async def prices_today(tx: Tx, *, channels: list[str]) -> list[Listed]:
    """The prices of these channels that hold today."""
    return await tx.all(
        Listed,
        """select distinct on (k.channel, k.calling_code) k.channel, k.calling_code, k.currency
           from communications.message_prices k
           where k.channel = any(%(channels)s::text[]) and k.since <= (%(now)s at time zone 'UTC')::date
           order by k.channel, k.calling_code, k.since desc""",
        channels=channels,
    )


class Standing(msgspec.Struct):
    """What handing on has taken of a budget, as last counted, and whether that was a moment ago."""

    taken: Decimal
    fresh: bool


async def standing(tx: Tx, campaign_id: int) -> Standing:
    """How a budget stands. It is counted anew each minute, for prices come some minutes after a message, and after
    whatever was done to the campaign, for pausing takes messages back."""
    return await tx.one(
        Standing,
        """select budget_taken as taken,
                  coalesce(budget_counted_at > %(now)s - interval '1 minute' and budget_counted_at >= updated_at, false)
                      as fresh
           from communications.campaigns where id = %(id)s""",
        id=campaign_id,
    )


async def count(tx: Tx, campaign_id: int, *, currency: str, parts: int, averages: dict[str, Decimal]) -> Decimal:
    """What the messages take that were handed on: what the provider took where it said so, else what the list, or the
    average paid of late, says for their parts (`parts` where an SMS is not made yet). What never left takes nothing."""
    query: LiteralString = f"""
        with ours as (
            select m.channel, {BEGINS} as begins, sum(m.price) filter (where told) as cost,
                   coalesce(sum(case m.channel when 'sms' then coalesce(m.segments, %(parts)s) else 1 end)
                       filter (where not told), 0) as parts
            from communications.campaign_recipients r
            join communications.message_queue m on m.id = r.message_id
            cross join lateral (select m.price is not null and m.price_currency = %(currency)s as told) t
            where r.campaign_id = %(id)s
              and (m.status in ('queued', 'sending')
                   or m.status in {GONE} and (m.provider_id is not null or m.status = 'unknown'))
            group by 1, 2)
        select coalesce(sum(coalesce(o.cost, 0)
                            + o.parts * coalesce(case when k.currency = %(currency)s then k.price end, a.price, 0)), 0)
        from ours o
        left join lateral {listed("o.channel", "o.begins", _TODAY)} k on true
        left join unnest(%(channels)s::text[], %(averages)s::numeric[]) as a (channel, price)
            on a.channel = o.channel"""
    found: Decimal = await tx.value(
        query,
        id=campaign_id,
        currency=currency,
        parts=parts,
        channels=list(averages),
        averages=list(averages.values()),
    )
    return found


async def note(tx: Tx, campaign_id: int, *, taken: Decimal, counted: bool) -> None:
    """Notes what is taken; `counted`: from the messages, just now."""
    await tx.execute(
        """update communications.campaigns
           set budget_taken = %(taken)s,
               budget_counted_at = case when %(counted)s then %(now)s else budget_counted_at end
           where id = %(id)s""",
        id=campaign_id,
        taken=taken,
        counted=counted,
    )


class Priced(msgspec.Struct):
    """A line of the ledger, in which language it is written and what the list says a message to it costs."""

    person_id: int
    channel: str
    language: str
    price: Decimal | None
    currency: str | None


async def prices_of(tx: Tx, campaign: Campaign, *, people: list[int]) -> list[Priced]:
    """What messages to these people cost, by each channel that reaches them."""
    person: LiteralString = "crm.patients" if campaign.whose == "patients" else "crm.hospital_owners"
    query: LiteralString = f"""
        select m.person_id, m.channel, l.language, k.price, k.currency
        from (select distinct on (person_id, channel) person_id, channel, address as to_address
              from communications.campaign_recipients
              where campaign_id = %(id)s and person_id = any(%(people)s::bigint[]) and outcome = 'waiting'
              order by person_id, channel) m
        join {person} l on l.id = m.person_id
        left join lateral {listed("m.channel", BEGINS, _TODAY)} k on true"""
    return await tx.all(Priced, query, id=campaign.id, people=people)
