import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from masking.attribution import lime_surrogate as surrogate
from masking.attribution.lime_explainer import draw_samples

Z = draw_samples(400, 12, seed=5)
TRUTH = torch.linspace(-1, 2, 12, dtype=torch.double)


def noisy(seed, noise=0.3):
    generator = torch.Generator().manual_seed(seed)
    return 0.25 + Z.double() @ TRUTH + noise * torch.randn(len(Z), generator=generator, dtype=torch.double)


def test_nearness_by_hand():
    z = torch.tensor([[1, 1, 1, 1], [1, 0, 0, 0], [0, 0, 0, 0]]).bool()
    # Cosine distances to the whole: 0, 1 - 1/2, 1.
    expected = [1, (torch.tensor(-((0.5 / 0.25) ** 2)).exp() ** 0.5).item(), torch.tensor(-8.0).exp().item()]
    assert surrogate.proximity(z, 0.25).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("width", [0.05, 0.25, 100])
def test_a_linear_model_is_recovered_exactly(width):
    fit = surrogate.fit(Z, surrogate.proximity(Z, width), 0.25 + Z.double() @ TRUTH, alpha=1e-9)
    assert torch.allclose(fit.coefficients, TRUTH, atol=1e-6)
    assert fit.intercept == pytest.approx(0.25, abs=1e-5)
    assert fit.r2 == pytest.approx(1)


def test_two_segments_by_hand():
    """One column, equal weights, alpha 1: slope = Sxy / (Sxx + 1) with Sxx = 1, Sxy = 0.5."""
    z = torch.tensor([[1], [1], [0], [0]]).bool()
    answers = torch.tensor([0.9, 0.7, 0.4, 0.2], dtype=torch.double)
    fit = surrogate.fit(z, torch.ones(4, dtype=torch.double), answers, alpha=1)
    assert fit.coefficients.tolist() == pytest.approx([0.25])
    assert fit.intercept == pytest.approx(0.55 - 0.125)
    residuals = torch.tensor([0.225, 0.025, -0.025, -0.225])
    assert fit.r2 == pytest.approx(1 - (residuals**2).sum().item() / 0.29)


def test_answers_that_do_not_vary_explain_nothing():
    fit = surrogate.fit(Z, surrogate.proximity(Z, 0.25), torch.full((400,), 0.1, dtype=torch.double), alpha=1)
    assert fit.coefficients.abs().max() < 1e-12
    assert (fit.intercept, fit.r2) == (pytest.approx(0.1), 0)


