"""Throughput: how much longer a masking method takes than the plain forward pass, on this machine."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

import torch

from masking.benchmarks.protocol.batch_answers import answer_batch, methods_of, refused
from masking.benchmarks.protocol.experiment import (
    BENCHMARKS,
    METHOD,
    Curve,
    Experiment,
    Key,
    Outcome,
    ReportForwardPasses,
    Row,
)
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry.params import param


@BENCHMARKS.register("throughput")
@dataclass(frozen=True)
class Throughput(Experiment):
    """Plain and masked passes take turns, so that what else slows the machine down slows both. One row per block."""

    methods: tuple[str, ...] = param(
        ("blackout", "inpaint", "layer_masking"), "masking methods", choices=tuple(METHODS)
    )
    shares: tuple[float, ...] = param((0.25, 0.5, 0.75), "shares of the patches removed", low=0, high=1)
    patch: int = param(16, "side of a patch", low=1, high=512, unit="px")
    repeats: int = param(5, "how often each is timed", low=1, high=1000)

    title = "Throughput"
    meaning = "How much longer a masking method takes than the plain forward pass, on this machine."
    source = "own: median of ratios of interleaved passes"
    keys = (METHOD, Key("share", "Share removed", "of the patches", "0 … 1"))
    outcomes = (
        Outcome("ratio", "Cost", "times the plain pass", "lower", "Time over that of the plain pass.", ("ratio",)),
        Outcome("images_per_second", "Throughput", "images per second", "higher", "On this machine.", ("pace",)),
    )
    curves = (Curve("share", ("ratio", "images_per_second"), "method"),)
    timed = True

    def __post_init__(self):
        super().__post_init__()
        methods_of(self.methods)

    def refuses(self, classifier: Classifier) -> str | None:
        """A method that cannot run."""
        return refused(classifier, self.methods)

    def rows(self, classifier: Classifier, block: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`; the row's image is the first of the block."""
        found: list[Row] = []
        for share in self.shares:
            random = [Mask.random_patches(block.size, share, self.patch, seed).keep for seed in block.seeds]
            masks = Mask(torch.cat(random))
            for name, method in methods_of(self.methods).items():
                plain = partial(answer_batch, classifier, block, report_forward_passes)
                masked = partial(plain, method, masks)
                masked()  # what is computed only once is not timed
                pairs = [(_seconds(plain), _seconds(masked)) for _ in range(self.repeats)]
                found.append(
                    {
                        "image": block.indices[0],
                        "method": name,
                        "share": share,
                        "ratio": median(slow / fast for fast, slow in pairs),
                        "pace": len(block) / median(slow for _, slow in pairs),
                    }
                )
        return found


def _seconds(work: Callable[[], object]) -> float:
    """Logits are fetched to the CPU, so that a GPU has finished."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
