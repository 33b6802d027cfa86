"""Texts: filled in whole or not at all, in the best language there is, and as long as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.event_log import Actor
from bedside.kit.database import Database
from bedside.kit.http.problems import Invalid
from bedside.message_templates import (
    Channel,
    MissingVariable,
    NoVersion,
    TemplateFault,
    Words,
    ready_template,
    render_words,
    ship_templates,
    sms_length,
)
from bedside.message_templates.buttons import ReplyButton, WhatsAppHeader
from bedside.message_templates.library import add_version, checked, create
from bedside.message_templates.model import Category, Purpose
from bedside.message_templates.samples import sample_variables
from bedside.message_templates.shipping import shipped_templates, shipped_words

STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
LANA = Actor(kind="staff", id=1, name="Lana")


def sms(body: str, **variables: object) -> str:
    """What a text comes to."""
    return render_words(Words(body=body), channel=Channel.SMS, language="en", variables=variables).body


@pytest.mark.parametrize(
    "variables", [{}, {"patient": {}}, {"patient": {"first_name": None}}, {"patient": {"first_name": "  "}}]
)
def test_a_variable_without_a_value_is_never_a_blank(variables: dict[str, object]) -> None:
    with pytest.raises(MissingVariable, match=r"first_name|patient"):
        sms("Hello {{ patient.first_name }}!", **variables)


def test_a_text_may_ask_whether_there_is_a_value() -> None:
    asking = "Come.{% if links.manage %} See {{ links.manage }}{% endif %}"
    assert sms(asking) == "Come."
    assert sms(asking, links={"manage": "https://x"}) == "Come. See https://x"


@pytest.mark.parametrize(
    "body",
    [
        "{{ name",
        "{% if name %}",
        "{{ name | nosuchfilter }}",
        "{% for a in (1..5000) %}x{% endfor %}",
        "{% for a in (1..900) %}{% for b in (1..900) %}x{% endfor %}{% endfor %}",
        "{% include 'secrets' %}",
    ],
)
def test_what_cannot_be_rendered_is_a_fault_of_the_text(body: str) -> None:
    with pytest.raises(TemplateFault):
        sms(body, name="Maria")


def test_mail_escapes_what_variables_bring_and_cleans_what_staff_write() -> None:
    words = Words(
        subject="Hello\n{{ name }}",
        body="Hello {{ name }}",
        html='<p onclick="x()">Hello {{ name }}</p><script>alert(1)</script><a href="javascript:x()">y</a>',
    )
    made = render_words(
        words, channel=Channel.EMAIL, language="en", variables={"name": "<b>Maria</b>\r\nBcc: all@example.org"}
    )
    assert made.html is not None
    for never in ("<script", "onclick", "javascript:", "<b>Maria"):
        assert never not in made.html
    assert "&lt;b&gt;Maria&lt;/b&gt;" in made.html
    assert "\n" not in (made.subject or "") and "\r" not in (made.subject or "")  # noqa: PT018


def test_whatsapp_variables_have_no_line_breaks() -> None:
    words = Words(body="{{ words }}", whatsapp_name="notice_utility", whatsapp_variables=("{{ body }}",))
    made = render_words(
        words, channel=Channel.WHATSAPP, language="en", variables={"words": "One\n\ntwo\tthree     four"}
    )
    assert made.whatsapp_parameters == ("One two three four",)


async def test_the_best_language_there_is(database: Database) -> None:
    async with database.transaction() as tx:
        await ship_templates(tx)
        template = await ready_template(tx, "appointment_reminder")
        chosen = {
            asked: template.version_for(channel="sms", language=asked).language for asked in ("es-MX", "ar", "zh")
        }
        assert chosen == {"es-MX": "es", "ar": "ar", "zh": "en"}
        bare = await create(tx, key="bare", name="Bare", category=Category.NOTICE, purpose=Purpose.TRANSACTIONAL)
        await add_version(
            tx, template_id=bare.id, channel=Channel.SMS, language="en", words=Words(body="Hello"), actor=LANA
        )
        with pytest.raises(NoVersion):
            (await ready_template(tx, "bare")).version_for(channel="email", language="en")


async def test_shipping_again_writes_nothing_and_leaves_what_the_hospital_wrote(database: Database) -> None:
    async with database.transaction() as tx:
        assert await ship_templates(tx) == len(shipped_words())
        template_id = await tx.value("select id from communications.templates where key = 'booking_code'")
        await add_version(
            tx, template_id=template_id, channel=Channel.SMS, language="en", words=Words(body="{{ code }}"), actor=LANA
        )
    async with database.transaction() as tx:
        assert await ship_templates(tx) == 0
        template = await ready_template(tx, "booking_code")
        assert template.version_for(channel="sms", language="en").body == "{{ code }}"


@pytest.mark.parametrize(("key", "channel", "language"), sorted(shipped_words()))
def test_shipped_words_are_whole_short_and_invite_no_stop_word(key: str, channel: Channel, language: str) -> None:
    words = shipped_words()[key, channel, language]
    made = render_words(words, channel=channel, language=language, variables=sample_variables(language))
    upper = {word.strip(".,:;!?()") for word in made.body.upper().split()}
    news = shipped_templates()[key].purpose == "marketing"
    if not news:  # news says how it is ended
        assert not upper & STOP_WORDS
    assert "Cardiolog" not in made.body  # the department is for mail, where it is not discreet
    if channel is Channel.SMS:
        assert sms_length(made.body).segments <= (3 if language == "ar" or not news else 2)
    if channel is Channel.WHATSAPP:
        assert words.whatsapp_name


@pytest.mark.parametrize(
    ("text", "segments", "encoding"),
    [
        ("", 1, "GSM-7"),
        ("a" * 160, 1, "GSM-7"),
        ("a" * 161, 2, "GSM-7"),
        ("a" * 152 + "€" + "a" * 152, 3, "GSM-7"),
        ("😀" * 36, 2, "UCS-2"),
        ("я" * 70, 1, "UCS-2"),
        ("я" * 66 + "😀" + "я" * 66, 3, "UCS-2"),
    ],
)
def test_known_lengths_of_sms(text: str, segments: int, encoding: str) -> None:
    length = sms_length(text)
    assert (length.segments, length.encoding) == (segments, encoding)


def test_the_character_that_made_it_dear_is_named() -> None:
    length = sms_length("Su cita es el sábado, Dª Ana")
    assert (length.forced_by, length.forced_at) == ("á", 15)


@given(st.text(alphabet="ab€[я😀ñ", max_size=500))
def test_every_text_fits_into_its_parts_and_one_fewer_would_not_do(text: str) -> None:
    length = sms_length(text)
    whole, part = (160, 153) if length.encoding == "GSM-7" else (70, 67)
    room = whole if length.segments == 1 else length.segments * part
    assert length.units <= room
    if length.segments > 1:
        assert length.units > whole
        # a character of two units may leave one unit empty at the end of a part
        assert length.units + (length.segments - 1) > (length.segments - 1) * part


def test_buttons_and_a_header_go_with_the_words() -> None:
    words = Words(
        body="Will you come?",
        whatsapp_name="reminder_with_map",
        whatsapp_buttons=(ReplyButton(id="C", title="Confirm"),),
        whatsapp_header=WhatsAppHeader(kind="image", value="{{ custom.map }}"),
    )
    variables = {"custom": {"map": "https://example.org/map.png"}}
    made = render_words(words, channel=Channel.WHATSAPP, language="en", variables=variables)
    assert made.whatsapp_buttons == words.whatsapp_buttons
    assert made.whatsapp_header == WhatsAppHeader(kind="image", value="https://example.org/map.png")


@pytest.mark.parametrize(
    ("buttons", "pointer"),
    [
        ([("A", "One"), ("B", "Two"), ("C", "Three"), ("D", "Four")], "/whatsappButtons/3"),
        ([("A", "One"), ("A", "Two")], "/whatsappButtons/1/id"),
        ([("A", "Come"), ("B", "come")], "/whatsappButtons/1/title"),
        ([("A", "a title that is far too long")], "/whatsappButtons/0/title"),
        ([("A", "two\nlines")], "/whatsappButtons/0/title"),
        ([("A", " ")], "/whatsappButtons/0/title"),
        ([("", "Come")], "/whatsappButtons/0/id"),
        ([("A\0", "Come")], "/whatsappButtons/0/id"),
        ([("A" * 257, "Come")], "/whatsappButtons/0/id"),
    ],
)
def test_buttons_that_cannot_be_are_refused_with_the_one_at_fault(buttons: list[tuple[str, str]], pointer: str) -> None:
    given = tuple(ReplyButton(id=id_, title=title) for id_, title in buttons)
    with pytest.raises(Invalid) as refused:
        checked(Words(body="Will you come?", whatsapp_buttons=given), channel=Channel.WHATSAPP)
    assert refused.value.errors[0]["pointer"] == pointer
