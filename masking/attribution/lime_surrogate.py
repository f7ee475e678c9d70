"""The linear stand-in of LIME: ridge regression on which segments were present, weighted by nearness to the whole.

Closed forms in float64. With D = [z, 1] (samples, segments + 1), W the weights on a diagonal and P = alpha on the
diagonal except for the intercept, which is not penalised:

    [coefficients, intercept] = (D' W D + P)⁻¹ D' W y

which is scikit-learn's `Ridge(alpha).fit(z, y, sample_weight=weights)`, as the lime package calls it.
"""

from dataclasses import dataclass

import torch
from scipy.special import stdtrit
from torch import Tensor

from masking.measures.linearity import CONSTANT, surrogate_fit

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
    design = _design(z)
    solution = torch.linalg.solve(_normal(design, weights, alpha), (weights * answers) @ design)
    r2 = surrogate_fit(answers, design @ solution, weights)
    return Surrogate(solution[:-1], float(solution[-1]), r2)


def left_out(z: Tensor, weights: Tensor, answers: Tensor, alpha: float) -> Tensor:
    """How far each answer lies from what a fit to all the others says of it, float64 (samples,).

    Exact without a refit: residual / (1 − h), h the share of itself in its own prediction (PRESS, Allen 1974).
    """
    turned, _ = _turned(_design(z), weights, alpha)
    aims = answers * weights.sqrt()
    return (aims - turned @ (turned.T @ aims)) / weights.sqrt() / (1 - _shares(turned)).clamp(min=TINY)


def r2_held_out(z: Tensor, weights: Tensor, answers: Tensor, alpha: float) -> float:
    """Weighted R² of answers that the fit has not seen, each predicted from all the others, in (−∞, 1].

    0 or less: the segments tell no more than the mean of the other answers. 0 too where answers do not vary, and for
    one sample. The columns of z are taken as given: chosen by the same answers, as by K-LASSO, they are flattered.
    """
    total = weights.sum()
    varied = (answers - weights @ answers / total) / (1 - weights / total).clamp(min=TINY)
    variance, unexplained = weights @ varied**2, weights @ left_out(z, weights, answers, alpha) ** 2
    return 1 - float(unexplained / variance) if variance > CONSTANT * (weights @ answers**2) else 0.0


def reach(z: Tensor, weights: Tensor, answers: Tensor, alpha: float, confidence: float) -> Tensor:
    """Half the width of each coefficient's confidence interval, float64 (segments,).

    The coefficients are linear in the answers, A y, so answers that are off by e move them by A e. With the errors of
    the answers left out for e, their variance is Σ A² e² over samples (HC3, MacKinnon & White 1985): that of a wild
    bootstrap, which turns the signs of these errors at random (Liu 1988; Davidson & Flachaire 2008), without drawing.
    The width is that times Student's quantile, with as many degrees of freedom as the fit leaves to the samples.

    The pull of the ridge towards 0 is no such error: it is in the interval only as far as it shows in the answers.
    """
    turned, corner = _turned(_design(z), weights, alpha)
    moves = torch.linalg.solve_triangular(corner, (turned * weights.sqrt()[:, None]).T, upper=True)[:-1]
    spread = ((moves * left_out(z, weights, answers, alpha)) ** 2).sum(1).sqrt()
    freedom = max(len(z) - float(_shares(turned).sum()), 1.0)
    return spread * float(stdtrit(freedom, (1 + confidence) / 2))


def contributions(z: Tensor, weights: Tensor, answers: Tensor, alpha: float) -> Tensor:
    """How much of each coefficient stems from each sample, float64 (segments, samples).

    The rows sum up to the coefficients: these are linear in the answers, which are counted from their weighted mean.
    """
    design = _design(z)
    varied = answers - (weights @ answers) / weights.sum()
    return torch.linalg.solve(_normal(design, weights, alpha), (weights[:, None] * design).T)[:-1] * varied


def _design(z: Tensor) -> Tensor:
    return torch.cat([z.double(), torch.ones(len(z), 1, dtype=torch.double)], 1)


def _penalty(columns: int, alpha: float) -> Tensor:
    """P, (columns, columns)."""
    penalty = torch.full((columns,), alpha, dtype=torch.double)
    penalty[-1] = 0
    return penalty.diag()


def _normal(design: Tensor, weights: Tensor, alpha: float) -> Tensor:
    """D' W D + P, (columns, columns)."""
    return (design.T * weights) @ design + _penalty(design.shape[1], alpha)


def _turned(design: Tensor, weights: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Q (samples, columns) and R (columns, columns), upper, with √W D = Q R and R' R = D' W D + P.

    More exact than the normal equations, as 1 − h has to be: it is small where samples are fewer than segments.
    """
    penalised = torch.cat([design * weights.sqrt()[:, None], _penalty(design.shape[1], alpha).sqrt()])
    q, r = torch.linalg.qr(penalised)
    return q[: len(design)], r


def _shares(turned: Tensor) -> Tensor:
    """h (samples,): the share of each answer in its own prediction; together, the parameters that the fit spends."""
    return (turned**2).sum(1)
