"""WhatsApp Cloud API, as its public reference has it (v25.0).

    POST /v25.0/{phone_number_id}/messages                  text, template, image, document, audio, interactive; 200
    POST /v25.0/{phone_number_id}/media                     multipart upload (`file`, `type`), answers {"id"}
    GET  /v25.0/{media_id}                                  {"url", "mime_type", "sha256", "file_size", "id"}
    GET  /v25.0/{phone_number_id}                           the number: a cheap way to try the token
    GET|POST /v25.0/{business_account_id}/message_templates the template registry

All with `Authorization: Bearer`. Errors are `{"error":{message, type, code, error_data:{details}, fbtrace_id}}`.
Free text is held to 24 hours after the person's last message: 131047 in the answer. (Meta may accept such a message
first and send 131047 in a `failed` status: dial in an `error` with that code, at `receipt`.)
"""

import asyncio
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from bedside.sandbox.accounts import WhatsAppHolder
from bedside.sandbox.media import keep
from bedside.sandbox.outside import Outside, outside_of
from bedside.sandbox.phones import Message, as_phone, links_in
from bedside.sandbox.receipts import Step, travel
from bedside.sandbox.webhooks import tell_status
from bedside.sandbox.whatsapp_templates import VARIABLE, HeaderFormat, TemplateButton, review
from bedside.sandbox.whatsapp_words import CloudError, title_of, words_of

WINDOW = timedelta(hours=24)
# These come in a `failed` status after acceptance; everything else is answered at once.
IN_RECEIPTS = frozenset({130472, 131026, 131048, 131049, 131050, 131053})


def _refusal(_: Request[Any, Any, Any], error: CloudError) -> Response[dict[str, Any]]:
    body = {
        "message": f"(#{error.code}) {error.detail}",
        "type": "OAuthException",
        "code": error.code,
        "error_data": {"messaging_product": "whatsapp", "details": error.details},
        "fbtrace_id": "A" + secrets.token_urlsafe(16),
    }
    return Response({"error": body}, status_code=error.status_code)


def _authenticate(request: Request[Any, Any, Any]) -> tuple[Outside, WhatsAppHolder]:
    """The outside world, and the number whose token it is."""
    outside = outside_of(request)
    shown = request.headers.get("Authorization", "").encode()
    for holder in outside.accounts.whatsapps:
        if hmac.compare_digest(shown, f"Bearer {holder.access_token}".encode()):
            return outside, holder
    raise CloudError(190, "Invalid OAuth access token")


@post("/{phone_number_id:str}/messages", status_code=200)
async def send_message(request: Request[Any, Any, Any], phone_number_id: FromPath[str]) -> dict[str, Any]:
    """Accepts a message, or refuses it with a code; see the module's own text."""
    outside, holder = _authenticate(request)
    sent = await request.json()
    if not isinstance(sent, dict) or sent.get("messaging_product") != "whatsapp":
        raise CloudError(100, "The parameter messaging_product is required.")
    to = as_phone(str(sent.get("to") or ""))
    fault = await outside.bad_day(request, "whatsapp", to, account=phone_number_id)
    if fault is not None:
        raise CloudError(130429 if fault.kind == "rate_limit" else 131016)
    if phone_number_id != holder.phone_number_id:
        raise CloudError(100, f"Object with ID '{phone_number_id}' does not exist")
    digits = to.removeprefix("+")
    if not digits:
        raise CloudError(131008, "to is required")
    if not (digits.isdigit() and 7 <= len(digits) <= 15):
        raise CloudError(131009, "to is not a phone number")
    if to == holder.number:
        raise CloudError(131021)
    words = words_of(outside, outside.media, sent)
    now_code, later_code = outside.faults.error_for(
        "whatsapp", to, account=phone_number_id, comes_later=lambda code: code in IN_RECEIPTS, usual=131026
    )
    if now_code is not None:
        raise CloudError(now_code)
    if words.template is None and later_code != 131047 and not _window_open(outside, to, holder):
        raise CloudError(131047, "More than 24 hours have passed since the recipient last replied to this number.")
    message = outside.phones.add(
        Message(
            id="wamid." + secrets.token_urlsafe(30),
            channel="whatsapp",
            provider="whatsapp_cloud",
            sender=holder.number,
            recipient=to,
            body=words.body,
            template=words.template.name if words.template else None,
            language=words.template.language if words.template else None,
            status="accepted",
            at=outside.clock.now(),
            buttons=words.buttons,
            attachments=words.attachments,
            links=[*links_in(words.body), *(button.url for button in words.buttons if button.url)],
            callback_data=sent.get("biz_opaque_callback_data"),
        )
    )
    _set_off(outside, message, later_code)
    await outside.say_nothing("whatsapp", to, account=phone_number_id)
    return {
        "messaging_product": "whatsapp",
        "contacts": [{"input": str(sent["to"]), "wa_id": digits}],
        "messages": [{"id": message.id, **({"message_status": "accepted"} if words.template else {})}],
    }


def _window_open(outside: Outside, person: str, holder: WhatsAppHolder) -> bool:
    last = outside.phones.last_written.get((person, holder.number))
    return last is not None and outside.clock.now() - last < WINDOW


def _set_off(outside: Outside, message: Message, error_code: int | None) -> None:
    pace = outside.pace
    if error_code is not None:
        steps = [Step("failed", pace.sent, error_code)]
    else:
        steps = [Step("sent", pace.sent), Step("delivered", pace.delivered)]
        if pace.read is not None:
            steps.append(Step("read", pace.read))

    async def tell(status: str, code: int | None) -> None:
        await tell_status(outside, message, status, code, title_of(code) if code else None)

    async def go() -> None:
        await travel(outside, message, steps, tell)
        if message.seen and message.status == "delivered":  # they had the thread open when it came
            await travel(outside, message, [Step("read", 0)], tell)

    outside.start(go())


