"""The files below the operator's folder of weights, listed within bounds."""

import os
import threading
import time
from pathlib import Path

from masking.runtime.paths import quote_name

MOST_ENTRIES = 20_000
MOST_SECONDS = 2.0
KEPT_SECONDS = 60.0
"""A listing is as old as this at most, unless the folder itself has changed."""


class FolderListing:
    """The files below a folder, scanned once in a while and not on every rerun of a page."""

    def __init__(self) -> None:
        self._kept: dict[Path, tuple[int, float, tuple[str, ...] | str]] = {}
        self._lock = threading.Lock()

    def files(self, folder: Path) -> tuple[str, ...]:
        """Return the paths of all files below a folder, relative to it and sorted; hidden ones are left out.

        Raises:
            ValueError: there are too many to look through, or they cannot be read; one sentence.
        """
        with self._lock:
            changed = _changed(folder)
            kept = self._kept.get(folder)
            if kept is None or kept[0] != changed or time.monotonic() - kept[1] > KEPT_SECONDS:
                kept = self._kept[folder] = changed, time.monotonic(), _scan_or_refuse(folder)
        if isinstance(kept[2], str):
            raise ValueError(kept[2])  # noqa: TRY004, the sentence of a scan that was refused
        return kept[2]


def _changed(folder: Path) -> int:
    """Return when entries of a folder were last added or removed, in ns; -1 if it is not there."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return -1


def _scan_or_refuse(folder: Path) -> tuple[str, ...] | str:
    try:
        return _scan(folder)
    except ValueError as error:
        return str(error)


def _scan(folder: Path) -> tuple[str, ...]:
    """Return the files below a folder. Raises ValueError for more than can be looked through."""
    files: list[str] = []
    entries, end = 0, time.monotonic() + MOST_SECONDS
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        entries += len(folders) + len(names)
        if entries > MOST_ENTRIES or time.monotonic() > end:
            raise ValueError(
                f"the weights folder {quote_name(folder)} holds too many files to look through; name a folder that "
                "holds little else than weights"
            )
        paths = (Path(parent, name) for name in names if not name.startswith("."))
        files += [str(path.relative_to(folder)) for path in paths if path.is_file()]
    return tuple(sorted(files))


weights_files = FolderListing()
"""The listing that all pages share."""
