"""Waiting for a condition, instead of for a time."""

import time
from collections.abc import Callable

import pytest


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Waits until something holds; fails the test where it still does not after a minute and a half."""

    def wait(condition: Callable[[], bool]) -> None:
        until = time.monotonic() + 90
        while not condition():
            assert time.monotonic() < until, f"still not so after 90 s: {condition}"
            time.sleep(0.02)

    return wait
