"""A folder of pictures in sub-folders named like their classes, or named `wnid_name.jpg`, as ImageNet samples are."""

import re
from dataclasses import dataclass
from pathlib import Path

from masking.datasets.sources import SOURCES, Pictures, Source
from masking.datasets.sources.labels import wordnet_ids
from masking.datasets.sources.source import SUFFIXES, Item, existing, opened
from masking.image import open_picture
from masking.registry.params import param

_WNID = re.compile(r"(n\d{8})_(.+)")


@SOURCES.register("folder")
@dataclass(frozen=True)
class Folder(Source):
    """The class of a picture is its WordNet id if its name begins with one, else its folder's name."""

    path: str = param("", "the folder")

    title = "Folder"
    meaning = "Pictures in sub-folders named like their classes, or files named wnid_name.jpg."

    def open(self) -> Pictures:
        """See `Source`."""
        folder = existing(self.path, "folder")
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
        if not files:
            raise ValueError(f"there are no pictures below {folder}; give a folder of PNG, JPEG or WEBP files")
        ids = wordnet_ids(folder)

        def item(index: int) -> Item:
            path = files[index]
            return open_picture(path), _class_of(path, folder, ids), None

        return opened(len(files), item, {"folder": str(folder), "files": len(files)}, ids=ids)


def _class_of(path: Path, folder: Path, ids: tuple[str, ...]) -> str | None:
    if named := _WNID.fullmatch(path.stem):
        return named[1] if ids else named[2]
    return path.parent.name if path.parent != folder else None
