"""Targets: the classes to explain, by index or by name."""

import torch
from torch import Tensor

from masking.inference.batching import in_batches, in_fitting_batches
from masking.models.categories import class_index
from masking.models.classifier import Classifier
from masking.models.input_checks import check_answers

Target = int | str | Tensor | list[int] | list[str] | None
"""One class for all images, one for each, or None for the predicted ones."""


def check_targets(target: Tensor, count: int, classes: int) -> None:
    """Raise ValueError unless there is one class 0 … classes − 1 for each of `count` images."""
    if target.shape != (count,) or target.is_floating_point() or target.dtype == torch.bool:
        shape = f"{target.dtype} of shape {tuple(target.shape)}"
        raise ValueError(f"the targets are {shape} but there are {count} images; give one class index for each")
    outside = target[(target < 0) | (target >= classes)]
    if len(outside):
        raise ValueError(f"there is no class {int(outside[0])}; they go from 0 to {classes - 1}")


def class_indices(target: Target, classifier: Classifier, x: Tensor, batch: int | None = None) -> Tensor:
    """Return the class of each normalised input as int64 (n,), on the classifier's device; None: the predicted ones.

    Raises:
        ValueError: a class that does not exist, or another number of classes than of inputs.
    """
    if target is None:
        return _logits(classifier, x, batch).argmax(1)
    if isinstance(target, Tensor) and target.ndim == 1:
        check_targets(target.cpu(), len(x), len(classifier.categories))
        return target.long().to(x.device)
    if isinstance(target, Tensor):
        if target.ndim or target.is_floating_point():
            shape = f"{target.dtype} of shape {tuple(target.shape)}"
            raise ValueError(f"the target is {shape}; give one class index, or one for each image")
        target = int(target)
    each = target if isinstance(target, list) else [target] * len(x)
    indices = torch.tensor([class_index(value, classifier.categories) for value in each], dtype=torch.long)
    check_targets(indices, len(x), len(classifier.categories))
    return indices.to(x.device)


def _logits(classifier: Classifier, x: Tensor, batch: int | None) -> Tensor:
    """Return logits (n, classes) of normalised inputs, `batch` or as many at once as the free memory allows."""

    def compute(span: slice) -> Tensor:
        return classifier.network(x[span])

    with torch.inference_mode(mode=False), torch.no_grad():
        if batch is None:
            batches = in_fitting_batches(compute, len(x), classifier.device)
        else:
            batches = in_batches(compute, len(x), batch)
        return check_answers(torch.cat(list(batches)), classifier.name)
