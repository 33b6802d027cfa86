"""How a campaign reads before it goes out: to somebody made up, or to a person whom whoever looks may see."""

from typing import Any

import httpx
import pytest

from bedside.event_log import SYSTEM
from bedside.kit.database import Database
from bedside.message_templates import Category, Channel, Purpose, Words
from bedside.message_templates.brand_model import BrandGiven
from bedside.message_templates.brands import set_brand
from bedside.message_templates.library import add_version, create
from bedside.owners import NewOwner, add_owner
from tests.campaigns.marketing import MARKETING
from tests.web import AsRole
from tests.world import SmallWorld

HELLO = "Hello {{ patient.first_name }}, from {{ hospital.name }}."
FORM: dict[str, Any] = {"name": "Flu", "message": HELLO, "audience": "all_patients", "channels": ["sms", "email"]}


@pytest.fixture
async def cleo(database: Database, world: SmallWorld) -> int:
    """A patient of Bellevue's who reads Spanish and was never here."""
    async with database.transaction() as tx:
        made: int = await tx.value(
            """insert into crm.patients (record_number, first_name, last_name, sex, language, hospital_id, created_at,
                                         updated_at)
               values ('R77', 'Cleo', 'Vega', 'unknown', 'es', %(hospital)s, %(now)s, %(now)s) returning id""",
            hospital=world.bellevue.id,
        )
        given = BrandGiven(main="#7a1f5c")
        await set_brand(tx, hospital_id=world.bellevue.id, given=given, expected_version=None, actor=MARKETING)
    return made


