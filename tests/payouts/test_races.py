"""Two people at once, with real connections: one payout, one approval, one payment, and numbers without gaps."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from typing import Any

from bedside.kit.database import Database
from bedside.kit.http.problems import Problem
from bedside.payouts import periods, runs, states, store_calculating
from bedside.payouts.drafting import draft_one
from bedside.payouts.model import NewPayout, NewRevenueEntry
from bedside.payouts.recording import write_down
from bedside.payouts.revenue import record_entries
from bedside.payouts.running import work_through
from tests.payouts.conftest import JANUARY, Dealings


async def at_once(works: Iterable[Callable[[], Awaitable[Any]]]) -> list[str]:
    """How each of these ended, all begun together: "done", or the type of the problem."""

    async def end(work: Callable[[], Awaitable[Any]]) -> str:
        try:
            await work()
        except Problem as problem:
            return problem.type
        return "done"

    return await asyncio.gather(*(end(work) for work in works))


def in_transaction(
    database: Database, verb: Callable[..., Awaitable[Any]], **given: Any
) -> Callable[[], Awaitable[Any]]:
    """A verb in a transaction, and so on a connection, of its own."""

    async def work() -> Any:
        async with database.transaction() as tx:
            return await verb(tx, **given)

    return work


async def test_two_approvers_and_one_of_them_approves(deal: Dealings, database: Database) -> None:
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    people = [deal.fatima, deal.world.user(deal.world.ada)]
    ended = await at_once(in_transaction(database, states.approve, payout_id=draft["id"], actor=who) for who in people)
    assert sorted(ended) == ["done", "payout-not-in-that-state"]
    assert await deal.balances() == {"revenue_share_expense": 30000, "owner_payable": -30000}


async def test_a_double_click_on_pay_pays_once(deal: Dealings, database: Database) -> None:
    await deal.earn("2027-01-10", "1000.00")
    good = await deal.done(await deal.draft(), "approve")
    ended = await at_once(
        in_transaction(database, states.pay, payout_id=good["id"], actor=deal.fatima) for _ in range(4)
    )
    assert Counter(ended) == {"done": 1, "payout-not-in-that-state": 3}
    assert await deal.value("select count(*) from crm.event_log where kind = 'payout.paid'") == 1
    assert await deal.balances() == {"revenue_share_expense": 30000, "cash_and_bank": -30000}


async def test_two_reversals_mirror_once(deal: Dealings, database: Database) -> None:
    await deal.earn("2027-01-10", "1000.00")
    paid = await deal.done(await deal.done(await deal.draft(), "approve"), "pay")
    ended = await at_once(
        in_transaction(database, states.reverse, payout_id=paid["id"], reason="Wrong", actor=deal.fatima)
        for _ in range(3)
    )
    assert Counter(ended) == {"done": 1, "payout-not-in-that-state": 2}
    assert await deal.balances() == {}


async def test_two_payments_with_one_reference_and_one_is_written_down(deal: Dealings, database: Database) -> None:
    ended = await at_once(
        in_transaction(
            database, write_down, owner_id=deal.owner_id, actor=deal.felix,
            new=NewPayout(amount=5 + n, period="2027-01", payment_method="cash", reference_number="Pay-1"),
        )
        for n in range(4)
    )  # fmt: skip
    assert Counter(ended) == {"done": 1, "reference-taken": 3}
    assert await deal.value("select count(*) from crm.owner_payouts") == 1


async def test_two_runs_make_each_payout_once(deal: Dealings, database: Database) -> None:
    for n in range(6):
        await deal.contract(await deal.owner(f"Owner {n}"))
    await deal.earn("2027-01-10", "1000.00")
    begun = []
    for hospital_id in (None, deal.world.bellevue.id):  # of the same contracts, so both may be under way
        async with database.transaction() as tx:
            begun.append(await runs.start_run(tx, period="2027-01", hospital_id=hospital_id, actor=deal.felix))
    await asyncio.gather(*(work_through(database, run_id=one.id) for one in begun))
    ended = [await deal.get(f"/api/payout-runs/{one.id}") for one in begun]
    assert [one["status"] for one in ended] == ["done", "done"]
    assert sum(one["payoutsMade"] for one in ended) == 7
    assert await deal.value("select count(*) from crm.owner_payouts") == 7
    assert await deal.value("select last from crm.payout_numbers") == 7


async def test_two_runs_of_the_same_and_one_is_begun(deal: Dealings, database: Database) -> None:
    ended = await at_once(
        in_transaction(database, runs.start_run, period="2027-01", hospital_id=1, actor=deal.felix) for _ in range(3)
    )
    assert Counter(ended) == {"done": 1, "run-under-way": 2}


async def test_numbers_have_no_gaps_though_some_drafts_are_undone(deal: Dealings, database: Database) -> None:
    class Undone(Exception):  # what goes wrong after the number was taken
        pass

    async def draft(n: int) -> None:
        try:
            async with database.transaction() as tx:
                new = NewPayout(amount=5 + n, period="2027-01")
                await write_down(tx, owner_id=deal.owner_id, new=new, actor=deal.felix)
                if n % 3 == 0:
                    raise Undone
        except Undone:
            pass

    await asyncio.gather(*(draft(n) for n in range(20)))
    numbers = await deal.value("select array_agg(reference_number order by reference_number) from crm.owner_payouts")
    assert numbers == [f"BELLEVUE-2027-{n:06d}" for n in range(1, 14)]


async def test_drafts_of_one_month_at_once_are_one_and_leave_no_gap(deal: Dealings, database: Database) -> None:
    await deal.earn("2027-01-10", "1000.00")
    about = {"contract_id": deal.contract_id, "owner_id": deal.owner_id, "period": JANUARY, "actor": deal.felix}
    ended = await at_once(in_transaction(database, draft_one, **about) for _ in range(5))
    assert Counter(ended) == {"done": 1, "payout-exists": 4}
    assert await deal.value("select last from crm.payout_numbers") == 1


async def test_closing_a_month_and_posting_into_it_never_both(deal: Dealings, database: Database) -> None:
    """Whoever is first has it: either the entry is in a month that was closed after it, or it is refused."""
    new = [NewRevenueEntry(amount="5", revenue_on=date(2027, 1, 20), hospital_id=1)]
    close = in_transaction(database, periods.close_period, hospital_id=1, period=JANUARY, actor=deal.felix)
    posts = [in_transaction(database, record_entries, new=new, actor=deal.felix) for _ in range(3)]
    ended = await at_once([posts[0], close, posts[1], posts[2]])
    assert ended[1] == "done"
    written = await deal.value("select count(*) from crm.revenue_entries")
    assert written == [ended[0], ended[2], ended[3]].count("done")
    assert set(ended) <= {"done", "period-closed"}
    assert (await at_once([posts[0]])) == ["period-closed"]


async def test_closing_a_month_and_drafting_for_it_never_both(deal: Dealings, database: Database) -> None:
    new = NewPayout(amount=5, period="2027-01")
    draft = in_transaction(database, write_down, owner_id=deal.owner_id, new=new, actor=deal.felix)
    close = in_transaction(database, periods.close_period, hospital_id=1, period=JANUARY, actor=deal.felix)
    ended = await at_once([draft, close])
    assert ended in (["done", "period-not-ready"], ["period-closed", "done"])
    closed = await deal.value("select count(*) from crm.accounting_periods where status = 'closed'")
    assert (await deal.value("select count(*) from crm.owner_payouts"), closed) in ((1, 0), (0, 1))


async def test_what_a_note_says_was_counted_is_what_was_there(deal: Dealings, database: Database) -> None:
    """Entries whose numbers were drawn before the note are waited for: none with a lower number comes later."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow_writer() -> None:
        async with database.transaction() as tx:
            await record_entries(
                tx, new=[NewRevenueEntry(amount="5", revenue_on=date(2027, 1, 20), hospital_id=1)], actor=deal.felix
            )
            begun.set()
            await go_on.wait()

    async def take_note() -> tuple[int, int]:
        async with database.transaction() as tx:
            noted = await store_calculating.note_last_entry(tx)
            counted = await tx.value("select count(*) from crm.revenue_entries where id <= %(n)s", n=noted)
        return noted, counted

    writing = asyncio.create_task(slow_writer())
    await begun.wait()
    noting = asyncio.create_task(take_note())
    waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'advisory'"
    while not await deal.value(waits):
        assert not noting.done()
    go_on.set()
    await writing
    noted, counted = await noting
    assert counted == 1
    await deal.earn("2027-01-21", "6")
    assert await deal.value("select min(id) from crm.revenue_entries where id > %(noted)s", noted=noted) > noted
