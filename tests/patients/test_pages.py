"""The pages of patients: the list, the palette, one patient, the forms."""

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
