"""What owners are told by itself: to whom they want it, once, by switches; with a statement, and links kept nowhere."""

import asyncio
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import pytest

from bedside import reactions
from bedside.event_log import SYSTEM
from bedside.kit.database import Database
from bedside.messaging import Attachment
from bedside.messaging.providers.outcomes import Outgoing
from bedside.messaging.providers.smtp.mime import build
from bedside.owner_relations import open_owner_link, tell_owner
from bedside.owner_relations.model import OwnerLinkOver, OwnerLinkUnknown
from tests.owner_relations.talking import ELENA, HARBOR, Talk

PAYOUT = {
    "payout": {
        "amount": "$45,000.00", "period": "October 2026", "reference": "BELL-2026-0017", "account": "•••• 6789",
        "paid_on": "November 5, 2026",
    }
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_payouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Payouts are another room's: here a paid one has these words, and mail its statement."""

    async def load(tx: Any, about_id: int, channel: str, language: str) -> dict[str, Any]:
        statement = Attachment(name="statement-17.pdf", media_type="application/pdf", content=b"%PDF-1.7 17")
        return {**PAYOUT, "attachments": [statement] if channel == "email" else []}

    monkeypatch.setitem(reactions.LOADERS, "payout", load)


async def told(
    database: Database, talk: Talk, *, key: str = "17", notice: Any = "payout_paid", **more: Any
) -> list[int]:
    """Tells Harbor something, in a transaction of its own."""
    given = {"about": "payout", "about_id": 17, "hospital_id": talk.office.hospital, "actor": SYSTEM} | more
    async with database.transaction() as tx:
        return await tell_owner(tx, owner_id=talk.owner_id, notice=notice, key=key, **given)


async def test_a_payment_is_told_by_sms_with_the_account_masked_and_by_mail_with_the_statement(talk: Talk) -> None:
    assert len(await told(talk.office.database, talk)) == 2
    await talk.office.delivered()
    [sms], [mail] = talk.office.phone(HARBOR), talk.office.phone("harbor@example.org")
    assert sms.body.startswith(
        "Bellevue General: $45,000.00 for October 2026 has been paid to **** 6789. Reference BELL-2026-0017."
    )
    assert (sms.encoding, sms.segments in (1, 2)) == ("GSM-7", True)
    assert mail.subject == "Paid: $45,000.00 for October 2026"
    assert [(file.name, file.media_type) for file in mail.attachments] == [("statement-17.pdf", "application/pdf")]
    [entry] = await talk.log("?notice=payout_paid&about=payout&aboutId=17")
    assert (entry["kind"], entry["createdBy"], len(entry["recipients"])) == ("sms", "Bedside", 2)
    assert [one["id"] for one in await talk.log("?kind=email")] == [entry["id"]]


async def test_two_transactions_that_race_tell_it_once(talk: Talk) -> None:
    both = await asyncio.gather(told(talk.office.database, talk), told(talk.office.database, talk))
    assert both[0] == both[1]
    assert await told(talk.office.database, talk) == both[0]
    await talk.office.delivered()
    assert len(talk.office.phone(HARBOR)) == 1
    assert len(await talk.log()) == 1


async def test_what_is_switched_off_is_not_told(talk: Talk) -> None:
    status, notices = await talk.get("/api/owner-notices")
    assert (status, [one["kind"] for one in notices["items"]]) == (
        200, ["contract_expiring", "contract_to_sign", "payout_paid", "statement_ready", "survey_due"],
    )  # fmt: skip
    status, off = await talk.send("PATCH", "/api/owner-notices/payout_paid", {"enabled": False}, if_match='"1"')
    assert (status, off["enabled"], off["version"]) == (200, False, 2)
    assert await told(talk.office.database, talk) == []
    assert await talk.log() == []
    for wrong, pointer in (
        ({"templateKey": "nothing_like_it"}, "/templateKey"),
        ({"templateKey": "notice_marketing"}, "/templateKey"),
        ({"channels": []}, "/channels"),
        ({"channels": ["pigeon"]}, "/channels/0"),
    ):
        status, problem = await talk.send("PATCH", "/api/owner-notices/payout_paid", wrong)
        assert (status, problem["errors"][0]["pointer"]) == (422, pointer), problem
    assert (await talk.send("PATCH", "/api/owner-notices/birthday", {"enabled": True}))[0] == 404
    assert (await talk.send("PATCH", "/api/owner-notices/payout_paid", {"enabled": True}, if_match='"1"'))[0] == 412


async def test_the_channels_of_a_notice_are_each_or_the_first_that_reaches_them(talk: Talk) -> None:
    assert len(await told(talk.office.database, talk, notice="statement_ready")) == 1
    [entry] = await talk.log()
    assert [one["channel"] for one in entry["recipients"]] == ["email"]
    assert (await talk.send("PATCH", f"/api/owners/{talk.owner_id}", {"email": None}))[0] == 200
    await told(talk.office.database, talk, notice="statement_ready", key="18")
    assert [one["channel"] for one in (await talk.log())[0]["recipients"]] == ["sms"]
    assert (await talk.send("PATCH", f"/api/owners/{talk.owner_id}", {"phone": None}))[0] == 200
    assert await told(talk.office.database, talk, notice="statement_ready", key="19") == []
    [nobody] = (await talk.log())[0]["recipients"]
    assert (nobody["messageId"], nobody["refusedBecause"]) == (None, "No email address is known.")


async def test_preferences_say_who_gets_what_and_by_which_channel(talk: Talk) -> None:
    path = f"/api/owners/{talk.owner_id}/notice-preferences"
    wanted = [
        {"kind": "payout_paid", "contactId": None, "channels": []},
        {"kind": "payout_paid", "contactId": talk.elena, "channels": ["sms"]},
        {"kind": "payout_paid", "contactId": talk.ruth, "channels": ["email", "sms"]},
        {"kind": "survey_due", "contactId": None, "channels": []},
    ]
    status, kept = await talk.send("PUT", path, {"preferences": wanted})
    assert status == 200, kept
    assert (await talk.get(path, await talk.as_owner()))[1] == kept
    assert await told(talk.office.database, talk, notice="survey_due") == []
    assert len(await told(talk.office.database, talk)) == 3
    await talk.office.delivered()
    assert (len(talk.office.phone(ELENA)), len(talk.office.phone("+12125550152")), len(talk.office.phone(HARBOR))) == (
        1,
        1,
        0,
    )
    [spanish] = talk.office.phone("ruth@example.org")
    assert spanish.subject == "Pagado: $45,000.00 por October 2026"
    assert (await talk.send("PATCH", f"/api/owners/{talk.owner_id}/contacts/{talk.elena}", {"archived": True}))[
        0
    ] == 200
    assert len(await told(talk.office.database, talk, key="18")) == 2
    for wrong, pointer in (
        ([{"kind": "payout_paid", "contactId": 999, "channels": ["sms"]}], "/preferences/0/contactId"),
        ([wanted[1] | {"contactId": talk.ruth}, wanted[2]], "/preferences/1/contactId"),
        ([{"kind": "birthday", "contactId": None, "channels": []}], "/preferences/0/kind"),
    ):
        status, problem = await talk.send("PUT", path, {"preferences": wrong})
        assert (status, problem["errors"][0]["pointer"]) == (422, pointer), problem


async def test_a_payment_is_told_in_the_night_and_a_survey_waits_for_the_morning(talk: Talk) -> None:
    await talk.office.rows(
        "update crm.hospitals set quiet_from = '00:00', quiet_until = '23:00' where true returning id"
    )
    await told(talk.office.database, talk)
    await told(talk.office.database, talk, notice="contract_to_sign", about="survey", key="s")
    waiting = await talk.office.rows(
        "select template_key, not_before > created_at from communications.message_queue order by id"
    )
    assert waiting == [("owner_payout_paid", False), ("owner_payout_paid", False), ("owner_contract_to_sign", True)]


async def test_a_notice_that_did_not_arrive_is_a_task_for_finance(talk: Talk) -> None:
    await talk.office.fault("error", channel="email", to="harbor@example.org", code=550)
    await told(talk.office.database, talk, notice="statement_ready")
    await talk.office.delivered()
    rows = await talk.office.rows(
        "select title, for_role, subject, subject_id from crm.tasks where key like 'owner-notice%%'"
    )
    assert rows == [
        (
            "Harbor Health did not get a notice (statement ready, email to harbor@example.org)",
            "finance",
            "owner",
            talk.owner_id,
        )
    ]


async def test_a_link_to_their_pages_is_sent_opened_and_taken_back(talk: Talk) -> None:
    links = f"/api/owners/{talk.owner_id}/own-links"
    status, made = await talk.post(links, {"contactId": talk.elena}, idempotency_key="link")
    assert (status, made["kind"], made["recipients"][0]["name"]) == (201, "sms", "Elena Ward"), made
    assert (await talk.post(links, {"contactId": talk.elena}, idempotency_key="link"))[1] == made
    await talk.office.delivered()
    [sms] = talk.office.phone(ELENA)
    [address] = sms.links
    token = address.rpartition("/")[2]
    assert address == f"{talk.office.accounts.public_url}/o/{token}"
    assert token not in str(await talk.log())
    assert (
        await talk.value("select count(*) from crm.event_log where data::text like '%%' || %(t)s || '%%'", t=token) == 0
    )
    async with talk.office.database.transaction() as tx:
        opened = await open_owner_link(tx, token)
        assert (opened.owner_id, opened.contact_id, opened.contact_name) == (talk.owner_id, talk.elena, "Elena Ward")
        with pytest.raises(OwnerLinkUnknown):
            await open_owner_link(tx, token[:-1])
    _, listed = await talk.get(links)
    [link] = listed["items"]
    assert (link["contactId"], bool(link["lastUsedAt"])) == (talk.elena, True)
    status, taken = await talk.post(f"{links}/{link['id']}/revoke", {})
    assert (status, bool(taken["revokedAt"])) == (200, True)
    assert (await talk.post(f"{links}/{link['id'] + 1}/revoke", {}))[0] == 404
    async with talk.office.database.transaction() as tx:
        with pytest.raises(OwnerLinkOver):
            await open_owner_link(tx, token)


async def test_a_link_goes_by_another_channel_where_the_first_is_refused(talk: Talk) -> None:
    await talk.office.reply("STOP", person=HARBOR)
    assert (await talk.send("PATCH", f"/api/owners/{talk.owner_id}", {"preferredChannel": "sms"}))[0] == 200
    status, made = await talk.post(f"/api/owners/{talk.owner_id}/own-links", {})
    assert (status, made["kind"]) == (201, "email"), made
    status, problem = await talk.post(f"/api/owners/{talk.owner_id}/own-links", {"channel": "sms"})
    assert (status, problem["type"]) == (422, "/problems/nobody-reached")
    assert "stopped messages by SMS" in problem["detail"]


def test_a_statement_survives_the_way_through_mail_byte_for_byte() -> None:
    statement = bytes(range(256)) * 300
    mail = Outgoing(
        message_id=7, channel="email", sender_address="hello@bellevue.example.org", to="harbor@example.org",
        purpose="transactional", language="en", subject="Paid", body="It is attached.", html="<p>It is attached.</p>",
        sending_at=datetime(2027, 3, 1, tzinfo=UTC),
        attachments=(Attachment(name="statement-17.pdf", media_type="application/pdf", content=statement),),
    )  # fmt: skip
    [file] = message_from_bytes(build(mail), policy=policy.default).iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("statement-17.pdf", statement)
