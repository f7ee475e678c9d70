"""A spec with everything that it names opened, ready to compute any of its shards; what all engines share."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from masking.benchmarks.protocol.experiment import Experiment, ReportForwardPasses, Row
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.specification.plugins import plugin_digests
from masking.benchmarks.specification.spec import Spec
from masking.datasets.sources import ImageSource
from masking.models.classifier import Classifier
from masking.models.weights import Progress
from masking.results.manifest import manifest
from masking.runtime.device import pick_device

DIGITS = 6
"""Decimals that rows keep; beyond them lies the noise of the order in which a machine adds."""


@dataclass(frozen=True, eq=False)
class Result:
    """A computed shard: its rows, the seconds and the forward passes it took, and how many images it looked at."""

    shard: int
    rows: list[Row]
    seconds: float
    forwards: int
    images: int


@dataclass(frozen=True, eq=False)
class LoadedSpec:
    """A spec with its experiment, classifier and pictures; shard k is the k-th block of the chosen images."""

    spec: Spec
    experiment: Experiment
    classifier: Classifier
    pictures: ImageSource

    @cached_property
    def chosen(self) -> list[int]:
        """Which images it takes, by their numbers in the data."""
        return self.pictures.pick_indices(self.spec.count, self.spec.first)

    @property
    def shards(self) -> int:
        """How many shards there are."""
        return math.ceil(len(self.chosen) / self.spec.block)

    def block(self, shard: int) -> ImageBatch:
        """The images of a shard."""
        start = shard * self.spec.block
        return self.blocks_of(self.chosen[start : start + self.spec.block])

    def blocks_of(self, indices: list[int]) -> ImageBatch:
        """Any images as one block."""
        labelled = self.pictures.read(self.classifier, indices)
        facts = self.spec.seed, labelled.objects, self.pictures.best_accuracy
        return ImageBatch(labelled.images, labelled.labels, tuple(indices), *facts)

    def compute(self, shard: int, report_forward_passes: ReportForwardPasses) -> Result:
        """The rows of a shard: the same whoever computes it, whatever was computed before.

        Args:
            shard: from 0 to `shards` − 1.
            report_forward_passes: called after each batch with its forward passes; may raise to cancel.
        """
        forwards, start = 0, time.perf_counter()

        def count(passes: int) -> None:
            nonlocal forwards
            forwards += passes
            report_forward_passes(passes)

        block = self.block(shard)
        rows = [self._checked(row) for row in self.experiment.rows(self.classifier, block, count)]
        return Result(shard, rows, time.perf_counter() - start, forwards, len(block))

    def _checked(self, row: Row) -> Row:
        """A row as it is kept. Raises ValueError where it lacks what the experiment declared."""
        wanted = {"image", *(key.name for key in self.experiment.keys)}
        wanted |= {column for outcome in self.experiment.outcomes for column in outcome.columns}
        if missing := wanted - set(row):
            raise ValueError(
                f"a row of {self.experiment.title} lacks {', '.join(sorted(missing))}; mend the experiment"
            )
        return {name: _kept(value) for name, value in row.items()}

    @property
    def environment(self) -> Mapping[str, Any]:
        """What computes: versions, weights, data, device, plugins."""
        return manifest(
            classifier=self.classifier.name,
            weights=self.classifier.weights_digest,
            data=dict(self.pictures.facts),
            device=str(self.classifier.device),
            plugins=plugin_digests(self.spec.plugins),
            **self.experiment.facts(),
        )


def _kept(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0 if math.isfinite(value) else None  # no -0.0
    return value


def open_pictures(spec: Spec) -> ImageSource:
    """The pictures that a spec names. Raises ValueError where they are not there, or not what the experiment needs."""
    experiment, pictures = spec.made(), spec.data.made().open()
    if experiment.needs_objects and not pictures.has_objects:
        raise ValueError(f"{experiment.title} needs known objects; choose data that has them, such as silhouettes")
    if experiment.needs_right_answer and not pictures.best_accuracy:
        raise ValueError(f"{experiment.title} needs known right answers; choose the data silhouettes")
    return pictures


def check_spec(spec: Spec) -> None:
    """Look whether this machine has what a spec names, before it becomes a run; nothing is loaded or downloaded.

    Raises ValueError or KeyError with one sentence where it has not.
    """
    pick_device(spec.device)
    spec.classifier.check()
    if not spec.data.settings.get("download"):
        open_pictures(spec)


def load_spec(
    spec: Spec,
    device: str | None = None,
    on_progress: Progress | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> LoadedSpec:
    """Opens what a spec names.

    Args:
        spec: from `read_spec` or `spec_from`.
        device: instead of the spec's.
        on_progress: called with bytes done and in all while weights are downloaded.
        tell: called with what takes time.

    Raises:
        ValueError, KeyError: something cannot be used, or the experiment cannot run on that classifier or data.
    """
    experiment = spec.made()
    tell(f"opening {spec.data.source}")
    pictures = open_pictures(spec)
    tell(f"loading {spec.classifier.name}")
    classifier = spec.classifier.load(device or spec.device, on_progress)
    if reason := experiment.refuses(classifier):
        raise ValueError(reason)
    return LoadedSpec(spec, experiment, classifier, pictures)
