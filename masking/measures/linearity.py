"""Whether a classifier with missing parts is linear in the parts that are present, as LIME assumes."""

import torch
from torch import Tensor

from masking.measures.measure import measure

PAPER = "Balasubramanian & Feizi 2023, linearity experiments"
TINY = 1e-8
"""Added to lengths before a division, as in the paper's code."""
CONSTANT = 1e-24
"""Answers count as constant if their variance is a smaller share of their mean square; the rest is rounding."""


@measure(
    "Surrogate fit",
    "weighted R², at most 1",
    "higher",
    "The weighted share of the answers' variance that a surrogate explains; 0 if the answers do not vary.",
    "score of the lime package",
)
def surrogate_fit(answers: Tensor, predicted: Tensor, weights: Tensor) -> float:
    """Compute the weighted share of the answers' variance that a surrogate explains; 0 if the answers do not vary.

    Args:
        answers: (samples,), the classifier's answers.
        predicted: (samples,), the surrogate's predictions.
        weights: (samples,), the weight of each sample.
    """
    mean = (weights @ answers) / weights.sum()
    variance, unexplained = weights @ (answers - mean) ** 2, weights @ (answers - predicted) ** 2
    return 1 - float(unexplained / variance) if variance > CONSTANT * (weights @ answers**2) else 0.0


def _check(parts: Tensor, union: Tensor) -> None:
    if parts.ndim < 2 or union.shape != (*parts.shape[:-2], parts.shape[-1]):
        shapes = f"{tuple(parts.shape)} and {tuple(union.shape)}"
        raise ValueError(f"linearity needs features (…, parts, d) and those of their union (…, d); these are {shapes}")


@measure(
    "Linearity error",
    "share of the union's length, 0 or more",
    "lower",
    "How far the summed features of single segments lie from the features of all of them together.",
    PAPER,
)
def linearity_error(parts: Tensor, union: Tensor) -> Tensor:
    """Compute how far the summed features of single segments lie from the features of all of them together.

    Args:
        parts: (…, parts, d), features of each segment shown alone.
        union: (…, d), features of all of them shown together.
    """
    _check(parts, union)
    parts, union = parts.double(), union.double()
    return (parts.sum(-2) - union).norm(dim=-1) / (union.norm(dim=-1) + TINY)


@measure(
    "Linearity cosine",
    "cosine, −1 … 1",
    "higher",
    "The cosine between the summed features of single segments and the features of all of them together.",
    PAPER,
)
def linearity_cosine(parts: Tensor, union: Tensor) -> Tensor:
    """Compute the cosine between the summed features of single segments and the features of all of them together."""
    _check(parts, union)
    return torch.nn.functional.cosine_similarity(parts.double().sum(-2), union.double(), dim=-1, eps=TINY)
