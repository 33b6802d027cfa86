"""Settings of hospitals, departments, practitioners and rooms, by forms, as who works there sends them."""

import re
from typing import Any

import httpx

from tests.web import AsRole
from tests.world import SmallWorld

HOSPITAL = {
    "name": "Clinique Étoile", "time_zone": "Europe/Paris", "currency": "EUR", "locale": "fr-FR", "country": "FR",
    "language": "fr", "languages": ["en"], "online_booking": "true", "phone": "01 42 68 53 00", "slug": "",
}  # fmt: skip
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe"
    "0def46b80000000049454e44ae426082"
)


async def test_every_page_of_the_directory_opens_for_who_may_look_and_offers_changes_to_who_may_make_them(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    for role, status in (("admin", 200), ("front_desk", 200)):
        reader = await as_role(role)
        for path, words in (
            ("/settings/hospitals", "462 First Avenue"),
            ("/settings/departments", "Echocardiogram"),
            ("/settings/practitioners", "Dr. Amelia Smith"),
            ("/settings/rooms", "Echo lab"),
        ):
            page = await client.get(path, headers=reader)
            assert (page.status_code, words in page.text) == (status, True), (role, path)
            assert ("/archive" in page.text) == (role == "admin"), (role, path)
            dialog = await client.get(f"{path}/new", headers=reader)
            assert dialog.status_code == (200 if role == "admin" else 403), (role, path)


async def test_a_browser_needs_the_forms_token(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    bearer = await as_role("admin")
    client.cookies.set("bedside_access", bearer["authorization"].removeprefix("Bearer "))
    page = await client.get("/settings/rooms")
    found = re.search(r'"x-csrftoken": "([^"]+)"', page.text)
    assert found
    room = {"name": "Treadmill", "kind": "ecg", "is_room": "no", "hospital_id": str(world.bellevue.id)}
    assert (await client.post("/settings/rooms", data=room)).status_code == 403
    kept = await client.post("/settings/rooms", data=room, headers={"x-csrftoken": found[1]})
    assert (kept.status_code, "Added" in kept.text) == (200, True)
    assert "Treadmill" in (await client.get("/settings/rooms")).text


async def test_a_hospital_is_added_changed_put_away_and_brought_back(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    ada, path = await as_role("admin"), "/settings/hospitals"
    wrong = await client.post(path, data=HOSPITAL | {"name": "", "email": ""}, headers=ada)
    assert (wrong.status_code, "Give the hospital a name." in wrong.text) == (422, True)
    wrong = await client.post(path, data=HOSPITAL | {"phone": "12"}, headers=ada)
    assert (wrong.status_code, 'id="problem-phone"' in wrong.text) == (422, True)
    made = await client.post(path, data=HOSPITAL, headers=ada)
    assert (made.status_code, "dialog:close" in made.headers["hx-trigger"]) == (200, True)
    kept = (await client.get("/api/hospitals/3", headers=ada)).json()
    assert (kept["slug"], kept["languages"], kept["quietFrom"]) == ("clinique-etoile", ["fr", "en"], "21:00:00")

    stale = HOSPITAL | {"version": "1", "directions": "Au fond"}
    assert (await client.post(f"{path}/3", data=stale, headers=ada)).status_code == 200
    again = await client.post(f"{path}/3", data=stale, headers=ada)
    assert (again.status_code, "changed" in again.text) == (422, True)

    away = await client.post(f"{path}/3/archive", headers=ada)
    assert "/settings/hospitals/3/restore" in away.text
    assert "Archived" in (await client.get(path, headers=ada)).text
    await client.post(f"{path}/3/restore", headers=ada)
    assert (await client.get("/api/hospitals/3", headers=ada)).json()["archivedAt"] is None


async def test_opening_hours_are_said_day_by_day(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    ada, path = await as_role("admin"), f"/settings/hospitals/{world.bellevue.id}/opening-hours"
    assert (await client.get(path, headers=ada)).text.count('value="07:00"') == 7
    split = {"opens_1": ["08:00", "14:00"], "closes_1": ["12:00", "18:00"], "opens_2": ["", ""], "closes_2": ["", ""]}
    assert (await client.post(path, data=split, headers=ada)).status_code == 200
    hours = (await client.get(f"/api/hospitals/{world.bellevue.id}/opening-hours", headers=ada)).json()["hours"]
    assert [(one["weekday"], one["opens"]) for one in hours] == [(1, "08:00:00"), (1, "14:00:00")]
    for tuesday, words in (
        ({"opens_2": "09:00", "closes_2": ""}, "Give both times"),
        ({"opens_2": "09:00", "closes_2": "08:00"}, "end after they begin"),
        ({"opens_2": ["09:00", "10:00"], "closes_2": ["11:00", "12:00"]}, "overlap"),
    ):
        wrong = await client.post(path, data=split | tuesday, headers=ada)
        assert (wrong.status_code, words in wrong.text, 'id="problem-day_2"' in wrong.text) == (422, True, True)


async def test_departments_are_kept_and_put_in_order(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    ada, path = await as_role("admin"), "/settings/departments"
    new = {"hospital_id": str(world.bellevue.id), "name": "Cardiology", "discreet": "true"}
    taken = await client.post(path, data=new, headers=ada)
    assert (taken.status_code, 'id="problem-name"' in taken.text) == (422, True)
    assert (await client.post(path, data=new | {"name": "Oncology"}, headers=ada)).status_code == 200

    async def shown() -> list[dict[str, Any]]:
        where = {"hospitalId": world.bellevue.id}
        found = await client.get("/api/departments", params=where, headers=ada)
        items: list[dict[str, Any]] = found.json()["items"]
        return items

    last = (await shown())[-1]
    assert (last["name"], last["discreet"], last["onlineBooking"]) == ("Oncology", True, False)
    await client.post(f"{path}/{last['id']}/move?by=up", headers=ada)
    assert [one["name"] for one in await shown()][-2:] == ["Oncology", "Mental Health"]
    away = await client.post(f"{path}/{last['id']}/archive", headers=ada)
    assert f"{path}/{last['id']}/restore" in away.text
    assert "Oncology" not in [one["name"] for one in await shown()]


async def test_a_service_says_how_long_it_takes_and_what_it_needs(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    ada, path = await as_role("admin"), f"/settings/departments/{world.dermatology.id}/services"
    new = {"name": "Laser", "duration_minutes": "45", "buffer_before_minutes": "0", "buffer_after_minutes": "10",
           "needs_resource_kind": "procedure", "online_booking": "true"}  # fmt: skip
    for field, value in (("duration_minutes", "3"), ("buffer_after_minutes", "soon"), ("name", "")):
        wrong = await client.post(path, data=new | {field: value}, headers=ada)
        assert (wrong.status_code, f'id="problem-{field}"' in wrong.text) == (422, True), field
    assert (await client.post(path, data=new, headers=ada)).status_code == 200
    page = await client.get("/settings/departments", headers=ada)
    assert "0 min before, 10 after" in page.text
    found = await client.get("/api/services", params={"departmentId": world.dermatology.id, "q": "laser"}, headers=ada)
    laser = found.json()["items"][0]
    assert (laser["durationMinutes"], laser["needsResourceKind"]) == (45, "procedure")
    longer = new | {"duration_minutes": "60", "version": str(laser["version"])}
    assert (await client.post(f"/settings/services/{laser['id']}", data=longer, headers=ada)).status_code == 200
    assert (await client.post(f"/settings/services/{laser['id']}/archive", headers=ada)).status_code == 200


async def test_a_practitioner_is_added_with_departments_services_and_a_photo(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    ada, path = await as_role("admin"), "/settings/practitioners"
    new: dict[str, Any] = {
        "prefix": "Dr.", "first_name": "Zoë", "last_name": "Achebe", "sex": "female", "languages": ["en", "sv"],
        "department_ids": [str(world.dermatology.id)], "service_ids": [str(world.consultation.id)],
    }  # fmt: skip
    wrong = await client.post(path, data=new | {"languages": []}, headers=ada)
    assert (wrong.status_code, 'id="problem-languages"' in wrong.text) == (422, True)
    assert (await client.post(path, data=new, headers=ada)).status_code == 200
    found = await client.get("/api/practitioners", params={"q": "achebe"}, headers=ada)
    zoe = found.json()["items"][0]
    # the consultation is one of Cardiology's, for which she does not work
    assert (zoe["languages"], zoe["departmentIds"], zoe["serviceIds"]) == (["en", "sv"], [world.dermatology.id], [])

    photo = f"{path}/{zoe['id']}/photo"
    text = await client.post(photo, files={"photo": ("me.png", b"not an image", "image/png")}, headers=ada)
    assert (text.status_code, 'id="problem-photo"' in text.text) == (422, True)
    assert (await client.post(photo, headers=ada)).status_code == 422
    kept = await client.post(photo, files={"photo": ("me.png", PIXEL, "image/png")}, headers=ada)
    assert kept.status_code == 200, kept.text
    shown = await client.get(f"{path}?q=ache", headers=ada)
    address = re.search(r'src="(/files/\d+)"', shown.text)
    assert address
    assert (await client.get(address[1])).content == PIXEL
    assert (await client.post(f"{photo}/remove", headers=ada)).status_code == 200
    assert (await client.get(address[1])).status_code == 404
    assert f"{path}/{zoe['id']}/restore" in (await client.post(f"{path}/{zoe['id']}/archive", headers=ada)).text
    assert "Achebe" not in (await client.get(path, headers=ada)).text
    assert "Achebe" in (await client.get(f"{path}?archived=yes", headers=ada)).text


async def test_the_list_of_practitioners_is_that_of_the_hospital_in_view(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    frida, path = await as_role("front_desk"), "/settings/practitioners"
    for query, smith, reyes in (
        ("", True, False), ("?department=everywhere", True, True),
        (f"?department={world.dermatology.id}", False, False),
    ):  # fmt: skip
        page = (await client.get(path + query, headers=frida)).text
        assert ("Amelia Smith" in page, "Carlos Reyes" in page) == (smith, reyes), query


async def test_a_kind_that_services_ask_for_and_nothing_is_of_is_said(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    ada, path = await as_role("admin"), "/settings/rooms"
    rooms = (await client.get("/api/resources?kind=procedure", headers=ada)).json()["items"]
    assert (await client.post(f"{path}/{rooms[0]['id']}/archive", headers=ada)).status_code == 200
    assert "Minor procedure cannot be booked until there is one." in (await client.get(path, headers=ada)).text
    assert (await client.post(f"{path}/{rooms[0]['id']}/sell", headers=ada)).status_code == 404


async def test_who_works_elsewhere_changes_nothing_here_by_forms_either(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    outsider = await as_role("admin", hospitals=[world.santa_lucia.id])
    for path in (
        f"/settings/hospitals/{world.bellevue.id}",
        f"/settings/hospitals/{world.bellevue.id}/opening-hours",
        f"/settings/departments/{world.cardiology.id}",
        f"/settings/services/{world.consultation.id}",
        f"/settings/practitioners/{world.smith.id}",
        f"/settings/practitioners/{world.smith.id}/photo",
        "/settings/rooms/1",
    ):
        assert (await client.get(path, headers=outsider)).status_code == 403, path
        assert (await client.post(path, data={"name": "Ours"}, headers=outsider)).status_code == 403, path
        if "hours" not in path and "photo" not in path:
            assert (await client.post(f"{path}/archive", headers=outsider)).status_code == 403, path
    for path in ("/settings/departments", "/settings/rooms"):
        theirs = {"name": "Ours", "kind": "ecg", "hospital_id": str(world.bellevue.id)}
        assert (await client.post(path, data=theirs, headers=outsider)).status_code == 403, path
    moved = {"first_name": "Carlos", "last_name": "Reyes", "department_ids": [str(world.cardiology.id)]}
    assert (
        await client.post(f"/settings/practitioners/{world.reyes.id}", data=moved, headers=outsider)
    ).status_code == 403
    page = await client.get("/settings/hospitals", headers=outsider)
    assert "/settings/hospitals/2/archive" in page.text
    assert "/settings/hospitals/1/archive" not in page.text
