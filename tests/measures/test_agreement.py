import pytest
import torch
from scipy.stats import spearmanr

from masking.measures import rank_correlation, sign_agreement, stability, top_overlap

FIRST = torch.tensor([3.0, -1.0, 2.0, 0.5])


def test_what_is_the_same_agrees_wholly_and_its_negative_not_at_all():
    assert rank_correlation(FIRST, 2 * FIRST + 1) == pytest.approx(1)
    assert rank_correlation(FIRST, -FIRST) == pytest.approx(-1)
    assert [sign_agreement(FIRST, sign * FIRST) for sign in (1, -1)] == pytest.approx([1, 0])
    assert [top_overlap(FIRST, sign * FIRST, 2) for sign in (1, -1)] == [1, 0]


@pytest.mark.parametrize("seed", range(3))
def test_rank_correlation_is_spearmans_with_ties_too(seed):
    first, second = torch.randint(0, 6, (2, 40), generator=torch.Generator().manual_seed(seed)).double()
    assert rank_correlation(first, second) == pytest.approx(spearmanr(first, second).statistic)


def test_an_explanation_that_ranks_nothing_agrees_with_none():
    assert rank_correlation(FIRST, torch.zeros(4)) == 0
    assert sign_agreement(FIRST, torch.zeros(4)) == 0


def test_overlap_and_signs_by_hand():
    second = torch.tensor([1.0, 1.0, -3.0, 0.0])
    assert top_overlap(FIRST, second, 2) == 0.5
    # Sums 6.5 and 5; only segment 0 has one sign in both: (3 / 6.5 + 1 / 5) of 2.
    assert sign_agreement(FIRST, second) == pytest.approx((3 / 6.5 + 1 / 5) / 2)


def test_chance_is_what_the_measures_say_it_is():
    generator = torch.Generator().manual_seed(0)
    pairs = torch.randn(2000, 2, 20, generator=generator)
    assert sum(rank_correlation(*pair) for pair in pairs) / 2000 == pytest.approx(0, abs=0.02)
    assert sum(top_overlap(*pair, 5) for pair in pairs) / 2000 == pytest.approx(0.25, abs=0.02)
    assert sum(sign_agreement(*pair) for pair in pairs) / 2000 == pytest.approx(0.5, abs=0.02)


def test_stability_is_the_mean_of_all_pairs():
    three = torch.stack([FIRST, FIRST, -FIRST])
    assert stability(three) == pytest.approx((1 - 1 - 1) / 3)
    with pytest.raises(ValueError, match="two or more explanations"):
        stability(three[:1])


@pytest.mark.parametrize("measure", [rank_correlation, top_overlap, sign_agreement])
def test_other_segments_are_refused(measure):
    with pytest.raises(ValueError, match=r"these have \(4,\) and \(3,\)"):
        measure(FIRST, FIRST[:3])


@pytest.mark.parametrize("k", [0, 5])
def test_a_top_of_none_or_of_more_than_all_is_refused(k):
    with pytest.raises(ValueError, match=f"the top {k} of 4 segments was asked for; choose 1 to 4"):
        top_overlap(FIRST, FIRST, k)
