"""Uploads: pictures, weights and large masks that a link cannot carry, kept on this machine for a while.

Each file is named by the digest of its content, so a link to it shows the same thing or nothing. On a public server, a
visitor's uploads are limited, and only the visitor's own make room for new ones.
"""

import hashlib
import os
import re
import threading
import time
import uuid
import warnings
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs

VARIABLE = "MASKING_UPLOADS"
OLD_VARIABLE = "MASKING_SHELF"
"""The variable's name before 0.2, read until 0.3."""
_FOLDER = "shelf"  # the name since 0.1: links made then still find their files
LIFETIME_DAYS = 14
PARTIAL_SECONDS = 3600
"""A file that is still being written after this time belongs to a process that was killed."""
IDLE_SECONDS = 86_400
"""On a public server that is full, an upload that nobody has used for so long gives way to a new one."""
MEGABYTE = 2**20
_NAME = re.compile(r"[0-9a-f]{24}")
_SUFFIX = re.compile(r"\.[a-z]{1,12}")
_GONE = "what this link refers to is no longer kept on this machine; upload it again"


@dataclass(frozen=True)
class _Kept:
    """A file in the folder: when it was used last (seconds since 1970) and its size in bytes."""

    path: Path
    used: float
    size: int


class UploadOwners:
    """Which visitors of this server have uploaded what; others' uploads never make room for one's own."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = defaultdict(set)

    def add(self, owner: str, name: str) -> None:
        """Note that a visitor has uploaded the file of this name."""
        self._names[owner].add(name)

    def names(self, owner: str) -> set[str]:
        """Return the names of the files that a visitor has uploaded."""
        return self._names.get(owner, set())

    def is_shared(self, owner: str, name: str) -> bool:
        """Return whether another visitor has uploaded the same file."""
        return any(name in names for other, names in self._names.items() if other != owner)

    def forget(self, name: str) -> None:
        """Forget a file that is no longer there, and visitors who have no other."""
        for owner in [owner for owner, names in self._names.items() if name in names]:
            self._names[owner].discard(name)
            if not self._names[owner]:
                del self._names[owner]


_owners = UploadOwners()
_lock = threading.RLock()


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
    """Keep what this session's visitor has uploaded, and return the name under which `get` finds it.

    Raises:
        ValueError: it is too large, or there is no room for it; one sentence.
    """
    from pages.shell.settings import operator_settings
    from pages.shell.visitor import visitor

    settings = operator_settings()
    limits = settings.limits
    if len(content) > limits.upload_megabytes * MEGABYTE:
        size = len(content) / MEGABYTE
        raise ValueError(f"the upload has {size:.0f} MB; at most {limits.upload_megabytes} MB are taken at once")
    owner = visitor() if settings.public else ""
    name = hashlib.sha256(content).hexdigest()[:24]
    with _lock:
        path = folder() / name
        if path.exists():
            path.touch()
            _owners.add(owner, name)
            return name
        _remove_old()
        _make_room(
            len(content), owner, limits.uploads_per_visitor_megabytes * MEGABYTE, limits.uploads_megabytes * MEGABYTE
        )
        _write(path, content)
        _owners.add(owner, name)
    return name


def check_name(name: str) -> None:
    """Raise ValueError for a name that `put` does not give; check every name before it becomes part of a path."""
    if not _NAME.fullmatch(name):
        raise ValueError(_GONE)


def get(name: str) -> bytes:
    """Return the content with this name. Raises ValueError when it is no longer there."""
    check_name(name)
    path = folder() / name
    try:
        content = path.read_bytes()
    except OSError:
        raise ValueError(_GONE) from None
    with suppress(OSError):  # another session may have cleared it away just now
        path.touch()
    return content


def path_with_suffix(name: str, suffix: str) -> Path:
    """Return a second path of the same file whose ending says what it holds, for readers that go by it.

    Raises:
        ValueError: the file is no longer there.
    """
    check_name(name)
    if not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"{suffix!r} is no ending of a file; give one such as .txt")
    source, path = folder() / name, folder() / f"{name}{suffix}"
    if not source.is_file():
        raise ValueError(_GONE)
    source.touch()
    if path.exists():
        return path
    try:
        path.hardlink_to(source)
    except FileExistsError:  # another session was faster
        return path
    except OSError:  # some file systems have no hard links
        _write(path, source.read_bytes())
    return path


def _write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all. Raises ValueError where the disk does not take it."""
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        _remove_old()
        raise ValueError(
            f"the upload cannot be kept on this machine ({error.strerror or error}); make room on its disk, and upload "
            "it again"
        ) from None


