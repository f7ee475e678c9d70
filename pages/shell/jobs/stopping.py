"""The end of the process: all jobs are cancelled, and most have ended before the interpreter does."""

import atexit
import time
from functools import cache

from pages.shell.ending import call_at_end
from pages.shell.jobs.queue import all_queues

STOP_SECONDS = 60.0
"""So long the end of a process waits for jobs that were cancelled; a server does not, see `pages.shell.ending`.

A thread that native code runs in must not be left behind: the interpreter would end with a crash.
"""
_POLL_SECONDS = 0.02


def cancel_jobs() -> None:
    """Cancel the jobs of all queues, whoever waits for them."""
    for queue in all_queues():
        queue.stop()


def stop_jobs(seconds: float = STOP_SECONDS) -> bool:
    """Cancel all jobs, and wait until they have ended; return whether they have within these seconds."""
    cancel_jobs()
    end = time.monotonic() + seconds
    while any(queue.unfinished() for queue in all_queues()):
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_SECONDS)
    return True


@cache
def stop_with_process() -> None:
    """Stop the jobs when the server is told to end, and when this process ends."""
    call_at_end(cancel_jobs)
    atexit.register(stop_jobs)
