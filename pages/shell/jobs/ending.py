"""The end of the server: its jobs are cancelled, and none of them holds it up."""

import atexit
import logging
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from functools import cache

from pages.shell.jobs.queue import Jobs, all_queues

STOP_SECONDS = 1.5
"""So long the end of the process waits for jobs to notice that they were cancelled."""
END_SECONDS = 3.5
"""A server that has not ended so long after its main thread is ended."""
SERVERS = ("streamlit.web.bootstrap", "pages.shell.serving")
"""The modules that handle SIGTERM in a process that serves the dashboard and nothing else."""

_POLL_SECONDS = 0.02


def stop_jobs(seconds: float = STOP_SECONDS, queues: list[Jobs] | None = None) -> bool:
    """Cancel all jobs, and wait until they have ended; return whether they have within these seconds."""
    queues = all_queues() if queues is None else queues
    for queue in queues:
        queue.stop()
    end = time.monotonic() + seconds
    while any(queue.unfinished() for queue in queues):
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_SECONDS)
    return True


@cache
def end_with_server() -> None:
    """Cancel the jobs when this process ends.

    A thread that sits in one long native call cannot be stopped. Where the process serves the dashboard and nothing
    else, it is ended nevertheless: results are in memory only, and files are written under another name first.
    """
    atexit.register(stop_jobs)
    threading.Thread(target=_end_in_time, name="ending", daemon=True).start()


def _end_in_time() -> None:
    """Wait until the main thread has ended, and then for the rest of the process, if that is a server."""
    threading.main_thread().join()
    if getattr(signal.getsignal(signal.SIGTERM), "__module__", "") not in SERVERS:
        return
    time.sleep(END_SECONDS)
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)
