"""What staff do with messages by hand: send, cancel, send again, answer, close, pause a sender."""

from datetime import UTC, datetime, timedelta

from bedside.accounts import Permission, SignedIn, audit
from bedside.event_log import record
from bedside.kit.database import Tx
from bedside.kit.email_address import parse_email
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Forbidden, Invalid
from bedside.kit.phone import parse_phone
from bedside.kit.tokens import new_token
from bedside.message_templates import Channel, Purpose, ready_template
from bedside.messaging import store_reading, store_senders, store_sending
from bedside.messaging.events import OwnerMessageWritten
from bedside.messaging.model import (
    REPEATABLE,
    ConversationNotFound,
    Enqueued,
    MessageNotFound,
    MessageStatus,
    PersonRef,
    Refused,
    SenderNotFound,
    SendingAddress,
    TooLate,
)
from bedside.messaging.queueing import enqueue
from bedside.messaging.reports import Report
from bedside.messaging.status_changes import apply
from bedside.messaging.views import (
    ConversationView,
    ConversationWithLines,
    MessageView,
    NewMessageByHand,
    SenderChanges,
)
from bedside.owners import seen_owner
from bedside.patients import patient

WINDOW = timedelta(hours=24)
FURTHEST_AHEAD = timedelta(days=366)
LINES = 200


async def message(tx: Tx, *, message_id: int, user: SignedIn) -> MessageView:
    """One message. Raises MessageNotFound (404), for one of a hospital that is not theirs too."""
    found = await store_reading.message(tx, message_id=message_id, user=user)
    if found is None:
        raise MessageNotFound("There is no such message.", next_step="Look it up in the list of messages.")
    return found


async def send(tx: Tx, *, new: NewMessageByHand, user: SignedIn) -> MessageView:
    """Queues a message by hand and gives it. Raises Refused (422) where consent or a stop speaks against it, and
    Invalid (422) for what cannot be sent: no words, a template that does not fit, an impossible address or time."""
    if (new.body is None) == (new.template_key is None):
        raise Invalid("Send a body, or a templateKey: one of the two.", pointer="/body")
    to, hospital_id = await _addressee(tx, new, user)
    at = _time(tx, new.send_at)
    if new.template_key is not None:
        await _check_template(tx, new, hospital_id)
    queued = await enqueue(
        tx,
        key=f"hand:{new_token()}",
        to=to,
        channel=new.channel,
        purpose=new.purpose,
        template_key=new.template_key,
        variables=new.variables,
        body=new.body,
        subject=new.subject,
        language=new.language,
        hospital_id=hospital_id,
        priority=1,
        not_before=at,
        urgent=at is not None,
        actor=user,
    )
    return await _queued(tx, queued, user)


async def cancel(tx: Tx, *, message_id: int, user: SignedIn) -> MessageView:
    """Cancels a message that waits. Raises MessageNotFound (404), TooLate (409) for one that left or ended."""
    found = await message(tx, message_id=message_id, user=user)
    words = f"Cancelled by {user.name}."
    if found.status is MessageStatus.QUEUED:
        await apply(tx, [Report(message_id=message_id, status="cancelled", words=words)], actor=user)
    now = await message(tx, message_id=message_id, user=user)
    if now.status is not MessageStatus.CANCELLED or found.status is not MessageStatus.QUEUED:
        raise TooLate(f"The message is {now.status} already.", status=now.status)
    return now


