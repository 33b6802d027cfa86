"""What speaks against a message: said before sending, obeyed at the queue's door, and the same both times."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedside.event_log import SYSTEM
from bedside.kit.clock import SetClock
from bedside.message_templates import Channel, Purpose
from bedside.messaging import PersonRef, enqueue
from bedside.messaging.consent import Recipient, judge, refusal
from bedside.messaging.deciding import decide
from bedside.messaging.frequency import DAY, most_at_once
from tests.messaging.test_deciding import NEW_YORK, at
from tests.post_office import MAIL, MARIA, PostOffice

NOW = datetime(2027, 3, 1, 14, tzinfo=UTC)


async def policy(office: PostOffice, *, day: int = 4, week: int = 12, holidays: str = "as_any_day") -> None:
    """What the hospital says about news and holidays."""
    async with office.database.transaction() as tx:
        await tx.execute(
            """insert into communications.contact_policies
               values (%(id)s, %(day)s, %(week)s, %(holidays)s, 1, %(now)s)""",
            id=office.hospital,
            day=day,
            week=week,
            holidays=holidays,
        )


async def says(office: PostOffice, word: str) -> None:
    """Maria's word: `sms marketing true`."""
    channel, purpose, granted = word.split()
    async with office.database.transaction() as tx:
        await tx.execute(
            """insert into crm.consents (patient_id, channel, purpose, granted, how, recorded_by, at)
               values (%(id)s, %(channel)s, %(purpose)s, %(granted)s, 'told staff', 'Ana', %(now)s)""",
            id=office.maria,
            channel=channel,
            purpose=purpose,
            granted=granted == "true",
        )


async def test_ten_at_once_under_a_cap_of_one_and_one_goes_out(office: PostOffice) -> None:
    await policy(office, day=1, week=5)
    await says(office, "sms marketing true")
    queued = await asyncio.gather(*(office.queue("sms", purpose="marketing", key=f"racer:{n}") for n in range(10)))
    assert sum(one.message_id is not None for one in queued) == 1
    refused = {one.refused_because for one in queued if one.message_id is None}
    assert refused == {"They get news 1 time a day at most, and have that already."}
    assert (await office.queue("sms")).message_id is not None  # what is no news is not counted
    [again] = [one for one in queued if one.message_id]
    [(key,)] = await office.rows("select idempotency_key from communications.message_queue where purpose = 'marketing'")
    repeated = await office.queue("sms", purpose="marketing", key=key)
    assert (repeated.message_id, repeated.fresh) == (again.message_id, False)


async def test_caps_hold_across_channels_and_end_with_the_day(office: PostOffice, clock: SetClock) -> None:
    await policy(office, day=1, week=2)
    await says(office, "sms marketing true")
    await says(office, "email marketing true")
    assert (await office.queue("sms", purpose="marketing")).message_id
    assert (await office.queue("email", purpose="marketing")).message_id is None
    # what is queued for later counts too
    late = clock.now() + timedelta(hours=20)
    assert (await office.queue("email", purpose="marketing", not_before=late)).message_id is None
    clock.set(clock.now() + timedelta(days=1))
    assert (await office.queue("email", purpose="marketing")).message_id
    clock.set(clock.now() + timedelta(days=1))
    assert "2 times a week" in str((await office.queue("sms", purpose="marketing")).refused_because)


@given(st.lists(st.integers(0, 400), max_size=12), st.integers(0, 400))
def test_no_stretch_of_a_day_holds_more_than_was_counted(hours: list[int], now: int) -> None:
    times = [NOW + timedelta(hours=one) for one in hours]
    here = NOW + timedelta(hours=now)
    slowly = 0
    for start in range(now - 23, now + 1):
        begins = NOW + timedelta(hours=start)
        slowly = max(slowly, sum(begins <= one < begins + DAY for one in times))
    assert most_at_once(times, here, DAY) == slowly


