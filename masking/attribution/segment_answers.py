"""A classifier's answers to one image with different segments hidden."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from masking.inference.batching import iterate_logits
from masking.masks.mask import Mask
from masking.methods import Method
from masking.models.classifier import Classifier


@dataclass(frozen=True, eq=False)
class SegmentMasks:
    """Masks that are made when a batch needs them: a thousand at once may take more memory than the network.

    Attributes:
        z: bool (samples, s), True = the segment is present.
        segments: int64 (h, w), labels 0 … s−1, on the same device.
    """

    z: Tensor
    segments: Tensor

    def __len__(self) -> int:
        return len(self.z)

    def __getitem__(self, span: slice, /) -> Mask:
        return Mask(self.z[span][:, self.segments].unsqueeze(1))


def answer_samples(
    classifier: Classifier, image: Tensor, method: Method, segments: Tensor, z: Tensor, batch: int | None = None
) -> Iterator[Tensor]:
    """Return an iterator over the logits (≤ batch, classes) of the samples in order, on the CPU.

    Args:
        classifier: it is left unchanged.
        image: (1, 3, h, w) in [0, 1].
        method: a masking method.
        segments: int64 (h, w), labels 0 … s−1.
        z: bool (samples, s), True = the segment is present.
        batch: samples per forward pass; default as many as the free memory allows. Out of memory halves it.

    Raises:
        ValueError: a batch of less than one sample.
    """
    if batch is not None and batch < 1:
        raise ValueError(f"the batch is {batch}; give 1 or more samples per forward pass")
    masks = SegmentMasks(z.to(classifier.device), segments.to(classifier.device))
    # Two samples are tried, since the first may hide nothing, which takes less memory.
    return iterate_logits(classifier, image, method, masks, batch, trial=2)