def test_one_sample_is_already_a_fit():
    fit = surrogate.fit(Z[:1], torch.ones(1, dtype=torch.double), torch.tensor([0.7], dtype=torch.double), alpha=1)
    assert fit.coefficients.abs().max() < 1e-15
    assert fit.intercept == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("samples", "alpha", "width"), [(30, 1.0, 0.25), (30, 1e-6, 0.25), (8, 1e-6, 0.25), (8, 1.0, 0.05), (2, 1.0, 0.25)]
)
def test_leaving_out_is_literally_refitting_without(samples, alpha, width):
    """Also with fewer samples (8, 2) than segments (12)."""
    z, answers, weights = Z[:samples], noisy(3)[:samples], surrogate.proximity(Z[:samples], width)
    errors, spreads = [], []
    for sample in range(samples):
        rest = torch.arange(samples) != sample
        refit = surrogate.fit(z[rest], weights[rest], answers[rest], alpha)
        errors.append(answers[sample] - refit.intercept - z[sample].double() @ refit.coefficients)
        spreads.append(answers[sample] - weights[rest] @ answers[rest] / weights[rest].sum())
    errors, spreads = torch.stack(errors), torch.stack(spreads)
    assert torch.allclose(surrogate.left_out(z, weights, answers, alpha), errors, rtol=1e-4)
    expected = 1 - (weights @ errors**2 / (weights @ spreads**2)).item()
    assert surrogate.r2_held_out(z, weights, answers, alpha) == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_held_out_answers_unmask_a_fit_to_noise():
    z, answers = Z[:20], torch.randn(20, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    weights = surrogate.proximity(z, 0.25)
    assert surrogate.fit(z, weights, answers, 1e-3).r2 > 0.5
    assert surrogate.r2_held_out(z, weights, answers, 1e-3) < 0
    linear = 0.25 + Z.double() @ TRUTH
    assert surrogate.r2_held_out(Z, surrogate.proximity(Z, 0.25), linear, 1e-9) == pytest.approx(1)


def test_nothing_is_held_out_where_nothing_is_to_tell():
    alone = torch.ones(1, dtype=torch.double)
    assert surrogate.r2_held_out(Z[:1], alone, alone * 0.7, 1.0) == 0
    same = torch.full((400,), 0.1, dtype=torch.double)
    assert surrogate.r2_held_out(Z, surrogate.proximity(Z, 0.25), same, 1.0) == 0
    overweight = torch.tensor([1, 1e-90], dtype=torch.double)  # the first is all that counts
    assert surrogate.r2_held_out(Z[:2], overweight, torch.tensor([0.9, 0.1]).double(), 1.0) == 0


def test_the_interval_is_that_of_a_wild_bootstrap():
    """Literally: refits to answers that are moved by the errors of those left out, their signs turned at random."""
    z, answers = Z[:40], noisy(4)[:40]
    weights = surrogate.proximity(z, 0.25)
    errors = surrogate.left_out(z, weights, answers, 0.1)
    signs = torch.randint(2, (3000, 40), generator=torch.Generator().manual_seed(0)) * 2 - 1
    refits = torch.stack([surrogate.fit(z, weights, answers + sign * errors, 0.1).coefficients for sign in signs])
    reach = surrogate.reach(z, weights, answers, 0.1, confidence=0.95)
    ratio = reach / refits.std(0)
    assert torch.allclose(ratio, ratio.mean(), rtol=0.1)
    parameters = sum(
        surrogate.fit(z, weights, unit, 0.1).intercept
        + z[row].double() @ surrogate.fit(z, weights, unit, 0.1).coefficients
        for row, unit in enumerate(torch.eye(40, dtype=torch.double))
    )
    assert ratio.mean() == pytest.approx(student.ppf(0.975, 40 - parameters), rel=0.03)


@pytest.mark.parametrize("samples", [20, 60, 100, 200])
def test_its_interval_holds_the_truth_about_as_often_as_it_says(samples):
    held = []
    for seed in range(60):
        rows = torch.randperm(400, generator=torch.Generator().manual_seed(seed))[:samples]
        z, answers = Z[rows], noisy(seed)[rows]
        problem = z, surrogate.proximity(z, 0.25), answers, 1e-6
        held.append((surrogate.fit(*problem).coefficients - TRUTH).abs() <= surrogate.reach(*problem, 0.95))
    share = torch.stack(held).double().mean()
    assert 0.93 < share < (0.97 if samples > 60 else 0.999)  # too wide for few samples, never too narrow


@given(
    st.integers(2, 60), st.integers(0, 2**31), st.sampled_from([1e-6, 1e-2, 1.0, 1e3]), st.sampled_from([0.05, 0.25])
)
def test_intervals_are_finite_and_grow_with_confidence(samples, seed, alpha, width):
    z = draw_samples(samples, 12, seed)
    answers = torch.rand(samples, generator=torch.Generator().manual_seed(seed), dtype=torch.double)
    problem = z, surrogate.proximity(z, width), answers, alpha
    narrow, wide = surrogate.reach(*problem, 0.5), surrogate.reach(*problem, 0.95)
    assert wide.isfinite().all()
    assert (narrow >= 0).all()
    assert (narrow <= wide).all()


def test_contributions_sum_up_to_the_coefficients():
    weights, answers = surrogate.proximity(Z, 0.25), noisy(1)
    parts = surrogate.contributions(Z, weights, answers, alpha=1)
    assert parts.shape == (12, 400)
    assert torch.allclose(parts.sum(1), surrogate.fit(Z, weights, answers, alpha=1).coefficients)


def test_without_its_greatest_contributions_a_coefficient_falls():
    """So they are evidence, not only numbers that add up."""
    weights, answers = surrogate.proximity(Z, 0.25), noisy(2)
    order = surrogate.contributions(Z, weights, answers, alpha=1)[11].argsort()

    def without(left_out):
        kept = order[[index for index in range(400) if index not in set(left_out)]]
        return surrogate.fit(Z[kept], weights[kept], answers[kept], alpha=1).coefficients[11].item()

    generator = torch.Generator().manual_seed(0)
    others = [without(torch.randperm(400, generator=generator)[:40].tolist()) for _ in range(100)]
    assert without(range(360, 400)) < min(others) < max(others) < without(range(40))
