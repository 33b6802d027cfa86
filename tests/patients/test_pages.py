"""The pages of patients: the list, the palette, one patient, the forms."""

import re
from typing import Any

import httpx

from tests.queries import QueryCount
from tests.web import AsRole
from tests.world import SmallWorld


async def test_the_list_and_the_palette_find_maria(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    frida = await as_role("front_desk")
    for path in ("/patients", "/patients?q=alvraez", "/search?q=alv", "/patients/options?q=0142"):
        page = await client.get(path, headers=frida)
        assert (page.status_code, "Maria Alvarez" in page.text) == (200, True), path
    assert "Nobody like that" in (await client.get("/patients?q=zzyzx", headers=frida)).text


async def test_the_list_asks_as_much_for_one_as_for_twenty(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld, query_count: QueryCount
) -> None:
    frida = await as_role("front_desk")
    with query_count() as one:
        await client.get(f"/patients?hospital={world.santa_lucia.id}", headers=frida)
    with query_count() as many:
        await client.get("/patients", headers=frida)
    assert len(one) == len(many)


async def test_a_patients_page_shows_what_its_reader_may_see(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    page = await client.get(f"/patients/{world.maria.id}", headers=await as_role("clinician"))
    assert page.status_code == 200
    assert "/panels/patients/1/appointments" in page.text
    assert "/patients/1/edit" not in page.text
    story = await client.get(f"/panels/patients/{world.maria.id}/timeline", headers=await as_role("clinician"))
    assert "Patient registered" in story.text
    assert (await client.get("/patients/999999", headers=await as_role("clinician"))).status_code == 404
    assert (await client.get("/patients/1", headers=await as_role("marketing"))).status_code == 403


async def test_somebody_is_registered_by_the_form(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    frida = await as_role("front_desk")
    form = {"first_name": "Maria", "last_name": "Álvarez", "phone": "212 555 0142", "hospital_id": "1", "sex": "female"}
    wrong = await client.post("/patients", data=form | {"phone": "12"}, headers=frida)
    assert wrong.status_code == 422
    assert "cannot be a phone number" in wrong.text
    made = await client.post("/patients", data=form, headers=frida)
    assert made.headers["hx-redirect"].endswith(f"?new=yes&alike={world.maria.id}")
    opened = await client.get(made.headers["hx-redirect"], headers=frida)
    assert "This may be somebody registered before" in opened.text


async def test_consent_is_recorded_by_the_form(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    frida, consents = await as_role("front_desk"), f"/patients/{world.james.id}/consents"
    said = {"channel": "sms", "purpose": "marketing", "how": "on the phone"}
    assert (await client.post(consents, data=said, headers=frida)).status_code == 422
    assert (await client.post(consents, data=said | {"granted": "no"}, headers=frida)).status_code == 200
    assert "No news" in (await client.get(f"/panels/patients/{world.james.id}/profile", headers=frida)).text


async def test_a_second_phone_is_added_made_first_and_removed(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    frida, path = await as_role("front_desk"), f"/patients/{world.maria.id}/contact-points"

    async def known() -> list[dict[str, Any]]:
        answer = await client.get(f"/api{path}", headers=frida)
        points: list[dict[str, Any]] = answer.json()["contactPoints"]
        return points

    work = {"kind": "phone", "value": "646 555 0155", "label": "Work", "takes_sms": "true"}
    for value, words in (("12345", "cannot be a phone number"), ("", "Give the number"), ("2125550142", "twice")):
        wrong = await client.post(path, data=work | {"value": value}, headers=frida)
        assert (wrong.status_code, 'id="problem-value"' in wrong.text, words in wrong.text) == (422, True, True), value
    assert (await client.post(path, data=work, headers=frida)).status_code == 200
    first, second, email = await known()
    assert (second["value"], second["label"], second["takesSms"], second["takesWhatsapp"]) == (
        "+16465550155", "Work", True, False,
    )  # fmt: skip
    assert (first["value"], email["kind"]) == ("+12125550142", "email")

    assert (await client.post(f"{path}/{second['id']}/first", headers=frida)).status_code == 200
    assert [one["value"] for one in await known()][:2] == ["+16465550155", "+12125550142"]
    home = {"value": "+12125550142", "label": "Home", "takes_sms": "true", "takes_whatsapp": "true"}
    assert (await client.post(f"{path}/{first['id']}", data=home, headers=frida)).status_code == 200
    assert [(one["label"], one["id"]) for one in await known()][:2] == [("Work", second["id"]), ("Home", first["id"])]
    panel = (await client.get(f"/panels/patients/{world.maria.id}/profile", headers=frida)).text
    assert f"{path}/{second['id']}/remove" in panel
    assert (await client.post(f"{path}/{second['id']}/remove", headers=frida)).status_code == 200
    assert [one["value"] for one in await known()] == ["+12125550142", "maria.alvarez@example.org"]
    assert (await client.post(f"{path}/{second['id']}/remove", headers=frida)).status_code == 404


async def test_an_identifier_is_one_persons(client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld) -> None:
    frida, card = await as_role("front_desk"), {"system": "Medicare", "value": "1EG4-TE5-MK73"}
    theirs = f"/patients/{world.maria.id}/identifiers"
    wrong = await client.post(theirs, data=card | {"system": ""}, headers=frida)
    assert (wrong.status_code, 'id="problem-system"' in wrong.text) == (422, True)
    assert (await client.post(theirs, data=card, headers=frida)).status_code == 200
    taken = await client.post(f"/patients/{world.james.id}/identifiers", data=card, headers=frida)
    assert (taken.status_code, "belongs to a patient already" in taken.text) == (422, True)
    panel = (await client.get(f"/panels/patients/{world.maria.id}/profile", headers=frida)).text
    remove = re.search(rf'hx-post="({theirs}/\d+/remove)"', panel)
    assert remove
    assert (await client.post(remove[1], headers=frida)).status_code == 200
    assert (await client.post(remove[1], headers=frida)).status_code == 404


async def test_a_clinician_reads_contacts_and_changes_none(
    client: httpx.AsyncClient, as_role: AsRole, world: SmallWorld
) -> None:
    clara, base = await as_role("clinician"), f"/patients/{world.maria.id}"
    panel = (await client.get(f"/panels{base}/profile", headers=clara)).text
    assert "/contact-points" not in panel
    for path in ("contact-points/new", "contact-points/1", "identifiers/new"):
        assert (await client.get(f"{base}/{path}", headers=clara)).status_code == 403, path
    for path in (
        "contact-points",
        "contact-points/1",
        "contact-points/1/first",
        "contact-points/1/remove",
        "identifiers",
    ):
        assert (await client.post(f"{base}/{path}", data={"value": "x"}, headers=clara)).status_code == 403, path
