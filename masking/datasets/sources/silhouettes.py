"""Rendered scenes: no end of them, offline, with exact objects and known right answers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import torch
from torch.nn import functional as F

from masking.datasets.gallery import SCENE_SIZE
from masking.datasets.objects import RENDERED_SIDES
from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import PARTS, WORLDS
from masking.datasets.sources import SOURCES, Known, Pictures, Source
from masking.datasets.sources.labels import UNKNOWN
from masking.datasets.sources.source import Item
from masking.image import to_picture
from masking.models.classifier import Classifier
from masking.registry.params import param

FRESH = 1_000_000
"""The first seed: trainings count from 0 and come nowhere near."""


@SOURCES.register("silhouettes")
@dataclass(frozen=True)
class Silhouettes(Source):
    """Scenes that no bundled classifier was trained on, in the classifier's own size where that can be rendered."""

    world: str = param("ordinary", "which cues tell the class", choices=tuple(WORLDS))

    title = "Silhouettes"
    meaning = "Rendered scenes with exact object masks; work offline."

    def open(self) -> Pictures:
        """See `Source`."""
        world = WORLDS[self.world]
        right = {part: world.expected_accuracy(part) for part in PARTS}
        return Pictures(
            None, self._read, self._item, {"world": asdict(world), "first_seed": FRESH}, right, objects=True
        )

    def _item(self, index: int) -> Item:
        scene = render(replace(WORLDS[self.world], size=SCENE_SIZE), [FRESH + index])
        label = WORLDS[self.world].classes[int(scene.labels[0])]
        return to_picture(scene.images), label, scene.objects[0, 0].numpy()

    def _read(self, classifier: Classifier, indices: Sequence[int]) -> Known:
        world, (low, high) = WORLDS[self.world], RENDERED_SIDES
        side = min(max(*classifier.input_size, low), high)
        scenes = render(replace(world, size=side), [FRESH + index for index in indices])
        known = {name: index for index, name in enumerate(classifier.categories)}
        labels = torch.tensor([known.get(name, UNKNOWN) for name in world.classes])[scenes.labels]
        images, objects = scenes.images, scenes.objects
        if (side, side) != classifier.input_size:
            images = F.interpolate(images, classifier.input_size, mode="bilinear", antialias=True).clamp(0, 1)
            objects = F.interpolate(objects.float(), classifier.input_size, mode="bilinear", antialias=True) > 1e-4
        return Known(images.to(classifier.device), labels, objects)