def _files() -> list[_Kept]:
    """Return the files in the folder, the one used longest ago first; second paths of a file are left out."""
    files: list[_Kept] = []
    for path in folder().iterdir():
        with suppress(FileNotFoundError):  # another process clears up too
            state = path.stat()
            files.append(_Kept(path, state.st_mtime, state.st_size))
    names = {each.path.name for each in files}
    return sorted(
        (each for each in files if "." not in each.path.name or each.path.name.partition(".")[0] not in names),
        key=lambda each: each.used,
    )


def _remove(path: Path) -> int:
    """Remove an upload with its second paths; return how many bytes that frees."""
    name = path.name.partition(".")[0]
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    others = folder().glob(f"{name}.*") if _NAME.fullmatch(name) else []
    for each in (path, *(other for other in others if _SUFFIX.fullmatch(other.name[len(name) :]))):
        with suppress(OSError):
            each.unlink(missing_ok=True)
    _owners.forget(name)
    return size


def _remove_old() -> None:
    """Remove what nobody has used for long, and what a killed process left half written."""
    now = time.time()
    for path in folder().iterdir():
        is_partial = re.fullmatch(r"\.[0-9a-f]{32}", path.suffix) is not None
        lifetime = PARTIAL_SECONDS if is_partial else LIFETIME_DAYS * 86400
        with suppress(OSError):
            if now - path.stat().st_mtime > lifetime:
                path.unlink(missing_ok=True) if is_partial else _remove(path)


def _remove_idle(size: int, limit: int) -> None:
    """Remove what nobody has used for a day, the oldest first, until `size` more bytes fit.

    Otherwise somebody with many tabs, or a restart, after which nobody owns what is there, closes the door for weeks.
    """
    files = _files()
    total, now = sum(each.size for each in files), time.time()
    for each in files:
        if total + size <= limit or now - each.used <= IDLE_SECONDS:
            return
        total -= _remove(each.path)


def _make_room(size: int, owner: str, own_limit: int, limit: int) -> None:
    """Remove an owner's uploads that were used longest ago until `size` more bytes fit.

    Args:
        size: bytes of the new file.
        owner: the visitor; "" is everybody, on a dashboard of one's own.
        own_limit: bytes that all uploads of the owner may have.
        limit: bytes that all uploads may have.

    Raises:
        ValueError: it does not fit even so; one sentence.
    """
    if owner:
        _remove_idle(size, limit)
    files = _files()
    own = [each for each in files if not owner or each.path.name in _owners.names(owner)]
    own_total, total = sum(each.size for each in own), sum(each.size for each in files)
    removable = [each for each in own if not owner or not _owners.is_shared(owner, each.path.name)]
    if size > min(own_limit, limit):
        raise ValueError(f"the upload is larger than all uploads may be ({min(own_limit, limit) // MEGABYTE} MB)")
    freed = sum(each.size for each in removable)
    if total - freed + size > limit:
        raise ValueError(
            f"the uploads of all visitors fill the {limit // MEGABYTE} MB that this server keeps; try again later"
        )
    for each in removable:
        if own_total + size <= own_limit and total + size <= limit:
            return
        _remove(each.path)
        own_total, total = own_total - each.size, total - each.size
    if own_total + size > own_limit:  # what others have uploaded, too, counts and stays
        raise ValueError(f"your uploads fill the {own_limit // MEGABYTE} MB that each visitor has; upload less")
