"""Receipts by the hundred: kept first, applied by workers in batches, each once, in any order, whoever dies."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from psycopg.errors import CheckViolation

from bedside.kit.clock import SetClock
from bedside.messaging import applying, store_receipts
from bedside.messaging.applying import apply_all, apply_statuses, apply_words
from bedside.messaging.keeping import Intake, arrived, keep
from bedside.messaging.model import MessageStatus
from bedside.messaging.moving import move
from bedside.messaging.reports import Report
from bedside.messaging.status_changes import apply
from bedside.messaging.store_status import Standing
from bedside.messaging.tasks import forget_webhooks
from tests.post_office import MARIA, SECRET, PostOffice

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
REPORTS = st.builds(
    Report,
    provider_id=st.just("SM1"),
    status=st.sampled_from(["sent", "undelivered", "failed", "delivered", "read", "unknown", "cancelled"]),
    at=st.integers(0, 9).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    code=st.sampled_from([None, "30003", "30005"]),
    words=st.sampled_from(["", "No such number.", "Switched off."]),
    price_category=st.sampled_from([None, "marketing", "utility"]),
    billable=st.sampled_from([None, True, False]),
)


def standing() -> Standing:
    """A message in a sender's hand."""
    nothing: dict[str, Any] = dict.fromkeys(Standing.__struct_fields__)
    return Standing(
        **nothing | {"id": 1, "status": MessageStatus.SENDING, "priority": 1, "channel": "sms", "sensitive": False}
    )


