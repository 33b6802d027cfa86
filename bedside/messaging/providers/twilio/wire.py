"""Sending by Twilio's REST API, and looking for what a time-out left unknown (WIRE.md)."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
from aiohttp import encode_basic_auth

from bedside.messaging.provider_accounts import TwilioAccount
from bedside.messaging.providers.http import Answer, NotReached, Unanswered, Wire
from bedside.messaging.providers.outcomes import Fault, Outcome, Outgoing, Result, Verdict, refused
from bedside.messaging.providers.twilio.errors import fault_of

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


class Twilio:
    """SMS, and WhatsApp where Twilio carries it."""

    name = "twilio"

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
            answer = await self._wire.request("POST", self._url, data=fields, headers=self._headers)
        except NotReached as error:
            return Outcome(result=Result.LATER, words=f"Twilio could not be reached: {error}", verdict=Verdict.RETRY)
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
        elif len(message.body) > LONGEST_BODY:
            return refused(fault_of(21617), 21617)
        else:
            fields["Body"] = message.body
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
            if one.get("body") == message.body
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


def _instant(text: Any) -> datetime:
    try:
        return parsedate_to_datetime(str(text)).astimezone(UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
