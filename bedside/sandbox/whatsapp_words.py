"""Reading a WhatsApp message as the Cloud API takes it: what it comes to on the phone, or the code that refuses it."""

from collections.abc import Mapping
from typing import Any

from litestar.exceptions import HTTPException

from bedside.sandbox.outside import Outside
from bedside.sandbox.phones import Attachment, Button
from bedside.sandbox.whatsapp_templates import Template, TemplateButton

LONGEST_TEXT = 4096
LONGEST_TEMPLATE = 1024
# Uploaded files by id: media type and bytes.
Media = Mapping[str, tuple[str, bytes]]

# code: (HTTP status, title)
REASONS = {
    4: (429, "API Too Many Calls"),
    100: (400, "Invalid parameter"),
    190: (401, "Access token has expired"),
    80007: (429, "Rate limit issues"),
    130429: (429, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    131000: (500, "Something went wrong"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (503, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131031: (403, "Business Account locked"),
    131047: (400, "Re-engagement message"),
    131048: (429, "Spam rate limit hit"),
    131049: (400, "Meta chose not to deliver"),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131056: (429, "(Business Account, Consumer Account) pair rate limit hit"),
    132000: (400, "Template Param Count Mismatch"),
    132001: (404, "Template does not exist"),
    132005: (400, "Template Hydrated Text Too Long"),
    132015: (400, "Template is Paused"),
    132016: (400, "Template is Disabled"),
    132018: (400, "Template parameter problem"),
}


class CloudError(HTTPException):
    """A refusal as Meta words it."""

    def __init__(self, code: int, details: str = "") -> None:
        status, title = REASONS.get(code, (400, "The message could not be sent"))
        super().__init__(detail=title, status_code=status)
        self.code, self.details = code, details or title


def title_of(code: int) -> str:
    """The title of an error code."""
    return REASONS.get(code, (400, "The message could not be sent"))[1]


class Words:
    """What a message comes to on the phone."""

    def __init__(self, body: str = "") -> None:
        self.body = body
        self.buttons: list[Button] = []
        self.attachments: list[Attachment] = []
        self.template: Template | None = None


def words_of(outside: Outside, media: Media, sent: dict[str, Any]) -> Words:
    """Reads the part of the request that its `type` names. Raises CloudError where something lacks or does not fit."""
    kind = sent.get("type", "text")
    part = sent.get(kind)
    if kind not in ("text", "template", "image", "document", "interactive"):
        raise CloudError(131051, f"type {kind}")
    if not isinstance(part, dict):
        raise CloudError(131008, f"{kind} is required")
    if kind == "template":
        return _template_words(outside, part)
    if kind == "interactive":
        return _interactive_words(part)
    if kind == "text":
        body = str(part.get("body") or "")
        if not body:
            raise CloudError(131008, "text.body is required")
        if len(body) > LONGEST_TEXT:
            raise CloudError(131009, f"text.body is longer than {LONGEST_TEXT} characters")
        return Words(body)
    words = Words(str(part.get("caption") or ""))
    address, media_type = part.get("link"), "image/*" if kind == "image" else "application/octet-stream"
    size = None
    if media_id := part.get("id"):
        found = media.get(str(media_id))
        if found is None:
            raise CloudError(131009, f"media {media_id} does not exist")
        address, media_type, size = f"/media/{media_id}", found[0], len(found[1])
    if not address:
        raise CloudError(131008, f"{kind}.link or {kind}.id is required")
    name = str(part.get("filename") or kind)
    words.attachments = [Attachment(name=name, media_type=media_type, size=size, url=str(address))]
    return words


def _template_words(outside: Outside, part: dict[str, Any]) -> Words:
    name, language = str(part.get("name")), str((part.get("language") or {}).get("code"))
    template = outside.templates.get(name, language)
    if template is None:
        raise CloudError(132001, f"template name ({name}) does not exist in {language}")
    components = part.get("components") or []
    values = [v for c in components if c.get("type", "").lower() == "body" for v in _values(c)]
    if len(values) != template.variables:
        raise CloudError(
            132000,
            f"body: number of localizable_params ({len(values)}) does not match "
            f"the expected number of params ({template.variables})",
        )
    words = Words(template.fill(values))
    if len(words.body) > LONGEST_TEMPLATE:
        raise CloudError(132005, f"{len(words.body)} characters where {LONGEST_TEMPLATE} are allowed")
    words.template = template
    for index, button in enumerate(template.buttons):
        given: dict[str, Any] = next(
            (c for c in components if c.get("type") == "button" and str(c.get("index")) == str(index)), {}
        )
        words.buttons.append(_template_button(button, given))
    return words


def _values(component: dict[str, Any]) -> list[str]:
    values = [str(parameter.get("text", "")) for parameter in component.get("parameters") or []]
    for value in values:
        # The wording is Meta's own; which code carries it is not stated in public documentation.
        if "\n" in value or "\t" in value or "     " in value:
            raise CloudError(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
        if not value:
            raise CloudError(131008, "Parameter of type text is missing text value")
    return values


def _template_button(button: TemplateButton, given: dict[str, Any]) -> Button:
    parameter: dict[str, Any] = next(iter(given.get("parameters") or []), {})
    if button.type == "QUICK_REPLY":
        return Button(kind="quick_reply", text=button.text, payload=str(parameter.get("payload", button.text)))
    ending = str(parameter.get("text", ""))
    return Button(kind="url", text=button.text, url=(button.url or "").replace("{{1}}", ending))


def _interactive_words(part: dict[str, Any]) -> Words:
    words = Words(str((part.get("body") or {}).get("text") or ""))
    if not words.body:
        raise CloudError(131008, "interactive.body.text is required")
    action = part.get("action") or {}
    rows = [button.get("reply", {}) for button in action.get("buttons") or []]
    rows += [row for section in action.get("sections") or [] for row in section.get("rows") or []]
    words.buttons = [Button(kind="interactive", text=str(r.get("title")), payload=str(r.get("id"))) for r in rows]
    if part.get("type") == "cta_url":
        parameters = action.get("parameters") or {}
        words.buttons = [Button(kind="url", text=str(parameters.get("display_text")), url=str(parameters.get("url")))]
    if not words.buttons or len(words.buttons) > 10:
        raise CloudError(131009, "interactive.action needs between one and ten choices")
    return words
