"""Registering patients, changing and archiving their records."""

from datetime import date, timedelta
from typing import Any

import msgspec

from bedside.accounts import audit, audit_reading
from bedside.directory import check_language, check_time_zone, hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.email_address import parse_email
from bedside.kit.http.conditional import check_version
from bedside.kit.phone import parse_phone
from bedside.kit.text import many_lines, one_line
from bedside.kit.wire import given
from bedside.patients import store, store_contacts
from bedside.patients.consenting import record_consents
from bedside.patients.contacts import region_of
from bedside.patients.events import PatientArchived, PatientChanged, PatientRegistered
from bedside.patients.model import (
    FIRST_BIRTHDAY,
    BirthDateImpossible,
    ContactPointGiven,
    NewPatient,
    NoSuchPatient,
    Patient,
    PatientChanges,
    Profile,
    Registered,
)


async def patient(tx: Tx, patient_id: int) -> Patient:
    """A patient, archived or not. Raises NoSuchPatient (404)."""
    found = await store.patient(tx, patient_id)
    if found is None:
        raise _nobody()
    return found


async def patients(tx: Tx, *, ids: list[int]) -> list[Patient]:
    """Patients with the ids given, archived or not, by id; ids of nobody are left out."""
    return await store.patients(tx, ids)


async def find_by_phone(tx: Tx, phone: str) -> list[Patient]:
    """Patients, not archived, who have a phone (E.164): a family shares one. By id, 50 at most."""
    return await store.patients_at(tx, phone)


async def read_profile(tx: Tx, *, patient_id: int, actor: Actor) -> Profile:
    """Everything about a patient and reaching them; the reading is an audit fact. Raises NoSuchPatient (404)."""
    found = await patient(tx, patient_id)
    await audit_reading(tx, actor=actor, patient_id=patient_id)
    return Profile(
        **msgspec.structs.asdict(found),
        contact_points=await store_contacts.contact_points(tx, patient_id),
        identifiers=await store_contacts.identifiers(tx, patient_id),
        consents=await store_contacts.consents_in_force(tx, patient_id),
    )


async def register(tx: Tx, *, new: NewPatient, actor: Actor) -> Registered:
    """Registers a patient and says who may be the same person. Raises Invalid (422), NoSuchHospital (404)."""
    row = msgspec.structs.asdict(new)
    place = await hospital(tx, new.hospital_id) if new.hospital_id is not None else None
    row["language"] = new.language or (place.language if place else "en")
    row |= _checked(row, tx.now.date())
    region = await region_of(tx, new.hospital_id)
    phone = parse_phone(new.phone, region=region) if new.phone else None
    email = parse_email(new.email) if new.email else None
    patient_id = await store.insert_patient(tx, row)
    if phone:
        await store_contacts.insert_contact(tx, patient_id=patient_id, kind="phone", value=phone)
    if email:
        await store_contacts.insert_contact(tx, patient_id=patient_id, kind="email", value=email)
    made = await patient(tx, patient_id)
    await audit(
        tx, actor=actor, action="patient.registered", subject="patient", subject_id=made.id, patient_id=made.id,
        after=made,
    )  # fmt: skip
    await record(tx, PatientRegistered(patient_id=made.id, hospital_id=made.hospital_id), actor=actor)
    if new.consents:
        await record_consents(tx, patient_id=made.id, given=new.consents, actor=actor)
    alike = await store.possible_duplicates(
        tx,
        first_name=made.first_name,
        last_name=made.last_name,
        born=made.date_of_birth,
        phone=phone,
        email=email,
        but=made.id,
    )
    return Registered(**msgspec.structs.asdict(made), possible_duplicates=alike)


async def change(
    tx: Tx, *, patient_id: int, changes: PatientChanges, actor: Actor, expected_version: int | None = None
) -> Patient:
    """Changes, archives or restores a patient's record. Raises NoSuchPatient (404), Changed (412), Invalid (422)."""
    before = await store.lock_patient(tx, patient_id)
    if before is None:
        raise _nobody()
    check_version(expected=expected_version, actual=before.version)
    sent = given(changes)
    archived = sent.pop("archived", None)
    contacts: dict[str, str | None] = {kind: sent.pop(kind) for kind in ("phone", "email") if kind in sent}
    if sent.get("hospital_id") is not None:
        await hospital(tx, sent["hospital_id"])
    after = msgspec.structs.replace(before, **sent)
    after = msgspec.structs.replace(after, **_checked(msgspec.structs.asdict(after), tx.now.date()))
    if archived is not None:
        after.archived_at = (before.archived_at or tx.now) if archived else None
    await _change_first_contacts(tx, after, contacts)
    await store.update_patient(tx, after)
    after = await patient(tx, patient_id)
    await audit(
        tx, actor=actor, action="patient.changed", subject="patient", subject_id=after.id, patient_id=after.id,
        before=before, after=after,
    )  # fmt: skip
    if (before.archived_at is None) != (after.archived_at is None):
        restored = after.archived_at is None
        event = PatientArchived(patient_id=after.id, hospital_id=after.hospital_id, restored=restored)
        await record(tx, event, actor=actor)
    fields = [
        name
        for name in after.__struct_fields__
        if name not in ("version", "updated_at", "archived_at") and getattr(before, name) != getattr(after, name)
    ]
    if fields:
        await record(tx, PatientChanged(patient_id=after.id, hospital_id=after.hospital_id, fields=fields), actor=actor)
    return after


async def _change_first_contacts(tx: Tx, patient: Patient, contacts: dict[str, str | None]) -> None:
    """Puts another phone or email in the first place; null takes the first away and the next moves up."""
    if not contacts:
        return
    points = [
        ContactPointGiven(
            kind=one.kind,
            value=one.value,
            label=one.label,
            takes_sms=one.takes_sms,
            takes_whatsapp=one.takes_whatsapp,
        )
        for one in await store_contacts.contact_points(tx, patient.id)
    ]
    region = await region_of(tx, patient.hospital_id)
    for kind, text in contacts.items():
        others = [one for one in points if one.kind == kind]
        points = [one for one in points if one.kind != kind]
        if text is None:
            points += others[1:]
        elif kind == "phone":
            value = parse_phone(text, region=region)
            kept = next((one for one in others if one.value == value), ContactPointGiven(kind="phone", value=value))
            points += [kept, *(one for one in others[1:] if one.value != value)]
        else:
            value = parse_email(text)
            kept = next((one for one in others if one.value == value), ContactPointGiven(kind="email", value=value))
            points += [kept, *(one for one in others[1:] if one.value != value)]
    await store_contacts.replace_contacts(tx, patient_id=patient.id, points=points)


def _nobody() -> NoSuchPatient:
    return NoSuchPatient("There is no patient with this id.", next_step="Look them up in /api/patients?q=.")


def _checked(row: dict[str, Any], today: date) -> dict[str, Any]:
    """The fields as they are kept; raises Invalid (422) for the first that cannot be."""
    check_language(row["language"])
    if row["time_zone"] is not None:
        check_time_zone(row["time_zone"])
    born: date | None = row["date_of_birth"]
    # a child may be born today in Auckland while it is still yesterday in UTC
    if born is not None and not FIRST_BIRTHDAY <= born <= today + timedelta(days=1):
        raise BirthDateImpossible(
            "A patient was born between 1880 and today.", pointer="/dateOfBirth", next_step="Check the year."
        )
    return {
        "first_name": one_line(row["first_name"], pointer="/firstName", longest=100),
        "last_name": one_line(row["last_name"], pointer="/lastName", longest=100),
        "address": many_lines(row["address"], pointer="/address", longest=2000),
    }