# --- media: kept in memory, the newest 64 ---


@post("/{phone_number_id:str}/media", status_code=200, request_max_body_size=16 * 1024 * 1024)
async def upload_media(request: Request[Any, Any, Any], phone_number_id: FromPath[str]) -> dict[str, str]:
    """Takes a file of at most 16 MB and gives the id a message may name."""
    outside, holder = _authenticate(request)
    if phone_number_id != holder.phone_number_id:
        raise CloudError(100, f"Object with ID '{phone_number_id}' does not exist")
    form = await request.form()
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise CloudError(131008, "file is required")
    return {"id": keep(outside, str(form.get("type") or file.content_type), await file.read())}


@get("/{object_id:str}")
async def get_object(request: Request[Any, Any, Any], object_id: FromPath[str]) -> dict[str, Any]:
    """A file's description with where to download it (with the same bearer), or the phone number's."""
    outside, holder = _authenticate(request)
    if object_id == holder.phone_number_id:
        return {"id": object_id, "display_phone_number": holder.number, "verified_name": "Demonstration hospital"}
    media = outside.media.get(object_id)
    if media is None:
        raise CloudError(100, f"Object with ID '{object_id}' does not exist")
    return {
        "messaging_product": "whatsapp",
        "id": object_id,
        "url": f"{request.base_url}media/{object_id}",
        "mime_type": media[0],
        "sha256": hashlib.sha256(media[1]).hexdigest(),
        "file_size": len(media[1]),
    }


@get("/{business_account_id:str}/message_templates")
async def list_templates(request: Request[Any, Any, Any], business_account_id: FromPath[str]) -> dict[str, Any]:
    """The templates, all of them in one page; `name`, `language` and `status` narrow it."""
    outside = _business(request, business_account_id)
    query = request.query_params
    fitting = [
        template
        for template in outside.templates
        if all(query.get(field) in (None, getattr(template, field)) for field in ("name", "language", "status"))
    ]
    data = [
        {
            "id": template.id,
            "name": template.name,
            "language": template.language,
            "category": template.category,
            "status": template.status,
            "rejected_reason": template.rejected_reason,
            "components": template.components(),
        }
        for template in fitting
    ]
    return {"data": data, "paging": {"cursors": {"before": "", "after": ""}}}


@post("/{business_account_id:str}/message_templates", status_code=200)
async def create_template(request: Request[Any, Any, Any], business_account_id: FromPath[str]) -> dict[str, str]:
    """Takes a template in. A moment later it is approved, or rejected where its words are no good."""
    outside = _business(request, business_account_id)
    sent = await request.json()
    name, language, category = (sent.get(field) for field in ("name", "language", "category"))
    parts = {str(part.get("type")).upper(): part for part in sent.get("components") or []}
    body = (parts.get("BODY") or {}).get("text")
    if not (name and language and body) or category not in ("MARKETING", "UTILITY", "AUTHENTICATION"):
        raise CloudError(100, "name, language, category and a component of type BODY are required")
    if body.strip().startswith("{{") or body.strip().endswith("}}"):
        raise CloudError(100, "Variables can't be at the start or end of the template.")
    if VARIABLE.search(body) and not (parts["BODY"].get("example") or {}).get("body_text"):
        raise CloudError(100, "Templates with variables need an example of each: component BODY, example.body_text")
    if outside.templates.get(name, language) is not None:
        raise CloudError(100, "Content in this language already exists")
    template = outside.templates.add(
        name=name,
        language=language,
        category=category,
        body=body,
        header=(parts.get("HEADER") or {}).get("text"),
        header_format=_header_format(parts.get("HEADER") or {}),
        footer=(parts.get("FOOTER") or {}).get("text"),
        buttons=[
            TemplateButton(type=button.get("type"), text=str(button.get("text")), url=button.get("url"))
            for button in (parts.get("BUTTONS") or {}).get("buttons") or []
        ],
        status="PENDING",
    )

    async def decide() -> None:
        await asyncio.sleep(outside.pace.review)
        review(template)

    outside.start(decide())
    return {"id": template.id, "status": template.status, "category": template.category}


def _header_format(header: dict[str, Any]) -> HeaderFormat:
    match header.get("format", "TEXT"):
        case "TEXT":
            return "TEXT"
        case "IMAGE":
            return "IMAGE"
        case "DOCUMENT":
            return "DOCUMENT"
    raise CloudError(100, "A header's format is TEXT, IMAGE or DOCUMENT here")


def _business(request: Request[Any, Any, Any], business_account_id: str) -> Outside:
    outside, _ = _authenticate(request)
    if business_account_id != outside.accounts.whatsapp_business_account_id:
        raise CloudError(100, f"Object with ID '{business_account_id}' does not exist")
    return outside


@get("/media/{media_id:str}")
async def download_media(request: Request[Any, Any, Any], media_id: FromPath[str]) -> Response[bytes]:
    """The file itself, for whoever shows the bearer, or for the page of this sandbox."""
    media = outside_of(request).media.get(media_id)
    if media is None:
        raise CloudError(100, f"Object with ID '{media_id}' does not exist")
    if request.headers.get("Sec-Fetch-Site") not in ("same-origin", "none"):
        _authenticate(request)
    return Response(media[1], media_type=media[0])


router = Router(
    "/",
    route_handlers=[
        Router(
            "/v25.0",
            route_handlers=[send_message, upload_media, get_object, list_templates, create_template],
        ),
        download_media,
    ],
    exception_handlers={CloudError: _refusal},
)
