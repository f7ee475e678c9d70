"""One `.npz` file of many JPEGs: `data`, `offsets`, `labels` and `classes`, perhaps `wnids`."""

import zipfile
from dataclasses import dataclass

import numpy as np

from masking.datasets.sources import SOURCES, Pictures, Source
from masking.datasets.sources.labels import wordnet_ids
from masking.datasets.sources.source import Item, decoded, existing, opened
from masking.registry.params import param


@SOURCES.register("jpeg_archive")
@dataclass(frozen=True)
class JpegArchive(Source):
    """Image i is the JPEG file data[offsets[i]:offsets[i + 1]], its class classes[labels[i]]."""

    path: str = param("", "the .npz file")

    title = "Packed JPEGs"
    meaning = "One .npz file with the arrays data, offsets, labels and classes."

    def open(self) -> Pictures:
        """See `Source`."""
        path = existing(self.path, "file")
        try:
            with np.load(path, allow_pickle=False) as file:
                data, offsets, labels = file["data"], file["offsets"], file["labels"]
                classes = file["classes"].tolist()
                wnids = file["wnids"].tolist() if "wnids" in file else classes
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is no .npz of JPEGs ({error}); it needs data, offsets, labels, classes") from None
        ids = wordnet_ids(path.parent)
        names = wnids if set(wnids) & set(ids) else classes

        def item(index: int) -> Item:
            return decoded(data[offsets[index] : offsets[index + 1]].tobytes()), names[int(labels[index])], None

        return opened(len(labels), item, {"file": str(path), "files": len(labels)}, ids=ids)
