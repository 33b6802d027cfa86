"""The pages of months: running one, revenue and its import, closing, bank files, reports."""

from bedside.kit.jobs import run_waiting_jobs
from bedside.payouts.tasks import TASKS
from tests.payouts.conftest import Dealings
from tests.payouts.test_pages import page, send


async def test_a_month_is_run_in_three_steps_without_a_script(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    first = await page(deal, "/payouts/run?period=2027-01")
    assert (first.status_code, "$1,000.00" in first.text) == (200, True)
    look = await page(deal, "/payouts/run/preview?period=2027-01")
    assert (look.status_code, "Make 1 draft" in look.text, "$300.00" in look.text) == (200, True, True)
    headers = deal.headers(deal.felix)
    begun = await deal.client.post("/payouts/runs", data={"period": "2027-01"}, headers=headers)
    assert begun.status_code == 303
    at = begun.headers["location"]
    assert "Working out January 2027" in (await page(deal, at)).text
    twice = await deal.client.post("/payouts/runs", data={"period": "2027-01"}, headers=headers)
    assert twice.headers["location"] == at
    await run_waiting_jobs(deal.database, TASKS)
    over = (await page(deal, f"{at}/progress")).text
    assert "Ask a colleague to approve 1 draft" in over
    assert "made them, so you may" in (await page(deal, at, deal.fatima)).text
    assert "Done" in (await page(deal, "/payouts/runs")).text
    again = await page(deal, "/payouts/run/preview?period=2027-01")
    assert "There already" in again.text


async def test_a_month_to_come_is_refused_in_words(deal: Dealings) -> None:
    refused = await page(deal, "/payouts/run/preview?period=2031-01")
    assert (refused.status_code, "has not begun" in refused.text) == (422, True)


async def test_a_month_is_closed_and_opened_again(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    draft = await deal.draft()
    at = f"/payouts/periods/{deal.world.bellevue.id}/2027-01"
    assert "cannot be closed yet" in (await page(deal, f"{at}/close")).text
    refused = await send(deal, f"{at}/close")
    assert (refused.status_code, "Approve or discard" in refused.text) == (409, True)
    await deal.done(draft, "approve")
    assert "takes no more revenue" in (await page(deal, f"{at}/close")).text
    assert (await send(deal, f"{at}/close")).status_code == 200
    assert "Closed" in (await page(deal, "/payouts/periods")).text
    late = {"hospital_id": deal.world.bellevue.id, "revenue_on": "2027-01-15", "amount": "5", "kind": "charge"}
    entry = await send(deal, "/revenue", late)
    assert (entry.status_code, "closed" in entry.text) == (422, True)
    assert (await send(deal, "/revenue", late | {"period": "2027-02"})).status_code == 200
    assert (await send(deal, f"{at}/reopen", {"reason": ""})).status_code == 422
    assert (await send(deal, f"{at}/reopen", {"reason": "An invoice was left out"})).status_code == 200
    assert "An invoice was left out" in (await page(deal, "/payouts/periods")).text
    assert (await page(deal, f"/payouts/periods/{deal.world.bellevue.id}/nonsense/close")).status_code == 404


async def test_revenue_is_listed_summed_and_drawn(deal: Dealings) -> None:
    for day in ("2027-01-10", "2027-01-11"):
        await deal.earn(day, "1000.00")
    shown = await page(deal, "/revenue?period=2027-01")
    assert (shown.status_code, "$2,000.00" in shown.text, "data-revenue-chart" in shown.text) == (200, True, True)
    assert "Nothing was earned there" in (await page(deal, "/revenue?kind=refund")).text


async def test_a_refund_is_typed_without_its_sign(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    entry = (await deal.get("/api/revenue-entries"))["items"][0]
    form = await page(deal, f"/revenue/new?kind=refund&corrects={entry['id']}")
    assert 'value="1000.00"' in form.text
    given = {
        "hospital_id": entry["hospitalId"], "revenue_on": "2027-01-12", "amount": "40", "kind": "refund",
        "corrects": entry["id"],
    }  # fmt: skip
    assert (await send(deal, "/revenue", given | {"amount": ""})).status_code == 422
    assert (await send(deal, "/revenue", given)).status_code == 200
    assert "-$40.00" in (await page(deal, "/revenue?kind=refund")).text


async def test_a_table_is_looked_at_imported_and_undone(deal: Dealings) -> None:
    headers = deal.headers(deal.felix) | {"HX-Request": "true"}
    table = b"date,amount,external id\n2027-01-10,120.00,A1\n2027-01-11,nonsense,A2\n"

    async def hand_in(**more: str) -> str:
        answer = await deal.client.post(
            "/revenue/import",
            data={"hospital": str(deal.world.bellevue.id)} | more,
            files={"file": ("january.csv", table, "text/csv")},
            headers=headers,
        )
        assert answer.status_code == 200, answer.text
        return answer.text

    look = await hand_in()
    assert "Record 1 entry" in look
    assert "nonsense" in look
    assert (await deal.get("/api/revenue-entries"))["items"] == []
    assert "Record 1 entry" in await hand_in(do="yes", sha256="another table")
    sha256 = look.split('name="sha256" value="')[1].split('"')[0]
    assert "1 entry recorded" in await hand_in(do="yes", sha256=sha256)
    listed = await page(deal, "/revenue/import/list")
    number = listed.text.split("/revenue/imports/")[1].split("/")[0]
    assert (await send(deal, f"/revenue/imports/{number}/undo")).status_code == 200
    assert "Undone by" in (await page(deal, "/revenue/import/list")).text
    empty = await deal.client.post("/revenue/import", data={}, headers=headers)
    assert "Choose a file first" in empty.text


async def test_a_bank_file_is_made_downloaded_and_marked_paid(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    good = await deal.done(await deal.draft(), "approve")
    place = deal.world.bellevue.id
    assert "$300.00" in (await page(deal, "/payouts/batches")).text
    assert "not known which account" in (await page(deal, f"/payouts/batches/new?hospital={place}")).text
    wrong = await send(deal, f"/payouts/paying-account/{place}", {"holder": "Bellevue", "iban": "DE00"})
    assert (wrong.status_code, "check digits" in wrong.text) == (422, True)
    account = {"holder": "Bellevue", "account_number": "123456789", "routing_number": "021000021"}
    assert (await send(deal, f"/payouts/paying-account/{place}", account)).status_code == 200
    form = {"hospital_id": place, "currency": "USD", "execute_on": "2027-03-02"}
    assert "Choose at least one" in (await send(deal, "/payouts/batches", form)).text
    made = await send(deal, "/payouts/batches", form | {"payout": good["id"]})
    at = made.headers["hx-redirect"]
    assert "stands in" in (await page(deal, f"/payouts/{good['id']}")).text.lower()
    assert "unsealed" in (await page(deal, f"{at}/download")).text
    assert "Mark 1 payment as paid" in (await page(deal, f"{at}/paid")).text
    assert (await send(deal, f"{at}/paid", {"paid_on": "nonsense"})).status_code == 422
    done = await send(deal, f"{at}/paid", {"paid_on": "2027-03-01"})
    assert (done.status_code, "1 owner is told" in done.text) == (200, True)
    assert "Paid" in (await page(deal, f"{at}/region")).text


async def test_reports_show_and_lead_to_their_tables(deal: Dealings) -> None:
    await deal.earn("2027-01-10", "1000.00")
    await deal.draft()
    for group in ("month", "hospital", "owner", "contract"):
        shown = await page(deal, f"/payouts/reports?group={group}&since=2026-06&until=2027-03")
        assert (shown.status_code, "300.00" in shown.text) == (200, True), group
    aging = await page(deal, "/payouts/reports/aging")
    assert ("aging-bar" in aging.text, "1 to 30 days" in aging.text) == (True, True)
    assert "Choose an owner" in (await page(deal, "/payouts/reports/owner")).text
    assert "By month" in (await page(deal, f"/payouts/reports/owner?owner_id={deal.owner_id}")).text


async def test_every_page_is_drawn_where_there_is_nothing_yet(deal: Dealings) -> None:
    for path in (
        "/payouts", "/payouts/runs", "/payouts/run", "/payouts/periods", "/payouts/batches", "/payouts/reports",
        "/payouts/reports/aging", "/payouts/reports/owner", "/revenue", "/revenue/import", "/revenue/new",
        "/payouts/record", "/payouts/new", f"/payouts/batches/new?hospital={deal.world.bellevue.id}",
    ):  # fmt: skip
        assert (await page(deal, path)).status_code == 200, path
