"""What a training shows a network, step by step, and what it is tested on; a step's pictures follow from its number."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from masking.datasets.silhouettes.render import render
from masking.models.classifier import IMAGENET_MEAN, IMAGENET_STD
from masking.training.pictures import TrainingPictures
from masking.training.recipe import Recipe, TrainingData

TRAINING_SEEDS_FROM = 2**32
"""Training renders scenes from this seed up; everything below is fresh to every bundled classifier."""

TEST_SEEDS_FROM = 2**31
"""The scenes that a trained classifier is tested on start here, away from those people look at first."""

TEST_BATCH = 128


@dataclass(frozen=True, eq=False)
class Batch:
    """Images float32 (n, 3, h, w) in [0, 1], labels int64 (n,), and for scenes the objects, bool (n, 1, h, w)."""

    images: Tensor
    labels: Tensor
    objects: Tensor | None = None


class Batches(Protocol):
    """Where a training's pictures come from.

    categories: class names in index order. size: side of a picture in pixels. mean, std: of the normalisation.
    batches: how many make one pass, None where there is no end. tested_on: what the test's pictures are called.
    """

    categories: tuple[str, ...]
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    batches: int | None
    tested_on: str

    def batch(self, step: int) -> Batch:
        """What the network learns from in that step, the same whenever it is asked for."""
        ...

    def tests(self) -> Iterator[Batch]:
        """What the finished network is tested on."""
        ...


class SceneBatches:
    """Rendered scenes, every one new."""

    mean, std, tested_on = IMAGENET_MEAN, IMAGENET_STD, "fresh scenes"

    def __init__(self, recipe: Recipe):
        self.batches: int | None = None
        self.world, self.tested = recipe.world, recipe.test_scenes
        self.categories, self.size = recipe.world.classes, recipe.world.size
        self.count, self.first = recipe.training.batch, TRAINING_SEEDS_FROM + recipe.seed * 2**40

    def batch(self, step: int) -> Batch:
        """Scenes nobody has seen."""
        return self._rendered(self.first + step * self.count, self.count)

    def tests(self) -> Iterator[Batch]:
        """Scenes that training never touches."""
        for start in range(0, self.tested, TEST_BATCH):
            yield self._rendered(TEST_SEEDS_FROM + start, min(TEST_BATCH, self.tested - start))

    def _rendered(self, first: int, count: int) -> Batch:
        scenes = render(self.world, range(first, first + count))
        return Batch(scenes.images, scenes.labels, scenes.objects)


class PictureBatches:
    """Stored pictures, in an order of its own in every pass; what does not fill a batch waits for the next pass."""

    tested_on = "test pictures"

    def __init__(self, recipe: Recipe, data: TrainingData):
        self.data, self.seed, self.count = data, recipe.seed, recipe.training.batch
        self.size, self.mean, self.std = data.size, data.mean, data.std
        self.pictures = data.pictures(training=True)
        self.categories, self._in_a_pass = self.pictures.categories, len(self.pictures) // self.count
        self.batches: int | None = self._in_a_pass
        if not self._in_a_pass:
            raise ValueError(f"batch is {self.count}, but there are {len(self.pictures)} pictures; make it smaller")
        self._pass, self._order = -1, torch.empty(0)

    def batch(self, step: int) -> Batch:
        """The next pictures of this pass."""
        number, position = divmod(step, self._in_a_pass)
        if number != self._pass:
            order = np.random.default_rng((self.seed, number)).permutation(len(self.pictures))
            self._pass, self._order = number, torch.from_numpy(order)
        return self._batch_of(self.pictures, self._order[position * self.count : (position + 1) * self.count])

    def tests(self) -> Iterator[Batch]:
        """All test pictures once."""
        for start in range(0, len(self._tests), TEST_BATCH):
            yield self._batch_of(self._tests, slice(start, start + TEST_BATCH))

    @cached_property
    def _tests(self) -> TrainingPictures:
        tests = self.data.pictures(training=False)
        if tests.categories != self.categories:
            known, learned = ", ".join(tests.categories), ", ".join(self.categories)
            raise ValueError(f"the test pictures are of classes {known}, but those to learn from of {learned}")
        return tests

    @staticmethod
    def _batch_of(pictures: TrainingPictures, which: Tensor | slice) -> Batch:
        return Batch(pictures.floats(which), pictures.labels[which])


def batches_of(recipe: Recipe) -> Batches:
    """What a recipe learns from. KeyError and ValueError, one sentence, where it cannot be had."""
    return PictureBatches(recipe, recipe.data) if recipe.data else SceneBatches(recipe)
