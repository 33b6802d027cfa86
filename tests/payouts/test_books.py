"""Whatever becomes of payouts, in whatever order: the books balance, each can be reckoned again, and reversing all of
them brings every account back to nothing."""

from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from bedside.kit.database import Database
from bedside.kit.http.problems import Problem
from bedside.payouts import load_payout_variables, proving, states, store_payouts
from bedside.payouts.drafting import draft_one
from bedside.payouts.model import NewPayout, NewRevenueEntry, PeriodUnreadable
from bedside.payouts.months import month_after, read_month
from bedside.payouts.recording import write_down
from bedside.payouts.revenue import record_entries
from tests.payouts.conftest import JANUARY, Dealings, thirty_percent

MONTHS = [date(2026, 11, 1), date(2026, 12, 1), JANUARY]
BALANCES = """select coalesce(jsonb_object_agg(account, sum), '{}') from (
                  select account, sum(amount_minor) from crm.journal_lines group by account
                  having sum(amount_minor) <> 0) s"""


async def step(deal: Dealings, random: Random, n: int) -> None:
    """Something that staff do; where it is not allowed as things stand, nothing happens."""
    with suppress(Problem):
        async with deal.database.transaction() as tx:
            what = random.random()
            month = random.choice(MONTHS)
            payout_id = random.choice(await tx.value("select array_agg(id order by id) from crm.owner_payouts") or [0])
            if what < 0.25:
                day = month + timedelta(days=random.randrange(28))
                amount = f"{random.randint(-40000, 100000) or 1}.{random.randrange(100):02d}"
                entry = NewRevenueEntry(amount=amount, revenue_on=day, hospital_id=1)
                await record_entries(tx, new=[entry], actor=deal.felix)
            elif what < 0.45:
                await draft_one(
                    tx, contract_id=deal.contract_id, owner_id=deal.owner_id, period=month, actor=deal.felix
                )
            elif what < 0.52:
                new = NewPayout(
                    amount=random.randint(1, 900), period=f"{month:%Y-%m}", payment_method="cash",
                    reference_number=f"PAY-{n}",
                )  # fmt: skip
                await write_down(tx, owner_id=deal.owner_id, new=new, actor=deal.felix)
            elif what < 0.72:
                await states.approve(tx, payout_id=payout_id, actor=deal.fatima)
            elif what < 0.77:
                await states.return_to_draft(tx, payout_id=payout_id, actor=deal.fatima)
            elif what < 0.81:
                await states.discard(tx, payout_id=payout_id, actor=deal.fatima)
            elif what < 0.93:
                await states.pay(tx, payout_id=payout_id, actor=deal.fatima)
            else:
                await states.reverse(tx, payout_id=payout_id, reason="At random", actor=deal.fatima)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_reversing_everything_brings_every_account_back(deal: Dealings, database: Database, seed: int) -> None:
    random = Random(seed)
    guarantee = [{"ownerId": deal.owner_id, "amount": "500", "period": "month"}]
    contract_id = await deal.contract(deal.owner_id, thirty_percent(deal.owner_id, "37.1234", guarantees=guarantee))
    deal = Dealings(**{name: getattr(deal, name) for name in deal.__dataclass_fields__} | {"contract_id": contract_id})
    for n in range(120):
        await step(deal, random, n)
    async with database.transaction() as tx:
        assert await tx.value("select coalesce(sum(amount_minor), 0) from crm.journal_lines") == 0
        ids = await tx.value("select array_agg(id order by id) from crm.owner_payouts")
        rows = await store_payouts.payouts(tx, ids)
        for row in rows:
            assert (await proving.recompute(tx, row)).same, row
            lines = await store_payouts.lines(tx, [row.id])
            assert sum(line.amount_minor for line in lines) == row.amount_minor >= 0
    assert len({row.status for row in rows}) >= 3, Counter(row.status for row in rows)
    assert len(rows) > 8
    # the later ones first, since they may stand on the earlier
    for _ in range(6):
        for row in sorted(rows, key=lambda one: (one.kind == "recorded", -one.period.toordinal())):
            for deed in (undo_approval, discard, reverse):
                with suppress(Problem):
                    async with database.transaction() as tx:
                        await deed(tx, row.id, deal)
    async with database.transaction() as tx:
        left = await tx.value("select count(*) from crm.owner_payouts where status not in ('reversed', 'discarded')")
        assert (left, await tx.value(BALANCES)) == (0, {})


async def undo_approval(tx: Any, payout_id: int, deal: Dealings) -> None:
    await states.return_to_draft(tx, payout_id=payout_id, actor=deal.fatima)


async def discard(tx: Any, payout_id: int, deal: Dealings) -> None:
    await states.discard(tx, payout_id=payout_id, actor=deal.fatima)


async def reverse(tx: Any, payout_id: int, deal: Dealings) -> None:
    await states.reverse(tx, payout_id=payout_id, reason="All of it", actor=deal.fatima)


async def test_what_an_owner_is_told_is_in_their_language_and_masks_the_account(
    deal: Dealings, database: Database
) -> None:
    await deal.earn("2027-01-10", "12345.60")
    draft = await deal.draft()
    async with database.transaction() as tx:
        assert "draft" in str(await load_payout_variables(tx, draft["id"], "en"))
    paid = await deal.done(await deal.done(draft, "approve"), "pay")
    async with database.transaction() as tx:
        said: Any = await load_payout_variables(tx, paid["id"], "en")
        assert said["payout"] == {
            "amount": "$3,703.68", "currency": "USD", "period": "January 2027", "reference": "BELLEVUE-2027-000001",
            "method": "bank transfer", "account": "•••• 6789", "payment_reference": "", "paid_on": "March 1, 2027",
        }  # fmt: skip
        assert said["owner"] == {"name": "Harbor Health Partners"}
        said = await load_payout_variables(tx, paid["id"], "es-MX")
        assert (said["payout"]["period"], said["payout"]["paid_on"]) == ("enero de 2027", "1 de marzo de 2027")
        assert "000123456789" not in str(said)


@pytest.mark.parametrize(
    ("words", "locale"),
    [
        ("October 2026", "en"), ("october, 2026", "en"), ("Oct 2026", "en"), ("Oct. 2026", "en"),
        ("2026 October", "en"),
        ("2026-10", "en"), ("10/2026", "en"), ("2026/10", "en"), ("10.2026", "de"), (" October  2026 ", "en"),
        ("octubre de 2026", "es-MX"), ("octubre 2026", "en"), ("أكتوبر 2026", "ar"), ("październik 2026", "pl"),
    ],
)  # fmt: skip
def test_months_as_people_write_them(words: str, locale: str) -> None:
    assert read_month(words, locale=locale) == date(2026, 10, 1)


@pytest.mark.parametrize("words", ["", "2026", "October", "13/2026", "0/2026", "Smarch 2026", "2026-1-1", "10/26"])
def test_what_is_no_month_is_told(words: str) -> None:
    with pytest.raises(PeriodUnreadable) as told:
        read_month(words)
    assert told.value.errors[0]["pointer"] == "/period"
    assert told.value.next_step


def test_months_go_on_over_the_year() -> None:
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)
    assert month_after(date(2026, 1, 1), -1) == date(2025, 12, 1)
