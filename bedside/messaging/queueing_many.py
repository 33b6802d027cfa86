"""Putting many messages into the queue at once: the same decision for each as one by itself, in a few statements.

It is for some hundreds a transaction: whose news is decided on is held until it ends, so that two campaigns at once
keep the caps together.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec

from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.message_templates import Channel, Purpose
from bedside.messaging import store_enqueue, store_enqueue_many
from bedside.messaging.consent import Recipient, best_channel, judge
from bedside.messaging.frequency import WEEK
from bedside.messaging.model import PersonRef


class Wanted(msgspec.Struct, kw_only=True, frozen=True):
    """One message of many, as `enqueue` takes it; `channel` None takes the one that they prefer of those that reach."""

    key: str
    to: PersonRef
    channel: Channel | None
    purpose: Purpose
    hospital_id: int | None
    priority: int
    template_key: str | None = None
    about: str | None = None
    about_id: int | None = None
    variables: dict[str, Any] = {}
    subject: str | None = None
    body: str | None = None
    urgent: bool = False
    # queued only where it may leave now; else refused as `later`, and `at` says when it may
    only_now: bool = False


class Queued(msgspec.Struct, kw_only=True, frozen=True):
    """What became of one: its message, or the check that refused it (`consent`, `suppression`, `frequency` ...) and the
    words of that check. `later`: quiet hours hold it until `at`, and whoever asked keeps it until then."""

    message_id: int | None
    refused_by: str | None = None
    because: str | None = None
    at: datetime | None = None


async def enqueue_many(tx: Tx, wanted: Sequence[Wanted], *, actor: Actor) -> list[Queued]:
    """Queues many messages and gives what became of each, in order. What is queued already under its key is given as it
    is. Nobody is written to past a refusal or a stop, nor by news past the caps; quiet hours delay."""
    to_news = list(dict.fromkeys(one.to for one in wanted if one.purpose is Purpose.MARKETING))
    news: dict[PersonRef, list[datetime]] = {}
    if to_news:
        await store_enqueue_many.hold_news(tx, people=to_news)
        news = await store_enqueue_many.news_around(tx, people=to_news, since=tx.now - WEEK, until=tx.now + 2 * WEEK)
    known = await store_enqueue_many.ids_of_keys(tx, keys=[one.key for one in wanted])
    results: dict[str, Queued] = {key: Queued(message_id=id_) for key, id_ in known.items()}
    rows: list[store_enqueue.NewMessage] = []
    fresh = sorted((one for one in wanted if one.key not in known), key=lambda one: one.hospital_id or 0)
    for hospital_id, some in groupby(fresh, key=lambda one: one.hospital_id):
        of_hospital = list(some)
        people = list(dict.fromkeys(one.to for one in of_hospital))
        recipients = await store_enqueue_many.recipients(tx, people=people, hospital_id=hospital_id)
        for one in of_hospital:
            decided = _decided(tx, one, recipients.get(one.to), news.setdefault(one.to, []), actor)
            if isinstance(decided, Queued):
                results[one.key] = decided
            else:
                rows.append(decided)
    if rows:
        made = await store_enqueue_many.insert(tx, rows)
        results |= {key: Queued(message_id=id_) for key, id_ in made.items()}
    return [results[one.key] for one in wanted]


def _decided(
    tx: Tx, one: Wanted, to: Recipient | None, news: list[datetime], actor: Actor
) -> store_enqueue.NewMessage | Queued:
    """The row that goes into the queue, or what refuses it. News that goes is counted at once, for the next."""
    if to is None:
        return Queued(message_id=None, refused_by="record", because="The record is gone.")
    channel = one.channel or best_channel(to, one.purpose, known_person=True)
    decision = judge(to, channel, one.purpose, known_person=True, urgent=one.urgent, wanted=tx.now, news=news)
    refusing = next((check for check in decision.checks if check.outcome == "refuses"), None)
    if refusing is not None or channel is None:
        check, words = (refusing.check, refusing.words) if refusing else ("channel", "No channel reaches them.")
        return Queued(message_id=None, refused_by=check, because=words)
    if one.only_now and decision.at > tx.now:
        return Queued(message_id=None, refused_by="later", because="Quiet hours hold it.", at=decision.at)
    if one.purpose is Purpose.MARKETING:
        news.append(decision.at)
    return store_enqueue.NewMessage(
        idempotency_key=one.key,
        priority=one.priority,
        channel=channel,
        sender_id=to.sender_id(channel),
        hospital_id=one.hospital_id,
        person_kind=one.to.kind,
        person_id=one.to.id,
        to_address=str(to.address(channel)),
        purpose=one.purpose,
        template_key=one.template_key,
        language=to.language,
        about=one.about,
        about_id=one.about_id,
        variables=one.variables,
        subject=one.subject,
        body=one.body,
        sensitive=False,
        not_before=decision.at,
        repeats=None,
        created_by_name=actor.name,
    )


async def take_back(tx: Tx, *, about: str, about_id: int) -> list[int]:
    """Takes back what waits in the queue about something and was never tried; gives the ids, which are gone. What is
    under way goes on."""
    return await store_enqueue_many.take_back(tx, about=about, about_id=about_id)
