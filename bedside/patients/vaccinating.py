"""Immunization schedules: planning doses, recording one as given, changing and removing."""

from datetime import date, timedelta

import msgspec

from bedside.accounts import audit, audit_reading
from bedside.directory import hospital
from bedside.event_log import Actor, Event, record
from bedside.kit.database import Tx
from bedside.kit.http.conditional import check_version
from bedside.kit.http.problems import Invalid
from bedside.kit.text import many_lines, one_line
from bedside.kit.wire import given
from bedside.patients import registering, store
from bedside.patients import store_vaccinations as doses
from bedside.patients.events import VaccinationChanged, VaccinationGiven, VaccinationPlanned, VaccinationRemoved
from bedside.patients.model import NoSuchPatient, Patient
from bedside.patients.vaccination_model import (
    FIRST_DAY,
    FURTHEST,
    MOST_DOSES,
    DoseGiven,
    GivenBefore,
    NewSchedule,
    NoSuchVaccination,
    StillToCome,
    Vaccination,
    VaccinationChanges,
    Vaccine,
    VaccineTaken,
    after,
    moved,
    schedule,
)

_AHEAD_OF_UTC = timedelta(hours=14)  # where the day begins first


async def add_vaccine(tx: Tx, *, new: Vaccine, actor: Actor) -> Vaccine:
    """Adds a vaccine to the group's list. Raises VaccineTaken (409), Invalid (422)."""
    one = msgspec.structs.replace(new, name=one_line(new.name, pointer="/name", longest=80))
    if not await doses.insert_vaccine(tx, one):
        raise VaccineTaken(
            "There is a vaccine with this code or name.", pointer="/code", next_step="Look at GET /api/vaccines."
        )
    await audit(tx, actor=actor, action="vaccine.added", subject="vaccine", after=one)
    return one


async def read_vaccinations(tx: Tx, *, patient_id: int, actor: Actor) -> list[Vaccination]:
    """A patient's doses; the reading is an audit fact. Raises NoSuchPatient (404)."""
    await registering.patient(tx, patient_id)
    await audit_reading(tx, actor=actor, patient_id=patient_id)
    return await doses.of_patient(tx, patient_id)


async def vaccination(tx: Tx, *, patient_id: int, vaccination_id: int) -> Vaccination:
    """One dose of a patient. Raises NoSuchVaccination (404)."""
    found = await doses.vaccination(tx, patient_id=patient_id, vaccination_id=vaccination_id)
    if found is None:
        raise NoSuchVaccination(
            "The patient has no vaccination with this id.", next_step="Look at the patient's vaccinations."
        )
    return found


async def plan(tx: Tx, *, patient_id: int, new: NewSchedule, actor: Actor) -> list[Vaccination]:
    """Plans the doses of a vaccine that a patient lacks, and gives them. Of a series that they have had, one more.

    Raises NoSuchPatient (404), NoSuchHospital (404), StillToCome (409), Invalid (422)."""
    patient = await _lock(tx, patient_id)
    kind = await doses.vaccine(tx, new.vaccine)
    if kind is None:
        raise Invalid(
            f"There is no vaccine “{new.vaccine}”.", pointer="/vaccine", next_step="Use one of GET /api/vaccines."
        )
    _check_day(new.first_due_on, "/firstDueOn", patient, until=tx.now.date() + FURTHEST)
    if new.hospital_id is not None:
        await hospital(tx, new.hospital_id)
    note = many_lines(new.note, pointer="/note", longest=1000)
    known = await doses.of_patient(tx, patient_id, vaccine=kind.code)
    if waiting := [one for one in known if one.given_on is None]:
        raise StillToCome(
            f"{waiting[0].label} is planned and not given yet.",
            pointer="/vaccine",
            next_step="Record it as given, change its day, or remove it.",
            vaccinationId=waiting[0].id,
        )
    had = max((one.dose for one in known), default=0)
    if had >= MOST_DOSES:
        raise Invalid(f"A vaccine has {MOST_DOSES} doses at most.", pointer="/vaccine")
    planned = schedule(kind, first_due_on=new.first_due_on, had=had)
    await doses.insert(
        tx, patient_id=patient_id, vaccine=kind.code, doses=planned, hospital_id=new.hospital_id, note=note
    )
    made = sorted(
        (one for one in await doses.of_patient(tx, patient_id, vaccine=kind.code) if one.dose > had),
        key=lambda one: one.dose,
    )
    for one in made:
        await _audit(tx, "planned", patient, actor, after=one)
    event = VaccinationPlanned(
        vaccination_id=made[0].id, vaccine_name=kind.name, doses=len(made), due_on=made[0].due_on,
        patient_id=patient.id, hospital_id=patient.hospital_id,
    )  # fmt: skip
    await record(tx, event, actor=actor)
    return made


