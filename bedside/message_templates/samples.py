"""A made-up visit, payout and contract in each language: what previews show where no real record is chosen."""

from bedside.message_templates.brand_model import PLAIN
from bedside.message_templates.brand_words import in_text
from bedside.message_templates.model import Variables

SAMPLE: dict[str, Variables] = {
    "en": {
        "payout": {
            "amount": "$45,000.00",
            "currency": "USD",
            "period": "October 2026",
            "reference": "PO-2026-0042",
            "method": "Bank transfer",
            "account": "•••• 6789",
            "payment_reference": "TRX-88213",
            "paid_on": "November 5, 2026",
        },
        "contract": {
            "number": "C-2026-0007",
            "title": "Radiology partnership",
            "ends_on": "December 31, 2026",
            "notice_by": "October 2, 2026",
        },
        "patient": {
            "first_name": "Maria",
            "last_name": "Lopez",
            "name": "Maria Lopez",
            "last_visit": "September 14, 2026",
            "next_visit": "March 2, 2027",
            "vaccine_due": "Influenza",
            "vaccine_due_on": "October 15, 2026",
        },
        "appointment": {
            "date": "Tuesday, March 2",
            "time": "10:00 AM",
            "practitioner": "Dr. Amelia Smith",
            "place": "Bellevue General, 1 Garden Street",
            "department": "Cardiology",
        },
    },
    "es": {
        "payout": {
            "amount": "45.000,00 USD",
            "currency": "USD",
            "period": "octubre de 2026",
            "reference": "PO-2026-0042",
            "method": "Transferencia",
            "account": "•••• 6789",
            "payment_reference": "TRX-88213",
            "paid_on": "5 de noviembre de 2026",
        },
        "contract": {
            "number": "C-2026-0007",
            "title": "Colaboración en radiología",
            "ends_on": "31 de diciembre de 2026",
            "notice_by": "2 de octubre de 2026",
        },
        "patient": {
            "first_name": "María",
            "last_name": "López",
            "name": "María López",
            "last_visit": "14 de septiembre de 2026",
            "next_visit": "2 de marzo de 2027",
            "vaccine_due": "Influenza",
            "vaccine_due_on": "15 de octubre de 2026",
        },
        "appointment": {
            "date": "martes, 2 de marzo",
            "time": "10:00",
            "practitioner": "Dra. Amelia Smith",
            "place": "Bellevue General, 1 Garden Street",
            "department": "Cardiología",
        },
    },
    "ar": {
        "payout": {
            "amount": "45,000.00 US$",
            "currency": "USD",
            "period": "أكتوبر 2026",
            "reference": "PO-2026-0042",
            "method": "تحويل مصرفي",
            "account": "•••• 6789",
            "payment_reference": "TRX-88213",
            "paid_on": "5 نوفمبر 2026",
        },
        "contract": {
            "number": "C-2026-0007",
            "title": "شراكة الأشعة",
            "ends_on": "31 ديسمبر 2026",
            "notice_by": "2 أكتوبر 2026",
        },
        "patient": {
            "first_name": "مريم",
            "last_name": "حداد",
            "name": "مريم حداد",
            "last_visit": "14 سبتمبر 2026",
            "next_visit": "2 مارس 2027",
            "vaccine_due": "Influenza",
            "vaccine_due_on": "15 أكتوبر 2026",
        },
        "appointment": {
            "date": "الثلاثاء 2 مارس",
            "time": "10:00 ص",
            "practitioner": "د. أميليا سميث",
            "place": "Bellevue General, 1 Garden Street",
            "department": "أمراض القلب",
        },
    },
}
_ALWAYS: Variables = {
    "hospital": {
        "name": "Bellevue General",
        "phone": "+1 212-555-0100",
        "address": "1 Garden Street, New York",
        "email": "hello@bellevue.example.org",
    },
    "links": {
        "book": "https://crm.example.org/book",
        "manage": "https://crm.example.org/m/q7Zk2vT1xYbN0cWm4RdLsA",
        "own_page": "https://crm.example.org/o/q7Zk2vT1xYbN0cWm4RdLsA",
        "sign": "https://crm.example.org/sign/q7Zk2vT1xYbN0cWm4RdLsA",
        "survey": "https://crm.example.org/survey/q7Zk2vT1xYbN0cWm4RdLsA",
        "feedback": "https://crm.example.org/f/q7Zk2vT1xYbN0cWm4RdLsA",
        "review": "https://reviews.example.org/bellevue-general",
        "points": "https://crm.example.org/p/q7Zk2vT1xYbN0cWm4RdLsA",
        "preferences": "https://crm.example.org/preferences/q7Zk2vT1xYbN0cWm4RdLsA",
        "unsubscribe": "https://crm.example.org/u/q7Zk2vT1xYbN0cWm4RdLsA",
    },
    "loyalty": {"balance": 620, "tier": "Silver"},
    "tier": {"name": "Silver"},
    "expiring": {"points": 100, "day": "03/31"},
    "reward": {"name": "Priority appointment"},
    "points": 250,
    "recipient": {"name": "Elena Ward"},
    "owner": {"name": "Ward Holdings"},
    "visits": [
        {"first_name": "Maria", "time": "10:00", "practitioner": "Dr. Amelia Smith"},
        {"first_name": "Jonas", "time": "10:30", "practitioner": "Dr. Owen Jones"},
    ],
    "list": {"name": "Living with diabetes", "leave": "LEAVE DIABETES"},
    "code": "482913",
    "minutes": 10,
    "words": "The car park in front of the house is closed on Monday. Please take the one behind it.",
}


def sample_variables(language: str) -> Variables:
    """A made-up visit in a language, with every variable that the shipped texts take."""
    brand = in_text(PLAIN, _ALWAYS["hospital"])
    return {**_ALWAYS, "brand": brand, **SAMPLE.get(language.partition("-")[0], SAMPLE["en"])}
