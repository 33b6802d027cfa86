"""The pages of contracts: found, read, written by form, compared, and asked what a month would give."""

import re
from datetime import date
from typing import Any

import httpx
import pytest

from bedside.contracts import NewVersion, amend
from bedside.contracts.form_state import changed, field_of, state_of, state_of_terms, terms_of
from bedside.kit.database import Database
from tests.contracts.conftest import Agreed, shared, terms
from tests.queries import QueryCount
from tests.web import AsRole

HTMX = {"hx-request": "true"}


def a_form(agreed: Agreed, **more: str) -> dict[str, str]:
    """The form for a new contract, filled in: Grace gets 45 percent."""
    return {
        "do": "save", "title": "Cardiology partnership", "hospital_id": str(agreed.world.bellevue.id), "currency": "",
        "starts_on": "2027-04-01", "ends_on": "", "renewal": "none", "renewal_months": "12", "notice_days": "60",
        "words": "", "proposed": "", "p0": str(agreed.grace.id), "r0_department": "", "r0_line": "",
        "r0_method": "fixed", "r0_t0_s0": "45", **more,
    }  # fmt: skip


async def test_an_empty_list_says_what_to_do_and_a_full_one_finds(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    empty = await client.get("/contracts", headers=felix)
    assert "No contracts yet" in empty.text
    assert "/contracts/new" in empty.text
    await agreed.signed(title="Alpha", ends_on=date(2027, 12, 31))
    await agreed.contract(title="Beta")
    both = await client.get("/contracts", headers=felix)
    assert both.status_code == 200, both.text
    assert ("Alpha" in both.text, "Beta" in both.text, 'class="term-bar"' in both.text) == (True, True, True)
    for query, there, not_there in (
        ("status=active", "Alpha", "Beta"), ("status=pending", "Beta", "Alpha"), ("q=alph", "Alpha", "Beta"),
        ("ends=2028-01-01", "Alpha", "Beta"), (f"hospital={agreed.world.bellevue.id}&q=bet", "Beta", "Alpha"),
    ):  # fmt: skip
        found = (await client.get(f"/contracts?{query}", headers=felix)).text
        assert (there in found, not_there in found) == (True, False), query
    assert "No contract like that" in (await client.get("/contracts?q=nothing", headers=felix)).text
    olga = await as_role("admin", hospitals=[agreed.world.santa_lucia.id])
    assert "Alpha" not in (await client.get("/contracts", headers=olga)).text


async def test_the_list_asks_as_often_for_twenty_as_for_one(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed, query_count: QueryCount
) -> None:
    felix = await as_role("finance")
    await agreed.contract()
    await client.get("/contracts", headers=felix)
    with query_count() as one:
        await client.get("/contracts", headers=felix)
    for n in range(19):
        await agreed.contract(title=f"Contract {n}")
    with query_count() as twenty:
        await client.get("/contracts", headers=felix)
    assert len(one) == len(twenty)


async def test_a_contract_is_drawn_said_and_compared(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    made = await agreed.signed(title="Harbor's share")
    async with agreed.database.transaction() as tx:
        new = NewVersion(effective_from=date(2027, 7, 1), reason="New suite", owner_percent="65")
        await amend(tx, contract_id=made.id, new=new, actor=agreed.felix)
    page = await client.get(f"/contracts/{made.id}", headers=felix)
    assert page.status_code == 200, page.text
    text = page.text
    assert "Of all revenue, Harbor Health gets 70% and Bellevue General Hospital keeps 30%." in text
    assert 'aria-label="Harbor Health 70%, Bellevue General Hospital 30%"' in text
    assert "Waiting for Harbor Health to sign version 2" in text
    assert '<ins class="difference-line">' in text
    assert '<del class="difference-line">' in text
    assert "Thomas Reed" in text
    assert "style=" not in text
    assert (await client.get(f"/contracts/{made.id}/signatures", headers=felix)).status_code == 200
    olga = await as_role("admin", hospitals=[agreed.world.santa_lucia.id])
    for path in ("", "/amend", "/signatures", "/do/edit"):
        assert (await client.get(f"/contracts/{made.id}{path}", headers=olga)).status_code == 404, path
    for what in ("put-away", "send", "sign", "terminate"):
        assert (await client.post(f"/contracts/{made.id}/do/{what}", headers=olga)).status_code == 404, what
    assert (await client.get(f"/panels/follow-ups/contract/{made.id}", headers=olga)).status_code == 404


async def test_the_calculator_answers_as_one_types(client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed) -> None:
    felix = await as_role("finance")
    made = await agreed.signed()
    typed = {"amount-0": "1,000.00", "amount-2": "500", "line-2": "imaging", "version": "1"}
    answer = await client.post(f"/contracts/{made.id}/calculate", data=typed, headers=felix)
    assert answer.status_code == 200, answer.text
    assert "$1,050.00" in answer.text
    assert "$450.00" in answer.text
    wrong = await client.post(f"/contracts/{made.id}/calculate", data={"amount-1": "much"}, headers=felix)
    assert "is no amount" in wrong.text
    nothing = await client.post(f"/contracts/{made.id}/calculate", data={}, headers=felix)
    assert "Nothing is kept" in nothing.text


async def test_a_contract_is_written_by_form_with_words_made_from_its_terms(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    page = await client.get(f"/contracts/new?owner={agreed.grace.id}", headers=felix)
    assert page.status_code == 200, page.text
    assert "Grace Bellamy gets 70%" in page.text
    said = await client.post("/contracts/new", data=a_form(agreed, do="said"), headers=felix | HTMX)
    assert "Grace Bellamy gets 45% and Bellevue General Hospital keeps 55%." in said.text
    assert "<form" not in said.text
    [words] = re.findall(r'name="words"[^>]*>([^<]*)<', said.text)
    [proposed] = re.findall(r'name="proposed" value="(\w+)"', said.text)
    untouched = a_form(agreed, do="said", words=words.replace("\n", "\r\n"), proposed=proposed, r0_t0_s0="50")
    assert "gets 50%" in (await client.post("/contracts/new", data=untouched, headers=felix | HTMX)).text
    own = a_form(agreed, do="said", words="As we said.", proposed=proposed, r0_t0_s0="50")
    assert ">As we said.</textarea>" in (await client.post("/contracts/new", data=own, headers=felix | HTMX)).text
    made = await client.post("/contracts/new", data=a_form(agreed), headers=felix | HTMX)
    assert made.status_code == 200, made.text
    shown = await client.get(made.headers["hx-redirect"], headers=felix)
    assert "Cardiology partnership" in shown.text
    assert "60 days" in shown.text
    plain = await client.post("/contracts/new", data=a_form(agreed, title="Without a script"), headers=felix)
    assert plain.status_code == 303


async def test_rows_come_and_go_and_what_is_wrong_is_said_where_it_is(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")

    async def press(do: str, **more: str) -> httpx.Response:
        return await client.post("/contracts/new", data=a_form(agreed, do=do, **more), headers=felix | HTMX)

    assert 'name="p1"' in (await press("add_party")).text
    assert 'name="r1_method"' in (await press("add_rule")).text
    assert 'name="g0_amount"' in (await press("add_guarantee")).text
    assert 'name="r0_d0_name"' in (await press("add_deduction:0")).text
    tiered = {"r0_method": "marginal", "r0_t0_to": "1000", "r0_t1_s0": "50"}
    assert 'name="r0_t2_s0"' in (await press("add_tier:0", **tiered)).text
    assert 'name="r0_t2_s0"' not in (await press("remove_tier:0:2", **tiered, r0_t2_s0="60")).text
    wrong = await press("save", r0_method="marginal", r0_t0_to="0", r0_t1_s0="50")
    assert wrong.status_code == 422
    assert 'id="problem-r0_t0_to"' in wrong.text
    too_much = await press("save", r0_t0_s0="145")
    assert (too_much.status_code, 'id="problem-r0_t0_s0"' in too_much.text) == (422, True)
    nobody = await press("save", p0="")
    assert (nobody.status_code, 'id="problem-p0"' in nobody.text) == (422, True)
    no_title = await press("save", title="")
    assert (no_title.status_code, 'id="problem-title"' in no_title.text) == (422, True)
    early = await press("save", ends_on="2027-01-01")
    assert (early.status_code, 'id="problem-ends_on"' in early.text) == (422, True)
    assert await agreed.value("select count(*) from crm.owner_contracts") == 0


async def test_an_amendment_begins_from_the_terms_that_hold_and_not_from_an_old_page(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    made = await agreed.signed()
    page = await client.get(f"/contracts/{made.id}/amend", headers=felix)
    assert 'name="r0_t0_s0" value="70"' in page.text
    form = {
        "do": "save", "effective_from": "2027-07-01", "reason": "New suite", "number": "1", "words": "", "proposed": "",
        "p0": str(agreed.harbor.id), "r0_department": "", "r0_line": "", "r0_method": "fixed", "r0_t0_s0": "65",
    }  # fmt: skip
    path = f"/contracts/{made.id}/amend"
    reasonless = await client.post(path, data=form | {"reason": ""}, headers=felix | HTMX)
    assert (reasonless.status_code, 'id="problem-reason"' in reasonless.text) == (422, True)
    done = await client.post(path, data=form, headers=felix | HTMX)
    assert done.headers["hx-redirect"] == f"/contracts/{made.id}"
    late = await client.post(path, data=form | {"effective_from": "2027-09-01"}, headers=felix | HTMX)
    assert late.status_code == 422
    assert "Version 2 begins on 2027-07-01" in late.text


async def test_what_is_done_in_dialogs_is_done(client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed) -> None:
    felix = await as_role("finance")
    made = await agreed.contract(ends_on=date(2027, 12, 31))
    do = f"/contracts/{made.id}/do/"
    for what in ("edit", "sign", "send", "renew", "terminate", "document"):
        assert (await client.get(do + what, headers=felix)).status_code == 200, what
    assert (await client.get(do + "dance", headers=felix)).status_code == 404
    edit = {"title": "New name", "starts_on": "2027-01-01", "ends_on": "2028-12-31", "renewal": "automatic",
            "renewal_months": "", "notice_days": "30", "version": str(made.version)}  # fmt: skip
    wrong = await client.post(do + "edit", data=edit, headers=felix)
    assert (wrong.status_code, 'id="problem-renewal_months"' in wrong.text) == (422, True)
    done = await client.post(do + "edit", data=edit | {"renewal_months": "12"}, headers=felix)
    assert done.headers["hx-redirect"] == f"/contracts/{made.id}"
    sent = await client.post(do + "send", headers=felix)
    assert "/sign/" in sent.text
    future = {"party": str(agreed.harbor.id), "signer_name": "Thomas Reed", "signed_on": "2027-09-01"}
    assert (await client.post(do + "sign", data=future, headers=felix)).status_code == 422
    signed = await client.post(do + "sign", data=future | {"signed_on": "2027-02-01"}, headers=felix)
    assert signed.status_code == 200, signed.text
    file = {"file": ("scan.pdf", b"%PDF-1.7 scan")}
    added = await client.post(do + "document", data={"kind": "signed_copy"}, files=file, headers=felix)
    assert added.status_code == 200, added.text
    text = await client.post(do + "document", data={}, files={"file": ("a.txt", b"words")}, headers=felix)
    assert (text.status_code, 'id="problem-file"' in text.text) == (422, True)
    ending = {"terminated_on": "2027-03-10", "reason": "Sold"}
    short = await client.post(do + "terminate", data=ending, headers=felix)
    assert (short.status_code, 'name="confirmed"' in short.text) == (422, True)
    ended = await client.post(do + "terminate", data=ending | {"confirmed": "yes"}, headers=felix)
    assert ended.status_code == 200
    assert "Terminated: its last day is" in (await client.get(f"/contracts/{made.id}", headers=felix)).text


async def test_one_that_nobody_signed_is_put_away_and_brought_back(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    made = await agreed.contract(title="A mistake")
    await client.post(f"/contracts/{made.id}/do/put-away", headers=felix)
    assert "A mistake" not in (await client.get("/contracts", headers=felix)).text
    assert "A mistake" in (await client.get("/contracts?archived=yes", headers=felix)).text
    await client.post(f"/contracts/{made.id}/do/bring-back", headers=felix)
    assert "A mistake" in (await client.get("/contracts", headers=felix)).text


async def test_the_owners_page_has_a_panel_of_their_contracts(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed, database: Database
) -> None:
    felix = await as_role("finance")
    panel = f"/owners/{agreed.harbor.id}/contracts-panel"
    assert "No contracts yet" in (await client.get(panel, headers=felix)).text
    await agreed.contract(title="Harbor's share")
    assert "Harbor&#39;s share" in (await client.get(panel, headers=felix)).text
    olga = await as_role("admin", hospitals=[agreed.world.santa_lucia.id])
    assert (await client.get(panel, headers=olga)).status_code == 404


@pytest.mark.parametrize(
    "rule",
    [
        {}, {"method": "marginal"}, {"method": "slab", "department_id": 4, "service_line": "imaging"},
    ],
)  # fmt: skip
def test_what_terms_say_survives_the_form(rule: dict[str, Any]) -> None:
    some = terms(shared((1, "33.3333"), (2, "20"), (None, None), **{"method": "fixed", **rule} if not rule else {}))
    if rule:
        tier = some.rules[0].tiers[0]
        first = type(tier)(to_amount="1000", shares=tier.shares)
        last = type(tier)(from_amount="1000", shares=tier.shares)
        some.rules[0] = type(some.rules[0])(tiers=[first, last], **rule)
    assert terms_of(state_of_terms(some)) == some


def test_buttons_that_nobody_made_change_nothing() -> None:
    state = state_of({"p0": "1", "r0_t0_s0": "70"})
    for do in (
        "",
        "save",
        "add_",
        "add_everything",
        "remove_tier:9:9",
        "remove_party:99",
        "add_tier:7",
        "remove_rule:x",
    ):
        assert changed(state_of({"p0": "1", "r0_t0_s0": "70"}), do) == state, do
    assert field_of("/terms/rules/2/tiers/1/fromAmount") == "r2_t0_to"
    assert field_of("/hospitalId") == ""