async def record_given(
    tx: Tx, *, patient_id: int, vaccination_id: int, dose: DoseGiven, actor: Actor, expected_version: int | None = None
) -> Vaccination:
    """Records a dose as given, today where no day is said. What repeats is due again from that day; what follows in the
    series comes no earlier than its interval after it.

    Raises NoSuchPatient, NoSuchVaccination, NoSuchHospital (404), GivenBefore (409), Changed (412), Invalid (422)."""
    patient = await _lock(tx, patient_id)
    before = await vaccination(tx, patient_id=patient_id, vaccination_id=vaccination_id)
    check_version(expected=expected_version, actual=before.version)
    if before.given_on is not None:
        raise GivenBefore(
            f"{before.label} was recorded as given on {before.given_on}.",
            next_step="Change that day if it is wrong.",
        )
    sent = given(dose)
    place = sent.get("hospital_id", before.hospital_id or patient.hospital_id)
    sent["hospital_id"] = place
    sent["given_on"] = dose.given_on or await today_at(tx, place or patient.hospital_id)
    return await _write(tx, patient, before, msgspec.structs.replace(before, **sent), actor)


async def change(
    tx: Tx,
    *,
    patient_id: int,
    vaccination_id: int,
    changes: VaccinationChanges,
    actor: Actor,
    expected_version: int | None = None,
) -> Vaccination:
    """Changes a dose; `given_on` None takes back that it was given, and what giving it made due.

    Raises NoSuchPatient, NoSuchVaccination, NoSuchHospital (404), Changed (412), Invalid (422)."""
    patient = await _lock(tx, patient_id)
    before = await vaccination(tx, patient_id=patient_id, vaccination_id=vaccination_id)
    check_version(expected=expected_version, actual=before.version)
    return await _write(tx, patient, before, msgspec.structs.replace(before, **given(changes)), actor)


async def remove(tx: Tx, *, patient_id: int, vaccination_id: int, actor: Actor) -> Vaccination:
    """Takes a dose out of the schedule; the audit log keeps it. Raises NoSuchPatient, NoSuchVaccination (404)."""
    patient = await _lock(tx, patient_id)
    gone = await vaccination(tx, patient_id=patient_id, vaccination_id=vaccination_id)
    await doses.delete(tx, gone.id)
    await _audit(tx, "removed", patient, actor, before=gone)
    event = VaccinationRemoved(
        vaccination_id=gone.id, vaccine_name=gone.vaccine_name, dose=gone.dose,
        patient_id=patient.id, hospital_id=patient.hospital_id,
    )  # fmt: skip
    await record(tx, event, actor=actor)
    return gone


async def _lock(tx: Tx, patient_id: int) -> Patient:
    patient = await store.lock_patient(tx, patient_id)
    if patient is None:
        raise NoSuchPatient("There is no patient with this id.", next_step="Look them up in /api/patients?q=.")
    return patient


async def today_at(tx: Tx, hospital_id: int | None) -> date:
    """What day it is at a hospital; where nobody knows which, the latest that it is anywhere."""
    if hospital_id is None:
        return (tx.now + _AHEAD_OF_UTC).date()
    return tx.now.astimezone((await hospital(tx, hospital_id)).zone).date()


def _check_day(day: date, pointer: str, patient: Patient, *, until: date) -> None:
    if not FIRST_DAY <= day <= until:
        ahead = "the next hundred years" if pointer != "/givenOn" else "today"
        raise Invalid(f"Give a day from 1880 to {ahead}.", pointer=pointer, next_step="Check the year.")
    if patient.date_of_birth is not None and day < patient.date_of_birth:
        raise Invalid(
            f"{patient.name} was born on {patient.date_of_birth}, after that day.",
            pointer=pointer,
            next_step="Check the day, and the date of birth.",
        )


