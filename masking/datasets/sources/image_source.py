"""An opened source: its pictures by number, and images in a classifier's frame."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from masking.datasets.sources.labels import Label, LabelReader, SourceLabels, label_facts
from masking.datasets.sources.listing import Listing
from masking.masks.mask import Mask
from masking.models.classifier import Classifier

LOOKED_AT = 20_000
"""Pictures whose labels a run looks at before it begins."""
PROBED = 16
"""Pictures that are decoded for their labels, where a source has no other way."""


@dataclass(frozen=True, eq=False)
class LabelledPicture:
    """One picture as people see it.

    Attributes:
        picture: RGB.
        label: name, WordNet id or index of its class; None if unknown.
        object_mask: bool (h, w) of the picture's size, True = object; None if unknown.
    """

    picture: Image.Image
    label: Label = None
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
        source_labels: what the source says about its classes, so that a classifier's categories can be found.
        labels_of: the labels of the pictures with these numbers, without decoding any; None where only `item` has them.
        categories: the source's own classes in index order, where a training can learn them.
        class_indices: the index of each picture's class in `categories`; empty without categories.
        names: what each picture is called, where it has a name.
        make_listing: lists the pictures with what tells them apart; None: their number, classes and labels do.
    """

    count: int | None
    read: Callable[[Classifier, Sequence[int]], LabelledImages]
    item: Callable[[int], LabelledPicture]
    facts: Mapping[str, Any]
    best_accuracy: Mapping[str, float] = field(default_factory=dict[str, float])
    has_objects: bool = False
    source_labels: SourceLabels = field(default_factory=SourceLabels)
    labels_of: Callable[[Sequence[int]], Sequence[Label]] | None = None
    categories: tuple[str, ...] = ()
    class_indices: Sequence[int] = ()
    names: Sequence[str] = ()
    make_listing: Callable[[], Listing] | None = None

    def name_of(self, index: int) -> str:
        """Return what a picture is called: its file below the folder, or its number."""
        return self.names[index] if self.names else f"picture {index}"

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
        label = self.item(index).label if self.labels_of is None else self.labels_of([index])[0]
        return self.label_reader(classifier).index(label)

    def label_reader(self, classifier: Classifier) -> LabelReader:
        """Return the reader of this source's labels for a classifier."""
        return self.source_labels.reader(classifier.categories)

    def label_facts(self, classifier: Classifier, indices: Sequence[int]) -> dict[str, Any]:
        """Return what is unusual about the labels of some pictures; see `masking.datasets.sources.labels`.

        At most `LOOKED_AT` pictures are looked at, and only `PROBED` where labels cannot be had without decoding them.
        """
        if self.labels_of is not None:
            return label_facts(self.label_reader(classifier), self.labels_of(indices[:LOOKED_AT]))
        try:
            labels = [self.item(index).label for index in indices[:PROBED]]
        except ValueError:
            return {}  # a damaged picture is named when it is computed
        return label_facts(self.label_reader(classifier), labels)

    @cached_property
    def listing(self) -> Listing:
        """The pictures of the source, as they were when the listing was first read."""
        if self.make_listing is not None:
            return self.make_listing()
        labels = self.class_indices
        if self.labels_of is not None and self.count is not None:
            labels = self.labels_of(range(self.count))
        classes = (f"class\t{name}" for name in self.categories)
        return Listing((f"pictures\t{self.count}", *classes, *(f"label\t{label}" for label in labels)))


def build_source(
    count: int,
    item: Callable[[int], LabelledPicture],
    facts: Mapping[str, Any],
    *,
    has_objects: bool = False,
    source_labels: SourceLabels | None = None,
    labels: Sequence[Label] | None = None,
    categories: Sequence[str] = (),
    class_indices: Sequence[int] = (),
    names: Sequence[str] = (),
    make_listing: Callable[[], Listing] | None = None,
) -> ImageSource:
    """Return a source whose pictures are opened one by one; see `ImageSource` for the arguments.

    `labels` are those of all pictures, where they are known without decoding one.

    A pixel of the classifier's frame belongs to the object if any pixel of the object was mixed into it.
    """
    declared = source_labels or SourceLabels()

    def read(classifier: Classifier, indices: Sequence[int]) -> LabelledImages:
        reader = declared.reader(classifier.categories)
        images, truth, objects = [], [], []
        for labelled in map(item, indices):
            images.append(classifier.prepare(labelled.picture))
            truth.append(reader.index(labelled.label))
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
        source_labels=declared,
        labels_of=None if labels is None else lambda indices: [labels[index] for index in indices],
        categories=tuple(categories),
        class_indices=class_indices,
        names=names,
        make_listing=make_listing,
    )
