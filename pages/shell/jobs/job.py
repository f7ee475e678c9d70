"""One piece of work: its progress, and its result or error at the end."""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from masking.runtime.byte_cache import held_bytes
from masking.runtime.time_left import TimeLeft
from pages.shell.jobs.waiter import Waiter

CANCELLED = "Cancelled."
_log = logging.getLogger(__name__)


class Cancelled(Exception):  # noqa: N818
    """Stops a job's work once nobody waits for it."""


class Departure(NamedTuple):
    """A waiter who pressed Cancel: whether the job went on for others, and the result that there was."""

    goes_on: bool
    result: Any


@dataclass(eq=False)
class Job:
    """One piece of work: `result` or `error` once `finished`.

    Attributes:
        title: what is computed.
        result: what the work returned, or so far.
        error: why there is no result; one sentence.
        note: what the work does at the moment.
        share: how much is done, 0 … 1.
        started: when somebody requested it, by the monotonic clock.
        bytes: the size of the result; the work may add what cannot be measured.
        group: jobs of one group never run at once; the first advances them all. None: it is alone.
        is_begun: whether the work has begun; until then it waits for its turn.
        waiters: who waits for it, the first one first. Replaced as a whole, never changed in place.
        departures: who pressed Cancel.
        give_way: lets other jobs have their turn; called at every step.
    """

    title: str
    result: Any = None
    error: str = ""
    note: str = ""
    share: float = 0.0
    started: float = field(default_factory=time.monotonic)
    bytes: int = 0
    group: Hashable = None
    is_begun: bool = False
    waiters: tuple[Waiter, ...] = ()
    departures: dict[Waiter, Departure] = field(default_factory=dict[Waiter, Departure])
    give_way: Callable[["Job"], None] = lambda _: None
    time_left: TimeLeft = field(init=False)
    _pauses: tuple[float, float | None] = (0.0, None)
    _over: threading.Event = field(default_factory=threading.Event)
    _cancel: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.time_left = TimeLeft(self.own_time)

    @property
    def finished(self) -> bool:
        """Whether there is a result or an error."""
        return self._over.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether the work was asked to stop."""
        return self._cancel.is_set()

    @property
    def visitor(self) -> str:
        """The visitor whose turn the job takes: the first who waits; empty if nobody does."""
        waiters = self.waiters
        return waiters[0].visitor if waiters else ""

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; return whether the job is finished."""
        return self._over.wait(seconds)

    def cancel(self) -> None:
        """Ask the work to stop at its next step, whoever waits for it."""
        self._cancel.set()

    def step(self, share: float, note: str = "") -> None:
        """Report the share that is done, 0 … 1, once per batch of work; other visitors' jobs may have their turn here.

        Hold no lock meanwhile: another job could wait for it.

        Raises:
            Cancelled: the work should stop.
        """
        self._stop_if_cancelled()
        self.is_begun = True
        self.share, self.note = min(max(share, 0.0), 1.0), note
        self.time_left.report(self.share)
        self.give_way(self)
        self._stop_if_cancelled()

    def pause(self) -> None:
        """Stop the job's own clock while others have their turn."""
        paused, _ = self._pauses
        self._pauses = paused, time.monotonic()

    def resume(self) -> None:
        """Let the job's own clock go on."""
        paused, since = self._pauses
        self._pauses = paused + (time.monotonic() - since if since is not None else 0.0), None

    def own_time(self) -> float:
        """Return the time of a clock that stands still during pauses, in seconds."""
        paused, since = self._pauses
        return (time.monotonic() if since is None else since) - paused

    def run(self, work: Callable[["Job"], Any]) -> None:
        """Do the work; every error becomes one sentence."""
        error = ""
        try:
            self.step(0.0)
            self.result = work(self)
            self.bytes += held_bytes(self.result)  # on top of what the work has counted itself
        except Cancelled:
            error = CANCELLED
        except (ValueError, KeyError, OSError) as problem:
            error = str(problem.args[-1] if problem.args else problem)
        except BaseException as problem:  # a defect, also in native code, must not stop the queue; the log keeps it
            _log.exception("%s failed", self.title)
            error = f"{self.title} failed unexpectedly ({type(problem).__name__}); the server's log says more."
        finally:
            self.end(error)

    def end(self, error: str = "") -> None:
        """Finish without further work."""
        self.error = error
        self._over.set()

    def _stop_if_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled
