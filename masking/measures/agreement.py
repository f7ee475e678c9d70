"""Do two explanations of one image say the same? For coefficients (segments,) over the same segments."""

from itertools import combinations

import torch
from scipy.stats import rankdata
from torch import Tensor

from masking.measures.measure import measure


def _check(first: Tensor, second: Tensor) -> None:
    if first.shape != second.shape or first.ndim != 1 or len(first) < 2:
        shapes = f"{tuple(first.shape)} and {tuple(second.shape)}"
        raise ValueError(f"agreement needs two explanations of the same segments, two or more; these have {shapes}")


@measure("Rank correlation", "Spearman's ρ, −1 … 1", "higher", "Spearman 1904; ties share their mean rank")
def rank_correlation(first: Tensor, second: Tensor) -> float:
    """How alike two explanations rank the segments; 0 by chance, and where one of them ranks nothing."""
    _check(first, second)
    ranks = [torch.from_numpy(rankdata(one.double().cpu().numpy())) for one in (first, second)]
    centred = torch.stack([rank - rank.mean() for rank in ranks])
    lengths = centred.norm(dim=1)
    return float((centred[0] @ centred[1]) / lengths.prod()) if lengths.all() else 0.0


@measure("Top-k overlap", "share of the top k, 0 … 1", "higher", "Jain et al. 2022, there as Jaccard index")
def top_overlap(first: Tensor, second: Tensor, k: int = 5) -> float:
    """Which share of the k highest segments two explanations have in common; k / segments by chance.

    Raises:
        ValueError: k is none of 1 … segments.
    """
    _check(first, second)
    if not 1 <= k <= len(first):
        raise ValueError(f"the top {k} of {len(first)} segments was asked for; choose 1 to {len(first)}")
    tops = [set(one.argsort(descending=True, stable=True)[:k].tolist()) for one in (first, second)]
    return len(tops[0] & tops[1]) / k


@measure("Sign agreement", "share of all weight, 0 … 1", "higher", "own; weighted, since signs near zero are noise")
def sign_agreement(first: Tensor, second: Tensor) -> float:
    """Which share of the weight lies on segments that both explanations call good, or both bad; 0.5 by chance.

    A segment weighs what it does in both together, |first| + |second|, each explanation scaled to the same sum.
    """
    _check(first, second)
    sums = [one.double().abs().sum() for one in (first, second)]
    if not all(sums):
        return 0.0
    weight = first.double().abs() / sums[0] + second.double().abs() / sums[1]
    return float(weight[first.sign() == second.sign()].sum() / weight.sum())


@measure("Stability", "mean of Spearman's ρ, −1 … 1", "higher", "own; Visani et al. 2022 count agreeing features")
def stability(coefficients: Tensor) -> float:
    """How alike explanations of one image rank its segments when they were drawn from other seeds: all pairs' mean.

    Args:
        coefficients: (explanations, segments), two or more explanations.
    """
    if coefficients.ndim != 2 or len(coefficients) < 2:
        raise ValueError(f"stability needs two or more explanations; these have shape {tuple(coefficients.shape)}")
    pairs = [rank_correlation(first, second) for first, second in combinations(coefficients, 2)]
    return sum(pairs) / len(pairs)
