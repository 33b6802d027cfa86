"""A journey read aloud: what each step does, who comes in, when they leave."""

import msgspec
import pytest

from bedside.campaigns.journey_model import Entry, Step
from bedside.campaigns.journey_words import entering, lines, rule_in_words, told
from bedside.campaigns.rules import PATIENT_FIELDS, Rule
from bedside.message_templates import Channel

FLU = [
    {"id": "s1", "kind": "send", "message": "Flu shot", "channels": ["sms"]},
    {"id": "w1", "kind": "wait", "days": 2},
    {"id": "q1", "kind": "if", "asks": "booked", "withinHours": 24, "yes": [{"id": "e1", "kind": "end"}],
     "no": [{"id": "s2", "kind": "send", "templateKey": "flu_again", "channelChoice": "every"}]},
    {"id": "g1", "kind": "go_to", "to": "s1", "times": 3},
]  # fmt: skip
FIELDS = {field.key: field for field in PATIENT_FIELDS}


def read(steps: list[dict[str, object]]) -> str:
    made = msgspec.convert(steps, list[Step])
    names = {"flu_again": "Flu, once more"}
    shown = lines(told(made, channels=[Channel.SMS, Channel.EMAIL], templates=names))
    return " ".join(line.words if line.step else f"{line.words}:" for line in shown)


def test_a_journey_is_read_from_top_to_bottom() -> None:
    assert read(FLU) == (
        "Send “Flu shot” by SMS. Wait 2 days. Have they booked a visit within 1 day? If so: It ends for them. "
        "If not: Send the template “Flu, once more” by SMS and email. Go back to “Flu shot”, 3 times at most."
    )


def test_a_way_on_which_nothing_happens_goes_on() -> None:
    steps = [{"id": "q", "kind": "if", "asks": "opened", "withinHours": 5, "no": [{"id": "e", "kind": "end"}]}]
    assert read(steps) == "Have they opened the message within 5 hours? If so, go on: If not: It ends for them."


def test_a_split_names_its_shares_and_a_question_the_message_it_is_about() -> None:
    steps = [
        {"id": "s", "kind": "send", "message": "One\n two   " + "three " * 20},
        {"id": "x", "kind": "split", "parts": [
            {"share": 30, "steps": [{"id": "w", "kind": "wait", "hours": 1, "at": "09:00"}]},
            {"share": 70, "steps": []},
        ]},
        {"id": "q", "kind": "if", "asks": "clicked", "of": "s", "withinHours": 48, "yes": [{"id": "e", "kind": "end"}]},
    ]  # fmt: skip
    made = told(
        msgspec.convert(steps, list[Step]), channels=[Channel.SMS, Channel.WHATSAPP, Channel.EMAIL], templates={}
    )
    written = [(line.depth, line.words) for line in lines(made)]
    message = "“One two three three three three three three three three thr…”"
    assert written == [
        (0, f"Send {message} by SMS, WhatsApp or email."),
        (0, "Split by chance."),
        (1, "30 %"),
        (2, "Wait 1 hour, then until 09:00 by their own clock."),
        (1, "70 %, go on"),
        (0, f"Have they clicked a link in {message} within 2 days?"),
        (1, "If so"),
        (2, "It ends for them."),
        (1, "If not, go on"),
    ]


def test_what_is_not_chosen_yet_is_said_so() -> None:
    steps = [
        {"id": "s", "kind": "send"},
        {"id": "w", "kind": "wait"},
        {"id": "q", "kind": "if"},
        {"id": "g", "kind": "go_to"},
    ]
    assert read(steps) == (
        "Send a message without words yet by SMS or email. Wait, but for nothing yet. "
        "A question that is not chosen yet. If so, go on: If not, go on: "
        "Go back to a step that is not chosen yet, 1 time at most."
    )


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (None, "Everybody of the audience comes in once, when it is launched."),
        (Entry(on="visit_completed", again="always"), "People come in after a completed visit, each time."),
        (Entry(on="birthday"), "People come in on their birthday, once."),
        (Entry(on="rule", again=90), "People come in as soon as the audience names them, again after 90 days."),
        (Entry(on="list_joined", list_id=1), "People come in when they join “Tips”, and leave with it, once."),
    ],
)
def test_who_comes_in(entry: Entry | None, words: str) -> None:
    assert entering(entry, list_name="Tips") == words


def test_a_goal_in_words() -> None:
    rule = Rule(
        match="all",
        rules=[
            Rule(field="next_visit", operator="some"),
            Rule(field="age", operator="between", value=[60, 70]),
            Rule(match="none", rules=[Rule(field="sex", operator="is_one_of", value=["male", "other"])]),
            Rule(field="department", operator="is_one_of", value=[3, 4]),
        ],
    )
    assert rule_in_words(rule, FIELDS) == (
        "there is a next visit and age is between 60 and 70 and not (sex is one of Male, Other) and "
        "was seen in is one of 2 chosen"
    )
