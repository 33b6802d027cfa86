"""The builder of mail over HTTP, and what it advises."""

import httpx
import pytest

from bedside.message_templates import Channel, render_words, sample_variables
from bedside.message_templates.mail_check import advice
from bedside.message_templates.mail_reading import reading_advice
from bedside.message_templates.shipping import shipped_templates, shipped_words
from tests.web import AsRole
from tests.world import SmallWorld

END = '<a href="{{ links.unsubscribe }}">End</a>'
PICTURE = f'<a href="https://a.example"><img src="https://a.example/a.png" alt="Us"></a>{"word " * 20}{END}'


@pytest.mark.parametrize(
    ("subject", "html", "news", "said"),
    [
        ("Spring", f"<p>Come in, all week long, and bring whom you like.</p>{END}", True, []),
        ("Spring", "<p>Come in</p>", False, []),
        ("Spring", "<p>Come in</p>", True, ["no way to end"]),
        ("FREE SHOTS TODAY", f"<p>Come</p>{END}", True, ["shouts"]),
        ("Free! Free!", f"<p>Come</p>{END}", True, ["shouts"]),
        ("a" * 71, f"<p>Come</p>{END}", True, ["70 characters"]),
        ("Hi {{ patient.first_name | default: 'somebody whose name is long' }}" + "a" * 20, END, True, []),
        ("Spring", f'<img src="data:x" alt="">{END}', True, ["not chosen", "says nothing", "all pictures"]),
        ("Spring", PICTURE.replace("Us", ""), True,
         ["says nothing", "has no words"]),
        ("Spring", PICTURE, True,
         []),
    ],
)  # fmt: skip
def test_what_a_mail_should_mend(subject: str, html: str, news: bool, said: list[str]) -> None:
    found = advice(subject=subject, html=html, news=news)
    assert len(found) == len(said), found
    assert all(part in one for part, one in zip(said, found, strict=True))


def read(inside: str, *, language: str = "en", text: str = "Come in") -> list[str]:
    return reading_advice(
        html=f'<html lang="{language}" dir="ltr"><body style="background:#fff">{inside}</body></html>',
        text=text, language=language,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ('<p style="color:#27393c">Come in</p>', []),
        ('<p style="color:#cccccc">Come in</p>', ["“Come in” is hard to read (1.61 of 4.5)"]),
        ('<div style="background:#0b6b70"><p style="color:#ffffff">Come in</p></div>', []),
        ('<td bgcolor="#0b6b70" style="color:#0b6b70">Come</td>', ["hard to read (1 of 4.5)"]),
        ('<div style="background:url(/a.png)"><p style="color:#fff">On a picture</p></div>', []),
        ('<p style="color:#ccc;display:none">Hidden</p>', []),
        ('<p style="font-size:10px">Small</p>', ["smaller than 12 points"]),
        ('<a href="https://a.example">Click here</a>', ["which tells nobody where it leads"]),
        ('<a href="https://a.example"><b>here</b>.</a>', ["“here.”"]),
        ("<h1>A</h1><h3>B</h3>", ["After heading 1 comes heading 3"]),
        ("<h1>A</h1><h2>B</h2><h1>C</h1>", []),
        ("<p>FREE SHOTS TODAY ONLY</p>", ["It shouts"]),
        ("<p>HIV and NASA are words</p>", []),
        ("a" * 103 * 1024, ["Gmail cuts off"]),
    ],
)
def test_what_a_mail_should_mend_for_who_reads_it(inside: str, said: list[str]) -> None:
    found = read(inside)
    assert len(found) == len(said), found
    assert all(part in one for part, one in zip(said, found, strict=True))


def test_arabic_set_to_the_left_and_a_mail_without_text_are_said() -> None:
    (left,) = read('<td align="left">مرحبا</td>', language="ar")
    assert "read from the right" in left
    assert "plain text" in read("<p>a</p>", text=" ")[0]


