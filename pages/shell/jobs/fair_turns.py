"""Which job is computed next: visitors take turns, and long jobs let others have theirs after each slice of time.

No job can wait for ever. A job that has paused is always able to go on, and whenever a worker is free and a job is able
to run, one runs. Among those that are able, the visitor comes first whose last turn was longest ago, and a turn puts a
visitor at the end. A running job gives its worker back when it ends or, with slices, at a step after its slice is over.
"""

import itertools
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from pages.shell.jobs.job import Job
from pages.shell.jobs.line import estimate_wait, in_line

MOST_BEGUN = 32
"""With slices, so many jobs may have begun and not ended; each holds what it has computed so far."""
REMEMBERED = 16
"""A job's usual duration is the median over at most so many of the latest with its title."""
FULL = "this server cannot start another computation now; wait a moment, then try again"


@dataclass(eq=False)
class QueuedJob:
    """A job that has not ended.

    Attributes:
        job: the job.
        work: what it does.
        number: the order of arrival.
        begun: when its thread was started, by the clock; None before.
        since: when its present turn began.
        go_on: set while it may run.
    """

    job: Job
    work: Callable[[Job], Any]
    number: int
    begun: float | None = None
    since: float = 0.0
    go_on: threading.Event = field(default_factory=threading.Event)


