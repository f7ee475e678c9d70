"""The surrogate of LIME: a ridge regression on the present segments, weighted by proximity to the whole picture.

All formulas are closed forms in float64. D = [z, 1] is (samples, segments + 1), W has the weights on its diagonal, and
P has alpha on its diagonal, except for the intercept, which has no penalty:

    [coefficients, intercept] = (D' W D + P)⁻¹ D' W y

This is scikit-learn's `Ridge(alpha).fit(z, y, sample_weight=weights)`, as the lime package calls it.
"""

from dataclasses import dataclass

import torch
from scipy.special import stdtrit
from torch import Tensor

from masking.measures.linearity import CONSTANT, surrogate_fit

TINY = 1e-12
"""If a sample's leverage exceeds 1 − this value, its leave-one-out residual is about 0."""


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A linear model of the target's probability.

    Attributes:
        coefficients: float64 (segments,), how much the presence of a segment adds to the probability.
        intercept: the probability if everything is hidden.
        r2: weighted share of the variance of the fitted answers, at most 1; 0 if they do not vary. It is in-sample:
            few samples give a high value for any classifier. See `r2_held_out`.
    """

    coefficients: Tensor
    intercept: float
    r2: float


def proximity(z: Tensor, width: float) -> Tensor:
    """Compute the weights, float64 (samples,), of samples z, bool (samples, segments): sqrt(exp(−d² / width²)).

    d is the cosine distance to the whole picture: 1 − sqrt(share of segments present).
    """
    distance = 1 - z.double().mean(1).sqrt()
    return torch.exp(-((distance / width) ** 2) / 2)


def fit(z: Tensor, weights: Tensor, answers: Tensor, alpha: float) -> Surrogate:
    """Fit a surrogate to the answers (samples,) to samples z (samples, segments)."""
    design = _design(z)
    solution = torch.linalg.solve(_normal(design, weights, alpha), (weights * answers) @ design)
    r2 = surrogate_fit(answers, design @ solution, weights)
    return Surrogate(coefficients=solution[:-1], intercept=float(solution[-1]), r2=r2)


def left_out(z: Tensor, weights: Tensor, answers: Tensor, alpha: float, partners: Tensor | None = None) -> Tensor:
    """Compute how far each answer lies from the prediction of a fit to all others, float64 (samples,).

    It is exact without another fit: residual / (1 − h), where h is the leverage of the sample (PRESS, Allen 1974).

    Args:
        z: bool (samples, segments).
        weights: float64 (samples,).
        answers: float64 (samples,).
        alpha: penalty of the ridge.
        partners: int64 (samples,), the other sample of each sample's pair, or the sample itself if it has none. A
            pair is left out together: both residuals, times the inverse of 1 − H within the pair.
    """
    q, _ = _qr(_design(z), weights, alpha)
    aims = answers * weights.sqrt()
    residuals, leverages = aims - q @ (q.T @ aims), _leverages(q)
    if partners is None:
        return residuals / weights.sqrt() / (1 - leverages).clamp(min=TINY)
    paired = (partners != torch.arange(len(z))).double()
    other, shared = paired * leverages[partners], paired * (q * q[partners]).sum(1)
    room = ((1 - leverages) * (1 - other) - shared**2).clamp(min=TINY)
    return ((1 - other) * residuals + shared * residuals[partners]) / room / weights.sqrt()


def r2_held_out(z: Tensor, weights: Tensor, answers: Tensor, alpha: float, partners: Tensor | None = None) -> float:
    """Compute the weighted R² of answers that are each predicted from all others, in (−∞, 1].

    At 0 or less, the segments predict no better than the mean of the other answers. It is 0 if answers do not vary, and
    for a single sample. If the same answers selected the columns of z, as K-LASSO does, the value is too high. Pairs
    are left out together, see `left_out`.
    """
    total, left, sums = weights.sum(), weights, weights * answers
    if partners is not None:
        paired = (partners != torch.arange(len(z))).double()
        left, sums = weights + paired * weights[partners], sums + paired * sums[partners]
    mean = weights @ answers / total
    varied = answers - mean + (sums - left * mean) / (total - left).clamp(min=TINY)
    variance, unexplained = weights @ varied**2, weights @ left_out(z, weights, answers, alpha, partners) ** 2
    return 1 - float(unexplained / variance) if variance > CONSTANT * (weights @ answers**2) else 0.0


def covariance(
    z: Tensor, weights: Tensor, answers: Tensor, alpha: float, partners: Tensor | None = None
) -> tuple[Tensor, float]:
    """Compute the covariance of the coefficients, float64 (segments, segments), and its degrees of freedom, ≥ 1.

    The coefficients are linear in the answers, A y, so errors e of the answers change them by A e. With the
    leave-one-out errors as e, their variance is Σ A² e² over samples (HC3, MacKinnon & White 1985). This equals the
    variance of a wild bootstrap, which turns the signs of these errors at random (Liu 1988; Davidson & Flachaire 2008).

    With pairs, the sum runs over pairs, and A e is the sum of both samples (CR3, Bell & McCaffrey 2002). So what
    changes both answers alike counts as little as it moves the coefficients.

    The degrees of freedom are those that the fit leaves: samples, or pairs, less the parameters that it uses. The bias
    of the ridge towards 0 is included only as far as it shows in the answers.
    """
    q, corner = _qr(_design(z), weights, alpha)
    moves = torch.linalg.solve_triangular(corner, (q * weights.sqrt()[:, None]).T, upper=True)[:-1]
    errors = moves * left_out(z, weights, answers, alpha, partners)
    units = len(z)
    if partners is not None:
        first = torch.arange(len(z)) <= partners
        paired = (partners != torch.arange(len(z))).double()
        errors, units = (errors + paired * errors[:, partners])[:, first], int(first.sum())
    return errors @ errors.T, max(units - float(_leverages(q).sum()), 1.0)


def reach(
    z: Tensor, weights: Tensor, answers: Tensor, alpha: float, confidence: float, partners: Tensor | None = None
) -> Tensor:
    """Compute half the width of each coefficient's confidence interval, float64 (segments,).

    It is the root of the variance, times Student's quantile; see `covariance`.
    """
    spread, freedom = covariance(z, weights, answers, alpha, partners)
    return spread.diagonal().sqrt() * float(stdtrit(freedom, (1 + confidence) / 2))


def contributions(z: Tensor, weights: Tensor, answers: Tensor, alpha: float) -> Tensor:
    """Compute how much each sample adds to each coefficient, float64 (segments, samples).

    The rows sum up to the coefficients, which are linear in the answers minus their weighted mean.
    """
    design = _design(z)
    varied = answers - (weights @ answers) / weights.sum()
    return torch.linalg.solve(_normal(design, weights, alpha), (weights[:, None] * design).T)[:-1] * varied


def _design(z: Tensor) -> Tensor:
    return torch.cat([z.double(), torch.ones(len(z), 1, dtype=torch.double)], 1)


def _penalty(columns: int, alpha: float) -> Tensor:
    """Return P, (columns, columns)."""
    penalty = torch.full((columns,), alpha, dtype=torch.double)
    penalty[-1] = 0
    return penalty.diag()


def _normal(design: Tensor, weights: Tensor, alpha: float) -> Tensor:
    """Return D' W D + P, (columns, columns)."""
    return (design.T * weights) @ design + _penalty(design.shape[1], alpha)


def _qr(design: Tensor, weights: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Return Q (samples, columns) and upper triangular R (columns, columns): √W D = Q R and R' R = D' W D + P.

    It is more exact than the normal equations, as needed for 1 − h, which is small if samples are fewer than segments.
    """
    penalised = torch.cat([design * weights.sqrt()[:, None], _penalty(design.shape[1], alpha).sqrt()])
    q, r = torch.linalg.qr(penalised)
    return q[: len(design)], r


def _leverages(q: Tensor) -> Tensor:
    """Return the leverages h (samples,); their sum is the number of parameters that the fit uses."""
    return (q**2).sum(1)
