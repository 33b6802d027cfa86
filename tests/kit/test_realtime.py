"""Listeners get what they want, in order, and one who does not keep up is dropped rather than waited for."""

import pytest

from bedside.kit.realtime import LARGEST_BACKLOG, Hub, TooSlow


async def test_a_listener_gets_only_what_it_wants_and_what_piled_up_at_once() -> None:
    hub: Hub[int] = Hub()
    with hub.listen(lambda number: number % 2 == 0) as listener:
        hub.publish([1, 2, 3])
        hub.publish([4])
        hub.publish([5])
        assert await listener.next() == [2, 4]
    assert len(hub) == 0


async def test_one_who_does_not_keep_up_is_dropped_and_the_others_are_not() -> None:
    hub: Hub[int] = Hub()
    with hub.listen(lambda _: True) as slow, hub.listen(lambda _: True) as quick:
        for number in range(LARGEST_BACKLOG + 1):
            hub.publish([number])
            assert await quick.next() == [number]
        with pytest.raises(TooSlow):
            await slow.next()


async def test_when_the_process_stops_listeners_hear_what_is_left_and_then_the_end() -> None:
    hub: Hub[int] = Hub()
    with hub.listen(lambda _: True) as listener:
        hub.publish([1])
        hub.end()
        assert await listener.next() == [1]
        assert await listener.next() is None


async def test_listeners_of_one_key_are_one_question_and_none_sees_what_another_took() -> None:
    hub: Hub[int] = Hub()
    asked: list[int] = []

    def wants(number: int) -> bool:
        asked.append(number)
        return number != 2

    with (
        hub.listen(wants, key="desk") as one,
        hub.listen(wants, key="desk") as other,
        hub.listen(lambda _: True) as all_,
    ):
        hub.publish([1, 2])
        assert asked == [1, 2]
        hub.publish([3])
        assert await one.next() == [1, 3]
        hub.publish([4])
        assert await other.next() == [1, 3, 4]
        assert await one.next() == [4]
        assert await all_.next() == [1, 2, 3, 4]
