"""A CSV file that lists pictures with their classes."""

import csv
from dataclasses import dataclass

from masking.datasets.sources import SOURCES, Pictures, Source
from masking.datasets.sources.labels import wordnet_ids
from masking.datasets.sources.source import Item, existing, opened
from masking.image import open_picture
from masking.registry.params import param


@SOURCES.register("listed")
@dataclass(frozen=True)
class Listed(Source):
    """Columns `path` (relative to the list, or absolute) and `label`: a class's name, WordNet id or index."""

    path: str = param("", "the CSV file, with the columns path and label")

    title = "Image list"
    meaning = "Pictures that a CSV file lists in a column path, with their classes in a column label."

    def open(self) -> Pictures:
        """See `Source`."""
        path = existing(self.path, "image list")
        try:
            with path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"{path} cannot be read as a table ({error}); save it as CSV in UTF-8") from None
        if not rows or "path" not in rows[0]:
            raise ValueError(f"{path} lists no pictures; give it a header with path and label, and a line for each")

        def item(index: int) -> Item:
            row = rows[index]
            label = (row.get("label") or "").strip()
            return open_picture(path.parent / row["path"]), int(label) if label.isdecimal() else label or None, None

        return opened(len(rows), item, {"list": str(path), "files": len(rows)}, ids=wordnet_ids(path.parent))
