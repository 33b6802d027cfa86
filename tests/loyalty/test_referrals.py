"""Bringing a friend: by code at the desk, by link through online booking, completed by the friend's first visit."""

import csv
import io
from datetime import timedelta

import httpx
import pytest

from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.loyalty import links
from bedside.loyalty.referral_words import WORDS
from bedside.patient_access import LinkOver, LinkUnknown
from bedside.patients import NewPatient, Patient, register
from bedside.scheduling import book, check_in, complete, undo
from tests.loyalty.desk import Desk
from tests.web import AsRole
from tests.world import SmallWorld

PATH = "/api/loyalty/referrals"


@pytest.fixture
async def desk(client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: AsRole) -> Desk:
    """The desk, as an administrator."""
    return await Desk(client, world, database, as_role).sign_in()


async def newcomer(desk: Desk, phone: str = "+12125550199") -> Patient:
    """Somebody who has not been here yet."""
    async with desk.database.transaction() as tx:
        new = NewPatient(first_name="Nora", last_name="Nielsen", phone=phone, hospital_id=desk.world.bellevue.id)
        return await register(tx, new=new, actor=SYSTEM)


async def code_of(desk: Desk, patient_id: int) -> str:
    """Their personal code; points to speak of are not needed for one."""
    await desk.post(f"/api/loyalty/{patient_id}/links", None)
    found = await desk.get(f"/api/loyalty/{patient_id}/referral-code")
    assert found["link"] == f"http://bedside.test/r/{found['code']}"
    return str(found["code"])


async def visit(desk: Desk, patient_id: int, *, hours: int = 1) -> int:
    """A visit that took place; its id."""
    async with desk.database.transaction() as tx:
        made = await book(
            tx, actor=SYSTEM, patient_id=patient_id, practitioner_id=desk.world.smith.id,
            starts_at=tx.now + timedelta(hours=hours), override_reason="a test",
        )  # fmt: skip
        await check_in(tx, appointment_id=made.id, actor=SYSTEM)
        await complete(tx, appointment_id=made.id, actor=SYSTEM)
    return made.id


async def take_back(desk: Desk, appointment_id: int) -> None:
    """The visit did not take place after all."""
    async with desk.database.transaction() as tx:
        await undo(tx, appointment_id=appointment_id, actor=SYSTEM)


async def earned(desk: Desk, patient_id: int, rule: str) -> int:
    """Points that somebody has by a rule."""
    async with desk.database.transaction() as tx:
        return int(
            await tx.value(
                """select coalesce(sum(points), 0) from loyalty.point_lots
                   where patient_id = %(id)s and rule = %(rule)s and reversed_at is null""",
                id=patient_id,
                rule=rule,
            )
        )


async def test_the_friends_first_visit_brings_two_hundred_points_once(desk: Desk) -> None:
    maria, friend = desk.world.maria.id, (await newcomer(desk)).id
    code = await code_of(desk, maria)
    made = await desk.post(PATH, {"code": code.lower().replace("-", " "), "friendId": friend})
    assert (made["status"], made["referrerId"], made["friendName"]) == ("pending", maria, "Nora Nielsen")
    assert await earned(desk, maria, "referral") == 0
    first = await visit(desk, friend)
    done = await desk.get(f"{PATH}/{made['id']}")
    assert (done["status"], done["appointmentId"]) == ("completed", first)
    assert await earned(desk, maria, "referral") == 200
    await visit(desk, friend, hours=3)
    assert await earned(desk, maria, "referral") == 200


async def test_a_visit_undone_takes_it_back_and_the_next_one_completes_it_again(desk: Desk) -> None:
    maria, friend = desk.world.maria.id, (await newcomer(desk)).id
    made = await desk.post(PATH, {"code": await code_of(desk, maria), "friendId": friend})
    first = await visit(desk, friend)
    await take_back(desk, first)
    again = await desk.get(f"{PATH}/{made['id']}")
    assert (again["status"], again["appointmentId"], again["completedAt"]) == ("pending", None, None)
    assert (await earned(desk, maria, "referral"), await desk.balance(maria)) == (0, 0)
    second = await visit(desk, friend, hours=3)
    assert (await desk.get(f"{PATH}/{made['id']}"))["appointmentId"] == second
    assert (await earned(desk, maria, "referral"), await desk.balance(maria)) == (200, 200)


async def test_a_first_visit_undone_after_a_second_leaves_the_friend_brought(desk: Desk) -> None:
    maria, friend = desk.world.maria.id, (await newcomer(desk)).id
    made = await desk.post(PATH, {"code": await code_of(desk, maria), "friendId": friend})
    first = await visit(desk, friend)
    second = await visit(desk, friend, hours=3)
    await take_back(desk, first)
    assert (await desk.get(f"{PATH}/{made['id']}"))["appointmentId"] == second
    assert await earned(desk, maria, "referral") == 200
    await take_back(desk, second)
    assert await earned(desk, maria, "referral") == 0


async def test_nobody_brings_themselves_the_same_phone_or_a_patient_of_old(desk: Desk) -> None:
    world = desk.world
    code = await code_of(desk, world.tom.id)

    async def because(friend_id: int) -> str:
        kind, problem = await desk.refused(PATH, {"code": code, "friendId": friend_id}, 409)
        assert kind == "referral-refused"
        return str(problem["because"])

    assert await because(world.tom.id) == "nobody brings themselves"
    assert await because(world.emma.id) == "both have the same phone"
    await visit(desk, world.maria.id)
    assert await because(world.maria.id) == "the friend had a completed visit before"
    assert await desk.rows("referrals") == 0


