"""Webhooks as they come: kept raw, applied at once, and once. What cannot be applied stops nothing behind it."""

import hashlib

import structlog

from bedside.kit.database import Tx
from bedside.messaging import store_inbox
from bedside.messaging.providers.smtp import webhooks as smtp
from bedside.messaging.providers.twilio import webhooks as twilio
from bedside.messaging.providers.whatsapp_cloud import webhooks as whatsapp
from bedside.messaging.receiving import receive
from bedside.messaging.reports import Inbound, Malformed, Report
from bedside.messaging.status_changes import PROVIDER, apply

log = structlog.get_logger()


async def take(tx: Tx, *, provider: str, kind: str, body: bytes, secret: str) -> bool:
    """Keeps a webhook whose signature has been verified and applies it; False where the very same came before.

    `kind` is `inbound`, `status:<message id>`, `webhook` or `bounce`. Never raises for what stands in the body.
    """
    fingerprint = hashlib.sha256(f"{provider} {kind} ".encode() + body).digest()
    receipt_id = await store_inbox.keep_receipt(tx, provider=provider, kind=kind, body=body, fingerprint=fingerprint)
    if receipt_id is None:
        return False
    await _apply_one(tx, store_inbox.Receipt(id=receipt_id, provider=provider, kind=kind, body=body), secret=secret)
    return True


async def apply_waiting(tx: Tx, *, secret: str, limit: int = 50) -> int:
    """Tries webhooks again that could not be applied; gives how many there were."""
    waiting = await store_inbox.waiting_receipts(tx, limit=limit)
    for receipt in waiting:
        await _apply_one(tx, receipt, secret=secret)
    return len(waiting)


async def _apply_one(tx: Tx, receipt: store_inbox.Receipt, *, secret: str) -> None:
    errors: list[str] = []
    again = False
    for thing in _things(receipt, secret, errors):
        try:
            async with tx.savepoint():
                if isinstance(thing, Inbound):
                    await receive(tx, thing)
                else:
                    await apply(tx, [thing], actor=PROVIDER)
        except Exception as error:
            log.exception("webhook_not_applied", provider=receipt.provider, receipt=receipt.id)
            errors.append(f"{type(error).__name__}: {error}"[:500])
            again = True  # a fault of ours; what is malformed stays so
    await store_inbox.settle_receipt(tx, receipt_id=receipt.id, error="\n".join(errors) or None, again=again)


def _things(receipt: store_inbox.Receipt, secret: str, errors: list[str]) -> list[Report | Inbound]:
    """What a webhook says, part by part: one part that makes no sense leaves the others theirs."""
    try:
        match receipt.provider, receipt.kind.partition(":")[0]:
            case "twilio", "status":
                report = twilio.report(int(receipt.kind.partition(":")[2]), dict(twilio.fields_of(receipt.body)))
                return [report] if report else []
            case "twilio", _:
                return [twilio.inbound(dict(twilio.fields_of(receipt.body)))]
            case "smtp", _:
                bounce = smtp.report(receipt.body, secret=secret)
                return [bounce] if bounce else []
            case _:
                return _whatsapp_things(receipt.body, errors)
    except Malformed as error:
        errors.append(f"Malformed: {error}")
        return []


def _whatsapp_things(body: bytes, errors: list[str]) -> list[Report | Inbound]:
    things: list[Report | Inbound | None] = []
    for value in whatsapp.values_of(body):
        to = str((value.get("metadata") or {}).get("phone_number_id") or "")
        for status in value.get("statuses") or []:
            try:
                things.append(whatsapp.report(status))
            except Malformed as error:
                errors.append(f"Malformed: {error}")
        for message in value.get("messages") or []:
            try:
                things.append(whatsapp.inbound(message, to=to))
            except Malformed as error:
                errors.append(f"Malformed: {error}")
    return [thing for thing in things if thing is not None]
