"""The connection to the store's file: it waits while another process holds it, and says in a sentence what is wrong."""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

BUSY_SECONDS = 10.0
"""How long a statement waits, unless the connection has another patience."""
TRY_SECONDS = 1.0
"""How long SQLite itself waits; in between, signals arrive and the patience is looked at."""
PAUSE_SECONDS = 0.02
SIDE_BYTES = 2**16
_PRIMARY = 0xFF
"""The part of an error code that says its kind."""


class StoreError(ValueError):
    """The file of runs cannot be used. The message is one sentence that names the file and what to do."""


def full_sentence(path: Path | str) -> str:
    """Return the sentence for a disk that is full."""
    return f"the disk is full, {path} cannot grow; make room and resume the run, what was computed is kept"


def describe_error(error: sqlite3.Error, path: Path) -> str:
    """Return in one sentence what an error of SQLite means, and what to do about it."""
    kind = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    if kind in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return f"{path} is held by another process; try again once it has finished"
    if kind == sqlite3.SQLITE_FULL or "full" in str(error) or (kind == sqlite3.SQLITE_IOERR and _is_full(path)):
        return full_sentence(path)
    if kind == sqlite3.SQLITE_CORRUPT:
        remedy = f"keep a copy of it, then repair it with `sqlite3 {path.name} .recover`, or move it away"
        return f"{path} is damaged ({error}); {remedy}"
    if kind == sqlite3.SQLITE_READONLY:
        return f"{path} cannot be written ({error}); make it and its folder writable"
    if kind in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        return f"runs cannot be kept in {path} ({error}); make its folder writable, or {ANOTHER}"
    if kind == sqlite3.SQLITE_IOERR:
        return f"{path} cannot be read or written ({error}); look after its disk, or {ANOTHER}"
    return f"{path} cannot be used as a store of runs ({error}); move it away"


ANOTHER = "choose another folder with MASKING_RUNS"


class _Cursor(sqlite3.Cursor):
    """A cursor whose errors are sentences."""

    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        self._attempt(super().execute, sql, parameters)
        return self

    def executemany(self, sql: str, seq_of_parameters: Iterable[Any], /) -> Self:
        self._attempt(super().executemany, sql, seq_of_parameters)
        return self

    def fetchone(self) -> Any:
        return self._attempt(super().fetchone)

    def fetchall(self) -> list[Any]:
        return self._attempt(super().fetchall)

    def __next__(self) -> Any:
        return self._attempt(super().__next__)

    def _attempt(self, call: Callable[..., Any], *values: Any) -> Any:
        assert isinstance(self.connection, StoreConnection)
        return self.connection.attempt(call, *values)


class StoreConnection(sqlite3.Connection):
    """A connection with its path and its patience in seconds; every error of SQLite passes `attempt`."""

    path: Path
    patience: float = BUSY_SECONDS
    _file: tuple[int, int] | None = None

    def cursor(self, *_: Any, **__: Any) -> _Cursor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return a cursor whose errors are sentences."""
        return super().cursor(_Cursor)

    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        """Run a statement."""
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> _Cursor:
        """Run a statement once for each of several parameters."""
        return self.cursor().executemany(sql, parameters)

    def attempt(self, call: Callable[..., Any], *values: Any) -> Any:
        """Call a method of a cursor; while another process holds the file, try again until the patience ends.

        Raises:
            StoreError: the file cannot be used.
            sqlite3.IntegrityError: the values contradict each other.
        """
        end = time.monotonic() + self.patience
        while True:
            try:
                return call(*values)
            except sqlite3.IntegrityError:
                raise
            except sqlite3.DatabaseError as error:
                if not _is_busy(error) or self.in_transaction or time.monotonic() > end:
                    raise StoreError(describe_error(error, self.path)) from error
                time.sleep(PAUSE_SECONDS)

    def remember_file(self) -> None:
        """Note which file this is, so that `check_file` sees when it has gone."""
        self._file = _identify(self.path)

    def check_file(self) -> None:
        """Raise StoreError if the file has been removed or replaced: what is written now would be lost."""
        if self._file is not None and _identify(self.path) != self._file:
            raise StoreError(f"{self.path} has gone since it was opened; bring it back and resume the run")


def _identify(path: Path) -> tuple[int, int] | None:
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def _is_full(path: Path) -> bool:
    """Return whether the disk has no room for what SQLite keeps beside a file."""
    try:
        return shutil.disk_usage(path.parent).free < SIDE_BYTES
    except OSError:
        return False


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@contextmanager
def transaction(connection: StoreConnection) -> Generator[StoreConnection, None, None]:
    """Write everything in the block or nothing of it. Raises StoreError with one sentence when that is not possible."""
    connection.check_file()
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends the transaction by itself
            connection.execute("ROLLBACK")
        raise
