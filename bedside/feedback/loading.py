"""The values that fill a message about feedback, in its reader's language, made just before it leaves."""

from datetime import date
from typing import Any

from babel.dates import format_skeleton

from bedside.directory import hospital
from bedside.feedback import store_inviting as store
from bedside.feedback.giving import feedback
from bedside.feedback.links import feedback_link
from bedside.feedback.policies import policy_of
from bedside.kit.database import Tx
from bedside.kit.languages import locale_for
from bedside.kit.phone import show_phone
from bedside.messaging import Stale
from bedside.patients import patient

Variables = dict[str, Any]


async def load_feedback_variables(tx: Tx, invitation_id: int, language: str) -> Variables | Stale:
    """For an invitation and its reminder: the visit, and a fresh link. Stale where it is rated, undone or over."""
    invitation = await store.invitation(tx, invitation_id)
    if invitation is None:
        return Stale("The invitation is gone.")
    visit = await store.visit_words(tx, appointment_id=invitation.appointment_id)
    if visit is None or visit.status != "completed":
        return Stale(f"The visit is {visit.status.replace('_', ' ') if visit else 'gone'}.")
    link = await feedback_link(tx, invitation_id)
    if isinstance(link, Stale):
        return link
    return {
        "patient": {"first_name": visit.patient_first_name},
        "appointment": {
            "date": day_words(visit.day, language),
            "practitioner": visit.practitioner_name,
            "place": visit.hospital_name,
        },
        "hospital": {
            "name": visit.hospital_name,
            "phone": show_phone(visit.hospital_phone) if visit.hospital_phone else "",
            "address": visit.hospital_address,
        },
        "links": {"feedback": link},
    }


async def load_answer_variables(tx: Tx, feedback_id: int) -> Variables | Stale:
    """For a request of a public review: who gave the feedback, and where reviews are read. Stale where nobody is asked
    any more."""
    given = await feedback(tx, feedback_id)
    if given.patient_id is None or given.hospital_id is None:
        return Stale("It is not known whose feedback it was.")
    policy = await policy_of(tx, given.hospital_id)
    if not policy.review_url:
        return Stale("The hospital asks nobody for public reviews any more.")
    place, who = await hospital(tx, given.hospital_id), await patient(tx, given.patient_id)
    return {
        "patient": {"first_name": who.first_name},
        "hospital": {
            "name": place.name,
            "phone": show_phone(place.phone) if place.phone else "",
            "address": place.address,
        },
        "links": {"review": policy.review_url},
    }


def day_words(day: date, language: str) -> str:
    """A day of this or the last year, as it is said in the language: March 2, 2 de marzo."""
    return format_skeleton("MMMMd", day, locale=locale_for(language))
