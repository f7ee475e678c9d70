"""The linear stand-in of LIME: ridge regression on which segments were present, weighted by nearness to the whole.

Closed forms in float64. With D = [z, 1] (samples, segments + 1), W the weights on a diagonal and P = alpha on the
diagonal except for the intercept, which is not penalised:

    [coefficients, intercept] = (D' W D + P)⁻¹ D' W y

which is scikit-learn's `Ridge(alpha).fit(z, y, sample_weight=weights)`, as the lime package calls it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.measures.linearity import CONSTANT, surrogate_fit

AT_ONCE = 2**23
"""Numbers held at once while resamples are refitted (64 MiB)."""
TINY = 1e-12
"""Of an answer that alone decides its own fit, less than this share is left to the others: its residual counts as 0."""


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A linear model of the target's probability.

    Attributes:
        coefficients: float64 (segments,): what the presence of a segment adds to the probability.
        intercept: the probability with everything hidden.
        r2: weighted share of the variance of the answers it was fitted to, 1 at best; 0 where they do not vary. It is
            in-sample: with few samples it is high whatever the classifier. See `r2_held_out`.
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


def left_out(z: Tensor, weights: Tensor, answers: Tensor, alpha: float) -> Tensor:
    """How far each answer lies from what a fit to all the others says of it, float64 (samples,).

    Exact without a refit: residual / (1 − h), h the share of itself in its own prediction (PRESS, Allen 1974). These
    shares come from a QR decomposition, since 1 − h is small where there are fewer samples than segments.
    """
    design, root = _design(z), weights.sqrt()
    penalty = torch.eye(design.shape[1], dtype=torch.double)[:-1] * alpha**0.5
    turned = torch.linalg.qr(torch.cat([design * root[:, None], penalty])).Q[: len(z)]
    residuals = answers * root - turned @ (turned.T @ (answers * root))
    return residuals / root / (1 - (turned**2).sum(1)).clamp(min=TINY)


def r2_held_out(z: Tensor, weights: Tensor, answers: Tensor, alpha: float) -> float:
    """Weighted R² of answers that the fit has not seen, each predicted from all the others, in (−∞, 1].

    0 or less: the segments tell no more than the mean of the other answers. 0 too where answers do not vary, and for
    one sample. The columns of z are taken as given: chosen by the same answers, as by K-LASSO, they are flattered.
    """
    total = weights.sum()
    varied = (answers - weights @ answers / total) / (1 - weights / total).clamp(min=TINY)
    variance, unexplained = weights @ varied**2, weights @ left_out(z, weights, answers, alpha) ** 2
    return 1 - float(unexplained / variance) if variance > CONSTANT * (weights @ answers**2) else 0.0


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
