"""What the demonstration's marketing has ahead: audiences that are kept, and campaigns that wait."""

from datetime import timedelta

from bedside.campaigns.history import Audience, NewAudience, NewCampaign, add_audience, add_campaign, submit
from bedside.demo.campaign_words import CHECK_UPS, LATE_FLU, MISSED, OLD_WITHOUT_SHOT
from bedside.demo.campaigning import at
from bedside.demo.desk import Deed
from bedside.demo.small import SmallWorld
from bedside.kit.database import Tx
from bedside.messaging.history import Channel


def some_plans(tx: Tx, world: SmallWorld) -> list[Deed]:
    """Two audiences with a campaign each: one goes out next week at nine of everybody's clock, one awaits approval."""
    marco, bellevue = world.user(world.marco), world.bellevue
    kept: list[Audience] = []

    async def keep_audiences(there: Tx) -> None:
        for name, description, rule in (
            ("From 40, missed a visit", "Or not here for a month; and not coming within the week.", MISSED),
            ("Over 65 without a flu shot", "The influenza vaccination is overdue.", OLD_WITHOUT_SHOT),
        ):
            new = NewAudience(name=name, description=description, rule=rule, hospital_id=bellevue.id)
            kept.append(await add_audience(there, new=new, user=marco))

    async def schedule(there: Tx) -> None:
        new = NewCampaign(
            **CHECK_UPS, audience_id=kept[0].id, channels=[Channel.WHATSAPP, Channel.SMS, Channel.EMAIL],
            hospital_id=bellevue.id, scheduled_at=at(bellevue, tx.now, days_ago=-7, hour=5), local_time="09:00",
            control_percent=10,
        )  # fmt: skip
        await add_campaign(there, new=new, user=marco)

    async def ask_for_approval(there: Tx) -> None:
        new = NewCampaign(
            **LATE_FLU, audience_id=kept[1].id, channels=[Channel.SMS, Channel.EMAIL], hospital_id=bellevue.id,
            scheduled_at=at(bellevue, tx.now, days_ago=-10, hour=10), status="draft",
        )  # fmt: skip
        draft = await add_campaign(there.dated(there.now - timedelta(hours=2)), new=new, user=marco)
        await submit(there, campaign_id=draft.id, user=marco)

    return [
        Deed(tx.now - timedelta(days=12, hours=2), keep_audiences),
        Deed(tx.now - timedelta(days=2, hours=4), schedule),
        Deed(tx.now - timedelta(minutes=38), ask_for_approval),
    ]
