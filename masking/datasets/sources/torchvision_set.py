"""Data sets that torchvision knows, read from disk and downloaded only on request."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torchvision
from numpy.typing import NDArray
from PIL import Image

from masking.datasets.sources import SOURCES, ImageSource, LabelledPicture, Source
from masking.datasets.sources.image_source import build_source
from masking.datasets.sources.labels import SourceLabels
from masking.datasets.sources.listing import Listing
from masking.image import STORED_FORMATS, decode_picture, open_picture
from masking.registry.params import param
from masking.runtime.door import reason_of
from masking.runtime.paths import quote_name

DOWNLOAD_REMEDY = "say download=yes to fetch it"


def _pet_mask(trimap: Image.Image) -> NDArray[np.bool_]:
    return np.asarray(trimap) != 2  # 1 = pet, 2 = background, 3 = rim


@dataclass(frozen=True)
class TorchvisionData:
    """How to open one of torchvision's sets.

    Attributes:
        name: as people write it.
        make: the class in `torchvision.datasets`.
        options: its arguments; by default they choose the test part.
        can_download: whether torchvision can fetch it.
        object_mask: from what a set has for an object to bool (h, w); None for sets without.
        files: the attributes of `make` that list the files of pictures and of outlines, where it has such lists.
    """

    name: str
    make: Callable[..., Any]
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    can_download: bool = True
    object_mask: Callable[[Image.Image], NDArray[np.bool_]] | None = None
    files: tuple[str, str] | None = None

    def open(self, root: str | Path, *, download: bool = False, remedy: str = DOWNLOAD_REMEDY) -> Any:
        """Return torchvision's data set below `root`. It is downloaded only if it is missing and `download` is true.

        Raises:
            ValueError: it is not there, with the remedy, or it cannot be downloaded.
        """
        try:
            return _with_our_loader(
                self.make(str(root), **({"download": False} if self.can_download else {}), **self.options)
            )
        except (RuntimeError, OSError):
            if not (download and self.can_download):
                raise ValueError(f"{self.name} is not below {quote_name(str(root))}; {remedy}") from None
        except Exception as error:  # of torchvision's readers of lists, archives and pickles
            raise ValueError(
                f"{self.name} below {quote_name(str(root))} is damaged ({reason_of(error)}); {remedy}"
            ) from None
        try:
            return _with_our_loader(self.make(str(root), download=True, **self.options))
        except Exception as error:
            reason, folder = reason_of(error), quote_name(str(root))
            raise ValueError(f"{self.name} cannot be downloaded ({reason}); put it below {folder}") from None


def _with_our_loader(items: Any) -> Any:
    """Let a set that opens files by its `loader` open them as everything else does."""
    if hasattr(items, "loader"):
        items.loader = partial(open_picture, formats=STORED_FORMATS)
    return items


SETS: Mapping[str, TorchvisionData] = {
    data.name: data
    for data in (
        TorchvisionData("cifar10", torchvision.datasets.CIFAR10, {"train": False}),
        TorchvisionData("cifar100", torchvision.datasets.CIFAR100, {"train": False}),
        TorchvisionData("imagenette", torchvision.datasets.Imagenette, {"split": "val", "size": "320px"}),
        TorchvisionData("imagenet", torchvision.datasets.ImageNet, {"split": "val"}, can_download=False),
        TorchvisionData(
            "oxford-pets",
            torchvision.datasets.OxfordIIITPet,
            {"split": "test", "target_types": ("category", "segmentation")},
            object_mask=_pet_mask,
            files=("_images", "_segs"),
        ),
    )
}
"""Sets with classes, each in its test part."""

OBJECT_SETS: Mapping[str, TorchvisionData] = {
    "oxford-pets": replace(SETS["oxford-pets"], options={"split": "test", "target_types": ("segmentation",)}),
    "voc": TorchvisionData(
        "voc",
        torchvision.datasets.VOCSegmentation,
        {"image_set": "val"},
        object_mask=lambda classes: np.asarray(classes) > 0,
        files=("images", "masks"),
    ),
}
"""Sets with object masks, used without classes: theirs are not ImageNet's. The classifier's own answer is the truth."""


@SOURCES.register("torchvision")
@dataclass(frozen=True)
class TorchvisionSet(Source):
    """The test part of a set; Oxford's pets come with their outlines."""

    name: str = param("cifar10", "which set", choices=tuple(SETS))
    root: str = param("data", "the folder that holds it, as torchvision wants it")
    download: bool = param(False, "fetch it first if it is not there", choices=(False, True))

    title = "Torchvision"
    meaning = "CIFAR, Imagenette, ImageNet's validation part, or Oxford's pets with their outlines."

    def open(self) -> ImageSource:
        """See `Source`."""
        return open_set(self.name, self.root, download=self.download)


