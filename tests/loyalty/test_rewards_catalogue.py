"""The catalogue of rewards over the API: who may change it, what cannot be, pictures, and its table."""

import csv
import io

import httpx
import pytest

from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from tests.loyalty.desk import Desk
from tests.web import AsRole
from tests.world import SmallWorld

PATH = "/api/loyalty/rewards"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


@pytest.fixture
async def desk(client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: AsRole) -> Desk:
    """The desk, as an administrator."""
    return await Desk(client, world, database, as_role).sign_in()


async def test_the_four_rewards_of_the_house_are_there_in_three_languages(desk: Desk) -> None:
    found = (await desk.get(PATH))["items"]
    assert [(one["name"], one["pointsCost"]) for one in found] == [
        ("Priority appointment", 250), ("Free health check-up", 500), ("Free consultation", 750),
        ("20% off a service", 1000),
    ]  # fmt: skip
    assert all(set(one["translations"]) == {"es", "ar"} for one in found)


async def test_a_reward_is_added_changed_put_away_and_brought_back(desk: Desk) -> None:
    made = await desk.client.post(
        PATH,
        json={
            "name": "  Parking  for a day ", "pointsCost": 80, "stock": 5, "tierCode": "silver", "perPersonLimit": 2,
            "translations": {"es": {"name": "Estacionamiento"}}, "voucherDays": 30,
        },
        headers=desk.headers,
    )  # fmt: skip
    assert made.status_code == 201
    reward = made.json()
    assert (reward["name"], reward["stock"], reward["version"]) == ("Parking for a day", 5, 1)
    path = f"{PATH}/{reward['id']}"
    assert made.headers["location"] == path
    changed = await desk.client.patch(
        path, json={"stock": None, "archived": True}, headers=desk.headers | {"if-match": made.headers["etag"]}
    )
    assert (changed.json()["stock"], changed.json()["archivedAt"] is not None) == (None, True)
    stale = await desk.client.patch(path, json={"stock": 1}, headers=desk.headers | {"if-match": '"1"'})
    assert stale.status_code == 412
    assert reward["id"] not in [one["id"] for one in (await desk.get(PATH))["items"]]
    assert [one["id"] for one in (await desk.get(f"{PATH}?archived=true"))["items"]] == [reward["id"]]
    back = await desk.client.patch(path, json={"archived": False}, headers=desk.headers)
    assert back.json()["archivedAt"] is None
    assert (await desk.get(path))["version"] == 3
    # the same once more changes nothing
    assert (await desk.client.patch(path, json={"archived": False}, headers=desk.headers)).json()["version"] == 3


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": "   "}, "/name"),
        ({"name": "a\nb"}, "/name"),
        ({"pointsCost": 0}, "/pointsCost"),
        ({"pointsCost": 2.5}, "/pointsCost"),
        ({"stock": -1}, "/stock"),
        ({"perPersonLimit": 0}, "/perPersonLimit"),
        ({"voucherDays": 731}, "/voucherDays"),
        ({"tierCode": "diamond"}, "/tierCode"),
        ({"tierCode": "No Tier"}, "/tierCode"),
        ({"availableFrom": "2027-03-01T00:00:00"}, "/availableFrom"),
        ({"availableFrom": "0001-01-01T00:00:00+14:00"}, "/availableFrom"),
        ({"availableFrom": "2027-05-01T00:00:00Z", "availableUntil": "2027-05-01T00:00:00Z"}, "/availableUntil"),
        ({"translations": {"klingon!": {"name": "x"}}}, "/translations/klingon!"),
        ({"translations": {"es": {"name": ""}}}, "/translations/es/name"),
        ({"price": 3}, "/price"),
    ],
)
async def test_what_a_reward_cannot_be_is_said_at_its_field_and_nothing_is_written(
    desk: Desk, changes: dict[str, object], pointer: str
) -> None:
    before = await desk.rows("rewards")
    _, problem = await desk.refused(PATH, {"name": "Tea", "pointsCost": 10, **changes}, 422)
    pointers = [error["pointer"] for error in problem["errors"]]
    assert pointers in ([pointer], [pointer.replace("/es", "/*")])
    assert await desk.rows("rewards") == before


