"""SQL of whom news reaches: what `consent.checks` in messaging decides for one person, in one statement for many.

A test holds the two together. Shapes of addresses are not looked at: what stands in a record was read when entered.
What is known of everybody is gathered by whole ranges of the indexes and joined once: asking for each person by itself
takes 15 µs a channel, and this 2 µs.
"""

from typing import LiteralString

import msgspec
from psycopg import sql

from bedside.campaigns.audience_model import SamplePerson
from bedside.campaigns.rules import Whose
from bedside.campaigns.store_rules import Compiled
from bedside.kit.database import Tx

WITHIN: dict[Whose, LiteralString] = {
    "patients": "p.hospital_id = any(%(within)s::bigint[])",
    "owners": "p.id in (select w.owner_id from crm.owner_hospitals w where w.hospital_id = any(%(within)s::bigint[]))",
}
_ON_LIST: LiteralString = (
    "p.id in (select m.person_id from communications.audience_members m where m.audience_id = %(list_id)s)"
)

# Each whose: where they are reached, and what they said of it last.
_KNOWN: dict[Whose, LiteralString] = {
    "patients": """
everybody as (select array_agg(id) as ids from people),
addresses as (
    select k.patient_id as id,
           (array_agg(k.value order by k.position) filter (where k.kind = 'phone' and k.takes_sms))[1] as sms,
           (array_agg(k.value order by k.position) filter (where k.kind = 'phone' and k.takes_whatsapp))[1] as whatsapp,
           (array_agg(k.value order by k.position) filter (where k.kind = 'email'))[1] as email
    from crm.contact_points k
    where k.patient_id = any((select ids from everybody)::bigint[]) group by k.patient_id),
newest as (
    select distinct on (patient_id, channel, purpose) patient_id, channel, purpose, granted from crm.consents
    where patient_id = any((select ids from everybody)::bigint[]) order by patient_id, channel, purpose, id desc),
said as (
    select patient_id as id, channel,
           bool_or(granted) filter (where purpose = 'marketing') as news,
           bool_or(granted) filter (where purpose = 'transactional') as anything
    from newest group by patient_id, channel),""",
    "owners": """
addresses as (
    select o.id, o.phone as sms, o.phone as whatsapp, o.email
    from crm.hospital_owners o where o.id in (select id from people)),
newest as (
    select distinct on (owner_id, channel, purpose) owner_id, channel, purpose, granted from crm.owner_consents
    where owner_id in (select id from people) order by owner_id, channel, purpose, id desc),
said as (
    select owner_id as id, channel,
           bool_or(granted) filter (where purpose = 'marketing') as news,
           bool_or(granted) filter (where purpose = 'transactional') as anything
    from newest group by owner_id, channel),""",
}

# `people` and what is known of them before it; `outcomes`: a line a person and channel, with what comes of it
_OUTCOMES: LiteralString = """
sending as (
    select distinct on (h.id, n.channel) h.id as hospital_id, n.channel, n.id as sender_id
    from (select 0 as id union all select id from crm.hospitals) h
    join communications.senders n on n.active and (n.hospital_id is null or n.hospital_id = h.id)
    order by h.id, n.channel, n.hospital_id nulls last, n.account, n.id),
outcomes as (
    select p.id, c.channel, c.address, p.preferred_channel,
           case when c.address is null then 'no_address'
                when not coalesce(s.news, false) then 'no_consent'
                when not coalesce(s.anything, true) then 'refused'
                when exists (select from communications.suppressions t
                             where t.channel = c.channel and t.address = c.address and t.lifted_at is null
                               and (t.purpose is null or t.purpose = 'marketing')
                               and (t.sender_id is null or t.sender_id = n.sender_id)) then 'stopped'
                else 'reached' end as outcome
    from people p
    left join addresses a on a.id = p.id
    cross join lateral (
        values ('sms', a.sms), ('whatsapp', a.whatsapp), ('email', a.email)) as c (channel, address)
    left join said s on s.id = p.id and s.channel = c.channel
    left join sending n on n.hospital_id = coalesce(p.hospital_id, 0) and n.channel = c.channel
    where c.channel = any(%(channels)s::text[]))"""


