"""The end of a server: what is under way is told to stop, and whatever does not is left behind after a few seconds.

A thread that sits in one long native call, or imports a large library, cannot be stopped, and would hold the process.
Nothing is lost: results of jobs are in memory only, files are written under another name until they are complete, and
runs of benchmarks have processes of their own.
"""

import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

END_SECONDS = 2.5
"""A server that has not ended so long after the signal is ended."""
HARD_END_SECONDS = 4.5
"""The same where Python itself is held up, such as by the import of a library."""

_stops: list[Callable[[], None]] = []


def call_at_end(stop: Callable[[], None]) -> None:
    """Call a function once the server is told to end; it must not wait."""
    _stops.append(stop)


def stop_everything() -> None:
    """Tell everything that is under way to stop."""
    for stop in _stops:
        stop()


def end_on_signals() -> None:
    """Let the present handlers of SIGTERM and Ctrl-C end the process within `HARD_END_SECONDS`.

    Called in the main thread, once the web server has set its own handlers; these go on to do what they do.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _then_end(signal.getsignal(number)))


def _then_end(handler: object) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, frame: FrameType | None) -> None:
        if not any(thread.name == "ending" for thread in threading.enumerate()):  # a second signal is no new start
            threading.Thread(target=_end, name="ending", daemon=True).start()
        if callable(handler):
            handler(number, frame)

    return handle


def _end() -> None:
    with suppress(OSError, ValueError):
        faulthandler.dump_traceback_later(HARD_END_SECONDS, exit=True, file=open(os.devnull, "w"))  # noqa: SIM115
    stop_everything()
    time.sleep(END_SECONDS)
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(0)
