"""Which words of a template go out by WhatsApp outside the 24-hour window: approved ones, and no others."""

from typing import Any

import msgspec

from bedside.kit.database import Tx
from bedside.message_templates import (
    ApprovalState,
    Channel,
    ReadyTemplate,
    Rendered,
    Sendable,
    approvals,
    render_words,
)
from bedside.messaging import store_status
from bedside.messaging.model import BULK, Message

By = dict[tuple[str, str], Sendable]

_WAITS = {
    ApprovalState.SUBMITTED: "WhatsApp has not approved the newest words yet",
    ApprovalState.REJECTED: "WhatsApp rejected the newest words",
    ApprovalState.PAUSED: "WhatsApp paused the newest words",
}


async def sendable_of(tx: Tx, messages: list[Message]) -> By:
    """What may leave of the templates of those messages that go by WhatsApp; one query, or none."""
    keys = {one.template_key for one in messages if one.channel is Channel.WHATSAPP and one.template_key is not None}
    return await approvals.sendable(tx, keys=sorted(keys)) if keys else {}


def as_approved(
    rendered: Rendered, template: ReadyTemplate, by: By, *, variables: dict[str, Any], window_open: bool
) -> tuple[Rendered, str]:
    """The words as they may go, and why they are not the newest; empty where they are. Without an approved version the
    name is left out, so that outside the window the words travel in a notice. Raises what rendering raises."""
    standing = by.get((template.key, rendered.language))
    if standing is None or (standing.state is None and standing.approved is None):
        return rendered, ""  # nobody asked WhatsApp: it goes under the name that somebody gave it, or in a notice
    if window_open:
        refused = standing.state in (ApprovalState.REJECTED, ApprovalState.PAUSED)
        return msgspec.structs.replace(rendered, whatsapp_name=None) if refused else rendered, ""
    approved = standing.approved
    if approved is None:
        if standing.state is ApprovalState.SUBMITTED and not standing.own:
            return rendered, ""  # it was approved without us, and is being looked up just now
        told = f"{_WAITS[standing.state]}: its words go in a notice." if standing.state in _WAITS else ""
        return msgspec.structs.replace(rendered, whatsapp_name=None, whatsapp_header=None), told
    if approved.id == rendered.template_version_id and approved.whatsapp_name == rendered.whatsapp_name:
        return rendered, ""
    made = render_words(
        approved.words(),
        channel=Channel.WHATSAPP,
        language=approved.language,
        variables=variables,
        version_id=approved.id,
        clinical=rendered.clinical,
    )
    if approved.id == rendered.template_version_id:
        return made, ""
    why = _WAITS.get(standing.state, "") if standing.state else "The newest words were not handed in at WhatsApp"
    return made, f"{why}: version {approved.number}, which is approved, goes instead."


async def note(tx: Tx, notes: list[tuple[Message, str]]) -> None:
    """Keeps with single messages why their words are not the newest."""
    rows = [(message.id, "sending", tx.now, words) for message, words in notes if message.priority < BULK]
    if rows:
        await store_status.write_events(tx, rows)


async def look_into(tx: Tx, message: Message) -> None:
    """WhatsApp did not take a message's template: the worker asks at once where it stands."""
    version_id = await store_status.template_version(tx, message_id=message.id)
    if version_id is not None and message.channel is Channel.WHATSAPP:
        await approvals.ask_now(tx, version_id=version_id)
