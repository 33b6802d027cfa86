"""SQL of links that were followed and mail that was opened."""

from datetime import datetime

import msgspec

from bedside.kit.database import Tx
from bedside.messaging.tracking_model import Counted, FollowedLink


class Switch(msgspec.Struct, kw_only=True):
    """What a template says of tracking."""

    key: str
    purpose: str
    clinical: bool
    tracks: bool | None


class Sent(msgspec.Struct, kw_only=True):
    """A message that something is counted of."""

    id: int
    arrived_at: datetime | None


async def switches(tx: Tx, *, keys: list[str]) -> dict[str, Switch]:
    """What templates say of tracking, by key."""
    if not keys:
        return {}
    found = await tx.all(
        Switch,
        "select key, purpose, clinical, tracks from communications.templates where key = any(%(keys)s)",
        keys=keys,
    )
    return {one.key: one for one in found}


async def template(tx: Tx, *, template_id: int) -> Switch | None:
    """What one template says."""
    return await tx.maybe(
        Switch, "select key, purpose, clinical, tracks from communications.templates where id = %(id)s", id=template_id
    )


async def set_tracks(tx: Tx, *, template_id: int, tracks: bool | None) -> None:
    """Sets it."""
    await tx.execute(
        "update communications.templates set tracks = %(tracks)s where id = %(id)s", id=template_id, tracks=tracks
    )


async def hold(tx: Tx, *, message_id: int) -> Sent | None:
    """The message, while nothing else is counted of it until this transaction ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('tracked ' || %(id)s::bigint::text, 0))",
                     id=message_id)  # fmt: skip
    return await tx.maybe(
        Sent,
        """select id, greatest(sent_at, delivered_at) as arrived_at
           from communications.message_queue where id = %(id)s""",
        id=message_id,
    )


async def link_id(tx: Tx, *, message_id: int, position: int, url: str) -> int:
    """The row of a link, which it gets when it is first followed."""
    made = await tx.value(
        """insert into communications.tracked_links (message_id, position, target)
           values (%(message)s, %(position)s, %(url)s)
           on conflict (message_id, position) do nothing returning id""",
        message=message_id,
        position=position,
        url=url,
    )
    if made is None:
        made = await tx.value(
            """select id from communications.tracked_links
               where message_id = %(message)s and position = %(position)s""",
            message=message_id,
            position=position,
        )
    return int(made)


async def mark_burst(tx: Tx, *, message_id: int, but: int, since: datetime) -> bool:
    """Whether another link of the message was followed since then; those were no person's either."""
    rows = await tx.rows(
        """update communications.message_clicks c
           set machine = case when c.machine = '' then 'burst' else c.machine end
           from communications.tracked_links l
           where l.id = c.link_id and l.message_id = %(message)s and l.id <> %(but)s and c.at > %(since)s
           returning c.id""",
        message=message_id,
        but=but,
        since=since,
    )
    return bool(rows)


async def insert_click(tx: Tx, *, link_id: int, machine: str, most: int) -> None:
    """One more, up to `most` of people's and of machines' each."""
    await tx.execute(
        """insert into communications.message_clicks (link_id, at, machine)
           select %(link)s, %(now)s, %(machine)s
           where (select count(*) from communications.message_clicks
                  where link_id = %(link)s and (machine = '') = (%(machine)s::text = '')) < %(most)s""",
        link=link_id,
        machine=machine,
        most=most,
    )


async def insert_open(tx: Tx, *, message_id: int, machine: str, most: int) -> None:
    """One more, up to `most` of people's and of machines' each."""
    await tx.execute(
        """insert into communications.message_opens (message_id, at, machine)
           select %(message)s, %(now)s, %(machine)s
           where (select count(*) from communications.message_opens
                  where message_id = %(message)s and (machine = '') = (%(machine)s::text = '')) < %(most)s""",
        message=message_id,
        machine=machine,
        most=most,
    )


async def opens(tx: Tx, *, message_id: int) -> Counted:
    """How often a message was opened."""
    return await tx.one(
        Counted,
        """select count(*) filter (where machine = '') as people, count(*) filter (where machine <> '') as machines,
                  min(at) filter (where machine = '') as first_at, max(at) filter (where machine = '') as last_at
           from communications.message_opens where message_id = %(message)s""",
        message=message_id,
    )


async def links(tx: Tx, *, message_id: int) -> list[FollowedLink]:
    """The links of a message that were followed, in the order in which it names them."""
    return await tx.all(
        FollowedLink,
        """select l.position, l.target, count(c.id) filter (where machine = '') as people,
                  count(c.id) filter (where machine <> '') as machines,
                  min(at) filter (where machine = '') as first_at, max(at) filter (where machine = '') as last_at
           from communications.tracked_links l join communications.message_clicks c on c.link_id = l.id
           where l.message_id = %(message)s group by l.id order by l.position""",
        message=message_id,
    )
