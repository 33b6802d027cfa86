"""Who hears of what, in which order. Read it from top to bottom.

A reaction runs in the transaction that made the event true, and only writes rows: if it fails, nothing happened.
"""

from collections.abc import Mapping
from typing import Any

from bedside import reminders
from bedside.accounts import Permission
from bedside.contracts import CONTRACT_SUBJECT
from bedside.contracts import install_public_url as install_signing_url
from bedside.directory import hospital
from bedside.event_log import Event, Reaction, install_reactions
from bedside.follow_ups import Subject, install_subjects
from bedside.kit.database import Tx
from bedside.messaging import (
    CONVERSATION_SUBJECT,
    MESSAGE_SUBJECT,
    InboundMessageReceived,
    Loader,
    MessageStatusChanged,
    Stale,
    install_loaders,
)
from bedside.owners import OWNER_SUBJECT
from bedside.patient_access import install_public_url, manage_link
from bedside.patients import patients
from bedside.reminders import appointment_of_reminder
from bedside.scheduling import (
    AppointmentArrived,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentMissed,
    AppointmentRescheduled,
    AppointmentRestored,
    appointment,
    calendar_file,
)

REACTIONS: dict[type[Event], tuple[Reaction, ...]] = {
    AppointmentBooked: (reminders.plan_and_confirm,),
    AppointmentRescheduled: (reminders.replan,),
    AppointmentConfirmed: (reminders.drop_what_asked,),
    AppointmentCancelled: (reminders.drop_and_tell,),
    AppointmentArrived: (reminders.drop,),
    AppointmentCompleted: (reminders.drop,),
    AppointmentMissed: (reminders.drop,),
    AppointmentRestored: (reminders.plan_again,),
    MessageStatusChanged: (reminders.follow_message,),
    InboundMessageReceived: (reminders.act_on_reply,),
}


async def _appointment(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    found = await reminders.load_appointment_variables(tx, about_id, channel, language)
    return found if isinstance(found, Stale) else await _with_link_and_calendar(tx, found, about_id, channel)


async def _cancelled_appointment(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    found = await reminders.load_cancelled_variables(tx, about_id, channel, language)
    return found if isinstance(found, Stale) else await _with_link_and_calendar(tx, found, about_id, channel)


async def _reminder(tx: Tx, about_id: int, channel: str, language: str) -> Mapping[str, Any] | Stale:
    found = await reminders.load_reminder_variables(tx, about_id, channel, language)
    if isinstance(found, Stale):
        return found
    return await _with_link_and_calendar(tx, found, await appointment_of_reminder(tx, about_id), channel)


async def _with_link_and_calendar(
    tx: Tx, variables: dict[str, object], appointment_id: int, channel: str
) -> dict[str, object]:
    """Adds the link by which the patient acts, and for mail the calendar entry: rooms that reminders do not know."""
    added: dict[str, object] = {"links": {"manage": await manage_link(tx, appointment_id)}}
    if channel == "email":
        visit = await appointment(tx, appointment_id)
        place = await hospital(tx, visit.hospital_id)
        added["calendar"] = calendar_file(visit, place_name=place.name, address=place.address).decode()
    return {**variables, **added}


# What messages are about, and who knows the words for it just before they leave.
LOADERS: dict[str, Loader] = {
    "appointment": _appointment,
    "cancelled_appointment": _cancelled_appointment,
    "reminder": _reminder,
}


async def _patient_names(tx: Tx, ids: list[int]) -> dict[int, str]:
    return {one.id: one.name for one in await patients(tx, ids=ids)}


# What notes, tags, custom fields and tasks may be about, by noun.
SUBJECTS: dict[str, Subject] = {
    "patient": Subject(
        label="Patient", seen_with=Permission.PATIENTS_READ, page="/patients/{id}", names=_patient_names
    ),
    "owner": OWNER_SUBJECT,
    "message": MESSAGE_SUBJECT,
    "conversation": CONVERSATION_SUBJECT,
    "contract": CONTRACT_SUBJECT,
}


def install(*, public_url: str) -> None:
    """Hands the tables and the address of links to the rooms below, which know nothing of each other."""
    install_reactions(REACTIONS)
    install_loaders(LOADERS)
    install_subjects(SUBJECTS)
    install_public_url(public_url)
    install_signing_url(public_url)