async def send_again(tx: Tx, *, message_id: int, user: SignedIn) -> MessageView:
    """Sends a message again whose fate is unknown or that did not arrive: as a new one, once for each.

    Raises MessageNotFound (404), TooLate (409) for one that arrived, waits, or carried a code.
    """
    first = await message(tx, message_id=message_id, user=user)
    if first.status not in REPEATABLE:
        raise TooLate(f"The message is {first.status}: only one that did not arrive can be sent again.")
    if first.sensitive:
        raise TooLate("It carried a code, which is kept nowhere.", next_step="Have a new code sent.")
    stored = await store_sending.stored(tx, message_id=message_id)
    queued = await enqueue(
        tx,
        key=f"again:{first.id}",
        to=PersonRef(id=first.patient_id) if first.patient_id else first.to,
        person=_person(first),
        channel=first.channel,
        purpose=first.purpose,
        template_key=first.template_key,
        about=first.about,
        about_id=first.about_id,
        variables=stored.variables,
        body=None if first.template_key else stored.body,
        subject=None if first.template_key else stored.subject,
        language=first.language,
        hospital_id=first.hospital_id,
        priority=first.priority,
        urgent=True,
        repeats=first.id,
        actor=user,
    )
    return await _queued(tx, queued, user, repeats=first.id)


async def conversation(tx: Tx, *, conversation_id: int, user: SignedIn) -> ConversationView:
    """One conversation. Raises ConversationNotFound (404)."""
    found = await store_reading.conversation(tx, conversation_id=conversation_id, user=user)
    if found is None:
        raise ConversationNotFound("There is no such conversation.", next_step="Look it up in the inbox.")
    return found


async def read_conversation(tx: Tx, *, conversation_id: int, user: SignedIn) -> ConversationWithLines:
    """A conversation with its newest 200 lines. Raises ConversationNotFound (404)."""
    found = await conversation(tx, conversation_id=conversation_id, user=user)
    until = None
    if found.channel is Channel.WHATSAPP and found.last_inbound_at:
        closes = found.last_inbound_at + WINDOW
        until = closes if closes > tx.now else None
    lines = await store_reading.lines(tx, conversation=found, limit=LINES)
    return ConversationWithLines(conversation=found, lines=lines, free_words_until=until)


async def reply(tx: Tx, *, conversation_id: int, body: str, user: SignedIn) -> MessageView:
    """Answers in a conversation, at once; outside WhatsApp's window the words travel in an approved template.

    Raises ConversationNotFound (404), Refused (422) where they stopped us.
    """
    found = await conversation(tx, conversation_id=conversation_id, user=user)
    if found.address.startswith("user:"):
        raise Refused("WhatsApp did not tell their number, so they cannot be answered from here.")
    queued = await enqueue(
        tx,
        key=f"answer:{new_token()}",
        to=found.address,
        channel=found.channel,
        purpose="transactional",
        body=body,
        hospital_id=await store_reading.hospital_of_conversation(tx, conversation_id=conversation_id),
        priority=0,
        urgent=True,
        person=_person(found),
        actor=user,
    )
    await store_reading.answered(tx, conversation_id=conversation_id)
    return await _queued(tx, queued, user)


async def close(tx: Tx, *, conversation_id: int, user: SignedIn) -> ConversationView:
    """Closes a conversation until the person writes again. Raises ConversationNotFound (404)."""
    await conversation(tx, conversation_id=conversation_id, user=user)
    await store_reading.close(tx, conversation_id=conversation_id)
    return await conversation(tx, conversation_id=conversation_id, user=user)


async def change_sender(
    tx: Tx, *, sender_id: int, changes: SenderChanges, expected_version: int | None, user: SignedIn
) -> SendingAddress:
    """Names a sender, sets its rate, pauses or resumes it. Raises SenderNotFound (404), Changed (412),
    Forbidden (403) for one of the whole group where they do not work at every hospital."""
    found = await store_senders.find(tx, sender_id=sender_id)
    if found is None or not user.works_at(found.hospital_id):
        raise SenderNotFound("There is no such sender.")
    if found.hospital_id is None and user.hospital_ids is not None:
        raise Forbidden(
            "Every hospital of the group sends by it, also those that you do not work at.",
            next_step="Ask an administrator of every hospital.",
        )
    check_version(expected=expected_version, actual=found.version)
    name = found.name if changes.name is None else changes.name
    per_second = changes.per_second or found.per_second
    paused = (found.paused_until is not None) if changes.paused is None else changes.paused
    because = f"Paused by {user.name}." if paused else None
    changed = await store_senders.change(
        tx, sender_id=sender_id, name=name, per_second=per_second, paused=paused, because=because
    )
    before = {"name": found.name, "per_second": found.per_second, "paused": found.paused_until is not None}
    after = {"name": name, "per_second": per_second, "paused": paused}
    await audit(tx, actor=user, action="change", subject="sender", subject_id=sender_id, before=before, after=after)
    return changed


