"""Waiting for something to happen, however busy the machine is."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 300
"""What has not happened by then never will."""


def until(true: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something holds; the test fails when that takes too long."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)
