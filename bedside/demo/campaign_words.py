"""What the demonstration's campaigns say and ask, and what people answer."""

from typing import Any

from bedside.campaigns.history import Rule, Step, Variant
from bedside.messaging.history import Channel

FLU: dict[str, Any] = {
    "name": "Flu shots",
    "subject": "Flu shots are here",
    "message": "{{ patient.first_name }}, this year's flu shots are here. Choose a time: {{ links.book }} "
    "{{ hospital.name }}",
}
FLU_VERSIONS = [
    Variant(name="A", share=35),
    Variant(
        name="B",
        share=35,
        subject="Ten minutes now, or a week in bed?",
        message="{{ patient.first_name }}, a flu shot takes ten minutes, the flu a week. When would suit you? "
        "{{ links.book }} {{ hospital.name }}",
    ),
]
DIABETES: dict[str, Any] = {
    "name": "Diabetes Awareness Week",
    "subject": "One drop of blood, one minute",
    "message": "{{ patient.first_name }}, it is Diabetes Awareness Week. One drop of blood tells in a minute whether "
    "your sugar is high, and the test is free. Choose a time: {{ links.book }} {{ hospital.name }}",
}

HEART: dict[str, Any] = {"name": "A check of the heart", "subject": "When was your heart last looked at?"}
_INVITE = (
    "A yearly look at the heart is time well spent from fifty on, {{ patient.first_name }}: blood pressure, an ECG, "
    "twenty minutes. Choose a time: {{ links.book }} {{ hospital.name }}"
)
_PREPARE = (
    "Good that you are coming, {{ patient.first_name }}. Please bring a list of your medicines, and what you know of "
    "heart trouble in your family. {{ hospital.name }}"
)
_REMIND = (
    "There are still mornings free for your look at the heart, {{ patient.first_name }}: {{ links.book }} "
    "{{ hospital.name }}"
)
_BY_TEXT = (
    "Twenty minutes for your heart, {{ patient.first_name }}? Choose a time: {{ links.book }} {{ hospital.name }}"
)
_LAST = (
    "This is the last time that we ask, {{ patient.first_name }}: a look at your heart, whenever it suits "
    "you. {{ links.book }} {{ hospital.name }}"
)
_REMINDED = Step(
    id="opened",
    kind="if",
    asks="opened",
    of="invite",
    within_hours=1,
    yes=[Step(id="remind", kind="send", subject="There are still mornings free", message=_REMIND)],
    no=[Step(id="by-text", kind="send", channels=[Channel.SMS], message=_BY_TEXT)],
)
HEART_STEPS = [
    Step(id="invite", kind="send", message=_INVITE),
    Step(
        id="booked",
        kind="if",
        asks="booked",
        of="invite",
        within_hours=48,
        yes=[Step(id="prepare", kind="send", subject="Before your visit", message=_PREPARE)],
        no=[
            _REMINDED,
            Step(id="five-days", kind="wait", days=5, at="10:00"),
            Step(id="last", kind="send", subject="We will not ask again", message=_LAST),
        ],
    ),
]

CHECK_UPS: dict[str, Any] = {
    "name": "Check-ups that are due",
    "subject": "A check-up takes half an hour",
    "message": "We have missed you, {{ patient.first_name }}. A check-up takes half an hour, whenever it suits you: "
    "{{ links.book }} {{ hospital.name }}",
}
LATE_FLU: dict[str, Any] = {
    "name": "Flu shots for those over 65",
    "subject": "It is not too late for a flu shot",
    "message": "{{ patient.first_name }}, we have no flu shot of this year on your record. It is not too late: "
    "{{ links.book }} {{ hospital.name }}",
}

MISSED = Rule(
    match="all",
    rules=[
        Rule(field="age", operator="at_least", value=40),
        Rule(
            match="any",
            rules=[
                Rule(field="missed_visits", operator="at_least", value=1),
                Rule(field="last_visit", operator="longer_ago_than_days", value=30),
                Rule(field="last_visit", operator="never"),
            ],
        ),
        Rule(match="none", rules=[Rule(field="next_visit", operator="within_days", value=7)]),
    ],
)
OLD_WITHOUT_SHOT = Rule(
    match="all",
    rules=[
        Rule(field="age", operator="at_least", value=65),
        Rule(field="vaccination_due", operator="overdue_by_days", value={"days": 1, "of": ["influenza"]}),
    ],
)

ANSWERS = [
    "Thank you, I have booked.",
    "Is it free for my husband too?",
    "Can I come without an appointment?",
    "Good idea, thanks!",
    "I had it at my pharmacy already.",
]
