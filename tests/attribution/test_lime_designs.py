"""How LIME's samples belong together: literal designs, their balance, and that fewer samples are the first ones."""

import numpy as np
import pytest
import torch

from masking import lime
from masking.attribution.lime_designs import (
    SAMPLINGS,
    complete_designs,
    design_size,
    draw_samples,
    sample_partners,
)
from tests.attribution.linear_toy import IMAGE, QUARTERS, Patches


def test_independent_samples_are_those_of_earlier_versions():
    earlier = np.random.default_rng(5).random((50, 12)) < 0.5
    earlier[0] = True
    assert np.array_equal(draw_samples(50, 12, seed=5).numpy(), earlier)
    assert sample_partners(50, "independent") is None


def test_pairs_are_the_independent_samples_each_with_its_complement():
    z = draw_samples(21, 12, 5, "paired")
    assert z[0].all()
    assert torch.equal(z[1::2], draw_samples(11, 12, 5)[1:])
    assert torch.equal(z[2::2], ~z[1::2])
    assert sample_partners(6, "paired").tolist() == [0, 2, 1, 4, 3, 5]
    assert sample_partners(1, "balanced").tolist() == [0]


@pytest.mark.parametrize(("segments", "size"), [(1, 4), (3, 8), (4, 16), (56, 128), (63, 128), (64, 256)])
def test_a_complete_design_is_balanced_and_orthogonal(segments, size):
    assert design_size(segments) == size
    assert [complete_designs(n, segments) for n in (1, size, size + 1, 3 * size + 1)] == [0, 0, 1, 3]
    z = draw_samples(1 + 2 * size, segments, 3, "balanced")[1:].double()
    for design in z.split(size):
        assert (design.sum(0) == size / 2).all()
        together = design.T @ design
        assert (together[~torch.eye(segments, dtype=torch.bool)] == size / 4).all()
        assert torch.equal(design[1::2], 1 - design[::2])
    assert segments < 3 or not torch.equal(z[:size], z[size:])  # each design has its own columns and signs


def test_a_complete_design_is_clear_of_what_two_segments_do_together():
    """Resolution IV: each product of two segments, in ±1, is orthogonal to every single one."""
    x = 2 * draw_samples(1 + design_size(7), 7, 0, "balanced")[1:].double() - 1
    products = torch.stack([x[:, i] * x[:, j] for i in range(7) for j in range(i)], 1)
    assert (x.T @ products == 0).all()


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_fewer_samples_are_the_first_ones_and_each_segment_is_kept_in_half(sampling):
    z = draw_samples(4001, 30, 1, sampling)
    for count in (1, 2, 7, 64, 65, 100):
        assert torch.equal(draw_samples(count, 30, 1, sampling), z[:count])
    assert not torch.equal(draw_samples(100, 30, 2, sampling), z[:100])
    # Alone, the samples of each parity are drawn independently as well: every count of kept segments is binomial.
    kept = z[1::2].sum(1).double()
    assert kept.mean() == pytest.approx(15, abs=0.3)
    assert kept.var() == pytest.approx(7.5, rel=0.15)


def test_an_unknown_sampling_is_refused():
    with pytest.raises(ValueError, match="the sampling is 'pairs'; it must be one of independent, paired, balanced"):
        draw_samples(10, 3, 0, "pairs")


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_each_sampling_recovers_a_linear_classifier(patches, sampling):
    explanation = lime(patches, IMAGE, "blackout", 0, QUARTERS, 70, seed=1, alpha=1e-6, sampling=sampling)
    assert torch.allclose(explanation.coefficients, Patches.WEIGHTS.double(), atol=1e-5)
    assert explanation.r2_held_out == pytest.approx(1)
    assert explanation.manifest["lime"]["sampling"] == sampling
    assert explanation.facts.get("complete_designs") == (1 if sampling == "balanced" else None)
    part = explanation.first(30)
    assert part.facts.get("complete_designs") == (0 if sampling == "balanced" else None)
    assert part.interval.isfinite().all()
