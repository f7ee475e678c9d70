"""What every source of images is, and how the names of its classes become a classifier's."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from masking.datasets.sources.labels import label_of, names_of
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.registry.params import check_params

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


Item = tuple[Image.Image, str | int | None, NDArray[np.bool_] | None]
"""A picture, the name (or WordNet id) of its class or its index, and its object (h, w) where that is known."""


@dataclass(frozen=True, eq=False)
class Known:
    """Some images in a classifier's frame: float32 (n, 3, h, w), labels int64 (n,), objects bool (n, 1, h, w)."""

    images: Tensor
    labels: Tensor
    objects: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Pictures:
    """A source that has been opened.

    Attributes:
        count: how many there are; None where there is no end.
        read: the images of these numbers, from 0 to count − 1, as a classifier sees them.
        item: the one of a number, as people see it.
        facts: where they come from, for manifests.
        right: accuracy of the best classifier that sees only a part ("background", "object"); empty if unknown.
        objects: whether objects are known.
        ids: the classifier's classes as WordNet ids, where the labels are such.
    """

    count: int | None
    read: Callable[[Classifier, Sequence[int]], Known]
    item: Callable[[int], Item]
    facts: Mapping[str, Any]
    right: Mapping[str, float] = field(default_factory=dict[str, float])
    objects: bool = False
    ids: Sequence[str] = ()

    def chosen(self, count: int, first: int = 0) -> list[int]:
        """Which images a run of that length takes: shuffled, always alike, so that the first few are of all classes.

        Raises:
            ValueError: there are none.
        """
        if self.count is None:
            return list(range(first, first + count))
        order = np.random.default_rng(0).permutation(self.count)[first : first + count].tolist()
        if not order:
            raise ValueError(f"there are {self.count} images; begin before image {first}")
        return order

    def label(self, classifier: Classifier, index: int) -> int:
        """The class of an image as a classifier counts classes, or `UNKNOWN`."""
        return label_of(self.item(index)[1], _known(classifier, self.ids), len(classifier.categories))


class Source:
    """A kind of source; subclasses are frozen dataclasses of `param` fields."""

    title: ClassVar[str]
    meaning: ClassVar[str]

    def __post_init__(self):
        check_params(self)

    def open(self) -> Pictures:
        """Looks what is there and reads nothing yet. Raises ValueError with one sentence when it cannot be used."""
        raise NotImplementedError


def existing(path: str, what: str) -> Path:
    """A path that was given and is there. Raises ValueError with one sentence otherwise."""
    found = Path(path).expanduser()
    if not path or not found.exists():
        raise ValueError(f"the {what} {path!r} does not exist; give its path")
    return found


def opened(
    count: int, item: Callable[[int], Item], facts: Mapping[str, Any], objects: bool = False, ids: Sequence[str] = ()
) -> Pictures:
    """Pictures of which any can be opened by its number; `ids` are the classifier's classes as WordNet ids."""

    def read(classifier: Classifier, indices: Sequence[int]) -> Known:
        known = _known(classifier, ids)
        images, labels, outlines = [], [], []
        for picture, label, outline in map(item, indices):
            images.append(classifier.prepare(picture))
            labels.append(label_of(label, known, len(classifier.categories)))
            if outline is not None:
                cutout = Mask(~torch.from_numpy(outline)[None, None]).to_png()
                outlines.append(~classifier.prepare_mask(cutout, outline.shape).keep)
        return Known(torch.cat(images), torch.tensor(labels), torch.cat(outlines) if outlines else None)

    return Pictures(count, read, item, facts, objects=objects, ids=ids)


def _known(classifier: Classifier, ids: Sequence[str]) -> dict[str, int]:
    return names_of(classifier.categories) | {one: index for index, one in enumerate(ids)}


def decoded(data: bytes) -> Image.Image:
    """A JPEG or PNG from memory."""
    return Image.open(io.BytesIO(data)).convert("RGB")
