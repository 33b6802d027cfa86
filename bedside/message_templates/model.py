"""What a template is, what comes out of one, and what may go wrong with it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from bedside.kit.http.problems import Conflict, Invalid, NotFound
from bedside.kit.wire import Wire
from bedside.message_templates.buttons import ReplyButton, WhatsAppHeader


class Channel(StrEnum):
    """The ways in which people are written to."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    EMAIL = "email"

    @property
    def confirms(self) -> bool:
        """Whether a receipt says that a message was delivered. A mail server takes a mail, and says no more unless it
        comes back."""
        return self is not Channel.EMAIL

    @property
    def tells_opening(self) -> bool:
        """Whether one hears that a message was read or opened."""
        return self is not Channel.SMS

    @property
    def tells_following(self) -> bool:
        """Whether one hears that a link was followed: those of mail alone lead by us."""
        return self is Channel.EMAIL


class Purpose(StrEnum):
    """Why somebody is written to: about their own visits and bills, or to win them for something."""

    TRANSACTIONAL = "transactional"
    MARKETING = "marketing"


class Category(StrEnum):
    """What a template is for; the library is filtered by it."""

    REMINDER = "reminder"
    CONFIRMATION = "confirmation"
    FOLLOW_UP = "follow_up"
    HEALTH_PROMOTION = "health_promotion"
    BILLING = "billing"
    OWNER = "owner"
    ACCESS = "access"
    NOTICE = "notice"


class TemplateNotFound(NotFound):
    """404: there is no such template."""

    type = "template-not-found"


class VersionNotFound(NotFound):
    """404: the template has no such version."""

    type = "template-version-not-found"


class TemplateKeyTaken(Conflict):
    """409: another template has this key."""

    type = "template-key-taken"


class TemplateFault(Invalid):
    """422: the text of a template cannot be used: its Liquid does not parse, or its rendering fails."""

    type = "template-fault"


class MissingVariable(TemplateFault):
    """422: the text names a variable that has no value. A message with a blank in it is never sent."""

    type = "missing-variable"


class UnknownVariable(TemplateFault):
    """422: the text names a variable that no message has."""

    type = "unknown-variable"


class NoVersion(TemplateFault):
    """422: the template has no text for this channel, in any language that would do."""

    type = "template-without-version"


class Template(msgspec.Struct, kw_only=True):
    """A text of the library: what it is for, under a key that code and campaigns name."""

    id: int
    key: str
    name: str
    description: str
    category: Category
    purpose: Purpose
    # may carry clinical detail; its links and opens are never tracked
    clinical: bool
    shipped: bool
    archived_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class TemplateVersion(Wire, kw_only=True):
    """One version of a template's words, for a channel and a language. It never changes; a new one takes its place."""

    id: int
    template_id: int
    channel: Channel
    language: str
    number: int
    subject: str | None
    body: str
    html: str | None
    mjml: str | None
    whatsapp_name: str | None
    whatsapp_variables: list[str]
    whatsapp_buttons: list[ReplyButton]
    whatsapp_header: WhatsAppHeader | None
    created_by_name: str
    created_at: datetime

    def words(self) -> "Words":
        """The words of it, as they might become a version again."""
        return Words(
            subject=self.subject,
            body=self.body,
            html=self.html,
            mjml=self.mjml,
            whatsapp_name=self.whatsapp_name,
            whatsapp_variables=tuple(self.whatsapp_variables),
            whatsapp_buttons=tuple(self.whatsapp_buttons),
            whatsapp_header=self.whatsapp_header,
        )


class Words(msgspec.Struct, kw_only=True, frozen=True):
    """The words of a version before it is one: Liquid in every field.

    Mail looks as `html` says, or the blocks of `mjml`, or as plain text does in our own dress; `body` is what readers
    of plain text see, and is made from the blocks where it is left empty.

    `whatsapp_name` is the name under which WhatsApp approved the text, and `whatsapp_variables` what fills its numbered
    places in order; `{{ body }}` there stands for the whole rendered body. `whatsapp_buttons` are those of the approved
    template too, in its order, where `whatsapp_name` is not a notice's.
    """

    subject: str | None = None
    body: str
    html: str | None = None
    mjml: str | None = None
    whatsapp_name: str | None = None
    whatsapp_variables: tuple[str, ...] = ()
    whatsapp_buttons: tuple[ReplyButton, ...] = ()
    whatsapp_header: WhatsAppHeader | None = None

    def fields(self) -> list[tuple[str, str]]:
        """What is written in Liquid, each with the JSON pointer to it; empty fields are left out."""
        named = [("/subject", self.subject), ("/body", self.body), ("/html", self.html), ("/mjml", self.mjml)]
        named += [(f"/whatsappVariables/{at}", source) for at, source in enumerate(self.whatsapp_variables)]
        named += [("/whatsappHeader/value", self.whatsapp_header.value if self.whatsapp_header else None)]
        return [(pointer, source) for pointer, source in named if source]


class Rendered(msgspec.Struct, kw_only=True, frozen=True):
    """A message's words as they go out. `whatsapp_parameters` have no line breaks; `html` is there for email only."""

    subject: str | None
    body: str
    html: str | None
    template_version_id: int | None
    whatsapp_name: str | None
    whatsapp_parameters: tuple[str, ...]
    whatsapp_buttons: tuple[ReplyButton, ...] = ()
    whatsapp_header: WhatsAppHeader | None = None
    clinical: bool
    language: str


Variables = dict[str, Any]
