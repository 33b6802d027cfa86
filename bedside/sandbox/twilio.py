"""Twilio Programmable Messaging, as its public reference has it.

    POST /2010-04-01/Accounts/{AccountSid}/Messages.json          send (form), 201
    GET  /2010-04-01/Accounts/{AccountSid}/Messages.json          list; To, From, DateSent and DateSent> DateSent<
    GET  /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json    one message
    GET  /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}/Media/{MediaSid}   a file that somebody sent
    GET  /2010-04-01/Accounts/{AccountSid}.json                   the account: a cheap way to try the credentials

Basic auth with the account's SID and token, or an API key and its secret. Errors are `{code, message, more_info,
status}`. Statuses go queued, sending, sent, delivered (then read for `whatsapp:` addresses); every one after the first
is posted to StatusCallback, signed. The message resource does not give the callback URL back.
"""

import base64
import hmac
import json
import re
import secrets
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from hashlib import md5
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from bedside.sandbox.accounts import TwilioHolder
from bedside.sandbox.media import fetch
from bedside.sandbox.outside import Outside, outside_of
from bedside.sandbox.phones import Channel, Message, as_phone, links_in
from bedside.sandbox.receipts import Step, travel
from bedside.sandbox.sms_length import parts_of

E164 = re.compile(r"\+[1-9]\d{6,14}")
LONGEST_BODY = 1600
WINDOW = timedelta(hours=24)