def open_set(name: str, root: str, *, download: bool = False) -> ImageSource:
    """Open a set of `SETS` below `root`. Raises ValueError with one sentence where it is not there."""
    data = SETS[name]
    remedy = DOWNLOAD_REMEDY if data.can_download else "get it from image-net.org"
    items = data.open(root, download=download, remedy=remedy)
    return source_of_set(items, {"set": name, "root": root, "files": len(items)}, data)


def source_of_set(
    items: Any, facts: Mapping[str, Any], data: TorchvisionData, class_indices: Sequence[int] = ()
) -> ImageSource:
    """Return an opened set as a source.

    Args:
        items: pairs of a picture and a class index; where `data` has object masks, class index and outline are a pair.
        facts: where the pictures come from.
        data: how the set was opened.
        class_indices: the class of each picture, for a training.
    """
    names, aliases, object_mask = _class_names(items), _aliases_of(items), data.object_mask
    indices = _class_indices(items)

    def item(index: int) -> LabelledPicture:
        if object_mask is None:
            picture, label = items[index]
            return LabelledPicture(open_picture(picture), names[label])
        if (files := _files_of(items, index, data)) is not None and indices is not None:
            return LabelledPicture(files[0], names[indices[index]], object_mask(files[1]))
        picture, (label, outline) = items[index]
        return LabelledPicture(open_picture(picture), names[label], object_mask(outline))

    def make_listing() -> Listing:
        lines = [f"{data.name}\t{dict(data.options)}\t{len(items)}", *(f"class\t{name}" for name in names)]
        return Listing((*lines, *(f"picture {number}\t{index}" for number, index in enumerate(indices or ()))))

    wordnet_ids = tuple(getattr(items, "wnids", ()))
    return build_source(
        len(items),
        item,
        facts,
        has_objects=object_mask is not None,
        source_labels=SourceLabels(wordnet_ids if len(wordnet_ids) == len(names) else (), aliases),
        labels=None if indices is None else [names[index] for index in indices],
        categories=[class_name(label) for label in items.classes] if class_indices else (),
        class_indices=class_indices,
        make_listing=make_listing,
    )


def _files_of(items: Any, index: int, data: TorchvisionData) -> tuple[Image.Image, Image.Image] | None:
    """Return picture and outline from the files of a set; None where it does not list them.

    torchvision itself ignores how the camera was held, transparency, and greys of more than 8 bits.
    """
    if data.files is None or not all(hasattr(items, attribute) for attribute in data.files):
        return None
    picture, outline = (getattr(items, attribute)[index] for attribute in data.files)
    return open_picture(picture, formats=STORED_FORMATS), decode_picture(outline, formats=STORED_FORMATS)


def _class_names(items: Any) -> list[str]:
    """Return the first name of each class; its WordNet id where another class has that name and the set has ids."""
    names = [class_name(label) for label in items.classes]
    ids = getattr(items, "wnids", names)
    return [name if names.count(name) == 1 else str(ids[index]) for index, name in enumerate(names)]


def _aliases_of(items: Any) -> dict[str, tuple[str, ...]]:
    """Return the WordNet id and the other synonyms of each class, without those that another class has."""
    synonyms = [[label] if isinstance(label, str) else list(label) for label in items.classes]
    counts = Counter(synonym for names in synonyms for synonym in set(names))
    ids = [[wordnet_id] for wordnet_id in getattr(items, "wnids", ())] or [[] for _ in synonyms]
    return {
        name: (*wordnet_id, *(synonym for synonym in names if counts[synonym] == 1))
        for name, names, wordnet_id in zip(_class_names(items), synonyms, ids, strict=True)
    }


def _class_indices(items: Any) -> list[int] | None:
    """Return the class index of each picture without decoding it; None where torchvision keeps none."""
    if (samples := getattr(items, "_samples", None)) is not None:
        return [label for _, label in samples]
    labels = getattr(items, "targets", getattr(items, "_labels", None))
    return None if labels is None else list(labels)


def open_object_set(name: str, root: str | Path) -> ImageSource:
    """Open a set of `OBJECT_SETS` that has been downloaded below `root`; nothing is fetched.

    Raises:
        ValueError: no such set, or it is not there.
    """
    if name not in OBJECT_SETS:
        raise ValueError(f"there is no set {name!r}; choose from {', '.join(OBJECT_SETS)}")
    data = OBJECT_SETS[name]
    items = data.open(root, remedy="download it there with torchvision.datasets")
    object_mask = data.object_mask
    assert object_mask is not None

    def item(index: int) -> LabelledPicture:
        files = _files_of(items, index, data)
        picture, outline = items[index] if files is None else files
        return LabelledPicture(open_picture(picture), None, object_mask(outline))

    def make_listing() -> Listing:
        return Listing((f"{name}\t{dict(data.options)}\t{len(items)}",))

    return build_source(len(items), item, {"photographs": name}, has_objects=True, make_listing=make_listing)


def class_name(names: str | tuple[str, ...]) -> str:
    """Return a class's name, the first one where torchvision lists synonyms."""
    return names if isinstance(names, str) else names[0]
