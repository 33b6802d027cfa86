"""Words as somebody would read them, with a made-up visit, or with a real person's name."""

from typing import Any

from bedside.kit.database import Tx
from bedside.message_templates import store
from bedside.message_templates.library import checked, ready_template, template
from bedside.message_templates.model import Channel, Rendered, Variables, Words
from bedside.message_templates.rendering import render_words

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
        "patient": {"first_name": "Maria", "last_name": "Lopez", "name": "Maria Lopez"},
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
        "patient": {"first_name": "María", "last_name": "López", "name": "María López"},
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
        "patient": {"first_name": "مريم", "last_name": "حداد", "name": "مريم حداد"},
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
        "manage": "https://crm.example.org/m/q7Zk2vT1xYbN0cWm4RdLsA",
        "own_page": "https://crm.example.org/o/q7Zk2vT1xYbN0cWm4RdLsA",
        "sign": "https://crm.example.org/sign/q7Zk2vT1xYbN0cWm4RdLsA",
        "survey": "https://crm.example.org/survey/q7Zk2vT1xYbN0cWm4RdLsA",
    },
    "recipient": {"name": "Elena Ward"},
    "owner": {"name": "Ward Holdings"},
    "visits": [
        {"first_name": "Maria", "time": "10:00", "practitioner": "Dr. Amelia Smith"},
        {"first_name": "Jonas", "time": "10:30", "practitioner": "Dr. Owen Jones"},
    ],
    "code": "482913",
    "minutes": 10,
    "words": "The car park in front of the house is closed on Monday. Please take the one behind it.",
}


def sample_variables(language: str) -> Variables:
    """A made-up visit in a language, with every variable that the shipped texts take."""
    return {**_ALWAYS, **SAMPLE.get(language.partition("-")[0], SAMPLE["en"])}


async def preview(
    tx: Tx,
    *,
    template_id: int,
    channel: Channel,
    language: str | None,
    words: Words | None,
    patient_id: int | None,
    variables: dict[str, Any],
) -> Rendered:
    """The words given (saved or not), else the template's newest, as `patient_id` or somebody made up would read them.

    Raises TemplateNotFound (404), MissingVariable, NoVersion, TemplateFault, Invalid (422).
    """
    found = await template(tx, template_id=template_id)
    person = await store.patient_variables(tx, patient_id=patient_id) if patient_id is not None else None
    spoken = language or (person.language if person else "en")
    filled: Variables = sample_variables(spoken)
    if person is not None:
        filled["patient"] = {"first_name": person.first_name, "last_name": person.last_name, "name": person.name}
        if person.hospital_name:
            filled["hospital"] = {**filled["hospital"], "name": person.hospital_name}
    filled = {**filled, **variables}
    if words is not None:
        return render_words(
            checked(words, channel=channel), channel=channel, language=spoken, variables=filled, clinical=found.clinical
        )
    return (await ready_template(tx, found.key)).render(channel=channel, language=spoken, variables=filled)
