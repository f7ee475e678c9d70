"""One `.npz` file of many encoded pictures: small, quick to open, and no code in it."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from masking.datasets.sources import SOURCES, ImageSource, LabelledPicture, Source, TrainingPart
from masking.datasets.sources.image_source import build_source
from masking.datasets.sources.labels import SourceLabels, check_labels, wordnet_ids
from masking.datasets.sources.listing import Listing, array_line, ids_lines
from masking.datasets.sources.source import require_path
from masking.image import STORED_FORMATS, open_picture
from masking.registry.params import param
from masking.runtime.door import InputError, guard, reason_of, show_name

EXPANSION, SMALL = 4, 64 * 2**20
"""An archive may become so many times as large, and so many bytes larger: pictures are packed already, labels are not.
"""
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
    name = show_name(path)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise ValueError(f"{name} cannot be read ({reason_of(error)}); check the path") from None
    with stream, guard(f"{name} is not an archive of pictures; it needs {', '.join(KEYS)}"):
        _check_expansion(stream, name)
        with np.load(stream, allow_pickle=False) as file:
            data, offsets, labels, classes = (file[key] for key in KEYS)
            wnids = file["wnids"] if "wnids" in file else np.array([], dtype=str)
    if any(array.ndim != 1 for array in (data, offsets, labels, classes, wnids)):
        raise ValueError(f"{name} has arrays of several dimensions; each of {', '.join(KEYS)} is one row")
    if data.dtype != np.uint8 or offsets.dtype.kind not in "iu":
        types = f"data of type {show_name(str(data.dtype))} and offsets of type {show_name(str(offsets.dtype))}"
        raise ValueError(f"{name} has {types}; give uint8 and int64")
    if labels.dtype.kind not in "iu" and (labels.dtype.kind != "f" or (labels != labels.round()).any()):
        kind = show_name(str(labels.dtype))
        raise ValueError(f"{name} has labels of type {kind}; give each picture the index of its class")
    with guard(f"{name} has class names that are no texts; save them as an array of texts"):
        classes, wnids = (_as_texts(names) for names in (classes, wnids))
    if len(offsets) != len(labels) + 1 or int(offsets[-1]) > len(data):
        raise ValueError(f"{name} is cut short: {len(offsets)} offsets for {len(labels)} labels; copy it again")
    if int(offsets[0]) < 0 or (offsets[1:] < offsets[:-1]).any():
        raise ValueError(f"{name} has offsets that do not ascend from 0; fix the file")
    if len(wnids) not in {0, len(classes)}:
        raise ValueError(f"{name} has {len(wnids)} WordNet ids for {len(classes)} class names; fix the file")
    if not np.isfinite(labels).all():
        raise ValueError(f"{name} has labels that are not finite; give each picture the index of its class")
    indices = list(map(int, labels.tolist()))
    check_labels(indices, classes.tolist(), path)
    return _Archive(data, offsets, indices, classes.tolist(), wnids.tolist())


def _check_expansion(stream: BinaryIO, name: str) -> None:
    """Raise InputError for an archive that would become many times as large when it is unpacked."""
    with zipfile.ZipFile(stream) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if unpacked > EXPANSION * size + SMALL:
        raise InputError(
            f"{name} would become {unpacked // 2**20} MB when it is unpacked; pack JPEG or PNG files into it"
        )
