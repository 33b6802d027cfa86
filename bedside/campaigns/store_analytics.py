"""SQL of what came of a campaign: its ledger, joined with what became of its messages and with what people did then."""

from collections.abc import Iterable
from datetime import datetime
from typing import LiteralString

import msgspec

from bedside.campaigns import arriving
from bedside.campaigns.analytics_model import ChannelFigures, Day, FollowedTarget, Segment, SegmentFigures
from bedside.kit.database import Tx


# of words of ours alone
def _any_of(words: Iterable[str]) -> str:
    return "('" + "', '".join(words) + "')"


# how far a message `m` came, as `arriving` has it
GONE = _any_of(arriving.GONE)
_CONFIRMS = f"m.channel in {_any_of(arriving.CONFIRMING)}"
DELIVERIES_KNOWN = f"({_CONFIRMS} and m.status in {GONE})"
DELIVERED = f"({_CONFIRMS} and m.status in {_any_of(arriving.DELIVERED)})"
HANDED_OVER = f"(not {_CONFIRMS} and m.status in {_any_of(arriving.HANDED_OVER)})"
REACHED = f"({DELIVERED} or {HANDED_OVER})"
# what people did with a message `m`, which a machine's opening and following is not
OPENS: LiteralString = "from communications.message_opens o where o.message_id = m.id and o.machine = ''"
CLICKS: LiteralString = """from communications.tracked_links l
    join communications.message_clicks k on k.link_id = l.id where l.message_id = m.id and k.machine = ''"""
# what a person wrote: to stop us is no answer, and an absence note is a machine's
WRITTEN: LiteralString = """i.opt_out_type is null and not i.automatic
    and (i.acted is null or i.acted not like 'stopped %%')"""
ANSWERS: LiteralString = f"""from communications.conversations c
    join communications.inbound_messages i on i.conversation_id = c.id
    where c.channel = m.channel and c.address = m.to_address and {WRITTEN}
      and i.received_at between m.sent_at and m.sent_at + interval '3 days'"""
OPENED: LiteralString = f"exists (select {OPENS})"
CLICKED: LiteralString = f"exists (select {CLICKS})"
ANSWERED: LiteralString = f"exists (select {ANSWERS})"
READ = f"(m.status = 'read' or {OPENED})"
# of whom each can be known; whoever did it was reached, though the mail may have come back from somewhere else as well
OPENS_KNOWN = f"(m.channel in {_any_of(arriving.TELLING_OPENS)} and {REACHED} or {READ})"
CLICKS_KNOWN = f"(m.channel in {_any_of(arriving.TELLING_CLICKS)} and {REACHED} or {CLICKED})"
STOPPED: LiteralString = """exists (select from communications.suppressions t
    where t.channel = m.channel and t.address = m.to_address and t.reason = '{reason}'
      and t.at between m.sent_at and m.sent_at + interval '7 days')"""
# whom an appointment is counted of: booked after the message left, while its window is open
BOOKED: LiteralString = """a.patient_id = r.person_id and a.created_at > m.sent_at
    and a.created_at <= m.sent_at + make_interval(days => %(days)s)"""


async def channels(tx: Tx, *, campaign_id: int) -> list[ChannelFigures]:
    """What became of the messages, by channel."""
    query: LiteralString = f"""
        select m.channel, count(*) as messages,
               count(*) filter (where m.status in {GONE}) as sent,
               count(*) filter (where {DELIVERIES_KNOWN}) as deliveries_known,
               count(*) filter (where {DELIVERED}) as delivered,
               count(*) filter (where {HANDED_OVER}) as handed_over,
               count(*) filter (where {OPENS_KNOWN}) as opens_known,
               count(*) filter (where {CLICKS_KNOWN}) as clicks_known,
               count(*) filter (where m.status = 'read') as read,
               count(*) filter (where opened) as opened,
               count(*) filter (where not opened and exists (
                   select from communications.message_opens o where o.message_id = m.id)) as opened_by_machine,
               count(*) filter (where {CLICKED}) as clicked,
               count(*) filter (where {ANSWERED}) as answered,
               count(*) filter (where {STOPPED.replace("{reason}", "opt_out")}) as stopped,
               count(*) filter (where {STOPPED.replace("{reason}", "complaint")}) as complained,
               count(*) filter (where m.status in ('undelivered', 'failed')) as failed
        from communications.campaign_recipients r
        join communications.message_queue m on m.id = r.message_id
        cross join lateral (select {OPENED} as opened) o
        where r.campaign_id = %(id)s group by m.channel
        order by array_position(array['sms', 'whatsapp', 'email'], m.channel)"""
    return await tx.all(ChannelFigures, query, id=campaign_id)