async def said(client: httpx.AsyncClient, headers: dict[str, str], **more: Any) -> str:
    """What the preview says, told apart from the page around it."""
    answer = await client.post("/campaigns/said", data=FORM | more, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


async def mail(client: httpx.AsyncClient, headers: dict[str, str], **more: Any) -> str:
    """The mail in the frame."""
    answer = await client.post("/campaigns/mail", data=FORM | more, headers=headers)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    return answer.text


async def test_it_reads_as_a_patient_with_their_hospital_and_its_colours(
    client: httpx.AsyncClient, as_role: AsRole, cleo: int, database: Database
) -> None:
    headers = await as_role("admin")
    assert "Hello Maria, from Bellevue General" in await said(client, headers)
    assert "Hello Cleo, from Bellevue General" in await said(client, headers, patient_id=cleo)
    shown = await mail(client, headers, patient_id=cleo)
    assert "Hello Cleo, from Bellevue General" in shown
    assert "#7a1f5c" in shown
    async with database.transaction() as tx:
        read = "select count(*) from crm.audit_log where action = 'patient.read' and patient_id = %(id)s"
        assert await tx.value(read, id=cleo) == 1


async def test_a_template_reads_in_the_language_of_each_or_in_one_that_is_chosen(
    client: httpx.AsyncClient, as_role: AsRole, cleo: int, database: Database
) -> None:
    async with database.transaction() as tx:
        made = await create(
            tx, key="flu_shot", name="Flu shot", category=Category.HEALTH_PROMOTION, purpose=Purpose.MARKETING
        )
        for language, words in (("en", "Hello {{ patient.first_name }}"), ("es", "Hola {{ patient.first_name }}")):
            await add_version(
                tx, template_id=made.id, channel=Channel.EMAIL, language=language, actor=MARKETING,
                words=Words(subject=words, body=words),
            )  # fmt: skip
    headers = await as_role("admin")
    form = {"message": "", "template_key": "flu_shot", "channels": ["email"]}
    every = await said(client, headers, **form)
    assert ("Hello Maria" in every, "Hola María" in every) == (True, True)
    assert "Hello Maria" in await mail(client, headers, **form)
    assert "Hola María" in await mail(client, headers, **form, language="es")
    theirs = await said(client, headers, **form, patient_id=cleo)
    assert ("Hola Cleo" in theirs, "Hello" in theirs) == (True, False)
    assert "Hello Cleo" in await mail(client, headers, **form, patient_id=cleo, language="en")
    preview = await client.post("/campaigns/preview", data=FORM | form, headers=headers)
    assert 'name="patient_id"' in preview.text
    assert 'data-mail="/campaigns/mail"' in preview.text


async def test_what_is_not_known_of_them_is_said_in_place_of_the_words(
    client: httpx.AsyncClient, as_role: AsRole, cleo: int
) -> None:
    headers = await as_role("admin")
    message = "Your last visit was on {{ patient.last_visit }}."
    seen = await said(client, headers, message=message, patient_id=cleo)
    assert "They would get nothing" in seen
    assert "patient.last_visit" in seen
    assert "Your last visit" not in await mail(client, headers, message=message, patient_id=cleo)
    assert "They would get nothing" in await said(client, headers, message="Hello {{ patient.shoe }}")


async def test_who_may_not_see_patients_reads_it_as_somebody_made_up(
    client: httpx.AsyncClient, as_role: AsRole, cleo: int
) -> None:
    headers = await as_role("marketing")
    assert "Hello Maria" in await said(client, headers, patient_id=cleo)
    assert "Hello Maria" in await mail(client, headers, patient_id=cleo)
    preview = await client.post("/campaigns/preview", data=FORM, headers=headers)
    assert 'name="patient_id"' not in preview.text
    desk = await as_role("front_desk")
    for path in ("/campaigns/said", "/campaigns/mail"):
        assert (await client.post(path, data=FORM, headers=desk)).status_code == 403


async def test_a_campaign_to_owners_reads_as_an_owner_of_ones_own_hospitals(
    client: httpx.AsyncClient, as_role: AsRole, database: Database, world: SmallWorld, cleo: int
) -> None:
    async with database.transaction() as tx:
        new = NewOwner(name="Ada Holdings", email="ada@example.org", hospital_ids=[world.bellevue.id])
        ada = (await add_owner(tx, new=new, actor=SYSTEM)).id
    to_owners = {"audience": "all_owners", "message": "Hello {{ owner.name }}.", "owner_id": ada}
    headers = await as_role("admin")
    assert "Hello Ada Holdings." in await said(client, headers, **to_owners)
    # a patient's id is no owner's, and an owner's no patient's
    assert "Hello Ward Holdings." in await said(client, headers, **to_owners | {"owner_id": "", "patient_id": cleo})
    assert "Hello Ward Holdings." in await said(client, headers, **to_owners | {"owner_id": 2**40})


async def test_pictures_stay_as_they_are_where_the_frame_is_turned_dark(
    client: httpx.AsyncClient, as_role: AsRole
) -> None:
    headers = await as_role("admin")
    assert "img{filter:invert" not in await mail(client, headers)
    assert "img{filter:invert" in await mail(client, headers, dark="1")


async def test_who_approves_of_a_campaign_sees_each_of_its_messages_and_its_mail(
    client: httpx.AsyncClient, as_role: AsRole, cleo: int, world: SmallWorld
) -> None:
    marketing, admin = await as_role("marketing"), await as_role("admin")
    new = {
        "name": "Flu", "targetAudience": "all_patients", "channels": ["sms", "email"], "status": "draft",
        "hospitalId": world.bellevue.id, "message": HELLO,
        "variants": [
            {"name": "A", "share": 50}, {"name": "B", "share": 50, "message": "Come, {{ patient.first_name }}."},
        ],
    }  # fmt: skip
    made = await client.post("/api/campaigns", json=new, headers=marketing)
    assert made.status_code == 201, made.text
    path = made.headers["location"].removeprefix("/api")
    page = (await client.get(f"{path}/says", headers=admin)).text
    assert "Hello Maria, from Bellevue General" in page
    assert "Version B: Come, " in page
    asked = {"which": "1", "patient_id": cleo}
    for part in ("said", "mail"):
        read = await client.post(f"{path}/{part}", data=asked, headers=admin)
        assert "Come, Cleo." in read.text, part
        assert "Come, Maria." in (await client.post(f"{path}/{part}", data=asked, headers=marketing)).text
        assert (await client.post(f"{path}/{part}", data={"which": "7"}, headers=admin)).status_code == 422
        elsewhere = await as_role("marketing", hospitals=[world.santa_lucia.id])
        assert (await client.post(f"{path}/{part}", data=asked, headers=elsewhere)).status_code == 404
    assert (await client.get(f"{path}/says", headers=await as_role("front_desk"))).status_code == 403


async def test_a_second_version_is_read_before_the_campaign_is_kept(
    client: httpx.AsyncClient, as_role: AsRole, cleo: int
) -> None:
    headers = await as_role("admin")
    split = {"other_message": "Come, {{ patient.first_name }}.", "share": "50"}
    preview = (await client.post("/campaigns/preview", data=FORM | split, headers=headers)).text
    assert "Version A: Hello {{ patient.first_name }}" in preview
    assert "Version B: Come, {{ patient.first_name }}." in preview
    assert "Hello Cleo" in await said(client, headers, **split, patient_id=cleo)
    assert "Come, Cleo." in await said(client, headers, **split, patient_id=cleo, which=1)
    assert "Come, Maria." in await mail(client, headers, **split, which=1)
