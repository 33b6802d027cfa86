"""The library as the API and the pages show it."""

from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, field

from bedside.kit.wire import Wire
from bedside.message_templates.approval_model import ApprovalState
from bedside.message_templates.buttons import ReplyButton, WhatsAppHeader
from bedside.message_templates.model import Category, Channel, Purpose, Rendered, Template, TemplateVersion, Words
from bedside.message_templates.sms_length import SmsLength, sms_length


class TemplateRow(Wire, kw_only=True):
    """A template as the list shows it, with the channels and languages it has words for. `whatsappApproval`: of its
    newest words for WhatsApp in each language, the state that most wants somebody to look; null without any."""

    id: int
    key: str
    name: str
    description: str
    category: Category
    purpose: Purpose
    clinical: bool
    shipped: bool
    archived: bool
    version: int
    updated_at: datetime
    channels: list[str]
    languages: list[str]
    whatsapp_approval: ApprovalState | None


class TemplateView(Wire, kw_only=True):
    """A template with every version of its words, newest first within a channel and language."""

    id: int
    key: str
    name: str
    description: str
    category: Category
    purpose: Purpose
    clinical: bool
    shipped: bool
    archived: bool
    version: int
    created_at: datetime
    updated_at: datetime
    versions: list[TemplateVersion]

    @classmethod
    def of(cls, one: Template, versions: list[TemplateVersion]) -> "TemplateView":
        """The view of a template and its versions."""
        return cls(
            id=one.id,
            key=one.key,
            name=one.name,
            description=one.description,
            category=one.category,
            purpose=one.purpose,
            clinical=one.clinical,
            shipped=one.shipped,
            archived=one.archived_at is not None,
            version=one.version,
            created_at=one.created_at,
            updated_at=one.updated_at,
            versions=versions,
        )


class NewTemplate(Wire, kw_only=True):
    """A template to be; its words come as versions. `key` is what code, campaigns and the API name it by."""

    key: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{1,60}$")]
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    description: Annotated[str, Meta(max_length=1000)] = ""
    category: Category
    purpose: Purpose = Purpose.TRANSACTIONAL
    clinical: bool = False


class NewVersion(Wire, kw_only=True):
    """New words, in Liquid: `{{ patient.first_name }}`. `html` or `mjml` (blocks, https://mjml.io) are for mail only,
    and the mail looks like its `body` where both are left out. With `mjml`, `body` may be: it is made from the blocks.

    `whatsappName` is the name under which WhatsApp approved the text; `whatsappVariables` what fills its numbered
    places, in order, each Liquid too (`{{ body }}` is the whole text). `whatsappButtons`, three at most, stand below
    it; an approved template must have the same quick replies in the same order. `whatsappHeader` fills its header.
    """

    channel: Channel
    language: Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    subject: Annotated[str, Meta(max_length=500)] | None = None
    body: Annotated[str, Meta(max_length=20_000)] = ""
    html: Annotated[str, Meta(max_length=100_000)] | None = None
    mjml: Annotated[str, Meta(max_length=200_000)] | None = None
    whatsapp_name: Annotated[str, Meta(max_length=512)] | None = None
    whatsapp_variables: Annotated[list[Annotated[str, Meta(max_length=1000)]], Meta(max_length=20)] = field(
        default_factory=list
    )
    whatsapp_buttons: Annotated[list[ReplyButton], Meta(max_length=20)] = field(default_factory=list)
    whatsapp_header: WhatsAppHeader | None = None

    def words(self) -> Words:
        """The words of it."""
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


class Preview(Wire, kw_only=True):
    """Words as somebody would read them. `sms` counts the parts; null on other channels."""

    subject: str | None
    body: str
    html: str | None
    whatsapp_name: str | None
    whatsapp_parameters: list[str]
    whatsapp_buttons: list[ReplyButton]
    language: str
    sms: SmsLength | None

    @classmethod
    def of(cls, rendered: Rendered, channel: Channel) -> "Preview":
        """The preview of what was rendered."""
        return cls(
            subject=rendered.subject,
            body=rendered.body,
            html=rendered.html,
            whatsapp_name=rendered.whatsapp_name,
            whatsapp_parameters=list(rendered.whatsapp_parameters),
            whatsapp_buttons=list(rendered.whatsapp_buttons),
            language=rendered.language,
            sms=sms_length(rendered.body) if channel is Channel.SMS else None,
        )


class AskPreview(Wire, kw_only=True):
    """What to preview: words that need not be saved (`words`), or the newest version for a channel and language.

    `patientId` fills in a real person, with their language and next visit; `ownerId` an owner with their newest payout
    and contract; everything else is made up. `variables` go before all of it.
    """

    channel: Channel
    language: Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    words: NewVersion | None = None
    patient_id: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    owner_id: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    variables: dict[str, Any] = field(default_factory=dict)
