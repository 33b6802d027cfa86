"""The list of another system is kept before the first message leaves: shown first, line by line, then written."""

import io
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import xlsxwriter  # type: ignore[import-untyped]

from bedside.app import create_app
from tests.post_office import MAIL, MARIA, Application, PostOffice
from tests.web import AsRole

TABLE = """Address;Channel;What;Reason;Source
+1 212 555 0142;sms;;Unsubscribed;their old system
(212) 555-0142;WhatsApp;news;moved away;
Maria@Example.org;;News;complaint;
maria@example.org;email;marketing;spam;
+1 212 555 0143;;;;
12;sms;;;
nobody@;email;;;
+1 212 555 0144;fax;;;
+1 212 555 0145;sms;sometimes;;
;sms;;;
"""
STOPPED = [
    ("sms", MARIA, None, "opt_out", "their old system"),
    ("whatsapp", MARIA, "marketing", "staff", "moved away"),
    ("email", MAIL, "marketing", "complaint", "imported from file"),
]


@pytest.fixture
def application() -> Application:
    """The whole product."""
    return create_app


@pytest.fixture
async def desk(office: PostOffice, as_role: AsRole) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody at the desk."""
    headers = await as_role("admin")
    async with aiohttp.ClientSession(office.accounts.public_url, headers=headers) as session:
        yield session


async def stopped(office: PostOffice) -> list[tuple[object, ...]]:
    """What is stopped."""
    return await office.rows(
        "select channel, address, purpose, reason, source from communications.suppressions order by id"
    )


async def test_a_table_is_shown_line_by_line_and_nothing_is_written_until_it_is_done(
    office: PostOffice, desk: aiohttp.ClientSession
) -> None:
    waiting = await office.queue("sms")
    path, csv = "/api/suppressions/import", {"content-type": "text/csv"}
    async with desk.post(path, params={"dryRun": "true"}, data=TABLE.encode(), headers=csv) as answer:
        assert answer.status == 200, await answer.text()
        told = await answer.json()
    assert (told["dryRun"], told["new"], told["same"], told["refused"]) == (True, 3, 1, 6)
    assert [(one["line"], one["outcome"]) for one in told["lines"]] == [
        (2, "new"), (3, "new"), (4, "new"), (5, "same"), (6, "refused"), (7, "refused"), (8, "refused"),
        (9, "refused"), (10, "refused"), (11, "refused"),
    ]  # fmt: skip
    assert [one["because"] for one in told["lines"][4:]] == [
        "A number needs its channel: sms or whatsapp.",
        "“12” cannot be a phone number.",
        "“nobody@” cannot be an email address.",
        "“fax” is no channel: sms, whatsapp or email.",
        "“sometimes” is neither everything nor news.",
        "It has no address.",
    ]
    assert await stopped(office) == []

    key = csv | {"Idempotency-Key": "list-1"}
    for _ in range(2):
        async with desk.post(path, data=TABLE.encode(), headers=key) as answer:
            assert (answer.status, (await answer.json())["new"]) == (200, 3)
    assert await stopped(office) == STOPPED
    assert (await office.queue("sms")).message_id is None
    await office.delivered()
    assert await office.status(waiting.message_id) == "cancelled"  # what waited does not leave either

    async with desk.post(path, data=TABLE.encode(), headers=csv) as answer:
        again = await answer.json()
    assert (again["new"], again["same"], again["refused"]) == (0, 4, 6)
    assert await stopped(office) == STOPPED


async def test_our_own_export_is_such_a_table(office: PostOffice, desk: aiohttp.ClientSession) -> None:
    async with desk.post("/api/suppressions/import", data=TABLE.encode(), headers={"content-type": "text/csv"}):
        pass
    async with desk.get("/api/suppressions/export") as answer:
        export = await answer.read()
    await office.rows("update communications.suppressions set lifted_at = at, lifted_because = 'test' returning id")
    async with desk.post("/api/suppressions/import", data=export, headers={"content-type": "text/csv"}) as answer:
        told = await answer.json()
    assert (told["new"], told["refused"]) == (3, 0), told
    async with desk.get("/api/suppressions", params={"inForce": "true", "sort": "address"}) as answer:
        items = (await answer.json())["items"]
    assert {(one["channel"], one["address"], one["purpose"], one["reason"]) for one in items} == {
        one[:4] for one in STOPPED
    }


async def test_a_workbook_is_read_too_and_what_is_no_table_is_refused(
    office: PostOffice, desk: aiohttp.ClientSession
) -> None:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as workbook:
        sheet = workbook.add_worksheet()
        for row, cells in enumerate([["phone", "channel"], [12125550142, "sms"], ["+12125550142", "sms"]]):
            sheet.write_row(row, 0, cells)
    form = aiohttp.FormData()
    form.add_field("file", made.getvalue(), filename="stops.xlsx")
    async with desk.post("/api/suppressions/import", data=form) as answer:
        told = await answer.json()
    assert (told["fileName"], told["new"], told["same"], told["refused"]) == ("stops.xlsx", 1, 1, 0), told
    for content in (b"", b"PK\x03\x04 no", b"\xff\x00\x00", b"colour\nred\n", b"channel\nsms\n"):
        async with desk.post("/api/suppressions/import", data=content) as answer:
            assert answer.status == 422, (content, await answer.text())
    many = b"address,channel\n" + b"+12125550142,sms\n" * 20_001
    async with desk.post("/api/suppressions/import", data=many) as answer:
        assert answer.status == 409
    async with desk.post("/api/suppressions/import", data=io.BytesIO(b"x" * 4_500_000)) as answer:
        assert answer.status == 413
    assert len(await stopped(office)) == 1


async def test_who_may_only_read_imports_nothing(office: PostOffice, as_role: AsRole) -> None:
    headers = await as_role("clinician")
    path = f"{office.accounts.public_url}/api/suppressions/import"
    async with aiohttp.ClientSession() as session, session.post(path, data=TABLE.encode(), headers=headers) as answer:
        assert answer.status == 403
    assert await stopped(office) == []


async def test_the_page_shows_what_a_table_would_do_and_does_it_when_told(
    office: PostOffice, desk: aiohttp.ClientSession
) -> None:
    html = {"accept": "text/html"}
    async with desk.get("/suppressions", headers=html) as answer:
        assert 'href="/suppressions/import"' in await answer.text()
    async with desk.post("/suppressions/import", data={"file_name": "x"}, headers=html) as answer:
        assert (answer.status, "Choose a file" in await answer.text()) == (422, True)
    form = aiohttp.FormData()
    form.add_field("file", TABLE.encode(), filename="stops.csv")
    async with desk.post("/suppressions/import", data=form, headers=html) as answer:
        text = await answer.text()
    assert "What stops.csv would do" in text
    assert "A number needs its channel: sms or whatsapp." in text
    assert await stopped(office) == []
    table = re.search(r'name="table" value="([0-9a-f]+)"', text)
    assert table is not None
    form = aiohttp.FormData({"do": "yes", "table": table[1], "file_name": "stops.csv"})
    async with desk.post("/suppressions/import", data=form, headers=html) as answer:
        assert "3 addresses stopped" in await answer.text()
    assert [one[:4] for one in await stopped(office)] == [one[:4] for one in STOPPED]
