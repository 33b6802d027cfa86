"""Verbs on the approval of words by WhatsApp. The worker talks to WhatsApp; these note what it is to do."""

import re

from bedside.event_log import Actor
from bedside.kit.database import Tx
from bedside.kit.http.problems import Invalid
from bedside.message_templates import library, store_approval
from bedside.message_templates.approval_model import Approval, ApprovalState, NotForApproval, Numbered, Sendable
from bedside.message_templates.model import Channel, Purpose, Template, TemplateVersion, Words
from bedside.message_templates.numbering import numbered
from bedside.message_templates.store_approval import Due, ask_now, claim_due, decide, sendable, watch_named

__all__ = [
    "Approval", "ApprovalState", "Due", "NotForApproval", "Sendable", "approval", "ask_again", "ask_now", "claim_due",
    "decide", "draft_of", "sendable", "submit", "watch_named",
]  # fmt: skip

_NAMELESS = re.compile(r"[^a-z0-9_]+")


async def approval(tx: Tx, *, template_id: int, version_id: int) -> Approval:
    """Where a version's words stand at WhatsApp; a draft where nobody handed them in. Raises VersionNotFound (404),
    Invalid (422) for words of another channel."""
    template = await library.template(tx, template_id=template_id)
    version = await library.version(tx, template_id=template_id, version_id=version_id)
    _check_channel(version)
    return await store_approval.approval(tx, version_id=version.id) or draft_of(template, version)


async def submit(tx: Tx, *, template_id: int, version_id: int, actor: Actor) -> Approval:
    """Has a version handed in for approval; the worker does it. One that names a template which was approved without us
    is looked up instead.

    Raises VersionNotFound (404), NotForApproval (409) for one that was handed in before, Invalid (422)
    for words that no template at WhatsApp can be.
    """
    template = await library.template(tx, template_id=template_id)
    version = await library.version(tx, template_id=template_id, version_id=version_id)
    _check_channel(version)
    before = await store_approval.approval(tx, version_id=version.id)
    if before is not None:
        raise NotForApproval(
            f"Version {version.number} is {before.state} already.",
            next_step="Ask WhatsApp about it again, or write other words and hand that version in.",
        )
    draft = draft_of(template, version)
    words = (
        _words(version) if draft.own else Numbered(body="", variables=tuple(version.whatsapp_variables), examples=())
    )
    await store_approval.submit(
        tx,
        version_id=version.id,
        own=draft.own,
        name=draft.name,
        language=draft.language,
        category=draft.category,
        words=words,
        by=actor.name,
    )
    return await approval(tx, template_id=template_id, version_id=version_id)


async def ask_again(tx: Tx, *, template_id: int, version_id: int) -> Approval:
    """Has WhatsApp asked at once where a version stands. Raises VersionNotFound (404), NotForApproval (409) for one
    that was not handed in."""
    found = await approval(tx, template_id=template_id, version_id=version_id)
    if found.state is ApprovalState.DRAFT:
        raise NotForApproval("This version was not handed in.", next_step="Hand it in first.")
    await store_approval.ask_now(tx, version_id=version_id)
    return found


def draft_of(template: Template, version: TemplateVersion) -> Approval:
    """A version that nobody handed in, with the name that it would have at WhatsApp."""
    own = version.whatsapp_name is None
    return Approval(
        version_id=version.id,
        state=ApprovalState.DRAFT,
        reason="",
        own=own,
        # each version has a name of its own there: what is approved is sent on while its next version is looked at
        name=version.whatsapp_name or f"{_NAMELESS.sub('_', template.key)}_v{version.number}",
        language=version.language.replace("-", "_"),
        category="MARKETING" if template.purpose is Purpose.MARKETING else "UTILITY",
        body="",
        variables=list(version.whatsapp_variables),
        submitted_by_name="",
        submitted_at=None,
        decided_at=None,
        checked_at=None,
    )


def _check_channel(version: TemplateVersion) -> None:
    if version.channel is not Channel.WHATSAPP:
        raise Invalid(
            "Only words for WhatsApp are approved.", pointer="/channel", next_step="Choose a version for WhatsApp."
        )


def _words(version: TemplateVersion) -> Numbered:
    words: Words = version.words()
    if words.whatsapp_header is not None and words.whatsapp_header.kind != "text":
        raise Invalid(
            "A header with a picture or document is handed in at WhatsApp itself, with an example of the file.",
            pointer="/whatsappHeader",
            next_step="Have it approved in WhatsApp Manager, then give its name here.",
        )
    return numbered(words.body, language=version.language)
