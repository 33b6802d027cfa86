"""Mail that is put together from blocks: compiled, filled in, with a plain text; what cannot be is refused."""

import httpx
import pytest

from bedside.message_templates import Channel, TemplateFault, Words, render_words
from bedside.message_templates.library import checked
from bedside.message_templates.mjml import compiled
from bedside.message_templates.plain_twin import plain_twin
from bedside.message_templates.saving import check_for_keeping
from tests.web import AsRole


def mail(inside: str, head: str = "") -> str:
    """A mail with one column."""
    return f"<mjml>{head}<mj-body><mj-section><mj-column>\n{inside}\n</mj-column></mj-section></mj-body></mjml>"


HELLO = mail(
    "<mj-text><h1>Free flu shots</h1><p>Hello {{ patient.first_name }},<br/>come in.</p>"
    "<ul><li>five minutes</li><li>no pain</li></ul></mj-text>"
    '<mj-button href="{{ links.book }}">Book a time</mj-button>'
    "{% if loyalty.balance &gt; 100 and loyalty.balance < 900 %}<mj-text>Thank you!</mj-text>{% endif %}"
)
KNOWN = {
    "patient": {"first_name": "Ada <b>"},
    "links": {"book": "https://crm.example.org/book"},
    "loyalty": {"balance": 620},
}


def render(source: str, language: str = "en", **more: object) -> str:
    """The HTML of a mail."""
    words = Words(subject="Flu", body="Flu", mjml=source)
    made = render_words(words, channel=Channel.EMAIL, language=language, variables=KNOWN | more)
    assert made.html is not None
    return made.html


def test_blocks_become_html_and_what_is_filled_in_is_escaped() -> None:
    html = render(HELLO.replace("&gt;", ">"))
    assert "Hello Ada &lt;b&gt;," in html
    assert 'href="https://crm.example.org/book"' in html
    assert "Thank you!" in html
    assert "{" not in html.partition("<body")[2]
    assert "fonts.googleapis" not in html
    assert 'lang="en" dir="ltr"' in html


def test_arabic_is_read_from_the_right() -> None:
    assert 'lang="ar" dir="rtl"' in render(HELLO.replace("&gt;", ">"), "ar")


def test_its_plain_text_is_made_and_is_a_template_too() -> None:
    words = checked(Words(subject="Flu", body="", mjml=HELLO.replace("&gt;", ">")), channel=Channel.EMAIL)
    assert words.body == (
        "Free flu shots\n\nHello {{ patient.first_name }},\ncome in.\n\n- five minutes\n- no pain\n\n"
        "Book a time: {{ links.book }}\n\n"
        "{% if loyalty.balance > 100 and loyalty.balance < 900 %}\n\nThank you!\n\n{% endif %}"
    )
    written = checked(Words(subject="Flu", body="My own", mjml=HELLO.replace("&gt;", ">")), channel=Channel.EMAIL)
    assert written.body == "My own"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>lines</p>", "One\n\nTwo\nlines"),
        ('<a href="https://a.example">https://a.example</a>', "https://a.example"),
        ('<a href="https://a.example"><img src="x.png" alt="A"></a>', "https://a.example"),
        (
            "<style>p{}</style><script>x</script><table><tr><td>A</td><td>1</td></tr><tr><td>B</td></tr></table>",
            "A 1\nB",
        ),
        ("<div><div><p>  much \n blank </p></div></div>", "much blank"),
        ('<a href="mailto:a@b.example">Write</a> &amp; <a href="#top">up</a>', "Write & up"),
    ],
)
def test_a_plain_text_reads_as_the_mail_does(html: str, text: str) -> None:
    assert plain_twin(html) == text


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("Hello", "do not compile"),
        (mail("<mj-text>a"), "line 2 closes <mj-column>|line 3 closes <mj-column>; <mj-text> of line 2 is still open"),
        ("<mjml><mj-body>", "<mj-body> of line 1 is never closed"),
        (mail("<mj-marquee>a</mj-marquee>"), "line 2 has <mj-marquee>"),
        (mail("<mj-text>a < b</mj-text>"), "do not compile"),
        (mail('<mj-include path="/etc/passwd" />'), "line 2 has <mj-include>"),
    ],
)
def test_blocks_that_do_not_compile_are_refused_with_their_line(source: str, why: str) -> None:
    with pytest.raises(TemplateFault, match=why) as fault:
        compiled(source)
    assert [one["pointer"] for one in fault.value.errors] == ["/mjml"]


@pytest.mark.parametrize(
    "source",
    [
        mail("<mj-raw><script>alert(1)</script></mj-raw>"),
        mail("<mj-text></mj-text>", "<mj-head><mj-raw><meta http-equiv='refresh' content='0'></mj-raw></mj-head>"),
        mail('<mj-button href="javascript:alert(1)">x</mj-button>'),
        mail('<mj-text><p onclick="x()">x</p></mj-text>'),
        mail("<mj-text>{{ patient.shoe_size }}</mj-text>"),
    ],
)
def test_blocks_that_would_run_or_name_nobody_are_not_kept(source: str) -> None:
    with pytest.raises(TemplateFault) as fault:
        check_for_keeping(Words(subject="x", body="x", mjml=source), language="en")
    assert [one["pointer"] for one in fault.value.errors] == ["/mjml"]


def test_a_variable_brings_no_script_into_a_link() -> None:
    html = render(mail('<mj-button href="{{ custom.link }}">x</mj-button>'), custom={"link": "javascript:alert(1)"})
    assert "javascript" not in html


async def test_blocks_are_saved_read_and_previewed_by_rest(client: httpx.AsyncClient, as_role: AsRole) -> None:
    headers = await as_role("marketing")
    new = {"key": "flu_blocks", "name": "Flu", "category": "health_promotion", "purpose": "marketing"}
    path = (await client.post("/api/templates", json=new, headers=headers)).headers["location"]
    words = {"channel": "email", "subject": "Flu", "mjml": HELLO.replace("&gt;", ">")}
    saved = await client.post(f"{path}/versions", json=words, headers=headers)
    assert saved.status_code == 201, saved.text
    assert saved.json()["mjml"] == words["mjml"]
    assert saved.json()["body"].startswith("Free flu shots")
    seen = await client.post(f"{path}/preview", json={"channel": "email", "language": "en"}, headers=headers)
    assert "Book a time" in seen.json()["html"], seen.text
    for wrong, pointer in (
        ({"mjml": "<mjml>"}, "/mjml"),
        ({"html": "<p>x</p>"}, "/mjml"),
        ({"mjml": None}, "/body"),
        ({"mjml": mail("<mj-text>" + "a" * 200_001 + "</mj-text>")}, "/mjml"),
    ):
        refused = await client.post(f"{path}/versions", json=words | wrong, headers=headers)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), refused.text
