"""A CSV file that lists pictures with their classes."""

import csv
from dataclasses import dataclass

from masking.datasets.sources import SOURCES, ImageSource, LabelledPicture, Source
from masking.datasets.sources.image_source import build_source
from masking.datasets.sources.labels import wordnet_ids
from masking.datasets.sources.source import require_path
from masking.image import open_picture
from masking.registry.params import param


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
        try:
            with path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"{path} cannot be read as a table ({error}); save it as CSV in UTF-8") from None
        if not rows or "path" not in rows[0]:
            raise ValueError(f"{path} lists no pictures; give it a header with path and label, and a line for each")
        for number, row in enumerate(rows, 1):
            if not row["path"]:
                raise ValueError(f"picture {number} of {path} has no path; complete its line")

        def item(index: int) -> LabelledPicture:
            row = rows[index]
            label = (row.get("label") or "").strip()
            picture = open_picture(path.parent / row["path"])
            return LabelledPicture(picture, int(label) if label.isdecimal() else label or None)

        facts = {"list": str(path), "files": len(rows)}
        return build_source(len(rows), item, facts, wordnet_ids=wordnet_ids(path.parent))
