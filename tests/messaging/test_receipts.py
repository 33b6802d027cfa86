"""Receipts come in any order, more than once, forged, broken and early; a message only ever moves forward."""

import base64
import hmac
from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.messaging.model import FORWARD, MessageStatus, furthest
from bedside.messaging.providers.twilio.webhooks import is_signed, signature
from tests.post_office import PostOffice

REPORTED = [MessageStatus(word) for word in ("sent", "undelivered", "failed", "delivered", "read", "unknown")]


@given(st.lists(st.sampled_from(REPORTED), min_size=1, max_size=12))
def test_any_order_of_reports_ends_at_the_furthest(reports: list[MessageStatus]) -> None:
    status = MessageStatus.SENDING
    for report in reports:
        status = furthest(status, report)
    assert status == max(reports, key=FORWARD.index)


async def test_every_order_at_the_door_ends_read_with_all_its_times(office: PostOffice) -> None:
    for number, order in enumerate(permutations(["sent", "delivered", "read"])):
        queued = await office.queue("whatsapp")
        for status in order * 2:
            assert await office.twilio_says(queued.message_id, status, f"SM{number}") == 204
        row = await office.message(queued.message_id)
        assert (row["status"], row["provider_id"]) == ("read", f"SM{number}")
        assert None not in (row["sent_at"], row["delivered_at"], row["read_at"]), order


async def test_the_sandboxs_receipts_reordered_and_doubled_count_once(office: PostOffice) -> None:
    await office.fault("receipts_reordered", channel="sms")
    await office.fault("receipts_duplicated", channel="sms")
    await office.fault("receipts_reordered", channel="whatsapp")
    await office.fault("receipts_duplicated", channel="whatsapp")
    text, chat = await office.queue("sms"), await office.queue("whatsapp")
    await office.delivered()
    assert await office.status(text.message_id) == "delivered"
    assert await office.status(chat.message_id) == "read"
    for message in (text, chat):
        events = await office.events(message.message_id)
        assert len(events) == len(set(events))


async def test_a_receipt_that_comes_before_our_own_answer_is_not_lost(office: PostOffice) -> None:
    """The message is still being sent as far as we know, and Twilio says already that it was delivered."""
    await office.fault("receipts_lost", channel="sms", count=None)  # the test itself says what Twilio says
    queued = await office.queue("sms")
    await office.sender._claim()
    assert await office.twilio_says(queued.message_id, "delivered", "SMearly") == 204
    row = await office.message(queued.message_id)
    assert (row["status"], row["lease_until"]) == ("delivered", None)
    await office.delivered()
    assert await office.status(queued.message_id) == "delivered"


async def test_a_failure_reported_by_a_receipt_says_why(office: PostOffice) -> None:
    await office.fault("error", channel="sms", code=30005, at="receipt")
    queued = await office.queue("sms")
    await office.delivered()
    row = await office.message(queued.message_id)
    assert (row["status"], row["error_code"], row["error"]) == (
        "undelivered",
        "30005",
        "There is no such number any more.",
    )
    assert (await office.queue("sms")).message_id is None


async def test_one_malformed_part_leaves_the_others_theirs(office: PostOffice) -> None:
    first, second = await office.queue("whatsapp"), await office.queue("whatsapp")
    one = {"id": "wamid.1", "status": "delivered", "biz_opaque_callback_data": str(first.message_id)}
    two = {"id": "wamid.2", "status": "read", "biz_opaque_callback_data": str(second.message_id)}
    broken = [{"status": "sent"}, "nonsense", {"id": "wamid.3", "status": "sent", "timestamp": "soon"}]
    assert await office.whatsapp_says(one, *broken, two) == 200
    assert await office.status(first.message_id) == "delivered"
    assert await office.status(second.message_id) == "read"
    [(error, aside)] = await office.rows("select error, set_aside_at from communications.webhook_receipts")
    assert error.count("Malformed") == 3
    assert aside is not None


