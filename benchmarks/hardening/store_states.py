"""A store of runs in every state that it should not be in, made and ended by context managers."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from masking.benchmarks.storage.store import FILE

DISK_BYTES = 8 * 2**20
PAGE_BYTES = 4096


@contextmanager
def _locked(folder: Path) -> Generator[None, None, None]:
    """Another process holds the file, for readers too."""
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def _locked_for_writers(folder: Path) -> Generator[None, None, None]:
    """Another process writes, and does not end."""
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def _corrupt(folder: Path) -> Generator[None, None, None]:
    """The middle of the file is overwritten."""
    with _replaced(folder):
        with closing(sqlite3.connect(folder / FILE)) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = (folder / FILE).stat().st_size
        with (folder / FILE).open("r+b") as file:
            file.seek(size // 3 // PAGE_BYTES * PAGE_BYTES)
            file.write(b"\xa5" * (size // 3))
        yield


@contextmanager
def _not_a_database(folder: Path) -> Generator[None, None, None]:
    """The file is something else."""
    with _replaced(folder):
        (folder / FILE).write_bytes(b"this is a letter and no database\n" * 500)
        yield


@contextmanager
def _newer(folder: Path) -> Generator[None, None, None]:
    """A newer version of the program wrote it."""
    with _replaced(folder):
        with closing(sqlite3.connect(folder / FILE)) as file:
            file.execute("PRAGMA user_version = 99")
        yield


@contextmanager
def _gone(folder: Path) -> Generator[None, None, None]:
    """The folder has been moved away, as when a disk is unmounted."""
    away = folder.with_name(f"{folder.name}-away")
    folder.rename(away)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        away.rename(folder)


@contextmanager
def _replaced(folder: Path) -> Generator[None, None, None]:
    """Keep the file as it is, and bring it back afterwards."""
    with closing(sqlite3.connect(folder / FILE)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = folder.with_name(f"{folder.name}-copy")
    shutil.copytree(folder, copy)
    try:
        yield
    finally:
        shutil.rmtree(folder)
        copy.rename(folder)


@contextmanager
def _read_only(folder: Path) -> Generator[None, None, None]:
    """The disk cannot be written any more. Raises PermissionError while a file on it is open for writing."""
    try:
        _run("mount", "-o", "remount,ro", folder)
    except subprocess.CalledProcessError:
        raise PermissionError("the system refuses to make a disk read-only while a run writes to it") from None
    yield
    _run("mount", "-o", "remount,rw", folder)


@contextmanager
def _full(folder: Path) -> Generator[None, None, None]:
    """The disk has no room."""
    disk = os.statvfs(folder)
    (folder / "ballast").write_bytes(bytes(disk.f_bavail * disk.f_frsize))
    yield
    (folder / "ballast").unlink()


@contextmanager
def own_disk(folder: Path) -> Generator[None, None, None]:
    """Put a small disk at a folder that is not there yet. Raises PermissionError for anybody but root."""
    folder.mkdir()
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder)
    except (subprocess.CalledProcessError, FileNotFoundError):
        folder.rmdir()
        raise PermissionError("only root can mount a small disk") from None
    try:
        yield
    finally:
        _run("umount", "--lazy", folder)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True)


STATES: dict[str, Callable[[Path], AbstractContextManager[None]]] = {
    "locked": _locked,
    "locked for writers": _locked_for_writers,
    "corrupt in the middle": _corrupt,
    "not a database": _not_a_database,
    "written by a newer version": _newer,
    "folder gone": _gone,
    "read-only": _read_only,
    "disk full": _full,
}
"""What makes each state in a folder with a store; leaving it brings the store back."""
ON_OWN_DISK = ("read-only", "disk full")
"""States of a disk, which the folder needs for itself."""
