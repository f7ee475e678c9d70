"""LIME stops when sign and rank of the strongest segments are certain, and is seldom wrong about them."""

import pytest
import torch
from torch import nn

from masking import Classifier, lime
from masking.attribution import LimeSettings
from masking.attribution import lime_surrogate as surrogate
from masking.attribution.lime_designs import SAMPLINGS, draw_samples
from masking.attribution.lime_stability import certain_ranks, count_certain, sample_looks
from tests.attribution.linear_toy import IMAGE, QUARTERS


def test_looks_double_and_end_at_the_maximum():
    assert sample_looks(LimeSettings(1000), 56) == (129, 257, 513, 1000)
    assert sample_looks(LimeSettings(1000), 3) == (65, 129, 257, 513, 1000)
    assert sample_looks(LimeSettings(100), 56) == (100,)
    assert sample_looks(LimeSettings(129), 56) == (129,)


def test_ranks_are_certain_literally():
    """Student's quantile with many degrees of freedom at 95 % is 1.96."""
    sizes = torch.tensor([0.1, -4.0, 2.0], dtype=torch.double)
    assert certain_ranks(sizes, torch.eye(3).double() * 0.01, 1e6, 0.95) == 2  # 0.1 < 1.96 · 0.1
    assert certain_ranks(sizes, torch.eye(3).double() * 0.0001, 1e6, 0.95) == 3
    # The first two differ by 2 in size: certain if 1.96 · √(2 v) < 2, so if v < 0.5206.
    assert certain_ranks(sizes, torch.eye(3).double() * 0.52, 1e6, 0.95) == 1
    assert certain_ranks(sizes, torch.eye(3).double() * 0.53, 1e6, 0.95) == 0
    # Their errors go together: the difference of 4 and 2 is sharp, but these are −4 and 2, so it is their sum.
    together = torch.tensor([[0.3, 0, 0], [0, 0.3, 0.29], [0, 0.29, 0.3]], dtype=torch.double)
    assert certain_ranks(sizes, together, 1e6, 0.95) == 0  # 2 < 1.96 · √1.18
    assert certain_ranks(sizes.abs(), together, 1e6, 0.95) == 2  # 2 > 1.96 · √0.02, and 1.9 > 1.96 · √0.6
    assert certain_ranks(sizes, together / 2, 1e6, 0.95) == 2


def test_it_is_certain_at_looks_only_at_an_equal_share_of_the_error():
    z, settings = draw_samples(300, 4, 0), LimeSettings(1000, alpha=1e-6, until_stable=1)
    weights, everything = surrogate.proximity(z, 0.25), torch.arange(4)
    y = z.double() @ torch.tensor([0.5, 0.2, 0.1, 0.0]).double()
    assert count_certain(z[:64], everything, weights[:64], y[:64], settings) == 0  # the first look is at 65
    assert count_certain(z[:65], everything, weights[:65], y[:65], settings) >= 3
    noisy = y + torch.randn(300, generator=torch.Generator().manual_seed(3), dtype=torch.double)
    problem = z[:257], weights[:257], noisy[:257], 1e-6
    spread, freedom = surrogate.covariance(*problem)
    at_look = certain_ranks(surrogate.fit(*problem).coefficients, spread, freedom, 1 - 0.05 / 5)
    assert count_certain(z, everything, weights, noisy, settings) == at_look


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_it_seldom_claims_what_is_not_so(sampling):
    """The strongest two tie, so each claim at any look is an error; at most 5 % of the runs may have one."""
    wrong, truth = 0, torch.tensor([0.5, -0.5, 0.1, 0, 0, 0]).double()
    for seed in range(100):
        settings = LimeSettings(513, seed, alpha=1e-6, sampling=sampling, until_stable=1)
        z = draw_samples(513, 6, seed, sampling)
        noise = torch.randn(513, generator=torch.Generator().manual_seed(seed), dtype=torch.double)
        y, weights = z.double() @ truth + 0.3 * noise, surrogate.proximity(z, 0.25)
        looks = sample_looks(settings, 6)
        wrong += any(count_certain(z[:n], torch.arange(6), weights[:n], y[:n], settings) for n in looks)
    assert wrong <= 10  # 5 expected at most; 11 or more have a chance of 1 %


def test_lime_stops_early_and_says_so(patches):
    explanation = lime(patches, IMAGE, "blackout", 0, QUARTERS, 2000, alpha=1e-6, until_stable=3)
    assert len(explanation) == 65
    assert explanation.is_stable
    assert explanation.certain >= 3
    assert explanation.facts["certain_segments"] == explanation.certain
    assert explanation.order[:1].tolist() == [0]
    assert explanation.manifest["lime"]["until_stable"] == 3


class Chaotic(nn.Module):
    """The probability of class 0 is a chaotic function of which patches are present, the same for all of them."""

    def forward(self, x):
        present = (nn.functional.adaptive_avg_pool2d(x, 4).flatten(2).abs().sum(1) > 0).double()
        probability = 0.5 + 0.4 * (1e4 * (present @ torch.arange(1.0, 17.0).double().sqrt())).sin()
        return torch.stack([probability, 1 - probability], 1).log().float()


def test_it_takes_the_maximum_where_nothing_is_certain():
    seen = []
    chaotic = Classifier("chaotic", Chaotic(), ("yes", "no"), (32, 32), (0, 0, 0), (1, 1, 1))
    explanation = lime(
        chaotic, IMAGE, "blackout", 0, QUARTERS, 140, on_batch=lambda done, _: seen.append(done), until_stable=1
    )
    assert seen[-1] == len(explanation) == 140
    assert 65 in seen
    assert 129 in seen
    assert not explanation.is_stable


def test_without_until_stable_all_samples_are_taken(patches):
    explanation = lime(patches, IMAGE, "blackout", 0, QUARTERS, 200, alpha=1e-6)
    assert len(explanation) == 200
    assert explanation.certain >= 3
    assert not explanation.is_stable
