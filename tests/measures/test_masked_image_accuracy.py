"""MIA: the share that is called as expected, with the dead counted as wrong."""

import pytest
import torch

from masking.measures import MEASURES, mia, rate

LOGITS = torch.tensor([[2.0, 1.0], [-1.0, -2.0], [0.0, 3.0], [0.0, 0.0]])


def test_by_hand():
    assert mia(LOGITS[:3], torch.tensor([0, 0, 1])) == rate(3, 3)
    assert mia(LOGITS[:3], torch.tensor([1, 0, 0])) == rate(1, 3)


def test_the_dead_are_wrong_whatever_is_expected():
    """By argmax alone they would be called class 0."""
    assert mia(LOGITS, torch.tensor([0, 0, 1, 0])) == rate(3, 4)
    assert mia(LOGITS, torch.tensor([0, 0, 1, 1])) == rate(3, 4)
    assert mia(torch.zeros(5, 3), torch.zeros(5).long()).value == 0


def test_it_says_what_it_is_not():
    assert MEASURES["mia"].better == "higher"
    assert "not accuracy on unseen data" in MEASURES["mia"].meaning


@pytest.mark.parametrize(
    ("logits", "expected", "sentence"),
    [
        (LOGITS, torch.zeros(3).long(), "have shapes"),
        (LOGITS[0], torch.zeros(2).long(), "have shapes"),
        (LOGITS[:0], torch.zeros(0).long(), "0 hits in 0 trials give no rate"),
    ],
)
def test_bad_input_gets_a_sentence(logits, expected, sentence):
    with pytest.raises(ValueError, match=sentence):
        mia(logits, expected)