async def _write(tx: Tx, patient: Patient, before: Vaccination, wanted: Vaccination, actor: Actor) -> Vaccination:
    """Writes what a dose became, and what follows from it."""
    if wanted.hospital_id is not None and wanted.hospital_id != before.hospital_id:
        await hospital(tx, wanted.hospital_id)
    if wanted.due_on != before.due_on:
        _check_day(wanted.due_on, "/dueOn", patient, until=tx.now.date() + FURTHEST)
    if wanted.given_on is not None and wanted.given_on != before.given_on:
        today = await today_at(tx, wanted.hospital_id or patient.hospital_id)
        _check_day(wanted.given_on, "/givenOn", patient, until=today)
    wanted.lot_number = one_line(wanted.lot_number, pointer="/lotNumber", longest=60, needed=False)
    wanted.note = many_lines(wanted.note, pointer="/note", longest=1000)
    fields = [name for name in wanted.__struct_fields__ if getattr(before, name) != getattr(wanted, name)]
    if not fields:
        return before
    await doses.update(tx, wanted)
    if "given_on" in fields:
        await _what_follows(tx, before, wanted, patient, actor)
    done = await vaccination(tx, patient_id=patient.id, vaccination_id=before.id)
    about = {
        "vaccination_id": done.id, "vaccine_name": done.vaccine_name, "dose": done.dose,
        "patient_id": patient.id, "hospital_id": patient.hospital_id,
    }  # fmt: skip
    first_time = before.given_on is None and done.given_on is not None
    await _audit(tx, "given" if first_time else "changed", patient, actor, before=before, after=done)
    event: Event = VaccinationChanged(fields=fields, **about)  # type: ignore[arg-type]
    if first_time:
        event = VaccinationGiven(given_on=done.given_on, **about)  # type: ignore[arg-type]
    await record(tx, event, actor=actor)
    return done


async def _what_follows(tx: Tx, before: Vaccination, now: Vaccination, patient: Patient, actor: Actor) -> None:
    """The doses after one that was given, or given on another day, or not after all: each change is an audit fact."""
    kind = await doses.known_vaccine(tx, now.vaccine)
    known = await doses.of_patient(tx, patient.id, vaccine=kind.code)
    following = sorted((one for one in known if one.dose > now.dose), key=lambda one: one.dose)
    if before.given_on is not None and before.dose >= kind.doses and following:
        # what giving it then made due is due no more, unless somebody has touched it
        made = after(kind, dose=before.dose, given_on=before.given_on)
        if (following[0].due_on, following[0].given_on, following[0].version) == (made, None, 1):
            gone = following.pop(0)
            await doses.delete(tx, gone.id)
            await _audit(tx, "removed", patient, actor, before=gone)
    earliest = None if now.given_on is None else after(kind, dose=now.dose, given_on=now.given_on)
    if earliest is None:
        return
    if following and all(one.given_on is None for one in following):
        later = dict(moved(kind, following, earliest=earliest))
        await doses.put_off(tx, list(later.items()))
        for one in following:
            if one.id in later:
                put_off = await vaccination(tx, patient_id=patient.id, vaccination_id=one.id)
                await _audit(tx, "changed", patient, actor, before=one, after=put_off)
    elif not following and kind.doses <= now.dose < MOST_DOSES:
        [made_id] = await doses.insert(
            tx, patient_id=patient.id, vaccine=kind.code, doses=[(now.dose + 1, earliest)],
            hospital_id=now.hospital_id, note="",
        )  # fmt: skip
        due_again = await vaccination(tx, patient_id=patient.id, vaccination_id=made_id)
        await _audit(tx, "planned", patient, actor, after=due_again)


async def _audit(
    tx: Tx,
    what: str,
    patient: Patient,
    actor: Actor,
    *,
    before: Vaccination | None = None,
    after: Vaccination | None = None,
) -> None:
    one = after or before
    await audit(
        tx, actor=actor, action=f"vaccination.{what}", subject="vaccination", subject_id=one.id if one else None,
        patient_id=patient.id, before=before, after=after,
    )  # fmt: skip
