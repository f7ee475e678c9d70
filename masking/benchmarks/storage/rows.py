"""Shards and rows: what was computed, kept shard by shard, each with all its rows or not at all."""

import json
import sqlite3
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from masking.benchmarks.protocol.experiment import Row
from masking.benchmarks.storage.run import Run, myself
from masking.benchmarks.storage.schema import FULL, connect


class ShardTable:
    """Shards, rows and events of all runs in one file. One object serves one thread; each process may have its own.

    Closes itself as a context manager.
    """

    def __init__(self, path: Path):
        self._connection = connect(path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection, None, None]:
        """All or nothing. Raises ValueError with one sentence when the disk is full."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:  # a full disk ends it by itself
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
                raise ValueError(FULL) from None
            raise

    def commit(
        self, run: Run, shard: int, rows: Sequence[Row], seconds: float, forwards: int, images: int | None = None
    ) -> bool:
        """Keep a shard with its rows, both or neither; False if it is there already.

        `images` is how many were looked at, where not each of them has rows.

        Raises:
            ValueError: two rows of one image and condition, or the disk is full; what was kept before stays.
        """
        host, pid, _ = myself()
        images = len({row["image"] for row in rows}) if images is None else images
        with self._writing() as connection:
            there = connection.execute("SELECT 1 FROM shards WHERE run = ? AND shard = ?", (run.id, shard)).fetchone()
            if there:
                return False
            done = (shard, images, forwards, seconds, time.time(), f"{host}:{pid}")
            try:
                self._fill(run.id, run.keys, [done], ((shard, row) for row in rows))
            except sqlite3.IntegrityError:
                raise ValueError(
                    f"shard {shard} has two rows of one image and condition; mend the experiment"
                ) from None
            connection.execute("UPDATE runs SET heartbeat = ?, flight = 0 WHERE id = ?", (time.time(), run.id))
        return True

    def committed(self, run: str) -> set[int]:
        """The shards that are there."""
        return {row[0] for row in self._connection.execute("SELECT shard FROM shards WHERE run = ?", (run,))}

    def has_rows(self, run: str) -> bool:
        """Whether there is any row."""
        return self._connection.execute("SELECT 1 FROM rows WHERE run = ? LIMIT 1", (run,)).fetchone() is not None

    def rows(self, run: Run) -> list[Row]:
        """All rows so far, ordered by image and condition."""
        query = "SELECT image, condition, measured FROM rows WHERE run = ? ORDER BY image, condition"
        return [
            {"image": image, **dict(zip(run.keys, json.loads(condition), strict=True)), **json.loads(measured)}
            for image, condition, measured in self._connection.execute(query, (run.id,))
        ]

    def shards(self, run: Run) -> list[list[Any]]:
        """Number, images, forward passes, seconds, time and worker of each committed shard."""
        query = "SELECT shard, images, forwards, seconds, committed, worker FROM shards WHERE run = ? ORDER BY shard"
        return [list(row) for row in self._connection.execute(query, (run.id,))]

    def shard_of_rows(self, run: Run) -> list[int]:
        """The shard of each of `rows`."""
        query = "SELECT shard FROM rows WHERE run = ? ORDER BY image, condition"
        return [row[0] for row in self._connection.execute(query, (run.id,))]

    def _fill(
        self, run: str, keys: Sequence[str], shards: Iterable[Sequence[Any]], rows: Iterable[tuple[int, Row]]
    ) -> None:
        """Shards as `shards` gives them, and rows with the shard of each; inside a transaction."""
        self._connection.executemany("INSERT INTO shards VALUES (?,?,?,?,?,?,?)", [(run, *shard) for shard in shards])
        packed = ((run, row["image"], _condition(row, keys), shard, _measured(row, keys)) for shard, row in rows)
        self._connection.executemany("INSERT INTO rows VALUES (?,?,?,?,?)", packed)

    # --- events --------------------------------------------------------------------------------

    def tell(self, run: str, kind: str, text: str) -> None:
        """Add a line to what happened to a run."""
        with self._writing():
            self._tell(run, kind, text)

    def _tell(self, run: str, kind: str, text: str) -> None:
        self._connection.execute("INSERT INTO events VALUES (?,?,?,?)", (run, time.time(), kind, text))

    def events(self, run: str) -> list[tuple[float, str, str]]:
        """When, what kind and text of what happened, in order."""
        found = self._connection.execute("SELECT at, kind, text FROM events WHERE run = ? ORDER BY at, rowid", (run,))
        return [(at, kind, text) for at, kind, text in found]


def _condition(row: Row, keys: Sequence[str]) -> str:
    return json.dumps([row[key] for key in keys], ensure_ascii=False)


def _measured(row: Row, keys: Sequence[str]) -> str:
    return json.dumps({name: value for name, value in row.items() if name != "image" and name not in keys})
