"""What a report does to a message, decided without the database: forward only, twice is once, in whatever order.

Reports in any order, however often each comes, leave a message the same: the furthest status stays, of each step the
earliest time, of two faults for one status the one that sorts first.
"""

from datetime import datetime

from bedside.messaging.model import ENDED, MessageStatus, furthest
from bedside.messaging.reports import Report
from bedside.messaging.store_status import Standing

# what comes with these is why
_FAULTY = frozenset({MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.UNKNOWN, MessageStatus.CANCELLED})
_WELL = frozenset({MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ})


def is_about(message: Standing, report: Report) -> bool:
    """Whether the report is about this message: an id of ours may come back with somebody else's."""
    return not (message.provider_id and report.provider_id and message.provider_id != report.provider_id)


def move(message: Standing, report: Report, *, at: datetime) -> bool:
    """Moves the message as far as the report says, and keeps what the report brings besides: a receipt for a step
    already passed still brings the time of that step. Says whether the status changed."""
    reported = MessageStatus(report.status)
    reached = furthest(message.status, reported)
    moved = reached != message.status
    if message.sending_at is not None:
        at = max(at, message.sending_at)  # a provider's clock counts whole seconds, or is behind
    match reported:
        case MessageStatus.SENT:
            message.sent_at = _earliest(message.sent_at, at)
        case MessageStatus.DELIVERED:
            message.delivered_at = _earliest(message.delivered_at, at)
        case MessageStatus.READ:
            message.read_at = _earliest(message.read_at, at)
    if reported in ENDED:
        message.ended_at = _earliest(message.ended_at, at)
    if reported == reached and reported in _FAULTY:
        fault = (report.code, report.words or None)
        if moved or _place(fault) < _place((message.error_code, message.error)):
            message.error_code, message.error = fault
    elif reached in _WELL:
        message.error_code = message.error = None
    message.status = reached
    message.provider_id = message.provider_id or report.provider_id
    message.segments = message.segments if report.segments is None else report.segments
    if report.price_category is not None:
        message.price_category = min(message.price_category or report.price_category, report.price_category)
    if report.billable is not None:
        message.billable = bool(message.billable) or report.billable
    return moved


def _earliest(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)


def _place(fault: tuple[str | None, str | None]) -> tuple[bool, str, bool, str]:
    """Where a fault sorts: one with a code before one without."""
    code, words = fault
    return (not code, code or "", not words, words or "")
