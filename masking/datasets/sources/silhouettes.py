"""Rendered scenes without end, offline, with exact objects and known right answers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import torch
from torch.nn import functional as F

from masking.datasets.gallery import SCENE_SIZE
from masking.datasets.silhouettes.render import draw_labels, render
from masking.datasets.silhouettes.worlds import PARTS, WORLDS, World
from masking.datasets.sources import SOURCES, ImageSource, LabelledImages, LabelledPicture, Source
from masking.datasets.sources.labels import Label, SourceLabels
from masking.datasets.sources.listing import Listing
from masking.image import round_to_levels, to_picture
from masking.models.classifier import Classifier
from masking.registry.params import param

FRESH = 1_000_000
"""The first seed: trainings count from 0 and come nowhere near."""
RENDERED_SIDES = (48, 256)
"""The smallest and the largest side that is rendered, in pixels; other sizes are resized from these."""


@SOURCES.register("silhouettes")
@dataclass(frozen=True)
class Silhouettes(Source):
    """Scenes that no bundled classifier was trained on, in the classifier's own size where that can be rendered."""

    world: str = param("ordinary", "which cues tell the class", choices=tuple(WORLDS))

    title = "Silhouettes"
    meaning = "Rendered scenes with exact object masks; work offline."

    def open(self) -> ImageSource:
        """See `Source`."""
        return render_source(WORLDS[self.world], FRESH)


def render_source(world: World, first_seed: int = 0) -> ImageSource:
    """Return scenes of a world without end; scene i has the seed `first_seed` + i."""

    def item(index: int) -> LabelledPicture:
        scene = render(replace(world, size=SCENE_SIZE), [first_seed + index])
        label = world.classes[int(scene.labels[0])]
        return LabelledPicture(to_picture(scene.images), label, scene.objects[0, 0].numpy())

    def read(classifier: Classifier, indices: Sequence[int]) -> LabelledImages:
        return _in_frame(classifier, world, [first_seed + index for index in indices])

    def labels_of(indices: Sequence[int]) -> list[Label]:
        labels = draw_labels(world, [first_seed + index for index in indices])
        return [world.classes[label] for label in labels.tolist()]

    facts = {"world": asdict(world), "first_seed": first_seed}
    best_accuracy = {part: world.expected_accuracy(part) for part in PARTS}
    return ImageSource(
        None,
        read,
        item,
        facts,
        best_accuracy,
        has_objects=True,
        labels_of=labels_of,
        make_listing=lambda: Listing(tuple(f"{name}\t{value}" for name, value in facts.items())),
    )


def _in_frame(classifier: Classifier, world: World, seeds: Sequence[int]) -> LabelledImages:
    """Render at the classifier's own size where that is possible, else resize to it; images on its device.

    For an input that is not square, the scene's middle is cropped.
    """
    low, high = RENDERED_SIDES
    side = min(max(*classifier.input_size, low), high)
    scenes = render(replace(world, size=side), seeds)
    reader = SourceLabels().reader(classifier.categories)
    labels = torch.tensor([reader.index(name) for name in world.classes])[scenes.labels]
    images, objects = scenes.images, scenes.objects
    longest = max(classifier.input_size)
    if side != longest:
        resized = F.interpolate(images.double(), (longest, longest), mode="bilinear", antialias=True)
        images = round_to_levels(resized)
        objects = F.interpolate(objects.double(), (longest, longest), mode="bilinear", antialias=True) > 1e-4
    top, left = ((longest - inner) // 2 for inner in classifier.input_size)
    height, width = classifier.input_size
    images, objects = (pixels[..., top : top + height, left : left + width] for pixels in (images, objects))
    return LabelledImages(images.to(classifier.device), labels, objects)
