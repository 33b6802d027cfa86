"""Who owns the demonstration hospitals and what was agreed with them, as plain facts; and what the hospitals earned."""

from datetime import date, timedelta
from random import Random
from typing import Literal, NamedTuple


class SomeOwner(NamedTuple):
    """An owner as they are registered. `bank`: what a transfer needs."""

    key: str
    kind: Literal["person", "company"]
    name: str
    legal_name: str
    phone: str
    email: str
    language: str
    country: str
    address: str
    stakes: tuple[tuple[str, str], ...]
    bank: dict[str, str]
    preferred_channel: Literal["sms", "whatsapp", "email"] | None = None


# The first is Harbor Health Partners, owner 1. Grupo Lucía is the outsider: Santa Lucía's alone.
OWNERS = [
    SomeOwner(
        "harbor", "company", "Harbor Health Partners", "Harbor Health Partners LLC", "+12125550150",
        "accounts@harborhealth.example.org", "en", "US", "90 Park Avenue, 17th floor\nNew York, NY 10016",
        (("bellevue", "42.5"),),
        {"holder": "Harbor Health Partners LLC", "accountNumber": "000123456789", "routingNumber": "021000021",
         "bankName": "First Harbor Bank"},
    ),
    SomeOwner(
        "grace", "person", "Grace Bellamy", "", "+16465550151", "grace.bellamy@example.org", "en", "US",
        "14 Gramercy Park South\nNew York, NY 10003", (("bellevue", "12.5"),),
        {"holder": "Grace Bellamy", "accountNumber": "000987654321", "routingNumber": "026009593",
         "bankName": "Gramercy Savings"}, "whatsapp",
    ),
    SomeOwner(
        "lucia", "company", "Grupo Lucía", "Grupo Lucía Salud, S.A. de C.V.", "+13055550152",
        "tesoreria@grupolucia.example.org", "es", "MX", "Paseo de la Reforma 222\nCiudad de México 06600",
        (("santa_lucia", "60"),),
        {"holder": "Grupo Lucía Salud, S.A. de C.V.", "accountNumber": "002180012345678906",
         "routingNumber": "021000021", "bankName": "Banco del Valle"},
    ),
    SomeOwner(
        "imaging", "company", "Hudson Imaging Group", "Hudson Imaging Group, P.C.", "+17185550153",
        "finance@hudsonimaging.example.org", "en", "US", "31 Fulton Street\nBrooklyn, NY 11201",
        (("bellevue", "5"),),
        {"holder": "Hudson Imaging Group, P.C.", "accountNumber": "000555001122", "routingNumber": "021000089",
         "bankName": "Hudson Commercial Bank"},
    ),
    SomeOwner(
        "tanaka", "person", "Dr. Kenji Tanaka", "", "+19175550154", "kenji.tanaka@example.org", "en", "US",
        "520 East 72nd Street\nNew York, NY 10021", (("bellevue", "8"),), {}, "email",
    ),
    SomeOwner(
        "haddad", "person", "Nadia Haddad", "", "+19735550155", "nadia.haddad@example.org", "ar", "US",
        "7 Bergen Place\nJersey City, NJ 07302", (("bellevue", "4"),),
        {"holder": "Nadia Haddad", "accountNumber": "000777888999", "routingNumber": "021200025",
         "bankName": "Jersey Trust"},
    ),
    SomeOwner(
        "mora", "person", "Dra. Lucía Mora", "", "+13055550156", "lucia.mora@example.org", "es", "MX",
        "Calle Durango 51\nCiudad de México 06700", (("santa_lucia", "15"),),
        {"holder": "Lucía Mora", "accountNumber": "014180655432109878", "routingNumber": "021000021",
         "bankName": "Banco del Valle"},
    ),
]  # fmt: skip

# owner, name, position, phone, email
CONTACTS = [
    ("harbor", "Thomas Reed", "Chief financial officer", "+12125550157", "t.reed@harborhealth.example.org"),
    ("harbor", "Priya Raman", "Controller", None, "p.raman@harborhealth.example.org"),
    ("lucia", "Elena Fuentes", "Tesorera", "+13055550158", "e.fuentes@grupolucia.example.org"),
    ("imaging", "Walter Ng", "Office manager", "+17185550159", "w.ng@hudsonimaging.example.org"),
]

LINES = ("consultation", "imaging", "laboratory", "procedure")


class Takings(NamedTuple):
    """What a department earned on a day for one service line, in minor units; `kind` refund where it gave back."""

    department: int
    line: str
    day: date
    amount: int
    kind: Literal["charge", "refund"]


def some_takings(random: Random, departments: list[int], *, since: date, until: date, unit: int) -> list[Takings]:
    """Every working day's revenue of these departments, a little more each month; a few refunds. `unit`: minor units
    that a usual consultation day brings."""
    made: list[Takings] = []
    day = since
    while day <= until:
        if day.weekday() < 6:
            growth = 1 + (day - since).days / 2200
            for n, department in enumerate(departments):
                line = LINES[(day.toordinal() + n) % len(LINES)]
                busy = 0.45 if day.weekday() == 5 else 1.0
                amount = int(unit * growth * busy * random.uniform(0.7, 1.35) * (1 + n % 3 / 3))
                made.append(Takings(department, line, day, amount - amount % 50, "charge"))
                if random.random() < 0.025:
                    made.append(Takings(department, line, day, -(amount // 12), "refund"))
        day += timedelta(days=1)
    return made
