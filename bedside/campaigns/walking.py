"""People on their way through a campaign's steps: who is due goes on, many at once, until they have to wait.

Each step of the loop is one short transaction. It takes entries that are due and that nobody else holds, groups them by
where they stand, and does each group in one statement; what a step sends becomes lines of the ledger, in the same
transaction in which they move on. So any number of workers may walk at once, and whoever is killed has done nothing.
"""

import hashlib
from collections import defaultdict
from datetime import datetime, timedelta

from bedside.campaigns import store_campaigns, store_entries, store_journeys, store_rules
from bedside.campaigns.journey_flow import Place, places
from bedside.campaigns.journey_model import LATEST_MINUTES, SOONEST_MINUTES, Step
from bedside.campaigns.journeys import saying_at
from bedside.campaigns.model import Campaign
from bedside.campaigns.store_entries import Going
from bedside.campaigns.telling import Telling
from bedside.campaigns.whom import people_of
from bedside.event_log import Actor
from bedside.kit.database import Database, Tx
from bedside.messaging import InboundMessageReceived

WALK = 1_000  # entries a transaction
SOONEST, LATEST = timedelta(minutes=SOONEST_MINUTES), timedelta(minutes=LATEST_MINUTES)


class Journeys:
    """What the loop remembers: which campaigns had their turn."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._served: list[int] = []
        self._telling = Telling()

    async def step(self) -> bool:
        """Goes on with those who are due in one campaign; False where nobody is."""
        async with self._database.transaction() as tx:
            campaign_id = await store_entries.campaign_due(tx, but=self._served)
            if campaign_id is None:
                self._served = []
                return False
            self._served.append(campaign_id)
            campaign = await store_campaigns.campaign(tx, campaign_id)
            due = await store_entries.due(tx, campaign_id, limit=WALK)
            if campaign is not None and due:
                await go_on(tx, campaign, due)
                await self._telling.moved(tx, campaign, last=len(due) < WALK)
                if len(due) == WALK:
                    self._served.pop()
        return True


async def go_on(tx: Tx, campaign: Campaign, due: list[Going]) -> None:
    """Goes on with these, until each has to wait or is at the end."""
    entering = [one for one in due if one.state == "entering"]
    if entering:
        await _let_in(tx, campaign, entering)
    await _see_who_leaves(tx, campaign, [one for one in due if one.state == "going"])
    await _Walk(tx, campaign).go([one for one in due if one.state == "going"])
    await store_entries.move(tx, [one for one in due if one.state != "entering"])


async def _let_in(tx: Tx, campaign: Campaign, entering: list[Going]) -> None:
    """Lets those in whom the campaign is for; the others' occasion is forgotten."""
    people = sorted({one.person_id for one in entering})
    named, values = await people_of(tx, campaign)
    meant = await store_entries.named_of(tx, named=named, values=values, people=people)
    control = await store_entries.held_back(tx, campaign, people=people) if campaign.control_percent else set()
    for one in entering:
        if one.person_id in meant:
            one.state = "control" if one.person_id in control else "going"
    if refused := [one.id for one in entering if one.state == "entering"]:
        await store_entries.turn_away(tx, refused)
    await hold_back(tx, campaign, [(one.id, one.person_id) for one in entering if one.state == "control"])


async def hold_back(tx: Tx, campaign: Campaign, entries: list[tuple[int, int]]) -> None:
    """Notes in the ledger which of these could have been written to, to compare with."""
    if entries:
        ids, people = [entry for entry, _ in entries], [person for _, person in entries]
        await store_journeys.write(
            tx, campaign, step="", entries=ids, people=people, turns=[0] * len(ids), control=True
        )


async def _see_who_leaves(tx: Tx, campaign: Campaign, going: list[Going]) -> None:
    if not going:
        return
    people = sorted({one.person_id for one in going})
    list_id = campaign.entry.list_id if campaign.entry else None
    left = await store_entries.gone(tx, whose=campaign.whose, list_id=list_id, people=people)
    reached: set[int] = set()
    if campaign.goal is not None:
        _, custom = await store_rules.fields_of(tx, whose=campaign.whose)
        goal = store_rules.compile_rule(campaign.goal, whose=campaign.whose, custom=custom)
        reached = await store_entries.fulfilling(tx, goal, whose=campaign.whose, people=people)
    for one in going:
        if one.person_id in left:
            one.state = "left"
        elif one.person_id in reached:
            one.state = "reached_goal"


def part_of(step: Step, *, campaign_id: int, person_id: int) -> int:
    """Which part of a split is a person's: always the same one."""
    said = hashlib.blake2b(f"{campaign_id}:{step.id}:{person_id}".encode(), digest_size=8).digest()
    drawn = int.from_bytes(said, "big") % 100
    for number, part in enumerate(step.parts):
        drawn -= part.share
        if drawn < 0:
            return number
    return len(step.parts) - 1


