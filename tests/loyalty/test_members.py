"""Members as lists and the report show them, and awards to many."""

import asyncio
import csv
import io
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from bedside.accounts import Role
from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from bedside.kit.http.problems import Forbidden
from bedside.kit.jobs import run_waiting_jobs
from bedside.loyalty import award, commands, load_loyalty_variables, reverse
from bedside.loyalty.bulk import _piece, award_many, work_through
from bedside.loyalty.bulk_model import NewBulkAward
from bedside.loyalty.rebuilding import prove, rebuild
from bedside.loyalty.tasks import TASKS
from bedside.loyalty.upkeep import expire, warn
from bedside.scheduling import undo
from tests.loyalty.desk import Desk, in_transaction
from tests.queries import QueryCount
from tests.web import AsRole
from tests.world import SmallWorld


@pytest.fixture
async def desk(client: httpx.AsyncClient, world: SmallWorld, database: Database, as_role: AsRole) -> Desk:
    """The desk, as an administrator."""
    return await Desk(client, world, database, as_role).sign_in()


async def completed(desk: Desk, patient_id: int, days_ago: int) -> int:
    """A visit that was completed so many days ago, before there was a program."""
    async with desk.database.transaction() as tx:
        made: int = await tx.value(
            """insert into crm.appointments (hospital_id, department_id, practitioner_id, patient_id, during, occupied,
                   status, source, booked_by_name, completed_at, created_at, updated_at)
               values (%(hospital)s, %(department)s, %(doctor)s, %(patient)s, tstzrange(%(at)s, %(until)s),
                   tstzrange(%(at)s, %(until)s), 'completed', 'desk', 'Frida', %(until)s, %(at)s, %(at)s)
               returning id""",
            hospital=desk.world.bellevue.id, department=desk.world.cardiology.id, doctor=desk.world.smith.id,
            patient=patient_id, at=tx.now - timedelta(days=days_ago, minutes=30),
            until=tx.now - timedelta(days=days_ago),
        )  # fmt: skip
    return made


async def test_members_are_listed_filtered_sorted_and_exported(desk: Desk, query_count: QueryCount) -> None:
    maria, james, silent = desk.world.maria.id, desk.world.james.id, desk.world.silent.id
    for patient, points in ((maria, 600), (james, 40), (silent, 90)):
        await desk.give(patient, points)
    with query_count() as one:
        found = (await desk.get("/api/loyalty?limit=1"))["items"]
    with query_count() as many:
        await desk.get("/api/loyalty")
    assert len(one) == len(many)
    assert [(one["patientId"], one["balance"], one["tier"]) for one in found] == [(maria, 600, "silver")]
    by_tier = (await desk.get("/api/loyalty?tier=bronze&sort=balance"))["items"]
    assert [one["patientId"] for one in by_tier] == [james, silent]
    assert [one["patientId"] for one in (await desk.get("/api/loyalty?minBalance=90&sort=name"))["items"]]
    assert [one["patientId"] for one in (await desk.get("/api/loyalty?q=alvar"))["items"]] == [maria]
    assert (await desk.get("/api/loyalty?lapsesWithinDays=30"))["items"] == []
    assert len((await desk.get("/api/loyalty?lapsesWithinDays=730"))["items"]) in (0, 3)
    first = await desk.get("/api/loyalty?sort=name&limit=2")
    rest = await desk.get(f"/api/loyalty?sort=name&limit=2&cursor={first['next']}")
    names = [one["patientName"] for one in first["items"] + rest["items"]]
    assert names == sorted(names)
    assert rest["next"] is None
    table = await desk.client.get("/api/loyalty/export", headers=desk.headers)
    lines = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert (lines[0][0], len(lines)) == ("patientId", 4)
    await desk.get("/api/loyalty?sort=luck", 422)


