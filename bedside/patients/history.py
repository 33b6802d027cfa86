"""Patients who were registered before: for the demonstration. No events, no warnings; the names are our own."""

from datetime import datetime

import msgspec

from bedside.kit.database import Tx
from bedside.patients import store_history
from bedside.patients.model import NewPatient


class PastPatient(msgspec.Struct, frozen=True):
    """Somebody registered at a time; phone in E.164."""

    new: NewPatient
    at: datetime
    takes_whatsapp: bool = True


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
