"""From claimed rows to words on the wire: variables loaded, templates filled, what no longer holds set aside."""

from datetime import timedelta
from typing import Any

import msgspec
import structlog

from bedside.kit.database import Tx
from bedside.message_templates import (
    Category,
    Channel,
    ReadyTemplate,
    Rendered,
    ReplyButton,
    TemplateFault,
    Words,
    ready_templates,
    render_words,
    sms_length,
)
from bedside.messaging import store_sending
from bedside.messaging.approved_words import By, as_approved, note, sendable_of
from bedside.messaging.dressing import kits_of
from bedside.messaging.going_along import files_and_threads
from bedside.messaging.links import message_links, unsubscribe_link
from bedside.messaging.loading import BUTTONS, is_loaded, load, load_many
from bedside.messaging.model import BULK, PAST_STOP, TEMPLATE_TEST, Message, SendingAddress, Stale
from bedside.messaging.providers.outcomes import Attachment, Outgoing
from bedside.messaging.reports import Report
from bedside.messaging.testing_templates import said_to_be_a_test
from bedside.messaging.tracking import tracked, who_is_tracked

log = structlog.get_logger()

WINDOW = timedelta(hours=24)
NOTICE = {"transactional": "notice_utility", "marketing": "notice_marketing"}


class Batch(msgspec.Struct, kw_only=True):
    """What preparing came to: messages to hand over, and reports on those that will not be."""

    ready: list[tuple[Message, Outgoing]] = []
    kept: list[store_sending.Prepared] = []
    reports: list[Report] = []
    # messages whose text could not be made, with why: a person must look at the template
    unmakable: list[tuple[Message, str]] = []


async def prepare(tx: Tx, messages: list[Message], addresses: dict[int, SendingAddress]) -> Batch:
    """Makes the words of claimed messages. One that cannot be made holds up no other."""
    batch = Batch()
    templates = await ready_templates(tx, keys=_keys(messages))
    hospitals = await store_sending.hospital_variables(
        tx, hospital_ids=[m.hospital_id for m in messages if m.hospital_id]
    )
    kits = await kits_of(tx, messages)
    stopped = await store_sending.suppressed(tx, messages=messages)
    along = await files_and_threads(tx, messages)
    counted = await who_is_tracked(tx, messages)
    approved = await sendable_of(tx, messages)
    notes: list[tuple[Message, str]] = []
    preloaded = await load_many(tx, [one for one in messages if one.id not in stopped])
    for message in messages:
        if message.id in stopped and message.about != PAST_STOP:
            batch.reports.append(_report(message, "cancelled", "They stopped messages from this sender meanwhile."))
            continue
        hospital = hospitals.get(message.hospital_id or 0, {})
        try:
            loaded = await _variables(tx, message, hospital, preloaded.get(message.id))
            if isinstance(loaded, Stale):
                batch.reports.append(_report(message, "cancelled", loaded.because))
                continue
            if message.id in kits:
                loaded = {"brand": kits[message.id], **loaded}
            rendered, why = _rendered(message, templates, approved, loaded, window_open=_window_open(tx, message))
            if why:
                notes.append((message, why))
            if message.about == TEMPLATE_TEST:
                rendered = said_to_be_a_test(rendered)
        except TemplateFault as fault:
            batch.reports.append(_report(message, "failed", f"The text could not be made. {fault.detail}"))
            batch.unmakable.append((message, fault.detail))
            continue
        except Exception as error:
            log.exception("message_not_made", message=message.id)
            words = f"The text could not be made ({type(error).__name__})."
            batch.reports.append(_report(message, "failed", words))
            batch.unmakable.append((message, words))
            continue
        extra = along.get(message.id, {})
        if extra.get("kept") and message.channel is Channel.WHATSAPP and not _window_open(tx, message):
            words = "More than 24 hours since their last message: WhatsApp takes no files until they write."
            batch.reports.append(_report(message, "failed", words))
            continue
        template = templates.get(message.template_key or "")
        outgoing = _outgoing(
            tx,
            message,
            rendered,
            loaded,
            addresses[message.sender_id or 0],
            hospital,
            # what is booked, moved or cancelled goes into the person's calendar; a reminder would put it there twice
            with_calendar=template is not None and template.category is Category.CONFIRMATION,
        )
        if message.id in counted:
            outgoing = tracked(outgoing)
        batch.ready.append((message, msgspec.structs.replace(outgoing, **extra)))
        batch.kept.append(
            store_sending.Prepared(
                id=message.id,
                subject=rendered.subject,
                body=rendered.body,
                template_version_id=rendered.template_version_id,
                segments=sms_length(rendered.body).segments if message.channel is Channel.SMS else None,
            )
        )
    await note(tx, notes)
    return batch


async def _variables(
    tx: Tx, message: Message, hospital: dict[str, Any], preloaded: dict[str, Any] | Stale | None
) -> dict[str, Any] | Stale:
    loaded: dict[str, Any] | Stale = preloaded or {}
    if preloaded is None and message.template_key is not None and is_loaded(message.about):
        async with tx.savepoint():  # a loader that the database refuses must not take the others' words with it
            loaded = await load(
                tx,
                about=message.about,
                about_id=message.about_id,
                channel=message.channel,
                language=message.language,
            )
    if isinstance(loaded, Stale):
        return loaded
    ours = {**message_links(message.id), **loaded.get("links", {})}
    return {"hospital": hospital, **loaded, "links": ours, **message.variables}


