import pytest
import torch

from masking.measures import linearity_cosine, linearity_error, surrogate_fit


def test_a_linear_feature_has_no_error():
    parts = torch.randn(5, 4, 7, generator=torch.Generator().manual_seed(0))
    assert linearity_error(parts, parts.sum(1)).tolist() == pytest.approx([0] * 5, abs=1e-6)
    assert linearity_cosine(parts, parts.sum(1)).tolist() == pytest.approx([1] * 5)


def test_both_by_hand():
    parts, union = torch.tensor([[3.0, 0.0], [0.0, 4.0]]), torch.tensor([3.0, 0.0])
    assert linearity_error(parts, union).item() == pytest.approx(4 / 3)
    assert linearity_cosine(parts, union).item() == pytest.approx(3 / 5)


def test_a_constant_is_counted_once_for_every_part():
    """Why fills are not linear: each single part brings the features of the paint again."""
    paint = torch.tensor([0.0, 2.0])
    parts = torch.tensor([[1.0, 0.0]]).expand(4, -1) + paint
    union = torch.tensor([4.0, 0.0]) + paint
    assert linearity_error(parts, union).item() == pytest.approx(6 / 20**0.5)


def test_nothing_at_all_is_finite():
    assert linearity_error(torch.zeros(3, 2), torch.zeros(2)).item() == 0
    assert linearity_cosine(torch.zeros(3, 2), torch.zeros(2)).item() == 0


def test_the_surrogates_fit_by_hand():
    answers, weights = torch.tensor([0.0, 1.0, 5.0]).double(), torch.tensor([1.0, 1.0, 0.0]).double()
    assert surrogate_fit(answers, torch.tensor([0.1, 0.9, 0.0]).double(), weights) == pytest.approx(1 - 0.02 / 0.5)
    assert surrogate_fit(answers, answers.mean().expand(3), weights) < 0
    assert surrogate_fit(torch.full((3,), 0.1).double(), answers, weights) == 0


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"these are \(3, 2\) and \(3,\)"):
        linearity_error(torch.zeros(3, 2), torch.zeros(3))
