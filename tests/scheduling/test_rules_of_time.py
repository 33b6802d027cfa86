"""Properties of the pure function: whatever is offered is free, whatever is free is offered, and book would take it."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bedside.scheduling.availability import (
    Clinic,
    Exceptional,
    Facts,
    Place,
    Visit,
    free_times,
    seat,
    survivors,
    windows,
)
from bedside.scheduling.local_time import instant, local_day, shown

# both days of New York's changes of clock, an ordinary one, and Lord Howe's half hour
DAYS = [date(2027, 3, 14), date(2027, 11, 7), date(2027, 6, 1), date(2027, 4, 4), date(2027, 10, 3)]
ZONES = ["America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"]

minutes = st.integers(0, 1440)


@st.composite
def situations(draw: Any) -> tuple[Facts, int]:
    """A practitioner's day: two clinics at most, leave, bookings in lanes, and a kind of visit."""
    day = draw(st.sampled_from(DAYS)).toordinal()
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    place = Place(1, "Bellevue", zone.key, "US", None, False)
    clinics, edge = [], 0
    for _ in range(draw(st.integers(1, 2))):
        starts = draw(st.integers(edge, 1380))
        ends = draw(st.integers(starts + 1, 1440))
        edge = ends
        clinics.append(
            Clinic(
                1, 1, 1, (day - 1) % 7 + 1, starts, ends, draw(st.sampled_from([10, 15, 20, 30, 45])),
                draw(st.integers(1, 3)), draw(st.sampled_from([0, 5])), draw(st.sampled_from([0, 10])), 1, None, None,
            )
        )  # fmt: skip
        if edge >= 1380:
            break
    begin = instant(zone, day, 0)
    away = []
    for _ in range(draw(st.integers(0, 2))):
        since = begin + draw(minutes) * 60
        away.append(Exceptional("leave", 1, None, None, since, since + draw(st.integers(1, 200)) * 60, None, None))
    busy: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for lane in range(4):
        at = begin
        for _ in range(draw(st.integers(0, 5))):
            at += draw(st.integers(0, 300)) * 60
            until = at + draw(st.integers(5, 90)) * 60
            busy.setdefault((1, lane), []).append((at, until))
            at = until
    visit = Visit(
        duration_minutes=draw(st.sampled_from([None, 10, 35, 60])), buffer_before=draw(st.sampled_from([0, 10])),
        buffer_after=draw(st.sampled_from([0, 5])),
    )  # fmt: skip
    facts = Facts(places={1: place}, clinics=clinics, exceptions=away, visit=visit, busy=dict(busy))
    return facts, day


@given(situations())
def test_what_is_offered_is_exactly_what_is_free(situation: tuple[Facts, int]) -> None:
    facts, day = situation
    for _, window in windows(facts, 1, range(day, day + 1)):
        length = (facts.visit.duration_minutes or window.slot // 60) * 60
        before = max(window.before, facts.visit.buffer_before * 60)
        after = max(window.after, facts.visit.buffer_after * 60)
        expected = []
        for start in range(window.starts, window.ends - length + 1, window.step):
            here = all(start + length <= since or start >= until for since, until in window.blocked)
            lanes = [
                all(
                    start + length + after <= since or start - before >= until
                    for since, until in facts.busy.get((1, lane), ())
                )
                for lane in range(window.lanes)
            ]
            if here and any(lanes):
                expected.append(start)
        assert free_times(facts, window, earliest=0) == expected


@given(situations())
def test_book_takes_whatever_is_offered(situation: tuple[Facts, int]) -> None:
    facts, day = situation
    zone = facts.places[1].zone
    for _, window in windows(facts, 1, range(day, day + 1)):
        for start in free_times(facts, window, earliest=0):
            assert local_day(zone, start).toordinal() == day
            found = seat(
                facts, practitioner_id=1, starts=start,
                duration=facts.visit.duration_minutes * 60 if facts.visit.duration_minutes else None,
            )  # fmt: skip
            assert found is not None
            assert found.starts <= start < found.ends


@given(situations(), st.integers(0, 1440))
def test_nothing_before_the_earliest_is_offered_and_nothing_after_it_lost(
    situation: tuple[Facts, int], minute: int
) -> None:
    facts, day = situation
    earliest = instant(facts.places[1].zone, day, 0) + minute * 60 + 17
    for _, window in windows(facts, 1, range(day, day + 1)):
        everything = free_times(facts, window, earliest=0)
        assert free_times(facts, window, earliest=earliest) == [start for start in everything if start >= earliest]


@given(
    st.integers(0, 50), st.integers(1, 40), st.integers(1, 9), st.integers(1, 20), st.integers(0, 5), st.integers(0, 5),
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), max_size=6),
)  # fmt: skip
def test_survivors_are_those_that_touch_nothing(
    first: int, count: int, step: int, length: int, before: int, after: int, spans: list[tuple[int, int]]
) -> None:
    taken = sorted((since, since + lasts) for since, lasts in spans)
    times = range(first, first + count * step, step)
    parts = survivors(times, length=length, before=before, after=after, taken=taken)
    left = [time for part in parts for time in part]
    assert left == [
        time
        for time in times
        if all(time + length + after <= since or time - before >= until for since, until in taken)
    ]


@given(st.sampled_from(DAYS), st.sampled_from(ZONES), st.lists(st.integers(0, 86399 // 60), max_size=5))
def test_quick_words_for_an_instant_are_the_right_ones(day: date, name: str, offsets: list[int]) -> None:
    zone = ZoneInfo(name)
    begin = instant(zone, day.toordinal(), 0)
    instants = [begin + offset * 60 for offset in offsets if local_day(zone, begin + offset * 60) == day]
    assert shown(zone, day, instants) == [datetime.fromtimestamp(at, zone).isoformat() for at in instants]
