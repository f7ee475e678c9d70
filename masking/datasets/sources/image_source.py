"""An opened source: its pictures by number, and images in a classifier's frame."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from masking.datasets.sources.labels import class_indices, label_of
from masking.masks.mask import Mask
from masking.models.classifier import Classifier


@dataclass(frozen=True, eq=False)
class LabelledPicture:
    """One picture as people see it.

    Attributes:
        picture: RGB.
        label: name, WordNet id or index of its class; None if unknown.
        object_mask: bool (h, w) of the picture's size, True = object; None if unknown.
    """

    picture: Image.Image
    label: str | int | None = None
    object_mask: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images in a classifier's frame: float32 (n, 3, h, w), labels int64 (n,), objects bool (n, 1, h, w).

    Labels are indices of the classifier's categories or `UNKNOWN`. Objects are None where they are not known.
    """

    images: Tensor
    labels: Tensor
    objects: Tensor | None = None


@dataclass(frozen=True, eq=False)
class ImageSource:
    """A source that has been opened.

    Attributes:
        count: number of pictures; None where there is no end.
        read: images with these numbers, from 0 to count − 1, as a classifier sees them.
        item: the picture with a number, as people see it.
        facts: where the pictures come from, for manifests.
        best_accuracy: accuracy, 0 … 1, of the best classifier that sees only a part ("background", "object"); empty
            if unknown.
        has_objects: whether objects are known.
        wordnet_ids: the classifier's classes as WordNet ids, where the labels are such.
        categories: the source's own classes in index order, where a training can learn them.
        class_indices: the index of each picture's class in `categories`; empty without categories.
    """

    count: int | None
    read: Callable[[Classifier, Sequence[int]], LabelledImages]
    item: Callable[[int], LabelledPicture]
    facts: Mapping[str, Any]
    best_accuracy: Mapping[str, float] = field(default_factory=dict[str, float])
    has_objects: bool = False
    wordnet_ids: Sequence[str] = ()
    categories: tuple[str, ...] = ()
    class_indices: Sequence[int] = ()

    def pick_indices(self, count: int, first: int = 0) -> list[int]:
        """Return the numbers of the pictures that a run takes.

        The order is shuffled, always in the same way, so that the first few pictures are of many classes.

        Raises:
            ValueError: no picture is left after the first `first` ones.
        """
        if self.count is None:
            return list(range(first, first + count))
        order = np.random.default_rng(0).permutation(self.count)[first : first + count].tolist()
        if not order:
            raise ValueError(f"there are {self.count} images; begin before image {first}")
        return order

    def label(self, classifier: Classifier, index: int) -> int:
        """Return the class of a picture as an index of the classifier's categories, or `UNKNOWN`."""
        known = class_indices(classifier.categories, self.wordnet_ids)
        return label_of(self.item(index).label, known, len(classifier.categories))


def build_source(
    count: int,
    item: Callable[[int], LabelledPicture],
    facts: Mapping[str, Any],
    *,
    has_objects: bool = False,
    wordnet_ids: Sequence[str] = (),
    categories: Sequence[str] = (),
    labels: Sequence[int] = (),
) -> ImageSource:
    """Return a source whose pictures are opened one by one; see `ImageSource` for the arguments.

    A pixel of the classifier's frame belongs to the object if any pixel of the object was mixed into it.
    """

    def read(classifier: Classifier, indices: Sequence[int]) -> LabelledImages:
        known = class_indices(classifier.categories, wordnet_ids)
        images, truth, objects = [], [], []
        for labelled in map(item, indices):
            images.append(classifier.prepare(labelled.picture))
            truth.append(label_of(labelled.label, known, len(classifier.categories)))
            if labelled.object_mask is not None:
                cutout = Mask(~torch.from_numpy(labelled.object_mask)[None, None]).to_png()
                objects.append(~classifier.prepare_mask(cutout, labelled.object_mask.shape).keep)
        return LabelledImages(torch.cat(images), torch.tensor(truth), torch.cat(objects) if objects else None)

    return ImageSource(
        count,
        read,
        item,
        facts,
        has_objects=has_objects,
        wordnet_ids=wordnet_ids,
        categories=tuple(categories),
        class_indices=labels,
    )


def decode_picture(data: bytes, name: str) -> Image.Image:
    """Decode an encoded picture to RGB, pixels as stored. Raises ValueError that names the picture."""
    try:
        return Image.open(io.BytesIO(data)).convert("RGB")
    except (OSError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        reason = "it is no picture" if isinstance(error, UnidentifiedImageError) else str(error)
        raise ValueError(f"{name} cannot be read ({reason}); save or copy it again") from None
