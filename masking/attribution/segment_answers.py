"""Asking a classifier about one image with ever other segments hidden."""

from collections.abc import Iterator

from torch import Tensor

from masking.masks.mask import Mask
from masking.methods import Method
from masking.models.classifier import Classifier
from masking.runtime.memory import fitting_batch, in_batches, peak_bytes


def answer_samples(
    classifier: Classifier, image: Tensor, method: Method, segments: Tensor, z: Tensor, batch: int | None = None
) -> Iterator[Tensor]:
    """Logits (≤ batch, classes) of the samples in order, on the CPU; out of memory halves the batch.

    Masks are made only for the batch at hand: a thousand of them may take more memory than the network.

    Args:
        classifier: left exactly as found.
        image: (1, 3, h, w) in [0, 1].
        method: a masking method.
        segments: int64 (h, w), labels 0 … s−1.
        z: bool (samples, s), True = the segment is present.
        batch: samples per forward pass; default as many as the free memory allows.

    Raises:
        ValueError: a batch of less than one sample.
    """
    if batch is not None and batch < 1:
        raise ValueError(f"the batch is {batch}; give 1 or more samples per forward pass")
    z, segments = z.to(classifier.device), segments.to(classifier.device)

    def masks(start: int, stop: int) -> Mask:
        return Mask(z[start:stop][:, segments].unsqueeze(1))

    done = 0
    if batch is None:  # judged by two, since the first sample may hide nothing, which is cheaper
        logits, needed = peak_bytes(lambda: method.logits(classifier, image, masks(0, 2)))
        batch = fitting_batch(needed // len(logits), classifier.device)
        yield logits.float().cpu()
        done = len(logits)

    def asked(part: slice) -> Tensor:
        return method.logits(classifier, image, masks(done + part.start, done + part.stop))

    yield from (logits.float().cpu() for logits in in_batches(asked, len(z) - done, batch))
