"""Grows the small hospital into the demonstration: people, visits, messages, reminders, tasks, notes."""

from bisect import bisect_right
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bedside.demo.campaigning import book_because, some_past_campaigns
from bedside.demo.correspondence import LEAD, Correspondence, Reader, Written, some_correspondence
from bedside.demo.desk import Deed, some_follow_ups
from bedside.demo.experience import some_experience
from bedside.demo.journeying import heart_journey, tips_by_word
from bedside.demo.owning import some_ownership
from bedside.demo.people import some_patients
from bedside.demo.places import DEPARTMENTS, PRACTITIONERS
from bedside.demo.planning import some_plans
from bedside.demo.small import SmallWorld, small_world
from bedside.demo.vaccinated import some_vaccinations
from bedside.demo.visits import Seat, seats_of, some_visits
from bedside.event_log import Actor
from bedside.event_log.history import PastEvent, write_events
from bedside.kit.database import Database, Tx
from bedside.message_templates import ship_templates
from bedside.messaging import InboundMessageReceived
from bedside.messaging.history import ContactPolicyGiven, PastAnswer, set_contact_policy, write_answers, write_messages
from bedside.patients import Patient, PatientRegistered, patients, reachabilities
from bedside.patients.history import write_patients
from bedside.reminders.history import write_reminders
from bedside.scheduling import (
    AppointmentArrived,
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentCompleted,
    AppointmentConfirmed,
    AppointmentMissed,
)
from bedside.scheduling.history import PastVisit, write_visits

_SEED = 20261020
_DAYS_OPEN = timedelta(days=95)


async def seed(database: Database, *, people: int = 300) -> SmallWorld:
    """Fills a new database with the demonstration hospital, in one transaction. Takes some seconds."""
    async with database.transaction() as tx:
        return await grow(tx, people=people)


async def grow(tx: Tx, *, people: int = 300) -> SmallWorld:
    """The same within a transaction. Everything is dated by the transaction's now, the past included."""
    random = Random(_SEED)  # noqa: S311 - the same hospital every time, nothing secret
    await ship_templates(tx)
    world = await small_world(tx.dated(tx.now - _DAYS_OPEN), valid_from=(tx.now - _DAYS_OPEN).date())
    await _write_often(tx, world)
    owning = await some_ownership(tx, Random(_SEED + 1), world)  # noqa: S311 - as above
    past = some_patients(random, number=people - 8, hospitals=(world.bellevue, world.santa_lucia), now=tx.now)
    ids = await write_patients(tx, past)
    everybody = await patients(tx, ids=[world.maria.id, *range(world.maria.id + 1, world.silent.id + 1), *ids])

    news = Random(_SEED + 4)  # noqa: S311 - as above
    told = await some_past_campaigns(tx, news, world)
    visits = some_visits(random, _seats(world, everybody, tx.now), first_patient=world.maria.id, now=tx.now)
    book_because(news, visits, told, now=tx.now)
    visit_ids = await write_visits(tx, visits)
    written = _with_words(world, visit_ids, visits)
    readers = await _readers(tx, everybody)
    letters = some_correspondence(random, written, readers, now=tx.now)
    texted, joining = await tips_by_word(tx, news, world, everybody, readers)
    received = await _write_letters(tx, letters, [*(one for each in told for one in each.answers), *texted])

    desk = Actor(kind="staff", id=world.frida.id, name=world.frida.name)
    registered = [
        PastEvent(PatientRegistered(patient_id=patient_id, hospital_id=one.new.hospital_id), desk, one.at)
        for patient_id, one in zip(ids, past, strict=True)
    ]
    happened = [event for one in written for event in _events_of(one, desk)]
    deeds = await some_follow_ups(tx, random, world, everybody)
    visited = list(zip(visit_ids, visits, strict=True))
    rated, redeemed = await some_experience(tx, Random(_SEED + 2), world, visited, readers)  # noqa: S311 - as above
    vaccinated = await some_vaccinations(tx, Random(_SEED + 3), world, everybody)  # noqa: S311 - as above
    campaigns = [*joining, *heart_journey(tx, news, world), *some_plans(tx, world)]
    await _in_order(tx, registered + happened + received + rated + vaccinated, deeds + owning + redeemed + campaigns)
    return world


async def _write_often(tx: Tx, world: SmallWorld) -> None:
    """Whoever tries the demonstration writes more news in an hour than a hospital does in a month."""
    generous = ContactPolicyGiven(news_per_day=100, news_per_week=500, holidays="as_any_day")
    for place in (world.bellevue, world.santa_lucia):
        await set_contact_policy(
            tx, hospital_id=place.id, given=generous, expected_version=None, user=world.user(world.ada)
        )


async def _in_order(tx: Tx, events: list[PastEvent], deeds: list[Deed]) -> None:
    """Writes the events and does the deeds by their times: what is newest in the log is what happened last."""
    events.sort(key=lambda one: one.at)
    written = 0
    for deed in sorted(deeds, key=lambda one: one.at):
        until = bisect_right(events, deed.at, lo=written, key=lambda one: one.at)
        await write_events(tx, events[written:until])
        written = until
        await deed.do(tx.dated(deed.at))
    await write_events(tx, events[written:])