def test_shipped_news_has_nothing_to_mend() -> None:
    """Every mail that promotes health, in every language."""
    wrong = {}
    for (key, channel, language), words in shipped_words().items():
        if channel is not Channel.EMAIL or shipped_templates()[key].category != "health_promotion":
            continue
        made = render_words(words, channel=channel, language=language, variables=sample_variables(language))
        said = advice(subject=words.subject or "", html=words.html or "", news=True)
        said += reading_advice(html=made.html or "", text=made.body, language=language)
        if said:
            wrong[key, language] = said
    assert not wrong


MAIL = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{ patient.first_name }}</mj-text></mj-column></mj-section>"
    "</mj-body></mjml>"
)


async def test_what_is_built_is_seen_and_kept_as_the_next_version(client: httpx.AsyncClient, as_role: AsRole) -> None:
    headers = await as_role("marketing")
    new = {"key": "spring", "name": "Spring", "category": "health_promotion", "purpose": "marketing"}
    made = (await client.post("/api/templates", json=new, headers=headers)).json()["id"]
    path = f"/templates/{made}/builder"
    page = await client.get(path, headers=headers | {"accept": "text/html"})
    assert page.status_code == 200
    assert "style-src 'self' 'unsafe-inline'" in page.headers["content-security-policy"]
    assert "script-src 'self';" in page.headers["content-security-policy"]
    built = {"language": "es", "subject": "Primavera", "mjml": MAIL}
    seen = await client.post(f"{path}/preview", json=built, headers=headers)
    assert "Hello María" in seen.json()["html"]
    assert "Hello María" in seen.json()["text"]
    assert seen.json()["advice"] == ["There is no way to end this news: add the block “End this news”."]
    lost = '<mj-image src="/pictures/' + "a" * 32 + '.png" alt="Us"></mj-image></mj-column>'
    seen = await client.post(
        f"{path}/preview", json=built | {"mjml": MAIL.replace("</mj-column>", lost)}, headers=headers
    )
    assert "A picture was taken away since: press it, then “Choose a picture”." in seen.json()["advice"]
    kept = await client.post(path, json=built, headers=headers)
    assert (kept.status_code, kept.json()["number"]) == (200, 1)
    assert kept.json()["advice"] == ["There is no way to end this news: add the block “End this news”."]
    for wrong in ({"mjml": "<mjml>"}, {"subject": ""}, {"mjml": MAIL.replace("first_name", "shoe_size")}):
        refused = await client.post(path, json=built | wrong, headers=headers)
        assert refused.status_code == 422, refused.text
    versions = (await client.get(f"/api/templates/{made}", headers=headers)).json()["versions"]
    assert [(one["language"], one["mjml"], one["body"]) for one in versions] == [
        ("es", MAIL, "Hello {{ patient.first_name }}")
    ]
    assert (await client.get(path, headers=await as_role("front_desk") | {"accept": "text/html"})).status_code == 403
    assert (await client.get("/templates/999/builder", headers=headers)).status_code == 404


async def test_a_mail_is_read_as_a_patient_by_those_who_may_see_patients(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("admin")
    new = {"key": "spring", "name": "Spring", "category": "health_promotion", "purpose": "marketing"}
    made = (await client.post("/api/templates", json=new, headers=headers)).json()["id"]
    path, built = f"/templates/{made}/builder/preview", {"language": "en", "subject": "Hi", "mjml": MAIL}
    whom = {"patientId": world.maria.id}
    seen = await client.post(path, json=built | whom, headers=headers)
    assert f"Hello {world.maria.first_name}" in seen.json()["html"]
    nobody = await client.post(path, json=built | {"patientId": 10**9}, headers=headers)
    assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (422, "/patientId")
    made_up = await client.post(path, json=built | {"patientId": 10**9}, headers=await as_role("marketing"))
    assert "Hello Maria" in made_up.json()["html"], "marketing sees somebody made up, whoever is asked for"
