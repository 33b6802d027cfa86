"""“Dr. Smith” in a request is somebody: found whatever the title, case and accents, or everybody possible is listed."""

import pytest

from bedside.directory import (
    NewPractitioner,
    PractitionerUnclear,
    add_practitioner,
    find_practitioner,
)
from bedside.event_log import SYSTEM
from bedside.kit.database import Tx
from tests.world import SmallWorld


@pytest.mark.parametrize(
    "name", ["Dr. Smith", "Dr Smith", "smith", "SMITH", "Amelia Smith", "Smith, Amelia", "doctor smith"]
)
async def test_one_person_is_meant(tx: Tx, world: SmallWorld, name: str) -> None:
    found = await find_practitioner(tx, name=name, department="cardiology")
    assert (found.id, found.name) == (world.smith.id, "Dr. Amelia Smith")
    assert (found.department_id, found.hospital_id) == (world.cardiology.id, world.bellevue.id)


async def test_accents_do_not_count(tx: Tx, world: SmallWorld) -> None:
    nunez = NewPractitioner(first_name="José", last_name="Núñez", department_ids=[world.cardiologia.id])
    await add_practitioner(tx, new=nunez, actor=SYSTEM)
    found = await find_practitioner(tx, name="Dr. jose NUNEZ", department="Cardiologia")
    assert found.name == "Dr. José Núñez"


async def test_two_of_one_name_are_listed(tx: Tx, world: SmallWorld) -> None:
    with pytest.raises(PractitionerUnclear) as refused:
        await find_practitioner(tx, name="Dr. Chen")
    candidates = refused.value.members["candidates"]
    assert [(one["name"], one["department"]) for one in candidates] == [
        ("Dr. Lily Chen", "Pediatrics"),
        ("Dr. Wei Chen", "General Medicine"),
    ]
    assert (await find_practitioner(tx, name="Dr. Chen", department="Pediatrics")).id == world.chen_lily.id


async def test_nobody_of_the_name_lists_who_is_near(tx: Tx, world: SmallWorld) -> None:
    with pytest.raises(PractitionerUnclear, match="Nobody in Cardiology") as refused:
        await find_practitioner(tx, name="Dr. Smyth", department="Cardiology")
    assert [one["id"] for one in refused.value.members["candidates"]] == [world.smith.id, world.okafor.id]


async def test_the_hospital_narrows_it_down(tx: Tx, world: SmallWorld) -> None:
    with pytest.raises(PractitionerUnclear):
        await find_practitioner(tx, name="Dr. Smith", hospital_id=world.santa_lucia.id)
