"""What the demonstration hospitals are made of, as plain facts."""

from datetime import time
from typing import Literal, NamedTuple

from bedside.directory import NewHospital

BELLEVUE = NewHospital(
    name="Bellevue General Hospital",
    slug="bellevue",
    time_zone="America/New_York",
    currency="USD",
    locale="en-US",
    languages=["en", "es", "ar"],
    country="US",
    subdivision="NY",
    phone="+1 212 555 0100",
    email="hello@bellevue.example.org",
    address="462 First Avenue\nNew York, NY 10016",
    directions="Main entrance on First Avenue, then the green line to the clinics.",
)
SANTA_LUCIA = NewHospital(
    name="Clínica Santa Lucía",
    slug="santa-lucia",
    time_zone="America/Mexico_City",
    currency="MXN",
    locale="es-MX",
    languages=["es", "en"],
    country="MX",
    subdivision="CMX",
    phone="+1 305 555 0101",
    email="hola@santalucia.example.org",
    address="Calle de la Salud 18\nCiudad de México 06700",
    directions="Entrada por la calle de la Salud, segundo piso.",
)

# key, hospital, name, discreet, services (name, minutes, the kind of room or equipment it needs)
DEPARTMENTS: list[tuple[str, str, str, bool, list[tuple[str, int, str | None]]]] = [
    ("cardiology", "bellevue", "Cardiology", False,
     [("Consultation", 30, None), ("ECG", 30, "ecg"), ("Echocardiogram", 60, "ultrasound")]),
    ("general", "bellevue", "General Medicine", False,
     [("Consultation", 20, None), ("Annual check-up", 40, None), ("Vaccination", 20, None)]),
    ("pediatrics", "bellevue", "Pediatrics", False, [("Well-child visit", 30, None), ("Sick visit", 15, None)]),
    ("orthopedics", "bellevue", "Orthopedics", False, [("Consultation", 30, None), ("Follow-up", 30, None)]),
    ("dermatology", "bellevue", "Dermatology", False, [("Skin check", 20, None), ("Minor procedure", 40, "procedure")]),
    ("womens_health", "bellevue", "Women's Health", True,
     [("Consultation", 30, None), ("Ultrasound", 30, "ultrasound")]),
    ("mental_health", "bellevue", "Mental Health", True, [("First session", 50, None), ("Session", 50, None)]),
    ("cardiologia", "santa_lucia", "Cardiología", False, [("Consulta", 30, None), ("Electrocardiograma", 30, "ecg")]),
    ("medicina_general", "santa_lucia", "Medicina General", False,
     [("Consulta", 20, None), ("Chequeo anual", 40, None)]),
]  # fmt: skip


class Somebody(NamedTuple):
    """A practitioner and when they see patients."""

    key: str
    department: str
    first_name: str
    last_name: str
    sex: Literal["female", "male"]
    specialty: str
    languages: tuple[str, ...]
    weekdays: tuple[int, ...]
    hours: tuple[tuple[time, time], ...]
    slot_minutes: int
    prefix: str = "Dr."


WEEKDAYS = (1, 2, 3, 4, 5)
WHOLE_DAY = ((time(9), time(17)),)
WITH_A_BREAK = ((time(8, 30), time(12, 30)), (time(13, 30), time(17, 30)))

# The first is Dr. Smith, the only one of that name in Cardiology. Two are called Chen.
PRACTITIONERS = [
    Somebody("smith", "cardiology", "Amelia", "Smith", "female", "Cardiologist", ("en",), WEEKDAYS, WHOLE_DAY, 30),
    Somebody("okafor", "cardiology", "Chidi", "Okafor", "male", "Interventional cardiologist", ("en", "fr"),
             WEEKDAYS, WITH_A_BREAK, 30),
    Somebody("chen_wei", "general", "Wei", "Chen", "male", "Family physician", ("en", "zh"),
             (1, 2, 3, 4, 5, 6, 7), ((time(8), time(13)), (time(14), time(19))), 20),
    Somebody("lindqvist", "general", "Astrid", "Lindqvist", "female", "Internist", ("en", "sv"),
             WEEKDAYS, WITH_A_BREAK, 20),
    Somebody("chen_lily", "pediatrics", "Lily", "Chen", "female", "Pediatrician", ("en", "zh"),
             (1, 2, 3, 4, 5, 6), ((time(9), time(12)), (time(13), time(17))), 15),
    Somebody("mensah", "pediatrics", "Kwame", "Mensah", "male", "Pediatrician", ("en",), (2, 3, 4, 5, 7),
             ((time(10), time(14)), (time(15), time(19))), 15),
    Somebody("ivanova", "orthopedics", "Daria", "Ivanova", "female", "Orthopedic surgeon", ("en", "ru"),
             (1, 2, 4), WITH_A_BREAK, 30),
    Somebody("haddad", "dermatology", "Sami", "Haddad", "male", "Dermatologist", ("en", "ar"),
             (1, 3, 5, 6), WITH_A_BREAK, 20),
    Somebody("dasgupta", "womens_health", "Meera", "Dasgupta", "female", "Gynecologist", ("en", "hi"),
             WEEKDAYS, WITH_A_BREAK, 30),
    Somebody("rosen", "mental_health", "Hannah", "Rosen", "female", "Psychiatrist", ("en",), (1, 2, 3, 4),
             ((time(9), time(12, 20)), (time(13), time(17, 10))), 50),
    Somebody("reyes", "cardiologia", "Carlos", "Reyes", "male", "Cardiólogo", ("es", "en"), WEEKDAYS, WHOLE_DAY, 30),
    Somebody("mora", "medicina_general", "Lucía", "Mora", "female", "Médica familiar", ("es",), (1, 2, 3, 4, 5, 6),
             ((time(8), time(14)),), 20, "Dra."),
]  # fmt: skip

# hospital, name, kind, whether it is a room
ROOMS = [
    ("bellevue", "ECG room", "ecg", True),
    ("bellevue", "Echo lab", "ultrasound", True),
    ("bellevue", "Ultrasound 2", "ultrasound", True),
    ("bellevue", "Procedure room 1", "procedure", True),
    ("bellevue", "Portable ECG", "ecg", False),
    ("santa_lucia", "Sala de ECG", "ecg", True),
]

# key, name, role, where they work
STAFF = [
    ("ada", "Ada Osei", "admin", "every"),
    ("frida", "Frida Lang", "front_desk", "bellevue"),
    ("clara", "Amelia Smith", "clinician", "bellevue"),
    ("marco", "Marco Bianchi", "marketing", "every"),
    ("fatima", "Fatima Zahra", "finance", "every"),
    ("olga", "Olga Prieto", "front_desk", "santa_lucia"),
    ("oscar", "Oscar Vela", "clinician", "santa_lucia"),
    ("felix", "Felix Grant", "finance", "every"),
]
