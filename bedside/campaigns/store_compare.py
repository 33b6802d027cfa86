"""SQL of several campaigns side by side: each figure of all of them by one statement."""

from typing import LiteralString

import msgspec

from bedside.campaigns.store_analytics import (
    ANSWERED,
    BOOKED,
    CLICKED,
    CLICKS_KNOWN,
    DELIVERED,
    DELIVERIES_KNOWN,
    GONE,
    HANDED_OVER,
    OPENS_KNOWN,
    REACHED,
    READ,
    STOPPED,
)
from bedside.kit.database import Tx

# owners book no visits: an owner's id is no patient's, so they are counted with a window of no days
_ASKED: LiteralString = """asked as (
    select c.id, case c.whose when 'patients' then c.attribution_days else 0 end as days,
           coalesce(c.started_at, c.created_at) as since
    from communications.campaigns c where c.id = any(%(ids)s::bigint[]))"""


class Came(msgspec.Struct):
    """What became of a campaign's messages. `sent` to `handed_over` count messages, all else people: by two
    channels, one is one."""

    campaign_id: int
    people: int
    written_to: int
    reached: int
    sent: int
    deliveries_known: int
    delivered: int
    handed_over: int
    opened: int
    opens_known: int
    clicked: int
    clicks_known: int
    answered: int
    unsubscribed: int
    complaints: int


async def came(tx: Tx, *, campaign_ids: list[int]) -> dict[int, Came]:
    """What became of the messages, by campaign; none of those that have not started."""
    query: LiteralString = f"""
        select r.campaign_id, count(distinct r.person_id) as people,
               count(distinct r.person_id) filter (where m.status in {GONE}) as written_to,
               count(distinct r.person_id) filter (where {REACHED}) as reached,
               count(m.id) filter (where m.status in {GONE}) as sent,
               count(m.id) filter (where {DELIVERIES_KNOWN}) as deliveries_known,
               count(m.id) filter (where {DELIVERED}) as delivered,
               count(m.id) filter (where {HANDED_OVER}) as handed_over,
               count(distinct r.person_id) filter (where {READ}) as opened,
               count(distinct r.person_id) filter (where {OPENS_KNOWN}) as opens_known,
               count(distinct r.person_id) filter (where {CLICKED}) as clicked,
               count(distinct r.person_id) filter (where {CLICKS_KNOWN}) as clicks_known,
               count(distinct r.person_id) filter (where {ANSWERED}) as answered,
               count(distinct r.person_id) filter (where {STOPPED.replace("{reason}", "opt_out")}) as unsubscribed,
               count(distinct r.person_id) filter (where {STOPPED.replace("{reason}", "complaint")}) as complaints
        from communications.campaign_recipients r left join communications.message_queue m on m.id = r.message_id
        where r.campaign_id = any(%(ids)s::bigint[]) group by 1"""
    return {one.campaign_id: one for one in await tx.all(Came, query, ids=campaign_ids)}


class Booked(msgspec.Struct):
    """How many people booked within the window of their message, and how many visits."""

    campaign_id: int
    people: int
    visits: int


async def booked(tx: Tx, *, campaign_ids: list[int]) -> dict[int, Booked]:
    """Who booked after their message, by campaign, each with its own window."""
    query: LiteralString = f"""
        with {_ASKED}
        select r.campaign_id, count(distinct a.patient_id) as people, count(distinct a.id) as visits
        from asked c join communications.campaign_recipients r on r.campaign_id = c.id
        join communications.message_queue m on m.id = r.message_id and m.sent_at is not null
        join crm.appointments a on {BOOKED.replace("%(days)s", "c.days")}
        where c.days > 0 group by 1"""
    return {one.campaign_id: one for one in await tx.all(Booked, query, ids=campaign_ids)}


class Groups(msgspec.Struct):
    """Those written to and those held back, and how many of each booked since their campaign started."""

    campaign_id: int
    written_to: int
    written_to_booked: int
    control: int
    control_booked: int


async def groups(tx: Tx, *, campaign_ids: list[int]) -> dict[int, Groups]:
    """Both groups of each campaign by the same rule; none for owners."""
    query: LiteralString = f"""
        with {_ASKED},
        groups as (
            select r.campaign_id, r.person_id, bool_or(r.outcome = 'control') as control
            from communications.campaign_recipients r
            where r.campaign_id = any(%(ids)s::bigint[]) and r.outcome in ('queued', 'control') group by 1, 2),
        looked as (
            select g.campaign_id, g.control, exists (
                select from crm.appointments a where a.patient_id = g.person_id and a.created_at > c.since
                  and a.created_at <= c.since + make_interval(days => c.days)) as booked
            from groups g join asked c on c.id = g.campaign_id where c.days > 0)
        select campaign_id, count(*) filter (where not control) as written_to,
               count(*) filter (where not control and booked) as written_to_booked,
               count(*) filter (where control) as control,
               count(*) filter (where control and booked) as control_booked
        from looked group by 1"""
    return {one.campaign_id: one for one in await tx.all(Groups, query, ids=campaign_ids)}
