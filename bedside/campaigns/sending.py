"""What a campaign does while it sends: freezes its audience piece by piece, hands lines on to the queue, and ends.

Each step is one short transaction that holds the campaign's row, so workers share the campaigns and none does a thing
twice. The ledger is the truth: whatever is killed in between goes on from it. Little of a campaign is in the queue at a
time, so that pausing takes effect at once, and reminders, whose priority is higher, are never behind it.
"""

import asyncio
from typing import Any

from bedside.campaigns import split, store_approval, store_campaigns, store_ledger, store_pacing, store_personal
from bedside.campaigns.approval import beyond, close_tasks, lacks
from bedside.campaigns.asking import ask_somebody
from bedside.campaigns.campaigns import ABOUT, tell
from bedside.campaigns.entering import enter
from bedside.campaigns.hours import LATE, set_hours
from bedside.campaigns.journeys import saying_at
from bedside.campaigns.model import Campaign, CampaignStatus
from bedside.campaigns.personal import Saying, names_in, saying, variables_of
from bedside.campaigns.spending import fitting
from bedside.campaigns.store_ledger import Waiting, Work
from bedside.campaigns.telling import Telling
from bedside.campaigns.whom import people_of
from bedside.event_log import SYSTEM
from bedside.kit.database import Database, Tx
from bedside.message_templates import Purpose
from bedside.messaging import BULK, PersonRef, Wanted, enqueue_many

# people a transaction, and two at once: 0.15 s, and under a second where others take the processors
FREEZE_PIECE = 5_000
HAND_ON = 500  # lines a transaction, and never some few: each costs as much again as thirty lines
MOST_QUEUED = 2_000  # of one campaign

UNAPPROVED = "Its time passed before somebody approved of it."

# what the queue's refusals are in the ledger's words
REFUSED = {
    "record": "no_address", "address": "no_address", "consent": "no_consent", "refusal": "refused",
    "suppression": "stopped", "frequency": "too_often",
}  # fmt: skip


