"""The fit is the minimum of a convex function, so an independent solver has to find the same."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.special import log_softmax

from masking.calibration.regression import apply_affine, choose_ridge, fit_affine

CLASSES, SAMPLES = 4, 60


def samples(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits that are shifted, mixed and too small, as those of masked images are."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, CLASSES, SAMPLES)
    clean = np.eye(CLASSES)[targets] * 4 + rng.normal(size=(SAMPLES, CLASSES))
    mixed = clean @ rng.normal(size=(CLASSES, CLASSES)) + np.array([5.0, 0, 0, -2])
    return torch.from_numpy(mixed), torch.from_numpy(targets)


def objective(parameters: np.ndarray, logits: np.ndarray, targets: np.ndarray, form: str, ridge: float) -> float:
    weight, bias = parameters[:-CLASSES], parameters[-CLASSES:]
    if form == "matrix":
        weight = weight.reshape(CLASSES, CLASSES)
        scores, distance = logits @ weight.T + bias, weight - np.eye(CLASSES)
    else:
        scores, distance = logits * weight + bias, weight - 1
    loss = -log_softmax(scores, axis=1)[np.arange(len(targets)), targets].mean()
    return loss + ridge * ((distance**2).sum() + (bias**2).sum())


@pytest.mark.parametrize(("form", "ridge"), [("matrix", 0.1), ("diagonal", 1e-2)])
def test_it_finds_what_an_independent_solver_finds(form, ridge):
    logits, targets = samples()
    start = np.concatenate([np.eye(CLASSES).ravel() if form == "matrix" else np.ones(CLASSES), np.zeros(CLASSES)])
    arguments = (logits.numpy(), targets.numpy(), form, ridge)
    expected = minimize(objective, start, arguments, tol=1e-12, options={"gtol": 1e-9, "maxiter": 5000})
    fit = fit_affine(logits, targets, form, ridge)
    ours = np.concatenate([fit.weight.numpy().ravel(), fit.bias.numpy()])
    assert objective(ours, *arguments) == pytest.approx(expected.fun, abs=1e-9)
    assert np.allclose(ours, expected.x, atol=1e-4)


def test_the_losses_are_those_before_and_after():
    logits, targets = samples()
    fit = fit_affine(logits, targets, "matrix", 1e-3)
    before = torch.nn.functional.cross_entropy(logits, targets)
    after = torch.nn.functional.cross_entropy(apply_affine(logits, fit.weight, fit.bias), targets)
    assert fit.loss_before == pytest.approx(before.item())
    assert fit.loss_after == pytest.approx(after.item())
    assert after < before / 2


def test_a_heavy_ridge_leaves_the_identity():
    logits, targets = samples()
    fit = fit_affine(logits, targets, "matrix", 1e6)
    assert torch.allclose(fit.weight, torch.eye(CLASSES).double(), atol=1e-4)
    assert torch.allclose(fit.bias, torch.zeros(CLASSES).double(), atol=1e-4)


def test_a_shift_of_one_class_is_taken_back():
    _, targets = samples(1)
    clean = torch.nn.functional.one_hot(targets, CLASSES).double() * 3
    shifted = clean + torch.tensor([9.0, 0, 0, 0])
    assert (shifted.argmax(1) == 0).all()
    fit = fit_affine(shifted, targets, "matrix", 1e-4)
    assert (apply_affine(shifted, fit.weight, fit.bias).argmax(1) == targets).all()


@pytest.mark.parametrize(("classes", "count"), [(1, 5), (2, 1), (9, 3)])
def test_few_classes_and_fewer_samples_than_classes(classes, count):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(count, classes, generator=generator)
    fit = fit_affine(logits, torch.arange(count) % classes, "matrix", 1e-3)
    assert fit.weight.isfinite().all()
    assert fit.loss_after <= fit.loss_before + 1e-12


def test_it_can_be_cancelled_and_takes_no_nonsense():
    logits, targets = samples()

    def cancel():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_affine(logits, targets, "matrix", 1e-3, cancel)
    for bad in (logits[:0], logits * torch.nan):
        with pytest.raises(ValueError, match="cannot be fitted: its logits are missing, NaN or infinite; check the im"):
            fit_affine(bad, targets[: len(bad)], "matrix", 1e-3)


def test_cross_validation_prefers_what_serves_other_images():
    generator = torch.Generator().manual_seed(0)
    targets = torch.randint(0, CLASSES, (SAMPLES,), generator=generator)
    noise = torch.randn(SAMPLES, CLASSES, generator=generator).double()  # says nothing about the targets
    best, losses = choose_ridge(noise, targets, torch.arange(SAMPLES), "matrix", (1e-3, 1.0), folds=3)
    assert best == 1.0
    assert losses[1.0] < losses[1e-3]
    twins = torch.arange(SAMPLES) // 2
    assert choose_ridge(noise, targets, twins, "matrix", (1e-3, 1.0), folds=3)[1] != losses
    with pytest.raises(ValueError, match="needs at least 5 images; give more images or name a ridge"):
        choose_ridge(noise, targets, targets, "matrix", (1.0,))
