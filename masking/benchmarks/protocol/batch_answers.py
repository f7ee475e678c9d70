"""Asking a classifier about a block of images under a masking method, batch by batch."""

from collections.abc import Sequence

import torch
from torch import Tensor

from masking.benchmarks.protocol.experiment import ReportForwardPasses
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.registry.parsing import parse_entry
from masking.runtime.memory import in_batches


def answer_batch(
    classifier: Classifier,
    block: ImageBatch,
    report_forward_passes: ReportForwardPasses,
    method: Method | None = None,
    masks: Mask | None = None,
) -> Tensor:
    """Logits (n, classes), float32 on the CPU, of a block's images, whole or under a method and masks.

    All images make one batch; out of memory halves it and goes on.

    Args:
        classifier: left exactly as found.
        block: n images.
        report_forward_passes: called after each batch.
        method: None for whole images.
        masks: n masks, one for each image.
    """

    def compute(part: slice) -> Tensor:
        images = block.images[part]
        with torch.inference_mode():
            if method is None or masks is None:
                return classifier(images).float().cpu()
            return method.logits(classifier, images, masks[part]).float().cpu()

    done: list[Tensor] = []
    for logits in in_batches(compute, len(block), len(block)):
        done.append(logits)
        report_forward_passes(len(logits))
    return torch.cat(done)


def methods_of(names: Sequence[str]) -> dict[str, Method]:
    """The masking methods of these entries, such as `greyout:grey=middle`. Raises KeyError or ValueError."""
    return {name: parse_entry(METHODS, name) for name in names}


def refused(classifier: Classifier, names: Sequence[str]) -> str | None:
    """None, or why one of the methods cannot run on the classifier."""
    return next((reason for one in methods_of(names).values() if (reason := one.supports(classifier))), None)
