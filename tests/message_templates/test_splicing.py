"""A mail put together from parts reads to the letter as one that is made whole, whoever it is for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.kit.database import Database
from bedside.message_templates import Channel, MissingVariable, Words, ready_templates, render_words, ship_templates
from bedside.message_templates.rendering import render_whole
from bedside.message_templates.splicing import spliced

HOSPITAL = {"name": "Bellevue & Sons", "phone": "+1 212 555 0100", "address": "1 Garden Street", "email": "a@b.org"}
LINKS = {
    "book": "http://127.0.0.1:7002/book",
    "preferences": "https://crm.example.org/preferences/AAECAw-_x",
    "unsubscribe": "https://crm.example.org/u/AAECAw-_y",
}
NAMES = [
    "Maria",
    "Mary Ann",
    "O'Brien",
    "<b>",
    "José",
    "A & B",
    "Anna-Lena",
    "",
    " ",
    None,
    "مريم",
    "{{ x }}",
    "a  b",
    "Zoë\nX",
    "St. John, Jr",
]
NEWS = Words(
    subject="{{ patient.first_name }}, your {{ hospital.name }}",
    body="Dear {{ patient.name }},\n\n{% if patient.last_visit %}You were here on {{ patient.last_visit }}.{% endif %}"
    "\n"
    "Book: {{ links.book }}.\n\nStop: {{ links.unsubscribe }}",
)  # fmt: skip
DRESSED = Words(
    subject="News",
    body="Dear {{ patient.name }}",
    html='<h1>Dear {{ patient.first_name }}</h1><p class="small" title="{{ patient.name }}">'
    '{% if patient.last_visit and links.book %}<a class="button" href="{{ links.book }}">Book</a>{% else %}Hello'
    "{% endif %}"
    '<script>x</script> <a href="{{ links.unsubscribe }}">Stop</a></p>',
)
BLOCKS = Words(
    subject="News",
    body="Dear {{ patient.name }}",
    mjml="<mjml><mj-body><mj-section><mj-column><mj-text>Dear {{ patient.name }}</mj-text>"
    '<mj-button href="{{ links.book }}">Book</mj-button></mj-column></mj-section></mj-body></mjml>',
)


def of(name: str | None, visit: str | None = "March 3, 2027") -> dict[str, Any]:
    return {"patient": {"first_name": name, "name": name, "last_visit": visit}, "hospital": HOSPITAL, "links": LINKS}


def made(words: Words, variables: dict[str, Any], *, whole: bool) -> Any:
    try:
        make = render_whole if whole else render_words
        return make(words, channel=Channel.EMAIL, language="en", variables=variables)
    except MissingVariable as missing:
        return missing.detail


@pytest.mark.parametrize("words", [NEWS, DRESSED, BLOCKS], ids=["plain", "dressed", "blocks"])
@pytest.mark.parametrize("visit", ["March 3, 2027", None])
def test_it_reads_the_same_whoever_it_is_for(words: Words, visit: str | None) -> None:
    for name in NAMES:
        assert made(words, of(name, visit), whole=False) == made(words, of(name, visit), whole=True)


@given(name=st.text(max_size=30), visit=st.none() | st.text(max_size=10))
def test_it_reads_the_same_whatever_somebody_is_called(name: str, visit: str | None) -> None:
    for words in (NEWS, DRESSED, BLOCKS):
        assert made(words, of(name, visit), whole=False) == made(words, of(name, visit), whole=True)


@pytest.mark.parametrize("words", [NEWS, DRESSED, BLOCKS], ids=["plain", "dressed", "blocks"])
def test_a_mail_that_only_names_somebody_is_put_together_from_parts(words: Words) -> None:
    parts = spliced(_whole, words, language="en", variables=of("Maria"), version_id=None, clinical=False)
    assert parts == made(words, of("Maria"), whole=True)


def test_one_mail_says_nothing_of_another() -> None:
    one, other = (made(DRESSED, of(name), whole=False) for name in ("Maria", "Peter"))
    assert ("Maria" in one.html, "Maria" in other.html, "Peter" in other.html) == (True, False, True)
    again = made(DRESSED, of("Maria") | {"hospital": HOSPITAL | {"name": "Elsewhere"}}, whole=False)
    assert ("Elsewhere" in again.html, "Bellevue" in again.html) == (True, False)


@pytest.mark.parametrize(
    "body",
    [
        "{{ patient.first_name | upcase }}",
        '{% if patient.first_name == "Maria" %}You{% endif %}',
        "{% assign x = patient.first_name %}{{ x }}",
        "{% for x in patient %}{{ x }}{% endfor %}",
        "{{ patient }}",
        "{{ patient.first_name.size }}",
    ],
)
def test_words_that_do_more_than_name_somebody_are_made_whole(body: str) -> None:
    words = Words(subject="News", body=body)
    assert spliced(render_whole, words, language="en", variables=of("Maria"), version_id=1, clinical=False) is None


def test_a_name_inside_an_address_is_made_whole() -> None:
    words = Words(subject="News", body="See https://example.org/{{ patient.first_name }} now")
    for name in ("Maria", "Mary Ann", "St. John"):
        assert made(words, of(name), whole=False) == made(words, of(name), whole=True)


async def test_every_shipped_mail_of_news_reads_the_same(database: Database) -> None:
    async with database.transaction() as tx:
        await ship_templates(tx)
        keys = [row[0] for row in await tx.rows("select key from communications.templates")]
        templates = await ready_templates(tx, keys=keys)
    taken = 0
    for template in templates.values():
        for (channel, language), version in template.versions.items():
            if channel != "email":
                continue
            variables = of("Maria Lopez")
            words = version.words()
            try:
                whole = render_whole(words, channel=Channel.EMAIL, language=language, variables=variables)
            except MissingVariable:
                continue
            assert render_words(words, channel=Channel.EMAIL, language=language, variables=variables) == whole
            taken += (
                spliced(_whole, words, language=language, variables=variables, version_id=None, clinical=False)
                is not None
            )
    assert taken > 20


def _whole(words: Words, **more: Any) -> Any:
    return render_whole(words, channel=Channel.EMAIL, **more)
