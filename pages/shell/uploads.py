"""What a link cannot carry, kept on this machine for a while: uploaded pictures, weights and intricate masks.

Files are named by the digest of their content, so a link to one shows the same thing or nothing.
"""

import hashlib
import os
import re
import time
import uuid
from contextlib import suppress
from pathlib import Path

import platformdirs

VARIABLE = "MASKING_SHELF"
LIFETIME_DAYS = 14
LARGEST_TOTAL = 500 * 2**20
_NAME = re.compile(r"[0-9a-f]{24}")


def folder() -> Path:
    """Where the shelf is: MASKING_SHELF, or the user's cache folder."""
    chosen = os.environ.get(VARIABLE)
    path = Path(chosen) if chosen else platformdirs.user_cache_path("missingness-explorer") / "shelf"
    path.mkdir(parents=True, exist_ok=True)
    return path


def put(content: bytes) -> str:
    """Keep `content`; the name to ask for it again."""
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


def get(name: str) -> bytes:
    """What was kept under `name`. Raises ValueError when it is no longer there."""
    path = folder() / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise ValueError("what this link refers to is no longer kept on this machine; upload it again")
    path.touch()
    return path.read_bytes()


def _clear_up() -> None:
    found = []
    for path in folder().iterdir():
        with suppress(FileNotFoundError):  # another session clears up too
            found.append((path.stat().st_mtime, path.stat().st_size, path))
    total, oldest = 0, time.time() - LIFETIME_DAYS * 86400
    for used, size, path in sorted(found, reverse=True):
        total += size
        if total > LARGEST_TOTAL or used < oldest:
            path.unlink(missing_ok=True)
