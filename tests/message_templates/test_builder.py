"""The builder of mail over HTTP, and what it advises."""

import httpx
import pytest

from bedside.message_templates.mail_check import advice
from tests.web import AsRole

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
        ("Spring", f'<img src="data:x" alt="">{END}', True, ["no address", "says nothing", "all pictures"]),
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
    assert "Hello María" in seen.text
    assert "sandbox" in seen.headers["content-security-policy"]
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
