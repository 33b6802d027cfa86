"""The one decision about a message: what is known is read here and judged by `consent.judge`. `enqueue` follows it,
`explain` shows it; so they cannot disagree."""

from datetime import datetime

from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.message_templates import Channel, Purpose
from bedside.messaging import store_enqueue
from bedside.messaging.consent import Decision, Recipient, best_channel, goes_at, judge, refusal
from bedside.messaging.frequency import WEEK
from bedside.messaging.model import PersonRef


async def decide(
    tx: Tx,
    *,
    to: PersonRef | str,
    channel: str | None,
    purpose: str,
    hospital_id: int | None,
    not_before: datetime | None = None,
    urgent: bool = False,
    hold: bool = False,
) -> tuple[Recipient, Decision]:
    """Who it is for and what comes of it. `hold`: nobody else decides about news for them until this transaction ends,
    so that ten at once are not each the first of the day. Raises Invalid (422) for a person who is not there."""
    recipient = await _recipient(tx, to, hospital_id)
    known, why = isinstance(to, PersonRef), Purpose(purpose)
    chosen = Channel(channel) if channel else best_channel(recipient, why, known_person=known)
    wanted = max(not_before or tx.now, tx.now)
    news: list[datetime] = []
    if why is Purpose.MARKETING and chosen is not None:
        at = goes_at(recipient, why, wanted=wanted, urgent=urgent)
        possible = refusal(recipient, chosen, why, known_person=known) is None
        if hold and possible:
            await store_enqueue.hold_news(tx, to=to)
        if possible or not hold:
            news = await store_enqueue.news_around(tx, to=to, since=at - WEEK, until=at + WEEK)
    return recipient, judge(recipient, chosen, why, known_person=known, urgent=urgent, wanted=wanted, news=news)


async def _recipient(tx: Tx, to: PersonRef | str, hospital_id: int | None) -> Recipient:
    if isinstance(to, str):
        return await store_enqueue.address(tx, address=to, hospital_id=hospital_id)
    if to.kind == "owner":
        found = await store_enqueue.owner(tx, owner_id=to.id, hospital_id=hospital_id)
    else:
        found = await store_enqueue.patient(tx, patient_id=to.id, hospital_id=hospital_id)
    if found is None:
        raise Invalid(
            f"There is no such {to.kind}.", pointer=f"/{to.kind}Id", next_step=f"Look the {to.kind} up again."
        )
    return found
