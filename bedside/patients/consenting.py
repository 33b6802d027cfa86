"""What patients agreed to and refused: an append-only history, of which the newest word is in force."""

import msgspec

from bedside.accounts import audit
from bedside.event_log import Actor, record
from bedside.kit.database import Tx
from bedside.kit.text import many_lines, one_line
from bedside.patients import store, store_contacts
from bedside.patients.events import ConsentRecorded
from bedside.patients.model import Channel, Consent, ConsentGiven, NoSuchPatient, Purpose, Reachability


async def record_consent(
    tx: Tx,
    *,
    patient_id: int,
    channel: Channel,
    purpose: Purpose,
    granted: bool,
    how: str,
    words: str = "",
    actor: Actor,
) -> Consent:
    """Keeps what a patient said, when, how and in which words (RULES.md, messages 6). Raises NoSuchPatient (404)."""
    given = ConsentGiven(channel=channel, purpose=purpose, granted=granted, how=how, words=words)
    await record_consents(tx, patient_id=patient_id, given=[given], actor=actor)
    return (await store_contacts.consents(tx, patient_id))[0]


async def record_consents(tx: Tx, *, patient_id: int, given: list[ConsentGiven], actor: Actor) -> None:
    """Keeps several at once. Raises NoSuchPatient (404)."""
    patient = await store.patient(tx, patient_id)
    if patient is None:
        raise NoSuchPatient("There is no patient with this id.")
    kept = [
        msgspec.structs.replace(
            one,
            how=one_line(one.how, pointer="/how"),
            words=many_lines(one.words, pointer="/words", longest=2000),
        )
        for one in given
    ]
    by = actor.name or actor.kind
    await store_contacts.insert_consents(tx, patient_id=patient_id, given=kept, recorded_by=by)
    for one in kept:
        await audit(
            tx, actor=actor, action="patient.consent_recorded", subject="patient", subject_id=patient_id,
            patient_id=patient_id, after=one,
        )  # fmt: skip
        event = ConsentRecorded(
            patient_id=patient_id,
            hospital_id=patient.hospital_id,
            channel=one.channel,
            purpose=one.purpose,
            granted=one.granted,
        )
        await record(tx, event, actor=actor)


async def consents(tx: Tx, *, patient_id: int) -> list[Consent]:
    """The whole history, newest first."""
    return await store_contacts.consents(tx, patient_id)


async def reachability(tx: Tx, patient_id: int) -> Reachability:
    """How a patient can be written to, and may be, in one query. Raises NoSuchPatient (404)."""
    found = await store.reachability(tx, patient_id)
    if found is None:
        raise NoSuchPatient("There is no patient with this id.")
    return found


async def reachabilities(tx: Tx, *, patient_ids: list[int]) -> dict[int, Reachability]:
    """The same of many, by id, in one query; ids of nobody are left out."""
    return {one.patient_id: one for one in await store.reachabilities(tx, patient_ids)}