def outcomes(named: sql.Composable, *, whose: Whose) -> sql.Composed:
    """The beginning of a statement, `with people ..., outcomes ...`, for those who are `named`. Takes `channels`."""
    return sql.SQL("with people as materialized ({}), " + _KNOWN[whose] + _OUTCOMES).format(named)


async def take_time(tx: Tx) -> None:
    """Lets what follows take two minutes, four times what a statement may: whoever counts a million people waits."""
    await tx.write("set local statement_timeout = '2min'")


class Counted(msgspec.Struct):
    """A line of what a channel reaches; without channel: the whole."""

    channel: str | None
    outcome: str | None
    people: int


def people(
    rule: Compiled, *, whose: Whose, within: list[int] | None, list_id: int | None
) -> tuple[sql.Composed, dict[str, object]]:
    """Whom a rule, or a list, names: a query of them with what else is needed, and its parameters."""
    table = sql.SQL("crm.patients" if whose == "patients" else "crm.hospital_owners")
    conditions: list[sql.Composable] = [sql.SQL("p.archived_at is null"), rule.condition]
    if list_id is not None:
        conditions.append(sql.SQL(_ON_LIST))
    if within is not None:
        conditions.append(sql.SQL(WITHIN[whose]))
    hospital = sql.SQL("p.hospital_id" if whose == "patients" else "null::bigint as hospital_id")
    query = sql.SQL("select p.id, p.preferred_channel, {} from {} p where {}")
    return query.format(hospital, table, sql.SQL(" and ").join(conditions)), {
        **rule.values, "within": within, "list_id": list_id,
    }  # fmt: skip


async def count(
    tx: Tx, *, named: sql.Composable, values: dict[str, object], whose: Whose, channels: list[str]
) -> tuple[int, int, list[Counted]]:
    """How many are named, how many of them some channel reaches, and each channel's outcomes."""
    query = outcomes(named, whose=whose) + sql.SQL(
        " select channel, outcome, count(distinct id) as people from outcomes"
        " group by grouping sets ((channel, outcome), (outcome))"
        " union all select null, null, count(*) from people"
    )
    await take_time(tx)
    found = await tx.all(Counted, query, **values, channels=channels)
    total = sum(one.people for one in found if one.channel is None and one.outcome is None)
    reached = sum(one.people for one in found if one.channel is None and one.outcome == "reached")
    return total, reached, [one for one in found if one.channel is not None]


async def how_many(tx: Tx, *, named: sql.Composable, values: dict[str, object]) -> int:
    """How many are named."""
    found: int = await tx.value(sql.SQL("select count(*) from ({}) named").format(named), **values)
    return found


def some_of(named: sql.Composable, *, share: float) -> sql.Composed:
    """A query of this share of those who are named: always the same of them, and of whatever is asked no more of the
    one than of the other."""
    parts = sql.Literal(int(share * 2**20))
    return sql.SQL("select * from ({}) named where hashint8extended(id, 7) & 1048575 < {}").format(named, parts)


def first_of(named: sql.Composable, number: int) -> sql.Composed:
    """A query of so many of those who are named, or all where there are fewer."""
    return sql.SQL("select * from ({}) named order by id limit {}").format(named, sql.Literal(number))


async def sample(
    tx: Tx, *, named: sql.Composable, values: dict[str, object], whose: Whose, limit: int
) -> list[SamplePerson]:
    """Some of those who are named, the newest first."""
    text = (
        "select p.id, p.first_name || ' ' || p.last_name as name from crm.patients p"
        if whose == "patients"
        else "select p.id, p.name from crm.hospital_owners p"
    )
    query = sql.SQL(text + " where p.id in (select id from ({}) named) order by p.id desc limit %(limit)s")
    return await tx.all(SamplePerson, query.format(named), **values, limit=limit)


async def anybody(tx: Tx, *, named: sql.Composable, values: dict[str, object]) -> bool:
    """Whether anybody is named at all."""
    found: bool = await tx.value(sql.SQL("select exists ({})").format(named), **values)
    return found
