"""How people come into campaigns of several steps: those whom one names when it starts, and into those that stand by
what happens to them, or by being looked for.
"""

from datetime import timedelta

from bedside.campaigns import store_campaigns, store_entries
from bedside.campaigns.model import Campaign
from bedside.campaigns.store_entries import LookedAt
from bedside.campaigns.walking import hold_back
from bedside.campaigns.whom import people_of
from bedside.event_log import Actor
from bedside.kit.database import Database, Tx
from bedside.patients import PatientRegistered
from bedside.scheduling import AppointmentCompleted

SWEEP_PIECE = 5_000  # people a transaction
# how often it is looked for who comes in
EVERY = {
    "birthday": timedelta(minutes=15), "rule": timedelta(minutes=5), "list_joined": timedelta(seconds=10),
}  # fmt: skip


async def enter_after_visit(tx: Tx, event: AppointmentCompleted, *, actor: Actor) -> None:
    """A visit took place: who had it comes into those campaigns that wait for that, once a visit."""
    if event.patient_id is not None:
        await store_entries.happened(
            tx,
            on="visit_completed",
            person_id=event.patient_id,
            hospital_id=event.hospital_id,
            occasion=f"visit:{event.appointment_id}",
        )


async def enter_when_registered(tx: Tx, event: PatientRegistered, *, actor: Actor) -> None:
    """Somebody was registered, and comes into those campaigns that wait for that."""
    if event.patient_id is not None:
        await store_entries.happened(
            tx, on="registered", person_id=event.patient_id, hospital_id=event.hospital_id, occasion="registered"
        )


async def enter(tx: Tx, campaign: Campaign, *, after: int, piece: int) -> LookedAt:
    """Lets in the next of those whom the campaign names; gives how many were looked at."""
    named, values = await people_of(tx, campaign)
    found, control = await store_entries.enter(tx, campaign, named=named, values=values, after=after, piece=piece)
    await hold_back(tx, campaign, control)
    return found


async def sweep(database: Database) -> bool:
    """Looks for the next people who come into a campaign that stands; False where none has its turn."""
    async with database.transaction() as tx:
        turn = await store_entries.to_sweep(tx)
        campaign = await store_campaigns.campaign(tx, turn.id) if turn else None
        if turn is None or campaign is None or campaign.entry is None:
            return False
        found = await enter(tx, campaign, after=turn.swept_through, piece=SWEEP_PIECE)
        again_at = tx.now + EVERY[campaign.entry.on] if found.people < SWEEP_PIECE else None
        await store_entries.swept(tx, turn.id, through=found.through or turn.swept_through, again_at=again_at)
    return True