async def test_the_report_adds_up(desk: Desk, clock: SetClock) -> None:
    maria, james = desk.world.maria.id, desk.world.james.id
    await desk.give(maria, 600)
    await desk.give(james, 100)
    made = await desk.redeem(maria, await desk.reward(250))
    async with desk.database.transaction() as tx:
        await award(tx, patient_id=james, points=70, rule="visit_completed", source="appointment:1", actor=SYSTEM)
        await reverse(tx, rule="visit_completed", source="appointment:1", reason="not so", actor=SYSTEM)
    marketing = await desk.as_role(Role.MARKETING)
    found = await desk.get("/api/loyalty/report?from=2027-01-01&to=2027-03-31", headers=marketing)
    assert (found["earned"], found["spent"], found["reversed"], found["expired"]) == (770, 250, 70, 0)
    assert (found["outstanding"], found["members"], found["liabilityMinor"]) == (450, 2, None)
    assert [(one["code"], one["members"]) for one in found["tiers"]][:2] == [("bronze", 1), ("silver", 1)]
    assert [(one["month"], one["outstanding"]) for one in found["months"]] == [
        ("2027-01-01", 0), ("2027-02-01", 0), ("2027-03-01", 450),
    ]  # fmt: skip
    assert found["byRule"] == [{"rule": "manual", "awards": 2, "points": 700}]
    await desk.post(f"/api/loyalty/redemptions/{made['id']}/cancel", {"reason": "Not wanted"}, 200)
    clock.advance(timedelta(days=732))
    await expire(desk.database)
    await desk.sign_in()
    found = await desk.get("/api/loyalty/report?from=2027-03-01&to=2029-03-31")
    assert (found["spent"], found["expired"], found["outstanding"]) == (0, 700, 0)
    await desk.get("/api/loyalty/report?from=2027-03-02&to=2027-03-01", 422)


async def test_visits_before_there_was_a_program_are_awarded_once(desk: Desk) -> None:
    maria, james = desk.world.maria.id, desk.world.james.id
    for patient, days_ago in ((maria, 3), (maria, 40), (james, 3), (james, 400)):
        await completed(desk, patient, days_ago)
    asked = {"fromDay": "2026-12-01", "untilDay": "2027-03-01"}
    for awarded, skipped in ((3, 0), (0, 3)):
        made = await desk.post("/api/loyalty/bulk-awards", asked)
        assert (made["status"], made["total"]) == ("running", 3)
        await run_waiting_jobs(desk.database, TASKS)
        now = await desk.get(f"/api/loyalty/bulk-awards/{made['id']}")
        assert (now["status"], now["awarded"], now["skipped"]) == ("done", awarded, skipped)
    assert (await desk.balance(maria), await desk.balance(james)) == (200, 100)
    async with desk.database.transaction() as tx:
        assert (await prove(tx)).holds


async def somebody_waits(desk: Desk) -> None:
    """Until a connection waits for a row that another holds."""
    for _ in range(500):
        async with desk.database.transaction() as tx:
            waiting = await tx.value(
                """select count(*) from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'"""
            )
        if waiting:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waited")


@pytest.mark.parametrize("undone_first", [True, False])
async def test_a_visit_undone_while_many_are_awarded_keeps_no_points(desk: Desk, undone_first: bool) -> None:
    maria, frida, ada = desk.world.maria.id, desk.world.user(desk.world.frida), desk.world.user(desk.world.ada)
    visit = await completed(desk, maria, 0)
    async with desk.database.transaction() as tx:
        made = await award_many(
            tx, new=NewBulkAward(from_day=tx.now.date() - timedelta(days=1), until_day=tx.now.date()), actor=ada
        )
    async with desk.database.transaction() as tx:
        if undone_first:
            await undo(tx, appointment_id=visit, actor=frida)
            other: asyncio.Future[Any] = asyncio.ensure_future(work_through(desk.database, made.id))
        else:
            await _piece(tx, made.id)
            undoing = in_transaction(desk.database, undo, appointment_id=visit, actor=frida)
            other = asyncio.ensure_future(undoing())
        await somebody_waits(desk)
    await other
    assert await desk.balance(maria) == 0
    assert (await desk.get(f"/api/loyalty/bulk-awards/{made.id}"))["awarded"] == (0 if undone_first else 1)


async def test_a_bonus_for_many_settles_what_one_of_them_owes(desk: Desk) -> None:
    maria, james = desk.world.maria.id, desk.world.james.id
    async with desk.database.transaction() as tx:
        await award(tx, patient_id=maria, points=100, rule="visit_completed", source="appointment:1", actor=SYSTEM)
    await desk.redeem(maria, await desk.reward(70))
    async with desk.database.transaction() as tx:
        await reverse(tx, rule="visit_completed", source="appointment:1", reason="not so", actor=SYSTEM)
    await desk.post(
        "/api/loyalty/bulk-awards", {"patientIds": [maria, james, maria], "points": 600, "reason": "Spring"}
    )
    await run_waiting_jobs(desk.database, TASKS)
    assert (await desk.balance(maria), await desk.balance(james)) == (530, 600)
    assert (await desk.get(f"/api/loyalty/{maria}"))["tier"] == "silver"
    async with desk.database.transaction() as tx:
        assert (await prove(tx)).holds


