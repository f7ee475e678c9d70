"""The linear stand-in of LIME: ridge regression on which segments were present, weighted by nearness to the whole.

Closed forms in float64. With D = [z, 1] (samples, segments + 1), W the weights on a diagonal and P = alpha on the
diagonal except for the intercept, which is not penalised:

    [coefficients, intercept] = (D' W D + P)⁻¹ D' W y

which is scikit-learn's `Ridge(alpha).fit(z, y, sample_weight=weights)`, as the lime package calls it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.measures.linearity import surrogate_fit

AT_ONCE = 2**23
"""Numbers held at once while resamples are refitted (64 MiB)."""


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A linear model of the target's probability.

    Attributes:
        coefficients: float64 (segments,): what the presence of a segment adds to the probability.
        intercept: the probability with everything hidden.
        r2: weighted share of the answers' variance that it explains, 1 at best; 0 where the answers do not vary.
    """

    coefficients: Tensor
    intercept: float
    r2: float


def proximity(z: Tensor, width: float) -> Tensor:
    """Weights float64 (samples,) of samples z, bool (samples, segments): sqrt(exp(−d² / width²)).

    d is the cosine distance to the whole picture: 1 − sqrt(share of segments present).
    """
    distance = 1 - z.double().mean(1).sqrt()
    return torch.exp(-((distance / width) ** 2) / 2)


def fit(z: Tensor, weights: Tensor, answers: Tensor, alpha: float) -> Surrogate:
    """The surrogate of answers (samples,) to samples z (samples, segments)."""
    solution = _solved(_design(z), weights[None], answers, alpha)[0]
    r2 = surrogate_fit(answers, _design(z) @ solution, weights)
    return Surrogate(solution[:-1], float(solution[-1]), r2)


def refits(z: Tensor, weights: Tensor, answers: Tensor, alpha: float, resamples: int, seed: int) -> Tensor:
    """Coefficients (resamples, segments) refitted to samples drawn with replacement: the bootstrap."""
    samples, design = len(z), _design(z)
    drawn = torch.randint(samples, (resamples, samples), generator=torch.Generator().manual_seed(seed))
    times = torch.zeros(resamples, samples, dtype=torch.double).scatter_add_(1, drawn, torch.ones_like(drawn).double())
    pieces = (times * weights).split(max(1, AT_ONCE // design.numel()))
    return torch.cat([_solved(design, piece, answers, alpha)[:, :-1] for piece in pieces])


def contributions(z: Tensor, weights: Tensor, answers: Tensor, alpha: float) -> Tensor:
    """How much of each coefficient stems from each sample, float64 (segments, samples).

    The rows sum up to the coefficients: these are linear in the answers, which are counted from their weighted mean.
    """
    design = _design(z)
    weighted = weights[:, None] * design
    varied = answers - (weights @ answers) / weights.sum()
    return torch.linalg.solve(_normal(design, weights[None], alpha)[0], weighted.T)[:-1] * varied


def _design(z: Tensor) -> Tensor:
    return torch.cat([z.double(), torch.ones(len(z), 1, dtype=torch.double)], 1)


def _normal(design: Tensor, weights: Tensor, alpha: float) -> Tensor:
    """D' W D + P for each row of weights (b, samples): (b, columns, columns)."""
    penalty = torch.full(design.shape[1:], alpha, dtype=torch.double)
    penalty[-1] = 0
    return (design.T * weights[:, None]) @ design + penalty.diag()


def _solved(design: Tensor, weights: Tensor, answers: Tensor, alpha: float) -> Tensor:
    """Coefficients and intercept for each row of weights (b, samples): (b, columns)."""
    return torch.linalg.solve(_normal(design, weights, alpha), (weights * answers) @ design)
