"""What people write: kept once, given to whom it concerns, stop words obeyed at once, the rest put before a person."""

from datetime import datetime

from bedside.event_log import SYSTEM, Actor, record
from bedside.kit.database import Tx
from bedside.kit.phone import show_phone
from bedside.messaging import store_attachments, store_inbox, store_suppressions, store_threads
from bedside.messaging.asking_staff import ask_to_answer
from bedside.messaging.attachment_model import LARGEST
from bedside.messaging.events import (
    ConversationChanged,
    InboundMessageReceived,
    OwnerConversationChanged,
    OwnerMessageReceived,
)
from bedside.messaging.preferring import stop_news
from bedside.messaging.queueing import enqueue, enqueue_past_stop
from bedside.messaging.quoted import fold
from bedside.messaging.reports import Inbound, Report
from bedside.messaging.status_changes import apply
from bedside.messaging.stop_words import Wish, asked


async def receive(tx: Tx, inbound: Inbound) -> bool:
    """Keeps what somebody wrote and acts on it, once however often it comes; False where it was known."""
    if await store_inbox.is_known(tx, provider=inbound.provider, provider_id=inbound.provider_id):
        return False
    at = min(inbound.at or tx.now, tx.now)
    who = await store_inbox.writer(tx, channel=inbound.channel, address=inbound.from_address, answers=inbound.answers)
    conversation = await store_threads.keep(
        tx,
        channel=inbound.channel,
        address=inbound.from_address,
        written_to=inbound.to_address,
        person_kind=who.person_kind,
        person_id=who.person_id,
        at=at,
    )
    kept = await store_inbox.insert_inbound(
        tx,
        conversation_id=conversation,
        channel=inbound.channel,
        provider=inbound.provider,
        provider_id=inbound.provider_id,
        from_address=inbound.from_address,
        to_address=inbound.to_address,
        body=inbound.body,
        button=inbound.button,
        opt_out_type=inbound.opt_out_type,
        answers=inbound.answers,
        at=at,
        subject=inbound.subject,
        automatic=inbound.automatic,
        references=inbound.references,
    )
    if kept is None:
        return False  # the same message, arriving twice at once
    inbound_id, answers = kept
    if inbound.files:
        await store_attachments.insert_inbound(
            tx, inbound_message_id=inbound_id, provider=inbound.provider, files=inbound.files, largest=LARGEST
        )
    if inbound.automatic:  # an absence note, a list: kept to be seen; an answer to it would be answered again
        changed = OwnerConversationChanged if who.person_kind == "owner" else ConversationChanged
        await record(
            tx,
            changed(
                conversation_id=conversation,
                how="automatic",
                patient_id=who.person_id if who.person_kind == "patient" else None,
                owner_id=who.person_id if who.person_kind == "owner" else None,
            ),
            actor=SYSTEM,
        )
        return True
    obeyed = await _obey(tx, inbound, who, inbound_id, conversation=conversation, at=at)
    if obeyed:
        await mark_acted(tx, inbound_message_id=inbound_id, acted=obeyed)
    event = OwnerMessageReceived if who.person_kind == "owner" else InboundMessageReceived
    await record(
        tx,
        event(
            inbound_message_id=inbound_id,
            conversation_id=conversation,
            channel=inbound.channel,
            from_address=inbound.from_address,
            body=_as_told(inbound),
            answers=answers,
            hospital_id=who.hospital_id,
            patient_id=who.person_id if who.person_kind == "patient" else None,
            owner_id=who.person_id if who.person_kind == "owner" else None,
        ),
        actor=Actor(kind=who.person_kind or "person", id=who.person_id, name=who.name or inbound.from_address),
    )
    if not await store_inbox.acted(tx, inbound_message_id=inbound_id):
        await store_threads.begin_to_wait(tx, conversation_id=conversation, at=at)
        await ask_to_answer(
            tx,
            conversation_id=conversation,
            name=who.name or show_phone(inbound.from_address),
            body=inbound.button or inbound.body or ("They sent a file." if inbound.files else ""),
            patient_id=who.person_id if who.person_kind == "patient" else None,
            owner_id=who.person_id if who.person_kind == "owner" else None,
            hospital_id=who.hospital_id,
        )
    return True


def _as_told(inbound: Inbound) -> str:
    """What they wrote, as an event tells it. Of a mail the subject goes first: a From line proves nothing, so that no
    single letter in a mail confirms or cancels a visit."""
    if inbound.channel != "email":
        return inbound.body
    return f"{inbound.subject or '(no subject)'}\n{fold(inbound.body)[0]}"


