"""Contracts over the API: added in a short form or a long one, amended, signed, renewed, terminated."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bedside.accounts import Role
from bedside.accounts.tokens import access_token
from bedside.kit.clock import SetClock
from bedside.kit.database import Database
from tests.contracts.conftest import Agreed
from tests.web import SECRET_KEY, AsRole

PDF = b"%PDF-1.7\n% the scan of a signed contract\n"


def short(agreed: Agreed, **more: Any) -> dict[str, Any]:
    """The short form of a plain share."""
    return {
        "hospitalId": agreed.world.bellevue.id, "title": "Revenue share", "currency": "USD", "startsOn": "2026-01-01",
        "endsOn": None, "ownerPercent": "70", **more,
    }  # fmt: skip


def at(agreed: Agreed, path: str = "", owner: int | None = None) -> str:
    return f"/api/owners/{owner or agreed.harbor.id}/contracts{path}"


async def added(client: httpx.AsyncClient, felix: dict[str, str], agreed: Agreed, **more: Any) -> dict[str, Any]:
    """A contract, added over the API."""
    made = await client.post(at(agreed), json=short(agreed, **more), headers=felix)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


SIGNED = {"signature": {"signerName": "Thomas Reed", "signedOn": "2025-12-15"}}


async def test_the_short_form_with_a_signature_makes_an_active_contract(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    made = await client.post(at(agreed), json=short(agreed, **SIGNED), headers=felix | {"idempotency-key": "first"})
    assert made.status_code == 201, made.text
    one = made.json()
    assert (one["status"], one["currency"], one["ownerIds"]) == ("active", "USD", [agreed.harbor.id])
    assert one["terms"]["rules"][0]["tiers"][0]["shares"] == [
        {"ownerId": agreed.harbor.id, "percent": "70"}, {"ownerId": None, "percent": None},
    ]  # fmt: skip
    assert one["summary"] == ["Of all revenue, Harbor Health gets 70% and Bellevue General Hospital keeps 30%."]
    assert one["signatures"][0]["signerName"] == "Thomas Reed"
    assert one["versions"][0]["wordsSha256"] == hashlib.sha256(one["words"].encode()).hexdigest()
    again = await client.post(at(agreed), json=short(agreed, **SIGNED), headers=felix | {"idempotency-key": "first"})
    assert again.json()["id"] == one["id"], "the same key is the same contract"
    read = await client.get(made.headers["location"], headers=felix)
    assert (read.json()["id"], read.headers["etag"]) == (one["id"], made.headers["etag"])


async def test_without_a_signature_it_is_pending_and_in_the_hospitals_currency(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    body = short(agreed, ownerPercent=33.3333) | {"startsOn": "2027-04-01"}
    del body["currency"]
    made = await client.post(at(agreed), json=body, headers=felix)
    assert (made.json()["status"], made.json()["currency"]) == ("pending", "USD")
    assert made.json()["terms"]["rules"][0]["tiers"][0]["shares"][0]["percent"] == "33.3333"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"ownerPercent": "101"}, "/ownerPercent"),
        ({"ownerPercent": "-1"}, "/ownerPercent"),
        ({"ownerPercent": "70.12345"}, "/ownerPercent"),
        ({"ownerPercent": "most"}, "/ownerPercent"),
        ({"ownerPercent": "7_0"}, "/ownerPercent"),
        ({"ownerPercent": "٧٠"}, "/ownerPercent"),
        ({"ownerPercent": None}, "/terms"),
        ({"terms": {"rules": [{"tiers": [{"shares": [{"ownerId": 1, "percent": "70"}]}]}]}}, "/terms"),
        ({"endsOn": "2025-12-31"}, "/endsOn"),
        ({"startsOn": "1066-10-14"}, "/startsOn"),
        ({"currency": "XXQ"}, "/currency"),
        ({"currency": "usd"}, "/currency"),
        ({"title": "   "}, "/title"),
        ({"renewal": "automatic", "renewalMonths": 12}, "/endsOn"),
        ({"renewal": "automatic", "endsOn": "2027-01-01"}, "/renewalMonths"),
        ({"signature": {"signerName": "Thomas Reed", "signedOn": "2027-03-02"}}, "/signature/signedOn"),
        ({"signature": {"signerName": " ", "signedOn": "2027-03-01"}}, "/signature/signerName"),
        ({"colour": "green"}, "/colour"),
    ],
)  # fmt: skip
async def test_what_cannot_be_agreed_is_refused_and_nothing_written(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed, wrong: dict[str, Any], pointer: str
) -> None:
    answer = await client.post(at(agreed), json=short(agreed) | wrong, headers=await as_role("finance"))
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer], answer.text
    assert await agreed.value("select count(*) from crm.owner_contracts") == 0


def rule(*shares: tuple[int | None, str | None], **more: Any) -> dict[str, Any]:
    tiers = [{"shares": [{"ownerId": owner_id, "percent": percent} for owner_id, percent in shares]}]
    return {"tiers": tiers, **more}


async def test_terms_that_cannot_be_are_refused_with_a_pointer(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix, us = await as_role("finance"), agreed.harbor.id
    half = [{"ownerId": us, "percent": "50"}]

    def tiers(*bounds: tuple[str, str | None]) -> dict[str, Any]:
        made = [{"fromAmount": begins, "toAmount": ends, "shares": half} for begins, ends in bounds]
        return {"method": "marginal", "tiers": made}

    cases: list[tuple[dict[str, Any], str]] = [
        (rule((us, "70"), (agreed.grace.id, "31")), "/terms/rules/0/tiers/0/shares"),
        (rule((us, None), (None, None)), "/terms/rules/0/tiers/0/shares"),
        (rule((us, "50"), (us, "20")), "/terms/rules/0/tiers/0/shares/1/ownerId"),
        (rule((us, "50"), (None, "40")), "/terms/rules/0/tiers/0/shares"),
        (rule((None, None)), "/terms/rules/0/tiers/0/shares"),
        (tiers(("0", "1000"), ("1500", None)), "/terms/rules/0/tiers/1/fromAmount"),
        (tiers(("0", "1000"), ("900", None)), "/terms/rules/0/tiers/1/fromAmount"),
        (tiers(("100", None)), "/terms/rules/0/tiers/0/fromAmount"),
        (tiers(("0", "1000"), ("1000", "2000")), "/terms/rules/0/tiers/1/toAmount"),
        (tiers(("0", None), ("1000", None)), "/terms/rules/0/tiers/0/toAmount"),
        (tiers(("0", "0.001"), ("0.001", None)), "/terms/rules/0/tiers/0/toAmount"),
        (tiers(("0", "1000"), ("1000", None)) | {"method": "fixed"}, "/terms/rules/0/tiers"),
        (rule((us, "50"), departmentId=99999), "/terms/rules/0/departmentId"),
        (rule((us, "50"), departmentId=agreed.world.cardiologia.id), "/terms/rules/0/departmentId"),
        (rule((us, "50"), (99999, "10")), "/terms/rules/0/tiers/0/shares/1/ownerId"),
        (rule((agreed.grace.id, "50")), "/terms/rules/0/tiers/0/shares"),
        (rule((us, "50"), deductions=[{"name": "Costs", "percent": "5", "amount": "10"}]),
         "/terms/rules/0/deductions/0"),
        (rule((us, "50"), deductions=[{"name": "Costs", "percent": "60"}, {"name": "More", "percent": "60"}]),
         "/terms/rules/0/deductions"),
        (rule((us, "50"), deductions=[{"name": "Costs", "amount": "-10"}]), "/terms/rules/0/deductions/0/amount"),
        (rule((us, "50"), deductions=[{"name": " ", "amount": "10"}]), "/terms/rules/0/deductions/0/name"),
        (rule((us, "50"), serviceLine=" "), "/terms/rules/0/serviceLine"),
        (rule((us, "٥٠")), "/terms/rules/0/tiers/0/shares/0/percent"),
    ]  # fmt: skip
    for given, pointer in cases:
        body = short(agreed, ownerPercent=None, terms={"rules": [given]})
        answer = await client.post(at(agreed), json=body, headers=felix)
        assert answer.status_code == 422, (given, answer.text)
        assert answer.json()["errors"][0]["pointer"] == pointer, (given, answer.text)
    twice = {"rules": [rule((us, "50")), rule((us, "60"))]}
    answer = await client.post(at(agreed), json=short(agreed, ownerPercent=None, terms=twice), headers=felix)
    assert answer.json()["errors"][0]["pointer"] == "/terms/rules/1"
    guarantee = {"ownerId": agreed.grace.id, "amount": "500", "period": "month"}
    unshared = {"rules": [rule((us, "50"))], "guarantees": [guarantee]}
    answer = await client.post(at(agreed), json=short(agreed, ownerPercent=None, terms=unshared), headers=felix)
    assert answer.json()["errors"][0]["pointer"] == "/terms/guarantees/0/ownerId"
    assert await agreed.value("select count(*) from crm.owner_contracts") == 0


async def test_names_in_terms_are_kept_as_revenue_has_them(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix, us = await as_role("finance"), agreed.harbor.id
    padded = rule((us, "50\n"), serviceLine="  Day   surgery ", deductions=[{"name": " Card fees ", "percent": "2"}])
    body = short(agreed, ownerPercent=None, terms={"rules": [padded]})
    made = await client.post(at(agreed), json=body, headers=felix)
    [kept] = made.json()["terms"]["rules"]
    assert (kept["serviceLine"], kept["deductions"][0]["name"]) == ("Day surgery", "Card fees")
    assert kept["tiers"][0]["shares"][0]["percent"] == "50"
    same = {"rules": [rule((us, "50"), serviceLine="day surgery"), padded]}
    refused = await client.post(at(agreed), json=short(agreed, ownerPercent=None, terms=same), headers=felix)
    assert refused.json()["errors"][0]["pointer"] == "/terms/rules/1", "they are about the same revenue"


async def test_a_version_begins_later_than_every_one_before_it(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    one = await added(client, felix, agreed, **SIGNED)
    versions = at(agreed, f"/{one['id']}/versions")
    new = {"effectiveFrom": "2026-07-01", "reason": "New imaging suite", "ownerPercent": "65"}
    made = await client.post(versions, json=new, headers=felix)
    assert (made.status_code, made.json()["number"], made.json()["signedAt"]) == (201, 2, None)
    for day in ("2026-07-01", "2026-03-01", "2026-01-01"):
        answer = await client.post(versions, json=new | {"effectiveFrom": day}, headers=felix)
        assert answer.status_code == 409
        problem = answer.json()
        assert (problem["type"], problem["latestFrom"]) == ("/problems/versions-overlap", "2026-07-01")
        assert problem["errors"][0]["pointer"] == "/effectiveFrom"
        assert "2026-07-01" in problem["nextStep"]
    assert len((await client.get(versions, headers=felix)).json()["items"]) == 2

    said = (await client.get(f"{versions}/2/difference?against=1", headers=felix)).json()
    assert said["terms"] == [
        {"sign": "removed",
         "text": "Of all revenue, Harbor Health gets 70% and Bellevue General Hospital keeps 30%."},
        {"sign": "added", "text": "Of all revenue, Harbor Health gets 65% and Bellevue General Hospital keeps 35%."},
    ]  # fmt: skip
    assert {line["sign"] for line in said["words"]} == {"kept", "added", "removed"}
    assert (await client.get(f"{versions}/9/difference", headers=felix)).status_code == 404


async def test_a_signature_on_paper_is_recorded_once(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    one = await added(client, felix, agreed)
    path = at(agreed, f"/{one['id']}")
    scan = await client.post(
        f"{path}/documents", files={"file": ("signed.pdf", PDF)}, data={"kind": "signed_copy"}, headers=felix
    )
    assert scan.status_code == 201, scan.text
    assert scan.json()["sha256"] == hashlib.sha256(PDF).hexdigest()
    body = {"signerName": "Thomas Reed", "signedOn": "2027-03-01", "signerPosition": "CFO"}
    wrong = await client.post(f"{path}/sign", json=body | {"fileId": 99999}, headers=felix)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/fileId")
    first = await client.post(f"{path}/sign", json=body | {"fileId": scan.json()["fileId"]}, headers=felix)
    assert first.status_code == 201, first.text
    second = await client.post(f"{path}/sign", json=body, headers=felix)
    assert (second.status_code, second.json()["type"]) == (409, "/problems/already-signed")
    stranger = await client.post(f"{path}/sign", json=body | {"ownerId": agreed.grace.id}, headers=felix)
    assert (stranger.status_code, stranger.json()["errors"][0]["pointer"]) == (422, "/ownerId")
    hospitals = await client.post(f"{path}/sign", json=body | {"party": "hospital"}, headers=felix)
    assert hospitals.status_code == 201
    told = (await client.get(f"{path}/history", headers=felix)).json()
    assert [each["partyName"] for each in told["signatures"]] == ["Harbor Health", "Bellevue General Hospital"]
    assert [each["kind"] for each in told["events"]] == [
        "contract.signed", "contract.signed", "contract.document_added", "contract.added",
    ]  # fmt: skip
    file = await client.get(f"{path}/documents/{scan.json()['id']}/file", headers=felix)
    assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
    gone = await client.delete(f"{path}/documents/{scan.json()['id']}", headers=felix)
    assert gone.status_code == 200
    assert (await client.get(f"{path}/documents", headers=felix)).json()["items"] == []


async def test_dates_change_until_it_is_signed_and_not_behind_anybodys_back(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    one = await added(client, felix, agreed)
    path = at(agreed, f"/{one['id']}")
    etag = (await client.get(path, headers=felix)).headers["etag"]
    moved = await client.patch(path, json={"endsOn": "2028-12-31"}, headers=felix | {"if-match": etag})
    assert (moved.status_code, moved.json()["endsOn"]) == (200, "2028-12-31")
    stale = await client.patch(path, json={"title": "Mine"}, headers=felix | {"if-match": etag})
    assert stale.status_code == 412
    early = await client.patch(path, json={"startsOn": "2025-01-01"}, headers=felix)
    assert (early.status_code, early.json()["errors"][0]["pointer"]) == (422, "/startsOn")
    await client.post(f"{path}/sign", json={"signerName": "Thomas Reed", "signedOn": "2026-01-01"}, headers=felix)
    signed = await client.patch(path, json={"endsOn": "2029-12-31"}, headers=felix)
    assert (signed.status_code, signed.json()["type"]) == (409, "/problems/contract-signed")
    away = await client.patch(path, json={"archived": True}, headers=felix)
    assert away.status_code == 409
    renamed = await client.patch(path, json={"title": "Harbor's share", "noticeDays": 30}, headers=felix)
    assert (renamed.json()["title"], renamed.json()["noticeDays"]) == ("Harbor's share", 30)


async def test_notice_is_kept_unless_the_parties_agree_to_less(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    one = await added(client, felix, agreed, **SIGNED)
    path = at(agreed, f"/{one['id']}/terminate")
    body = {"terminatedOn": "2027-03-31", "reason": "The partner leaves the market"}
    early = await client.post(path, json=body, headers=felix)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/notice-too-short")
    assert early.json()["earliest"] == "2027-05-30", "ninety days after 1 March"
    before = await client.post(path, json=body | {"terminatedOn": "2025-12-31"}, headers=felix)
    assert (before.status_code, before.json()["errors"][0]["pointer"]) == (422, "/terminatedOn")
    done = await client.post(path, json=body | {"confirmed": True}, headers=felix)
    assert (done.status_code, done.json()["status"]) == (200, "active"), done.text
    again = await client.post(path, json=body | {"confirmed": True}, headers=felix)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/contract-over")
    renewed = await client.post(at(agreed, f"/{one['id']}/renew"), json={"months": 12}, headers=felix)
    assert renewed.status_code == 409


async def test_a_contract_is_renewed_by_months_or_until_a_day(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed
) -> None:
    felix = await as_role("finance")
    one = await added(client, felix, agreed, endsOn="2027-02-28", **SIGNED)
    assert one["status"] == "expired"
    path = at(agreed, f"/{one['id']}/renew")
    assert (await client.post(path, json={}, headers=felix)).status_code == 422
    assert (await client.post(path, json={"endsOn": "2027-02-28"}, headers=felix)).status_code == 422
    assert (await client.post(path, json={"endsOn": "2027-03-28", "months": 1}, headers=felix)).status_code == 422
    later = await client.post(path, json={"months": 12}, headers=felix)
    assert (later.json()["endsOn"], later.json()["status"]) == ("2028-02-29", "active"), "the last of a month stays it"
    endless = await added(client, felix, agreed, **SIGNED)
    refused = await client.post(at(agreed, f"/{endless['id']}/renew"), json={"months": 12}, headers=felix)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/endsOn")


async def test_a_month_is_tried_step_by_step(client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed) -> None:
    felix = await as_role("finance")
    us, cardiology = agreed.harbor.id, agreed.world.cardiology.id
    costs = [{"name": "billing", "percent": "10"}]
    terms = {
        "rules": [rule((us, "50"), departmentId=cardiology, deductions=costs), rule((us, "20"))],
        "guarantees": [{"ownerId": us, "amount": "1000", "period": "month"}],
    }
    one = await added(client, felix, agreed, ownerPercent=None, terms=terms)
    amounts = [{"amount": "1000.00", "departmentId": cardiology}, {"amount": 500, "serviceLine": "imaging"}]
    tried = await client.post(at(agreed, f"/{one['id']}/preview"), json={"amounts": amounts}, headers=felix)
    assert tried.status_code == 200, tried.text
    made = tried.json()
    assert (made["total"], made["deducted"], made["uncovered"]) == ("1500.00", "100.00", "0.00")
    assert {each["name"]: each["amount"] for each in made["parties"]} == {
        "Harbor Health": "550.00", "Bellevue General Hospital": "850.00",
    }  # fmt: skip
    assert made["guarantees"] == ["Harbor Health is promised $1,000.00 a month: $450.00 is added."]
    assert made["steps"][0]["lines"][1] == "$100.00 for billing is taken off first."
    wrong = await client.post(
        at(agreed, f"/{one['id']}/preview"), json={"amounts": [{"amount": "1.234"}]}, headers=felix
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/amounts/0/amount")


async def test_the_list_filters_sorts_pages_and_goes_out_as_a_table(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed, clock: SetClock
) -> None:
    felix = await as_role("finance")
    first = await added(client, felix, agreed, title="=Alpha", endsOn="2027-12-31", **SIGNED)
    second = await added(client, felix, agreed, title="Beta")
    found = (await client.get("/api/contracts?status=active", headers=felix)).json()["items"]
    assert [one["id"] for one in found] == [first["id"]]
    found = (await client.get("/api/contracts?endsBefore=2028-01-01", headers=felix)).json()["items"]
    assert [one["id"] for one in found] == [first["id"]]
    assert (await client.get("/api/contracts?endsBefore=soon", headers=felix)).status_code == 422
    assert (await client.get("/api/contracts?status=open", headers=felix)).status_code == 422
    for sort in ("title", "owner", "startsOn", "endsOn", "number"):
        page = (await client.get(f"/api/contracts?sort={sort}&limit=1", headers=felix)).json()
        rest = await client.get(f"/api/contracts?sort={sort}&limit=1&cursor={page['next']}", headers=felix)
        assert [page["items"][0]["id"], rest.json()["items"][0]["id"]] == [first["id"], second["id"]], sort
    assert (await client.get("/api/contracts?q=harbor", headers=felix)).json()["items"] != []
    table = await client.get("/api/contracts/export", headers=felix)
    assert table.status_code == 200
    assert "'=Alpha" in table.text
    assert len(table.text.strip().split("\n")) == 3
    clock.set(datetime(2028, 1, 1, 4, 59, tzinfo=UTC))  # still the last of December at Bellevue
    assert (await client.get("/api/contracts?status=active", headers=await as_role("finance"))).json()["items"] != []
    clock.set(datetime(2028, 1, 1, 5, 1, tzinfo=UTC))
    found = (await client.get("/api/contracts?status=expired", headers=await as_role("finance"))).json()["items"]
    assert [one["id"] for one in found] == [first["id"]]


async def test_who_has_nothing_to_do_with_it_sees_nothing(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed, database: Database
) -> None:
    felix = await as_role("finance")
    one = await added(client, felix, agreed, **SIGNED)
    olga = await as_role("admin", hospitals=[agreed.world.santa_lucia.id])
    path = at(agreed, f"/{one['id']}")
    for address in ("", "/versions", "/versions/1/difference", "/documents", "/history"):
        assert (await client.get(path + address, headers=olga)).status_code == 404, address
    assert (await client.get("/api/contracts", headers=olga)).json()["items"] == []
    assert (await client.get(at(agreed), headers=olga)).status_code == 404
    assert (await client.post(at(agreed), json=short(agreed), headers=olga)).status_code in (403, 404)
    for role in ("front_desk", "marketing", "clinician", "integration", "owner"):
        assert (await client.get(path, headers=await as_role(role))).status_code == 403, role
    # under the address of somebody who is no party to it
    assert (await client.get(at(agreed, f"/{one['id']}", owner=agreed.grace.id), headers=felix)).status_code == 404


async def test_an_owner_sees_their_own_once_it_was_sent_or_signed(
    client: httpx.AsyncClient, as_role: AsRole, agreed: Agreed, database: Database
) -> None:
    felix = await as_role("finance")
    one = await added(client, felix, agreed)
    await added(client, felix, agreed, title="Not yet sent")
    harbor, grace = await owner_user(database, agreed.harbor.id), await owner_user(database, agreed.grace.id)
    path = at(agreed, f"/{one['id']}")
    assert (await client.get(at(agreed), headers=harbor)).json()["items"] == []
    assert (await client.get(path, headers=harbor)).status_code == 404
    sent = await client.post(f"{path}/send-to-sign", json={}, headers=felix)
    assert sent.status_code == 201, sent.text
    [link] = sent.json()["links"]
    assert (link["ownerName"], link["link"][:28]) == (
        "Harbor Health",
        "http://bedside.test/sign/" + link["link"][25:28],
    )
    assert [each["id"] for each in (await client.get(at(agreed), headers=harbor)).json()["items"]] == [one["id"]]
    assert (await client.get(path, headers=harbor)).json()["id"] == one["id"]
    assert (await client.get(path, headers=grace)).status_code == 403
    assert (await client.get(f"{path}/history", headers=harbor)).status_code == 403
    assert (await client.patch(path, json={"title": "Ours"}, headers=harbor)).status_code == 403
    other = await client.get(f"/api/owners/{agreed.grace.id}/contracts/{one['id']}", headers=grace)
    assert other.status_code == 404


async def owner_user(database: Database, owner_id: int) -> dict[str, str]:
    """Headers of somebody who signs in for an owner."""
    async with database.transaction() as tx:
        staff_id = await tx.value(
            """insert into crm.staff (email, name, role, every_hospital, password_hash, owner_id, created_at,
                   updated_at)
               values ('owner' || %(owner)s || '@example.org', 'Somebody', 'owner', false, 'none', %(owner)s, %(now)s,
                       %(now)s) returning id""",
            owner=owner_id,
        )
        token = access_token(
            secret_key=SECRET_KEY, now=tx.now, role=Role.OWNER, kind="staff", id=staff_id, name="Somebody",
            hospital_ids=frozenset(), owner_id=owner_id,
        )  # fmt: skip
    return {"authorization": f"Bearer {token}"}
