"""Whether an explanation lies on the object, compared with the object's exact mask."""

import torch
from torch import Tensor

from masking.measures.measure import measure

PAPER = "Balasubramanian & Feizi 2023, LIME experiments"
TINY = 1e-8
"""Added to lengths before a division, as in the paper's code."""


def _check(coefficients: Tensor, segments: Tensor, on_object: Tensor) -> None:
    if on_object.shape != segments.shape or on_object.dtype != torch.bool:
        raise ValueError(
            f"the object is {on_object.dtype} of shape {tuple(on_object.shape)}; give a bool map of the segments' "
            f"shape {tuple(segments.shape)}, True = object"
        )
    if coefficients.shape != (int(segments.max()) + 1,):
        raise ValueError(f"there are {int(segments.max()) + 1} segments but {tuple(coefficients.shape)} coefficients")


@measure(
    "Alignment",
    "cosine, −1 … 1",
    "higher",
    "The cosine between the coefficients and how much more of each segment lies on the object than by chance.",
    PAPER,
)
def alignment(coefficients: Tensor, segments: Tensor, on_object: Tensor) -> float:
    """Compute the cosine between the coefficients and how much more of each segment is object than by chance.

    Args:
        coefficients: (segments,).
        segments: int64 (h, w), labels 0 … s−1.
        on_object: bool (h, w), True = object.
    """
    _check(coefficients, segments, on_object)
    excess = (on_object.double() - on_object.double().mean()).flatten()
    overlap = torch.zeros(len(coefficients), dtype=torch.double).index_add_(0, segments.flatten(), excess)
    weights = coefficients.double()
    return float((weights @ overlap) / (weights.norm() * overlap.norm() + TINY))


@measure(
    "Object overlap",
    "Jaccard index, 0 … 1",
    "higher",
    "The pixels that the object and the k highest segments share, as a share of both together.",
    PAPER,
)
def object_overlap(coefficients: Tensor, segments: Tensor, on_object: Tensor, k: int = 20) -> float:
    """Compute the pixels that the object and the k highest segments share, divided by those of both together.

    Raises:
        ValueError: k is not one of 1 … segments, or shapes that do not fit.
    """
    _check(coefficients, segments, on_object)
    if not 1 <= k <= len(coefficients):
        raise ValueError(f"the top {k} of {len(coefficients)} segments was asked for; choose 1 to {len(coefficients)}")
    top = torch.zeros(len(coefficients), dtype=torch.bool)
    top[coefficients.argsort(descending=True, stable=True)[:k]] = True
    covered = top[segments]
    return float((covered & on_object).sum() / (covered | on_object).sum())