async def test_who_rises_among_many_is_told_as_one_by_themselves_would_be(desk: Desk, clock: SetClock) -> None:
    maria, james = desk.world.maria.id, desk.world.james.id
    for points, told in ((400, {}), (200, {maria: "Silver", james: "Silver"}), (100, {})):
        async with desk.database.transaction() as tx:
            await tx.execute("delete from communications.message_queue")
        await desk.post(
            "/api/loyalty/bulk-awards", {"patientIds": [maria, james], "points": points, "reason": "Spring"}
        )
        await run_waiting_jobs(desk.database, TASKS)
        async with desk.database.transaction() as tx:
            queued = await tx.rows(
                """select person_id, variables->'tier'->>'name', template_key, purpose, about
                   from communications.message_queue"""
            )
        assert {patient: tier for patient, tier, *_ in queued} == told
        assert {tuple(rest) for _, _, *rest in queued} <= {("loyalty_tier_raised", "transactional", "loyalty")}
        clock.advance(timedelta(minutes=1))


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"patientIds": [], "points": 5, "reason": "x"},
        {"patientIds": [1], "reason": "x"},
        {"patientIds": [1], "points": 5},
        {"patientIds": [1], "points": 5, "reason": "x", "fromDay": "2027-01-01", "untilDay": "2027-01-02"},
        {"fromDay": "2027-01-02", "untilDay": "2027-01-01"},
        {"fromDay": "2027-01-02"},
        {"fromDay": "2027-01-01", "untilDay": "2027-01-02", "points": 5},
    ],
)
async def test_what_nobody_can_be_awarded_is_refused(desk: Desk, asked: dict[str, object]) -> None:
    await desk.post("/api/loyalty/bulk-awards", asked, 422)
    assert await desk.rows("bulk_awards") == 0


async def test_rebuilding_puts_right_what_somebody_changed_by_hand(desk: Desk) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 100)
    async with desk.database.transaction() as tx:
        await tx.execute("update loyalty.point_lots set left_over = 37")
        await tx.execute("update loyalty.patient_points set owed = 5")
    async with desk.database.transaction() as tx:
        found = await rebuild(tx)
        assert [(one.left_over, one.by_entries) for one in found.lots] == [(37, 100)]
        assert [(one.owed, one.by_entries) for one in found.owed] == [(5, 0)]
    async with desk.database.transaction() as tx:
        assert (await prove(tx)).holds
    assert await desk.balance(maria) == 100


async def test_the_command_line_holds_accounts_against_the_ledger_and_awards_the_past(desk: Desk) -> None:
    maria, email = desk.world.maria.id, desk.world.ada.email
    await completed(desk, maria, 3)
    said = await commands.award_visits(
        desk.database, since=date(2027, 2, 1), until=date(2027, 3, 1), hospital_id=None, email=email
    )
    assert said == "1 of 1 visits earned points; 0 had earned them before."
    assert await commands.hold_against_ledger(desk.database, fix=False) == "Every account says what its ledger says."
    async with desk.database.transaction() as tx:
        await tx.execute("update loyalty.point_lots set left_over = 37")
    assert "37 left, the ledger says 100" in await commands.hold_against_ledger(desk.database, fix=False)
    assert "Set to what the ledger says." in await commands.hold_against_ledger(desk.database, fix=True)
    assert await desk.balance(maria) == 100
    with pytest.raises(Forbidden):
        await commands.award_visits(
            desk.database, since=date(2027, 2, 1), until=date(2027, 3, 1), hospital_id=None,
            email=desk.world.frida.email,
        )  # fmt: skip


async def test_members_are_told_of_a_tier_a_voucher_and_what_expires(desk: Desk, clock: SetClock) -> None:
    maria = desk.world.maria.id
    await desk.give(maria, 600)
    await desk.redeem(maria, await desk.reward(100, name="Tea"))
    clock.advance(timedelta(days=710))
    await warn(desk.database)
    await warn(desk.database)  # once for each lot
    async with desk.database.transaction() as tx:
        queued = await tx.rows(
            "select template_key, variables from communications.message_queue where about like 'loyalty%%' order by id"
        )
        told = await load_loyalty_variables(tx, maria, "es", expiring=True)
    assert [row[0] for row in queued] == ["loyalty_tier_raised", "loyalty_voucher", "loyalty_expiring"]
    assert queued[0][1] == {"tier": {"name": "Silver"}}
    assert "code" not in str(queued[1][1])
    assert isinstance(told, dict)
    assert told["expiring"] == {"points": 500, "day": "jueves, 1 de marzo"}
    assert told["links"]["points"].startswith("http://bedside.test/p/")