class FairTurns:
    """Runs jobs in threads, some at once, in fair turns.

    Args:
        workers: how many run at once.
        slice_seconds: how long a job may run while another visitor waits; None: until it ends. With slices, each
            visitor has one job that has begun and not ended, so that the others do not fill the memory.
        most_begun: how many of all visitors' jobs may have begun and not ended, with slices.
        clock: returns seconds.
    """

    def __init__(
        self,
        workers: int,
        slice_seconds: float | None = None,
        most_begun: int = MOST_BEGUN,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._workers, self._slice, self._most_begun, self._clock = workers, slice_seconds, most_begun, clock
        self._turns: list[QueuedJob] = []
        self._running: list[QueuedJob] = []
        self._by_thread: dict[int, QueuedJob] = {}
        self._numbers = itertools.count(1)
        self._last: defaultdict[str, int] = defaultdict(int)
        self._durations: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
        self._lock = threading.Lock()

    def add(self, job: Job, work: Callable[[Job], Any]) -> None:
        """Run a job when its visitor's turn comes."""
        job.give_way = self._give_way
        with self._lock:
            if all(turn.job.visitor != job.visitor for turn in self._turns):
                self._last[job.visitor] = next(self._numbers)
            self._turns.append(QueuedJob(job, work, next(self._numbers)))
            self._dispatch()

    def discard(self, job: Job) -> bool:
        """Take a job that has no thread yet out of the line; return whether it was there."""
        with self._lock:
            waiting = [turn for turn in self._turns if turn.job is job and turn.begun is None]
            for turn in waiting:
                self._turns.remove(turn)
            return bool(waiting)

    def unfinished(self) -> list[Job]:
        """Return the jobs that have not ended."""
        with self._lock:
            return [turn.job for turn in self._turns]

    @property
    def sharing(self) -> float:
        """How much longer a running job takes because others have their turns too; 1 if none has."""
        if self._slice is None:
            return 1.0
        with self._lock:
            begun = sum(turn.begun is not None for turn in self._turns)
        return max(1.0, begun / self._workers)

    def line(self, job: Job) -> str:
        """Return the position of a job that has not begun, in words, with the time where it can be estimated."""
        with self._lock:
            order = self._order_of_waiting()
            position = next((at for at, turns in enumerate(order, 1) if any(turn.job is job for turn in turns)), 0)
            if not position:
                return ""
            return in_line(position, self._wait([turns[0] for turns in order[: position - 1]]))

    # --- with the lock held ----------------------------------------------------------------------

    def _dispatch(self) -> None:
        """Let jobs run while workers are free."""
        while len(self._running) < self._workers and (turn := self._next()) is not None:
            self._running.append(turn)
            turn.since = self._clock()
            self._put_last(turn)
            if turn.begun is None:
                self._begin(turn)
            else:
                turn.go_on.set()

    def _begin(self, turn: QueuedJob) -> None:
        turn.begun = self._clock()
        try:
            threading.Thread(target=self._work, args=[turn], name="job", daemon=True).start()
        except RuntimeError:  # the system has no thread left
            self._running.remove(turn)
            self._turns.remove(turn)
            turn.job.end(FULL)

    def _next(self) -> QueuedJob | None:
        """Return the job to run next, if one can."""
        able = self._able()
        return min(able, key=self._rank) if able else None

    def _able(self) -> list[QueuedJob]:
        begun = [turn for turn in self._turns if turn.begun is not None]
        groups = {turn.job.group for turn in begun if turn.job.group is not None}
        visitors = {turn.job.visitor for turn in begun}

        def can_begin(turn: QueuedJob) -> bool:
            if turn.job.group in groups:
                return False
            return self._slice is None or (turn.job.visitor not in visitors and len(begun) < self._most_begun)

        idle = (turn for turn in self._turns if turn not in self._running)
        return [turn for turn in idle if turn.begun is not None or can_begin(turn)]

    def _rank(self, turn: QueuedJob) -> tuple[bool, int, bool, int]:
        """Return what the next job has least of; a paused one that was cancelled comes first, because it ends."""
        is_ending = turn.begun is not None and turn.job.cancelled
        return not is_ending, self._last[turn.job.visitor], turn.begun is None, turn.number

    def _put_last(self, turn: QueuedJob) -> None:
        self._last[turn.job.visitor] = next(self._numbers)

    def _order_of_waiting(self) -> list[list[QueuedJob]]:
        """Return the jobs that wait in the order in which they will begin; those of a group stand together."""
        waiting = [turn for turn in self._turns if turn.begun is None and not turn.job.is_begun]
        last, numbers = dict(self._last), itertools.count(next(self._numbers))
        order: list[list[QueuedJob]] = []
        while waiting:
            first = min(waiting, key=lambda turn: (last.get(turn.job.visitor, 0), turn.number))
            together = [turn for turn in waiting if turn is first or _are_together(turn, first)]
            waiting = [turn for turn in waiting if turn not in together]
            last[first.job.visitor] = next(numbers)
            order.append(together)
        return order

    def _wait(self, ahead: list[QueuedJob]) -> float | None:
        """Return the seconds until the turn after these waiting jobs, if there is ground for an estimate."""
        begun = [turn for turn in self._turns if turn.begun is not None]
        if self._slice is None:
            return estimate_wait(map(self._rest, begun), [self._usual(turn.job) for turn in ahead], self._workers)
        if len(begun) + len(ahead) >= self._most_begun:
            return None
        turns = [min(self._slice, rest) if (rest := self._rest(turn)) is not None else self._slice for turn in begun]
        return estimate_wait(turns, [self._slice] * len(ahead), self._workers)

    def _rest(self, turn: QueuedJob) -> float | None:
        """Return the seconds that a job that has begun still needs, as it says itself or as such jobs usually do."""
        if (said := turn.job.time_left.seconds) is not None:
            return said
        usual, begun = self._usual(turn.job), turn.begun
        if usual is None or begun is None or usual <= self._clock() - begun:
            return None
        return usual - (self._clock() - begun)

    def _usual(self, job: Job) -> float | None:
        durations = self._durations.get(job.title)
        return median(durations) if durations else None

    # --- in the threads of the jobs --------------------------------------------------------------

    def _work(self, turn: QueuedJob | None) -> None:
        thread = threading.get_ident()
        while turn is not None:
            self._by_thread[thread] = turn
            turn.job.run(turn.work)
            with self._lock:
                turn = self._end(turn)
        del self._by_thread[thread]

    def _end(self, turn: QueuedJob) -> QueuedJob | None:
        """Take a job out, and let others run; return the next of its group, which goes on in the same turn."""
        self._running.remove(turn)
        self._turns.remove(turn)
        if not turn.job.error and turn.begun is not None and turn.job.group is None:
            self._durations[turn.job.title].append(self._clock() - turn.begun)
        self._put_last(turn)
        follower = next((each for each in self._turns if _are_together(each, turn) and each.begun is None), None)
        if follower is not None:
            follower.begun, follower.since = self._clock(), turn.since
            self._running.append(follower)
        self._dispatch()
        self._forget_visitors()
        return follower

    def _forget_visitors(self) -> None:
        present = {turn.job.visitor for turn in self._turns}
        for visitor in [visitor for visitor in self._last if visitor not in present]:
            del self._last[visitor]

    def _give_way(self, job: Job) -> None:
        """Let other visitors have their turn if this thread's slice is over; return when it may go on."""
        turn = self._by_thread.get(threading.get_ident())
        if turn is None or self._slice is None or job.cancelled:
            return
        with self._lock:
            if self._clock() - turn.since < self._slice or not self._others(turn, self._able()):
                return
            turn.go_on.clear()
            self._running.remove(turn)
            self._put_last(turn)
            job.pause()
            self._dispatch()
        turn.go_on.wait()
        job.resume()

    @staticmethod
    def _others(own: QueuedJob, turns: Iterable[QueuedJob]) -> bool:
        return any(turn.job.visitor != own.job.visitor for turn in turns)


def _are_together(first: QueuedJob, second: QueuedJob) -> bool:
    return first.job.group is not None and first.job.group == second.job.group
