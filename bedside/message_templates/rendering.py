"""From a template and variables to the words of one message. Pure: no database, no clock."""

from collections.abc import Iterable
from functools import partial

import msgspec

from bedside.message_templates import liquid
from bedside.message_templates.brand_words import in_html, in_text, kit_of
from bedside.message_templates.buttons import WhatsAppHeader
from bedside.message_templates.email_html import dressed, from_plain_text, in_language
from bedside.message_templates.languages import choose
from bedside.message_templates.mjml import compiled
from bedside.message_templates.model import (
    Category,
    Channel,
    NoVersion,
    Purpose,
    Rendered,
    TemplateVersion,
    Variables,
    Words,
)
from bedside.message_templates.splicing import spliced


class ReadyTemplate(msgspec.Struct, kw_only=True):
    """A template with its newest version for each channel and language: all that rendering needs."""

    key: str
    category: Category
    purpose: Purpose
    clinical: bool
    versions: dict[tuple[str, str], TemplateVersion]

    def version_for(self, *, channel: str, language: str) -> TemplateVersion:
        """The version for a channel in the best language there is (es-MX, else es, else en). Raises NoVersion (422)."""
        chosen = choose(language, (spoken for kind, spoken in self.versions if kind == channel))
        if chosen is None:
            raise NoVersion(
                f"The template “{self.key}” has no text for {channel}.",
                next_step="Write a version for that channel in Templates.",
            )
        return self.versions[channel, chosen]

    def render(self, *, channel: str, language: str, variables: Variables) -> Rendered:
        """The words of one message. Raises MissingVariable, NoVersion or TemplateFault (all 422)."""
        version = self.version_for(channel=channel, language=language)
        return render_words(
            version.words(),
            channel=Channel(channel),
            language=version.language,
            variables=variables,
            version_id=version.id,
            clinical=self.clinical,
        )


def ready(key: str, category: str, purpose: str, clinical: bool, versions: Iterable[TemplateVersion]) -> ReadyTemplate:
    """Puts a template together from its newest versions."""
    return ReadyTemplate(
        key=key,
        category=Category(category),
        purpose=Purpose(purpose),
        clinical=clinical,
        versions={(version.channel.value, version.language): version for version in versions},
    )


def render_words(
    words: Words,
    *,
    channel: Channel,
    language: str,
    variables: Variables,
    version_id: int | None = None,
    clinical: bool = False,
) -> Rendered:
    """The words of a version filled in, whether or not it has been saved. Raises MissingVariable, TemplateFault."""
    if channel is Channel.EMAIL:
        mail = spliced(
            partial(render_whole, channel=Channel.EMAIL),
            words,
            language=language,
            variables=variables,
            version_id=version_id,
            clinical=clinical,
        )
        if mail is not None:
            return mail
    return render_whole(
        words, channel=channel, language=language, variables=variables, version_id=version_id, clinical=clinical
    )


def render_whole(
    words: Words,
    *,
    channel: Channel,
    language: str,
    variables: Variables,
    version_id: int | None = None,
    clinical: bool = False,
) -> Rendered:
    """The same, made for this one message alone."""
    kit, hospital = kit_of(variables), variables.get("hospital") or {}
    variables = {**variables, "brand": in_text(kit, hospital)}
    body = liquid.fill(words.body, variables).strip()
    subject = _one_line(liquid.fill(words.subject, variables)) if words.subject is not None else None
    html = None
    if channel is Channel.EMAIL:
        html = _mail(words, body, subject or "", language=language, variables={**variables, "brand": kit})
    parameters = tuple(
        _one_line(liquid.fill(source, {**variables, "body": body})) for source in words.whatsapp_variables
    )
    header = words.whatsapp_header
    if header is not None:
        header = WhatsAppHeader(kind=header.kind, value=_one_line(liquid.fill(header.value, variables)))
    return Rendered(
        subject=subject,
        body=body,
        html=html,
        template_version_id=version_id,
        whatsapp_name=words.whatsapp_name,
        whatsapp_parameters=parameters,
        whatsapp_buttons=words.whatsapp_buttons,
        whatsapp_header=header,
        clinical=clinical,
        language=language,
    )


def _mail(words: Words, body: str, title: str, *, language: str, variables: Variables) -> str:
    kit, hospital = kit_of(variables), variables.get("hospital") or {}
    variables = {**variables, "brand": in_html(kit, hospital)}
    if words.mjml:
        return in_language(liquid.fill(compiled(words.mjml), variables, html=True), language)
    inner = liquid.fill(words.html, variables, html=True) if words.html else from_plain_text(body)
    return dressed(inner, title=title, language=language, hospital=hospital, kit=kit)


def _one_line(text: str) -> str:
    # WhatsApp refuses line breaks, tabs and runs of blanks in a variable; a header must not have them either
    return " ".join(text.split())