async def test_an_end_before_the_beginning_that_stood_there_is_refused_too(desk: Desk) -> None:
    reward = await desk.reward(availableFrom="2027-05-01T00:00:00Z")
    answer = await desk.client.patch(
        f"{PATH}/{reward}", json={"availableUntil": "2027-04-01T00:00:00Z"}, headers=desk.headers
    )
    assert answer.json()["type"] == "/problems/reward-refused"


async def test_what_is_offered_now_is_filtered_and_sorted(desk: Desk, clock: SetClock) -> None:
    over = await desk.reward(5, availableUntil="2027-03-02T00:00:00Z")
    later = await desk.reward(6, availableFrom="2027-04-01T00:00:00Z")
    gone = await desk.reward(7, stock=0)

    async def listed(query: str) -> list[int]:
        return [one["id"] for one in (await desk.get(f"{PATH}?{query}"))["items"]]

    assert await listed("available=true&mostPoints=10") == [over, gone]
    assert await listed("available=true&inStock=true&mostPoints=10") == [over]
    assert await listed("available=false") == [later]
    await desk.wait(clock, days=2)
    assert await listed("available=true&mostPoints=10") == [gone]
    assert (await listed("sort=-points"))[-1] == over
    assert await listed("q=consult") == [3]
    first = await desk.get(f"{PATH}?sort=name&limit=2")
    second = await desk.get(f"{PATH}?sort=name&limit=200&cursor={first['next']}")
    assert len({one["id"] for one in [*first["items"], *second["items"]]}) == 7


async def test_who_may_look_and_who_may_change(desk: Desk, as_role: AsRole) -> None:
    for role in ("front_desk", "clinician", "finance", "integration"):
        headers = await as_role(role)
        await desk.get(PATH, headers=headers)
        await desk.post(PATH, {"name": "Tea", "pointsCost": 1}, 403, headers=headers)
    assert await desk.rows("rewards") == 4  # those that ship
    made = await desk.post(PATH, {"name": "Tea", "pointsCost": 1}, headers=await as_role("marketing"))
    assert (await desk.get(f"{PATH}/{made['id']}"))["name"] == "Tea"


async def test_a_picture_is_what_its_bytes_say_and_is_shown_to_everybody_while_it_is_the_rewards(desk: Desk) -> None:
    path = f"{PATH}/1/picture"
    set_ = await desk.client.post(path, content=PNG, headers=desk.headers | {"content-type": "image/jpeg"})
    assert set_.status_code == 200, set_.text
    shown = f"/reward-pictures/{set_.json()['pictureFileId']}"
    picture = await desk.client.get(shown)
    assert (picture.status_code, picture.headers["content-type"], picture.content) == (200, "image/png", PNG)
    assert (await desk.client.get(shown, headers={"if-none-match": picture.headers["etag"]})).status_code == 304
    assert (await desk.client.get(f"/files/{set_.json()['pictureFileId']}")).status_code == 404
    form = await desk.client.post(path, files={"picture": ("a.png", PNG + b"2", "image/png")}, headers=desk.headers)
    assert form.json()["pictureFileId"] != set_.json()["pictureFileId"]
    assert (await desk.client.get(shown)).status_code == 404
    for body, status in (
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422),
        (b"", 422),
        (PNG + b"x" * 5_000_000, 413),
    ):
        assert (await desk.client.post(path, content=body, headers=desk.headers)).status_code == status
    gone = await desk.client.delete(path, headers=desk.headers)
    assert gone.json()["pictureFileId"] is None


async def test_the_catalogue_leaves_as_a_table(desk: Desk, as_role: AsRole) -> None:
    await desk.reward(30, name="=cmd|' /C calc'!A0")
    answer = await desk.client.get(f"{PATH}/export", headers=await as_role("marketing"))
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0][:3] == ["id", "name", "points"]
    assert lines[1][1] == "'=cmd|' /C calc'!A0"
    book = await desk.client.get(f"{PATH}/export?format=xlsx", headers=desk.headers)
    assert book.content.startswith(b"PK")
