"""Several jobs that take turns on one worker: all results grow together instead of one after the other."""

import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

from pages.shell.jobs import Cancelled, Claim, Job


class Turns:
    """Jobs that advance by one batch each in turn; start them inside its `with` block, so that all begin together.

    Whichever job the worker runs first advances all of them. The others find their work done when they are run.
    """

    def __init__(self) -> None:
        self._batches: dict[Job, Iterator[object]] = {}
        self._errors: dict[Job, Exception] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._lock.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lock.release()

    def start(
        self, start: Callable[[Callable[[Job], Any], "Turns"], Claim], batches: Callable[[Job], Iterator[object]]
    ) -> None:
        """Start a job and add it to the turns; a job that runs already goes on as it is.

        Args:
            start: starts a job with this work in this group and returns it.
            batches: yields after each batch of a job, whose `result` it sets; raises `Cancelled` to end early.
        """
        job = start(self._work, self).job
        if job.group is self:
            self._batches[job] = batches(job)

    def _work(self, job: Job) -> Any:
        """Advance all jobs in turn until this one is finished; return its result."""
        with self._lock:
            while job in self._batches:
                for each in list(self._batches):
                    self._advance(each)
        if error := self._errors.pop(job, None):
            raise error
        return job.result

    def _advance(self, job: Job) -> None:
        """Compute the next batch of a job; leave the job out of further turns if that was its end."""
        try:
            next(self._batches[job])
        except (StopIteration, Cancelled):
            del self._batches[job]
        except Exception as error:  # belongs to this job: the others go on
            self._errors[job] = error
            del self._batches[job]
