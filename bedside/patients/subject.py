"""Patients as what notes, tags, custom fields and tasks may be about."""

from bedside.accounts import Permission
from bedside.follow_ups import Subject
from bedside.kit.database import Tx
from bedside.patients import store


async def patient_names(tx: Tx, ids: list[int]) -> dict[int, str]:
    """The names of those of the ids that are patients'."""
    return await store.names(tx, ids)


PATIENT_SUBJECT = Subject(
    label="Patient", seen_with=Permission.PATIENTS_READ, page="/patients/{id}", names=patient_names
)