async def mark_acted(tx: Tx, *, inbound_message_id: int, acted: str) -> None:
    """Says what an inbound message did by itself (`confirmed: appointment 12`), so that nobody needs to answer it."""
    await store_inbox.mark_acted(tx, inbound_message_id=inbound_message_id, acted=acted)


async def _obey(
    tx: Tx, inbound: Inbound, who: store_inbox.Writer, inbound_id: int, *, conversation: int, at: datetime
) -> str | None:
    """Does what a stop, start or help word asks; says what was done, None where it was none of these.

    What counts is when they wrote it, not when it is applied: that may be put off by a fault of ours.
    """
    word = asked(inbound.body)
    if inbound.channel == "email":
        # a From line proves nothing: by mail one can only stop, everything by the word alone, news by the subject
        word = asked(fold(inbound.body)[0])
        subject = asked(inbound.subject or "")
        if word is None or word.wish is not Wish.STOP:
            if subject is None or subject.wish is not Wish.STOP:
                return None
            source = f"wrote {(inbound.subject or '').strip()[:20]}"
            await stop_news(tx, channel=inbound.channel, address=inbound.from_address, source=source)
            return "stopped news"
    wish = word.wish if word else None
    told = (inbound.opt_out_type or "").upper()
    language = word.language if word and word.language != "en" else who.language
    if told == "STOP" or wish is Wish.STOP:
        return await _stop(tx, inbound, who, inbound_id, at=at, confirm=told != "STOP", language=language)
    if told == "START" or wish is Wish.START or (wish is Wish.YES and await _stopped(tx, inbound, at)):
        if await store_inbox.stopped_again(
            tx, conversation_id=conversation, channel=inbound.channel, address=inbound.from_address, since=at
        ):
            return "nothing: they stopped messages after that"
        lifted = await store_inbox.lift_stops(
            tx,
            channel=inbound.channel,
            address=inbound.from_address,
            asked_at=at,
            because=f"wrote {inbound.body.strip()[:20]}",
        )
        if lifted and told != "START":
            await _answer(tx, inbound, who, key=f"start:{inbound_id}", template="start_confirmed", language=language)
        return "started messages again"
    if told == "HELP" or wish is Wish.HELP:
        if told != "HELP":
            key = f"help:{inbound_id}"
            await _answer(tx, inbound, who, key=key, template="reply_not_understood", language=language)
            return None  # and a person reads it
        return "help, answered by the provider"
    return None


async def _answer(tx: Tx, inbound: Inbound, who: store_inbox.Writer, *, key: str, template: str, language: str) -> None:
    """Answers at once, by the way that they wrote."""
    await enqueue(
        tx,
        key=key,
        to=inbound.from_address,
        channel=inbound.channel,
        purpose="transactional",
        template_key=template,
        language=language,
        hospital_id=who.hospital_id,
        priority=0,
        urgent=True,
        actor=SYSTEM,
    )


async def _stopped(tx: Tx, inbound: Inbound, by: datetime) -> bool:
    return await store_inbox.is_stopped(tx, channel=inbound.channel, address=inbound.from_address, by=by)


async def _stop(
    tx: Tx,
    inbound: Inbound,
    who: store_inbox.Writer,
    inbound_id: int,
    *,
    at: datetime,
    confirm: bool,
    language: str,
) -> str:
    """At once, for what waits already too, by every number of ours: one may stand in for another. Confirmed once, by us
    only where the provider has not (RULES.md)."""
    before = await _stopped(tx, inbound, tx.now)
    waiting = await store_inbox.queued_to(tx, channel=inbound.channel, address=inbound.from_address)
    words = "They stopped messages from this sender."
    await apply(tx, [Report(message_id=one, status="cancelled", words=words) for one in waiting])
    await store_suppressions.suppress(
        tx,
        channel=inbound.channel,
        address=inbound.from_address,
        sender_id=None,
        reason="opt_out",
        source=f"wrote {inbound.body.strip()[:20]}",
        at=at,
    )
    if confirm and not before:
        await enqueue_past_stop(
            tx,
            key=f"stop:{inbound_id}",
            to=inbound.from_address,
            channel=inbound.channel,
            template_key="stop_confirmed",
            language=language,
            hospital_id=who.hospital_id,
        )
    return store_inbox.STOPPED
