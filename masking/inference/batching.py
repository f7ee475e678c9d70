"""Images × masks in batches as large as the free memory allows; running out of memory halves them."""

from collections.abc import Callable, Iterator, Sized
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from masking.masks.mask import Mask
from masking.methods import Method
from masking.models.classifier import Classifier
from masking.runtime.memory import fitting_batch, out_of_memory, peak_bytes

Rows = TypeVar("Rows", bound=Sized)


class MaskSequence(Protocol):
    """Masks that can be counted and sliced: a `Mask`, or an object that makes each slice when it is needed."""

    def __len__(self) -> int:
        """Return how many masks there are."""
        ...

    def __getitem__(self, span: slice, /) -> Mask:
        """Return the masks of one span."""
        ...


def in_batches(compute: Callable[[slice], Rows], count: int, batch: int) -> Iterator[Rows]:
    """Yield what `compute` makes of each span of `count` rows; running out of memory halves the batch."""
    start = 0
    while start < count:
        try:
            rows = compute(slice(start, min(start + batch, count)))
        except RuntimeError as error:
            if batch == 1 or not out_of_memory(error):
                raise
            batch //= 2
        else:
            start += len(rows)
            yield rows


def in_fitting_batches(
    compute: Callable[[slice], Rows], count: int, device: torch.device, trial: int = 1
) -> Iterator[Rows]:
    """Like `in_batches`, in batches as large as the free memory allows; the first `trial` rows tell how many fit."""
    first, needed = peak_bytes(lambda: compute(slice(0, min(trial, count))))
    batch = fitting_batch(needed // max(1, len(first)), device)
    done = len(first)
    yield first
    yield from in_batches(lambda span: compute(slice(done + span.start, done + span.stop)), count - done, batch)


def iterate_logits(
    classifier: Classifier,
    images: Tensor,
    method: Method | None = None,
    masks: MaskSequence | None = None,
    batch: int | None = None,
    trial: int = 1,
) -> Iterator[Tensor]:
    """Yield logits (≤ batch, classes), float32 on the CPU, in the order of the images or masks.

    Args:
        classifier: left exactly as found.
        images: (n, 3, h, w) in [0, 1]; a single image meets every mask.
        method: the masking method; None for whole images.
        masks: n masks; None for whole images.
        batch: images per forward pass; default as many as the free memory allows.
        trial: how many masks tell how many fit, where `batch` is not given.
    """

    def compute(span: slice) -> Tensor:
        if method is None or masks is None:
            with torch.inference_mode():
                return classifier(images[span].to(classifier.device)).float().cpu()
        part = images if len(images) == 1 else images[span]
        return method.logits(classifier, part, masks[span]).float().cpu()

    count = len(images) if masks is None else len(masks)
    if batch is None:
        return in_fitting_batches(compute, count, classifier.device, trial)
    return in_batches(compute, count, batch)


def batched_logits(
    classifier: Classifier,
    images: Tensor,
    method: Method | None = None,
    masks: MaskSequence | None = None,
    batch: int | None = None,
    on_batch: Callable[[int], None] | None = None,
) -> Tensor:
    """Return logits (n, classes), float32 on the CPU; arguments as for `iterate_logits`.

    `on_batch` is called after each batch with the number of images done so far; it may raise to cancel.
    """
    done: list[Tensor] = []
    for logits in iterate_logits(classifier, images, method, masks, batch):
        done.append(logits)
        if on_batch:
            on_batch(sum(map(len, done)))
    return torch.cat(done)
