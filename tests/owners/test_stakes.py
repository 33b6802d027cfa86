"""Stakes in a hospital never come to more than the whole, whoever sets them, in whatever order, at whatever moment."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bedside.accounts import Role, SignedIn
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.kit.http.problems import Problem
from bedside.owners import NewOwner, StakeGiven, add_owner, set_stakes
from tests.owners.test_owners import add
from tests.web import AsRole
from tests.world import SmallWorld

FELIX = SignedIn(kind="staff", id=7, name="Felix Marsh", role=Role.FINANCE)


@pytest.fixture
async def crowd(world: SmallWorld, fresh_database_url: str, clock: SetClock) -> AsyncIterator[Database]:
    """The same database over twelve connections."""
    database = Database(fresh_database_url, clock=clock, pool_size=12)
    await database.open()
    yield database
    await database.close()


async def race(crowd: Database, owner_ids: list[int], stakes: list[list[StakeGiven]]) -> list[Any]:
    """Sets every owner's stakes in a transaction of its own, all at once; gives what each was told."""

    async def run(owner_id: int, given: list[StakeGiven]) -> Any:
        try:
            async with crowd.transaction() as tx:
                return await set_stakes(tx, owner_id=owner_id, stakes=given, actor=FELIX)
        except Problem as problem:
            return problem.type

    return list(await asyncio.gather(*(run(*one) for one in zip(owner_ids, stakes, strict=True))))


async def partners(crowd: Database, number: int) -> list[int]:
    """Owners without a hospital yet."""
    async with crowd.transaction() as tx:
        return [(await add_owner(tx, new=NewOwner(name=f"Partner {n:02}"), actor=FELIX)).id for n in range(number)]


async def test_ten_who_are_given_thirty_percent_at_once_are_three(crowd: Database, world: SmallWorld) -> None:
    owner_ids = await partners(crowd, 10)
    thirty = [StakeGiven(hospital_id=world.bellevue.id, stake_percent="30")]
    told = await race(crowd, owner_ids, [thirty] * 10)
    assert sorted(one for one in told if isinstance(one, str)) == ["stakes-too-large"] * 7
    async with crowd.transaction() as tx:
        assert await tx.value("select sum(stake_percent) from crm.owner_hospitals") == 90


async def test_two_hospitals_set_in_either_order_do_not_deadlock(crowd: Database, world: SmallWorld) -> None:
    both = [StakeGiven(hospital_id=place.id, stake_percent="1") for place in (world.bellevue, world.santa_lucia)]
    owner_ids = await partners(crowd, 12)
    told = await race(crowd, owner_ids, [both if n % 2 else both[::-1] for n in range(12)])
    assert [len(one) for one in told] == [2] * 12, told


async def test_somebody_brought_back_from_the_archive_finds_their_part_taken(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    one, other = await add(client, finance), await add(client, finance, name="Grace Bellamy")
    stake = {"hospitals": [{"hospitalId": world.bellevue.id, "stakePercent": "60"}]}
    assert (await client.put(f"/api/owners/{one['id']}/hospitals", json=stake, headers=finance)).status_code == 200
    await client.patch(f"/api/owners/{one['id']}", json={"archived": True}, headers=finance)
    assert (await client.put(f"/api/owners/{other['id']}/hospitals", json=stake, headers=finance)).status_code == 200
    back = await client.patch(f"/api/owners/{one['id']}", json={"archived": False}, headers=finance)
    assert (back.status_code, back.json()["nextStep"]) == (422, "40 percent are left.")
    less = {"hospitals": [{"hospitalId": world.bellevue.id, "stakePercent": "40"}]}
    await client.put(f"/api/owners/{other['id']}/hospitals", json=less, headers=finance)
    again = await client.patch(f"/api/owners/{one['id']}", json={"archived": False}, headers=finance)
    assert (again.status_code, again.json()["archivedAt"]) == (200, None)


async def test_stakes_that_cannot_be_are_refused_with_a_pointer(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    path = f"/api/owners/{(await add(client, finance))['id']}/hospitals"
    here = {"hospitalId": world.bellevue.id}
    for wrong, pointer in (
        ([here, here], "/hospitals/1/hospitalId"),
        ([here | {"stakePercent": "0"}], "/hospitals/0/stakePercent"),
        ([here | {"stakePercent": "100.1"}], "/hospitals/0/stakePercent"),
        ([here | {"since": "2027-02-01", "until": "2027-01-31"}], "/hospitals/0/until"),
    ):
        answer = await client.put(path, json={"hospitals": wrong}, headers=finance)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    assert (await client.put(path, json={"hospitals": [{"hospitalId": 999}]}, headers=finance)).status_code == 404
    assert (await client.get(path, headers=finance)).json() == {"hospitals": []}


async def test_the_second_of_two_who_set_stakes_at_once_is_told(
    world: SmallWorld, client: httpx.AsyncClient, as_role: AsRole
) -> None:
    finance = await as_role("finance")
    owner = await add(client, finance)
    path = f"/api/owners/{owner['id']}"
    read = (await client.get(path, headers=finance)).headers["etag"]
    body = {"hospitals": [{"hospitalId": world.bellevue.id}]}
    answers = [await client.put(f"{path}/hospitals", json=body, headers=finance | {"if-match": read}) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 412]
