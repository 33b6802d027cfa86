"""What surrounds every page: policy, theme, direction, navigation, static files, problems."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from bedside.portal import formats, navigation, static_files, statuses, templating
from bedside.portal.security_headers import CONTENT_SECURITY_POLICY
from tests.portal import gallery

IN_A_BROWSER = {"accept": "text/html"}


@pytest.fixture
async def client() -> AsyncIterator[AsyncTestClient[Litestar]]:
    """The gallery, answered in this process."""
    async with AsyncTestClient(gallery.make(), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/patients", "/patients/1", "/components", "/public", "/sign-in", "/nope", "/static/css/bedside.css"]
)
async def test_every_answer_carries_the_policy(client: AsyncTestClient[Litestar], path: str) -> None:
    answer = await client.get(path, headers=IN_A_BROWSER)
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_chosen_theme_is_in_the_first_byte_of_the_page(client: AsyncTestClient[Litestar]) -> None:
    assert 'data-bs-theme="' not in (await client.get("/")).text.split("<head>")[0]
    dark = await client.get("/", headers={"cookie": "bedside_theme=dark"})
    assert 'data-bs-theme="dark"' in dark.text.split("<head>")[0]
    forged = await client.get("/", headers={"cookie": "bedside_theme=><script>"})
    assert 'data-theme-choice="auto"' in forged.text


async def test_a_page_in_arabic_runs_from_right_to_left(client: AsyncTestClient[Litestar]) -> None:
    page = (await client.get("/public/arabic")).text
    assert '<html lang="ar-AE" dir="rtl"' in page
    assert "tabler.rtl.css" in page
    assert "الأربعاء" in page


def test_navigation_shows_only_what_somebody_may_see() -> None:
    groups = navigation.visible({"patients:read", "schedules:edit"})
    assert [(group.label, [entry.label for entry in group.entries]) for group in groups] == [
        ("", ["Patients", "Vaccinations"]),
        ("Settings", ["Schedules"]),
    ]
    keys = [entry.key for entry in navigation.ENTRIES if entry.key]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("path", "current"),
    [("/", "Dashboard"), ("/patients", "Patients"), ("/patients/7", "Patients"), ("/patientsx", None)],
)
def test_one_entry_is_where_one_is(path: str, current: str | None) -> None:
    found = [entry.label for entry in navigation.ENTRIES if navigation.is_current(entry, path)]
    assert found == ([current] if current else [])


async def test_static_files_are_kept_for_a_year_under_their_hash(client: AsyncTestClient[Litestar]) -> None:
    kept = await client.get(static_files.asset("css/bedside.css"), headers={"accept-encoding": "gzip"})
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert kept.headers["content-encoding"] == "gzip"
    again = await client.get("/static/css/bedside.css", headers={"if-none-match": kept.headers["etag"]})
    assert again.status_code == 304
    assert "immutable" not in again.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "../templating.py",
        "..%2Ftemplating.py",
        "css",
        "v-1/../../settings.py",
        "%2Fetc%2Fpasswd",
        "nothing.css",
        "%00.css",
    ],
)
async def test_nothing_but_static_files_is_served(client: AsyncTestClient[Litestar], path: str) -> None:
    assert (await client.get(f"/static/{path}")).status_code == 404


async def test_a_problem_says_what_to_do_next(client: AsyncTestClient[Litestar]) -> None:
    page = await client.get("/broken", headers=IN_A_BROWSER)
    assert page.status_code == 500
    assert "Something went wrong on our side" in page.text
    assert "tell your administrator" in page.text

    await client.get("/")
    token = client.cookies["bedside_csrf"]
    inside = {"HX-Request": "true", "x-csrftoken": token}
    toast = await client.post("/taken", headers=inside)
    assert toast.status_code == 409
    assert 'hx-target="#toasts"' in toast.text
    assert "Choose another time." in toast.text
    assert "<html" not in toast.text

    quiet = await client.post("/taken", headers={**inside, "x-quiet": "1"})
    assert (quiet.status_code, quiet.text) == (409, "")


async def test_who_is_signed_out_comes_back_to_where_they_were(client: AsyncTestClient[Litestar]) -> None:
    page = await client.get("/members?tab=2", headers=IN_A_BROWSER, follow_redirects=False)
    assert page.status_code == 303
    assert page.headers["location"] == "/sign-in?next=/members%3Ftab%3D2"
    inside = await client.get(
        "/members", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver.local/patients/7"}
    )
    assert inside.status_code == 401
    assert inside.headers["hx-redirect"] == "/sign-in?next=/patients/7"


def test_times_and_money_are_written_as_the_place_writes_them() -> None:
    at = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    new_york = {"zone": "America/New_York", "locale": "en-US"}
    assert formats.local_time(at, **new_york).replace("\u202f", " ") == "10:00 AM"
    assert formats.local_date(datetime(2026, 11, 25, 3, 0, tzinfo=UTC), **new_york) == "Nov 24, 2026"
    assert formats.local_date(date(2026, 11, 24), zone="UTC", locale="de", shape="day") == "Dienstag, 24. November"
    assert formats.relative(at, now=datetime(2026, 11, 24, 15, 3, tzinfo=UTC), locale="en") == "3 minutes ago"
    assert formats.money(4500000, currency="USD", locale="en-US") == "$45,000.00"
    assert formats.money(4500, currency="JPY", locale="en-US") == "¥4,500"
    assert formats.number(12_400, locale="en", compact=True) == "12.4K"


def test_an_address_changes_only_what_was_asked() -> None:
    assert templating.query_with("/p", "q=a%26b&cursor=x", sort="-name", cursor=None) == "/p?q=a%26b&sort=-name"
    assert templating.query_with("/p", "q=1", q=None) == "/p"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Dr. Amelia Smith", "AS"), ("Zoë", "Z"), ("", "?"), ("Ana María de la Cruz", "AC"), ("李 小龙", "李小")],
)
def test_a_face_has_the_letters_of_its_name(name: str, letters: str) -> None:
    assert statuses.initials_of(name) == letters
    assert statuses.tone_of(name) == statuses.tone_of(name)


def test_an_unknown_icon_is_an_error_and_an_unknown_status_its_own_word() -> None:
    with pytest.raises(KeyError, match="bin/vendor"):
        templating.icon("no-such-icon")
    assert statuses.look_of("appointment", "on_hold").label == "On hold"
