"""Applying what providers and the sender report: forward only, twice is once, in whatever order it comes."""

from collections.abc import Iterable

from bedside.event_log import SYSTEM, Actor, record
from bedside.kit.database import Tx
from bedside.messaging import store_sending, store_status
from bedside.messaging.events import MessageStatusChanged, OwnerMessageStatusChanged
from bedside.messaging.model import BULK, MessageStatus, furthest
from bedside.messaging.providers.outcomes import Verdict
from bedside.messaging.reports import Report

PROVIDER = Actor(kind="provider", name="Provider")


async def apply(tx: Tx, reports: Iterable[Report], *, actor: Actor = SYSTEM) -> int:
    """Moves the messages that the reports are about and gives how many moved. Reports about nobody's are passed over.

    A message is named by our own id, or by the provider's. What stops an address (an opt-out, a mailbox that is not
    there) stops it here.
    """
    reports = list(reports)
    ids = [report.message_id for report in reports if report.message_id is not None]
    provider_ids = [report.provider_id for report in reports if report.message_id is None and report.provider_id]
    found = await store_status.standing(tx, message_ids=ids, provider_ids=provider_ids)
    by_id = {message.id: message for message in found}
    by_provider_id = {message.provider_id: message for message in found if message.provider_id}
    events: list[MessageStatusChanged] = []
    rows = []
    for report in reports:
        message = by_id.get(report.message_id) if report.message_id is not None else None
        message = message or by_provider_id.get(report.provider_id or "")
        if message is None:
            continue
        if message.provider_id and report.provider_id and message.provider_id != report.provider_id:
            continue  # about another message: an id of ours that came back with somebody else's
        at = report.at or tx.now
        reached = furthest(message.status, MessageStatus(report.status))
        moved = reached != message.status
        # a receipt for a step already passed still brings the time of that step
        await store_status.move(tx, message_id=message.id, to=reached, report=report, at=min(at, tx.now))
        message.status = reached
        message.provider_id = message.provider_id or report.provider_id
        await _stop_address(tx, message, report)
        if moved and message.priority < BULK:
            rows.append((message.id, reached.value, min(at, tx.now), report.words or report.code or ""))
            events.append(_event(message, reached, report))
    if rows:
        await store_status.write_events(tx, rows)
    for event in events:
        await record(tx, event, actor=actor)
    return len(rows)


async def _stop_address(tx: Tx, message: store_status.Standing, report: Report) -> None:
    if report.verdict is Verdict.OPTED_OUT:
        sender, reason = message.sender_id, "opt_out"
    elif report.verdict is Verdict.BAD_ADDRESS:
        sender, reason = None, "bounce" if message.channel == "email" else "provider"
    else:
        return
    await store_sending.suppress(
        tx,
        channel=message.channel,
        address=message.to_address,
        sender_id=sender,
        reason=reason,
        source=f"message {message.id}: {report.words or report.code}",
    )


def _event(message: store_status.Standing, reached: MessageStatus, report: Report) -> MessageStatusChanged:
    event = OwnerMessageStatusChanged if message.person_kind == "owner" else MessageStatusChanged
    return event(
        message_id=message.id,
        status=reached.value,
        channel=message.channel,
        about=message.about,
        about_id=message.about_id,
        error=(report.words or report.code or None) if reached == report.status else None,
        hospital_id=message.hospital_id,
        patient_id=message.person_id if message.person_kind == "patient" else None,
        owner_id=message.person_id if message.person_kind == "owner" else None,
    )
