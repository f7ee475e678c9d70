"""The answers of a classifier to a batch of images under a masking method."""

from collections.abc import Sequence

import torch
from torch import Tensor

from masking.benchmarks.protocol.experiment import ReportForwardPasses
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.inference.batching import iterate_logits
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.registry.parsing import parse_entry


def answer_batch(
    classifier: Classifier,
    batch: ImageBatch,
    report_forward_passes: ReportForwardPasses,
    method: Method | None = None,
    masks: Mask | None = None,
) -> Tensor:
    """Return logits (n, classes), float32 on the CPU, of the images of a batch, whole or under a method and masks.

    All images are computed at once. When memory runs out, half as many are.

    Args:
        classifier: left exactly as found.
        batch: n images.
        report_forward_passes: called after each forward pass with its number of images.
        method: None for whole images.
        masks: n masks, one for each image.
    """
    done: list[Tensor] = []
    for logits in iterate_logits(classifier, batch.images, method, masks, batch=len(batch)):
        done.append(logits)
        report_forward_passes(len(logits))
    return torch.cat(done)


def parse_methods(names: Sequence[str]) -> dict[str, Method]:
    """Return the masking methods of entries such as `greyout:grey=middle`. Raises KeyError or ValueError."""
    return {name: parse_entry(METHODS, name) for name in names}
