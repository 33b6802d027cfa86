"""The audit log: who did what, and how it was before and after. Written in the transaction that did it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bedside.accounts import store_audit
from bedside.event_log import Actor
from bedside.kit.database import Tx

# What must never be kept, whatever it is handed in with.
_SECRET = ("password", "token", "secret", "hash", "apikey", "api_key")

Facts = Mapping[str, Any] | msgspec.Struct


async def audit(
    tx: Tx,
    *,
    actor: Actor,
    action: str,
    subject: str,
    subject_id: int | None = None,
    patient_id: int | None = None,
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    """Writes down that `actor` did `action` ("patient.edited") to a `subject` ("patient").

    `before` and `after` are dicts or structs; where both are given, only what differs is kept. What is named like a
    secret is left out.
    """
    was, became = _kept(before), _kept(after)
    if was is not None and became is not None:
        changed = {name for name in was.keys() | became.keys() if was.get(name) != became.get(name)}
        was = {name: value for name, value in was.items() if name in changed}
        became = {name: value for name, value in became.items() if name in changed}
    await store_audit.append(
        tx,
        actor=actor,
        action=action,
        subject=subject,
        subject_id=subject_id,
        patient_id=patient_id,
        before=was,
        after=became,
        address=getattr(actor, "address", None),
    )


async def audit_reading(tx: Tx, *, actor: Actor, patient_id: int) -> None:
    """Writes down that somebody read a patient's record: once a minute, however many panels their page fetches."""
    if not await store_audit.was_read_lately(tx, actor=actor, patient_id=patient_id):
        await audit(
            tx, actor=actor, action="patient.read", subject="patient", subject_id=patient_id, patient_id=patient_id
        )


def _kept(facts: Facts | None) -> dict[str, Any] | None:
    if facts is None:
        return None
    plain: dict[str, Any] = msgspec.to_builtins(facts, str_keys=True)
    return {
        name: value
        for name, value in plain.items()
        if not any(secret in name.lower().replace("-", "_") for secret in _SECRET)
    }