@pytest.mark.parametrize(
    ("holidays", "purpose", "goes"),
    [
        ("as_any_day", "marketing", "2027-11-25T10:00"),
        ("no_news", "transactional", "2027-11-25T10:00"),
        ("no_news", "marketing", "2027-11-26T08:00"),
        ("quiet", "transactional", "2027-11-26T08:00"),
    ],
)
def test_holidays_of_the_hospitals_country_are_quiet_where_it_says_so(holidays: str, purpose: str, goes: str) -> None:
    """Thanksgiving."""
    maria = Recipient(
        sms=MARIA,
        zone=NEW_YORK,
        country="US",
        holidays=holidays,
        consents=["sms marketing true 1772373600 told staff"],
        quiet_from=time(21),
        quiet_until=time(8),
    )
    why = Purpose(purpose)
    decision = judge(maria, Channel.SMS, why, known_person=True, urgent=False, wanted=at("2027-11-25T10:00"))
    assert (decision.at, decision.refused_because) == (at(goes), None)


def test_a_landline_is_refused_for_sms_and_an_address_that_cannot_be_for_everything() -> None:
    landline = Recipient(phone=MARIA)
    assert refusal(landline, Channel.SMS, Purpose.TRANSACTIONAL) == (
        "+1 212-555-0142 does not take SMS: it is a landline."
    )
    london = Recipient(sms="+442079460018", whatsapp="+442079460018")
    assert "landline" in str(refusal(london, Channel.SMS, Purpose.TRANSACTIONAL, known_person=False))
    for channel, address in ((Channel.SMS, "+12"), (Channel.SMS, "+19995550142123"), (Channel.EMAIL, "ana@nowhere")):
        there = Recipient(sms=address, email=address)
        assert "cannot be" in str(refusal(there, channel, Purpose.TRANSACTIONAL, known_person=False))


_WORDS = st.lists(
    st.sampled_from([f"{c} {p} {g}" for c in Channel for p in Purpose for g in ("true", "false")]), max_size=6
)
_STOPS = st.lists(
    st.tuples(st.sampled_from(list(Channel)), st.booleans(), st.sampled_from(["", "marketing"])), max_size=3
)


async def test_what_is_explained_is_what_the_queue_does(office: PostOffice) -> None:
    """Every state that consents and stops make, each channel and purpose: told before, and then done."""
    await policy(office, day=2, week=3)
    cases: list[tuple[list[str], list[Any]]] = []

    @given(_WORDS, _STOPS)
    def collect(words: list[str], stops: list[Any]) -> None:
        cases.append((words, stops))

    collect()
    seen = set()
    numbers = count()
    for words, stops in cases[:60]:
        for word in words:
            await says(office, word)
        async with office.database.transaction() as tx:
            await tx.execute("update communications.suppressions set lifted_at = %(now)s where lifted_at is null")
            for channel, every, purpose in stops:
                await tx.execute(
                    """insert into communications.suppressions (channel, address, sender_id, purpose, reason, at)
                       values (%(channel)s, %(address)s, (select min(id) from communications.senders
                               where channel = %(channel)s and not %(every)s), nullif(%(purpose)s, ''), 'opt_out',
                               %(now)s) on conflict do nothing""",
                    channel=channel,
                    address=MAIL if channel == "email" else MARIA,
                    every=every,
                    purpose=purpose,
                )
        for channel in (None, *Channel):
            for purpose in Purpose:
                to = PersonRef(id=office.maria)
                more: dict[str, Any] = {"channel": channel, "purpose": purpose, "hospital_id": office.hospital}
                async with office.database.transaction() as tx:
                    _, told = await decide(tx, to=to, **more)
                    done = await enqueue(tx, key=f"told:{next(numbers)}", to=to, body="Hello",
                                         actor=SYSTEM, **more)  # fmt: skip
                assert told.refused_because == done.refused_because
                assert (told.channel, told.refused_because is None) == (done.channel, done.message_id is not None)
                if done.message_id is not None:
                    assert (await office.message(done.message_id))["not_before"][:16] == told.at.isoformat()[:16]
                seen.add((told.channel, told.refused_because))
    assert len(seen) > 8