class Campaigns:
    """What the loop remembers: which campaigns had their turn, and when each was last told of."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._served: list[int] = []
        self._did = False  # anything for any of them, in this turn of all
        self._telling = Telling()

    async def step(self) -> bool:
        """Goes on with one campaign; False where nothing is to be done. One of which nothing is to be done just now
        takes no turn from the others."""
        did = None
        while did is None:
            did = await self._next()
        return did

    async def _next(self) -> bool | None:
        async with self._database.transaction() as tx:
            work = await store_ledger.at_work(tx, but=self._served, most_queued=MOST_QUEUED - HAND_ON, late=LATE)
            if work is None:
                again, self._served, self._did = self._did, [], False
                return again
            self._served.append(work.id)
            campaign = await store_campaigns.campaign(tx, work.id)
            if campaign is None:
                return None
            if not work.frozen:
                await freeze(tx, campaign, after=work.frozen_through, beside=self._database)
            elif not await hand_on(tx, campaign, limit=_limit(work)):
                if campaign.entry is not None or await store_ledger.is_under_way(tx, campaign.id):
                    return None
                await all_gone(tx, campaign)
                self._did = True
                return True
            await self._telling.moved(tx, campaign)
            self._did = True
        return True


async def all_gone(tx: Tx, campaign: Campaign) -> None:
    """What comes when nobody waits to be handed on: its versions are decided on, the rest let go, or it has ended."""
    did = await split.go_on(tx, campaign)
    if did is None:
        await store_campaigns.set_status(tx, campaign.id, CampaignStatus.COMPLETED, ended=True)
        await tell(tx, campaign, "completed", actor=SYSTEM)
    elif did != "waits":
        if did == "released" and campaign.local_time is not None:
            await set_hours(tx, campaign, start=tx.now, people=split.RELEASE_PIECE)
        await tell(tx, campaign, did, actor=SYSTEM)


def _limit(work: Work) -> int:
    return HAND_ON if work.room is None else max(0, min(HAND_ON, work.room))


async def freeze(tx: Tx, campaign: Campaign, *, after: int, beside: Database | None) -> bool:
    """Freezes the next pieces of the audience, one in this transaction and one in another, so that two processors share
    the work (`beside` None: both in this one); False when those were the last. Where only the other came to its end,
    its people are found done later. Of one with steps these people come in, and its steps write the ledger."""
    if campaign.steps:
        found = await enter(tx, campaign, after=after, piece=FREEZE_PIECE)
        done = found.people < FREEZE_PIECE
        await store_ledger.frozen_through(tx, campaign.id, through=found.through or after, done=done)
        return not done
    named, values = await people_of(tx, campaign)
    next_ = await store_ledger.pieces(tx, campaign, named=named, values=values, after=after, piece=FREEZE_PIECE)
    done = next_.people < 2 * FREEZE_PIECE
    if next_.middle is not None and next_.last is not None:
        last = next_.last
        middle = next_.middle if beside is not None else last

        async def other() -> None:
            if beside is not None and middle < last:
                async with beside.transaction() as there:
                    await store_ledger.freeze(
                        there, campaign, named=named, values=values, after=middle, through=last,
                        untouched=next_.untouched,
                    )  # fmt: skip

        async with asyncio.TaskGroup() as group:
            group.create_task(other())
            await store_ledger.freeze(
                tx, campaign, named=named, values=values, after=after, through=middle, untouched=next_.untouched
            )
    if campaign.local_time is not None:
        await set_hours(tx, campaign, start=campaign.started_at or tx.now, people=2 * FREEZE_PIECE)
    await store_ledger.frozen_through(tx, campaign.id, through=next_.last or after, done=done)
    return not done


async def hand_on(tx: Tx, campaign: Campaign, *, limit: int) -> int:
    """Hands the next lines on to the queue, where each is decided on once more; gives how many lines those were."""
    lines = await store_ledger.waiting(tx, campaign.id, limit=limit)
    if not lines:
        return 0
    for step, variant in sorted({(one.step, one.variant) for one in lines}):
        said = split.version_named(saying_at(campaign, step), variant)
        await _hand_on(tx, said, [one for one in lines if (one.step, one.variant) == (step, variant)])
    return len(lines)


async def _hand_on(tx: Tx, campaign: Campaign, lines: list[Waiting]) -> None:
    """Hands these on, in the words of the campaign."""
    kind = "patient" if campaign.whose == "patients" else "owner"
    said = await saying(tx, campaign)
    lines = await fitting(tx, campaign, said, lines)
    if not lines:
        return
    known = await _known(tx, said, [one.person_id for one in lines])
    lines = await _with_words(tx, campaign, said, lines, known)
    queued = await enqueue_many(
        tx,
        [
            Wanted(
                key=_key(campaign.id, one),
                to=PersonRef(kind=kind, id=one.person_id),  # type: ignore[arg-type]  # one of the two
                channel=one.channel,
                purpose=Purpose.MARKETING,
                hospital_id=campaign.hospital_id,
                priority=BULK,
                about=ABOUT,
                about_id=campaign.id,
                template_key=campaign.template_key,
                variables=known.get(one.person_id, {}),
                subject=None if campaign.template_key else said.subject,
                body=None if campaign.template_key else said.message,
                only_now=True,
            )
            for one in lines
        ],
        actor=SYSTEM,
    )
    # who is left in peace now waits in the ledger, not in the queue: they neither fill it nor leave all at once
    later = [(line, one.at) for line, one in zip(lines, queued, strict=True) if one.at is not None]
    if later:
        await store_ledger.put_off(tx, campaign.id, [line for line, _ in later], until=[at for _, at in later])
        going = [(line, one) for line, one in zip(lines, queued, strict=True) if one.at is None]
        lines, queued = [line for line, _ in going], [one for _, one in going]
    await store_ledger.handed_on(
        tx,
        campaign.id,
        lines,
        outcomes=["queued" if one.message_id else REFUSED.get(str(one.refused_by), "refused") for one in queued],
        message_ids=[one.message_id for one in queued],
    )
    await store_pacing.spend(tx, campaign.id, tokens=sum(one.message_id is not None for one in queued))


def _key(campaign_id: int, line: Waiting) -> str:
    step = f":{line.entry_id}:{line.step}:{line.turn}" if line.step else ""
    return f"campaign:{campaign_id}:{line.person_id}:{line.channel}{step}"


async def _known(tx: Tx, said: Saying, people: list[int]) -> dict[int, dict[str, Any]]:
    """What the words say of each person; nothing where they say the same to everybody."""
    if not said.personal:
        return {}
    found = await store_personal.values(
        tx, whose=said.whose, ids=people, names=said.wanted, hospital_id=said.hospital_id
    )
    return {one.id: variables_of(one) for one in found.values()}


async def _with_words(
    tx: Tx, campaign: Campaign, said: Saying, lines: list[Waiting], known: dict[int, dict[str, Any]]
) -> list[Waiting]:
    """The lines for which the words can be made; of the others something has become unknown since the launch, and the
    ledger says so."""
    if not said.names:
        return lines
    faults: dict[frozenset[str], str | None] = {}
    making: list[Waiting] = []
    silent: list[Waiting] = []
    for line in lines:
        missing = said.wanted & said.names - names_in(known.get(line.person_id, {}))
        if missing not in faults:
            faults[missing] = said.fault_without(missing)
        (silent if faults[missing] else making).append(line)
    if silent:
        nobody: list[int | None] = [None] * len(silent)
        await store_ledger.handed_on(tx, campaign.id, silent, outcomes=["no_words"] * len(silent), message_ids=nobody)
    return making


async def start_due(tx: Tx) -> None:
    """Starts what is scheduled for now. What is late because the system was down, or lacks approval, is not sent by
    itself: somebody is asked (RULES.md, Campaigns 3)."""
    for found in await store_campaigns.due(tx):
        if found.status is CampaignStatus.AWAITING_APPROVAL:
            await close_tasks(tx, found.id, actor=SYSTEM)
            await _overdue(
                tx,
                found,
                "was not approved in time",
                f"{UNAPPROVED} Ask for approval again: it then goes out as soon as it is given; or give it another "
                "time.",
                because=UNAPPROVED,
            )
        elif (lacking := await _lacks(tx, found)) is not None:
            what, because = lacking
            await _overdue(
                tx,
                found,
                what,
                f"{because} Nothing was sent. Look at whom it reaches and what it says, then ask for approval: it goes "
                "out as soon as that is given; or change it, or cancel it.",
                because=because,
            )
        elif found.scheduled_at is not None and tx.now - found.scheduled_at > LATE:
            await _overdue(
                tx,
                found,
                "was not sent in time",
                "The system was down when it was due. Launch it now, give it another time, or cancel it.",
            )
        else:
            await store_campaigns.start(tx, found.id)
            await tell(tx, found, "launched", actor=SYSTEM)


async def _lacks(tx: Tx, found: Campaign) -> tuple[str, str] | None:
    """What has become of one that was scheduled, and why it may not go out: it has grown beyond what whoever changed it
    last may write to, or is not any more what somebody approved of."""
    role = (await store_approval.standing(tx, found.id)).changed_by_role
    lacking = await lacks(tx, found, role=role)
    if lacking is None:
        return None
    if lacking.changed:
        return "needs approval again", lacking.changed
    return "needs approval", beyond(lacking, role=role)


async def _overdue(tx: Tx, found: Campaign, what: str, details: str, *, because: str = "") -> None:
    await store_campaigns.set_status(tx, found.id, CampaignStatus.OVERDUE, because=because, ended=False)
    await tell(tx, found, "overdue", actor=SYSTEM)
    title = f"The campaign “{found.name}” {what}"
    await ask_somebody(tx, found, key="campaign-overdue", title=title, details=details)
