"""LIME for the images of a batch, under several masking methods and on the same samples."""

from collections.abc import Callable, Iterator

import torch

from masking.attribution.lime_explainer import lime, segment_image
from masking.attribution.lime_explanation import LimeExplanation
from masking.benchmarks.protocol.batch_answers import parse_methods
from masking.benchmarks.protocol.experiment import ReportForwardPasses
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.models.classifier import Classifier
from masking.segments import SEGMENTATIONS
from masking.segments.grid import Grid

BATCH = 32
"""Samples at once. The number is fixed, because what fits into free memory differs from run to run."""


def count_forward_passes(report_forward_passes: ReportForwardPasses) -> Callable[..., None]:
    """Return a callback that takes the forward passes done so far and reports those since its last call."""
    reported = 0

    def on_batch(done: int, *_: object) -> None:
        nonlocal reported
        report_forward_passes(done - reported)
        reported = done

    return on_batch


def explain_batch(
    classifier: Classifier,
    batch: ImageBatch,
    methods: tuple[str, ...],
    segments: str,
    samples: int,
    report_forward_passes: ReportForwardPasses,
) -> Iterator[tuple[int, dict[str, LimeExplanation]]]:
    """Yield the position of each image in the batch, and its explanation under each method.

    An explanation is of the class that the classifier names for the whole image.
    """
    for position, seed in enumerate(batch.seeds):
        image = batch.images[position : position + 1]
        explanations = {
            name: lime(
                classifier,
                image,
                method,
                None,
                segments,
                samples,
                seed % 2**31,
                count_forward_passes(report_forward_passes),
                batch=BATCH,
            )
            for name, method in parse_methods(methods).items()
        }
        yield position, explanations


def refuse_segments(segments: str, classifier: Classifier, least: int = 2) -> str | None:
    """Return why a picture of the classifier's size has fewer than `least` segments, or None.

    Only a grid is the same on every picture. Other segmentations are refused when a picture has too few.
    """
    if not isinstance(SEGMENTATIONS[segments](), Grid):
        return None
    try:
        count = int(segment_image(segments, torch.zeros(1, 3, *classifier.input_size)).max()) + 1
    except ValueError as error:
        return str(error)
    if count < least:
        return f"the grid divides the pictures of {classifier.name} into {count} segments; ask for at most as many"
    return None
