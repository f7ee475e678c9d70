"""Training and test batches. Batch k depends only on the seed and on k, so training can resume."""

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
"""Training scenes have this seed or a higher one. All scenes below are new to every bundled classifier."""

TEST_SEEDS_FROM = 2**31
"""Test scenes begin with this seed, far from the scenes that people look at first."""

TEST_BATCH = 128


@dataclass(frozen=True, eq=False)
class TrainingBatch:
    """Images float32 (n, 3, h, w) in [0, 1], labels int64 (n,), and for scenes the objects, bool (n, 1, h, w)."""

    images: Tensor
    labels: Tensor
    objects: Tensor | None = None


class Batches(Protocol):
    """The batches of one training.

    Attributes:
        categories: class names in index order.
        size: side of a picture in pixels.
        mean: mean of the normalisation, RGB.
        std: standard deviation of the normalisation, RGB.
        batches: batches per pass through the data; None if the data has no end.
        tested_on: the words for the test pictures.
    """

    categories: tuple[str, ...]
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    batches: int | None
    tested_on: str

    def batch(self, step: int) -> TrainingBatch:
        """Return the training batch of a step; it is always the same."""
        ...

    def tests(self) -> Iterator[TrainingBatch]:
        """Yield the test batches."""
        ...


class SceneBatches:
    """Batches of rendered scenes; every scene is new."""

    mean, std, tested_on = IMAGENET_MEAN, IMAGENET_STD, "fresh scenes"

    def __init__(self, recipe: Recipe):
        self.batches: int | None = None
        self.world, self.tested = recipe.world, recipe.test_scenes
        self.categories, self.size = recipe.world.classes, recipe.world.size
        self.count, self.first = recipe.training.batch, TRAINING_SEEDS_FROM + recipe.seed * 2**40

    def batch(self, step: int) -> TrainingBatch:
        """Return new scenes."""
        return self._render(self.first + step * self.count, self.count)

    def tests(self) -> Iterator[TrainingBatch]:
        """Yield scenes that training never uses."""
        for start in range(0, self.tested, TEST_BATCH):
            yield self._render(TEST_SEEDS_FROM + start, min(TEST_BATCH, self.tested - start))

    def _render(self, first: int, count: int) -> TrainingBatch:
        scenes = render(self.world, range(first, first + count))
        return TrainingBatch(scenes.images, scenes.labels, scenes.objects)


class PictureBatches:
    """Batches of stored pictures, shuffled anew in every pass; an incomplete last batch is left out."""

    tested_on = "test pictures"

    def __init__(self, recipe: Recipe, data: TrainingData):
        self.data, self.seed, self.count = data, recipe.seed, recipe.training.batch
        self.size, self.mean, self.std = data.size, data.mean, data.std
        self.pictures = data.pictures(training=True)
        self.categories, self._batches_per_pass = self.pictures.categories, len(self.pictures) // self.count
        self.batches: int | None = self._batches_per_pass
        if not self._batches_per_pass:
            raise ValueError(f"batch is {self.count}, but there are {len(self.pictures)} pictures; make it smaller")
        self._pass, self._order = -1, torch.empty(0)

    def batch(self, step: int) -> TrainingBatch:
        """Return the pictures of a step."""
        number, position = divmod(step, self._batches_per_pass)
        if number != self._pass:
            order = np.random.default_rng((self.seed, number)).permutation(len(self.pictures))
            self._pass, self._order = number, torch.from_numpy(order)
        return self._read(self.pictures, self._order[position * self.count : (position + 1) * self.count])

    def tests(self) -> Iterator[TrainingBatch]:
        """Yield all test pictures once."""
        for start in range(0, len(self._tests), TEST_BATCH):
            yield self._read(self._tests, slice(start, start + TEST_BATCH))

    @cached_property
    def _tests(self) -> TrainingPictures:
        tests = self.data.pictures(training=False)
        if tests.categories != self.categories:
            of_tests, of_training = ", ".join(tests.categories), ", ".join(self.categories)
            raise ValueError(f"the test pictures have the classes {of_tests}, the training pictures {of_training}")
        return tests

    @staticmethod
    def _read(pictures: TrainingPictures, selection: Tensor | slice) -> TrainingBatch:
        return TrainingBatch(pictures.floats(selection), pictures.labels[selection])


def make_batches(recipe: Recipe) -> Batches:
    """Return the batches of a recipe. Raises KeyError or ValueError with one sentence if the data cannot be used."""
    return PictureBatches(recipe, recipe.data) if recipe.data else SceneBatches(recipe)
