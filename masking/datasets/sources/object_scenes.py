"""Scenes whose object is known to the pixel, from any source: rendered, a folder of pictures and masks, torchvision.

Anything with `len()`, `read`, `right_answer` and `facts` can be measured by `masking.leakage`.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from masking.datasets.silhouettes.render import Scenes
from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources.folder import open_with_masks
from masking.datasets.sources.image_source import ImageSource
from masking.datasets.sources.labels import describe_labels
from masking.datasets.sources.silhouettes import render_source
from masking.datasets.sources.torchvision_set import open_object_set
from masking.models.classifier import Classifier


class ObjectScenes(Protocol):
    """Scenes with known objects, read piece by piece."""

    def __len__(self) -> int: ...

    def read(self, classifier: Classifier, start: int, stop: int) -> Scenes:
        """Return scenes start … stop − 1 in the classifier's frame, on the CPU.

        Labels are indices of the classifier's categories or `UNKNOWN`.
        """
        ...

    @property
    def right_answer(self) -> float | None:
        """Accuracy of the best classifier that sees everything but the object, 0 … 1; None if unknown."""
        ...

    @property
    def facts(self) -> Mapping[str, Any]:
        """The origin of the scenes, for manifests."""
        ...


@dataclass(frozen=True, eq=False)
class SourceScenes:
    """Pictures of a source as `ObjectScenes`.

    Attributes:
        source: its objects are known.
        indices: numbers of the pictures, in the order in which they are read.
    """

    source: ImageSource
    indices: Sequence[int]

    def __len__(self) -> int:
        return len(self.indices)

    def read(self, classifier: Classifier, start: int, stop: int) -> Scenes:
        """See `ObjectScenes`."""
        labelled = self.source.read(classifier, self.indices[start:stop])
        assert labelled.objects is not None
        return Scenes(labelled.images.cpu(), labelled.objects, labelled.labels)

    def name(self, index: int) -> str:
        """Return what a scene is called, for sentences about it."""
        return self.source.name_of(self.indices[index])

    @property
    def right_answer(self) -> float | None:
        """See `ObjectScenes`. The background of a photograph tells an unknown amount."""
        return self.source.best_accuracy.get("background")

    @property
    def facts(self) -> Mapping[str, Any]:
        """See `ObjectScenes`. Pictures and masks from files have the digest of their listing."""
        listing = {} if self.source.count is None else {"listing": self.source.listing.digest}
        return {**self.source.facts, "scenes": len(self), **listing}

    def label_note(self, classifier: Classifier) -> str:
        """Return in sentences which classes the classifier does not know; "" if it knows all."""
        facts = self.source.label_facts(classifier, self.indices)
        own_answer = " Its answer to the whole image takes the place of the label." if facts.get("unknown") else ""
        return describe_labels(facts, classifier.name) + own_answer


def rendered_scenes(world: World, count: int, first: int = 0) -> SourceScenes:
    """Return scenes of a rendered world, with the seeds from `first` to `first` + `count` − 1.

    Raises:
        ValueError: no scene, or a seed below 0.
    """
    if count < 1 or first < 0:
        raise ValueError(f"{count} scenes from seed {first}: ask for 1 or more, from seed 0 or later")
    return SourceScenes(render_source(world, first), range(count))


def photograph_scenes(images: str | Path, masks: str | Path) -> SourceScenes:
    """Return pictures with masks of the same names, as `open_with_masks` reads them.

    They are shuffled, always in the same way, so that the first few are of all classes.
    """
    source = open_with_masks(images, masks)
    indices = list(range(source.count or 0))
    random.Random(0).shuffle(indices)  # noqa: S311, no secret
    return SourceScenes(source, indices)


def torchvision_scenes(name: str, root: str | Path) -> SourceScenes:
    """Return a set of `OBJECT_SETS`, such as "voc", that lies below `root`; nothing is fetched."""
    source = open_object_set(name, root)
    return SourceScenes(source, range(source.count or 0))
