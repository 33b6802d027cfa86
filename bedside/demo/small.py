"""The small named hospital: two sites, their departments, practitioners with schedules, staff, and a few patients."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from bedside.accounts import NewStaffMember, Role, SignedIn, StaffMember, add_staff, staff_member
from bedside.demo.places import BELLEVUE, DEPARTMENTS, PRACTITIONERS, ROOMS, SANTA_LUCIA, STAFF
from bedside.directory import (
    Department,
    Hospital,
    NewDepartment,
    NewPractitioner,
    NewResource,
    NewService,
    OpeningHours,
    Practitioner,
    Service,
    add_department,
    add_hospital,
    add_practitioner,
    add_resource,
    add_service,
    departments,
    hospital,
    practitioners,
    services,
    set_opening_hours,
)
from bedside.event_log import SYSTEM
from bedside.kit.database import Tx
from bedside.patients import ConsentGiven, NewPatient, Patient, patients, register
from bedside.scheduling.history import WeeklyHours, write_schedules

ALL_CONSENTS = [
    ConsentGiven(channel=channel, purpose=purpose, granted=True, how="form at the desk", words="I agree to messages.")
    for channel in ("sms", "whatsapp", "email")
    for purpose in ("transactional", "marketing")
]


@dataclass(frozen=True, kw_only=True)
class SmallWorld:
    """Everybody and everything by name. `olga` and `oscar` are outsiders: they work at Santa Lucía only."""

    bellevue: Hospital
    santa_lucia: Hospital

    cardiology: Department
    dermatology: Department
    pediatrics: Department
    womens_health: Department
    mental_health: Department
    general: Department
    cardiologia: Department
    medicina_general: Department

    consultation: Service

    smith: Practitioner
    okafor: Practitioner
    chen_wei: Practitioner
    chen_lily: Practitioner
    reyes: Practitioner

    ada: StaffMember
    frida: StaffMember
    clara: StaffMember
    marco: StaffMember
    fatima: StaffMember
    olga: StaffMember
    oscar: StaffMember
    felix: StaffMember

    maria: Patient
    james: Patient
    leila: Patient
    tom: Patient
    emma: Patient
    ben: Patient
    rosa: Patient
    silent: Patient

    every_department: tuple[Department, ...]
    every_practitioner: tuple[Practitioner, ...]
    every_service: tuple[Service, ...]

    def user(self, member: StaffMember) -> SignedIn:
        """A member of staff as a request knows them."""
        return SignedIn(kind="staff", id=member.id, name=member.name, role=member.role, hospital_ids=member.hospitals)


async def small_world(tx: Tx, *, valid_from: date | None = None) -> SmallWorld:
    """Writes it into a database that has nothing in it yet. Schedules hold from `valid_from`: else 120 days ago."""
    since = valid_from or (tx.now - timedelta(days=120)).date()
    bellevue = await add_hospital(tx, new=BELLEVUE, actor=SYSTEM)
    santa_lucia = await add_hospital(tx, new=SANTA_LUCIA, actor=SYSTEM)
    for place, days in ((bellevue, range(1, 8)), (santa_lucia, range(1, 7))):
        hours = [OpeningHours(weekday=day, opens=time(7), closes=time(20)) for day in days]
        await set_opening_hours(tx, hospital_id=place.id, hours=hours, actor=SYSTEM)

    places = await _departments(tx, {"bellevue": bellevue, "santa_lucia": santa_lucia})
    doctors = await _practitioners(tx, places, since)
    for hospital_key, name, kind, is_room in ROOMS:
        place = bellevue if hospital_key == "bellevue" else santa_lucia
        room = NewResource(hospital_id=place.id, name=name, kind=kind, is_room=is_room)
        await add_resource(tx, new=room, actor=SYSTEM)

    for key, name, role, at in STAFF:
        works_at = {"bellevue": [bellevue.id], "santa_lucia": [santa_lucia.id], "every": []}[at]
        new = NewStaffMember(
            email=f"{key}@bellevue.example.org" if at != "santa_lucia" else f"{key}@santalucia.example.org",
            name=name,
            role=Role(role),
            every_hospital=at == "every",
            hospital_ids=works_at,
            practitioner_id=doctors["smith"].id if key == "clara" else None,
        )
        await add_staff(tx, new=new, actor=SYSTEM)
    for person in some_named_patients(bellevue, santa_lucia).values():
        await register(tx, new=person, actor=SYSTEM)
    return await read_small_world(tx)


async def read_small_world(tx: Tx) -> SmallWorld:
    """The small world of a database that it was written into first, so that everybody's ids count from 1."""
    bellevue, santa_lucia = await hospital(tx, 1), await hospital(tx, 2)
    every_department = sorted(await departments(tx), key=lambda one: one.id)
    every_practitioner = sorted(await practitioners(tx), key=lambda one: one.id)
    every_service = sorted(await services(tx), key=lambda one: one.id)
    place = {fact[0]: made for fact, made in zip(DEPARTMENTS, every_department, strict=True)}
    doctor = {fact.key: made for fact, made in zip(PRACTITIONERS, every_practitioner, strict=True)}
    staff = {fact[0]: await staff_member(tx, n) for n, fact in enumerate(STAFF, start=1)}
    keys = list(some_named_patients(bellevue, santa_lucia))
    people = await patients(tx, ids=list(range(1, len(keys) + 1)))
    person = dict(zip(keys, people, strict=True))
    return SmallWorld(
        bellevue=bellevue,
        santa_lucia=santa_lucia,
        cardiology=place["cardiology"],
        dermatology=place["dermatology"],
        pediatrics=place["pediatrics"],
        womens_health=place["womens_health"],
        mental_health=place["mental_health"],
        general=place["general"],
        cardiologia=place["cardiologia"],
        medicina_general=place["medicina_general"],
        consultation=every_service[0],
        smith=doctor["smith"],
        okafor=doctor["okafor"],
        chen_wei=doctor["chen_wei"],
        chen_lily=doctor["chen_lily"],
        reyes=doctor["reyes"],
        ada=staff["ada"],
        frida=staff["frida"],
        clara=staff["clara"],
        marco=staff["marco"],
        fatima=staff["fatima"],
        olga=staff["olga"],
        oscar=staff["oscar"],
        felix=staff["felix"],
        maria=person["maria"],
        james=person["james"],
        leila=person["leila"],
        tom=person["tom"],
        emma=person["emma"],
        ben=person["ben"],
        rosa=person["rosa"],
        silent=person["silent"],
        every_department=tuple(every_department),
        every_practitioner=tuple(every_practitioner),
        every_service=tuple(every_service),
    )


