"""The fit: multinomial logistic regression from logits to classes that stays near the identity.

It minimises, over R and b,

    mean of cross_entropy(R z + b, target) + ridge · (‖R − I‖² + ‖b‖²)

which is convex, so the start does not matter. Source: Sridhar, Xue and Wong, ICLR 2026 (arXiv 2603.04831); the matrix
and the diagonal form are matrix and vector scaling of Guo et al., ICML 2017.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from masking.calibration.settings import MATRIX

STEPS, HISTORY = 1000, 20
GRADIENT, CHANGE = 1e-7, 1e-13
"""L-BFGS stops when no entry of the gradient, or of a step, is larger than this."""
COARSE_GRADIENT = 1e-5
"""The same in cross-validation, where only the loss counts."""


@dataclass(frozen=True, eq=False)
class AffineFit:
    """A fitted map of logits.

    Attributes:
        weight: float64 (K, K), or its diagonal (K,).
        bias: float64 (K,).
        loss_before: mean cross-entropy on the fitted samples without the map, in nats.
        loss_after: the same with the map.
    """

    weight: Tensor
    bias: Tensor
    loss_before: float
    loss_after: float


def fit_affine(
    logits: Tensor,
    targets: Tensor,
    form: str,
    ridge: float,
    on_step: Callable[[], None] | None = None,
    gradient: float = GRADIENT,
) -> AffineFit:
    """Fit the map.

    Args:
        logits: float (n, K), finite.
        targets: int64 (n,) in 0 … K − 1.
        form: "matrix" or "diagonal".
        ridge: weight of the squared distance from the identity, from 0 on.
        on_step: called at each step; may raise to cancel.
        gradient: the fit ends when no entry of the gradient is larger.

    Raises:
        ValueError: no samples, or logits that are NaN or infinite.
    """
    if len(logits) == 0 or not logits.isfinite().all():
        raise ValueError("the calibration cannot be fitted: its logits are missing, NaN or infinite; check the images")
    scores = logits.detach().cpu().double()
    classes = scores.shape[1]
    scale = max(1.0, float(scores.std())) if scores.numel() > 1 else 1.0
    size = (classes, classes) if form == MATRIX else (classes,)
    offset = torch.zeros(size, dtype=torch.float64, requires_grad=True)  # (R − I) · scale
    bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [offset, bias],
        max_iter=STEPS,
        max_eval=2 * STEPS,
        history_size=HISTORY,
        tolerance_grad=gradient,
        tolerance_change=CHANGE,
        line_search_fn="strong_wolfe",
    )
    scaled = scores / scale

    def loss() -> Tensor:
        moved = scaled @ offset.T if form == MATRIX else scaled * offset
        return F.cross_entropy(scores + moved + bias, targets)

    def step() -> Tensor:
        if on_step:
            on_step()
        optimiser.zero_grad()
        objective = loss() + ridge * ((offset / scale).square().sum() + bias.square().sum())
        objective.backward()
        return objective

    with torch.inference_mode(mode=False), torch.enable_grad():
        optimiser.step(step)
        after = loss().item()
    identity = torch.eye(classes, dtype=torch.float64) if form == MATRIX else torch.ones(classes, dtype=torch.float64)
    before = F.cross_entropy(scores, targets).item()
    return AffineFit(identity + offset.detach() / scale, bias.detach(), before, after)


def choose_ridge(
    logits: Tensor, targets: Tensor, groups: Tensor, form: str, ridges: Sequence[float], folds: int = 5
) -> tuple[float, dict[float, float]]:
    """Return the ridge with the lowest cross-validated loss, and the loss of each in nats.

    Args:
        logits: float (n, K).
        targets: int64 (n,).
        groups: int64 (n,), the image of each sample; all samples of an image are in one fold.
        form: "matrix" or "diagonal".
        ridges: the values to try.
        folds: the number of folds.

    Raises:
        ValueError: fewer images than folds.
    """
    if len(groups.unique()) < folds:
        raise ValueError(f"cross-validation needs at least {folds} images; give more images or name a ridge")
    fold, scores = groups % folds, logits.double()
    losses: dict[float, float] = {}
    for ridge in ridges:
        total = 0.0
        for number in range(folds):
            fitted, held_out = fold != number, fold == number
            fit = fit_affine(scores[fitted], targets[fitted], form, ridge, gradient=COARSE_GRADIENT)
            mapped = apply_affine(scores[held_out], fit.weight, fit.bias)
            total += F.cross_entropy(mapped, targets[held_out], reduction="sum").item()
        losses[ridge] = total / len(targets)
    return min(losses, key=lambda ridge: losses[ridge]), losses


def apply_affine(logits: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return R z + b of logits (n, K); the weight is R (K, K), or its diagonal (K,)."""
    return (logits @ weight.T if weight.ndim == 2 else logits * weight) + bias
