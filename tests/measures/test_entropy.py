import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from masking.measures import class_entropy, predictive_entropy


def test_predictive_entropy_by_hand():
    logits = torch.tensor([[0.5, 0.25, 0.125, 0.125], [0.25] * 4, [1.0, 0, 0, 0]]).log()
    assert predictive_entropy(logits).tolist() == pytest.approx([1.75, 2.0, 0.0])
    assert predictive_entropy(logits[0]).shape == ()


def test_predictive_entropy_keeps_its_digits():
    sure = predictive_entropy(torch.tensor([40.0, 0.0]))
    assert sure.dtype == torch.float64
    assert 0 < sure < 1e-15  # float32 would say 0


@pytest.mark.parametrize(
    ("predicted", "bits"),
    [([3, 3, 3], 0.0), ([0, 1], 1.0), ([7, 7, 2, 2], 1.0), (list(range(8)), 3.0), ([0, 0, 0, 1], 0.8112781244591328)],
)
def test_class_entropy_by_hand(predicted, bits):
    assert class_entropy(torch.tensor(predicted)) == pytest.approx(bits)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=50), st.permutations(range(10)))
def test_class_entropy_knows_neither_names_nor_order(predicted, names):
    bits = class_entropy(torch.tensor(predicted))
    assert bits == pytest.approx(class_entropy(torch.tensor([names[category] for category in reversed(predicted)])))
    assert 0 <= bits <= math.log2(len(set(predicted))) + 1e-12


def test_class_entropy_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one prediction"):
        class_entropy(torch.tensor([], dtype=torch.int64))