async def _departments(tx: Tx, hospitals: dict[str, Hospital]) -> dict[str, Department]:
    made: dict[str, Department] = {}
    for position, (key, hospital_key, name, discreet, offered) in enumerate(DEPARTMENTS):
        new = NewDepartment(hospital_id=hospitals[hospital_key].id, name=name, discreet=discreet, position=position)
        made[key] = await add_department(tx, new=new, actor=SYSTEM)
        for service, minutes, needs in offered:
            offer = NewService(
                department_id=made[key].id, name=service, duration_minutes=minutes, needs_resource_kind=needs
            )
            await add_service(tx, new=offer, actor=SYSTEM)
    return made


async def _practitioners(tx: Tx, departments: dict[str, Department], since: date) -> dict[str, Practitioner]:
    made: dict[str, Practitioner] = {}
    hours: list[WeeklyHours] = []
    for one in PRACTITIONERS:
        place = departments[one.department]
        made[one.key] = await add_practitioner(
            tx,
            new=NewPractitioner(
                prefix=one.prefix,
                first_name=one.first_name,
                last_name=one.last_name,
                specialty=one.specialty,
                languages=list(one.languages),
                sex=one.sex,
                department_ids=[place.id],
            ),
            actor=SYSTEM,
        )
        hours += [
            WeeklyHours(
                practitioner_id=made[one.key].id,
                hospital_id=place.hospital_id,
                department_id=place.id,
                weekday=day,
                starts=starts,
                ends=ends,
                slot_minutes=one.slot_minutes,
                valid_from=since,
            )
            for day in one.weekdays
            for starts, ends in one.hours
        ]
    await write_schedules(tx, hours)
    return made


def some_named_patients(bellevue: Hospital, santa_lucia: Hospital) -> dict[str, NewPatient]:
    """A few patients by name. Maria is the first: phone, WhatsApp and email, all with consent."""
    refusals = [
        ConsentGiven(channel=channel, purpose="transactional", granted=False, how="told staff")
        for channel in ("sms", "whatsapp", "email")
    ]
    return {
        "maria": NewPatient(
            first_name="Maria", last_name="Alvarez", phone="+12125550142", email="maria.alvarez@example.org",
            date_of_birth=date(1984, 5, 17), sex="female", language="en", hospital_id=bellevue.id,
            address="214 East 26th Street\nNew York, NY 10010", consents=ALL_CONSENTS,
        ),
        "james": NewPatient(
            first_name="James", last_name="O'Connor", phone="+16465550117", email="james.oconnor@example.org",
            date_of_birth=date(1951, 11, 2), sex="male", hospital_id=bellevue.id, preferred_channel="sms",
        ),
        "leila": NewPatient(
            first_name="ليلى", last_name="حداد", phone="+17185550133", email="leila.haddad@example.org",
            date_of_birth=date(1990, 2, 28), sex="female", language="ar", hospital_id=bellevue.id,
            preferred_channel="whatsapp",
        ),
        # three of one family on one phone
        "tom": NewPatient(
            first_name="Tom", last_name="Baker", phone="+19175550160", email="tom.baker@example.org",
            date_of_birth=date(1979, 8, 9), sex="male", hospital_id=bellevue.id,
        ),
        "emma": NewPatient(
            first_name="Emma", last_name="Baker", phone="+19175550160", date_of_birth=date(2015, 3, 30), sex="female",
            hospital_id=bellevue.id,
        ),
        "ben": NewPatient(
            first_name="Ben", last_name="Baker", phone="+19175550160", date_of_birth=date(2018, 12, 24), sex="male",
            hospital_id=bellevue.id,
        ),
        "rosa": NewPatient(
            first_name="Rosa", last_name="Núñez Ibarra", phone="+13055550120", email="rosa.nunez@example.org",
            date_of_birth=date(1967, 9, 4), sex="female", language="es", hospital_id=santa_lucia.id,
        ),
        # refuses every message, and has no email
        "silent": NewPatient(
            first_name="Walter", last_name="Quiet", phone="+12125550171", date_of_birth=date(1946, 1, 20), sex="male",
            hospital_id=bellevue.id, consents=refusals,
        ),
    }  # fmt: skip
