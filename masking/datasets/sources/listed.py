"""A CSV file that lists pictures with their classes."""

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from masking.datasets.sources import SOURCES, ImageSource, LabelledPicture, Source
from masking.datasets.sources.image_source import build_source
from masking.datasets.sources.labels import SourceLabels, wordnet_ids
from masking.datasets.sources.listing import Listing, file_line, ids_lines
from masking.datasets.sources.source import require_path
from masking.image import open_picture
from masking.models.categories import is_number
from masking.registry.params import param
from masking.runtime.door import guard, show_name
from masking.runtime.file_bytes import read_file
from masking.runtime.paths import expand
from masking.runtime.text_files import decode_text

MOST_BYTES = 64 * 2**20
"""Bytes of the longest list: about a million pictures."""
NAMED = 3
"""Missing files that an error names."""


@SOURCES.register("listed")
@dataclass(frozen=True)
class Listed(Source):
    """Columns `path` (relative to the list, or absolute) and `label`: a class's name, WordNet id or index."""

    path: str = param("", "the CSV file, with the columns path and label")

    title = "Image list"
    meaning = "Pictures that a CSV file lists in a column path, with their classes in a column label."

    def open(self) -> ImageSource:
        """See `Source`."""
        path = require_path(self.path, "image list")
        rows = _read_rows(path)
        files = [_find(path.parent, name) for name, _ in rows]
        _check_files(files, path)
        labels = [label for _, label in rows]
        ids = wordnet_ids(path.parent)

        def item(index: int) -> LabelledPicture:
            return LabelledPicture(open_picture(files[index]), labels[index])

        def make_listing() -> Listing:
            lines = (file_line(file, path.parent, label or "") for file, label in zip(files, labels, strict=True))
            return Listing((*lines, *ids_lines(ids)))

        numbers = {label for label in labels if label is not None and is_number(label)}
        return build_source(
            len(rows),
            item,
            {"list": str(path), "files": len(rows)},
            source_labels=SourceLabels(ids, numbers=numbers),
            labels=labels,
            make_listing=make_listing,
        )


def _read_rows(path: Path) -> list[tuple[str, str | None]]:
    """Return the path and the label of each picture; None where it has none.

    Raises:
        ValueError: the file is no such table; one sentence.
    """
    data, file = read_file(path, "", MOST_BYTES), show_name(path)
    with guard(f"{file} cannot be read as a table ({{reason}}); save it as CSV in UTF-8"):
        text = decode_text(data, "it")
        reader = csv.DictReader(StringIO(text, newline=""), skipinitialspace=True)
        header = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        rows = list(reader)
    if len(header) == 1 and (sign := next((sign for sign in (";", "\t", "|") if sign in header[0]), None)):
        words = {";": "semicolons", "\t": "tabs", "|": "bars"}[sign]
        raise ValueError(f"{file} is separated by {words}; save it with commas")
    if not rows or "path" not in header:
        raise ValueError(f"{file} lists no pictures; give it a header with path and label, and a line for each")
    if twice := next((name for name in ("path", "label") if header.count(name) > 1), None):
        raise ValueError(f"{file} has two columns {twice}; keep one")
    pictures: list[tuple[str, str | None]] = []
    for number, row in enumerate(rows, 1):
        if not (name := (row["path"] or "").strip()):
            raise ValueError(f"picture {number} of {file} has no path; complete its line")
        if None in row:
            raise ValueError(f"picture {number} of {file} has more fields than the header; put quotes around commas")
        pictures.append((name, (row.get("label") or "").strip() or None))
    return pictures


def _find(folder: Path, name: str) -> Path:
    """Return the file of a listed path; backslashes separate folders where no file has them in its name."""
    path = folder / expand(name)
    return path if path.exists() or "\\" not in name else folder / name.replace("\\", "/")


def _check_files(files: list[Path], path: Path) -> None:
    missing = [file for file in files if not file.is_file()]
    if missing:
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        names = ", ".join(map(show_name, missing[:NAMED]))
        raise ValueError(f"there is no file {names}{more}, which {show_name(path)} lists; correct the list")
