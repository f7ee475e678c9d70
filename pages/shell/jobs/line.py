"""How far ahead of its turn a job is, in words."""

import heapq
from collections.abc import Iterable, Sequence

ORDINALS = ("next", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
MINUTE = 60
LONGEST_IN_SECONDS = 90
"""Longer waits are given in minutes."""


def in_line(position: int, seconds: float | None) -> str:
    """Return the words for a position, 1 or more, such as `third in line, about 40 s`."""
    ordinal = ORDINALS[position - 1] if position <= len(ORDINALS) else f"number {position}"
    return f"{ordinal} in line{about(seconds)}"


def about(seconds: float | None) -> str:
    """Return an estimate as it follows other words, such as `, about 40 s`; nothing where there is none."""
    if not seconds:
        return ""
    if seconds > LONGEST_IN_SECONDS:
        return f", about {seconds / MINUTE:.0f} min"
    return f", about {max(1, round(seconds))} s"


def estimate_wait(running: Iterable[float | None], ahead: Sequence[float | None], workers: int) -> float | None:
    """Return the seconds until a worker is free for a job; None where one of these is unknown.

    Args:
        running: the seconds that each running job still takes.
        ahead: the seconds that each job takes that comes before.
        workers: how many jobs run at once.
    """
    free = [0.0] * workers
    for seconds in (*running, *ahead):
        if seconds is None:
            return None
        heapq.heapreplace(free, free[0] + seconds)
    return free[0]
