"""Reading a WhatsApp message as the Cloud API takes it: what it comes to on the phone, or the code that refuses it."""

from collections.abc import Mapping
from typing import Any

from litestar.exceptions import HTTPException

from bedside.sandbox.outside import Outside
from bedside.sandbox.phones import Attachment, Button
from bedside.sandbox.whatsapp_templates import Template, TemplateButton

LONGEST_TEXT = 4096
LONGEST_TEMPLATE = LONGEST_INTERACTIVE = 1024
MOST_REPLIES, LONGEST_REPLY, LONGEST_ID = 3, 20, 256
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
    132012: (400, "Template Parameter Format Mismatch"),
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
    if kind not in ("text", "template", "image", "document", "audio", "interactive"):
        raise CloudError(131051, f"type {kind}")
    if not isinstance(part, dict):
        raise CloudError(131008, f"{kind} is required")
    if kind == "template":
        return _template_words(outside, media, part)
    if kind == "interactive":
        return _interactive_words(media, part)
    if kind == "text":
        body = str(part.get("body") or "")
        if not body:
            raise CloudError(131008, "text.body is required")
        if len(body) > LONGEST_TEXT:
            raise CloudError(131009, f"text.body is longer than {LONGEST_TEXT} characters")
        return Words(body)
    words = Words(str(part.get("caption") or ""))
    words.attachments = [_file(media, kind, part)]
    return words


def _file(media: Media, kind: str, part: dict[str, Any]) -> Attachment:
    """A picture, document or sound, by its address or by the id of an upload."""
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
    return Attachment(name=name, media_type=media_type, size=size, url=str(address))


def _template_words(outside: Outside, media: Media, part: dict[str, Any]) -> Words:
    name, language = str(part.get("name")), str((part.get("language") or {}).get("code"))
    template = outside.templates.get(name, language)
    if template is None:
        raise CloudError(132001, f"template name ({name}) does not exist in {language}")
    if template.status == "PAUSED":
        raise CloudError(132015, f"template name ({name}) is paused")
    if template.status != "APPROVED":
        raise CloudError(132001, f"template name ({name}) is not approved in {language}")
    components = part.get("components") or []
    values = [v for c in components if c.get("type", "").lower() == "body" for v in _values(c)]
    if len(values) != template.variables:
        raise CloudError(
            132000,
            f"body: number of localizable_params ({len(values)}) does not match "
            f"the expected number of params ({template.variables})",
        )
    header, above = _template_header(media, template, components)
    words = Words(template.fill(values, header))
    words.attachments = above
    if len(words.body) > LONGEST_TEMPLATE:
        raise CloudError(132005, f"{len(words.body)} characters where {LONGEST_TEMPLATE} are allowed")
    words.template = template
    _check_template_buttons(template, components)
    for index, button in enumerate(template.buttons):
        given: dict[str, Any] = next(
            (c for c in components if c.get("type") == "button" and str(c.get("index")) == str(index)), {}
        )
        words.buttons.append(_template_button(button, given))
    return words


def _template_header(
    media: Media, template: Template, components: list[dict[str, Any]]
) -> tuple[str, list[Attachment]]:
    """What fills the header: words, or a file."""
    given = [p for c in components if c.get("type", "").lower() == "header" for p in c.get("parameters") or []]
    if template.header_takes is None:
        if given:
            raise CloudError(132018, "header: the template has none that takes parameters")
        return "", []
    if len(given) != 1 or given[0].get("type") != template.header_takes:
        raise CloudError(132012, f"header: Format mismatch, expected {template.header_takes.upper()}")
    [parameter] = given
    if template.header_takes == "text":
        return str(parameter.get("text") or ""), []
    return "", [_file(media, template.header_takes, parameter.get(template.header_takes) or {})]


def _check_template_buttons(template: Template, components: list[dict[str, Any]]) -> None:
    """Each component of type button must be one of the template's, of its kind."""
    for component in components:
        if str(component.get("type", "")).lower() != "button":
            continue
        place = str(component.get("index"))
        if not place.isdigit() or int(place) >= len(template.buttons):
            raise CloudError(132018, f"buttons: Button at index {place} does not exist in the template")
        kind = template.buttons[int(place)].type
        if str(component.get("sub_type", "")).upper() != kind:
            raise CloudError(132018, f"buttons: Button at index {place} of type {kind}")


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


def _interactive_words(media: Media, part: dict[str, Any]) -> Words:
    words = Words(str((part.get("body") or {}).get("text") or ""))
    if not words.body:
        raise CloudError(131008, "interactive.body.text is required")
    if len(words.body) > LONGEST_INTERACTIVE:
        raise CloudError(131009, f"interactive.body.text is longer than {LONGEST_INTERACTIVE} characters")
    header = part.get("header") or {}
    if header.get("type") == "text":
        words.body = f"{header.get('text')}\n\n{words.body}"
    elif header:
        kind = str(header.get("type"))
        words.attachments = [_file(media, kind, header.get(kind) or {})]
    action = part.get("action") or {}
    rows = [button.get("reply", {}) for button in action.get("buttons") or []]
    rows += [row for section in action.get("sections") or [] for row in section.get("rows") or []]
    if part.get("type") == "button":
        _check_replies(rows)
    words.buttons = [Button(kind="interactive", text=str(r.get("title")), payload=str(r.get("id"))) for r in rows]
    if part.get("type") == "cta_url":
        parameters = action.get("parameters") or {}
        words.buttons = [Button(kind="url", text=str(parameters.get("display_text")), url=str(parameters.get("url")))]
    if not words.buttons or len(words.buttons) > 10:
        raise CloudError(131009, "interactive.action needs between one and ten choices")
    return words


def _check_replies(rows: list[dict[str, Any]]) -> None:
    ids, titles = [str(row.get("id") or "") for row in rows], [str(row.get("title") or "") for row in rows]
    if not 1 <= len(rows) <= MOST_REPLIES:
        raise CloudError(131009, f"interactive.action.buttons needs between 1 and {MOST_REPLIES} buttons")
    if any(not 1 <= len(title) <= LONGEST_REPLY for title in titles):
        raise CloudError(131009, f"Button title length invalid. Min length: 1, Max length: {LONGEST_REPLY}")
    if any(not 1 <= len(id_) <= LONGEST_ID for id_ in ids):
        raise CloudError(131009, f"Button id length invalid. Min length: 1, Max length: {LONGEST_ID}")
    if len(set(ids)) < len(ids) or len(set(titles)) < len(titles):
        raise CloudError(131009, "Duplicated button ids or titles")
