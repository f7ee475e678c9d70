"""Is the classifier, with parts missing, a linear function of the parts present? LIME can only see what is."""

import torch
from torch import Tensor

from masking.measures.measure import measure

PAPER = "Balasubramanian & Feizi 2023, linearity experiments"
TINY = 1e-8
"""Added to lengths before they divide, as in the paper's code."""
CONSTANT = 1e-24
"""Answers whose variance is a smaller share of their mean square do not vary, but for rounding."""


@measure("Surrogate fit", "weighted R², at most 1", "higher", "score of the lime package")
def surrogate_fit(answers: Tensor, predicted: Tensor, weights: Tensor) -> float:
    """Weighted share of the answers' variance that a surrogate explains; 0 where the answers do not vary.

    Args:
        answers: (samples,), what the classifier said.
        predicted: (samples,), what the surrogate says.
        weights: (samples,), how much each sample counts.
    """
    mean = (weights @ answers) / weights.sum()
    variance, unexplained = weights @ (answers - mean) ** 2, weights @ (answers - predicted) ** 2
    return 1 - float(unexplained / variance) if variance > CONSTANT * (weights @ answers**2) else 0.0


def _check(parts: Tensor, union: Tensor) -> None:
    if parts.ndim < 2 or union.shape != (*parts.shape[:-2], parts.shape[-1]):
        shapes = f"{tuple(parts.shape)} and {tuple(union.shape)}"
        raise ValueError(f"linearity needs features (…, parts, d) and those of their union (…, d); these are {shapes}")


@measure("Linearity error", "share of the union's length, 0 or more", "lower", PAPER)
def linearity_error(parts: Tensor, union: Tensor) -> Tensor:
    """How far the summed features of single segments lie from the features of all of them together.

    Args:
        parts: (…, parts, d), features of each segment shown alone.
        union: (…, d), features of them shown together.
    """
    _check(parts, union)
    parts, union = parts.double(), union.double()
    return (parts.sum(-2) - union).norm(dim=-1) / (union.norm(dim=-1) + TINY)


@measure("Linearity cosine", "cosine, −1 … 1", "higher", PAPER)
def linearity_cosine(parts: Tensor, union: Tensor) -> Tensor:
    """Cosine between the summed features of single segments and the features of all of them together."""
    _check(parts, union)
    return torch.nn.functional.cosine_similarity(parts.double().sum(-2), union.double(), dim=-1, eps=TINY)
