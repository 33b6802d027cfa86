"""The pages of payouts: the list, one payout, and what is done from it."""

from typing import Any

import httpx

from bedside.accounts import Role, SignedIn
from tests.payouts.conftest import Dealings, thirty_percent
from tests.payouts.people import as_owner
from tests.queries import QueryCount


async def page(deal: Dealings, path: str, who: SignedIn | None = None) -> httpx.Response:
    """A page as Felix, or somebody else, opens it."""
    return await deal.client.get(path, headers=deal.headers(who or deal.felix))


async def send(deal: Dealings, path: str, form: dict[str, Any] | None = None, who: SignedIn | None = None) -> Any:
    """A form as a script sends it."""
    headers = deal.headers(who or deal.felix) | {"HX-Request": "true"}
    return await deal.client.post(path, data=form or {}, headers=headers)


async def drafted(deal: Dealings) -> Any:
    await deal.earn("2027-01-10", "1000.00")
    return await deal.draft()


async def test_the_list_says_what_waits(deal: Dealings) -> None:
    assert "Run a month" in (await page(deal, "/payouts")).text
    draft = await drafted(deal)
    shown = await page(deal, "/payouts?status=draft&period=2027-01&q=harbor")
    assert (shown.status_code, draft["referenceNumber"] in shown.text, "$300.00" in shown.text) == (200, True, True)
    assert "No such payout" in (await page(deal, "/payouts?status=paid")).text
    assert "$300.00" in (await page(deal, "/payouts/figures")).text
    assert (await page(deal, "/payouts?sort=nonsense")).status_code == 422


async def test_the_list_asks_as_much_for_one_as_for_many(deal: Dealings, query_count: QueryCount) -> None:
    await drafted(deal)
    with query_count() as one:
        await page(deal, "/payouts")
    for n in range(6):
        body = {"period": "2027-01", "amount": f"{n + 1}.00", "paymentMethod": "check"}
        assert (await deal.post(f"/api/owners/{deal.owner_id}/payouts", body)).status_code == 201
    with query_count() as many:
        await page(deal, "/payouts")
    assert len(one) == len(many)


async def test_a_payout_is_explained_down_to_its_entries(deal: Dealings) -> None:
    draft = await drafted(deal)
    shown = (await page(deal, f"/payouts/{draft['id']}")).text
    for words in ("To be paid", "$300.00", "$1,000.00", "30%", "version 1", "Show the 1 entry", "somebody else must"):
        assert words in shown, words
    line = draft["lines"][0]["id"]
    entries = await page(deal, f"/payouts/{draft['id']}/lines/{line}/entries")
    assert (entries.status_code, "$1,000.00" in entries.text) == (200, True)
    check = await page(deal, f"/payouts/{draft['id']}/check")
    assert "byte for byte" in check.text
    outsider = deal.world.user(deal.world.olga)
    assert (await page(deal, f"/payouts/{draft['id']}", outsider)).status_code in (403, 404)


async def test_a_second_person_approves_and_the_payment_is_recorded(deal: Dealings) -> None:
    draft = await drafted(deal)
    at = f"/payouts/{draft['id']}"
    own = await send(deal, f"{at}/approve")
    assert (own.status_code, "somebody else must approve it" in own.text) == (403, True)
    good = await send(deal, f"{at}/approve?version={draft['version']}", who=deal.fatima)
    assert (good.status_code, "Approved" in good.text) == (200, True)
    form = await page(deal, f"{at}/pay")
    assert "Record $300.00 as paid" in form.text
    wrong = await send(deal, f"{at}/pay", {"payment_method": "check", "paid_on": "2027-03-01"})
    assert (wrong.status_code, "number" in wrong.text and "aria-invalid" in wrong.text) == (422, True)
    paid = await send(deal, f"{at}/pay", {"payment_method": "bank_transfer", "paid_on": "2027-03-01"})
    assert (paid.status_code, "is told" in paid.text) == (200, True)
    assert "In the books" in (await page(deal, f"{at}/behind")).text
    bare = await send(deal, f"{at}/reverse", {"reason": ""})
    assert (bare.status_code, "Say why" in bare.text) == (422, True)
    back = await send(deal, f"{at}/reverse", {"reason": "The bank returned it"})
    assert (back.status_code, "Reversed" in back.text) == (200, True)
    again = await send(deal, f"{at}/anew")
    assert again.headers["hx-redirect"].startswith("/payouts/")
    assert "The bank returned it" in (await page(deal, at)).text


