"""Where the files of version 0.1 are."""

import gzip
from pathlib import Path

BEFORE = Path(__file__).parent
UPLOADS, OLD_UPLOADS = "MASKING_UPLOADS", "MASKING_SHELF"
"""Where uploads are kept, by the new name and by the old one; where both are set, the new one holds."""


def unpack(packed: Path, folder: Path) -> None:
    """Write the content of a `.gz` file into a folder, under its name without the ending."""
    folder.mkdir(exist_ok=True)
    (folder / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
