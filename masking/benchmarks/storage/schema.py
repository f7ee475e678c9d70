"""The tables of the store, how older files become newer ones, and transactions."""

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

BUSY_SECONDS = 30.0
BUSY_PAUSE_SECONDS = 0.02
FULL = "the disk is full; make room and resume the run, what was computed is kept"

_FIRST = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    created REAL NOT NULL,             -- seconds since 1970, as all times here
    spec TEXT NOT NULL,                -- JSON
    digest TEXT NOT NULL,              -- of the spec
    keys TEXT NOT NULL,                -- the columns that make a condition, as a JSON list
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    engine TEXT NOT NULL DEFAULT 'local',
    part TEXT NOT NULL DEFAULT '1/1',  -- the share of the shards that is computed here
    device TEXT NOT NULL DEFAULT '',
    images INTEGER,                    -- how many there are in all; unknown until the data has been opened
    shards INTEGER,
    host TEXT NOT NULL DEFAULT '',     -- of the worker
    pid INTEGER,
    pid_started REAL,                  -- so that another process with that number is not taken for it
    heartbeat REAL,
    started REAL,
    ended REAL,
    error TEXT NOT NULL DEFAULT '',    -- one sentence
    environment TEXT NOT NULL DEFAULT '{}',
    tags TEXT NOT NULL DEFAULT '[]',
    note TEXT NOT NULL DEFAULT '',
    deleted REAL
);
CREATE TABLE shards (
    run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    shard INTEGER NOT NULL,
    images INTEGER NOT NULL,
    forwards INTEGER NOT NULL,         -- forward passes
    seconds REAL NOT NULL,
    committed REAL NOT NULL,
    worker TEXT NOT NULL,
    PRIMARY KEY (run, shard)
) WITHOUT ROWID;
CREATE TABLE rows (
    run TEXT NOT NULL,
    image INTEGER NOT NULL,
    condition TEXT NOT NULL,           -- the values of the keys, as a JSON list
    shard INTEGER NOT NULL,
    measured TEXT NOT NULL,            -- the other values, as a JSON object
    PRIMARY KEY (run, image, condition),
    FOREIGN KEY (run, shard) REFERENCES shards(run, shard) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE events (
    run TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
    at REAL NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX events_of_run ON events (run, at);
CREATE INDEX runs_by_time ON runs (created);
"""

_SECOND = "ALTER TABLE runs ADD COLUMN flight INTEGER NOT NULL DEFAULT 0"
"""Adds the forward passes since the last committed shard."""

_THIRD = "CREATE TABLE plugins (path TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (path, digest)) WITHOUT ROWID"
"""Adds the plugins that a person named here, with the sha256 of each; nothing that is imported comes in."""

MIGRATIONS: tuple[str, ...] = (_FIRST, _SECOND, _THIRD)
"""Entry i turns a file of version i into one of version i + 1."""


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to the store at `path`; the file is created or migrated if necessary.

    A write-ahead log lets readers and the writer work at the same time. Synchronous FULL makes sure that a commit is on
    the disk.

    Raises:
        ValueError: the file is not a store, it has a newer version, another process holds it, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.OperationalError) as error:
        raise ValueError(f"runs cannot be kept in {path} ({error}); choose another folder with MASKING_RUNS") from None
    try:
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        if "full" in str(error):
            raise ValueError(FULL) from None
        if _is_busy(error):
            raise ValueError(f"{path} is held by another process; try again once it has finished") from None
        raise ValueError(f"{path} cannot be used as a store of runs ({error}); move it away") from None
    except BaseException:
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[sqlite3.Connection, None, None]:
    """Write everything in the block or nothing of it. Raises ValueError with one sentence when the disk is full."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:  # a full disk ends the transaction by itself
            connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError) and "full" in str(error):
            raise ValueError(FULL) from None
        raise


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turn on the write-ahead log. SQLite does not wait for processes that do so at the same time, so we do."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > end:
                raise
            time.sleep(BUSY_PAUSE_SECONDS)
        else:
            return


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", None) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY}


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")  # a second process waits here, and then finds the work done
    try:
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise ValueError(f"{path} was written by a newer version of this program; update it")
        for number in range(version, len(MIGRATIONS)):
            for statement in filter(str.strip, MIGRATIONS[number].split(";\n")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