async def test_who_comes_second_is_told_who_was_quicker(deal: Dealings) -> None:
    draft = await drafted(deal)
    at, version = f"/payouts/{draft['id']}", draft["version"]
    await send(deal, f"{at}/approve?version={version}", who=deal.fatima)
    late = await send(deal, f"{at}/discard?version={version}")
    assert (late.status_code, "Fatima Zahra approved it meanwhile" in late.text) == (409, True)
    assert "payout" in late.headers["hx-trigger"]


async def test_several_are_approved_and_ones_own_is_named(deal: Dealings) -> None:
    mine = await drafted(deal)
    other = await deal.owner("Grace Bellamy")
    body = {"period": "2027-01", "amount": "75.00", "paymentMethod": "bank_transfer"}
    hers = (await deal.post(f"/api/owners/{other}/payouts", body, who=deal.fatima)).json()
    done = await send(deal, "/payouts/approve", {"payout": [mine["id"], hers["id"]]})
    assert "1 payout approved, 1 was not" in done.text
    assert mine["referenceNumber"] in done.text
    assert hers["referenceNumber"] not in done.text
    assert "Nothing was chosen" in (await send(deal, "/payouts/approve")).text


async def test_a_draft_is_edited_discarded_and_drafted_anew(deal: Dealings) -> None:
    draft = await drafted(deal)
    at = f"/payouts/{draft['id']}"
    assert "Whoever changes a draft" in (await page(deal, f"{at}/edit")).text
    form = {"note": "Check with the lab", "payment_method": "check", "version": draft["version"]}
    assert (await send(deal, f"{at}/edit", form)).status_code == 200
    assert (await send(deal, f"{at}/edit", form)).status_code == 409
    await deal.earn("2027-01-11", "500.00")
    anew = await send(deal, f"{at}/anew")
    made = await page(deal, anew.headers["hx-redirect"])
    assert "$450.00" in made.text
    assert "Discarded" in (await page(deal, at)).text


async def test_a_payment_already_made_is_recorded_and_reviewed(deal: Dealings) -> None:
    assert (await page(deal, "/payouts/record")).status_code == 200
    bare = await send(deal, "/payouts/record", {"period": "2027-01"})
    assert (bare.status_code, "Choose whose payout it is" in bare.text) == (422, True)
    form = {
        "owner_id": deal.owner_id, "amount": "1,250.00", "period": "2027-01", "payment_method": "check",
        "reference_number": "CHK-1", "paid_on": "2027-02-20",
    }  # fmt: skip
    made = await send(deal, "/payouts/record", form)
    at = made.headers["hx-redirect"]
    twice = await send(deal, "/payouts/record", form)
    assert (twice.status_code, "CHK-1 was used" in twice.text) == (422, True)
    assert "you wrote this payment down" in (await page(deal, at)).text.lower()
    assert "Need review" in (await page(deal, "/payouts/figures")).text
    assert (await send(deal, f"{at}/review")).status_code == 403
    assert (await send(deal, f"{at}/review", who=deal.fatima)).status_code == 200


async def test_a_draft_by_hand(deal: Dealings) -> None:
    chosen = await page(deal, f"/payouts/of-owner?owner_id={deal.owner_id}")
    assert "Revenue" in chosen.text or "C-" in chosen.text
    form = {"owner_id": deal.owner_id, "amount": "80.505", "period": "2027-01", "payment_method": ""}
    wrong = await send(deal, "/payouts/new", form)
    assert (wrong.status_code, "has 2 decimals" in wrong.text) == (422, True)
    made = await send(deal, "/payouts/new", form | {"amount": "80.50"})
    assert "$80.50" in (await page(deal, made.headers["hx-redirect"])).text


async def test_without_a_script_forms_lead_on(deal: Dealings) -> None:
    form = {"owner_id": deal.owner_id, "amount": "80.50", "period": "2027-01"}
    made = await deal.client.post("/payouts/new", data=form, headers=deal.headers(deal.felix))
    assert (made.status_code, made.headers["location"].startswith("/payouts/")) == (303, True)
    wrong = await deal.client.post("/payouts/new", data=form | {"amount": "much"}, headers=deal.headers(deal.felix))
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "text/html; charset=utf-8")


