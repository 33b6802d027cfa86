"""Answering as the patient: what a person writes or taps goes to the product as the provider would bring it.

Stop words on SMS are handled as Twilio does: after STOP every send from that number is refused with 21610 until START,
the person gets Twilio's own answer once, and the webhook says so in OptOutType. On WhatsApp they are ordinary words.
"""

import secrets
import xml.etree.ElementTree as ET
from typing import Literal

import msgspec

from bedside.sandbox.callbacks import Delivery
from bedside.sandbox.mail_replies import write_mail
from bedside.sandbox.media import MOST, CannotReply, SentFile, show, twilio_fields, whatsapp_content
from bedside.sandbox.outside import Outside
from bedside.sandbox.phones import Message, Provider, as_phone, links_in
from bedside.sandbox.sms_length import parts_of
from bedside.sandbox.webhooks import tell_incoming

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "UNSTOP", "YES"})
HELP_WORDS = frozenset({"HELP", "INFO"})
STOPPED = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe."
)
STARTED = (
    "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)
HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."


class Reply(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a person writes. Without `to` it goes to whoever wrote to them last on that channel. `button` is the payload
    of the button they tapped, `inReplyTo` the message it was on. Of mail: its `subject`, and `automatic` for one that a
    machine of theirs writes. `files` go along: by WhatsApp one."""

    channel: Literal["sms", "whatsapp", "email"]
    sender: str = msgspec.field(name="from")
    recipient: str | None = msgspec.field(name="to", default=None)
    body: str = ""
    button: str | None = None
    in_reply_to: str | None = None
    without_number: bool = False
    subject: str | None = None
    automatic: bool = False
    files: list[SentFile] = []


class Answered(msgspec.Struct, kw_only=True, rename="camel"):
    """The message that went out, and how the product took it (None: there is no product to tell)."""

    message: Message
    webhook: Delivery | None


async def send_reply(outside: Outside, reply: Reply) -> Answered:
    """Shows the reply on the person's phone and tells the product. Raises CannotReply."""
    if reply.channel == "email":
        return Answered(message=await write_mail(outside, reply), webhook=None)
    person = as_phone(reply.sender)
    if not person.startswith("+") or not person[1:].isdigit():
        raise CannotReply(f"“{reply.sender}” is not a phone number. Write it with its country code, as +12125550142.")
    if not reply.body and not reply.button and not reply.files:
        raise CannotReply("There is nothing to send: give a body, a file, or the payload of a button.")
    if len(reply.files) > (1 if reply.channel == "whatsapp" else MOST):
        raise CannotReply("WhatsApp carries one file a message." if reply.channel == "whatsapp" else "Ten at most.")
    files = [file.read() for file in reply.files]
    last = outside.phones.last_sender(person, reply.channel)
    if reply.in_reply_to:
        last = outside.phones.get(reply.in_reply_to) or last
    to, provider = _addressee(outside, reply, last)
    segments, encoding = parts_of(reply.body)
    message = outside.phones.add(
        Message(
            id=("SM" + secrets.token_hex(16)) if provider == "twilio" else "wamid." + secrets.token_urlsafe(30),
            channel=reply.channel,
            provider=provider,
            origin="person",
            sender=person,
            recipient=to,
            body=reply.body or _label(last, reply.button),
            status="received",
            at=outside.clock.now(),
            segments=segments,
            encoding=encoding,
            links=links_in(reply.body),
            seen=True,
        )
    )
    show(outside, message, files)
    if reply.channel == "whatsapp":
        outside.phones.last_written[person, to] = message.at
    if provider == "whatsapp_cloud":
        content = whatsapp_content(outside, files[0], message.body) if files else _content(reply, message, last)
        webhook = await tell_incoming(outside, message, content, without_number=reply.without_number)
    else:
        webhook = await _tell_twilio(outside, message, reply)
    if webhook is not None and not webhook.taken:
        outside.phones.advance(message, "not taken", outside.clock.now())
    return Answered(message=message, webhook=webhook)


def _addressee(outside: Outside, reply: Reply, last: Message | None) -> tuple[str, Provider]:
    """The hospital's number that the reply goes to, and whose number that is."""
    accounts = outside.accounts
    if reply.recipient:
        to = as_phone(reply.recipient)
    elif last is not None:
        to = last.sender
    else:
        to = accounts.twilio_numbers[0] if reply.channel == "sms" else accounts.whatsapp_number
    by_cloud = [one.number for one in accounts.whatsapps]
    by_twilio = [one.whatsapp_number for one in accounts.twilios]
    numbers = [number for one in accounts.twilios for number in one.numbers]
    owned = numbers if reply.channel == "sms" else [*by_cloud, *by_twilio]
    if to not in owned:
        raise CannotReply(f"Nobody has the number {to} on this channel. The hospital's are {', '.join(owned)}.")
    return to, "whatsapp_cloud" if to in by_cloud else "twilio"


def _label(last: Message | None, payload: str | None) -> str:
    found = next((b.text for b in (last.buttons if last else []) if b.payload == payload), None)
    return found or payload or ""


def _content(reply: Reply, message: Message, last: Message | None) -> dict[str, object]:
    context = {"context": {"from": message.recipient.removeprefix("+"), "id": last.id}} if last else {}
    if reply.button is None:
        quoted = context if reply.in_reply_to else {}
        return {"type": "text", "text": {"body": message.body}, **quoted}
    tapped = next((b for b in (last.buttons if last else []) if b.payload == reply.button), None)
    if tapped is not None and tapped.kind == "interactive":
        chosen = {"id": reply.button, "title": message.body}
        return {"type": "interactive", "interactive": {"type": "button_reply", "button_reply": chosen}, **context}
    return {"type": "button", "button": {"payload": reply.button, "text": message.body}, **context}


async def _tell_twilio(outside: Outside, message: Message, reply: Reply) -> Delivery | None:
    holder = outside.accounts.twilio_of(message.recipient)
    prefix = "whatsapp:" if message.channel == "whatsapp" else ""
    fields = {
        "MessageSid": message.id,
        "SmsSid": message.id,
        "SmsMessageSid": message.id,
        "AccountSid": holder.account_sid,
        "MessagingServiceSid": holder.messaging_service_sid,
        "From": prefix + message.sender,
        "To": prefix + message.recipient,
        "Body": message.body,
        **twilio_fields(outside, message),
        "NumSegments": str(message.segments or 1),
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    }
    if prefix:
        fields["WaId"] = message.sender.removeprefix("+")
        fields["ProfileName"] = message.sender
        if reply.button is not None:
            fields["ButtonPayload"], fields["ButtonText"] = reply.button, message.body
    elif opt_out := _opt_out(outside, message):
        fields["OptOutType"] = opt_out
    if outside.product is None:
        return None
    webhook = await outside.callbacks.post_form(
        outside.callbacks.public(outside.accounts.twilio_messages_path),
        fields,
        token=holder.auth_token,
        what=f"{message.channel} message",
    )
    if (message.sender, message.recipient) not in outside.phones.opted_out:
        for words in _twiml_messages(webhook.body):
            _show_answer(outside, message, words)
    return webhook


def _opt_out(outside: Outside, message: Message) -> str | None:
    """Does what a stop word asks, whole message and any case, and gives its OptOutType.

    Whether Twilio answers a second STOP, or says OptOutType for a YES while nothing is stopped, is not stated in public
    documentation; here it does neither.
    """
    word = message.body.strip().upper()
    pair = (message.sender, message.recipient)
    stopped = outside.phones.opted_out
    if word in STOP_WORDS:
        if pair not in stopped:
            stopped.add(pair)
            _show_answer(outside, message, STOPPED)
        return "STOP"
    if word in START_WORDS and (pair in stopped or word != "YES"):
        stopped.discard(pair)
        _show_answer(outside, message, STARTED)
        return "START"
    if word in HELP_WORDS:
        _show_answer(outside, message, HELPED)
        return "HELP"
    return None


def _twiml_messages(text: str) -> list[str]:
    """The messages of a TwiML answer: `<Response><Message>words</Message></Response>`, or with a `<Body>` inside."""
    if "<Message" not in text:
        return []
    try:
        response = ET.fromstring(text)  # noqa: S314 - the product's own answer, cut to 10,000 characters
    except ET.ParseError:
        return []
    return ["".join(one.itertext()).strip() for one in response.iter("Message")]


def _show_answer(outside: Outside, message: Message, words: str) -> None:
    """What comes back to the person from the provider itself."""
    outside.phones.add(
        Message(
            id="SM" + secrets.token_hex(16),
            channel=message.channel,
            provider="twilio",
            origin="provider",
            sender=message.recipient,
            recipient=message.sender,
            body=words,
            status="delivered",
            at=outside.clock.now(),
            links=links_in(words),
        )
    )
