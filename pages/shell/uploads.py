"""Uploads: pictures, weights and large masks that a link cannot carry, kept on this machine for a while.

Each file is named by the digest of its content, so a link to it shows the same thing or nothing.
"""

import hashlib
import os
import re
import time
import uuid
import warnings
from contextlib import suppress
from pathlib import Path

import platformdirs

VARIABLE = "MASKING_UPLOADS"
OLD_VARIABLE = "MASKING_SHELF"
"""The variable's name before 0.2, read until 0.3."""
_FOLDER = "shelf"  # the name since 0.1: links made then still find their files
LIFETIME_DAYS = 14
LARGEST_TOTAL = 500 * 2**20
_NAME = re.compile(r"[0-9a-f]{24}")
_GONE = "what this link refers to is no longer kept on this machine; upload it again"


def folder() -> Path:
    """Return the folder of uploads: MASKING_UPLOADS, or one in the user's cache; it is made if it is missing."""
    path = Path(
        os.environ.get(VARIABLE) or _old_variable() or platformdirs.user_cache_path("missingness-explorer") / _FOLDER
    )
    path.mkdir(parents=True, exist_ok=True)
    return path


def _old_variable() -> str | None:
    if (value := os.environ.get(OLD_VARIABLE)) is not None:
        renamed = f"{OLD_VARIABLE} is called {VARIABLE} now; the old name is read until version 0.3"
        warnings.warn(renamed, FutureWarning, stacklevel=3)
    return value


def put(content: bytes) -> str:
    """Keep `content` and return the name under which `get` finds it."""
    name = hashlib.sha256(content).hexdigest()[:24]
    path = folder() / name
    if path.exists():
        path.touch()
        return name
    partial = path.with_suffix(f".{uuid.uuid4().hex}")
    partial.write_bytes(content)
    partial.replace(path)
    _clear_up()
    return name


def check_name(name: str) -> None:
    """Raise ValueError for a name that `put` does not give; check every name before it becomes part of a path."""
    if not _NAME.fullmatch(name):
        raise ValueError(_GONE)


def get(name: str) -> bytes:
    """Return the content with this name. Raises ValueError when it is no longer there."""
    check_name(name)
    path = folder() / name
    if not path.is_file():
        raise ValueError(_GONE)
    path.touch()
    return path.read_bytes()


def _clear_up() -> None:
    files = []
    for path in folder().iterdir():
        with suppress(FileNotFoundError):  # another session clears up too
            files.append((path.stat().st_mtime, path.stat().st_size, path))
    total, oldest = 0, time.time() - LIFETIME_DAYS * 86400
    for used, size, path in sorted(files, reverse=True):
        total += size
        if total > LARGEST_TOTAL or used < oldest:
            path.unlink(missing_ok=True)