async def test_two_do_not_bring_each_other_and_a_friend_counts_for_who_came_first(desk: Desk) -> None:
    world = desk.world
    marias, tommy = await code_of(desk, world.maria.id), await code_of(desk, world.tom.id)
    first = await desk.post(PATH, {"code": marias, "friendId": world.tom.id})
    kind, problem = await desk.refused(PATH, {"code": tommy, "friendId": world.maria.id}, 409)
    assert (kind, problem["because"]) == ("referral-refused", "the friend is the one who brought them")
    jims = await code_of(desk, world.james.id)
    kind, problem = await desk.refused(PATH, {"code": jims, "friendId": world.tom.id}, 409)
    assert (kind, problem["referralId"]) == ("referral-exists", first["id"])


async def test_codes_that_are_nobodys_and_friends_who_are_not_there(desk: Desk) -> None:
    for code in ("C2F4-GH67", "x", "🎁"):
        kind, problem = await desk.refused(PATH, {"code": code, "friendId": desk.world.tom.id}, 422)
        assert (kind, problem["errors"][0]["pointer"]) == ("referral-code-unknown", "/code")
    code = await code_of(desk, desk.world.maria.id)
    assert (await desk.refused(PATH, {"code": code, "friendId": 999999}, 404))[0] == "no-such-patient"
    await desk.refused(PATH, {"code": code}, 422)
    await desk.get(f"{PATH}/999999", 404)
    await desk.get(f"/api/loyalty/{desk.world.rosa.id}/referral-code", 404)


async def test_who_turns_out_to_share_a_phone_does_not_count_after_all(desk: Desk) -> None:
    maria, friend = desk.world.maria.id, (await newcomer(desk)).id
    made = await desk.post(PATH, {"code": await code_of(desk, maria), "friendId": friend})
    changed = await desk.client.patch(f"/api/patients/{friend}", json={"phone": "+12125550142"}, headers=desk.headers)
    assert changed.status_code == 200
    await visit(desk, friend)
    refused = await desk.get(f"{PATH}/{made['id']}")
    assert (refused["status"], refused["because"]) == ("refused", "both have the same phone")
    assert await earned(desk, maria, "referral") == 0


async def test_the_list_and_its_table(desk: Desk, as_role: AsRole) -> None:
    code = await code_of(desk, desk.world.maria.id)
    made = await desk.post(PATH, {"code": code, "friendId": (await newcomer(desk)).id})
    for query, there in (("status=pending", 1), ("status=completed", 0), (f"referrerId={desk.world.maria.id}", 1)):
        assert len((await desk.get(f"{PATH}?{query}"))["items"]) == there
    table = await desk.client.get(f"{PATH}/export", headers=desk.headers)
    [_, line] = csv.reader(io.StringIO(table.content.decode("utf-8-sig")))
    assert line[:6] == [
        str(made["id"]),
        str(desk.world.maria.id),
        "Maria Alvarez",
        str(made["friendId"]),
        "Nora Nielsen",
        "pending",
    ]
    await desk.get(PATH, 403, headers=await as_role("marketing"))


async def test_links_to_ones_own_points_are_made_opened_and_ended(desk: Desk, clock: SetClock) -> None:
    maria = desk.world.maria.id
    made = await desk.post(f"/api/loyalty/{maria}/links", None)
    token = made["link"].removeprefix("http://bedside.test/p/")
    async with desk.database.transaction() as tx:
        assert (await links.open_account_link(tx, token)).patient_id == maria
        assert await tx.value("select last_used_at from loyalty.account_links") is None
        await links.open_account_link(tx, token, acting=True)
        assert await tx.value("select last_used_at from loyalty.account_links") == tx.now
        assert token not in str(await tx.rows("select * from loyalty.account_links"))
        with pytest.raises(LinkUnknown):
            await links.open_account_link(tx, "nonsense")
    ended = await desk.client.delete(f"/api/loyalty/{maria}/links", headers=desk.headers)
    assert ended.json() == {"ended": 1}
    async with desk.database.transaction() as tx:
        with pytest.raises(LinkOver):
            await links.open_account_link(tx, token)
        other = (await links.account_link(tx, maria)).removeprefix("http://bedside.test/p/")
    await desk.wait(clock, days=181)
    async with desk.database.transaction() as tx:
        with pytest.raises(LinkOver):
            await links.open_account_link(tx, other)
    await desk.post("/api/loyalty/999999/links", None, 404)


async def test_the_invitation_shows_where_to_book_and_names_nobody(desk: Desk) -> None:
    code = await code_of(desk, desk.world.maria.id)
    page = await desk.client.get(f"/r/{code}")
    assert page.status_code == 200
    assert "A friend invites you" in page.text
    assert "Bellevue General" in page.text
    assert "200 points" in page.text
    assert "Maria" not in page.text
    assert "set-cookie" not in page.headers or "bedside_referral" not in page.headers["set-cookie"]
    assert await desk.rows("referrals") == 0
    for language, title in (("es", WORDS["es"]["title"]), ("ar", WORDS["ar"]["title"])):
        said = await desk.client.get(f"/r/{code}?lang={language}")
        assert title in said.text
        assert ('dir="rtl"' in said.text) is (language == "ar")
    unknown = await desk.client.get("/r/C2F4-GH67", headers={"accept": "text/html"})
    assert (unknown.status_code, "/book" in unknown.text) == (404, True)
    assert (await desk.client.get(f"/r/{code}/qr.svg")).headers["content-type"] == "image/svg+xml"


def test_every_language_has_the_same_words() -> None:
    assert len({frozenset(words) for words in WORDS.values()}) == 1
