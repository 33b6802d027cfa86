"""Answering in a conversation: words and files, the way that they wrote last or the way that was chosen."""

from collections.abc import Sequence
from datetime import timedelta

from bedside.accounts import SignedIn
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.kit.tokens import new_token
from bedside.messaging import conversations, store_attachments, store_conversations, store_threads
from bedside.messaging.attaching import to_send
from bedside.messaging.attachment_model import WHATSAPP_SOUND, Attachment, check_fits
from bedside.messaging.by_hand import queued
from bedside.messaging.conversation_model import ConversationView, Way
from bedside.messaging.model import Channel, PersonRef, Refused
from bedside.messaging.queueing import enqueue
from bedside.messaging.views import MessageView

LONGEST_CAPTION = 1024  # of a file by WhatsApp
APART = timedelta(seconds=1)  # messages of one answer, so that they come in its order


async def reply(
    tx: Tx,
    *,
    conversation_id: int,
    body: str,
    channel: Channel | None = None,
    attachment_ids: Sequence[int] = (),
    user: SignedIn,
) -> MessageView:
    """Answers in a conversation, at once, the way they wrote last or by `channel`; outside WhatsApp's window the words
    travel in an approved template, and files do not. WhatsApp carries one file a message, so several go as several
    messages; the first of them is given.

    Raises ConversationNotFound (404), Refused (422) where they stopped us or are not reached that way, Invalid (422)
    for nothing to send, and for files that the channel does not take.
    """
    found = await conversations.conversation(tx, conversation_id=conversation_id, user=user)
    conversations.check_may_write(found, user)
    way = await _way(tx, found, channel)
    files = await to_send(tx, found=found, ids=attachment_ids)
    if not body.strip() and not files:
        raise Invalid("There is nothing to send.", pointer="/body", next_step="Write an answer, or add a file.")
    check_fits(way.channel, files)
    if files and way.channel is Channel.WHATSAPP and not _window_open(tx, found):
        raise Refused(
            "More than 24 hours since their last message: WhatsApp takes no files from us until they write.",
            pointer="/attachmentIds",
            next_step="Send the files by another channel.",
        )
    hospital_id = await store_conversations.hospital_of_conversation(tx, conversation_id=found.id)
    sent: list[MessageView] = []
    for place, (words, along) in enumerate(messages_of(way.channel, body, files)):
        made = await enqueue(
            tx,
            key=f"answer:{new_token()}",
            to=way.address,
            channel=way.channel,
            purpose="transactional",
            body=words,
            subject=await _subject(tx, found) if way.channel is Channel.EMAIL else None,
            hospital_id=hospital_id,
            priority=0,
            not_before=tx.now + place * APART if place else None,
            urgent=True,
            person=_person(found),
            actor=user,
        )
        sent.append(await queued(tx, made, user))
        if along:
            await store_attachments.send_along(tx, message_id=sent[-1].id, ids=[file.id for file in along])
        if way.channel is Channel.EMAIL:
            await store_attachments.answer_last_mail(
                tx, message_id=sent[-1].id, conversation_id=found.id, address=way.address
            )
    await store_threads.answered(tx, conversation_id=found.id, by=user.id, by_name=user.name)
    return sent[0]


def messages_of(channel: Channel, body: str, files: list[Attachment]) -> list[tuple[str, list[Attachment]]]:
    """What goes as one message: everything; but by WhatsApp one file each, the words below the first where they may
    stand there. Pure."""
    if channel is not Channel.WHATSAPP or not files:
        return [(body, files)]
    captioned = files[0].media_type not in WHATSAPP_SOUND and len(body) <= LONGEST_CAPTION
    first: list[tuple[str, list[Attachment]]] = [(body, files[:1])] if captioned or not body else [(body, [])]
    rest = files[1:] if first[0][1] else files
    return [*first, *(("", [file]) for file in rest)]


def _window_open(tx: Tx, found: ConversationView) -> bool:
    return found.last_whatsapp_at is not None and tx.now - found.last_whatsapp_at < conversations.WINDOW


async def _subject(tx: Tx, found: ConversationView) -> str | None:
    """What an answer by mail is headed with: the subject that they wrote last, answered once however often."""
    last = await store_conversations.last_subject(tx, conversation_id=found.id)
    return last if last is None or last.lower().startswith("re:") else f"Re: {last}"[:200]


async def _way(tx: Tx, found: ConversationView, channel: Channel | None) -> Way:
    ways = conversations.one_a_channel(await store_conversations.ways(tx, conversation=found))
    if channel is None:
        if found.address.startswith("user:") and not ways:
            raise Refused("WhatsApp did not tell their number, so they cannot be answered from here.")
        channel = found.channel if any(way.channel is found.channel for way in ways) else ways[0].channel
    for way in ways:
        if way.channel is channel:
            return way
    raise Refused(
        f"No address of theirs is known for {channel}.", pointer="/channel", next_step="Answer by another channel."
    )


def _person(whose: ConversationView) -> PersonRef | None:
    if whose.owner_id:
        return PersonRef(kind="owner", id=whose.owner_id)
    return PersonRef(id=whose.patient_id) if whose.patient_id else None