def _rendered(
    message: Message, templates: dict[str, ReadyTemplate], approved: By, variables: dict[str, Any], *, window_open: bool
) -> tuple[Rendered, str]:
    """The words, and why they are not the template's newest; empty where they are."""
    why = ""
    if message.template_key is not None:
        template = templates.get(message.template_key)
        if template is None:
            raise TemplateFault(f"There is no template “{message.template_key}” with words in it.")
        rendered = template.render(channel=message.channel, language=message.language, variables=variables)
        if message.channel is Channel.WHATSAPP:
            rendered, why = as_approved(rendered, template, approved, variables=variables, window_open=window_open)
    else:
        # words that came with variables are to be filled in; others stand as somebody wrote them
        body = message.body or ""
        filled_in = message.variables.keys() - {BUTTONS}
        words = Words(
            subject=message.subject,
            body=body if filled_in else _as_they_are(body),
            whatsapp_buttons=_buttons(message.variables.get(BUTTONS)),
        )
        if message.channel is Channel.EMAIL and not message.subject:
            hospital = variables.get("hospital") or {}
            words = msgspec.structs.replace(words, subject=_as_they_are(f"A message from {hospital.get('name', 'us')}"))
        rendered = render_words(words, channel=message.channel, language=message.language, variables=variables)
    # a file may go without words, and then nothing has to be carried
    if message.channel is Channel.WHATSAPP and rendered.whatsapp_name is None and rendered.body:
        rendered = _carried(message, rendered, templates, variables, window_open=window_open)
    return rendered, why


def _carried(
    message: Message,
    rendered: Rendered,
    templates: dict[str, ReadyTemplate],
    variables: dict[str, Any],
    *,
    window_open: bool,
) -> Rendered:
    """Bare words with the approved template that carries any words. Outside the window WhatsApp takes nothing else;
    within it the words go as they are, and so only where its clock has closed the window before ours."""
    notice = templates.get(NOTICE[message.purpose])
    if notice is None:
        if window_open:
            return rendered
        raise TemplateFault("Free words on WhatsApp need the shipped template for notices, which is not there.")
    carried = notice.render(
        channel="whatsapp", language=message.language, variables={**variables, "words": rendered.body}
    )
    return msgspec.structs.replace(
        rendered,
        whatsapp_name=carried.whatsapp_name,
        whatsapp_parameters=carried.whatsapp_parameters,
        language=carried.language,
    )


def _buttons(given: object) -> tuple[ReplyButton, ...]:
    return msgspec.convert(given, tuple[ReplyButton, ...]) if given else ()


def _as_they_are(words: str) -> str:
    """Words given as they are must not be read as Liquid."""
    return "{% raw %}" + words.replace("{%", "{ %") + "{% endraw %}" if "{" in words else words


def _outgoing(
    tx: Tx,
    message: Message,
    rendered: Rendered,
    variables: dict[str, Any],
    address: SendingAddress,
    hospital: dict[str, Any],
    *,
    with_calendar: bool,
) -> Outgoing:
    calendar = variables.get("calendar")
    files = variables.get("attachments")
    named = variables.get("patient") or variables.get("recipient")
    return Outgoing(
        message_id=message.id,
        channel=message.channel,
        sender_address=address.address,
        to=message.to_address,
        purpose=message.purpose,
        language=rendered.language,
        subject=rendered.subject,
        body=rendered.body,
        html=rendered.html,
        calendar=calendar if isinstance(calendar, str) and with_calendar else None,
        attachments=_files(files) if message.channel is Channel.EMAIL else (),
        whatsapp_name=rendered.whatsapp_name,
        whatsapp_parameters=rendered.whatsapp_parameters,
        buttons=rendered.whatsapp_buttons if message.channel is Channel.WHATSAPP else (),
        header=rendered.whatsapp_header,
        window_open=_window_open(tx, message),
        from_name=address.name or str(hospital.get("name") or ""),
        unsubscribe_url=unsubscribe_link(message.id),
        to_name=str(named.get("name") or "") if isinstance(named, dict) else "",
        bulk=message.priority >= BULK,
        sending_at=tx.now,
    )


def _files(given: object) -> tuple[Attachment, ...]:
    """What a loader gave; variables that somebody sent are JSON, and never files."""
    return tuple(one for one in given if isinstance(one, Attachment)) if isinstance(given, list | tuple) else ()


def _window_open(tx: Tx, message: Message) -> bool:
    # a minute less than WhatsApp allows: the message still has its way to go
    return message.last_inbound_at is not None and tx.now - message.last_inbound_at < WINDOW - timedelta(minutes=1)


def _keys(messages: list[Message]) -> set[str]:
    keys = {message.template_key for message in messages if message.template_key}
    return keys | {NOTICE[message.purpose] for message in messages if message.channel is Channel.WHATSAPP}


def _report(message: Message, status: str, words: str) -> Report:
    return Report(message_id=message.id, status=status, words=words)