class People(msgspec.Struct):
    """How many people a campaign was for, and how far it came with how many of them; by two channels, one is one."""

    people: int
    written_to: int
    reached: int
    delivered_to: int
    read: int
    followed: int
    opens_known: int
    clicks_known: int


async def people(tx: Tx, *, campaign_id: int) -> People:
    """How many there are."""
    query: LiteralString = f"""
        select count(distinct r.person_id) as people,
               count(distinct r.person_id) filter (where m.status in {GONE}) as written_to,
               count(distinct r.person_id) filter (where {REACHED}) as reached,
               count(distinct r.person_id) filter (where {DELIVERED}) as delivered_to,
               count(distinct r.person_id) filter (where {READ}) as read,
               count(distinct r.person_id) filter (where {CLICKED}) as followed,
               count(distinct r.person_id) filter (where {OPENS_KNOWN}) as opens_known,
               count(distinct r.person_id) filter (where {CLICKS_KNOWN}) as clicks_known
        from communications.campaign_recipients r left join communications.message_queue m on m.id = r.message_id
        where r.campaign_id = %(id)s"""
    return await tx.one(People, query, id=campaign_id)


async def links(tx: Tx, *, campaign_id: int, limit: int) -> list[FollowedTarget]:
    """The links that people followed, the most followed first; what machines followed is left out."""
    return await tx.all(
        FollowedTarget,
        """select l.target, count(distinct r.person_id) as people, count(*) as clicks
           from communications.campaign_recipients r
           join communications.tracked_links l on l.message_id = r.message_id
           join communications.message_clicks k on k.link_id = l.id and k.machine = ''
           where r.campaign_id = %(id)s group by l.target order by people desc, l.target limit %(limit)s""",
        id=campaign_id,
        limit=limit,
    )


class Booked(msgspec.Struct):
    """What recipients booked within the window of their message."""

    sent: int
    people: int
    through_link: int
    visits: int
    last_sent_at: datetime | None


async def booked(tx: Tx, *, campaign_id: int, days: int) -> Booked:
    """Patients who booked after their message; one who got it by two channels is one person."""
    query: LiteralString = f"""
        select count(distinct r.person_id) as sent,
               count(distinct a.patient_id) as people,
               count(distinct a.patient_id) filter (where exists (
                   select from communications.tracked_links l
                   join communications.message_clicks k on k.link_id = l.id and k.machine = ''
                   where l.message_id = m.id and k.at < a.created_at)) as through_link,
               count(distinct a.id) as visits, max(m.sent_at) as last_sent_at
        from communications.campaign_recipients r
        join communications.message_queue m on m.id = r.message_id and m.sent_at is not null
        left join crm.appointments a on {BOOKED}
        where r.campaign_id = %(id)s"""
    return await tx.one(Booked, query, id=campaign_id, days=days)


class Compared(msgspec.Struct):
    """Those to whom it was handed on, and those held back; and how many of each booked since it started."""

    written_to: int
    written_to_booked: int
    control: int
    control_booked: int


async def compared(tx: Tx, *, campaign_id: int, since: datetime, days: int) -> Compared:
    """Both groups by the same rule: booked within so many days from the start."""
    return await tx.one(
        Compared,
        """with groups as (
               select person_id, bool_or(outcome = 'control') as control
               from communications.campaign_recipients
               where campaign_id = %(id)s and outcome in ('queued', 'control') group by person_id),
           looked as (
               select g.control, exists (
                   select from crm.appointments a where a.patient_id = g.person_id and a.created_at > %(since)s
                     and a.created_at <= %(since)s + make_interval(days => %(days)s)) as booked
               from groups g)
           select count(*) filter (where not control) as written_to,
                  count(*) filter (where not control and booked) as written_to_booked,
                  count(*) filter (where control) as control,
                  count(*) filter (where control and booked) as control_booked
           from looked""",
        id=campaign_id,
        since=since,
        days=days,
    )


