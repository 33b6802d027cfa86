"""Verbs on the library: create, add a version, archive, and get a template ready for rendering."""

import re
from collections.abc import Iterable

import msgspec

from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.message_templates import liquid, store
from bedside.message_templates.buttons import check_buttons
from bedside.message_templates.mjml import LONGEST, compiled
from bedside.message_templates.model import (
    Category,
    Channel,
    Purpose,
    Rendered,
    Template,
    TemplateKeyTaken,
    TemplateNotFound,
    TemplateVersion,
    Variables,
    VersionNotFound,
    Words,
)
from bedside.message_templates.plain_twin import plain_twin
from bedside.message_templates.rendering import ReadyTemplate, ready
from bedside.message_templates.saving import check_for_keeping

_KEY = re.compile(r"[a-z][a-z0-9_]{1,60}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")


async def template(tx: Tx, *, template_id: int) -> Template:
    """One template. Raises TemplateNotFound (404)."""
    found = await store.template(tx, template_id=template_id)
    if found is None:
        raise TemplateNotFound("There is no such template.", next_step="Look it up in the list of templates.")
    return found


async def create(
    tx: Tx,
    *,
    key: str,
    name: str,
    description: str = "",
    category: Category,
    purpose: Purpose,
    clinical: bool = False,
) -> Template:
    """Puts a new template into the library, without words yet. Raises Invalid (422), TemplateKeyTaken (409)."""
    if not _KEY.fullmatch(key):
        raise Invalid(
            "The key has 2 to 61 characters: small letters, digits and _, a letter first.",
            pointer="/key",
            next_step="For example: follow_up_after_visit.",
        )
    if not name.strip():
        raise Invalid("The template needs a name.", pointer="/name")
    made = await store.insert_template(
        tx,
        key=key,
        name=name.strip(),
        description=description.strip(),
        category=category,
        purpose=purpose,
        clinical=clinical,
        shipped=False,
    )
    if made is None:
        raise TemplateKeyTaken(f"Another template has the key “{key}”.", pointer="/key")
    return await template(tx, template_id=made)


async def add_version(
    tx: Tx, *, template_id: int, channel: Channel, language: str, words: Words, actor: Actor
) -> TemplateVersion:
    """Adds the next version of the words for a channel and language; messages not yet sent take it at once.

    Raises TemplateNotFound (404), TemplateFault (422) where Liquid does not parse or does not end or the mail would run
    a script, UnknownVariable (422), Invalid (422).
    """
    found = await template(tx, template_id=template_id)
    kept = checked(words, channel=channel)
    check_for_keeping(kept, language=_language(language))
    return await store.add_version(
        tx,
        template_id=found.id,
        channel=channel,
        language=language,
        words=kept,
        created_by_name=actor.name,
    )


async def version(tx: Tx, *, template_id: int, version_id: int) -> TemplateVersion:
    """One version of a template. Raises VersionNotFound (404)."""
    found = await store.version(tx, template_id=template_id, version_id=version_id)
    if found is None:
        raise VersionNotFound("This template has no such version.", next_step="Look it up among its versions.")
    return found


async def restore_version(tx: Tx, *, template_id: int, version_id: int, actor: Actor) -> TemplateVersion:
    """Makes an earlier version's words the newest again: as a version of their own, so that nothing is lost.

    Raises VersionNotFound (404), and what `add_version` raises where the words may not be kept any more.
    """
    earlier = await version(tx, template_id=template_id, version_id=version_id)
    return await add_version(
        tx,
        template_id=template_id,
        channel=earlier.channel,
        language=earlier.language,
        words=earlier.words(),
        actor=actor,
    )


async def archive(tx: Tx, *, template_id: int, archived: bool = True) -> Template:
    """Puts a template away, or takes it out again. Raises TemplateNotFound (404), Invalid for one that ships."""
    found = await template(tx, template_id=template_id)
    if found.shipped and archived:
        raise Invalid(
            "This template is used by the product itself and cannot be archived.",
            next_step="Write a new version of its words instead.",
        )
    await store.set_archived(tx, template_id=template_id, archived=archived)
    return await template(tx, template_id=template_id)


