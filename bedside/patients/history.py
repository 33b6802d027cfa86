"""Patients who were registered and vaccinated before: for the demonstration. No events, no warnings; the names are our
own."""

from datetime import date, datetime

import msgspec

from bedside.kit.database import Tx
from bedside.patients import store_history
from bedside.patients.model import NewPatient


class PastPatient(msgspec.Struct, frozen=True):
    """Somebody registered at a time; phone in E.164."""

    new: NewPatient
    at: datetime
    takes_whatsapp: bool = True


class PastVaccination(msgspec.Struct, frozen=True):
    """A dose that somebody was due on a day, and was given on one, or not yet."""

    patient_id: int
    hospital_id: int | None
    vaccine: str
    dose: int
    due_on: date
    given_on: date | None = None
    lot_number: str = ""


async def write_vaccinations(tx: Tx, past: list[PastVaccination]) -> list[int]:
    """Writes them in the order given, in one statement, and gives their ids."""
    return await store_history.insert_vaccinations(tx, [msgspec.structs.asdict(one) for one in past])


async def write_patients(tx: Tx, past: list[PastPatient]) -> list[int]:
    """Registers them in the order given, in two statements, and gives their ids."""
    rows = []
    for one in past:
        new = one.new
        rows.append(
            {
                "first_name": new.first_name,
                "last_name": new.last_name,
                "date_of_birth": new.date_of_birth,
                "sex": new.sex,
                "language": new.language or "en",
                "preferred_channel": new.preferred_channel,
                "hospital_id": new.hospital_id,
                "address": new.address,
                "phone": new.phone,
                "email": new.email,
                "takes_whatsapp": one.takes_whatsapp,
                "consents": [msgspec.structs.asdict(consent) for consent in new.consents],
                "at": one.at,
            }
        )
    return await store_history.insert_many(tx, rows)
