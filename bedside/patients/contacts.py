"""Phones, emails and identifiers of patients."""

import msgspec

from bedside.accounts import audit
from bedside.directory import hospital
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.email_address import parse_email
from bedside.kit.http.problems import Invalid, NotFound
from bedside.kit.phone import parse_phone
from bedside.kit.text import one_line
from bedside.patients import store, store_contacts
from bedside.patients.events import PatientChanged
from bedside.patients.model import (
    ContactPoint,
    ContactPointGiven,
    Identifier,
    IdentifierTaken,
    NewIdentifier,
    NoSuchPatient,
)


async def region_of(tx: Tx, hospital_id: int | None) -> str | None:
    """The country that a phone without a country code is read in: the hospital's, else the group's first one's."""
    if hospital_id is not None:
        return (await hospital(tx, hospital_id)).country
    return await store.first_country(tx)


async def contact_points(tx: Tx, *, patient_id: int) -> list[ContactPoint]:
    """A patient's phones and emails, in the order they are tried in."""
    return await store_contacts.contact_points(tx, patient_id)


async def set_contact_points(
    tx: Tx, *, patient_id: int, points: list[ContactPointGiven], actor: Actor
) -> list[ContactPoint]:
    """Makes these a patient's phones and emails, in this order. Raises NoSuchPatient (404), Invalid (422)."""
    patient = await store.lock_patient(tx, patient_id)
    if patient is None:
        raise NoSuchPatient("There is no patient with this id.")
    region = await region_of(tx, patient.hospital_id)
    kept: dict[tuple[str, str], ContactPointGiven] = {}
    for n, point in enumerate(points):
        pointer = f"/contactPoints/{n}/value"
        phone = point.kind == "phone"
        value = (
            parse_phone(point.value, region=region, pointer=pointer)
            if phone
            else parse_email(point.value, pointer=pointer)
        )
        if (point.kind, value) in kept:
            raise Invalid("This stands in the list twice.", pointer=pointer)
        label = one_line(point.label, pointer=f"/contactPoints/{n}/label", longest=80, needed=False)
        kept[point.kind, value] = msgspec.structs.replace(point, value=value, label=label)
    before = await store_contacts.contact_points(tx, patient_id)
    await store_contacts.replace_contacts(tx, patient_id=patient_id, points=list(kept.values()))
    await store.touch(tx, patient_id)
    after = await store_contacts.contact_points(tx, patient_id)
    await audit(
        tx, actor=actor, action="patient.contacts_changed", subject="patient", subject_id=patient_id,
        patient_id=patient_id, before={"contactPoints": before}, after={"contactPoints": after},
    )  # fmt: skip
    await record(tx, _changed(patient_id, patient.hospital_id, "contact_points"), actor=actor)
    return after


async def mark_verified(tx: Tx, *, patient_id: int, value: str) -> None:
    """Keeps that a phone or email (as it is stored) was proved to be the patient's."""
    await store_contacts.mark_verified(tx, patient_id=patient_id, value=value)


async def add_identifier(tx: Tx, *, patient_id: int, new: NewIdentifier, actor: Actor) -> Identifier:
    """Adds an identifier. Raises NoSuchPatient (404), IdentifierTaken (409), Invalid (422)."""
    patient = await store.lock_patient(tx, patient_id)
    if patient is None:
        raise NoSuchPatient("There is no patient with this id.")
    system = one_line(new.system, pointer="/system", longest=100)
    value = one_line(new.value, pointer="/value", longest=100)
    made = await store_contacts.insert_identifier(tx, patient_id=patient_id, system=system, value=value)
    if made is None:
        raise IdentifierTaken(
            f"{system} {value} belongs to a patient already.",
            pointer="/value",
            next_step="Open that patient: it may be the same person.",
            patientId=await store_contacts.identified(tx, system=system, value=value),
        )
    await store.touch(tx, patient_id)
    await audit(
        tx, actor=actor, action="patient.identifier_added", subject="patient", subject_id=patient_id,
        patient_id=patient_id, after=made,
    )  # fmt: skip
    await record(tx, _changed(patient_id, patient.hospital_id, "identifiers"), actor=actor)
    return made


async def remove_identifier(tx: Tx, *, patient_id: int, identifier_id: int, actor: Actor) -> None:
    """Takes an identifier away. Raises NotFound (404)."""
    patient = await store.lock_patient(tx, patient_id)
    gone = await store_contacts.delete_identifier(tx, patient_id=patient_id, identifier_id=identifier_id)
    if gone is None or patient is None:
        raise NotFound("The patient has no identifier with this id.")
    await store.touch(tx, patient_id)
    await audit(
        tx, actor=actor, action="patient.identifier_removed", subject="patient", subject_id=patient_id,
        patient_id=patient_id, before=gone,
    )  # fmt: skip
    await record(tx, _changed(patient_id, patient.hospital_id, "identifiers"), actor=actor)


def _changed(patient_id: int, hospital_id: int | None, what: str) -> PatientChanged:
    return PatientChanged(patient_id=patient_id, hospital_id=hospital_id, fields=[what])
