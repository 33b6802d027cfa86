"""Applying what providers and the sender report: forward only, twice is once, in whatever order it comes."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from bedside.event_log import SYSTEM, Actor, record_many
from bedside.kit.database import Tx
from bedside.messaging import store_status, store_suppressions
from bedside.messaging.events import MessageStatusChanged, OwnerMessageStatusChanged
from bedside.messaging.model import BULK
from bedside.messaging.moving import is_about, move
from bedside.messaging.providers.outcomes import Verdict
from bedside.messaging.reports import Report
from bedside.messaging.soft_failures import SOFT_IN_A_ROW, enough, is_soft

PROVIDER = Actor(kind="provider", name="Provider")


async def apply(tx: Tx, reports: Iterable[Report], *, actor: Actor = SYSTEM) -> int:
    """Moves the messages that the reports are about and gives how many moved. Reports about nobody's are passed over.

    A message is named by our own id, or by the provider's. What stops an address (an opt-out, a mailbox that is not
    there) stops it here. However many reports there are, they are written in one statement.
    """
    reports = list(reports)
    ids = [report.message_id for report in reports if report.message_id is not None]
    provider_ids = [report.provider_id for report in reports if report.message_id is None and report.provider_id]
    found = await store_status.standing(tx, message_ids=ids, provider_ids=provider_ids)
    by_id = {message.id: message for message in found}
    by_provider_id = {message.provider_id: message for message in found if message.provider_id}
    before = {message.id: msgspec.structs.replace(message) for message in found}
    moved: set[int] = set()
    stops: list[tuple[store_status.Standing, Report]] = []
    rows: list[tuple[int, str, datetime, str]] = []
    events: list[MessageStatusChanged] = []
    for report in reports:
        message = by_id.get(report.message_id) if report.message_id is not None else None
        message = message or by_provider_id.get(report.provider_id or "")
        if message is None or not is_about(message, report):
            continue
        at = min(report.at or tx.now, tx.now)
        if move(message, report, at=at):
            moved.add(message.id)
            if message.priority < BULK:
                rows.append((message.id, message.status.value, at, report.words or report.code or ""))
                events.append(_event(message, report))
        if report.verdict is not None or is_soft(message.channel, message.status, report.code):
            stops.append((message, report))
    changed = [message for message in found if message != before[message.id]]
    if changed:
        await store_status.write(tx, changed)
    for message, report in stops:
        await _stop_address(tx, message, report)
    if rows:
        await store_status.write_events(tx, rows)
        await record_many(tx, events, actor=actor)
    return len(moved)


async def _stop_address(tx: Tx, message: store_status.Standing, report: Report) -> None:
    """What a report says about the address: one that is not there, a person who stopped us or complained, and a
    mailbox or phone that could not be reached several times in a row."""
    purpose = None
    match report.verdict:
        case Verdict.OPTED_OUT:
            reason = "opt_out"
        case Verdict.OPTED_OUT_OF_NEWS:
            reason, purpose = "opt_out", "marketing"
        case Verdict.COMPLAINED:
            reason = "complaint"
        case Verdict.BAD_ADDRESS:
            reason = "bounce" if message.channel == "email" else "provider"
        case _ if is_soft(message.channel, message.status, report.code):
            last = await store_suppressions.last_endings(
                tx, channel=message.channel, address=message.to_address, limit=SOFT_IN_A_ROW
            )
            if not enough([is_soft(message.channel, one.status, one.error_code) for one in last]):
                return
            reason = "bounce" if message.channel == "email" else "provider"
        case _:
            return
    await store_suppressions.suppress(
        tx,
        channel=message.channel,
        address=message.to_address,
        sender_id=None,
        purpose=purpose,
        reason=reason,
        source=f"message {message.id}: {report.words or report.code}",
    )


def _event(message: store_status.Standing, report: Report) -> MessageStatusChanged:
    event = OwnerMessageStatusChanged if message.person_kind == "owner" else MessageStatusChanged
    return event(
        message_id=message.id,
        status=message.status.value,
        channel=message.channel,
        about=message.about,
        about_id=message.about_id,
        error=(report.words or report.code or None) if message.status == report.status else None,
        hospital_id=message.hospital_id,
        patient_id=message.person_id if message.person_kind == "patient" else None,
        owner_id=message.person_id if message.person_kind == "owner" else None,
    )
