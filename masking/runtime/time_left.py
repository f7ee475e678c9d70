"""How long work will still take, from the pace of its latest steps."""

import itertools
import time
from collections import deque
from collections.abc import Callable
from statistics import median

RECENT = 16
"""The pace is the median over at most so many of the latest steps."""
LEAST = 2
"""With fewer steps after the first there is no estimate: the first step loads, compiles and fills caches."""


class TimeLeft:
    """Collects reports of progress and estimates the remaining seconds.

    The first report closes the slow beginning of the work, which says nothing about the rest. The estimate is the
    median pace of the latest steps, so a single slow step does not disturb it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._marks: deque[tuple[float, float]] = deque(maxlen=RECENT + 1)

    def report(self, share: float) -> None:
        """Note that so much of the work is done, 0 … 1; a share that falls begins a new estimate."""
        if self._marks and share < self._marks[-1][1]:
            self._marks.clear()
        if share > 0 and (not self._marks or share > self._marks[-1][1]):
            self._marks.append((self._clock(), share))

    @property
    def seconds(self) -> float | None:
        """The remaining seconds, 0 or more; None while there are too few steps, or when the latest one takes long."""
        marks = list(self._marks)
        if marks and marks[-1][1] >= 1:
            return 0.0
        if len(marks) <= LEAST:
            return None
        steps = [(after[0] - before[0], after[1] - before[1]) for before, after in itertools.pairwise(marks)]
        waited = self._clock() - marks[-1][0]
        left = median(seconds / share for seconds, share in steps) * (1 - marks[-1][1]) - waited
        return left if left > 0 else None
