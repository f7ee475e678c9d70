import pytest
import torch

from masking.measures import deletion, insertion, lost, separation
from masking.measures.faithfulness import area


def test_an_area_by_hand():
    """Steps of unequal width: 0.25 · (1 + 0.5) / 2 + 0.75 · (0.5 + 0) / 2."""
    assert area(torch.tensor([0, 0.25, 1]), torch.tensor([1, 0.5, 0])) == pytest.approx(0.375)


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_the_area_of_a_constant_is_the_constant_over_any_span(level):
    hidden = torch.tensor([0.2, 0.25, 0.6])
    assert area(hidden, torch.full((3,), level)) == pytest.approx(level)


def test_a_good_order_falls_at_once_and_rises_at_once():
    hidden = torch.linspace(0, 1, 11)
    falling, staying = (torch.linspace(1, 0, 11) ** power for power in (8, 1 / 8))
    assert deletion(hidden, falling) < deletion(hidden, staying)
    assert insertion(hidden, staying) > insertion(hidden, falling)
    assert separation(0.8, 0.3) == pytest.approx(0.5)


def test_probability_lost_by_hand():
    probability = torch.tensor([0.9, 0.6, 0.1])
    assert [lost(probability, step) for step in range(3)] == pytest.approx([0, 0.3, 0.8])
    with pytest.raises(ValueError, match="there is no step 3; they go from 0 to 2"):
        lost(probability, 3)


@pytest.mark.parametrize(
    ("hidden", "values", "sentence"),
    [
        ([0.0], [1.0], "two or more shares"),
        ([0.0, 1.0], [1.0], r"shapes \(2,\) and \(1,\)"),
        ([0.5, 0.2], [1.0, 1.0], "has to grow"),
        ([0.5, 0.5], [1.0, 1.0], "has to grow"),
    ],
)
def test_an_area_needs_a_curve(hidden, values, sentence):
    with pytest.raises(ValueError, match=sentence):
        area(torch.tensor(hidden), torch.tensor(values))
