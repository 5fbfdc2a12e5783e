"""What the tests of the budget share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], None]:
    """Waits for a condition, for half a minute at most."""

    def wait(condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(0.02)

    return wait
