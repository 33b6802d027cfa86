"""Sending by Twilio's REST API, and looking for what a time-out left unknown (WIRE.md)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import structlog
from aiohttp import encode_basic_auth

from bedside.messaging.provider_accounts import TwilioAccount
from bedside.messaging.providers.http import Answer, NotReached, Unanswered, Wire
from bedside.messaging.providers.outcomes import Fault, Outcome, Outgoing, Price, Result, Verdict, refused
from bedside.messaging.providers.twilio.errors import fault_of

log = structlog.get_logger()

LONGEST_BODY = 1600

# Twilio's words for ours; what is under way there is sent as far as we go
STATUSES = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "read",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}


def words_of(message: Outgoing) -> str:
    """The words as they are sent. Buttons stand only in templates that Twilio keeps (ContentSid): elsewhere they are
    written out, to be answered by their letter."""
    if message.channel != "whatsapp" or not message.buttons:
        return message.body
    return "\n".join([message.body, "", *(f"{one.id}: {one.title}" for one in message.buttons)])


class Twilio:
    """SMS, and WhatsApp where Twilio carries it."""

    name = "twilio"
    at_once = 200

    def __init__(self, account: TwilioAccount, *, public_url: str, timeout: float = 15.0) -> None:
        self._account = account
        self._public_url = public_url
        self._wire = Wire(timeout=timeout)
        self._headers = {"Authorization": encode_basic_auth(account.account_sid, account.auth_token)}
        self._url = f"{account.base_url}/2010-04-01/Accounts/{account.account_sid}/Messages.json"
        self.real = account.real

    async def send(self, message: Outgoing) -> Outcome:
        """Posts one message. There is no idempotency at Twilio, so our id travels in the callback's address."""
        fields = self._fields(message)
        if isinstance(fields, Outcome):
            return fields
        try:
            form = [*fields.items(), *(("MediaUrl", file.url) for file in message.kept)]
            answer = await self._wire.request("POST", self._url, data=form, headers=self._headers)
        except NotReached as error:
            log.info("twilio_not_reached", error=str(error))
            return Outcome(result=Result.LATER, words="Twilio could not be reached.", verdict=Verdict.DOWN)
        except Unanswered as error:
            return Outcome(result=Result.UNKNOWN, words=f"Twilio did not answer: {error}", verdict=Verdict.AMBIGUOUS)
        return _outcome(answer)

    def _fields(self, message: Outgoing) -> dict[str, str] | Outcome:
        whatsapp = message.channel == "whatsapp"
        prefix = "whatsapp:" if whatsapp else ""
        fields = {
            "To": prefix + message.to,
            "StatusCallback": f"{self._public_url}/webhooks/twilio/status/{message.message_id}",
        }
        if message.sender_address.startswith("MG"):
            fields["MessagingServiceSid"] = message.sender_address
        else:
            fields["From"] = prefix + message.sender_address
        if whatsapp and not message.window_open:
            if not (message.whatsapp_name or "").startswith("HX"):
                return refused(
                    Fault(
                        Verdict.TEMPLATE,
                        "WhatsApp by Twilio needs the approved template's ContentSid (HX...) in the template, "
                        "under the name that WhatsApp knows.",
                    ),
                    63016,
                )
            fields["ContentSid"] = str(message.whatsapp_name)
            numbered = {str(n): value for n, value in enumerate(message.whatsapp_parameters, start=1)}
            fields["ContentVariables"] = msgspec.json.encode(numbered).decode()
        elif len(words_of(message)) > LONGEST_BODY:
            return refused(fault_of(21617), 21617)
        elif message.body or not message.kept:
            fields["Body"] = words_of(message)
        return fields

    async def look_up(self, message: Outgoing) -> list[Outcome]:
        """Messages at Twilio with the same sender, recipient and words, made since we began to send it.

        The resource does not give our callback's address back, and a message still queued has no DateSent to filter
        by, so the words and the time of creation decide.
        """
        prefix = "whatsapp:" if message.channel == "whatsapp" else ""
        query = {"To": prefix + message.to, "PageSize": "100"}
        if not message.sender_address.startswith("MG"):
            query["From"] = prefix + message.sender_address
        try:
            answer = await self._wire.request("GET", self._url, params=query, headers=self._headers)
        except (NotReached, Unanswered):
            return []
        since = message.sending_at - timedelta(seconds=5)  # their clock and ours; their dates have whole seconds
        fitting = [
            one
            for one in answer.json.get("messages") or []
            if one.get("body") == words_of(message)
            and str(one.get("direction", "")).startswith("outbound")
            and _instant(one.get("date_created")) >= since
        ]
        return [
            Outcome(
                result=Result.SENT,
                provider_id=str(one["sid"]),
                status=STATUSES.get(str(one.get("status")), "sent"),
                code=str(one["error_code"]) if one.get("error_code") else None,
                segments=_number(one.get("num_segments")),
            )
            for one in reversed(fitting)
        ]

    async def price(self, provider_id: str) -> Price | None:
        """What a message cost; None where Twilio does not say, or not yet. Raises NotReached, Unanswered."""
        url = f"{self._url.removesuffix('.json')}/{provider_id}.json"
        answer = await self._wire.request("GET", url, headers=self._headers)
        if answer.status == 429 or answer.status >= 500:
            raise Unanswered(f"Twilio answered {answer.status}")
        amount, currency = _amount(answer.json.get("price")), str(answer.json.get("price_unit") or "")[:3].upper()
        if answer.status != 200 or amount is None or not currency:
            return None
        return Price(amount=amount, currency=currency, segments=_number(answer.json.get("num_segments")))

    async def close(self) -> None:
        """Closes connections."""
        await self._wire.close()


def _outcome(answer: Answer) -> Outcome:
    if answer.status == 201 and answer.json.get("sid"):
        return Outcome(
            result=Result.SENT,
            provider_id=str(answer.json["sid"]),
            segments=_number(answer.json.get("num_segments")),
        )
    code = _number(answer.json.get("code"))
    after = timedelta(seconds=answer.retry_after) if answer.retry_after else None
    if answer.status == 429:
        # never processed, whatever code it carries
        return refused(fault_of(code if code in (21611, 14107) else 20429), code or 429, after=after)
    if answer.status >= 500 or answer.status < 400 or code is None:
        return Outcome(
            result=Result.UNKNOWN,
            code=str(code or answer.status),
            words=f"Twilio answered {answer.status} without saying whether it took the message.",
            verdict=Verdict.AMBIGUOUS,
        )
    return refused(fault_of(code, str(answer.json.get("message", ""))), code, after=after)


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _amount(value: Any) -> Decimal | None:
    """A price as a positive amount: Twilio takes it off the account, so it comes with a minus."""
    try:
        amount = abs(Decimal(str(value)))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount < 1_000_000 else None


def _instant(text: Any) -> datetime:
    try:
        return parsedate_to_datetime(str(text)).astimezone(UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