@given(st.lists(REPORTS, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_leaves_a_message_the_same(reports: list[Report], chance: random.Random) -> None:
    first, second = standing(), standing()
    for report in reports:
        move(first, report, at=report.at or NOON)
    again = reports + chance.choices(reports, k=len(reports))
    chance.shuffle(again)
    for report in again:
        move(second, report, at=report.at or NOON)
    assert first == second


async def state(office: PostOffice) -> list[tuple[Any, ...]]:
    """Where every message stands."""
    return await office.rows(
        """select id, status, provider_id, sent_at, delivered_at, read_at, ended_at, error_code, error
           from communications.message_queue order by id"""
    )


async def kept(office: PostOffice, message_id: int | None, status: str, **more: str) -> None:
    """A status callback of Twilio's whose signature has been verified, kept and not yet applied."""
    fields = {"MessageSid": f"SM{message_id}", "MessageStatus": status, **more}
    body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    async with office.database.transaction() as tx:
        await keep(tx, provider="twilio", kind=f"status:{message_id}", body=body)


async def waiting(office: PostOffice) -> tuple[int, int]:
    """How many receipts wait, and how many have been set aside."""
    async with office.database.transaction() as tx:
        found = await store_receipts.standing(tx)
    return found.waiting, found.set_aside


async def test_the_door_keeps_and_only_the_worker_applies(office: PostOffice) -> None:
    queued = await office.queue("sms")
    await kept(office, queued.message_id, "delivered")
    assert (await office.status(queued.message_id), await waiting(office)) == ("queued", (1, 0))
    assert await office.applied() == 1
    assert (await office.status(queued.message_id), await waiting(office)) == ("delivered", (0, 0))


async def test_two_workers_and_one_that_dies_apply_each_receipt_once(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that dies has applied its batch and not yet said so: all of it is as if it had never begun."""
    monkeypatch.setattr(applying, "STATUSES_AT_ONCE", 20)
    messages = [(await office.queue("sms")).message_id for _ in range(60)]
    for status in ("delivered", "sent"):
        for message_id in messages:
            await kept(office, message_id, status)
    settle = store_receipts.settle
    died: list[bool] = []

    async def die_once(*given: Any) -> None:
        if not died:
            died.append(True)
            raise SystemError("killed")
        await settle(*given)

    monkeypatch.setattr(store_receipts, "settle", die_once)

    async def worker() -> int:
        done = 0
        while True:
            try:
                some = await apply_statuses(office.database, secret=SECRET)
            except SystemError:
                continue
            if not some:
                return done
            done += some

    counts = await asyncio.gather(worker(), worker(), worker())
    assert (sum(counts), died) == (120, [True])
    for row in await state(office):
        assert row[1] == "delivered"
        assert None not in row[3:5]
    events = await office.rows(
        """select message_id, status, count(*) from communications.message_events
           where status <> 'queued' group by 1, 2 having count(*) > 1"""
    )
    assert events == []
    told = await office.rows("select count(*) from crm.event_log where kind = 'message.status_changed'")
    moves = await office.rows("select count(*) from communications.message_events where status in ('sent','delivered')")
    assert told == moves


async def test_a_batch_ends_as_single_receipts_do(office: PostOffice) -> None:
    """The same receipts, one after the other and all in one batch in reverse, leave two messages alike."""
    alone, together = await office.queue("sms"), await office.queue("sms")
    steps: list[tuple[str, dict[str, str]]] = [
        ("sent", {}), ("undelivered", {"ErrorCode": "30003"}), ("delivered", {}), ("failed", {"ErrorCode": "30008"}),
    ]  # fmt: skip
    for status, more in steps:
        await kept(office, alone.message_id, status, **more)
        await office.applied()
    for status, more in reversed(steps):
        await kept(office, together.message_id, status, **more)
    await office.applied()
    one, other = await state(office)
    assert one[1] == "delivered"
    assert one[3:] == other[3:]


async def test_one_that_fails_is_tried_again_then_set_aside_and_stops_nobody(
    office: PostOffice, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = await office.queue("sms"), await office.queue("sms")
    broken = [True]

    async def stumbles(tx: Any, reports: Any, **more: Any) -> int:
        if broken[0] and any(report.message_id == bad.message_id for report in reports):
            raise ValueError("a fault of ours")
        return await apply(tx, reports, **more)

    monkeypatch.setattr(applying, "apply", stumbles)
    await kept(office, bad.message_id, "delivered")
    await kept(office, good.message_id, "delivered")
    assert await office.applied() == 2
    assert (await office.status(good.message_id), await waiting(office)) == ("delivered", (1, 0))
    assert await office.applied() == 0  # put off: it is not hammered
    for _ in range(applying.TRIES - 1):
        clock.advance(timedelta(minutes=11))
        await office.applied()
    assert (await office.status(bad.message_id), await waiting(office)) == ("queued", (0, 1))
    broken[0] = False
    async with office.database.transaction() as tx:
        [aside] = (await store_receipts.SET_ASIDE.page(tx, filters={})).items
        assert (aside.fault, aside.attempts) == ("ValueError: a fault of ours", applying.TRIES)
        assert f"MessageSid=SM{bad.message_id}" in aside.body
        await store_receipts.wait_again(tx, receipt_id=aside.id)
    assert await office.applied() == 1
    assert (await office.status(bad.message_id), await waiting(office)) == ("delivered", (0, 0))


async def test_a_stop_goes_before_a_thousand_statuses(office: PostOffice) -> None:
    queued = await office.queue("sms")
    async with office.database.transaction() as tx:
        for n in range(1000):
            body = f"MessageSid=SM{n}&MessageStatus=sent".encode()
            await keep(tx, provider="twilio", kind=f"status:{900_000 + n}", body=body)
        body = f"MessageSid=SMstop&From=%2B{MARIA[1:]}&To={office.accounts.twilio.sms_from}&Body=stop".encode()  # type: ignore[union-attr]
        await keep(tx, provider="twilio", kind="inbound", body=body.replace(b"To=+", b"To=%2B"))
    assert await apply_words(office.database, secret=SECRET) == 1
    assert await office.status(queued.message_id) == "cancelled"
    assert (await waiting(office))[0] == 1000
    assert await apply_all(office.database, secret=SECRET) == 1000


async def test_what_comes_side_by_side_is_kept_once_each(office: PostOffice) -> None:
    intake = Intake(office.database)
    bodies = [f"MessageSid=SM{n % 150}&MessageStatus=sent".encode() for n in range(300)]
    fresh = await asyncio.gather(
        *(intake.keep(arrived(provider="twilio", kind="status:1", body=body)) for body in bodies)
    )
    assert fresh.count(True) == 150
    rows = await office.rows("select body from communications.webhook_receipts order by id")
    assert [row[0] for row in rows] == bodies[:150]


async def test_what_cannot_be_kept_is_not_said_to_be(office: PostOffice) -> None:
    """The provider is told that it failed and calls again; whoever comes next is kept."""
    intake = Intake(office.database)
    async with office.database.transaction() as tx:
        await tx.execute("alter table communications.webhook_receipts add constraint no_bytes check (body <> '')")
    with pytest.raises(CheckViolation):
        await intake.keep(arrived(provider="twilio", kind="inbound", body=b""))
    assert await intake.keep(arrived(provider="twilio", kind="inbound", body=b"words"))


async def test_a_replay_changes_nothing(office: PostOffice) -> None:
    queued = await office.queue("sms")
    for _ in range(3):
        assert await office.twilio_says(queued.message_id, "sent", "SM1") == 204
    assert await office.rows("select count(*), min(attempts) from communications.webhook_receipts") == [(1, 1)]
    assert (await office.events(queued.message_id)).count("sent") == 1


@pytest.mark.parametrize("body", [b"", b"%ff=%00", b"MessageSid=SM%00&MessageStatus=sent", b"\xff\xfe"])
async def test_what_nobody_expected_is_set_aside_or_passed_over(office: PostOffice, body: bytes) -> None:
    good = await office.queue("sms")
    async with office.database.transaction() as tx:
        await keep(tx, provider="twilio", kind="status:99999999999999999999", body=body)
        await keep(tx, provider="whatsapp_cloud", kind="webhook", body=body)
        await keep(tx, provider="smtp", kind="bounce", body=body)
    await kept(office, good.message_id, "delivered")
    await office.applied()
    assert (await office.status(good.message_id), (await waiting(office))[0]) == ("delivered", 0)


async def test_receipts_are_kept_for_ninety_days(office: PostOffice, clock: SetClock) -> None:
    await kept(office, 1, "sent")
    clock.advance(timedelta(days=89))
    await forget_webhooks(office.database)
    assert await waiting(office) == (1, 0)
    clock.advance(timedelta(days=2))
    await forget_webhooks(office.database)
    assert await waiting(office) == (0, 0)


def test_a_time_before_it_was_sent_is_the_time_it_was_sent() -> None:
    message = replace(standing(), sending_at=NOON)
    move(message, Report(status="sent"), at=NOON - timedelta(seconds=1))
    assert message.sent_at == NOON
