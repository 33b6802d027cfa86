"""SQL of campaigns: one, many, how far each is, and who is in its ledger."""

from typing import Any, LiteralString

import msgspec
from psycopg.types.json import Jsonb

from bedside.campaigns.model import Campaign, CampaignStatus, Figure, Recipient
from bedside.kit.database import Tx
from bedside.kit.http.paging import Key, Listing

_SELECT: LiteralString = """
select c.id, c.name, c.hospital_id, c.status, c.whose, c.audience_id, c.audience_version, c.rule, c.channels,
       c.channel_choice, c.subject, c.message, c.template_key, c.steps, c.entry, c.goal, c.scheduled_at,
       c.control_percent, c.attribution_days,
       c.variants, c.winner_by, c.decide_after_hours, c.decide_at, c.winner,
       c.started_at, c.frozen_at, c.ended_at, c.because, c.created_by_name, c.created_at, c.updated_at, c.version,
       round(c.budget_minor / 10::numeric ^ c.budget_exponent, c.budget_exponent)::text as budget, c.budget_currency,
       c.per_minute, c.local_time, c.approved_by_name, c.approved_at, c.approved_people
from communications.campaigns c"""

CAMPAIGNS = Listing(
    into=Campaign,
    select=_SELECT,
    sorts={
        "created": (Key("c.created_at", "timestamptz", "created_at"), Key("c.id", "bigint", "id")),
        "name": (Key('(c.name collate "C")', "text", "name"), Key("c.id", "bigint", "id")),
    },
    default_sort="-created",
    filters={
        "status": "c.status = any(%(status)s::text[])",
        "ids": "c.id = any(%(ids)s::bigint[])",
        "hospital_id": "c.hospital_id = %(hospital_id)s",
        "within": "(c.hospital_id is null or c.hospital_id = any(%(within)s::bigint[]))",
        "q": "crm.searchable(c.name) like '%%' || crm.searchable(%(q)s) || '%%'",
    },
)

# where a line of the ledger stands: what its message says once it was handed on
_STATE: LiteralString = """case when r.outcome = 'queued' then m.status
    when r.outcome in ('waiting', 'held')
         and (select c.status from communications.campaigns c where c.id = r.campaign_id) = 'cancelled' then 'cancelled'
    else r.outcome end"""

RECIPIENTS = Listing(
    into=Recipient,
    select="""
select r.person_id, coalesce(p.first_name || ' ' || p.last_name, o.name, '') as name, r.channel, """
    + _STATE
    + """ as state, r.address, r.message_id, m.error, r.step, r.entry_id, r.turn
from communications.campaign_recipients r
left join communications.message_queue m on m.id = r.message_id
left join crm.patients p on %(whose)s = 'patients' and p.id = r.person_id
left join crm.hospital_owners o on %(whose)s = 'owners' and o.id = r.person_id""",
    sorts={
        "person": (
            Key("r.person_id", "bigint", "person_id"),
            Key("r.entry_id", "bigint", "entry_id"),
            Key('(r.step collate "C")', "text", "step"),
            Key("r.turn", "smallint", "turn"),
            Key('(r.channel collate "C")', "text", "channel"),
        ),
    },
    default_sort="person",
    filters={
        "campaign_id": "r.campaign_id = %(campaign_id)s",
        "state": _STATE + " = any(%(state)s::text[])",
        "channel": "r.channel = %(channel)s",
    },
)


async def campaign(tx: Tx, campaign_id: int, *, lock: bool = False) -> Campaign | None:
    """One campaign."""
    query: LiteralString = _SELECT + " where c.id = %(id)s" + (" for update of c" if lock else "")
    return await tx.maybe(Campaign, query, id=campaign_id)


async def insert(tx: Tx, new: Campaign) -> int:
    """Adds a campaign and gives its id; the id of what is given does not count."""
    made: int = await tx.value(
        """insert into communications.campaigns
               (name, hospital_id, status, whose, audience_id, rule, channels, channel_choice, subject, message,
                template_key, steps, entry, goal, scheduled_at, control_percent, attribution_days, variants, winner_by,
                decide_after_hours, created_by_name, created_at, updated_at)
           values (%(name)s, %(hospital_id)s, %(status)s, %(whose)s, %(audience_id)s, %(rule)s, %(channels)s,
                   %(channel_choice)s, %(subject)s, %(message)s, %(template_key)s, %(steps)s, %(entry)s, %(goal)s,
                   %(scheduled_at)s, %(control_percent)s, %(attribution_days)s, %(variants)s, %(winner_by)s,
                   %(decide_after_hours)s, %(created_by_name)s, %(now)s, %(now)s) returning id""",
        **_values(new),
    )
    return made