def checked(words: Words, *, channel: Channel) -> Words:
    """The words as they may be kept: what the channel lacks left out. Raises TemplateFault or Invalid (422)."""
    mjml = words.mjml if channel is Channel.EMAIL and words.mjml and words.mjml.strip() else None
    if mjml:
        words = _with_twin(words, mjml)
    if not words.body.strip():
        raise Invalid("The text is empty.", pointer="/body", next_step="Write what people are to read.")
    if len(words.body) > 20_000 or len(words.html or "") > 100_000:
        raise Invalid("The text is too long.", pointer="/body")
    if channel is Channel.EMAIL and not (words.subject or "").strip():
        raise Invalid("Mail needs a subject.", pointer="/subject")
    for pointer, source in words.fields():
        liquid.check(source, pointer=pointer)
    check_buttons(words.whatsapp_buttons, pointer="/whatsappButtons")
    email = channel is Channel.EMAIL
    return Words(
        subject=words.subject if email else None,
        body=words.body,
        html=words.html if email and words.html and words.html.strip() else None,
        mjml=mjml,
        whatsapp_name=words.whatsapp_name or None if channel is Channel.WHATSAPP else None,
        whatsapp_variables=words.whatsapp_variables if channel is Channel.WHATSAPP else (),
        whatsapp_buttons=words.whatsapp_buttons if channel is Channel.WHATSAPP else (),
        whatsapp_header=words.whatsapp_header if channel is Channel.WHATSAPP else None,
    )


def _with_twin(words: Words, mjml: str) -> Words:
    """The words with a plain text made from the blocks, where none was written."""
    if words.html and words.html.strip():
        raise Invalid("A mail is made of blocks or of HTML, not of both.", pointer="/mjml", next_step="Leave one out.")
    if len(mjml) > LONGEST:
        raise Invalid("The mail is too long.", pointer="/mjml")
    liquid.check(mjml, pointer="/mjml")
    html = compiled(mjml)
    return words if words.body.strip() else msgspec.structs.replace(words, body=plain_twin(html))


async def ready_templates(tx: Tx, *, keys: Iterable[str]) -> dict[str, ReadyTemplate]:
    """Templates ready for rendering, by key, in one query; a key that does not exist is left out."""
    grouped: dict[str, list[store.Newest]] = {}
    for newest in await store.newest_versions(tx, keys=sorted(set(keys))):
        grouped.setdefault(newest.template_key, []).append(newest)
    return {
        key: ready(key, found[0].category, found[0].purpose, found[0].clinical, [one.version for one in found])
        for key, found in grouped.items()
    }


async def ready_template(tx: Tx, key: str) -> ReadyTemplate:
    """One template ready for rendering. Raises TemplateNotFound (404)."""
    found = await ready_templates(tx, keys=[key])
    if key not in found:
        raise TemplateNotFound(f"There is no template “{key[:60]}” with words in it.")
    return found[key]


async def render(tx: Tx, *, template_key: str, channel: str, language: str, variables: Variables) -> Rendered:
    """The words of one message. Raises TemplateNotFound (404), MissingVariable, NoVersion, TemplateFault (422)."""
    return (await ready_template(tx, template_key)).render(channel=channel, language=language, variables=variables)


async def templates_for_news(tx: Tx) -> list[tuple[str, str]]:
    """Key and name of the templates that a campaign may send: those of marketing, but for what carries free words."""
    return [
        (one.key, one.name)
        for one in await store.templates(tx)
        if one.purpose is Purpose.MARKETING and one.category is not Category.NOTICE
    ]


def _language(language: str) -> str:
    if not _LANGUAGE.fullmatch(language):
        raise Invalid("The language is a code such as en or es-MX.", pointer="/language")
    return language
