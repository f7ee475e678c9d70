"""The intervals of LIME hold the truth about as often as they say, for each way to draw samples.

The truth is exact: the fit to all patterns of eight segments. The answers are no sum over segments: pairs and triples
of segments count too.
"""

import itertools
from functools import cache

import pytest
import torch

from masking.attribution import lime_surrogate as surrogate
from masking.attribution.lime_designs import SAMPLINGS, draw_samples, sample_partners

SEGMENTS, ALPHA, RUNS = 8, 1e-6, 40
PATTERNS = torch.tensor(list(itertools.product([False, True], repeat=SEGMENTS)))


def answers(z, pairs=0.5, triples=0.3):
    """A function of the present segments: single ones, and what two or three do together."""
    x, generator = 2 * z.double() - 1, torch.Generator().manual_seed(1)
    y = x @ torch.randn(SEGMENTS, generator=generator, dtype=torch.double)
    for size, share in ((2, pairs), (3, triples)):
        for _ in range(2 * SEGMENTS):
            members = torch.randperm(SEGMENTS, generator=generator)[:size]
            y += share * torch.randn(1, generator=generator, dtype=torch.double) * x[:, members].prod(1)
    return y


@cache
def truth(**shares):
    weights = surrogate.proximity(PATTERNS, 0.25)
    return surrogate.fit(PATTERNS, weights, answers(PATTERNS, **shares), ALPHA).coefficients


def explain(samples, seed, sampling, **shares):
    """The coefficients' errors, and the half widths of their 95 % intervals."""
    z = draw_samples(samples, SEGMENTS, seed, sampling)
    problem = z, surrogate.proximity(z, 0.25), answers(z, **shares), ALPHA
    reach = surrogate.reach(*problem, 0.95, sample_partners(samples, sampling))
    return (surrogate.fit(*problem).coefficients - truth(**shares)).abs(), reach


@pytest.mark.parametrize("samples", [49, 257])
@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_intervals_hold_the_truth(sampling, samples):
    runs = [explain(samples, seed, sampling) for seed in range(RUNS)]
    share = torch.stack([errors <= reach for errors, reach in runs]).double().mean()
    assert 0.93 < share < 0.995  # too wide for few samples, never too narrow


def test_single_samples_would_make_the_intervals_of_pairs_too_wide():
    """What two segments do together cancels in a pair; who does not know the pairs takes it for noise."""
    held = []
    for seed in range(RUNS):
        z = draw_samples(257, SEGMENTS, seed, "balanced")
        problem = z, surrogate.proximity(z, 0.25), answers(z, triples=0.0), ALPHA
        right = surrogate.reach(*problem, 0.95, sample_partners(257, "balanced")).mean()
        held.append(surrogate.reach(*problem, 0.95).mean() / right)
    assert torch.stack(held).mean() > 1.15


def test_pairs_and_designs_are_nearer_to_the_truth():
    size = {
        sampling: torch.stack([explain(129, seed, sampling)[0] for seed in range(RUNS)]).square().mean().sqrt()
        for sampling in SAMPLINGS
    }
    assert size["paired"] < 0.95 * size["independent"]
    assert size["balanced"] < 0.9 * size["independent"]


def test_a_pair_is_left_out_together():
    """Literally: a fit to all others predicts both."""
    z = draw_samples(31, 6, 2, "paired")
    weights, y = surrogate.proximity(z, 0.25), torch.rand(31, generator=torch.Generator().manual_seed(0)).double()
    partners = sample_partners(31, "paired")
    expected = torch.empty(31, dtype=torch.double)
    varied = torch.empty(31, dtype=torch.double)
    for sample, partner in enumerate(partners.tolist()):
        others = [row for row in range(31) if row not in {sample, partner}]
        refit = surrogate.fit(z[others], weights[others], y[others], 0.3)
        expected[sample] = y[sample] - refit.intercept - z[sample].double() @ refit.coefficients
        varied[sample] = y[sample] - (weights[others] @ y[others]) / weights[others].sum()
    assert torch.allclose(surrogate.left_out(z, weights, y, 0.3, partners), expected)
    share = 1 - (weights @ expected**2) / (weights @ varied**2)
    assert surrogate.r2_held_out(z, weights, y, 0.3, partners) == pytest.approx(float(share))


def test_the_variance_of_pairs_is_that_of_their_sums():
    z = draw_samples(41, 6, 2, "balanced")
    weights, y = surrogate.proximity(z, 0.25), torch.rand(41, generator=torch.Generator().manual_seed(0)).double()
    partners = sample_partners(41, "balanced")
    errors = surrogate.left_out(z, weights, y, 0.3, partners)
    base = surrogate.fit(z, weights, torch.zeros(41, dtype=torch.double), 0.3).coefficients
    moves = [
        surrogate.fit(z, weights, torch.where(torch.tensor([row in pair for row in range(41)]), errors, 0.0), 0.3)
        for pair in {frozenset({sample, partner}) for sample, partner in enumerate(partners.tolist())}
    ]
    steps = torch.stack([move.coefficients - base for move in moves])
    spread, freedom = surrogate.covariance(z, weights, y, 0.3, partners)
    assert torch.allclose(spread, steps.T @ steps)
    assert 21 - 7 <= freedom < 21
