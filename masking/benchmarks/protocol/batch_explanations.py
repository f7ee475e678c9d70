"""LIME for the images of a block, under several masking methods and on the same samples."""

from collections.abc import Iterator

from masking.attribution.lime_explainer import lime
from masking.attribution.lime_explanation import LimeExplanation
from masking.benchmarks.protocol.batch_answers import methods_of
from masking.benchmarks.protocol.experiment import ReportForwardPasses
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.models.classifier import Classifier

BATCH = 32
"""Samples at once: fixed, since what fits into free memory would differ from run to run."""


def counting(report_forward_passes: ReportForwardPasses):
    """A callback that is told what was done so far, and ticks what is new."""
    done = 0

    def advance(so_far: int, *_: object) -> None:
        nonlocal done
        report_forward_passes(so_far - done)
        done = so_far

    return advance


def explain_batch(
    classifier: Classifier,
    block: ImageBatch,
    methods: tuple[str, ...],
    segments: str,
    samples: int,
    report_forward_passes: ReportForwardPasses,
) -> Iterator[tuple[int, dict[str, LimeExplanation]]]:
    """Place in the block, and the explanation of the class named for the whole image under each method."""
    for place, seed in enumerate(block.seeds):
        image = block.images[place : place + 1]
        yield (
            place,
            {
                name: lime(
                    classifier,
                    image,
                    method,
                    None,
                    segments,
                    samples,
                    seed % 2**31,
                    counting(report_forward_passes),
                    batch=BATCH,
                )
                for name, method in methods_of(methods).items()
            },
        )
