"""The listing of a data set: what tells its pictures apart, so that a run notices when they have changed."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Listing:
    """One line for each picture, in reading order, or a few lines for a set as a whole.

    Lines hold names relative to the set's folder, sizes, labels or digests, and nothing that depends on the machine.
    """

    lines: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """The sha256 (hex) of the lines."""
        return hashlib.sha256("\n".join(self.lines).encode("utf-8", "surrogateescape")).hexdigest()

    def first_difference(self, later: "Listing") -> str:
        """Return in words where a later listing first differs from this one; "" if it does not."""
        for before, after in zip_longest(self.lines, later.lines):
            if before == after:
                continue
            if before is None or (before in later.lines and after not in self.lines):
                return f"{_name_in(after)} is new"
            if after is None or before not in later.lines:
                same_name = after is not None and _name_in(before) == _name_in(after)
                return f"{_name_in(before)} {'has changed' if same_name else 'is no longer there'}"
            return f"{_name_in(after)} has moved"
        return ""


def file_line(path: Path, root: Path, label: str | None = None) -> str:
    """Return the line of a file: its path below `root` with forward slashes, its size in bytes, and its label if given.

    A file elsewhere keeps its whole path. A file that is gone has the size 0.
    """
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    size = path.stat().st_size if path.is_file() else 0
    return "\t".join([name, str(size), *([] if label is None else [label])])


def array_line(name: str, array: NDArray[np.generic]) -> str:
    """Return the line of an array: its name, length and sha256 (hex)."""
    return f"{name}\t{len(array)}\t{hashlib.sha256(np.ascontiguousarray(array).view(np.uint8).data).hexdigest()}"


def ids_lines(wordnet_ids: Iterable[str]) -> list[str]:
    """Return the line of a list of WordNet ids; no line for an empty one."""
    text = "\n".join(wordnet_ids)
    return [f"WordNet ids\t{hashlib.sha256(text.encode()).hexdigest()}"] if text else []


def _name_in(line: str) -> str:
    return line.partition("\t")[0]
