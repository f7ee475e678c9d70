"""A job as one waiter sees it: who cancels it stops waiting, and it goes on for the others."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pages.shell.jobs.job import CANCELLED, Job
from pages.shell.jobs.waiter import Waiter

if TYPE_CHECKING:
    from pages.shell.jobs.queue import Jobs


@dataclass(frozen=True)
class Claim:
    """A waiter's claim on a job's result; the properties are those of the job, as far as they concern this waiter."""

    queue: "Jobs"
    key: str
    job: Job
    waiter: Waiter

    @property
    def title(self) -> str:
        """What is computed."""
        return self.job.title

    @property
    def cancelled(self) -> bool:
        """Whether this waiter pressed Cancel, or the whole job was cancelled."""
        return self.job.cancelled or self.waiter in self.job.departures

    @property
    def finished(self) -> bool:
        """Whether there is a result or an error for this waiter."""
        return self.job.finished or self._has_left

    @property
    def result(self) -> Any:
        """What the work returned, or so far; for a waiter who left, what there was then."""
        return self.job.departures[self.waiter].result if self._has_left else self.job.result

    @property
    def error(self) -> str:
        """Why there is no result; one sentence, empty if there is one."""
        return CANCELLED if self._has_left else self.job.error

    @property
    def note(self) -> str:
        """What the work does at the moment."""
        return self.job.note

    @property
    def share(self) -> float:
        """How much is done, 0 … 1."""
        return self.job.share

    @property
    def started(self) -> float:
        """When somebody first requested the job, by the monotonic clock."""
        return self.job.started

    @property
    def seconds_left(self) -> float | None:
        """The remaining seconds, if the others who take turns stay; None while there is no ground for an estimate."""
        own = self.job.time_left.seconds
        return None if own is None else own * self.queue.turns.sharing

    @property
    def line(self) -> str:
        """How far ahead of its turn the job is, such as `third in line, about 40 s`; empty once it has begun."""
        return "" if self.job.is_begun or self.finished else self.queue.turns.line(self.job)

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; return whether there is a result or an error for this waiter."""
        return self.finished or self.job.wait(seconds)

    def cancel(self) -> None:
        """Stop waiting. The work stops at its next step if nobody else waits for it."""
        self.queue.cancel(self)

    @property
    def _has_left(self) -> bool:
        departure = self.job.departures.get(self.waiter)
        return departure is not None and departure.goes_on
