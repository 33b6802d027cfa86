"""The editor of survey forms, as a browser without scripts uses it."""

import re
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from bedside.accounts import Role
from bedside.feedback.form_fields import questions_said, rows_of
from bedside.feedback.form_model import Condition, Option, Question
from tests.feedback.asking import Clinic
from tests.feedback.test_forms import PATH, admin, with_form

PAGE = "/settings/feedback-forms"
COLUMNS = (
    "key",
    "kind",
    "en",
    "es",
    "ar",
    "options_en",
    "options_es",
    "options_ar",
    "required",
    "when",
    "way",
    "value",
)
Row = dict[str, str]


def sent(name: str, act: str, *rows: Row, version: str = "") -> dict[str, Any]:
    """A form as it is posted."""
    blank = {"kind": "nps", "way": "is"}
    fields = {f"q_{column}": [(blank | row).get(column, "") for row in rows] for column in COLUMNS}
    return {"name": name, "act": act, "version": version} | fields


async def press(clinic: Clinic, path: str, fields: dict[str, Any], status: int = 200) -> httpx.Response:
    who = await admin(clinic) | {"accept": "text/html"}
    answer = await clinic.client.post(path, data=fields, headers=who)
    assert answer.status_code == status, answer.text
    return answer


async def page(clinic: Clinic, path: str = PAGE) -> str:
    answer = await clinic.client.get(path, headers=await admin(clinic) | {"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


RECOMMEND = {"key": "recommend", "kind": "nps", "en": "Would you recommend us?", "es": "¿Nos recomendaría?"}
WHY = {
    "kind": "text", "en": "What should be better?", "required": "yes", "when": "recommend", "way": "at_most",
    "value": "6",
}  # fmt: skip
HEARD = {"kind": "choice", "en": "How did you hear of us?", "options_en": "A friend\nThe web", "options_ar": "صديق"}


async def test_a_form_is_made_previewed_and_saved_without_a_script(clinic: Clinic) -> None:
    assert "No forms yet" in await page(clinic)
    assert "How likely are you to recommend us" in await page(clinic, f"{PAGE}/new")
    more = (await press(clinic, f"{PAGE}/new", sent("After a visit", "add-text", RECOMMEND))).text
    assert more.count('name="q_kind"') == 2
    preview = (await press(clinic, f"{PAGE}/new", sent("After a visit", "preview", RECOMMEND, WHY, HEARD))).text
    assert "As patients see it" in preview
    assert "Asked when “Would you recommend us?” is at most 6" in preview
    assert await clinic.value("select count(*) from crm.feedback_forms") == 0
    saved = await press(clinic, f"{PAGE}/new", sent("After a visit", "save", RECOMMEND, WHY, HEARD), 303)
    assert saved.headers["location"] == PAGE
    made = (await clinic.client.get(PATH, headers=await admin(clinic))).json()["items"][0]
    assert [one["key"] for one in made["current"]["questions"]] == [
        "recommend", "what_should_be_better", "how_did_you_hear_of_us",
    ]  # fmt: skip
    assert made["current"]["questions"][1]["condition"] == {"question": "recommend", "atMost": 6}
    assert made["current"]["questions"][2]["options"][0] == {
        "key": "a_friend", "labels": {"en": "A friend", "ar": "صديق"},
    }  # fmt: skip
    assert "After a visit" in await page(clinic)


async def test_rows_are_moved_and_taken_out(clinic: Clinic) -> None:
    def order(text: str) -> list[str]:
        return re.findall(r"<h2>\d+\. ([^<]+)</h2>", text)

    moved = (await press(clinic, f"{PAGE}/new", sent("Visit", "up-1", RECOMMEND, HEARD))).text
    assert order(moved) == [HEARD["en"], RECOMMEND["en"]]
    gone = (await press(clinic, f"{PAGE}/new", sent("Visit", "remove-0", RECOMMEND, HEARD))).text
    assert order(gone) == [HEARD["en"]]
    assert order((await press(clinic, f"{PAGE}/new", sent("Visit", "down-99", RECOMMEND))).text) == [RECOMMEND["en"]]


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_saved(clinic: Clinic) -> None:
    late = RECOMMEND | {"when": "what_should_be_better", "value": "x"}
    for rows, words in [
        ([], "A form asks one question at least"),
        ([RECOMMEND | {"en": ""}], "Ask it in English too"),
        ([HEARD | {"options_en": "One"}], "Give two at least"),
        ([HEARD | {"options_en": "A\nA"}], "Two of them are the same"),
        ([RECOMMEND, WHY | {"value": "eleven"}], "A number from 0 to 10"),
        ([HEARD | {"key": "heard"}, WHY | {"when": "heard", "way": "is", "value": "Radio"}], "one of its options"),
        ([late, WHY], "Ask that question before this one"),
    ]:
        text = (await press(clinic, f"{PAGE}/new", sent("Wrong", "save", *rows), 422)).text
        assert words in text, words
    assert "120 letters" in (await press(clinic, f"{PAGE}/new", sent("", "save", RECOMMEND), 422)).text
    assert await clinic.value("select count(*) from crm.feedback_forms") == 0


async def test_what_is_saved_of_a_form_is_its_next_version_and_somebody_quicker_is_not_overwritten(
    clinic: Clinic,
) -> None:
    form = await with_form(clinic)
    text = await page(clinic, f"{PAGE}/{form}")
    version = re.search(r'name="version" value="(\d+)"', text)
    assert version
    await press(clinic, f"{PAGE}/{form}", sent("After a visit", "save", RECOMMEND, version=version[1]), 303)
    assert await clinic.value("select count(*) from crm.feedback_form_versions") == 2
    late = await press(
        clinic, f"{PAGE}/{form}", sent("After a visit", "save", RECOMMEND, HEARD, version=version[1]), 422
    )
    assert "Not saved" in late.text
    history = await page(clinic, f"{PAGE}/{form}/versions")
    assert "Version 2" in history
    assert "What should be better?" in history


async def test_a_form_is_put_away_and_brought_back(clinic: Clinic) -> None:
    form = await with_form(clinic)
    assert "put away" in (await press(clinic, f"{PAGE}/{form}/put-away", {})).text
    assert "Put away" in await page(clinic, f"{PAGE}/list")
    assert "is back" in (await press(clinic, f"{PAGE}/{form}/bring-back", {})).text


async def test_the_desk_edits_no_forms(clinic: Clinic) -> None:
    answer = await clinic.client.get(PAGE, headers=await clinic.as_role(Role.FINANCE))
    assert answer.status_code == 403


KEYS = st.sampled_from(["recommend", "call", "parked", "heard", "words"])
CHOICES = [Option(key="web", labels={"en": "The web", "fr": "Le web"}), Option(key="friend", labels={"en": "A friend"})]


@st.composite
def questions(draw: st.DrawFn) -> list[Question]:
    """Forms as they may stand, with every kind of condition on what was asked before."""
    kinds = {"recommend": "nps", "call": "csat", "parked": "yes_no", "heard": "choice", "words": "text"}
    made: list[Question] = []
    for key in draw(st.lists(KEYS, unique=True, min_size=1)):
        condition = None
        if draw(st.booleans()):
            on = draw(st.sampled_from(["rating", *(one.key for one in made)]))
            kind = kinds.get(on, "csat")
            low = 0 if kind == "nps" else 1
            condition = {
                "yes_no": Condition(question=on, equals=draw(st.booleans())),
                "choice": Condition(question=on, equals="web"),
                "text": Condition(question=on, equals="nothing"),
            }.get(kind) or draw(
                st.sampled_from([
                    Condition(question=on, equals=low + 2), Condition(question=on, at_most=3),
                    Condition(question=on, at_least=2), Condition(question=on, at_most=4, at_least=low),
                ])
            )  # fmt: skip
        made.append(
            Question(
                key=key, kind=kinds[key], labels={"en": f"{key}?", "fr": "Quoi?"}, required=draw(st.booleans()),  # type: ignore[arg-type]
                options=CHOICES if kinds[key] == "choice" else [], condition=condition,
            )
        )  # fmt: skip
    return made


@given(questions())
def test_the_editor_gives_back_what_it_was_given(form: list[Question]) -> None:
    said, errors = questions_said(rows_of(form), form)
    assert (said, errors) == (form, {})
