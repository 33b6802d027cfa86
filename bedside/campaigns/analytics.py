"""What came of a campaign: who got it, who read, clicked, answered, stopped and booked, and what it did itself."""

from datetime import timedelta

import msgspec

from bedside.accounts import SignedIn
from bedside.campaigns import store_analytics, store_cost, store_values
from bedside.campaigns.analytics_model import Analytics, ChannelFigures, Conversions, Segment, SegmentFigures
from bedside.campaigns.arriving import share
from bedside.campaigns.campaigns import campaign
from bedside.campaigns.costing import cost_of
from bedside.campaigns.lift import lift
from bedside.campaigns.model import Campaign
from bedside.campaigns.returns import money
from bedside.directory import hospital
from bedside.kit.database import Database, Tx
from bedside.kit.http.tables import Rows

LINKS_SHOWN = 50
COLUMNS = (
    "person", "name", "channel", "state", "address", "sent", "delivered", "read", "opened", "clicked", "booked",
    "error", "step", "entry", "turn",
)  # fmt: skip
_AT_ONCE = 500


async def analytics(tx: Tx, *, campaign_id: int, user: SignedIn) -> Analytics:
    """What came of it so far. Raises NoSuchCampaign (404)."""
    found = await campaign(tx, campaign_id=campaign_id, user=user)
    counted = await store_analytics.people(tx, campaign_id=found.id)
    zone = "UTC" if found.hospital_id is None else (await hospital(tx, hospital_id=found.hospital_id)).time_zone
    done = await _conversions(tx, found)
    spent = cost_of(found.id, await store_cost.taken(tx, campaign_ids=[found.id]))
    said = await store_values.values(tx, campaign_ids=[found.id])
    ways = [_rated(one) for one in await store_analytics.channels(tx, campaign_id=found.id)]
    return Analytics(
        campaign_id=found.id,
        people=counted.people,
        written_to=counted.written_to,
        reached=counted.reached,
        delivered_to=counted.delivered_to,
        read=counted.read,
        followed=counted.followed,
        opens_known=counted.opens_known,
        clicks_known=counted.clicks_known,
        delivered_rate=share(sum(one.delivered for one in ways), sum(one.deliveries_known for one in ways)),
        channels=ways,
        links=await store_analytics.links(tx, campaign_id=found.id, limit=LINKS_SHOWN),
        conversions=done,
        days=await store_analytics.by_day(tx, campaign_id=found.id, days=_days(found), zone=zone),
        money=money(spent, said.get(found.id), done),
    )


def _rated(one: ChannelFigures) -> ChannelFigures:
    return msgspec.structs.replace(
        one,
        delivered_rate=share(one.delivered, one.deliveries_known),
        open_rate=share(one.read + one.opened, one.opens_known),
        click_rate=share(one.clicked, one.clicks_known),
    )


async def segments(tx: Tx, *, campaign_id: int, by: Segment, user: SignedIn) -> list[SegmentFigures]:
    """How each part of the people took it; none for owners. Raises NoSuchCampaign (404)."""
    found = await campaign(tx, campaign_id=campaign_id, user=user)
    if found.whose == "owners":
        return []
    return await store_analytics.segments(tx, campaign_id=found.id, days=_days(found), by=by)


async def ledger(database: Database, *, found: Campaign) -> Rows:
    """The ledger as rows of a table, some people at a time, each in a transaction of its own."""
    after: store_analytics.After = (0, "", 0, "", 0)
    while True:
        async with database.transaction() as tx:
            some = await store_analytics.told(
                tx, campaign_id=found.id, whose=found.whose, days=_days(found), after=after, limit=_AT_ONCE
            )
        for one in some:
            yield msgspec.structs.astuple(one)
        if len(some) < _AT_ONCE:
            return
        last = some[-1]
        after = (last.person_id, last.channel, last.entry_id, last.step, last.turn)


async def _conversions(tx: Tx, found: Campaign) -> Conversions:
    """Only patients book: an owner's id is no patient's, so owners are counted with a window of no days."""
    days = _days(found)
    booked = await store_analytics.booked(tx, campaign_id=found.id, days=days)
    groups = await store_analytics.compared(
        tx, campaign_id=found.id, since=found.started_at or found.created_at, days=days
    )
    return Conversions(
        sent=booked.sent,
        people=booked.people,
        through_link=booked.through_link,
        visits=booked.visits,
        until=booked.last_sent_at + timedelta(days=days) if booked.last_sent_at and days else None,
        written_to=groups.written_to,
        written_to_booked=groups.written_to_booked,
        control=groups.control,
        control_booked=groups.control_booked,
        lift=lift(
            done=groups.written_to_booked,
            people=groups.written_to,
            control_done=groups.control_booked,
            control=groups.control,
        )
        if days
        else None,
    )


def _days(found: Campaign) -> int:
    return found.attribution_days if found.whose == "patients" else 0
