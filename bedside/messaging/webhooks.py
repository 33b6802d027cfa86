"""Providers' callbacks. Signed by the provider, kept raw, answered in milliseconds; the worker applies them."""

from typing import Annotated, Any

from litestar import MediaType, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath, QueryParameter
from prometheus_client import Counter

from bedside.accounts import public
from bedside.kit.http.problems import Forbidden
from bedside.messaging.keeping import Intake, arrived
from bedside.messaging.provider_accounts import ProviderAccounts, provider_accounts
from bedside.messaging.providers.smtp.verp import message_of
from bedside.messaging.providers.twilio import webhooks as twilio
from bedside.messaging.providers.whatsapp_cloud import webhooks as whatsapp
from bedside.messaging.refusing import Refusals

RECEIVED = Counter("bedside_webhooks_total", "Webhooks by provider and what became of them", ["provider", "outcome"])

# WhatsApp's batches may carry a thousand statuses
LARGEST = 3 * 1024 * 1024
TWIML = "text/xml"
NOTHING = "<Response/>"


def accounts_of(state: State) -> ProviderAccounts:
    """The accounts of this process, made of its settings."""
    known: ProviderAccounts | None = state.get("provider_accounts")
    if known is None:
        known = state.provider_accounts = provider_accounts(state.settings, secret_key=state.secret_key)
    return known


async def _refuse(state: State, provider: str, reason: str = "signature") -> Forbidden:
    refusals: Refusals | None = state.get("webhook_refusals")
    if refusals is None:
        refusals = state.webhook_refusals = Refusals(state.database)
    await refusals.note(provider, reason)
    RECEIVED.labels(provider, "forged").inc()
    return Forbidden(
        "The signature is not the provider's.",
        next_step="Check the account's secret in the settings, and that BEDSIDE_PUBLIC_URL is the address that the "
        "provider calls.",
    )


async def _keep(state: State, provider: str, kind: str, body: bytes) -> None:
    intake: Intake | None = state.get("webhook_intake")
    if intake is None:
        intake = state.webhook_intake = Intake(state.database)
    fresh = await intake.keep(arrived(provider=provider, kind=kind, body=body))
    RECEIVED.labels(provider, "taken" if fresh else "repeated").inc()


async def _signed_by_twilio(request: Request[Any, Any, Any], accounts: ProviderAccounts) -> bytes:
    body = await request.body()
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    # the address that Twilio was told, and the one that it says it called (they differ behind some proxies)
    urls = [accounts.public_url + path, f"{request.url.scheme}://{request.headers.get('host', '')}{path}"]
    given = request.headers.get("x-twilio-signature")
    whose = twilio.account_of(body)
    tokens = [one.auth_token for _, one in accounts.twilios if whose in (None, one.account_sid)]
    if not any(twilio.is_signed(token, urls, body, given) for token in tokens):
        raise await _refuse(request.app.state, "twilio")
    return body


@post(
    "/webhooks/twilio/messages",
    guards=[public("signed by Twilio")],
    tags=["Webhooks"],
    summary="A message came in by Twilio",
    status_code=200,
    media_type=TWIML,
    request_max_body_size=LARGEST,
)
async def twilio_message(request: Request[Any, Any, Any], state: State) -> Response[str]:
    """Takes what somebody wrote by SMS (or WhatsApp carried by Twilio), as a form with `X-Twilio-Signature`.

    403 where the signature is wrong. The answer is an empty TwiML document: we reply through the queue.
    """
    accounts = accounts_of(state)
    body = await _signed_by_twilio(request, accounts)
    await _keep(state, "twilio", "inbound", body)
    return Response(NOTHING, media_type=TWIML)


@post(
    "/webhooks/twilio/status/{message_id:int}",
    guards=[public("signed by Twilio")],
    tags=["Webhooks"],
    summary="A message of ours came further at Twilio",
    status_code=204,
    request_max_body_size=LARGEST,
)
async def twilio_status(request: Request[Any, Any, Any], state: State, message_id: FromPath[int]) -> None:
    """Takes a status callback for the message that the address names, in any order and as often as it comes.

    403 where the signature is wrong.
    """
    accounts = accounts_of(state)
    body = await _signed_by_twilio(request, accounts)
    await _keep(state, "twilio", f"status:{message_id}", body)


@get(
    "/webhooks/whatsapp",
    guards=[public("answers only who knows the verify token")],
    tags=["Webhooks"],
    summary="WhatsApp verifies this address",
    media_type=MediaType.TEXT,
)
async def whatsapp_verification(
    state: State,
    mode: Annotated[str, QueryParameter(name="hub.mode")] = "",
    token: Annotated[str, QueryParameter(name="hub.verify_token")] = "",
    challenge: Annotated[str, QueryParameter(name="hub.challenge")] = "",
) -> Response[str]:
    """Answers the challenge as text where the verify token is ours; 403 where it is not."""
    ours = {account.verify_token for _, account in accounts_of(state).whatsapps} - {""}
    if mode != "subscribe" or token not in ours:
        raise await _refuse(state, "whatsapp_cloud", "token")
    return Response(challenge, media_type=MediaType.TEXT)


@post(
    "/webhooks/whatsapp",
    guards=[public("signed by Meta")],
    tags=["Webhooks"],
    summary="WhatsApp says what happened",
    status_code=200,
    request_max_body_size=LARGEST,
)
async def whatsapp_event(request: Request[Any, Any, Any], state: State) -> dict[str, str]:
    """Takes statuses and messages, as JSON with `X-Hub-Signature-256`, in any order and as often as they come.

    403 where the signature is wrong. A part that makes no sense is kept and leaves the others theirs.
    """
    accounts = accounts_of(state)
    body = await request.body()
    given = request.headers.get("x-hub-signature-256")
    if not any(whatsapp.is_signed(account.app_secret, body, given) for _, account in accounts.whatsapps):
        raise await _refuse(state, "whatsapp_cloud")
    await _keep(state, "whatsapp_cloud", "webhook", body)
    return {"status": "ok"}


@post(
    "/webhooks/mail/bounces",
    guards=[public("the envelope sender that it is addressed to cannot be made up")],
    tags=["Webhooks"],
    summary="A mail came back",
    status_code=204,
    request_max_body_size=LARGEST,
)
async def mail_bounce(request: Request[Any, Any, Any], state: State) -> None:
    """Takes a returned mail as it stands (message/rfc822), as mail servers and providers forward what comes to
    `bounces+...@`. 403 where it is not addressed to a message of ours."""
    accounts = accounts_of(state)
    body = await request.body()
    if message_of(body[:20_000].decode("utf-8", "replace"), secret=accounts.secret_key) is None:
        raise await _refuse(state, "smtp", "address")
    await _keep(state, "smtp", "bounce", body)


WEBHOOKS = [twilio_message, twilio_status, whatsapp_verification, whatsapp_event, mail_bounce]
