"""Three hundred made-up patients of plausible variety. Pure: the same random numbers give the same people.

Phones are of the numbers reserved for fiction (555-0100 to 555-0199 of every area code), mail is of example.org.
"""

from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

from bedside.directory import Hospital
from bedside.kit.text import without_marks
from bedside.patients import ConsentGiven, NewPatient
from bedside.patients.history import PastPatient

Sex = Literal["female", "male"]

# origin, share, language, women's, men's and last names
_ORIGINS: list[tuple[int, str, str, str, str]] = [
    (30, "en", "Emily Grace Olivia Charlotte Hannah Megan Ruth Dorothy Nancy Carol Joan Abigail",
     "Michael William Robert Henry Daniel Jack Oliver Samuel George Frank Walter Raymond",
     "Johnson Williams Brown Miller Davis Wilson Anderson Taylor Thomas Moore Clark Lewis Walker Hall Young King "
     "Wright Scott Green Adams Nelson Hill Campbell Mitchell Roberts Carter"),
    (20, "es", "María Carmen Lucía Sofía Valentina Isabel Elena Gabriela Ana Guadalupe Paola",
     "José Juan Luis Carlos Miguel Diego Javier Andrés Ricardo Fernando Manuel",
     "García Rodríguez Martínez Hernández López González Pérez Sánchez Ramírez Torres Flores Rivera Gómez Díaz Cruz "
     "Morales Ortiz Gutiérrez Chávez Ruiz"),
    (8, "en", "Aaliyah Imani Keisha Latoya Ebony Nia Simone", "Jamal Darnell Malik Terrence Andre Isaiah Marcus",
     "Washington Jefferson Banks Booker Freeman Coleman Bryant Hayes Simmons Foster"),
    (7, "en", "Li Mei Xiu Yan Hui Jing Fang Lan", "Wei Jun Ming Hao Lei Tao Bin Peng",
     "Wang Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Guo"),
    (7, "en", "Priya Ananya Kavya Asha Lakshmi Neha Divya Meena", "Arjun Rahul Vikram Sanjay Rohan Amit Kiran Nikhil",
     "Patel Sharma Singh Kumar Gupta Reddy Nair Iyer Khan Desai Menon Bose"),
    (7, "ar", "فاطمة مريم نور سارة هدى ياسمين", "محمد أحمد علي عمر يوسف حسن",
     "المصري حداد خليل منصور ناصر الخطيب سليمان عباس"),
    (5, "en", "Fatima Mariam Noor Yasmin Hala Rania Salma", "Mohammed Ahmed Omar Yusuf Tariq Karim Bilal",
     "Hassan Haddad Mansour Saleh Aziz Nasser Khoury Darwish"),
    (4, "en", "Nguyet Linh Thi Mai Hoa Thuy", "Minh Duc Tuan Anh Quang Huy", "Nguyen Tran Le Pham Hoang Vu Bui Dang"),
    (4, "en", "Agnieszka Zofia Katarzyna Olena Magda Iryna", "Piotr Andrzej Mykola Jakub Tomasz Taras",
     "Kowalski Nowak Wójcik Shevchenko Kravchuk Mazur Bondar Zieliński"),
    (3, "en", "Siobhán Aoife Niamh Orla Maeve", "Ciarán Seán Pádraig Eoin Declan",
     "O'Brien O'Neill Murphy Ó'Súilleabháin Byrne Kelleher Doyle"),
    (3, "en", "Chiamaka Ngozi Amina Adaeze Folake Abena", "Emeka Tunde Kofi Chinedu Sekou Kwabena",
     "Okonkwo Adeyemi Mensah Boateng Diallo Eze Balogun Owusu"),
    (2, "en", "Giulia Francesca Anna-Lena Chiara Élodie", "Giovanni Luca Jean-Pierre Matthias Étienne",
     "Rossi Esposito D'Angelo Müller Schäfer Lefèvre Moretti Keller"),
]  # fmt: skip
# those of the small hospital's patients
NAMED_PHONES = frozenset(
    {"+12125550142", "+16465550117", "+17185550133", "+19175550160", "+13055550120", "+12125550171"}
)
_AREAS = ["212", "646", "718", "917", "347", "929", "201", "973", "914", "516", "203", "305", "415", "312", "617"]
_STREETS = [
    "Lexington Avenue",
    "East 34th Street",
    "Bedford Avenue",
    "Grand Concourse",
    "Northern Boulevard",
    "Fulton Street",
]
_SAID = {
    "en": "I agree to receive news about my health from the hospital.",
    "es": "Acepto recibir noticias sobre mi salud.",
    "ar": "أوافق على تلقي أخبار تخص صحتي.",
}


