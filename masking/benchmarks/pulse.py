"""A worker's sign of life, and its ear for a cancel, beside the computation."""

import sqlite3
import threading
import time
from pathlib import Path
from typing import Self

from masking.benchmarks.store import Store

LISTEN_SECONDS = 0.2
BEAT_SECONDS = 5.0


class Cancelled(Exception):  # noqa: N818  it is no error
    """Somebody asked for the end of the run."""


class Pulse:
    """Writes heartbeats and listens for a cancel while it is open; `tick` raises `Cancelled` once one was heard."""

    def __init__(self, folder: Path, run: str):
        self._folder, self._run = folder, run
        self._cancelled, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def tick(self, forwards: int = 0) -> None:
        """To be called between batches."""
        del forwards
        if self._cancelled.is_set():
            raise Cancelled

    def _beat(self) -> None:
        last = time.monotonic()
        with Store(self._folder) as store:
            while not self._over.wait(LISTEN_SECONDS):
                try:
                    if store.cancelled(self._run):
                        self._cancelled.set()
                    if time.monotonic() - last > BEAT_SECONDS:
                        last = time.monotonic()
                        store.write(self._run, heartbeat=time.time())
                except (sqlite3.OperationalError, ValueError):
                    continue  # locked for long, or the disk is full: the computation will tell