async def _queued(tx: Tx, queued: Enqueued, user: SignedIn, *, repeats: int | None = None) -> MessageView:
    if queued.message_id is None:
        raise Refused(
            queued.refused_because or "The message was refused.",
            next_step="Choose another channel, or record their consent.",
        )
    made = await message(tx, message_id=queued.message_id, user=user)
    if made.owner_id is not None and queued.fresh:
        written = OwnerMessageWritten(
            message_id=made.id,
            channel=made.channel,
            repeats=repeats,
            owner_id=made.owner_id,
            hospital_id=made.hospital_id,
        )
        await record(tx, written, actor=user)
    return made


def _person(whose: MessageView | ConversationView) -> PersonRef | None:
    if whose.owner_id:
        return PersonRef(kind="owner", id=whose.owner_id)
    return PersonRef(id=whose.patient_id) if whose.patient_id else None


async def _addressee(tx: Tx, new: NewMessageByHand, user: SignedIn) -> tuple[PersonRef | str, int | None]:
    hospital_id = new.hospital_id
    if hospital_id is None and user.hospitals is not None and len(user.hospitals) == 1:
        hospital_id = user.hospitals[0]
    user.check_works_at(hospital_id)
    if [new.patient_id, new.owner_id, new.to].count(None) != 2:
        raise Invalid("Say whom it is for: patientId, ownerId, or to.", pointer="/patientId")
    if new.owner_id is not None:
        if not user.may(Permission.OWNER_COMMUNICATIONS_SEND):
            raise Forbidden(
                f"The role {user.role} may not write to owners.", next_step="Ask somebody in finance to write."
            )
        whose = await seen_owner(tx, owner_id=new.owner_id, user=user)
        theirs = [one for one in whose.hospital_ids if user.works_at(one)]
        return PersonRef(kind="owner", id=whose.id), hospital_id or next(iter(theirs), None)
    if new.patient_id is not None:
        known = await patient(tx, new.patient_id)
        return PersonRef(id=known.id), hospital_id or known.hospital_id
    if new.channel is None:
        raise Invalid("An address needs a channel.", pointer="/channel", next_step="sms, whatsapp or email.")
    to = str(new.to)
    address = parse_email(to, pointer="/to") if new.channel is Channel.EMAIL else parse_phone(to, pointer="/to")
    return address, hospital_id


def _time(tx: Tx, at: datetime | None) -> datetime | None:
    if at is None:
        return None
    if at.tzinfo is None:
        raise Invalid("sendAt needs its offset, such as 2027-10-25T10:00:00-04:00.", pointer="/sendAt")
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        raise Invalid("That time is not of this world.", pointer="/sendAt") from None
    if at > tx.now + FURTHEST_AHEAD:
        raise Invalid("sendAt is more than a year ahead.", pointer="/sendAt")
    return at


async def _check_template(tx: Tx, new: NewMessageByHand, hospital_id: int | None) -> None:
    """Makes the words once, so that a variable that is missing is said now and not by a failed message."""
    template = await ready_template(tx, str(new.template_key))
    if template.purpose is Purpose.MARKETING and new.purpose is not Purpose.MARKETING:
        raise Invalid(
            "This template is for news, which needs its reader's consent.",
            pointer="/purpose",
            next_step="Send it with purpose marketing.",
        )
    hospital = await store_sending.hospital_variables(tx, hospital_ids=[hospital_id] if hospital_id else [])
    variables = {"hospital": hospital.get(hospital_id or 0, {}), **new.variables}
    channels = [new.channel] if new.channel else sorted({Channel(channel) for channel, _ in template.versions})
    for channel in channels:
        template.render(channel=channel, language=new.language or "en", variables=variables)