def some_patients(
    random: Random, *, number: int, hospitals: tuple[Hospital, Hospital], now: datetime
) -> list[PastPatient]:
    """That many people, two thirds and more of the first hospital, families among them sharing one phone."""
    made: list[PastPatient] = []
    phones = _phones(random)
    names: set[str] = set()
    while len(made) < number:
        head = _somebody(random, names, phones=phones, hospitals=hospitals, now=now)
        made.append(head)
        if random.random() < 0.08 and head.new.phone:
            for _ in range(random.randint(1, 3)):
                made.append(_child_of(random, names, head, now=now))
    return made[:number]


def _phones(random: Random) -> list[str]:
    # the last three of each area are senders of the sandbox, the first ones hospitals'
    numbers = [f"+1{area}5550{last}" for area in _AREAS for last in range(103, 197)]
    numbers = [number for number in numbers if number not in NAMED_PHONES]
    random.shuffle(numbers)
    return numbers


def _first_name(random: Random, names: set[str], choices: str, last_name: str) -> str:
    """One that nobody of the last name has yet, while there are such: two of one name are a puzzle, not a hospital."""
    free = [one for one in choices.split() if f"{one} {last_name}" not in names]
    chosen = random.choice(free or choices.split())
    names.add(f"{chosen} {last_name}")
    return chosen


def _somebody(
    random: Random, names: set[str], *, phones: list[str], hospitals: tuple[Hospital, Hospital], now: datetime
) -> PastPatient:
    at_second = random.random() < 0.22
    origins = [one for one in _ORIGINS if not at_second or one[1] == "es"]
    _, language, women, men, last = random.choices(origins, weights=[one[0] for one in origins])[0]
    sex: Sex = "female" if random.random() < 0.54 else "male"
    last_name = random.choice(last.split())
    if language == "es" and random.random() < 0.5:
        last_name += " " + random.choice([name for name in last.split() if name != last_name])
    first_name = _first_name(random, names, women if sex == "female" else men, last_name)
    if language == "es" and not at_second and random.random() < 0.4:
        language = "en"
    age = min(97, max(0, int(random.triangular(0, 95, 48))))
    born = now.date() - timedelta(days=365 * age + random.randint(1, 364))
    phone = phones.pop() if random.random() < 0.93 else None
    email = _email(random, first_name, last_name) if random.random() < 0.7 or phone is None else None
    consents = _consents(random, phone=phone, email=email, language=language)
    return PastPatient(
        NewPatient(
            first_name=first_name,
            last_name=last_name,
            phone=phone,
            email=email,
            date_of_birth=born if random.random() < 0.96 else None,
            sex=sex,
            language=language,
            preferred_channel=random.choice([None, None, None, "sms", "whatsapp"]) if phone else "email",
            hospital_id=hospitals[1 if at_second else 0].id,
            address="" if at_second else f"{random.randint(2, 940)} {random.choice(_STREETS)}\nNew York, NY",
            consents=consents,
        ),
        _before(random, now),
        takes_whatsapp=random.random() < 0.7,
    )


def _child_of(random: Random, names: set[str], head: PastPatient, *, now: datetime) -> PastPatient:
    """A child on the parent's phone."""
    born: date = now.date() - timedelta(days=random.randint(200, 15 * 365))
    sex: Sex = random.choice(["female", "male"])
    own = next(one for one in _ORIGINS if head.new.last_name.split()[0] in one[4].split())
    child = NewPatient(
        first_name=_first_name(random, names, own[2] if sex == "female" else own[3], head.new.last_name),
        last_name=head.new.last_name,
        phone=head.new.phone,
        date_of_birth=born,
        sex=sex,
        language=head.new.language,
        hospital_id=head.new.hospital_id,
        address=head.new.address,
    )
    return PastPatient(child, head.at + timedelta(minutes=6), head.takes_whatsapp)


def _email(random: Random, first: str, last: str) -> str:
    letters = "".join(
        sign for sign in without_marks(f"{first}.{last}") if sign.isascii() and (sign.isalnum() or sign == ".")
    )
    return f"{letters.strip('.') or 'patient'}{random.randint(1, 9999)}@example.org"


def _consents(random: Random, *, phone: str | None, email: str | None, language: str) -> list[ConsentGiven]:
    given: list[ConsentGiven] = []
    drawn = random.random()
    if drawn < 0.42:  # opted in to marketing
        channels = [*(("sms", "whatsapp") if phone else ()), *(("email",) if email else ())]
        given += [
            ConsentGiven(
                channel=channel, purpose="marketing", granted=True, how="form at the desk", words=_SAID[language]
            )
            for channel in channels
            if random.random() < 0.8
        ]
    elif drawn < 0.52:
        given.append(ConsentGiven(channel="sms", purpose="marketing", granted=False, how="told staff"))
    if phone and random.random() < 0.05:
        given.append(ConsentGiven(channel="whatsapp", purpose="transactional", granted=False, how="told staff"))
    if phone and random.random() < 0.02:
        given.append(ConsentGiven(channel="sms", purpose="transactional", granted=False, how="answered STOP"))
    return given


def _before(random: Random, now: datetime) -> datetime:
    return now - timedelta(days=random.randint(62, 900), minutes=random.randint(0, 1440))
