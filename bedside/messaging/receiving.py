"""What people write: kept once, given to whom it concerns, stop words obeyed at once, the rest put before a person."""

from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.phone import show_phone
from bedside.messaging import store_inbox, store_sending
from bedside.messaging.asking_staff import ask_to_answer
from bedside.messaging.events import InboundMessageReceived, OwnerMessageReceived
from bedside.messaging.queueing import enqueue, enqueue_past_stop
from bedside.messaging.reports import Inbound, Report
from bedside.messaging.status_changes import apply

# Whole message, any case (WIRE.md). CANCEL stops too, which is why no message of ours invites it.
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})


async def receive(tx: Tx, inbound: Inbound) -> bool:
    """Keeps what somebody wrote and acts on it, once however often it comes; False where it was known."""
    if await store_inbox.is_known(tx, provider=inbound.provider, provider_id=inbound.provider_id):
        return False
    at = min(inbound.at or tx.now, tx.now)
    who = await store_inbox.writer(tx, channel=inbound.channel, address=inbound.from_address, answers=inbound.answers)
    conversation = await store_inbox.keep_conversation(
        tx, channel=inbound.channel, address=inbound.from_address, who=who, at=at
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
        opt_out_type=inbound.opt_out_type,
        answers=inbound.answers,
        at=at,
    )
    if kept is None:
        return False  # the same message, arriving twice at once
    inbound_id, answers = kept
    obeyed = await _obey(tx, inbound, who, inbound_id)
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
            body=inbound.body,
            answers=answers,
            hospital_id=who.hospital_id,
            patient_id=who.person_id if who.person_kind == "patient" else None,
            owner_id=who.person_id if who.person_kind == "owner" else None,
        ),
        actor=Actor(kind=who.person_kind or "person", id=who.person_id, name=who.name or inbound.from_address),
    )
    if not await store_inbox.acted(tx, inbound_message_id=inbound_id):
        await store_inbox.set_needs_answer(tx, conversation_id=conversation, needs_answer=True)
        await ask_to_answer(
            tx,
            conversation_id=conversation,
            name=who.name or show_phone(inbound.from_address),
            body=inbound.body,
            patient_id=who.person_id if who.person_kind == "patient" else None,
            owner_id=who.person_id if who.person_kind == "owner" else None,
            hospital_id=who.hospital_id,
        )
    return True


async def mark_acted(tx: Tx, *, inbound_message_id: int, acted: str) -> None:
    """Says what an inbound message did by itself (`confirmed: appointment 12`), so that nobody needs to answer it."""
    await store_inbox.mark_acted(tx, inbound_message_id=inbound_message_id, acted=acted)


async def _obey(tx: Tx, inbound: Inbound, who: store_inbox.Writer, inbound_id: int) -> str | None:
    """Does what a stop, start or help word asks; says what was done, None where it was none of these."""
    word = inbound.body.strip().upper()
    told = (inbound.opt_out_type or "").upper()
    sender = await store_inbox.sender_of(
        tx, channel=inbound.channel, provider=inbound.provider, address=inbound.to_address
    )
    if told == "STOP" or word in STOP_WORDS:
        await _stop(tx, inbound, who, sender, inbound_id, confirm=told != "STOP")
        return "stopped messages"
    if told == "START" or word in START_WORDS or (word == "YES" and await _stopped(tx, inbound, sender)):
        await store_inbox.lift_stops(
            tx, channel=inbound.channel, address=inbound.from_address, sender_id=sender, because=f"wrote {word[:20]}"
        )
        return "started messages again"
    if told == "HELP" or word in HELP_WORDS:
        if told != "HELP":
            await enqueue(
                tx,
                key=f"help:{inbound_id}",
                to=inbound.from_address,
                channel=inbound.channel,
                purpose="transactional",
                template_key="reply_not_understood",
                language=who.language,
                hospital_id=who.hospital_id,
                priority=0,
                urgent=True,
                actor=Actor(kind="system", name="Bedside"),
            )
            return None  # and a person reads it
        return "help, answered by the provider"
    return None


async def _stopped(tx: Tx, inbound: Inbound, sender: int | None) -> bool:
    return await store_inbox.is_stopped(tx, channel=inbound.channel, address=inbound.from_address, sender_id=sender)


async def _stop(
    tx: Tx, inbound: Inbound, who: store_inbox.Writer, sender: int | None, inbound_id: int, *, confirm: bool
) -> None:
    """At once, for what waits already too; confirmed once, by us only where the provider has not (RULES.md)."""
    before = await _stopped(tx, inbound, sender)
    waiting = await store_inbox.queued_to(tx, channel=inbound.channel, address=inbound.from_address, sender_id=sender)
    words = "They stopped messages from this sender."
    await apply(tx, [Report(message_id=one, status="cancelled", words=words) for one in waiting])
    await store_sending.suppress(
        tx,
        channel=inbound.channel,
        address=inbound.from_address,
        sender_id=sender,
        reason="opt_out",
        source=f"wrote {inbound.body.strip()[:20]}",
    )
    if confirm and not before:
        await enqueue_past_stop(
            tx,
            key=f"stop:{inbound_id}",
            to=inbound.from_address,
            channel=inbound.channel,
            template_key="stop_confirmed",
            language=who.language,
            hospital_id=who.hospital_id,
        )
