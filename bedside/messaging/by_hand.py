"""What staff do with messages by hand: send, cancel, send again, pause a sender."""

from datetime import UTC, datetime, timedelta

from msgspec import UNSET, to_builtins

from bedside.accounts import Permission, SignedIn, audit
from bedside.event_log import record
from bedside.kit.database import Tx
from bedside.kit.email_address import parse_email
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Forbidden, Invalid
from bedside.kit.phone import parse_phone
from bedside.kit.tokens import new_token
from bedside.message_templates import Channel, Purpose, check_buttons, ready_template
from bedside.messaging import store_attachments, store_circuits, store_reading, store_senders, store_sending
from bedside.messaging.channel_limits import LONGEST_ABOVE_BUTTONS, check_length
from bedside.messaging.circuits import standing
from bedside.messaging.events import OwnerMessageWritten, SenderChanged
from bedside.messaging.loading import BUTTONS
from bedside.messaging.model import (
    REPEATABLE,
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
    MessageView,
    NewMessageByHand,
    SenderChanges,
    SenderView,
)
from bedside.owners import seen_owner
from bedside.patients import patient

FURTHEST_AHEAD = timedelta(days=366)


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
    _check_buttons(new)
    to, hospital_id = await _addressee(tx, new, user)
    at = _time(tx, new.send_at)
    if new.template_key is not None:
        await _check_template(tx, new, hospital_id)
    made = await enqueue(
        tx,
        key=f"hand:{new_token()}",
        to=to,
        channel=new.channel,
        purpose=new.purpose,
        template_key=new.template_key,
        variables={**new.variables, **({BUTTONS: to_builtins(new.buttons)} if new.buttons else {})},
        body=new.body,
        subject=new.subject,
        language=new.language,
        hospital_id=hospital_id,
        priority=1,
        not_before=at,
        urgent=at is not None,
        actor=user,
    )
    if new.body is not None and made.channel is not None:
        check_length(made.channel, new.body, pointer="/body")
    return await queued(tx, made, user)


def _check_buttons(new: NewMessageByHand) -> None:
    if BUTTONS in new.variables:
        raise Invalid("Buttons are not a variable.", pointer="/variables/buttons", next_step="Give them as buttons.")
    if not new.buttons:
        return
    check_buttons(new.buttons, pointer="/buttons")
    if new.channel not in (None, Channel.WHATSAPP):
        raise Invalid(
            "Only WhatsApp shows buttons.", pointer="/buttons", next_step="Send it by whatsapp, or say it in words."
        )
    if new.body is None:
        raise Invalid("A template has buttons of its own.", pointer="/buttons", next_step="Leave them out.")
    if len(new.body) > LONGEST_ABOVE_BUTTONS:
        raise Invalid(f"Above buttons WhatsApp takes {LONGEST_ABOVE_BUTTONS} characters.", pointer="/body")


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
        raise TooLate("It carried a code or a link, which is kept nowhere.", next_step="Have a new one sent.")
    stored = await store_sending.stored(tx, message_id=message_id)
    made = await enqueue(
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
    if made.fresh and made.message_id is not None:
        await store_attachments.repeat(tx, first=first.id, again=made.message_id)
    return await queued(tx, made, user, repeats=first.id)


async def _sender_to_change(tx: Tx, *, sender_id: int, user: SignedIn) -> SendingAddress:
    """A sender that somebody may change. Raises SenderNotFound (404), Forbidden (403)."""
    found = await store_senders.find(tx, sender_id=sender_id)
    if found is None or not user.works_at(found.hospital_id):
        raise SenderNotFound("There is no such sender.")
    if found.hospital_id is None and user.hospital_ids is not None:
        raise Forbidden(
            "Every hospital of the group sends by it, also those that you do not work at.",
            next_step="Ask an administrator of every hospital.",
        )
    return found


async def try_sender(tx: Tx, *, sender_id: int, user: SignedIn) -> SenderView:
    """Has a sender that is held back tried at once, by the next message and by those that it could not send. Raises
    SenderNotFound (404), TooLate (409) where it is not held back, Forbidden (403) as `change_sender` does."""
    await _sender_to_change(tx, sender_id=sender_id, user=user)
    if not await store_circuits.try_now(tx, sender_id=sender_id):
        raise TooLate("This sender is not held back.", next_step="Look at it again: it works by now.")
    await audit(tx, actor=user, action="try", subject="sender", subject_id=sender_id)
    await record(tx, SenderChanged(sender_id=sender_id, how="to be tried"), actor=user)
    return next(one for one in await standing(tx) if one.id == sender_id)


async def change_sender(
    tx: Tx, *, sender_id: int, changes: SenderChanges, expected_version: int | None, user: SignedIn
) -> SendingAddress:
    """Names a sender, sets its rate, pauses or resumes it. Raises SenderNotFound (404), Changed (412),
    Forbidden (403) for one of the whole group where they do not work at every hospital."""
    found = await _sender_to_change(tx, sender_id=sender_id, user=user)
    check_version(expected=expected_version, actual=found.version)
    name = found.name if changes.name is None else changes.name
    per_second = changes.per_second or found.per_second
    daily_cap = found.daily_cap if changes.daily_cap is UNSET else changes.daily_cap
    paused = (found.paused_until is not None) if changes.paused is None else changes.paused
    because = f"Paused by {user.name}." if paused else None
    changed = await store_senders.change(
        tx,
        sender_id=sender_id,
        name=name,
        per_second=per_second,
        daily_cap=daily_cap,
        paused=paused,
        because=because,
    )
    before = {
        "name": found.name, "per_second": found.per_second, "daily_cap": found.daily_cap,
        "paused": found.paused_until is not None,
    }  # fmt: skip
    after = {"name": name, "per_second": per_second, "daily_cap": daily_cap, "paused": paused}
    await audit(tx, actor=user, action="change", subject="sender", subject_id=sender_id, before=before, after=after)
    await record(tx, SenderChanged(sender_id=sender_id, how="changed"), actor=user)
    return changed


async def queued(tx: Tx, made: Enqueued, user: SignedIn, *, repeats: int | None = None) -> MessageView:
    """The message that was queued, told to an owner's readers. Raises Refused (422) where it was refused."""
    if made.message_id is None:
        raise Refused(
            made.refused_because or "The message was refused.",
            next_step="Choose another channel, or record their consent.",
        )
    found = await message(tx, message_id=made.message_id, user=user)
    if found.owner_id is not None and made.fresh:
        written = OwnerMessageWritten(
            message_id=found.id,
            channel=found.channel,
            repeats=repeats,
            owner_id=found.owner_id,
            hospital_id=found.hospital_id,
        )
        await record(tx, written, actor=user)
    return found


def _person(whose: MessageView) -> PersonRef | None:
    if whose.owner_id:
        return PersonRef(kind="owner", id=whose.owner_id)
    return PersonRef(id=whose.patient_id) if whose.patient_id else None


def hospital_of(user: SignedIn) -> int | None:
    """The hospital that somebody writes for who says none: the only one that they work at."""
    return user.hospitals[0] if user.hospitals is not None and len(user.hospitals) == 1 else None


async def _addressee(tx: Tx, new: NewMessageByHand, user: SignedIn) -> tuple[PersonRef | str, int | None]:
    hospital_id = new.hospital_id or hospital_of(user)
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
        made = template.render(channel=channel, language=new.language or "en", variables=variables)
        check_length(channel, made.body, pointer="/variables")