REASONS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20503: (503, "Service unavailable"),
    21211: (400, "Invalid 'To' Phone Number"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (
        400,
        "The 'From' phone number provided is not a valid message-capable Twilio phone number for this account",
    ),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21611: (429, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: (400, "The 'To' phone number is not currently reachable"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21620: (400, "Invalid media URL(s)"),
    21656: (400, "The ContentVariables parameter is invalid"),
}


class TwilioError(HTTPException):
    """A refusal as Twilio words it."""

    def __init__(self, code: int, detail: str = "") -> None:
        status, reason = REASONS.get(code, (400, "The message could not be sent"))
        super().__init__(detail=f"{reason}: {detail}" if detail else reason, status_code=status)
        self.code = code


def _refusal(_: Request[Any, Any, Any], error: TwilioError) -> Response[dict[str, Any]]:
    return Response(
        {
            "code": error.code,
            "message": error.detail,
            "more_info": f"https://www.twilio.com/docs/errors/{error.code}",
            "status": error.status_code,
        },
        status_code=error.status_code,
    )


def _authenticate(request: Request[Any, Any, Any], account_sid: str) -> tuple[Outside, TwilioHolder]:
    """The outside world and the account, for whoever shows its credentials. 401 with code 20003 otherwise."""
    outside = outside_of(request)
    accounts = outside.accounts
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        user = password = ""
    holder = next((one for one in accounts.twilios if one.account_sid == account_sid), None)
    known = {holder.account_sid: holder.auth_token} if holder else {}
    if account_sid == accounts.twilio_account_sid:
        known[accounts.twilio_api_key] = accounts.twilio_api_secret
    right = hmac.compare_digest(known.get(user, "").encode(), password.encode()) and password != ""
    if scheme.lower() != "basic" or not right or holder is None:
        raise TwilioError(20003)
    return outside, holder


@post("/{account_sid:str}/Messages.json")
async def send_message(request: Request[Any, Any, Any], account_sid: FromPath[str]) -> Response[dict[str, Any]]:
    """Accepts a message, or refuses it with a code; see the module's own text."""
    outside, holder = _authenticate(request, account_sid)
    form = await request.form()
    fields = {name: str(form[name]) for name in form}
    whatsapp = fields.get("To", "").startswith("whatsapp:")
    channel: Channel = "whatsapp" if whatsapp else "sms"
    to = fields.get("To", "").removeprefix("whatsapp:")
    fault = await outside.bad_day(request, channel, to, account=account_sid)
    if fault is not None and fault.kind == "rate_limit":
        raise TwilioError(20429)
    if fault is not None:
        raise TwilioError(20503)
    sender = _sender_of(holder, fields, whatsapp)
    if not to:
        raise TwilioError(21604)
    if not E164.fullmatch(to):
        raise TwilioError(21211, fields["To"])
    body, template = _words_of(outside, fields)
    media = [str(url) for url in form.getall("MediaUrl", [])]
    if not body and not media:
        raise TwilioError(21602)
    if len(body) > LONGEST_BODY:
        raise TwilioError(21617)
    if len(media) > 10:
        raise TwilioError(21620, "at most 10")
    if (to, sender) in outside.phones.opted_out:
        raise TwilioError(21610)
    now_code, code = outside.faults.error_for(
        channel, to, account=account_sid, comes_later=lambda code: code >= 30000, usual=30007
    )
    if now_code is not None:
        raise TwilioError(now_code)
    segments, encoding = parts_of(body)
    message = outside.phones.add(
        Message(
            id="SM" + secrets.token_hex(16),
            channel=channel,
            provider="twilio",
            sender=sender,
            recipient=to,
            body=body,
            template=template,
            status="queued",
            at=outside.clock.now(),
            segments=segments,
            encoding=encoding,
            links=links_in(body),
        )
    )
    if template is None and whatsapp and not _window_open(outside, to, sender):
        code = 63016  # accepted, and failed afterwards: Twilio hears of it from WhatsApp
    _set_off(outside, message, fields, code, media)
    await outside.say_nothing(channel, to, account=account_sid)
    return Response(_resource(outside, message, fields.get("MessagingServiceSid")), status_code=201)


def _sender_of(holder: TwilioHolder, fields: dict[str, str], whatsapp: bool) -> str:
    service, sender = fields.get("MessagingServiceSid"), fields.get("From")
    if sender is None and service is None:
        raise TwilioError(21603)
    if sender is None:
        if service != holder.messaging_service_sid:
            raise TwilioError(20404, str(service))
        return holder.whatsapp_number if whatsapp else holder.numbers[0]
    owned = (f"whatsapp:{holder.whatsapp_number}",) if whatsapp else holder.numbers
    if sender not in owned:
        raise TwilioError(21606, sender)
    return as_phone(sender)


def _words_of(outside: Outside, fields: dict[str, str]) -> tuple[str, str | None]:
    """The body as the person reads it, and the template it came from."""
    content_sid = fields.get("ContentSid")
    if content_sid is None:
        return fields.get("Body", ""), None
    template = next((t for t in outside.templates if content_sid_of(t.name, t.language) == content_sid), None)
    if template is None:
        raise TwilioError(20404, content_sid)
    try:
        variables = json.loads(fields.get("ContentVariables", "{}"))
        values = [str(variables[str(number)]) for number in range(1, template.variables + 1)]
    except (ValueError, KeyError, TypeError) as problem:
        raise TwilioError(21656) from problem
    return template.fill(values), template.name


def content_sid_of(name: str, language: str) -> str:
    """The ContentSid under which this sandbox keeps a shipped template: `HX` and a digest of its name and language."""
    return "HX" + md5(f"{name}/{language}".encode(), usedforsecurity=False).hexdigest()


def _window_open(outside: Outside, person: str, sender: str) -> bool:
    last = outside.phones.last_written.get((person, sender))
    return last is not None and outside.clock.now() - last < WINDOW


def _set_off(
    outside: Outside, message: Message, fields: dict[str, str], error_code: int | None, media: list[str]
) -> None:
    pace = outside.pace
    steps = [Step("sending", pace.sent / 2), Step("sent", pace.sent / 2)]
    if error_code is not None:
        steps.append(Step("failed" if error_code == 63016 else "undelivered", pace.delivered, error_code))
    else:
        steps.append(Step("delivered", pace.delivered))
        if message.channel == "whatsapp" and pace.read is not None:
            steps.append(Step("read", pace.read))
    url = fields.get("StatusCallback")

    async def tell(status: str, code: int | None) -> None:
        await outside.callbacks.post_form(
            str(url),
            _receipt(outside, message, fields, status, code),
            token=outside.accounts.twilio_of(message.sender).auth_token,
            what=f"{message.channel} {status}",
        )

    async def go() -> None:
        failed = await fetch(outside, message, media)
        if failed is not None:
            steps[:] = [Step("failed", pace.sent, failed)]
        await travel(outside, message, steps, tell if url else None)

    outside.start(go())


def _receipt(outside: Outside, message: Message, sent: dict[str, str], status: str, code: int | None) -> dict[str, str]:
    prefix = "whatsapp:" if message.channel == "whatsapp" else ""
    receipt = {
        "MessageSid": message.id,
        "SmsSid": message.id,
        "MessageStatus": status,
        "SmsStatus": status,
        "To": prefix + message.recipient,
        "From": prefix + message.sender,
        "AccountSid": outside.accounts.twilio_of(message.sender).account_sid,
        "ApiVersion": "2010-04-01",
    }
    if "MessagingServiceSid" in sent:
        receipt["MessagingServiceSid"] = sent["MessagingServiceSid"]
    if prefix:
        receipt["ChannelPrefix"] = "whatsapp"
        receipt["ChannelToAddress"] = message.recipient
    if code is not None:
        receipt["ErrorCode"] = str(code)
    return receipt


@get("/{account_sid:str}/Messages.json")
async def list_messages(request: Request[Any, Any, Any], account_sid: FromPath[str]) -> dict[str, Any]:
    """The messages that fit the filters, newest first. A message still queued is dated by its creation: what Twilio
    does with it under a DateSent filter is not stated in public documentation."""
    outside, holder = _authenticate(request, account_sid)
    query = request.query_params
    wanted = [one for one in outside.phones if one.provider == "twilio" and _holder_of(outside, one) == holder]
    for name, end in (("To", "recipient"), ("From", "sender")):
        if value := query.get(name):
            value = value.replace("whatsapp: ", "whatsapp:+")  # a bare + that a form decoder took for a blank
            wanted = [m for m in wanted if getattr(m, end) == as_phone(value) and _channel_fits(m, value)]
    if value := query.get("DateSent"):
        wanted = [m for m in wanted if m.at.date() == _instant(value).date()]
    if value := query.get("DateSent>"):
        wanted = [m for m in wanted if m.at >= _instant(value)]
    if value := query.get("DateSent<"):
        wanted = [m for m in wanted if m.at <= _instant(value)]
    size = max(1, min(int(query.get("PageSize", "50")), 1000))
    page = max(0, int(query.get("Page", "0")))
    newest_first = wanted[::-1]
    shown = newest_first[page * size : (page + 1) * size]
    address = f"/2010-04-01/Accounts/{account_sid}/Messages.json?PageSize={size}&Page="
    return {
        "messages": [_resource(outside, message, None) for message in shown],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + len(shown) - 1,
        "uri": f"{address}{page}",
        "first_page_uri": f"{address}0",
        "previous_page_uri": f"{address}{page - 1}" if page else None,
        "next_page_uri": f"{address}{page + 1}" if len(newest_first) > (page + 1) * size else None,
    }


def _holder_of(outside: Outside, message: Message) -> TwilioHolder:
    """The account whose message it is, whichever way it went."""
    ours = message.recipient if message.origin == "person" else message.sender
    return outside.accounts.twilio_of(ours)


def _channel_fits(message: Message, address: str) -> bool:
    return (message.channel == "whatsapp") == address.startswith("whatsapp:")


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as problem:
        raise TwilioError(20001, f"{text} is not a date") from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@get("/{account_sid:str}/Messages/{name:str}")
async def get_message(
    request: Request[Any, Any, Any], account_sid: FromPath[str], name: FromPath[str]
) -> dict[str, Any]:
    """One message by its SID."""
    outside, holder = _authenticate(request, account_sid)
    message = outside.phones.get(name.removesuffix(".json"))
    if message is None or message.provider != "twilio" or _holder_of(outside, message) != holder:
        raise TwilioError(20404, name)
    return _resource(outside, message, None)


@get("/{account_sid:str}/Messages/{sid:str}/Media/{media_sid:str}")
async def get_media(
    request: Request[Any, Any, Any], account_sid: FromPath[str], sid: FromPath[str], media_sid: FromPath[str]
) -> Response[bytes]:
    """Sends on to a message's file, as Twilio does to where it stores them."""
    outside, _ = _authenticate(request, account_sid)
    place = int(media_sid.removeprefix("ME"), 16) if re.fullmatch("ME[0-9a-f]{32}", media_sid) else -1
    if outside.mail_files.get(sid, place) is None:
        raise TwilioError(20404, media_sid)
    return Response(b"", status_code=307, headers={"Location": f"/mail/{sid}/attachments/{place}"})


@get("/{name:str}")
async def get_account(request: Request[Any, Any, Any], name: FromPath[str]) -> dict[str, Any]:
    """The account itself."""
    sid = name.removesuffix(".json")
    _authenticate(request, sid)
    return {"sid": sid, "friendly_name": "Demonstration hospital", "status": "active", "type": "Full"}


def _resource(outside: Outside, message: Message, service: str | None) -> dict[str, Any]:
    prefix = "whatsapp:" if message.channel == "whatsapp" else ""
    sid = _holder_of(outside, message).account_sid
    uri = f"/2010-04-01/Accounts/{sid}/Messages/{message.id}"
    incoming = message.origin == "person"
    updated = message.updated_at or message.at
    return {
        "account_sid": sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": format_datetime(message.at),
        "date_sent": None if message.status == "queued" else format_datetime(message.at),
        "date_updated": format_datetime(updated),
        "direction": "inbound" if incoming else "outbound-reply" if message.origin == "provider" else "outbound-api",
        "error_code": message.error_code,
        "error_message": REASONS.get(message.error_code or 0, (0, None))[1],
        "from": prefix + message.sender,
        "messaging_service_sid": service,
        "num_media": str(len(message.attachments)),
        "num_segments": str(message.segments or 1),
        "price": _price(message),
        "price_unit": "USD",
        "sid": message.id,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": prefix + message.recipient,
        "uri": f"{uri}.json",
    }


def _price(message: Message) -> str | None:
    """What the account is charged: a part of an SMS costs 0.0079 USD, a WhatsApp message 0.005, once it has ended."""
    if message.status not in ("delivered", "undelivered", "read"):
        return None
    each = Decimal("0.0079") if message.channel == "sms" else Decimal("0.005")
    return f"{-each * (message.segments or 1 if message.channel == 'sms' else 1):.5f}"


router = Router(
    "/2010-04-01/Accounts",
    route_handlers=[send_message, list_messages, get_message, get_media, get_account],
    exception_handlers={TwilioError: _refusal},
)
