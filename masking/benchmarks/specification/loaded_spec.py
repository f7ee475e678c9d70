"""A spec with everything that it names loaded, ready to compute any of its shards."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from masking.benchmarks.protocol.experiment import Experiment, ReportForwardPasses, Row
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.protocol.row_equality import FACT, KIND
from masking.benchmarks.specification.plugins import plugin_digests
from masking.benchmarks.specification.spec import Spec
from masking.datasets.sources import ImageSource
from masking.methods.method import METHOD_STATES
from masking.models.classifier import Classifier
from masking.models.weights import Progress
from masking.results.manifest import run_manifest

DIGITS = 6
"""Decimals that rows keep. Even these depend a little on the order in which a machine adds numbers."""


@dataclass(frozen=True, eq=False)
class Result:
    """A computed shard: its rows, the seconds and the forward passes that it took, and its number of images."""

    shard: int
    rows: list[Row]
    seconds: float
    forwards: int
    images: int


@dataclass(frozen=True, eq=False)
class LoadedSpec:
    """A spec with its experiment, classifier and images. Shard k is the k-th batch of the selected images."""

    spec: Spec
    experiment: Experiment
    classifier: Classifier
    image_source: ImageSource

    @cached_property
    def indices(self) -> list[int]:
        """The selected images, by their positions in the data."""
        return self.image_source.pick_indices(self.spec.count, self.spec.first)

    @property
    def shards(self) -> int:
        """The number of shards."""
        return math.ceil(len(self.indices) / self.spec.block)

    def read_shard(self, shard: int) -> ImageBatch:
        """Return the images of a shard."""
        start = shard * self.spec.block
        return self.read_batch(self.indices[start : start + self.spec.block])

    def read_batch(self, indices: list[int]) -> ImageBatch:
        """Return the images at these positions in the data as one batch."""
        labelled = self.image_source.read(self.classifier, indices)
        facts = self.spec.seed, labelled.objects, self.image_source.best_accuracy
        return ImageBatch(labelled.images, labelled.labels, tuple(indices), *facts)

    def compute(self, shard: int, report_forward_passes: ReportForwardPasses) -> Result:
        """Return the rows of a shard. They do not depend on earlier shards.

        On one kind of processor and one number of threads they are always the same. Elsewhere, numbers differ in their
        last digits, and a class that is named may differ where two classes have nearly the same score.

        Args:
            shard: from 0 to `shards` − 1.
            report_forward_passes: called after each batch with the number of its forward passes; may raise to cancel.
        """
        forwards, start = 0, time.perf_counter()

        def count(passes: int) -> None:
            nonlocal forwards
            forwards += passes
            report_forward_passes(passes)

        batch = self.read_shard(shard)
        rows = [self._check_row(row) for row in self.experiment.rows(self.classifier, batch, count)]
        return Result(shard, rows, time.perf_counter() - start, forwards, len(batch))

    def _check_row(self, row: Row) -> Row:
        """Return a row as it is stored. Raises ValueError where it lacks a column that the experiment declared."""
        declared = {"image", *(key.name for key in self.experiment.keys)}
        declared |= {column for outcome in self.experiment.outcomes for column in outcome.columns}
        if missing := declared - set(row):
            raise ValueError(f"a row of {self.experiment.title} lacks {', '.join(sorted(missing))}; fix the experiment")
        return {name: _round(value) for name, value in row.items()}

    @property
    def environment(self) -> Mapping[str, Any]:
        """The manifest of the computation: versions, weights, data, device, plugins, kind of digest."""
        facts = run_manifest(self.classifier, data=dict(self.image_source.facts))
        listing = {"digest": self.image_source.listing.digest, "pictures": self.image_source.count}
        labels = {"labels": self._label_facts} if self._label_facts else {}
        categories = hashlib.sha256(json.dumps(self.classifier.categories).encode()).hexdigest()
        plugins = plugin_digests(self.spec.plugins)
        method_states = dict(self.experiment.method_states(self.classifier))
        states = {METHOD_STATES: method_states} if method_states else {}
        names = {"listing": listing, "categories": categories, **labels, FACT: KIND}
        return facts | names | {"plugins": plugins, **states, **self.experiment.facts()}

    @cached_property
    def _label_facts(self) -> Mapping[str, Any]:
        """What is unusual about the labels of the selected images; see `masking.datasets.sources.labels`."""
        return self.image_source.label_facts(self.classifier, self.indices)


def _round(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0 if math.isfinite(value) else None  # no -0.0
    return value


def open_image_source(spec: Spec) -> ImageSource:
    """Return the images that a spec names.

    Raises:
        ValueError: they do not exist, or they lack what the experiment needs.
    """
    experiment, image_source = spec.make_experiment(), spec.data.make_source().open()
    if experiment.needs_objects and not image_source.has_objects:
        raise ValueError(f"{experiment.title} needs known objects; choose data that has them, such as silhouettes")
    if experiment.needs_right_answer and not image_source.best_accuracy:
        raise ValueError(f"{experiment.title} needs known right answers; choose the data silhouettes")
    return image_source


def load_spec(
    spec: Spec,
    device: str | None = None,
    on_progress: Progress | None = None,
    on_status: Callable[[str], None] = lambda _: None,
) -> LoadedSpec:
    """Load everything that a spec names.

    Args:
        spec: from `read_spec` or `spec_from`.
        device: replaces the device of the spec.
        on_progress: called with the bytes done and the total while weights are downloaded.
        on_status: called with a few words before each slow step.

    Raises:
        ValueError: something cannot be used, or the experiment cannot run on that classifier or data.
        KeyError: something that the spec names does not exist.
    """
    spec.load_plugins()
    experiment = spec.make_experiment()
    on_status(f"opening {spec.data.source}")
    image_source = open_image_source(spec)
    on_status(f"loading {spec.classifier.name}")
    classifier = spec.classifier.load(device or spec.device, on_progress)
    if reason := experiment.refuses(classifier):
        raise ValueError(reason)
    return LoadedSpec(spec, experiment, classifier, image_source)
