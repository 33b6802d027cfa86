"""Owners of hospitals and their contacts: who they are, how they are reached and paid. The front door."""

from bedside.owners.account_numbers import is_iban
from bedside.owners.consenting import owner_consents, record_owner_consent
from bedside.owners.events import (
    OwnerAdded,
    OwnerArchived,
    OwnerChanged,
    OwnerConsentRecorded,
    PaymentDetailsChanged,
)
from bedside.owners.model import (
    NewContact,
    NewOwner,
    NewPaymentDetails,
    NoSuchOwner,
    Owner,
    OwnerChanges,
    OwnerConsent,
    OwnerConsentGiven,
    OwnerContact,
    OwnerHospital,
    PaymentDetails,
    PaymentMethod,
    StakeGiven,
)
from bedside.owners.paying import (
    every_payment_details,
    payment_details,
    read_payment_details,
    set_payment_details,
)
from bedside.owners.people import add_contact, contact, contacts
from bedside.owners.registering import (
    add_owner,
    change,
    find_by_email,
    find_by_phone,
    hospitals_of,
    owner,
    owners,
    seen_owner,
    set_stakes,
)
from bedside.owners.subjects import OWNER_SUBJECT

__all__ = [
    "OWNER_SUBJECT", "NewContact", "NewOwner", "NewPaymentDetails", "NoSuchOwner", "Owner", "OwnerAdded",
    "OwnerArchived", "OwnerChanged", "OwnerChanges", "OwnerConsent", "OwnerConsentGiven", "OwnerConsentRecorded",
    "OwnerContact", "OwnerHospital", "PaymentDetails", "PaymentDetailsChanged", "PaymentMethod", "StakeGiven",
    "add_contact", "add_owner", "change", "contact", "contacts", "every_payment_details", "find_by_email",
    "find_by_phone", "hospitals_of", "is_iban", "owner", "owner_consents", "owners", "payment_details",
    "read_payment_details", "record_owner_consent", "seen_owner", "set_payment_details", "set_stakes",
]  # fmt: skip
