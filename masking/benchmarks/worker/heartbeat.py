"""A worker's sign of life, and its ear for a cancel, beside the computation."""

import sqlite3
import threading
import time
from pathlib import Path
from typing import Self

from masking.benchmarks.storage.store import Store

LISTEN_SECONDS = 0.2
BEAT_SECONDS = 5.0
FLIGHT_SECONDS = 0.5


class Cancelled(Exception):  # noqa: N818  it is no error
    """Somebody asked for the end of the run."""


class Heartbeat:
    """Writes heartbeats and forward passes, and listens for a cancel, while it is open.

    `report_forward_passes` raises `Cancelled` once a cancel was heard.
    """

    def __init__(self, folder: Path, run: str):
        self._folder, self._run = folder, run
        self._cancelled, self._over = threading.Event(), threading.Event()
        self._flight = 0
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def report_forward_passes(self, forwards: int = 0) -> None:
        """To be called between batches, with the forward passes that these took."""
        self._flight += forwards
        if self._cancelled.is_set():
            raise Cancelled

    def report_shard(self) -> None:
        """To be called once a shard is committed."""
        self._flight = 0

    def _beat(self) -> None:
        last, told = time.monotonic(), 0
        with Store(self._folder) as store:
            while not self._over.wait(LISTEN_SECONDS):
                try:
                    if store.cancelled(self._run):
                        self._cancelled.set()
                    now, flight = time.monotonic(), self._flight
                    if now - last > (BEAT_SECONDS if flight == told else FLIGHT_SECONDS):
                        last, told = now, flight
                        store.write(self._run, heartbeat=time.time(), flight=flight)
                except (sqlite3.OperationalError, ValueError):
                    continue  # locked for long, or the disk is full: the computation will tell