async def update(tx: Tx, changed: Campaign) -> None:
    """Writes what staff may change of a campaign, one version on."""
    await tx.execute(
        """update communications.campaigns
           set name = %(name)s, status = %(status)s, whose = %(whose)s, audience_id = %(audience_id)s, rule = %(rule)s,
               channels = %(channels)s, channel_choice = %(channel_choice)s, subject = %(subject)s,
               message = %(message)s,
               template_key = %(template_key)s, steps = %(steps)s, entry = %(entry)s, goal = %(goal)s,
               scheduled_at = %(scheduled_at)s,
               control_percent = %(control_percent)s, attribution_days = %(attribution_days)s,
               variants = %(variants)s, winner_by = %(winner_by)s, decide_after_hours = %(decide_after_hours)s,
               updated_at = %(now)s, version = version + 1
           where id = %(id)s""",
        **_values(changed),
    )


def _values(one: Campaign) -> dict[str, Any]:
    """A campaign as its table takes it."""
    nested = {name: getattr(one, name) for name in ("rule", "steps", "entry", "goal", "variants")}
    return msgspec.structs.asdict(one) | {
        name: None if value is None else Jsonb(msgspec.to_builtins(value)) for name, value in nested.items()
    }


async def start(tx: Tx, campaign_id: int) -> None:
    """It sends from now on, to its audience as that is now."""
    await tx.execute(
        """update communications.campaigns c
           set status = case when entry is null then 'sending' else 'active' end,
               started_at = coalesce(started_at, %(now)s), updated_at = %(now)s, because = '',
               version = version + 1, hours_looked_at = %(now)s,
               audience_version = (select version from communications.audiences a where a.id = c.audience_id)
           where id = %(id)s""",
        id=campaign_id,
    )


async def set_status(tx: Tx, campaign_id: int, status: CampaignStatus, *, because: str = "", ended: bool) -> None:
    """Moves it on."""
    await tx.execute(
        """update communications.campaigns
           set status = %(status)s, because = %(because)s, updated_at = %(now)s, version = version + 1,
               ended_at = case when %(ended)s then %(now)s::timestamptz end
           where id = %(id)s""",
        id=campaign_id,
        status=status,
        because=because,
        ended=ended,
    )


async def figures(tx: Tx, campaign_id: int) -> list[Figure]:
    """How many lines of the ledger stand where, by channel."""
    query: LiteralString = (
        "select r.channel, "
        + _STATE
        + """ as state, count(*) as people
           from communications.campaign_recipients r
           left join communications.message_queue m on m.id = r.message_id
           where r.campaign_id = %(id)s group by 1, 2 order by 1, 2"""
    )
    return await tx.all(Figure, query, id=campaign_id)


async def due(tx: Tx) -> list[Campaign]:
    """Those that are scheduled for now or earlier, whether approved of or not, locked."""
    return await tx.all(
        Campaign,
        _SELECT
        + """ where c.status in ('scheduled', 'awaiting_approval') and c.scheduled_at <= %(now)s
            order by c.id for update of c skip locked""",
    )


async def without_sender(tx: Tx, *, channels: list[str], hospital_id: int | None) -> list[str]:
    """Those of these channels by which nothing could be sent: no account that is in use sends there. None while there
    are no accounts at all: the worker, which knows of them, has not started yet, and what is queued waits for it."""
    rows = await tx.rows(
        """select c from unnest(%(channels)s::text[]) c
           where exists (select from communications.senders)
             and not exists (select from communications.senders s
                             where s.active and s.channel = c
                               and (%(hospital)s::bigint is null or s.hospital_id is null
                                    or s.hospital_id = %(hospital)s))""",
        channels=channels,
        hospital=hospital_id,
    )
    return [row[0] for row in rows]


async def names(tx: Tx, ids: list[int]) -> dict[int, str]:
    """What each of these campaigns is called."""
    rows = await tx.rows("select id, name from communications.campaigns where id = any(%(ids)s::bigint[])", ids=ids)
    return {row[0]: row[1] for row in rows}


class TemplateName(msgspec.Struct, kw_only=True):
    """What a template is called, and where it is."""

    key: str
    id: int
    name: str


async def templates_named(tx: Tx, keys: list[str]) -> dict[str, TemplateName]:
    """What templates are called that campaigns name by their keys, those put away among them."""
    query = "select key, id, name from communications.templates where key = any(%(keys)s::text[])"
    return {one.key: one for one in await tx.all(TemplateName, query, keys=keys)} if keys else {}


async def asking(tx: Tx, *, within: list[int] | None, limit: int) -> list[Campaign]:
    """Those that wait for somebody to say how they go on: not sent in time, stopped by themselves, to be approved."""
    return await tx.all(
        Campaign,
        _SELECT
        + """ where (c.status in ('overdue', 'awaiting_approval') or (c.status = 'paused' and c.because <> ''))
                and (%(within)s::bigint[] is null or c.hospital_id is null or c.hospital_id = any(%(within)s::bigint[]))
              order by c.updated_at desc, c.id desc limit %(limit)s""",
        within=within,
        limit=limit,
    )