def _seats(world: SmallWorld, everybody: list[Patient], now: datetime) -> list[Seat]:
    """The practitioners with whom of the patients they may see: children in pediatrics, and so on."""
    today = now.date()
    keys = [one[0] for one in DEPARTMENTS]
    places = {}
    for key, department in zip(keys, world.every_department, strict=True):
        second = department.hospital_id == world.santa_lucia.id
        hospital = world.santa_lucia if second else world.bellevue
        services = tuple(
            one.id
            for one in world.every_service
            if one.department_id == department.id and one.needs_resource_kind is None
        )
        pool = tuple(
            one.id
            for one in everybody
            if one.hospital_id == department.hospital_id and _may_come(key, one.age(today), one.sex)
        )
        booker = world.olga.name if second else world.frida.name
        places[key] = (department.id, hospital.id, hospital.zone, services, pool, booker)
    by_key = {one.key: made.id for one, made in zip(PRACTITIONERS, world.every_practitioner, strict=True)}
    return seats_of(places, by_key)


def _may_come(department: str, age: int | None, sex: str) -> bool:
    if department == "pediatrics":
        return age is not None and age < 17
    if department == "womens_health":
        return sex == "female" and (age is None or age >= 15)
    return age is None or age >= 17 or department in ("medicina_general", "cardiologia")


async def _readers(tx: Tx, everybody: list[Patient]) -> dict[int, Reader]:
    reachable = await reachabilities(tx, patient_ids=[one.id for one in everybody])
    return {
        one.patient_id: Reader(
            id=one.patient_id,
            first_name=one.first_name,
            language=one.language,
            phone=one.phone,
            email=one.email,
            takes_whatsapp=one.takes_whatsapp,
            refused=frozenset(channel for channel in ("sms", "whatsapp", "email") if one.refuses(channel)),
        )
        for one in reachable.values()
    }


def _with_words(world: SmallWorld, ids: list[int], visits: list[PastVisit]) -> list[Written]:
    hospitals = {one.id: one for one in (world.bellevue, world.santa_lucia)}
    names = {one.id: one.display_name for one in world.every_practitioner}
    return [
        Written(
            visit_id,
            visit,
            hospitals[visit.hospital_id].name,
            hospitals[visit.hospital_id].zone,
            names[visit.practitioner_id],
        )
        for visit_id, visit in zip(ids, visits, strict=True)
    ]


async def _write_letters(tx: Tx, letters: Correspondence, of_campaigns: list[PastAnswer]) -> list[PastEvent]:
    """Writes messages, the reminders they were sent for, and answers; gives the events of the answers."""
    letters.messages.sort(key=lambda one: one.at)
    message_ids = await write_messages(tx, letters.messages)
    id_of = {id(message): made for message, made in zip(letters.messages, message_ids, strict=True)}
    for reminder, message in letters.reminders:
        reminder.message_id = None if message is None else id_of[id(message)]
    await write_reminders(tx, [reminder for reminder, _ in letters.reminders])
    for answer, message in letters.answers:
        answer.answers = id_of[id(message)]
    answers = sorted([*(answer for answer, _ in letters.answers), *of_campaigns], key=lambda one: one.at)
    made = await write_answers(tx, answers)
    return [
        PastEvent(
            InboundMessageReceived(
                inbound_message_id=inbound_id,
                conversation_id=conversation_id,
                channel=answer.channel,
                from_address=answer.from_address,
                body=answer.body,
                answers=answer.answers,
                patient_id=answer.patient_id,
            ),
            Actor(kind="patient", id=answer.patient_id),
            answer.at,
        )
        for (inbound_id, conversation_id), answer in zip(made, answers, strict=True)
    ]


def _events_of(one: Written, desk: Actor) -> list[PastEvent]:
    visit = one.visit
    about: dict[str, Any] = {
        "appointment_id": one.id,
        "practitioner_id": visit.practitioner_id,
        "department_id": visit.department_id,
        "starts_at": visit.starts_at,
        "hospital_id": visit.hospital_id,
        "patient_id": visit.patient_id,
    }
    patient = Actor(kind="patient", id=visit.patient_id)
    online = visit.booked_by == "Online booking"
    booked = AppointmentBooked(source="online" if online else "desk", **about)
    made = [PastEvent(booked, patient if online else desk, visit.created_at)]
    if visit.confirmed_at:
        how = "sms" if visit.confirmed_at >= visit.starts_at - LEAD else "link"
        made.append(PastEvent(AppointmentConfirmed(how=how, **about), patient, visit.confirmed_at))
    if visit.arrived_at:
        made.append(PastEvent(AppointmentArrived(**about), desk, visit.arrived_at))
    if visit.completed_at:
        made.append(PastEvent(AppointmentCompleted(**about), desk, visit.completed_at))
    if visit.no_show_at:
        made.append(PastEvent(AppointmentMissed(**about), desk, visit.no_show_at))
    if visit.cancelled_at:
        cancelled = AppointmentCancelled(reason=visit.cancel_reason or "", **about)
        made.append(PastEvent(cancelled, patient if visit.cancelled_by == "patient" else desk, visit.cancelled_at))
    return made
