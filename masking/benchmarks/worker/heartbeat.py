"""A worker's sign of life, written by a thread that also listens for a cancel."""

import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from masking.benchmarks.storage.store import Store

LISTEN_SECONDS = 0.2
BEAT_SECONDS = 5.0
FLIGHT_SECONDS = 0.5
PATIENCE_SECONDS = 1.0


class RunCancelled(Exception):  # noqa: N818  it is not an error
    """Somebody cancelled the run."""


class Heartbeat:
    """A context manager that writes heartbeats and forward passes, and listens for a cancel.

    After a cancel, `report_forward_passes` raises `RunCancelled`.
    """

    def __init__(self, folder: Path, run: str):
        self._folder, self._run = folder, run
        self._cancelled, self._closed = threading.Event(), threading.Event()
        self._flight = 0
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._thread.join()

    def report_forward_passes(self, forwards: int = 0) -> None:
        """Count the forward passes of a batch; call it after each batch. Raises RunCancelled after a cancel."""
        self._flight += forwards
        if self._cancelled.is_set():
            raise RunCancelled

    def report_shard(self) -> None:
        """Start to count from 0 again; call it after each committed shard."""
        self._flight = 0

    def _beat(self) -> None:
        """Listen until the end; a store that is locked for long, or has no room, is for the computation to report."""
        while not self._closed.wait(LISTEN_SECONDS):
            with suppress(sqlite3.Error, ValueError, OSError):
                self._listen()

    def _listen(self) -> None:
        last, written = time.monotonic(), 0
        with Store(self._folder, PATIENCE_SECONDS, create=False) as store:
            while not self._closed.wait(LISTEN_SECONDS):
                if store.cancelled(self._run):
                    self._cancelled.set()
                now, flight = time.monotonic(), self._flight
                if now - last > (BEAT_SECONDS if flight == written else FLIGHT_SECONDS):
                    store.write(self._run, heartbeat=time.time(), flight=flight)
                    last, written = now, flight
