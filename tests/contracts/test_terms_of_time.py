"""Where a contract stands, and what happens as its end comes near: by the calendar of its hospital."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bedside.contracts.changing import months_later
from bedside.contracts.expiring import DAYS_AHEAD, next_end, warnings_due
from bedside.contracts.model import status_on
from bedside.contracts.store import CONTRACTS
from bedside.contracts.tasks import attend_to_terms
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from tests.contracts.conftest import Agreed, shared, terms

days = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@given(
    facts=st.lists(
        st.tuples(days, st.none() | st.integers(0, 900), st.none() | st.integers(0, 900), st.booleans()),
        min_size=1, max_size=40,
    ),
    minutes=st.integers(0, 5 * 365 * 24 * 60),
)  # fmt: skip
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_the_database_and_the_rule_agree_on_where_a_contract_stands(
    agreed: Agreed, clock: SetClock, facts: list[tuple[date, int | None, int | None, bool]], minutes: int
) -> None:
    zone = agreed.world.bellevue.zone
    clock.set(datetime(2025, 6, 1, tzinfo=UTC) + timedelta(minutes=minutes))
    today = clock.now().astimezone(zone).date()
    async with agreed.database.transaction() as tx:
        await tx.execute("delete from crm.owner_contracts")
        for starts_on, ends, terminated, signed in facts:
            await tx.execute(
                """insert into crm.owner_contracts (number, hospital_id, owner_id, title, currency, starts_on, ends_on,
                       terminated_on, signed_at, created_by_name, created_at, updated_at)
                   values (nextval('crm.contract_numbers')::text, %(place)s, %(owner)s, 'x', 'USD', %(starts)s,
                       %(ends)s, %(terminated)s, %(signed)s, 'x', %(now)s, %(now)s)""",
                place=agreed.world.bellevue.id,
                owner=agreed.harbor.id,
                starts=starts_on,
                ends=None if ends is None else starts_on + timedelta(days=ends),
                terminated=None if terminated is None else starts_on + timedelta(days=terminated),
                signed=tx.now if signed else None,
            )
        found = (await CONTRACTS.page(tx, filters={}, limit=200)).items
        assert len(found) == len(facts)
        for one in found:
            expected = status_on(
                today,
                signed_at=one.signed_at,
                starts_on=one.starts_on,
                ends_on=one.ends_on,
                terminated_on=one.terminated_on,
            )
            assert one.status == expected
        for status in ("pending", "active", "expired", "terminated"):
            filtered = (await CONTRACTS.page(tx, filters={"status": status}, limit=200)).items
            assert {one.id for one in filtered} == {one.id for one in found if one.status == status}


def test_the_last_of_a_month_stays_the_last_of_its_month() -> None:
    assert months_later(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert months_later(date(2027, 2, 28), 12) == date(2028, 2, 29)
    assert months_later(date(2027, 11, 30), 1) == date(2027, 12, 31)
    assert months_later(date(2027, 1, 15), 13) == date(2028, 2, 15)
    assert next_end(date(2027, 3, 1), date(2026, 12, 31), 1) == date(2027, 3, 31), (
        "terms that were missed are caught up"
    )


@given(deadline=days, first=st.integers(0, 200), steps=st.lists(st.integers(1, 40), max_size=30))
def test_each_warning_goes_out_once_and_none_late(deadline: date, first: int, steps: list[int]) -> None:
    """However seldom the task runs: no day warns twice, and after a warning no earlier one follows."""
    sent: set[int] = set()
    heard: list[int] = []
    today = deadline - timedelta(days=first)
    for step in [0, *steps]:
        today += timedelta(days=step)
        due = warnings_due(today, deadline, sent)
        if due:
            heard.append(due[-1])
            assert (deadline - today).days <= due[-1]
            sent |= set(due)
        assert warnings_due(today, deadline, sent) == []
    assert heard == sorted(set(heard), reverse=True)
    assert set(heard) <= set(DAYS_AHEAD)


async def warned(agreed: Agreed) -> list[Any]:
    async with agreed.database.transaction() as tx:
        return await tx.rows(
            """select data ->> 'days_ahead', owner_id from crm.event_log where kind = 'contract.expiring' order by id"""
        )


async def test_an_end_is_warned_of_at_90_60_30_and_7_days_once_each(
    agreed: Agreed, clock: SetClock, database: Database
) -> None:
    both = terms(shared((agreed.harbor.id, "40"), (agreed.grace.id, "20"), (None, None)))
    made = await agreed.signed(terms=both, ends_on=date(2027, 12, 31), renewal="ask")
    await agreed.contract(ends_on=date(2027, 12, 31), title="Nobody signed this one")
    for day in range(95, -3, -1):
        for hour in (6, 18):
            clock.set(datetime(2027, 12, 31, hour, tzinfo=UTC) - timedelta(days=day))
            await attend_to_terms(database)
    expected = [(str(days), owner) for days in (90, 60, 30, 7) for owner in (agreed.harbor.id, agreed.grace.id)]
    assert await warned(agreed) == expected
    tasks = await agreed.value(
        """select jsonb_agg(jsonb_build_array(priority, for_role, subject, subject_id) order by id) from crm.tasks"""
    )
    assert tasks == [[urgency, "finance", "contract", made.id] for urgency in ("normal", "normal", "urgent", "urgent")]
    title = await agreed.value("select title from crm.tasks order by id limit 1")
    assert title == "The end of contract C-1001, Revenue share, with Harbor Health is in 90 days"


async def test_what_goes_on_by_itself_is_warned_of_before_the_last_day_of_notice_and_renewed_at_its_end(
    agreed: Agreed, clock: SetClock, database: Database
) -> None:
    made = await agreed.signed(ends_on=date(2027, 12, 31), renewal="automatic", renewal_months=12, notice_days=90)
    clock.set(datetime(2027, 7, 5, 12, tzinfo=UTC))  # 90 days before 2 October, the last day to give notice
    await attend_to_terms(database)
    assert await warned(agreed) == [("89", agreed.harbor.id)]
    assert "notice" in await agreed.value("select title from crm.tasks")
    clock.set(datetime(2027, 12, 31, 4, 59, tzinfo=UTC))  # still the 30th at Bellevue
    await attend_to_terms(database)
    assert await agreed.value("select ends_on from crm.owner_contracts") == date(2027, 12, 31)
    clock.set(datetime(2027, 12, 31, 5, 1, tzinfo=UTC))
    for _ in range(3):
        await attend_to_terms(database)
    assert await agreed.value("select ends_on from crm.owner_contracts") == date(2028, 12, 31)
    assert await agreed.value("select count(*) from crm.event_log where kind = 'contract.renewed'") == 1
    event = await agreed.value("select data from crm.event_log where kind = 'contract.renewed'")
    assert (event["automatic"], event["contract_id"]) == (True, made.id)
    clock.set(datetime(2031, 5, 1, 12, tzinfo=UTC))  # nothing ran for years
    await attend_to_terms(database)
    assert await agreed.value("select ends_on from crm.owner_contracts") == date(2031, 12, 31)


async def test_nothing_goes_on_that_was_terminated(agreed: Agreed, clock: SetClock, database: Database) -> None:
    await agreed.signed(ends_on=date(2027, 12, 31), renewal="automatic", renewal_months=12)
    async with agreed.database.transaction() as tx:
        await tx.execute("update crm.owner_contracts set terminated_on = '2027-06-30'")
    clock.set(datetime(2027, 12, 31, 12, tzinfo=UTC))
    await attend_to_terms(database)
    assert await agreed.value("select ends_on from crm.owner_contracts") == date(2027, 12, 31)
    assert await warned(agreed) == []
