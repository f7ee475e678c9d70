"""Data sets that torchvision knows, read from disk and downloaded only on request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torchvision
from numpy.typing import NDArray
from PIL import Image

from masking.datasets.sources import SOURCES, ImageSource, LabelledPicture, Source
from masking.datasets.sources.image_source import build_source
from masking.registry.params import param

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
    """

    name: str
    make: Callable[..., Any]
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    can_download: bool = True
    object_mask: Callable[[Image.Image], NDArray[np.bool_]] | None = None

    def open(self, root: str | Path, *, download: bool = False, remedy: str = DOWNLOAD_REMEDY) -> Any:
        """Return torchvision's data set below `root`. It is downloaded only if it is missing and `download` is true.

        Raises:
            ValueError: it is not there, with the remedy, or it cannot be downloaded.
        """
        try:
            return self.make(str(root), **({"download": False} if self.can_download else {}), **self.options)
        except (RuntimeError, OSError):
            if not (download and self.can_download):
                raise ValueError(f"{self.name} is not below {str(root)!r}; {remedy}") from None
        try:
            return self.make(str(root), download=True, **self.options)
        except (RuntimeError, OSError) as error:
            raise ValueError(f"{self.name} cannot be downloaded ({error}); put it below {str(root)!r}") from None


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
    facts = {"set": name, "root": root, "files": len(items)}
    if data.object_mask is None:
        return source_of_set(items, facts)
    classes, object_mask = items.classes, data.object_mask

    def item(index: int) -> LabelledPicture:
        picture, (label, outline) = items[index]
        return LabelledPicture(picture.convert("RGB"), class_name(classes[label]), object_mask(outline))

    return build_source(len(items), item, facts, has_objects=True)


def source_of_set(items: Any, facts: Mapping[str, Any], labels: Sequence[int] = ()) -> ImageSource:
    """Return an opened set of (picture, class index) as a source; `labels` of all pictures, where they are known."""
    names = [class_name(label) for label in items.classes]

    def item(index: int) -> LabelledPicture:
        picture, label = items[index]
        return LabelledPicture(picture.convert("RGB"), names[label])

    return build_source(len(items), item, facts, categories=names if labels else (), labels=labels)


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
        picture, outline = items[index]
        return LabelledPicture(picture, None, object_mask(outline))

    return build_source(len(items), item, {"photographs": name}, has_objects=True)


def class_name(names: str | tuple[str, ...]) -> str:
    """Return a class's name, the first one where torchvision lists synonyms."""
    return names if isinstance(names, str) else names[0]
