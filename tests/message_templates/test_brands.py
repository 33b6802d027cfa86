"""Each hospital's mail looks as that hospital set it, and shows pictures that everybody finds and nobody guesses."""

import struct
import zlib

import httpx
import pytest

from bedside.kit.database import Database
from bedside.message_templates import Channel, Words, kits_for, render_words
from bedside.message_templates.brand_model import Kit, contrasts
from bedside.message_templates.contrast import contrast
from bedside.message_templates.samples import sample_variables
from tests.web import AsRole
from tests.world import SmallWorld


def png(red: int = 11, wide: int = 120, high: int = 40) -> bytes:
    """A picture of one colour."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + bytes((red, 107, 112)) * wide for _ in range(high))
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(lines)) + part(b"IEND", b"")


def test_contrast_is_as_wcag_counts_it() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert contrast("#777", "#fff") == 4.48
    assert [one.enough for one in contrasts(main="#0b6b70", accent="#e3f2f1", text_on_main="#ffffff")] == [True] * 4
    assert not contrasts(main="#ffcc00", accent="#ffffff", text_on_main="#ffffff")[0].enough


def rendered(kit: Kit | None, **words: str) -> tuple[str, str]:
    variables = sample_variables("en") | ({"brand": kit} if kit else {})
    made = render_words(Words(subject="Hi", **words), channel=Channel.EMAIL, language="en", variables=variables)  # type: ignore[arg-type]
    return made.html or "", made.body


def test_plain_words_blocks_and_html_take_the_kit_of_who_sends() -> None:
    kit = Kit(main="#7a1f5c", on_main="#fffbe6", words="Est. 1911\n<b>", logo="/pictures/" + "a" * 32 + ".png",
              logo_wide=480, logo_high=96)  # fmt: skip
    html, _ = rendered(kit, body="x", html='<p><a class="button" href="https://a.example">Go</a></p>')
    assert "background:#7a1f5c;color:#fffbe6" in html
    assert "#0b6b70" not in html
    assert 'src="http' in html
    assert 'alt="Bellevue General" width="240" height="48"' in html
    assert "Est. 1911<br>&lt;b&gt;" in html
    blocks = (
        '<mjml><mj-body><mj-section><mj-column><mj-text color="{{ brand.main }}">{{ brand.header }}</mj-text>'
        '<mj-button background-color="{{ brand.main }}" href="{{ links.book }}">Go</mj-button>'
        "<mj-text>{{ brand.footer }}</mj-text></mj-column></mj-section></mj-body></mjml>"
    )
    html, text = rendered(kit, body="{{ brand.header }}: {{ brand.footer }}", mjml=blocks)
    assert html.count("#7a1f5c") >= 2
    assert 'alt="Bellevue General"' in html
    assert text.startswith("Bellevue General: Est. 1911")
    assert "<img" not in text
    plain, _ = rendered(None, body="x", mjml=blocks)
    assert "#0b6b70" in plain


def test_a_kit_that_somebody_sends_as_a_variable_is_looked_at() -> None:
    evil = {"main": "red;}</style><script>", "logo": "javascript:alert(1)"}
    made = render_words(
        Words(subject="Hi", body="x"), channel=Channel.EMAIL, language="en",
        variables={**sample_variables("en"), "brand": evil},
    )  # fmt: skip
    assert made.html is not None
    assert "script" not in made.html


async def test_marketing_sets_how_mail_looks_and_the_preview_shows_it(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    before = await client.get(f"/api/hospitals/{world.bellevue.id}/brand", headers=headers)
    assert (before.status_code, before.json()["version"], before.json()["main"]) == (200, 0, "#0b6b70")
    logo = await client.post("/api/pictures?name=logo.png&words=Our+logo", content=png(), headers=headers)
    assert logo.status_code == 201, logo.text
    again = await client.post("/api/pictures?name=other.png", content=png(), headers=headers)
    assert again.json()["id"] == logo.json()["id"], "the same bytes are kept once"
    new = {
        "logoId": logo.json()["id"], "main": "#7A1F5C", "accent": "#f7e6f1", "font": "georgia", "footer": "Est. 1911",
        "links": [{"site": "facebook", "url": "https://facebook.com/bellevue"}],
    }  # fmt: skip
    path = f"/api/hospitals/{world.bellevue.id}/brand"
    kept = await client.put(path, json=new, headers=headers | {"if-match": before.headers["etag"]})
    assert (kept.status_code, kept.json()["main"], kept.json()["version"]) == (200, "#7a1f5c", 1)
    assert all(one["enough"] for one in kept.json()["contrasts"])
    stale = await client.put(path, json=new, headers=headers | {"if-match": before.headers["etag"]})
    assert stale.status_code == 412
    template = {"key": "spring", "name": "Spring", "category": "health_promotion", "purpose": "marketing"}
    made = (await client.post("/api/templates", json=template, headers=headers)).json()["id"]
    asked = {"channel": "email", "words": {"channel": "email", "subject": "Hi", "body": "Come"}}
    seen = (await client.post(f"/api/templates/{made}/preview", json=asked, headers=headers)).json()["html"]
    assert "#7a1f5c" in seen
    assert "Est. 1911" in seen
    assert logo.json()["path"] in seen
    refused = await client.delete(f"/api/pictures/{logo.json()['id']}", headers=headers)
    assert (refused.status_code, refused.json()["places"]) == (409, ["the logo of Bellevue General Hospital"])
    assert (await client.put(path, json={}, headers=headers)).json()["logoId"] is None
    assert (await client.delete(f"/api/pictures/{logo.json()['id']}", headers=headers)).status_code == 204
    assert (await client.get(logo.json()["path"])).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"main": "teal"}, "/main"),
        ({"logoId": 999}, "/logoId"),
        ({"font": "comic"}, "/font"),
        ({"footer": "a\0b"}, "/footer"),
        ({"links": [{"site": "facebook", "url": "javascript:alert(1)"}]}, "/links/0/url"),
    ],
)
async def test_what_no_brand_can_be_is_said_beside_the_field(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, wrong: dict[str, object], pointer: str
) -> None:
    answer = await client.put(
        f"/api/hospitals/{world.bellevue.id}/brand", json=wrong, headers=await as_role("marketing")
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text


async def test_a_picture_is_what_its_bytes_say_and_is_served_to_everybody(
    client: httpx.AsyncClient, as_role: AsRole
) -> None:
    headers = await as_role("marketing")
    for content, status in ((b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422), (b"", 422), (png()[:20], 422),
                            (b"\x89PNG\r\n\x1a\n" + b"a" * 2_000_001, 413)):  # fmt: skip
        refused = await client.post("/api/pictures?name=a.png", content=content, headers=headers)
        assert refused.status_code == status, refused.text
    form = await client.post(
        "/api/pictures", files={"picture": ("ward.jpg", png(12), "image/jpeg")}, data={"words": "Our ward"},
        headers=headers,
    )  # fmt: skip
    assert (form.status_code, form.json()["mediaType"], form.json()["words"]) == (201, "image/png", "Our ward")
    assert form.json()["path"].endswith(".png")
    served = await client.get(form.json()["path"])
    assert served.content == png(12)
    assert "immutable" in served.headers["cache-control"]
    assert "public" in served.headers["cache-control"]
    listed = await client.get("/api/pictures?q=ward", headers=headers)
    assert [one["name"] for one in listed.json()["items"]] == ["ward.jpg"]
    said = await client.patch(f"/api/pictures/{form.json()['id']}", json={"words": "The ward"}, headers=headers)
    assert said.json()["words"] == "The ward"
    shown = f'<mj-text>Come</mj-text><mj-image src="{form.json()["path"]}" alt="The ward"></mj-image>'
    mail = f"<mjml><mj-body><mj-section><mj-column>{shown}</mj-column></mj-section></mj-body></mjml>"
    new = {"key": "ward_news", "name": "Ward news", "category": "health_promotion", "purpose": "marketing"}
    made = (await client.post("/api/templates", json=new, headers=headers)).json()["id"]
    words = {"channel": "email", "language": "es", "subject": "Hi", "mjml": mail}
    assert (await client.post(f"/api/templates/{made}/versions", json=words, headers=headers)).status_code == 201
    refused = await client.delete(f"/api/pictures/{form.json()['id']}", headers=headers)
    assert (refused.status_code, refused.json()["places"]) == (409, ["Ward news (es)"])


async def test_a_kit_is_set_on_its_page_with_a_logo_and_said_where_it_reads_badly(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("marketing")
    path = f"/settings/brands/{world.bellevue.id}"
    assert "Brand kit of Bellevue General Hospital" in (await client.get(path, headers=headers)).text
    form = {
        "main": "#7a1f5c", "text_on_main": "#ffffff", "accent": "#f7e6f1", "font": "georgia", "footer": "Est. 1911",
        "version": "0", "link_website": "https://bellevue.example.org",
    }  # fmt: skip
    for wrong, said in (
        ({"main": "teal"}, "Give a colour such as #0b6b70."),
        ({"link_x": "ftp://a"}, "Addresses begin with https://."),
        ({"version": "7"}, "changed since you opened it"),
    ):
        refused = await client.post(path, data=form | wrong, headers=headers)
        assert refused.status_code == 422
        assert said in refused.text
    no_picture = await client.post(path, data=form, files={"logo": ("a.svg", b"<svg/>", "image/png")}, headers=headers)
    assert "problem-logo" in no_picture.text
    kept = await client.post(path, data=form, files={"logo": ("a.png", png(), "image/png")}, headers=headers)
    assert "Mail that leaves from now on has it." in kept.text
    page = await client.get("/settings/brands", headers=headers)
    assert "Est. 1911" in page.text
    assert 'alt="Logo of Bellevue General Hospital"' in page.text
    faint = await client.post(path, data=form | {"main": "#ffcc00", "version": "1"}, headers=headers)
    assert "Hard to read: words on a button" in faint.text
    outside = await as_role("marketing", hospitals=[world.santa_lucia.id])
    assert (await client.post(path, data=form, headers=outside)).status_code == 403


async def test_mail_looks_as_the_hospital_does_that_sends_it_or_where_the_patient_is_at_home(
    database: Database, client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    headers = await as_role("admin")
    for place, colour in ((world.bellevue, "#7a1f5c"), (world.santa_lucia, "#1f3d7a")):
        kept = await client.put(f"/api/hospitals/{place.id}/brand", json={"main": colour}, headers=headers)
        assert kept.status_code == 200
    async with database.transaction() as tx:
        found, at_home = await kits_for(tx, hospital_ids=[world.santa_lucia.id], patient_ids=[world.maria.id])
    assert found[world.santa_lucia.id].main == "#1f3d7a"
    assert at_home[world.maria.id].main == "#7a1f5c"
