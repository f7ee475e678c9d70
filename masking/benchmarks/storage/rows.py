"""Shards and their rows: a shard is stored with all its rows or not at all."""

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import Any

from masking.benchmarks.protocol.experiment import Row
from masking.benchmarks.storage.connection import StoreConnection, transaction
from masking.benchmarks.storage.process_identity import myself
from masking.benchmarks.storage.run import Run

RECENT = 9
"""The pace of a run is that of at most so many of its latest shards."""


class ShardTable:
    """The shards and rows of all runs of one store."""

    def __init__(self, connection: StoreConnection):
        self._connection = connection

    def commit(
        self, run: Run, shard: int, rows: Sequence[Row], seconds: float, forwards: int, images: int | None = None
    ) -> bool:
        """Store a shard with its rows; return False if it is already there.

        Args:
            run: the run that it belongs to.
            shard: its number.
            rows: its rows.
            seconds: the time that it took.
            forwards: the forward passes that it took.
            images: its number of images, where some of them have no rows.

        Raises:
            ValueError: two rows have the same image and condition, or the disk is full; earlier shards stay.
        """
        host, pid, *_ = myself()
        images = len({row["image"] for row in rows}) if images is None else images
        with transaction(self._connection) as connection:
            query = "SELECT 1 FROM shards WHERE run = ? AND shard = ?"
            if connection.execute(query, (run.id, shard)).fetchone():
                return False
            facts = (shard, images, forwards, seconds, time.time(), f"{host}:{pid}")
            try:
                self.insert(run.id, run.keys, [facts], ((shard, row) for row in rows))
            except sqlite3.IntegrityError:
                raise ValueError(f"shard {shard} has two rows of one image and condition; fix the experiment") from None
            connection.execute("UPDATE runs SET heartbeat = ?, flight = 0 WHERE id = ?", (time.time(), run.id))
        return True

    def committed(self, run: str) -> set[int]:
        """Return the numbers of the committed shards."""
        return {row[0] for row in self._connection.execute("SELECT shard FROM shards WHERE run = ?", (run,))}

    def has_rows(self, run: str) -> bool:
        """Return whether there is any row."""
        return self._connection.execute("SELECT 1 FROM rows WHERE run = ? LIMIT 1", (run,)).fetchone() is not None

    def rows(self, run: Run) -> list[Row]:
        """Return all rows so far, ordered by image and condition. Raises ValueError if they are damaged."""
        query = "SELECT image, condition, measured FROM rows WHERE run = ? ORDER BY image, condition"
        stored = self._connection.execute(query, (run.id,)).fetchall()
        try:
            return [
                {"image": image, **dict(zip(run.keys, json.loads(condition), strict=True)), **json.loads(measured)}
                for image, condition, measured in stored
            ]
        except (ValueError, TypeError) as error:
            reason = f"{type(error).__name__}: {str(error)[:100]}"
            raise ValueError(
                f"the rows of run {run.id} are damaged ({reason}); delete it and compute it again"
            ) from None

    def shards(self, run: Run) -> list[list[Any]]:
        """Return number, images, forward passes, seconds, time and worker of each committed shard."""
        query = "SELECT shard, images, forwards, seconds, committed, worker FROM shards WHERE run = ? ORDER BY shard"
        return [list(row) for row in self._connection.execute(query, (run.id,))]

    def recent(self, run: str) -> list[tuple[float, int, float]]:
        """Return seconds, images and time of the latest shards, the earliest of them first.

        The first shard of all is left out: it loads, compiles and fills caches.
        """
        query = "SELECT seconds, images, committed FROM shards WHERE run = ? ORDER BY committed DESC LIMIT ?"
        shards = [(row[0], row[1], row[2]) for row in self._connection.execute(query, (run, RECENT + 1))]
        return shards[:-1][::-1]

    def shard_of_rows(self, run: Run) -> list[int]:
        """Return the number of the shard of each of `rows`."""
        query = "SELECT shard FROM rows WHERE run = ? ORDER BY image, condition"
        return [row[0] for row in self._connection.execute(query, (run.id,))]

    def insert(
        self, run: str, keys: Sequence[str], shards: Iterable[Sequence[Any]], rows: Iterable[tuple[int, Row]]
    ) -> None:
        """Insert shards as `shards` returns them, and rows with the number of their shard, inside a transaction."""
        self._connection.executemany("INSERT INTO shards VALUES (?,?,?,?,?,?,?)", [(run, *shard) for shard in shards])
        packed = ((run, row["image"], _condition(row, keys), shard, _measured(row, keys)) for shard, row in rows)
        self._connection.executemany("INSERT INTO rows VALUES (?,?,?,?,?)", packed)


def _condition(row: Row, keys: Sequence[str]) -> str:
    """Return the values of the keys as a JSON list."""
    return json.dumps([row[key] for key in keys], ensure_ascii=False)


def _measured(row: Row, keys: Sequence[str]) -> str:
    """Return the other values as a JSON object."""
    return json.dumps({name: value for name, value in row.items() if name != "image" and name not in keys})