async def by_day(tx: Tx, *, campaign_id: int, days: int, zone: str) -> list[Day]:
    """What happened on each day that anything did."""
    query: LiteralString = f"""
        with ours as (
            select r.person_id, m.id, m.sent_at from communications.campaign_recipients r
            join communications.message_queue m on m.id = r.message_id and m.sent_at is not null
            where r.campaign_id = %(id)s),
        happened as (
            select sent_at as at, 'sent' as what, id as one from ours
            union all
            select min(k.at), 'clicked', o.id from ours o
            join communications.tracked_links l on l.message_id = o.id
            join communications.message_clicks k on k.link_id = l.id and k.machine = '' group by o.id
            union all
            select min(a.created_at), 'booked', a.patient_id
            from ours m cross join lateral (select m.person_id) r join crm.appointments a on {BOOKED}
            group by a.patient_id)
        select (at at time zone %(zone)s)::date as day, count(*) filter (where what = 'sent') as sent,
               count(*) filter (where what = 'clicked') as clicked, count(*) filter (where what = 'booked') as booked
        from happened group by 1 order by 1"""
    return await tx.all(Day, query, id=campaign_id, days=days, zone=zone)


_SEGMENTS: dict[Segment, LiteralString] = {
    "language": "coalesce(p.language, 'en')",
    "sex": "coalesce(p.sex, 'unknown')",
    "age": """case when p.date_of_birth is null then 'unknown'
        else (select case when years < 18 then 'under 18' when years < 40 then '18 to 39'
                          when years < 65 then '40 to 64' else '65 and over' end
              from (select extract(year from age(%(now)s::date, p.date_of_birth)) as years) y) end""",
    "hospital": "coalesce((select h.name from crm.hospitals h where h.id = p.hospital_id), 'none')",
}


async def segments(tx: Tx, *, campaign_id: int, days: int, by: Segment) -> list[SegmentFigures]:
    """How each part of the patients took it; the largest first."""
    query: LiteralString = f"""
        select name, count(distinct person_id) as people,
               count(distinct person_id) filter (where reached) as reached,
               count(distinct person_id) filter (where delivered) as delivered,
               count(distinct person_id) filter (where clicked) as clicked,
               count(distinct person_id) filter (where clicks_known) as clicks_known,
               count(distinct person_id) filter (where booked) as booked
        from (select {_SEGMENTS[by]} as name, r.person_id, {REACHED} as reached, {DELIVERED} as delivered,
                     {CLICKED} as clicked, {CLICKS_KNOWN} as clicks_known,
                     exists (select from crm.appointments a where {BOOKED}) as booked
              from communications.campaign_recipients r
              join communications.message_queue m on m.id = r.message_id and m.sent_at is not null
              join crm.patients p on p.id = r.person_id
              where r.campaign_id = %(id)s) looked
        group by name order by people desc, name"""
    return await tx.all(SegmentFigures, query, id=campaign_id, days=days)


class Told(msgspec.Struct):
    """What became of one person on one channel, for a table."""

    person_id: int
    name: str
    channel: str
    state: str
    address: str | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    opened: bool
    clicked: bool
    booked_at: datetime | None
    error: str | None
    step: str
    entry_id: int
    turn: int


# the person, channel, entry, step and turn of a line
After = tuple[int, str, int, str, int]


async def told(tx: Tx, *, campaign_id: int, whose: str, days: int, after: After, limit: int) -> list[Told]:
    """The next lines of the ledger with everything that is known of each, in the order of people."""
    query: LiteralString = f"""
        select r.person_id, coalesce(p.first_name || ' ' || p.last_name, w.name, '') as name, r.channel,
               case when r.outcome = 'queued' then m.status else r.outcome end as state, r.address,
               m.sent_at, m.delivered_at, m.read_at, {OPENED} as opened, {CLICKED} as clicked,
               (select min(a.created_at) from crm.appointments a where {BOOKED}) as booked_at, m.error,
               r.step, r.entry_id, r.turn
        from communications.campaign_recipients r
        left join communications.message_queue m on m.id = r.message_id
        left join crm.patients p on %(whose)s = 'patients' and p.id = r.person_id
        left join crm.hospital_owners w on %(whose)s = 'owners' and w.id = r.person_id
        where r.campaign_id = %(id)s
          and (r.person_id, r.channel, r.entry_id, r.step, r.turn)
              > (%(person)s, %(channel)s, %(entry)s, %(step)s, %(turn)s)
        order by r.person_id, r.channel, r.entry_id, r.step, r.turn limit %(limit)s"""
    person, channel, entry, step, turn = after
    return await tx.all(
        Told,
        query,
        id=campaign_id,
        whose=whose,
        days=days,
        person=person,
        channel=channel,
        entry=entry,
        step=step,
        turn=turn,
        limit=limit,
    )