def asked_again(now: datetime, *, since: datetime) -> datetime:
    """When a question that began to be asked `since` is asked again: soon at first, when most people do something, then
    more rarely. Pure."""
    return now + min(max((now - since) / 10, SOONEST), LATEST)


async def go_on_after_answer(tx: Tx, event: InboundMessageReceived, *, actor: Actor) -> None:
    """Somebody wrote to us, and waits for what follows: where they are asked whether they answered, that is asked at
    once."""
    if event.patient_id is not None:
        await store_entries.ask_now(tx, asks="answered", whose="patients", person_id=event.patient_id)
    elif event.owner_id is not None:
        await store_entries.ask_now(tx, asks="answered", whose="owners", person_id=event.owner_id)


class _Walk:
    """One walk of many people. Who stands at a step goes on from it; who comes to one does what it says."""

    def __init__(self, tx: Tx, campaign: Campaign) -> None:
        self._tx, self._campaign = tx, campaign
        self._places = places(campaign.steps)
        self._coming: dict[str, list[Going]] = defaultdict(list)

    async def go(self, going: list[Going]) -> None:
        standing: dict[str, list[Going]] = defaultdict(list)
        for one in going:
            standing[one.step].append(one)
        for step, those in standing.items():
            if step == "":
                self._lead(those, self._campaign.steps[0].id)
            elif self._places[step].step.kind == "if":
                await self._ask(self._places[step], those)
            else:
                self._lead(those, self._places[step].ways[0])
        while self._coming:
            # every way round has a wait in it, so this ends
            step, those = self._coming.popitem()
            await self._come(self._places[step], those)

    def _lead(self, those: list[Going], to: str | None) -> None:
        for one in those:
            if to is None:
                one.state = "finished"
            else:
                one.step, one.since = to, self._tx.now
                one.passed[to] = one.passed.get(to, 0) + 1
        if to is not None and those:
            self._coming[to].extend(those)

    async def _come(self, place: Place, those: list[Going]) -> None:
        step = place.step
        match step.kind:
            case "send":
                await self._send(step, those)
                self._lead(those, place.ways[0])
            case "wait":
                await self._wait(step, those)
            case "if":
                await self._ask(place, those)
            case "split":
                parts: dict[int, list[Going]] = defaultdict(list)
                for one in those:
                    parts[part_of(step, campaign_id=self._campaign.id, person_id=one.person_id)].append(one)
                for number, some in parts.items():
                    self._lead(some, place.ways[number])
            case "go_to":
                again = [one for one in those if one.passed[step.id] <= step.times]
                self._lead(again, place.ways[0])
                self._lead([one for one in those if one.passed[step.id] > step.times], place.ways[1])
            case _:
                self._lead(those, None)

    async def _send(self, step: Step, those: list[Going]) -> None:
        for one in those:
            one.wrote = step.id
        await store_journeys.write(
            self._tx,
            saying_at(self._campaign, step.id, self._places),
            step=step.id,
            entries=[one.id for one in those],
            people=[one.person_id for one in those],
            turns=[one.passed[step.id] - 1 for one in those],
            control=False,
        )

    async def _wait(self, step: Step, those: list[Going]) -> None:
        until = await store_entries.waits_until(
            self._tx,
            self._campaign,
            people=sorted({one.person_id for one in those}),
            days=step.days,
            hours=step.hours,
            at=step.at,
        )
        for one in those:
            one.due_at = until[one.person_id]

    async def _ask(self, place: Place, those: list[Going]) -> None:
        """Who fulfils it goes on with yes, whose time is over with no; it is asked of the others again."""
        step, now = place.step, self._tx.now
        about = [step.of or one.wrote or "" for one in those]
        turns = [max(one.passed.get(of, 0) - 1, 0) for one, of in zip(those, about, strict=True)]
        found = await store_journeys.answers(
            self._tx, asks=str(step.asks), entries=[one.id for one in those], steps=about, turns=turns
        )
        answers = {one.entry_id: one for one in found}
        yes: list[Going] = []
        no: list[Going] = []
        for one in those:
            answer = answers[one.id]
            began = max(one.since, answer.left_at or one.since)
            ends = began + timedelta(hours=step.within_hours)
            if answer.true:
                yes.append(one)
            elif answer.pending:
                one.due_at = asked_again(now, since=one.since)
            elif ends <= now:
                no.append(one)
            else:
                one.due_at = min(ends, asked_again(now, since=began))
        self._lead(yes, place.ways[0])
        self._lead(no, place.ways[1])
