"""Patients: profile, identifiers, contact points with consent, search. The front door."""

from bedside.patients.consenting import consents, reachabilities, reachability, record_consent
from bedside.patients.contacts import contact_points, mark_verified, set_contact_points
from bedside.patients.events import (
    ConsentRecorded,
    PatientArchived,
    PatientChanged,
    PatientRegistered,
    VaccinationGiven,
)
from bedside.patients.model import (
    Consent,
    ConsentGiven,
    NewPatient,
    NoSuchPatient,
    Patient,
    PatientChanges,
    Reachability,
)
from bedside.patients.registering import change, find_by_phone, patient, patients, read_profile, register
from bedside.patients.searching import search

__all__ = [
    "Consent", "ConsentGiven", "ConsentRecorded", "NewPatient", "NoSuchPatient", "Patient", "PatientArchived",
    "PatientChanged", "PatientChanges", "PatientRegistered", "Reachability", "VaccinationGiven", "change", "consents",
    "contact_points", "find_by_phone", "mark_verified", "patient", "patients", "reachabilities", "reachability",
    "read_profile", "record_consent", "register", "search", "set_contact_points",
]  # fmt: skip
