"""People for what needs no database."""

from datetime import UTC, date, datetime

from bedside.patients import Patient

THEN = datetime(2027, 1, 1, tzinfo=UTC)


def somebody(first: str, last: str, *, born: date | None = None) -> Patient:
    """A patient as a struct."""
    return Patient(
        id=1,
        record_number="100001",
        first_name=first,
        last_name=last,
        phone=None,
        email=None,
        date_of_birth=born,
        sex="unknown",
        language="en",
        time_zone=None,
        preferred_channel=None,
        hospital_id=None,
        address="",
        archived_at=None,
        merged_into=None,
        created_at=THEN,
        updated_at=THEN,
        version=1,
    )
