"""Throughput: how much longer a masking method takes than the plain forward pass, on this machine."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

import torch

from masking.benchmarks.protocol.batch_answers import answer_batch
from masking.benchmarks.protocol.experiment import BENCHMARKS, METHOD, Curve, Key, Outcome, ReportForwardPasses, Row
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.protocol.methods_experiment import MethodsExperiment
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry.params import param


@BENCHMARKS.register("throughput")
@dataclass(frozen=True)
class Throughput(MethodsExperiment):
    """Plain and masked passes alternate, so other programs slow both down alike. Each batch gives one row."""

    methods: tuple[str, ...] = param(
        ("blackout", "inpaint", "layer_masking"), "masking methods", choices=tuple(METHODS)
    )
    shares: tuple[float, ...] = param((0.25, 0.5, 0.75), "shares of the patches removed", low=0, high=1)
    patch: int = param(16, "side of a patch", low=1, high=512, unit="px")
    repeats: int = param(5, "how many times each pass is timed", low=1, high=1000)

    title = "Throughput"
    meaning = "How much longer does a masking method take than the plain forward pass on this machine?"
    source = "own: median of ratios of interleaved passes"
    keys = (METHOD, Key("share", "Share removed", "of the patches", "0 … 1"))
    outcomes = (
        Outcome(
            "ratio", "Cost", "times the plain pass", "lower", "Time divided by that of the plain pass.", ("ratio",)
        ),
        Outcome("images_per_second", "Throughput", "images per second", "higher", "On this machine.", ("pace",)),
    )
    curves = (Curve("share", ("ratio", "images_per_second"), "method"),)
    timed = True

    def rows(self, classifier: Classifier, batch: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`; the image of a row is the first of the batch."""
        rows: list[Row] = []
        for share in self.shares:
            random = [Mask.random_patches(batch.size, share, self.patch, seed).keep for seed in batch.seeds]
            masks = Mask(torch.cat(random))
            for name, method in self.parsed_methods():
                plain = partial(answer_batch, classifier, batch, report_forward_passes)
                masked = partial(plain, method, masks)
                masked()  # work that is done only once is not timed
                times = [(_time(plain), _time(masked)) for _ in range(self.repeats)]
                rows.append(
                    {
                        "image": batch.indices[0],
                        "method": name,
                        "share": share,
                        "ratio": median(slow / fast for fast, slow in times),
                        "pace": len(batch) / median(slow for _, slow in times),
                    }
                )
        return rows


def _time(compute: Callable[[], object]) -> float:
    """Return the seconds of one pass. Its logits arrive on the CPU, so a GPU has finished by then."""
    start = time.perf_counter()
    compute()
    return time.perf_counter() - start
