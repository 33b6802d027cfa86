"""SQL of what campaigns cost: what providers took for their messages, and what messages cost by the price list.

Messages are put together by what decides on their price (channel, day, how the number begins) before the list is asked,
so that a million of them ask it some hundred times."""

from datetime import timedelta
from decimal import Decimal
from typing import LiteralString

import msgspec
from psycopg import sql

from bedside.campaigns.model import Campaign
from bedside.campaigns.store_analytics import GONE
from bedside.campaigns.store_reach import outcomes, take_time
from bedside.kit.database import Tx

PAID_OF_LATE = timedelta(days=90)
NEWEST = 10_000  # messages that the average paid is made of

# as many of a number's characters as a calling code on the list may have, with its +
BEGINS: LiteralString = "case m.channel when 'email' then '' else left(m.to_address, 8) end"


def listed(channel: LiteralString, begins: LiteralString, day: LiteralString) -> LiteralString:
    """The price on the list that holds: the longest calling code that fits, the newest of its days."""
    return f"""(select k.price, k.currency from communications.message_prices k
        where k.channel = {channel} and k.since <= {day}
          and (k.calling_code = '' or {begins} like '+' || k.calling_code || '%%')
        order by length(k.calling_code) desc, k.since desc limit 1)"""


class Taken(msgspec.Struct):
    """What a campaign's messages by a channel took in a currency."""

    campaign_id: int
    channel: str
    currency: str | None
    messages: int
    parts: int
    priced: int
    cost: Decimal
    not_yet_known: int
    none_came: int
    never_told: int
    free: int
    expected: Decimal | None
    # of those whose price is expected: how many have none on the list either
    unlisted: int


async def taken(tx: Tx, *, campaign_ids: list[int]) -> list[Taken]:
    """What the messages of campaigns cost that have left, by channel and currency."""
    query: LiteralString = f"""
        with gone as (
            select r.campaign_id, m.channel, m.price_currency, {BEGINS} as begins,
                   (coalesce(m.sent_at, m.created_at) at time zone 'UTC')::date as day,
                   case when m.price is not null then 'priced'
                        when m.channel = 'email' then 'mail'
                        when m.provider_id is null then 'not_yet'
                        when m.provider_id !~ '^(SM|MM)' then 'never'
                        -- it is asked about once, minutes after it left, and not at all after a day
                        when m.price_asked_at is null and m.sent_at > %(now)s - interval '1 day' then 'not_yet'
                        when m.status in ('undelivered', 'failed') then 'none, failed'
                        else 'none' end as standing,
                   count(*) as messages, sum(coalesce(m.segments, 1)) as parts, sum(m.price) as cost
            from communications.campaign_recipients r
            join communications.message_queue m on m.id = r.message_id
            where r.campaign_id = any(%(ids)s::bigint[]) and m.status in {GONE}
              and (m.provider_id is not null or m.status = 'unknown')
            group by 1, 2, 3, 4, 5, 6)
        select g.campaign_id, g.channel, coalesce(g.price_currency, k.currency) as currency,
               sum(g.messages)::bigint as messages, sum(g.parts)::bigint as parts,
               coalesce(sum(g.messages) filter (where standing = 'priced'), 0)::bigint as priced,
               coalesce(sum(g.cost), 0) as cost,
               coalesce(sum(g.messages) filter (where standing = 'not_yet'), 0)::bigint as not_yet_known,
               coalesce(sum(g.messages) filter (where standing in ('none', 'none, failed')), 0)::bigint as none_came,
               coalesce(sum(g.messages) filter (where standing = 'never' or standing = 'mail' and k.price is not null),
                        0)::bigint as never_told,
               coalesce(sum(g.messages) filter (where standing = 'mail' and k.price is null), 0)::bigint as free,
               sum(k.price * case g.channel when 'sms' then g.parts else g.messages end)
                   filter (where standing in ('not_yet', 'never', 'mail', 'none')) as expected,
               coalesce(sum(g.messages) filter (where standing in ('not_yet', 'never', 'none') and k.price is null),
                        0)::bigint as unlisted
        from gone g
        left join lateral {listed("g.channel", "g.begins", "g.day")} k on g.standing <> 'priced'
        group by 1, 2, 3 order by 1, array_position(array['sms', 'whatsapp', 'email'], g.channel), 3"""
    return await tx.all(Taken, query, ids=campaign_ids)


class Written(msgspec.Struct):
    """People whom a campaign would write to by a channel and in a language, and what the list says that costs."""

    channel: str
    language: str
    price: Decimal | None
    currency: str | None
    people: int


async def written_to(tx: Tx, campaign: Campaign, *, named: sql.Composable, values: dict[str, object]) -> list[Written]:
    """Whom of those named a campaign would write to, as its freezing decides it, before anybody is held back."""
    person = sql.SQL("crm.patients" if campaign.whose == "patients" else "crm.hospital_owners")
    query = outcomes(named, whose=campaign.whose) + sql.SQL(
        """, ranked as (
               select o.*, row_number() over (
                   partition by o.id order by (o.channel = o.preferred_channel) is true desc,
                                              array_position(%(channels)s::text[], o.channel)) as nth
               from outcomes o where o.outcome = 'reached'),
           together as (
               select w.channel, l.language,
                      case w.channel when 'email' then '' else left(w.address, 8) end as begins, count(*) as people
               from ranked w join {} l on l.id = w.id
               where w.nth = 1 or %(choice)s = 'every' group by 1, 2, 3)
           select g.channel, g.language, k.price, k.currency, sum(g.people)::bigint as people
           from together g left join lateral """
        + listed("g.channel", "g.begins", "(%(now)s at time zone 'UTC')::date")
        + " k on true group by 1, 2, 3, 4"
    ).format(person)
    await take_time(tx)
    return await tx.all(
        Written,
        query,
        **values,
        channels=[str(one) for one in campaign.channels],
        choice=campaign.channel_choice,
    )


class Paid(msgspec.Struct):
    """What was paid of late on a channel: the average for a part of an SMS, for a whole message otherwise."""

    channel: str
    currency: str
    price: Decimal


async def paid_of_late(tx: Tx, *, channels: list[str]) -> list[Paid]:
    """The average of the newest messages by each channel, the currency of most of them first."""
    return await tx.all(
        Paid,
        """select c.channel, n.price_currency as currency,
                  round(sum(n.price) / sum(case c.channel when 'sms' then coalesce(n.segments, 1) else 1 end), 6)
                      as price
           from unnest(%(channels)s::text[]) as c (channel)
           cross join lateral (
               select m.price, m.price_currency, m.segments from communications.message_queue m
               where m.channel = c.channel and m.price is not null and m.price_currency is not null
                 and m.sent_at > %(now)s - %(within)s
               order by m.sent_at desc limit %(newest)s) n
           group by 1, 2 order by 1, count(*) desc, 2""",
        channels=channels,
        within=PAID_OF_LATE,
        newest=NEWEST,
    )
