"""How much two explanations of one image agree: two vectors of coefficients (segments,) over the same segments."""

from itertools import combinations

import torch
from torch import Tensor

from masking.measures.measure import measure


def _check(first: Tensor, second: Tensor) -> None:
    if first.shape != second.shape or first.ndim != 1 or len(first) < 2:
        shapes = f"{tuple(first.shape)} and {tuple(second.shape)}"
        raise ValueError(f"agreement needs two explanations of the same segments, two or more; these have {shapes}")


@measure(
    "Rank correlation",
    "Spearman's ρ, −1 … 1",
    "higher",
    "How similarly two explanations rank the segments; 0 by chance.",
    "Spearman 1904; ties share their mean rank",
)
def rank_correlation(first: Tensor, second: Tensor) -> float:
    """Measure how similarly two explanations rank the segments; 0 by chance, and if one of them is constant."""
    from scipy.stats import rankdata  # a second to import, and few processes compare explanations

    _check(first, second)
    ranks = [torch.from_numpy(rankdata(values.double().cpu().numpy())) for values in (first, second)]
    centred = torch.stack([rank - rank.mean() for rank in ranks])
    lengths = centred.norm(dim=1)
    return float((centred[0] @ centred[1]) / lengths.prod()) if lengths.all() else 0.0


@measure(
    "Top-k overlap",
    "share of the top k, 0 … 1",
    "higher",
    "The share of the k highest segments that two explanations have in common; k / segments by chance.",
    "Jain et al. 2022, there as Jaccard index",
)
def top_overlap(first: Tensor, second: Tensor, k: int = 5) -> float:
    """Measure which share of their k highest segments two explanations have in common; k / segments by chance.

    Raises:
        ValueError: k is not one of 1 … segments.
    """
    _check(first, second)
    if not 1 <= k <= len(first):
        raise ValueError(f"the top {k} of {len(first)} segments was asked for; choose 1 to {len(first)}")
    tops = [set(values.argsort(descending=True, stable=True)[:k].tolist()) for values in (first, second)]
    return len(tops[0] & tops[1]) / k


@measure(
    "Sign agreement",
    "share of all weight, 0 … 1",
    "higher",
    "The share of the weight on segments with the same sign in both explanations; 0.5 by chance.",
    "own; weighted, since signs near zero are noise",
)
def sign_agreement(first: Tensor, second: Tensor) -> float:
    """Measure which share of the weight lies on segments with the same sign in both explanations; 0.5 by chance.

    The weight of a segment is |first| + |second|, after each explanation is scaled to the same sum.
    """
    _check(first, second)
    sums = [values.double().abs().sum() for values in (first, second)]
    if not all(sums):
        return 0.0
    weight = first.double().abs() / sums[0] + second.double().abs() / sums[1]
    return float(weight[first.sign() == second.sign()].sum() / weight.sum())


@measure(
    "Stability",
    "mean of Spearman's ρ, −1 … 1",
    "higher",
    "How similarly explanations of one image under different seeds rank its segments; the mean over all pairs.",
    "own; Visani et al. 2022 count agreeing features",
)
def stability(coefficients: Tensor) -> float:
    """Measure how similarly explanations of one image, drawn with different seeds, rank its segments.

    Args:
        coefficients: (explanations, segments), two or more explanations.

    Raises:
        ValueError: fewer than two explanations.
    """
    if coefficients.ndim != 2 or len(coefficients) < 2:
        raise ValueError(f"stability needs two or more explanations; these have shape {tuple(coefficients.shape)}")
    pairs = [rank_correlation(first, second) for first, second in combinations(coefficients, 2)]
    return sum(pairs) / len(pairs)
