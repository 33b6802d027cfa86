"""Whether, where and when somebody may be written to: pure decisions, and the same at the queue's door."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.kit.clock import SetClock
from bedside.message_templates import Channel, Purpose
from bedside.messaging.consent import Recipient, best_channel, refusal
from bedside.messaging.quiet_hours import after_quiet_hours
from tests.post_office import PostOffice

NEW_YORK = "America/New_York"
PHONE = "+12125550142"
NINE_TO_EIGHT: dict[str, Any] = {"quiet_from": time(21), "quiet_until": time(8)}


def at(text: str) -> datetime:
    """An instant, from New York's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "goes"),
    [
        ("2027-03-01T20:59", "2027-03-01T20:59"),
        ("2027-03-01T21:00", "2027-03-02T08:00"),
        ("2027-03-02T03:00", "2027-03-02T08:00"),
        ("2027-03-02T08:00", "2027-03-02T08:00"),
        ("2027-03-13T23:00", "2027-03-14T08:00"),  # an hour shorter: clocks go forward in that night
        ("2027-11-06T23:00", "2027-11-07T08:00"),  # an hour longer
    ],
)
def test_quiet_hours_are_those_of_the_recipients_clock(now: str, goes: str) -> None:
    assert after_quiet_hours(at(now), zone=NEW_YORK, **NINE_TO_EIGHT) == at(goes)


@given(st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 1, 1)), st.times(), st.times())  # noqa: DTZ001
def test_nothing_goes_out_earlier_or_more_than_a_day_later(moment: datetime, start: time, end: time) -> None:
    instant = moment.replace(tzinfo=UTC)
    goes = after_quiet_hours(instant, zone=NEW_YORK, quiet_from=start, quiet_until=end)
    assert instant <= goes <= instant + timedelta(hours=25)


def person(**known: object) -> Recipient:
    """Somebody with a phone that takes everything, and mail."""
    given = {"sms": PHONE, "whatsapp": PHONE, "email": "m@example.org", "senders": ["sms 3", "whatsapp 4", "email 5"]}
    return Recipient(**(given | known))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "purpose", "refused"),
    [
        ({}, "transactional", False),
        ({}, "marketing", True),
        ({"consents": ["sms marketing true"]}, "marketing", False),
        ({"consents": ["sms marketing true", "sms transactional false"]}, "marketing", True),
        ({"consents": ["sms marketing false"]}, "transactional", False),
        ({"consents": ["whatsapp transactional false"]}, "transactional", False),
        ({"suppressed": ["sms +12125550142 3"]}, "transactional", True),
        ({"suppressed": ["sms +12125550142 0"]}, "transactional", True),
        ({"suppressed": ["sms +12125550142 9"]}, "transactional", False),
        ({"suppressed": ["whatsapp +12125550142 0"]}, "transactional", False),
        ({"sms": None}, "transactional", True),
        ({"archived": True}, "transactional", True),
    ],
)
def test_who_may_be_written_to_by_sms(known: dict[str, object], purpose: str, refused: bool) -> None:
    assert (refusal(person(**known), Channel.SMS, Purpose(purpose)) is not None) is refused


def test_the_channel_they_prefer_else_the_first_that_reaches_them() -> None:
    assert best_channel(person(), Purpose.TRANSACTIONAL) is Channel.SMS
    assert best_channel(person(preferred_channel=Channel.WHATSAPP), Purpose.TRANSACTIONAL) is Channel.WHATSAPP
    assert best_channel(person(sms=None, whatsapp=None), Purpose.TRANSACTIONAL) is Channel.EMAIL
    assert best_channel(person(), Purpose.MARKETING) is None
    assert best_channel(person(consents=["email marketing true"]), Purpose.MARKETING) is Channel.EMAIL


async def test_quiet_hours_delay_everything_but_what_is_urgent(office: PostOffice, clock: SetClock) -> None:
    async with office.database.transaction() as tx:
        await tx.execute("update crm.hospitals set quiet_from = '21:00', quiet_until = '08:00'")
    clock.set(at("2027-03-01T23:00"))
    waits = await office.queue("sms", body="In the morning")
    await office.queue("sms", body="At once", urgent=True)
    await office.delivered()
    assert [message.body for message in office.phone()] == ["At once"]
    clock.set(at("2027-03-02T08:00"))
    await office.delivered()
    assert await office.status(waits.message_id) == "delivered"
