"""The tables of the store, and how older files become newer ones."""

import sqlite3
from pathlib import Path

from masking.benchmarks.storage.connection import (
    ANOTHER,
    BUSY_SECONDS,
    TRY_SECONDS,
    StoreConnection,
    StoreError,
    describe_error,
)

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

_FOURTH = """
ALTER TABLE runs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN ticket INTEGER;
ALTER TABLE runs ADD COLUMN turn INTEGER;
ALTER TABLE runs ADD COLUMN boot TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN ticks INTEGER;
UPDATE runs SET ticket = (SELECT COUNT(*) FROM runs AS earlier WHERE earlier.created <= runs.created)
WHERE state = 'queued';
"""
"""Adds owners, the queue, and what tells a worker whatever the clock says; runs that waited join the queue.

owner: sha256 of the token of the visitor who started the run; "" if nobody did on a page.
ticket: the number in the queue, while the run waits for a worker; a run whose worker lives has none.
turn: the number of its start among all runs that a queue has started.
boot, ticks: of the worker, see `process_identity.ProcessIdentity`.
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _SECOND, _THIRD, _FOURTH)
"""Entry i turns a file of version i into one of version i + 1."""


def connect(path: Path, patience: float = BUSY_SECONDS, create: bool = True) -> StoreConnection:
    """Return a connection to the store at `path`; the file is created or migrated if necessary.

    A write-ahead log lets readers and the writer work at the same time. Synchronous FULL makes sure that a commit is on
    the disk.

    Args:
        path: of the file.
        patience: seconds that each statement waits while another process holds the file.
        create: whether a file that is not there is made.

    Raises:
        StoreError: the file is not a store, it has a newer version, another process holds it, it or its disk cannot be
            used, or it is not there and is not to be made.
    """
    if not create and not path.exists():
        raise StoreError(f"{path} has gone; bring it back, or restart the dashboard to begin with an empty store")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=min(TRY_SECONDS, patience), isolation_level=None, check_same_thread=False,
            factory=StoreConnection,
        )  # fmt: skip
    except sqlite3.Error as error:
        raise StoreError(describe_error(error, path)) from None
    except (OSError, ValueError) as error:
        raise StoreError(f"runs cannot be kept in {path} ({error}); {ANOTHER}") from None
    connection.path, connection.patience = path, patience
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, path)
        connection.remember_file()
    except BaseException:
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


def _version(connection: StoreConnection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: StoreConnection, path: Path) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")  # a second process waits here, and then sees the work done
    try:
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise StoreError(f"{path} was written by a newer version of this program; update it")
        for number in range(version, len(MIGRATIONS)):
            for statement in filter(str.strip, MIGRATIONS[number].split(";\n")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