async def test_a_signed_body_that_is_no_webhook_is_answered_and_set_aside(office: PostOffice) -> None:
    account = office.accounts.whatsapp
    assert account is not None
    bodies = [b"", b"nonsense", b"[]", b'{"entry": 5}', b'{"entry": [{"changes": [null]}]}']
    for body in bodies:
        mark = "sha256=" + hmac.new(account.app_secret.encode(), body, "sha256").hexdigest()
        assert await office.post("/webhooks/whatsapp", body, {"X-Hub-Signature-256": mark}) == 200
    rows = await office.rows(
        "select count(*) from communications.webhook_receipts where set_aside_at is not null and attempts = 1"
    )
    assert rows == [(len(bodies),)]


async def test_forged_callbacks_are_refused_and_change_nothing(office: PostOffice) -> None:
    queued = await office.queue("sms")
    path, fields = f"/webhooks/twilio/status/{queued.message_id}", {"MessageSid": "SM1", "MessageStatus": "delivered"}
    assert await office.twilio_posts(path, fields, token="somebody else's token") == 403
    assert await office.post(path, b"MessageSid=SM1&MessageStatus=delivered", {}) == 403
    assert await office.post("/webhooks/whatsapp", b"{}", {"X-Hub-Signature-256": "sha256=00"}) == 403
    assert await office.status(queued.message_id) == "queued"
    assert await office.rows("select 1 from communications.webhook_receipts") == []


async def test_a_receipt_about_nobodys_message_is_taken_and_forgotten(office: PostOffice) -> None:
    assert await office.twilio_says(987_654, "delivered", "SM1") == 204
    assert await office.whatsapp_says({"id": "wamid.9", "status": "read"}) == 200


async def test_whatsapp_verifies_the_address_with_the_token_only(office: PostOffice) -> None:
    async with office.http.post("/whatsapp/verify") as answer:
        assert await answer.json() == {"verified": True}
    url = f"{office.accounts.public_url}/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=no&hub.challenge=1"
    async with office.http.get(url) as answer:
        assert answer.status == 403


async def test_times_in_receipts_are_kept_but_never_in_the_future(office: PostOffice) -> None:
    queued = await office.queue("whatsapp")
    past, future = datetime(2027, 3, 1, 13, 59, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    data = {"biz_opaque_callback_data": str(queued.message_id), "id": "wamid.t"}
    await office.whatsapp_says({"status": "sent", "timestamp": str(int(past.timestamp())), **data})
    await office.whatsapp_says({"status": "read", "timestamp": str(int(future.timestamp())), **data})
    row = await office.message(queued.message_id)
    assert datetime.fromisoformat(row["sent_at"]) == past
    assert datetime.fromisoformat(row["read_at"]) == office.database.clock.now()


async def test_what_whatsapp_bills_a_message_as_is_kept(office: PostOffice) -> None:
    queued = await office.queue("whatsapp")
    pricing = {"billable": True, "pricing_model": "PMP", "category": "utility"}
    await office.whatsapp_says({"id": "wamid.p", "status": "sent", "pricing": pricing}, message_id=queued.message_id)
    await office.whatsapp_says({"id": "wamid.p", "status": "delivered"}, message_id=queued.message_id)
    row = await office.message(queued.message_id)
    assert (row["status"], row["price_category"], row["billable"]) == ("delivered", "utility", True)


def test_twilios_published_signature() -> None:
    """The example in Twilio's own documentation."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, fields.items()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize("called", ["https://crm.example.org/w", "https://crm.example.org:443/w"])
def test_a_signature_holds_with_the_port_and_without(called: str) -> None:
    body = b"From=%2B1&Body=caf%C3%A9+%26+more&Empty="
    fields = [("From", "+1"), ("Body", "café & more"), ("Empty", "")]
    given = signature("token", called, fields)
    assert is_signed("token", ["https://crm.example.org/w"], body, given)
    assert not is_signed("other", ["https://crm.example.org/w"], body, given)
    assert not is_signed("token", ["https://crm.example.org/x"], body, given)
    assert not is_signed("token", ["https://crm.example.org/w"], body + b"&More=1", given)
    assert not is_signed("token", ["https://crm.example.org/w"], body, base64.b64encode(b"x" * 20).decode())