async def test_an_owners_panel_for_staff_and_for_the_owner(deal: Dealings) -> None:
    draft = await drafted(deal)
    staff = await page(deal, f"/owners/{deal.owner_id}/payouts-panel")
    assert draft["referenceNumber"] in staff.text
    theirs = await as_owner(deal.database, deal.owner_id)
    mine = await deal.client.get("/my/payouts-panel", headers=theirs)
    assert (mine.status_code, draft["referenceNumber"] in mine.text) == (200, False)
    path = f"/my/payouts/{draft['id']}/statement.pdf"
    assert (await deal.client.get(path, headers=theirs)).status_code == 404
    await deal.done(draft, "approve")
    mine = await deal.client.get("/my/payouts-panel", headers=theirs)
    assert (draft["referenceNumber"] in mine.text, "$300.00" in mine.text) == (True, True)
    assert (await deal.client.get(path, headers=theirs)).content.startswith(b"%PDF")
    other = await as_owner(deal.database, await deal.owner("Somebody Else"))
    assert (await deal.client.get(path, headers=other)).status_code == 404
    assert (await deal.client.get("/payouts", headers=theirs)).status_code == 403


async def test_notes_and_tasks_about_a_payout(deal: Dealings) -> None:
    draft = await drafted(deal)
    at = f"/panels/follow-ups/payout/{draft['id']}"
    assert f'hx-get="{at}"' in (await page(deal, f"/payouts/{draft['id']}")).text
    assert (await send(deal, f"{at}/notes", {"body": "Ask the lab"})).status_code == 200
    assert "Call Harbor" in (await send(deal, f"{at}/tasks", {"title": "Call Harbor"})).text
    assert "Ask the lab" in (await page(deal, at)).text
    desk = SignedIn(kind="staff", id=1, name="Frida", role=Role.FRONT_DESK)
    assert (await page(deal, at, desk)).status_code == 404
    elsewhere = SignedIn(kind="staff", id=2, name="Fidel", role=Role.FINANCE, hospital_ids=frozenset({9999}))
    assert (await page(deal, at, elsewhere)).status_code == 404
    notes = await deal.client.get(f"/api/notes?subject=payout&subjectId={draft['id']}", headers=deal.headers(elsewhere))
    assert notes.status_code == 404


async def test_every_kind_of_line_is_explained(deal: Dealings) -> None:
    other = await deal.owner("Grace Bellamy")
    promised = {"guarantees": [{"ownerId": other, "amount": "500", "period": "month"}]}
    contract_id = await deal.contract(other, thirty_percent(other, "10", **promised))
    body = {"period": "2027-01", "amount": "20.00", "paymentMethod": "check", "referenceNumber": "CHK-7"}
    assert (await deal.post(f"/api/owners/{other}/payouts", body)).status_code == 201
    await deal.earn("2027-01-10", "1000.00")
    path = f"/api/owners/{other}/payouts"
    first = (await deal.post(path, {"contractId": contract_id, "period": "2027-01"})).json()
    shown = (await page(deal, f"/payouts/{first['id']}")).text
    for words in ("Guaranteed a month", "The shares came to", "$500.00", "topped up", "CHK-7", "not paid again"):
        assert words in shown, words
    await deal.done(first, "approve")
    mine = await deal.done(await deal.draft(), "approve")
    await deal.earn("2027-01-20", "100.00", period="2027-02")
    await deal.earn("2027-02-10", "-2000.00")
    second = await deal.draft("February 2027")
    shown = (await page(deal, f"/payouts/{second['id']}")).text
    for words in ("worked out again; the difference is due", "known now", "never paid", mine["referenceNumber"]):
        assert words in shown, words
    entries = next(line for line in second["lines"] if line["kind"] == "adjustment")
    listed = await page(deal, f"/payouts/{second['id']}/lines/{entries['id']}/entries")
    assert "$100.00" in listed.text
    await deal.done(second, "approve")
    await deal.earn("2027-03-01", "9000.00")
    third = await deal.draft("March 2027")
    assert "less than nothing" in (await page(deal, f"/payouts/{third['id']}")).text


async def test_tiers_are_shown_and_rounded_once(deal: Dealings) -> None:
    other = await deal.owner("Hudson Imaging")
    tiers = [
        {"fromAmount": "0", "toAmount": "100", "shares": [{"ownerId": other, "percent": "33.3333"}, {"ownerId": None}]},
        {"fromAmount": "100", "shares": [{"ownerId": other, "percent": "66.6666"}, {"ownerId": None}]},
    ]
    terms = {"rules": [{"method": "marginal", "tiers": tiers, "deductions": [{"name": "Consumables", "percent": "5"}]}]}
    contract_id = await deal.contract(other, terms)
    await deal.earn("2027-01-10", "1000.01")
    draft = await deal.post(f"/api/owners/{other}/payouts", {"contractId": contract_id, "period": "2027-01"})
    shown = (await page(deal, f"/payouts/{draft.json()['id']}")).text
    for words in ("By tier", "Less Consumables", "To be shared", "From $100.00", "Up to $100.00", "66.6666%"):
        assert words in shown, words
