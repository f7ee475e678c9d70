"""One `.npz` file of many encoded pictures: small, quick to open, and no code in it."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from masking.datasets.sources import SOURCES, ImageSource, LabelledPicture, Source, TrainingPart
from masking.datasets.sources.image_source import build_source
from masking.datasets.sources.labels import SourceLabels, check_labels, wordnet_ids
from masking.datasets.sources.listing import Listing, array_line, ids_lines
from masking.datasets.sources.source import require_path
from masking.image import STORED_FORMATS, open_picture
from masking.registry.params import param

KEYS = ("data", "offsets", "labels", "classes")


@SOURCES.register("jpeg_archive")
@dataclass(frozen=True)
class JpegArchive(Source):
    """Image i is the JPEG or PNG file data[offsets[i]:offsets[i + 1]], its class classes[labels[i]]."""

    path: str = param("", "the .npz file")

    title = "Packed JPEGs"
    meaning = "One .npz file with the arrays data, offsets, labels and classes."

    def open(self) -> ImageSource:
        """See `Source`."""
        return _open(require_path(self.path, "file"))

    @classmethod
    def open_part(cls, part: TrainingPart) -> ImageSource:
        """See `Source`. The archive is the part: one holds the training pictures, another the test pictures."""
        return _open(require_path(part.path, "file"))


@dataclass(frozen=True, eq=False)
class _Archive:
    """What a file holds: `data` uint8 (bytes,), `offsets` int64 (n + 1,), `labels`, names and WordNet ids of classes.

    `data` are all JPEG or PNG files end to end. `wnids` is empty in most files.
    """

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    labels: list[int]
    classes: list[str]
    wnids: list[str]


def _open(path: Path) -> ImageSource:
    archive = _read(path)
    ids = wordnet_ids(path.parent)
    names = archive.wnids if set(archive.wnids) & set(ids) else archive.classes

    def item(index: int) -> LabelledPicture:
        file = archive.data[archive.offsets[index] : archive.offsets[index + 1]].tobytes()
        return LabelledPicture(
            open_picture(file, f"picture {index} of {path}", STORED_FORMATS), names[archive.labels[index]]
        )

    def make_listing() -> Listing:
        arrays = {"data": archive.data, "offsets": archive.offsets, "labels": np.array(archive.labels)}
        texts = (f"classes\t{archive.classes}", f"wnids\t{archive.wnids}")
        return Listing((*(array_line(name, array) for name, array in arrays.items()), *texts, *ids_lines(ids)))

    count = len(archive.labels)
    others = archive.classes if names is archive.wnids else archive.wnids
    aliases = {name: (other,) for name, other in zip(names, others, strict=False) if names.count(name) == 1}
    return build_source(
        count,
        item,
        {"file": str(path), "files": count},
        source_labels=SourceLabels(ids, aliases),
        labels=[names[label] for label in archive.labels],
        categories=archive.classes,
        class_indices=archive.labels,
        make_listing=make_listing,
    )


def _as_texts(names: NDArray[Any]) -> NDArray[np.str_]:
    """Return names as texts; some programs write them as bytes."""
    return np.char.decode(names, "utf-8") if names.dtype.kind == "S" else names.astype(str)


def _read(path: Path) -> _Archive:
    """Return what an archive holds. Raises ValueError with one sentence where it is none, or is damaged."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            data, offsets, labels, classes = (file[key] for key in KEYS)
            wnids = file["wnids"] if "wnids" in file else np.array([], dtype=str)
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror or error}); check the path") from None
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        raise ValueError(f"{path} is not an archive of pictures; it needs {', '.join(KEYS)}") from None
    if any(array.ndim != 1 for array in (data, offsets, labels, classes, wnids)):
        raise ValueError(f"{path} has arrays of several dimensions; each of {', '.join(KEYS)} is one row")
    if labels.dtype.kind not in "iu" and (labels.dtype.kind != "f" or (labels != labels.round()).any()):
        raise ValueError(f"{path} has labels of type {labels.dtype}; give each picture the index of its class")
    classes, wnids = (_as_texts(names) for names in (classes, wnids))
    if len(offsets) != len(labels) + 1 or offsets[-1] > len(data):
        raise ValueError(f"{path} is cut short: {len(offsets)} offsets for {len(labels)} labels; copy it again")
    if len(wnids) not in {0, len(classes)}:
        raise ValueError(f"{path} has {len(wnids)} WordNet ids for {len(classes)} class names; fix the file")
    indices = labels.astype(int).tolist()
    check_labels(indices, classes.tolist(), path)
    return _Archive(data, offsets, indices, classes.tolist(), wnids.tolist())
