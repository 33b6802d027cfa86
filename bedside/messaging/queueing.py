"""Putting a message into the queue. The row is the queue: whatever stands there is sent, and staff see it."""

from datetime import datetime
from typing import Any

from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.message_templates import Channel, Purpose
from bedside.messaging import store_enqueue
from bedside.messaging.deciding import decide
from bedside.messaging.model import PAST_STOP, Enqueued, PersonRef


async def enqueue(
    tx: Tx,
    *,
    key: str,
    to: PersonRef | str,
    channel: str | None,
    purpose: str,
    template_key: str | None = None,
    about: str | None = None,
    about_id: int | None = None,
    variables: dict[str, Any] | None = None,
    body: str | None = None,
    subject: str | None = None,
    language: str | None = None,
    hospital_id: int | None,
    priority: int = 1,
    not_before: datetime | None = None,
    sensitive: bool = False,
    urgent: bool = False,
    repeats: int | None = None,
    person: PersonRef | None = None,
    actor: Actor,
) -> Enqueued:
    """Queues a message, once for its `key`, and gives its id or why it was refused. Nothing is rendered here.

    `to` is a person, or an address (E.164, or an email address) that need not be anybody's. `channel` None takes the
    one that they prefer of those that reach them. Either `template_key` with what it is `about` (whose variables a
    loader brings just before sending, `variables` going before them), or `body`, words as they are. `urgent` (answers
    to what somebody just did, a time set by hand) skips quiet hours; marketing never does. `sensitive`: the body is
    blanked once sent. `person` says whose an address is. Raises Invalid (422) for a person who is not there.
    """
    if (template_key is None) == (body is None):
        raise ValueError("A message has a template or a body.")
    whose = to if isinstance(to, PersonRef) else person
    recipient, decision = await decide(
        tx,
        to=to,
        channel=channel,
        purpose=purpose,
        hospital_id=hospital_id,
        not_before=not_before,
        urgent=urgent,
        hold=True,
    )
    chosen, because = decision.channel, decision.refused_because
    if chosen is None or because is not None:
        first = await store_enqueue.id_of_key(tx, key=key)  # what has been queued is: asking again changes nothing
        if first is not None:
            return Enqueued(message_id=first, channel=chosen, fresh=False)
        return Enqueued(message_id=None, refused_because=because, channel=chosen)
    made = await store_enqueue.insert(
        tx,
        store_enqueue.NewMessage(
            idempotency_key=key,
            priority=priority,
            channel=chosen,
            sender_id=recipient.sender_id(chosen),
            hospital_id=hospital_id,
            person_kind=whose.kind if whose else None,
            person_id=whose.id if whose else None,
            to_address=str(recipient.address(chosen)),
            purpose=Purpose(purpose),
            template_key=template_key,
            language=language or recipient.language,
            about=about,
            about_id=about_id,
            variables=variables or {},
            subject=subject,
            body=body,
            sensitive=sensitive,
            not_before=decision.at,
            repeats=repeats,
            created_by_name=actor.name,
        ),
    )
    if made is None:
        first = await store_enqueue.id_of_key(tx, key=key)
        return Enqueued(message_id=first, channel=chosen, fresh=False)
    return Enqueued(message_id=made, channel=chosen)


async def enqueue_past_stop(
    tx: Tx, *, key: str, to: str, channel: str, template_key: str, language: str, hospital_id: int | None
) -> None:
    """Queues the one message that a stop does not hold back: its own confirmation."""
    recipient = await store_enqueue.address(tx, address=to, hospital_id=hospital_id)
    await store_enqueue.insert(
        tx,
        store_enqueue.NewMessage(
            idempotency_key=key,
            priority=0,
            channel=channel,
            sender_id=recipient.sender_id(Channel(channel)),
            hospital_id=hospital_id,
            person_kind=None,
            person_id=None,
            to_address=to,
            purpose=Purpose.TRANSACTIONAL,
            template_key=template_key,
            language=language,
            about=PAST_STOP,
            about_id=None,
            variables={},
            subject=None,
            body=None,
            sensitive=False,
            not_before=tx.now,
            repeats=None,
            created_by_name="Bedside",
        ),
    )
