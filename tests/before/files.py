"""Paths of the files that version 0.1 made."""

import gzip
from pathlib import Path

BEFORE = Path(__file__).parent
UPLOADS, OLD_UPLOADS = "MASKING_UPLOADS", "MASKING_SHELF"
"""The new and the old variable for the folder of uploads; if both are set, the new one counts."""


def unpack(packed: Path, folder: Path) -> None:
    """Write the content of a `.gz` file into a folder, under its name without the ending."""
    folder.mkdir(exist_ok=True)
    (folder / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
